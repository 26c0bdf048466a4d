"""The result of a pull."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from monite_magic.api import ApiError
from monite_magic.core import MoniteError, RequestError, counted
from monite_magic.display import table
from monite_magic.tables.pull import stored
from monite_magic.tables.table_files import save_tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monite_magic.display import Displayable
    from monite_magic.tables.pull.manifest import Part

_MAX_TOLD: Final = 5


def refused_error(refusals: list[tuple[Part, MoniteError]], parts: list[Part]) -> MoniteError | None:
    """Return an error that lists the parts that can't be read, with reasons, or None.

    Args:
        refusals: The unreadable parts with the reasons.
        parts: All parts of the pull.
    """
    if not refusals:
        return None
    if len(parts) == 1:
        error = refusals[0][1]
        if isinstance(error, ApiError) and error.response.status == 403:
            error.advise("Leave out the collection, or use a token that can read it: %monite_use --partner.")
        return error
    told = [f"{_name(part)}: {error.message}" for part, error in refusals[:_MAX_TOLD]]
    if more := len(refusals) - len(told):
        told.append(f"and {more:,} more: the error's .partial lists them.")
    statuses = {error.response.status for _, error in refusals if isinstance(error, ApiError)}
    hints = []
    if 403 in statuses:
        hints.append("403: use a token that can read them (%monite_use --partner), or leave them out.")
    if 404 in statuses:
        hints.append("404: the entity may not exist. List the entities to read (in Python entities=[…]).")
    complete = sum(part.done for part in parts)
    hints.append(f"The other {complete:,} are complete." if complete else "")
    problem = f"{len(refusals):,} of {len(parts):,} parts of the pull can't be read.\n" + "\n".join(told)
    return MoniteError(problem, hint=" ".join(filter(None, hints)) or None)


def _odd_words(name: str, odd: dict[str, Any]) -> str:
    values = counted(odd["count"], "value")
    fate = "kept unchanged" if odd["kept"] else "left empty"
    example = f"for instance {odd['example']} in the row with the ID {odd['row']}"
    return f"{values} of {odd['path']} in {name}: {fate}, not {odd['expected']}, {example}."


def _name(part: Part) -> str:
    name = part.collection.strip("/")
    return f"{name} of entity {part.entity}" if part.entity else name


class Pulled:
    """The result of a pull. Displays itself as a table.

    Args:
        target: DataFrames by collection, or the path or URL of the dataset or database.
        parts: The parts, by collection and entity.
        notes: Notes for the user.

    Attributes:
        complete: Whether it is complete. If not, it was interrupted.
        kept_as: The variable that contains it, or the only DataFrame.
    """

    kept_as: str | None = None

    def __init__(
        self, target: dict[str, Any] | Path | str, parts: list[Part], *, notes: Iterable[str] = ()
    ) -> None:
        self.complete = all(part.done for part in parts)
        self._notes = tuple(notes)
        self.path = target if isinstance(target, (Path, str)) else None
        self.frames = {} if isinstance(target, (Path, str)) else target
        self._parts = parts

    @property
    def rows(self) -> dict[str, int]:
        """The number of stored rows by collection."""
        counts: dict[str, int] = {}
        for part in self._parts:
            name = part.collection.strip("/")
            counts[name] = counts.get(name, 0) + part.rows
        return counts

    @property
    def deleted(self) -> dict[str, int]:
        """The number of rows deleted at the API by collection, without zeros."""
        counts: dict[str, int] = {}
        for part in self._parts:
            if part.deleted:
                name = part.collection.strip("/")
                counts[name] = counts.get(name, 0) + part.deleted
        return counts

    @property
    def unexpected(self) -> dict[str, list[dict[str, Any]]]:
        """The unexpected values by collection.

        Each has `path`, `expected`, `count`, `example`, `row` (the ID of the example's row), and `kept`:
        whether the table keeps the values or leaves them empty.
        """
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for part in self._parts:
            for path, odd in part.unexpected.items():
                by_path = found.setdefault(part.collection.strip("/"), {})
                by_path.setdefault(path, {**odd, "count": 0})["count"] += odd["count"]
        return {name: list(by_path.values()) for name, by_path in found.items()}

    def __getitem__(self, collection: str) -> Any:
        return self.frames[collection.strip("/").replace("/", "_")]

    def __repr__(self) -> str:
        return repr(self._card())

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return self._card()._repr_mimebundle_()

    def names(self) -> list[str]:
        """Return the names of the pulled tables."""
        if self.path is None:
            return list(self.frames)
        return stored.names_in(self.path, list(self.rows))

    def source(self, name: str) -> Any:
        """Return a table for query engines such as DuckDB: a DataFrame, a pyarrow Table or dataset.

        Raises:
            RequestError: The table doesn't exist.
        """
        if name not in self.names():
            raise RequestError(f"Table not found: {name!r}.", hint=f"Tables: {', '.join(self.names())}.")
        if self.path is None:
            return self.frames[name]
        return stored.source_in(self.path, name)

    def save(self, path: str | Path) -> Path:
        """Save the tables to a file that only you can read. Return its path.

        Args:
            path: `….xlsx`, with a sheet per collection, or `….csv` or `….parquet` for a single collection.
                For text that looks like a formula, see `monite_magic.save_tables`.

        Raises:
            RequestError: The file can't be written, or the tables are too large for it.
        """
        tables = {name: self.source(name) for name in self.names()}
        whole = {name: t.to_table() if hasattr(t, "to_table") else t for name, t in tables.items()}
        return save_tables(path, whole)

    def warnings(self) -> list[str]:
        """Return a sentence for each field with unexpected values."""
        return [_odd_words(name, odd) for name, found in self.unexpected.items() for odd in found]

    def _where(self) -> str:
        if self.path:
            folder = ", a folder" if isinstance(self.path, Path) and self.path.is_dir() else ""
            delta = " of Delta Lake tables" if folder and stored.is_delta(self.path) else ""
            return f"Stored in {self.path}{folder}{delta}."
        name = next(iter(self.frames), "")
        if len(self.frames) == 1:
            return f"The DataFrame is {self.kept_as or f'_[{name!r}]'}."
        return f"Each is a DataFrame: {self.kept_as or '_'}[{name!r}]."

    def _how_to_go_on(self) -> str:
        if self.path:
            return "Interrupted. The rows so far are kept. Run the same pull again to continue."
        hold = "The DataFrame holds" if len(self.frames) == 1 else "The DataFrames hold"
        starts_over = "A pull to memory starts over. A pull to a folder or file continues."
        return f"Interrupted: rows are missing. {hold} the rows so far. {starts_over}"

    def _card(self) -> Displayable:
        rows = [
            (
                part.collection.strip("/"),
                part.entity or "–",
                f"{part.rows:,}",
                f"no: {part.refused}" if part.refused else "yes" if part.done else "no",
            )
            for part in self._parts
        ]
        notes = [self._where(), *self._notes]
        notes += self.warnings()
        for name, count in self.deleted.items():
            table_name = f"{name.replace('/', '_')}_deleted"
            were = "1 row was" if count == 1 else f"{count:,} rows were"
            notes.append(f"{were} deleted at the API and moved to {table_name}.")
        if any(part.refused for part in self._parts):
            notes.append("The API refused the parts that are not complete.")
        elif not self.complete:
            notes.append(self._how_to_go_on())
        title = "Pulled" if self.complete else "Partly pulled"
        columns = ["collection", "entity", "rows", "complete"]
        return table(columns, rows, title=title, right=["rows"], notes=notes)
