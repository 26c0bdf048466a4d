"""A curl command, a .http file or a HAR, turned into cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.core import RequestError
from monite_magic.history.exchange.curl_import import read_curl
from monite_magic.history.exchange.har import read_har
from monite_magic.history.exchange.http_file import read_http
from monite_magic.history.exchange.imported import USUAL_FILE, to_cells

if TYPE_CHECKING:
    from monite_magic.history.exchange.imported import Cells, Imported, Keep


def import_text(text: str, *, keep: Keep | None = None, kept_in: str = USUAL_FILE) -> Cells:
    """Turn a text into cells; what it is, is seen from how it begins.

    Args:
        text: A curl command, a .http file or a HAR.
        keep: Puts a client ID and secret that stand in it somewhere safe, for instance
            `lambda values: write_dotenv(path, values)`; None refuses them.
        kept_in: The file that `keep` writes to, as the log-in is to name it.

    Returns:
        The cells, and remarks about what was changed or left out.

    Raises:
        RequestError: It is none of them, holds nothing to import, or holds a secret that nothing can keep.
    """
    requests = _read(text)
    if not requests:
        raise RequestError("There is no API call in it.", hint="Give a curl command, a .http file or a HAR.")
    return to_cells(requests, keep, kept_in)


def _read(text: str) -> list[Imported]:
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("{"):
        return read_har(start)
    if start.removeprefix("$ ").split(maxsplit=1)[:1] in (["curl"], ["curl.exe"]):
        return [read_curl(start)]
    return read_http(start)
