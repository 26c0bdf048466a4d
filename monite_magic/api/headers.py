"""The headers of every request, including token exchanges and shared clients."""

from __future__ import annotations

from typing import Final

from monite_magic._version import __version__

HEADERS: Final = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip",  # truncated deflate would go unnoticed
    "Connection": "keep-alive",
    "User-Agent": f"monite-magic/{__version__}",
}
