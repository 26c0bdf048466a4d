"""Read the tables that a pull has stored, as Arrow tables or datasets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from monite_magic.core import RequestError
from monite_magic.tables.frames.backends import need
from monite_magic.tables.pull.delta_sink import schema_of
from monite_magic.tables.pull.table_layout import deleted_name, table_name


def is_delta(place: Path | str) -> bool:
    """Whether a target is for Delta tables: a URL, a folder with Delta tables, or one named `….delta`."""
    if isinstance(place, str):
        return True
    return place.suffix == ".delta" or (place.is_dir() and any(place.glob("*/_delta_log")))


def names_in(place: Path | str, collections: list[str]) -> list[str]:
    """Return the table names of collections, including those for deleted rows."""
    wanted = [name for each in collections for name in (table_name(each), deleted_name(each))]
    if is_delta(place):
        is_table = need("deltalake", "delta").DeltaTable.is_deltatable
        return [name for name in wanted if is_table(f"{str(place).rstrip('/')}/{name}")]
    folder = Path(place)
    if folder.is_dir():
        return [name for name in wanted if any((folder / name).rglob("*.parquet"))]
    with _opened(folder) as database:
        there = {row[0] for row in database.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    return [name for name in wanted if name in there]


def source_in(place: Path | str, name: str) -> Any:
    """Return a table for query engines: a pyarrow dataset, which they read in chunks, or a Table."""
    if is_delta(place):
        delta = need("deltalake", "delta")
        table = delta.DeltaTable(f"{str(place).rstrip('/')}/{name}")
        if isinstance(place, Path):
            return _dataset(table.file_uris(), schema_of(table))
        return need("pyarrow", "delta").table(table.scan().read_all()).cast(schema_of(table))
    folder = Path(place)
    if folder.is_dir():
        return _dataset(folder / name)
    with _opened(folder) as database:
        return database.sql(f'SELECT * FROM "{name}"').to_arrow_table()  # noqa: S608 - a name of ours


def _dataset(source: Any, schema: Any = None) -> Any:
    arrow, dataset = need("pyarrow", "parquet"), need("pyarrow.dataset", "parquet")
    by_entity = dataset.partitioning(arrow.schema([("entity_id", arrow.string())]), flavor="hive")
    return dataset.dataset(source, schema, format="parquet", partitioning=by_entity)


def _opened(file: Path) -> Any:
    duckdb = need("duckdb", "duckdb")
    try:
        return duckdb.connect(str(file), read_only=True)
    except duckdb.Error:
        problem = f"{file} can't be read: it doesn't exist, or is open for writing."
        raise RequestError(problem, hint="Close the other connection (.close()).") from None
