"""What a pull has kept so far, in a file beside the data: the ground for going on after any interruption.

The order is always: first the data is written, then the manifest names it. Data that no manifest names is
what an interruption left behind; it is removed when the pull goes on.
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
        entity: The entity, or empty for what belongs to none.
        query: Filters of the pull.
        slices: The ranges that it was cut into.
        files: Names of the files that are kept, relative to the manifest's folder.
        rows: How many rows are kept.
        newest: The newest `updated_at` among them.
        plain: Whether its rows come in no known order, so that it can't be cut or resumed halfway.
        begun: When the present pass, or the last if it is done, began by the server's clock; empty before.
        since: The moment back to which the kept rows reach; empty if they are all.
        pass_at: When the present pass was planned; its rows carry it as `pulled_at`.
        replaces: Whether rows of earlier passes are kept, so that rows with the same IDs give way.
        sweeps: Whether the pass reads all that is kept, so that rows that it doesn't bring were deleted.
        deleted: How many such rows there are.
        deleted_files: Names of the files that hold them.
        has_deleted: Whether a table was made for them.
        unexpected: By the path of a field, its values that are not what the catalogue says: what was
            expected, how many there are, and an example with the ID of its row. Files have them empty.
        refused: Why the part can't be read, in words; empty if it can.
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
        """Whether all of it is kept."""
        return bool(self.slices) and all(piece.done for piece in self.slices)

    def holds(self, piece: Slice) -> bool:
        """Whether `piece` is one of the ranges; it is not once the part was begun again."""
        return any(known is piece for known in self.slices)

    def note_unexpected(self, found: Iterable[Unexpected], rows: Sequence[Any]) -> None:
        """Add values that are not what the catalogue says.

        Args:
            found: What a table reports.
            rows: The rows that it was made of.
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
        """Return the part that the manifest holds.

        Raises:
            ValueError: It holds what no pull writes; as do KeyError and TypeError.
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
    """Whether a name is that of a Parquet file within the folder: files that are named may be removed."""
    path = PureWindowsPath(name)  # it knows the slashes of all systems, and drives
    return not path.anchor and ".." not in path.parts and path.suffix == ".parquet"


def dump(parts: list[Part], origin: str) -> str:
    """Return the manifest as text.

    Args:
        parts: The parts.
        origin: Base URL that they come from: rows of different environments never mix.
    """
    return json.dumps({"format": _FORMAT, "origin": origin, "parts": [part.to_json() for part in parts]})


def load(text: str, origin: str, name: str) -> list[Part]:
    """Return the parts that a manifest holds.

    Args:
        text: The manifest.
        origin: Base URL of the present pull.
        name: Where the manifest is, for messages.

    Raises:
        RequestError: It can't be read, or the data came from another environment.
    """
    try:
        data = json.loads(text)
        parts = [Part.from_json(part) for part in data["parts"]]
        known, source = data["format"] == _FORMAT, data["origin"]
    except (ValueError, KeyError, TypeError, RecursionError):
        known, source, parts = False, "", []
    if not known:
        raise RequestError(f"The manifest {name} can't be read.", hint="Pull to another place.")
    if source != origin:
        raise RequestError(
            f"{name} holds data of {source}, and this session calls {origin}.", hint="Pull to another place."
        )
    return parts


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that there is always the old or the new one, whole."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    share_like_folder(fresh)
    fresh.replace(path)
