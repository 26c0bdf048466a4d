"""What the sinks have in common."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Final

from monite_magic.tables.frames.backends import need

if TYPE_CHECKING:
    from monite_magic.tables.pull.manifest import Part

#: Rows that are gathered before they are kept in a file.
FILE_ROWS: Final = 10_000


def warm_up() -> None:
    """Let Arrow make its first array while the first page is on its way: it imports pandas for that."""
    threading.Thread(target=need("pyarrow", "parquet").array, args=([None],), daemon=True).start()


def table_name(collection: str) -> str:
    """Return the name of a collection's table or folder: `/data_exports/extra_data` is one word."""
    return re.sub(r"\W", "_", collection.strip("/"))


def note(parts: list[Part], part: Part) -> None:
    """Add a part to the parts, unless it is one of them."""
    if not any(known is part for known in parts):
        parts.append(part)
