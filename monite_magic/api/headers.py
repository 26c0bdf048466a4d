"""The headers of every request, also of token exchanges and of clients that are lent out."""

from __future__ import annotations

from typing import Final

from monite_magic._version import __version__

HEADERS: Final = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip",  # a missing end of deflate would go unnoticed
    "Connection": "keep-alive",
    "User-Agent": f"monite-magic/{__version__}",
}
