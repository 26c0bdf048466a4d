"""Read a catalogue from a file or URL: an OpenAPI document or a distilled data file."""

from __future__ import annotations

import json
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from monite_magic.catalogue import bounds, data_file
from monite_magic.catalogue.distil import distil
from monite_magic.catalogue.model import CatalogueError

if TYPE_CHECKING:
    import httpx

    from monite_magic.catalogue.model import Catalogue

FETCH_TIMEOUT = 30.0  # seconds; the document has a few megabytes
_MAX_FETCH = 120.0  # seconds in total
_MAX_REDIRECTS = 5


def read_catalogue(source: str | Path) -> Catalogue:
    """Return the catalogue of a file or URL.

    Args:
        source: A path (`~` is expanded) or an `http(s)` URL.

    Raises:
        CatalogueError: It can't be fetched or read, or is neither an OpenAPI document nor a data file.
    """
    content = _read(source)
    if data_file.is_data_file(content):
        return data_file.read(content, trusted=False)
    try:
        document = json.loads(content)
    except ValueError as error:
        raise CatalogueError(
            f"{source} is neither JSON nor a catalogue data file; an OpenAPI document in YAML has to be "
            "converted to JSON first."
        ) from error
    except RecursionError as error:
        raise CatalogueError(f"{source} is nested too deeply.") from error
    bounds.check_size(document)
    try:
        return data_file.read(data_file.write(distil(document)), trusted=False)
    except UnicodeEncodeError as error:
        raise CatalogueError(f"{source} contains half a character (a lone surrogate).") from error


def _read(source: str | Path) -> bytes:
    text = str(source)
    if text.lower().startswith(("https://", "http://")):
        return _fetch(text)
    try:
        with Path(text).expanduser().open("rb") as file:
            content = file.read(bounds.MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise CatalogueError(f"File not found: {text}.") from error
    except OSError as error:
        raise CatalogueError(f"{text} can't be read: {(error.strerror or str(error)).lower()}.") from error
    if len(content) > bounds.MAX_BYTES:
        raise CatalogueError(f"{text} has more than {bounds.MAX_BYTES:,} bytes.")
    return content


def _fetch(url: str) -> bytes:
    """Fetch a document. Follow redirects only to the same host."""
    import httpx

    deadline = time.monotonic() + _MAX_FETCH
    try:
        # Uncompressed, so that the size limit applies to the transfer too.
        with httpx.Client(timeout=FETCH_TIMEOUT, headers={"Accept-Encoding": "identity"}) as client:
            at = httpx.URL(url)
            for _ in range(_MAX_REDIRECTS + 1):
                with client.stream("GET", at) as answer:
                    if answer.next_request is None:
                        return _content(answer, url, deadline)
                    there = answer.next_request.url
                if there.host != at.host or (at.scheme == "https" and there.scheme != "https"):
                    raise CatalogueError(
                        f"{url} redirects to {there.scheme}://{there.netloc.decode()}. Load it from there "
                        "if you trust that host."
                    )
                at = there
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CatalogueError(f"{url} can't be fetched: {error}.") from error
    raise CatalogueError(f"Too many redirects from {url}: more than {_MAX_REDIRECTS}.")


def _content(answer: httpx.Response, url: str, deadline: float) -> bytes:
    if answer.status_code != 200:
        raise CatalogueError(f"{url} answered {answer.status_code} {answer.reason_phrase}.")
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip"}:
        raise CatalogueError(f"{url} answered with the encoding {encoding}, which we didn't request.")
    content = bytearray()
    for piece in answer.iter_raw():
        content += piece
        if len(content) > bounds.MAX_BYTES:
            raise CatalogueError(f"{url} answered with more than {bounds.MAX_BYTES:,} bytes.")
        if time.monotonic() > deadline:
            raise CatalogueError(f"{url} took more than {_MAX_FETCH:.0f} seconds.")
    if encoding == "identity":
        return bytes(content)
    try:
        return data_file.unpacked(bytes(content))
    except zlib.error as error:
        raise CatalogueError(f"{url} answered with damaged gzip data.") from error
