"""The manifest: the progress of a pull, in a file next to the data, to resume after any interruption.

Data is always written first, and then listed in the manifest. Data that is not in the manifest comes from an
interruption, and is deleted when the pull resumes.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, fields
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import RequestError, share_like_folder
from monite_magic.tables.pull.slices import Slice, moment_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from monite_magic.tables.frames.values import Unexpected

_FORMAT: Final = 1


@dataclass(slots=True)
class Part:
    """One collection of one entity.

    Attributes:
        collection: Its path, for instance `/payables`.
        entity: The entity, or empty.
        query: The filters of the pull.
        slices: Its ranges.
        files: The names of its files, relative to the manifest's folder.
        rows: The number of stored rows.
        newest: The newest `updated_at` among them.
        plain: Whether its rows are unsorted, so that it can't be split or resumed.
        begun: The start of the current or last pass by the server's clock. Empty before the first.
        since: The start of the stored rows' time range. Empty if all rows are stored.
        pass_at: The time at which the current pass was planned. Its rows have it as `pulled_at`.
        replaces: Whether new rows replace rows of earlier passes with the same IDs.
        sweeps: Whether the pass reads all stored rows again, so that missing rows were deleted.
        deleted: The number of deleted rows.
        deleted_files: The names of their files.
        has_deleted: Whether a table was created for them.
        unexpected: Unexpected values by the path of their field: what was expected, the number of values, and
            an example with the ID of its row. They are empty in files.
        refused: The reason why the part can't be read, or an empty text.
    """

    collection: str
    entity: str = ""
    query: dict[str, str] = field(default_factory=dict)
    slices: list[Slice] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    rows: int = 0
    newest: str = ""
    plain: bool = False
    begun: str = ""
    since: str = ""
    pass_at: str = ""
    replaces: bool = False
    sweeps: bool = False
    deleted: int = 0
    deleted_files: list[str] = field(default_factory=list)
    has_deleted: bool = False
    unexpected: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: str = ""

    @property
    def done(self) -> bool:
        """Whether it is complete."""
        return bool(self.slices) and all(piece.done for piece in self.slices)

    def holds(self, piece: Slice) -> bool:
        """Whether `piece` is one of its ranges. After a restart, old ranges are not."""
        return any(known is piece for known in self.slices)

    def note_unexpected(self, found: Iterable[Unexpected], rows: Sequence[Any]) -> None:
        """Add unexpected values.

        Args:
            found: The report of a table.
            rows: The rows of the table.
        """
        for odd in found:
            row = rows[odd.row] if odd.row < len(rows) else None
            first = {
                **odd.to_json(),
                "count": 0,
                "row": str(row.get("id")) if isinstance(row, dict) else None,
            }
            self.unexpected.setdefault(odd.path, first)["count"] += odd.count

    def to_json(self) -> dict[str, Any]:
        """Return the part for the manifest."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return values | {"slices": [piece.to_json() for piece in self.slices]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Part:
        """Return a part from the manifest.

        Raises:
            ValueError: The data is invalid; also KeyError and TypeError.
        """
        slices = [Slice.from_json(piece) for piece in data["slices"]]
        part = cls(**{**data, "slices": slices})
        if "replaces" not in data:  # of a version before 0.2
            part.replaces = "updated_at__gte" in part.query
        moment_from(part.begun or None)
        moment_from(part.since or None)
        moment_from(part.pass_at or None)
        if not slices or not all(_is_within(name) for name in (*part.files, *part.deleted_files)):
            raise ValueError
        return part


def _is_within(name: str) -> bool:
    """Whether a name is a Parquet file within the folder. Listed files can be deleted, so check it."""
    path = PureWindowsPath(name)  # it handles the slashes of all systems, and drives
    return not path.anchor and ".." not in path.parts and path.suffix == ".parquet"


def dump(parts: list[Part], origin: str) -> str:
    """Return the manifest as text.

    Args:
        parts: The parts.
        origin: The base URL of their API. Rows of different environments are never mixed.
    """
    return json.dumps({"format": _FORMAT, "origin": origin, "parts": [part.to_json() for part in parts]})


def load(text: str, origin: str, name: str) -> list[Part]:
    """Return the parts in a manifest.

    Args:
        text: The manifest.
        origin: The base URL of the current pull.
        name: The manifest's path, for messages.

    Raises:
        RequestError: It can't be read, or the data is from another environment.
    """
    try:
        data = json.loads(text)
        parts = [Part.from_json(part) for part in data["parts"]]
        known, source = data["format"] == _FORMAT, data["origin"]
    except (ValueError, KeyError, TypeError, RecursionError):
        known, source, parts = False, "", []
    if not known:
        raise RequestError(f"The manifest {name} can't be read.", hint="Pull to another target.")
    if source != origin:
        raise RequestError(
            f"{name} has data of {source}, but this session calls {origin}.", hint="Pull to another target."
        )
    return parts


def write_atomically(path: Path, text: str) -> None:
    """Replace a file atomically."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    share_like_folder(fresh)
    fresh.replace(path)
