"""The names of tables and additional columns, which all sinks share."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Final

from monite_magic.core import RequestError
from monite_magic.tables.frames.backends import need
from monite_magic.tables.pull.slices import read

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from monite_magic.tables.pull.manifest import Part

#: An additional column in files: the start of the pass that last returned the row.
PULLED_AT: Final = "pulled_at"
#: A column of tables for deleted rows: the UTC date on which a pull no longer found the row.
MISSED_ON: Final = "missed_on"
#: The number of rows to collect before writing a file.
FILE_ROWS: Final = 10_000


def warm_up() -> None:
    """Create a first Arrow array during the first request, because that imports pandas."""
    threading.Thread(target=need("pyarrow", "parquet").array, args=([None],), daemon=True).start()


def table_name(collection: str) -> str:
    """Return the name of a collection's table or folder, such as `data_exports_extra_data`."""
    return re.sub(r"\W", "_", collection.strip("/"))


def stamped(table: pa.Table, part: Part) -> pa.Table:
    """Return the table with the time of the part's pass, to find rows that a later pass doesn't return."""
    library = need("pyarrow", "parquet")
    moment = library.scalar(read(part.pass_at), library.timestamp("us", "UTC"))
    return table.append_column(PULLED_AT, library.repeat(moment, len(table)))


def deleted_name(collection: str) -> str:
    """Return the name of the table for a collection's deleted rows."""
    return f"{table_name(collection)}_deleted"


def column_changed(field: pa.Field, old: pa.DataType, path: Path | str) -> RequestError:
    """Return the error for a column whose type no longer fits the stored one."""
    return RequestError(
        f"The column {field.name} in {path} is {old}, but the API now returns {field.type}.",
        hint="Pull to another folder.",
    )


def note(parts: list[Part], part: Part) -> None:
    """Add a part to the parts unless it is already there."""
    if not any(known is part for known in parts):
        parts.append(part)
