"""The tables that a pull has kept, as tables of Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.core import RequestError
from monite_magic.tables.frames.backends import need
from monite_magic.tables.pull.tables import deleted_name, table_name

if TYPE_CHECKING:
    from pathlib import Path


def names_in(place: Path, collections: list[str]) -> list[str]:
    """Return the names of the tables of some collections, with those of their deleted rows."""
    wanted = [name for each in collections for name in (table_name(each), deleted_name(each))]
    if place.is_dir():
        return [name for name in wanted if any((place / name).rglob("*.parquet"))]
    with _opened(place) as database:
        there = {row[0] for row in database.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    return [name for name in wanted if name in there]


def source_in(place: Path, name: str) -> Any:
    """Return a table as engines take it: a pyarrow dataset, which they read piece by piece, or a Table."""
    if place.is_dir():
        arrow, dataset = need("pyarrow", "parquet"), need("pyarrow.dataset", "parquet")
        by_entity = dataset.partitioning(arrow.schema([("entity_id", arrow.string())]), flavor="hive")
        return dataset.dataset(place / name, partitioning=by_entity)
    with _opened(place) as database:
        return database.sql(f'SELECT * FROM "{name}"').to_arrow_table()  # noqa: S608 - a name of ours


def _opened(file: Path) -> Any:
    duckdb = need("duckdb", "duckdb")
    try:
        return duckdb.connect(str(file), read_only=True)
    except duckdb.Error:
        problem = f"{file} can't be read: it is gone, or open for writing."
        raise RequestError(problem, hint="Close the other connection (.close()).") from None
