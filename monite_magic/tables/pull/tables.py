"""What the sinks have in common."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Final

from monite_magic.tables.frames.backends import need
from monite_magic.tables.pull.slices import read

if TYPE_CHECKING:
    import pyarrow as pa

    from monite_magic.tables.pull.manifest import Part

#: A column of files beside those of the API: when the pass began that brought the row last.
PULLED_AT: Final = "pulled_at"
#: A column of the tables for deleted rows: the day in UTC on which a pull missed the row.
MISSED_ON: Final = "missed_on"
#: Rows that are gathered before they are kept in a file.
FILE_ROWS: Final = 10_000


def warm_up() -> None:
    """Let Arrow make its first array while the first page is on its way: it imports pandas for that."""
    threading.Thread(target=need("pyarrow", "parquet").array, args=([None],), daemon=True).start()


def table_name(collection: str) -> str:
    """Return the name of a collection's table or folder: `/data_exports/extra_data` is one word."""
    return re.sub(r"\W", "_", collection.strip("/"))


def stamped(table: pa.Table, part: Part) -> pa.Table:
    """Return the table with the moment of the part's pass, which tells rows that a later pass misses."""
    library = need("pyarrow", "parquet")
    moment = library.scalar(read(part.pass_at), library.timestamp("us", "UTC"))
    return table.append_column(PULLED_AT, library.repeat(moment, len(table)))


def deleted_name(collection: str) -> str:
    """Return the name of the table for rows of a collection that were deleted at the API."""
    return f"{table_name(collection)}_deleted"


def note(parts: list[Part], part: Part) -> None:
    """Add a part to the parts, unless it is one of them."""
    if not any(known is part for known in parts):
        parts.append(part)
