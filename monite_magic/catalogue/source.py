"""A catalogue from a file or a URL that a person names: an OpenAPI document or a distilled data file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from monite_magic.catalogue import data_file
from monite_magic.catalogue.distil import distil
from monite_magic.catalogue.model import CatalogueError

if TYPE_CHECKING:
    from typing import Any

    from monite_magic.catalogue.model import Catalogue

FETCH_TIMEOUT = 30.0  # seconds; such a document is some megabytes


def read_catalogue(source: str | Path) -> Catalogue:
    """Return the catalogue of a file or URL.

    Args:
        source: A path (`~` is expanded) or an `http(s)` URL.

    Raises:
        CatalogueError: It cannot be fetched or read, or is neither an OpenAPI document nor a data file.
    """
    content = _read(source)
    if data_file.is_data_file(content):
        return data_file.read(content)
    try:
        document = json.loads(content)
    except ValueError as error:
        raise CatalogueError(
            f"{source} is neither JSON nor a catalogue data file; an OpenAPI document in YAML has to be "
            "converted to JSON first."
        ) from error
    return from_document(document)


def from_document(document: dict[str, Any]) -> Catalogue:
    """Return the catalogue of a parsed OpenAPI document."""
    return data_file.read(data_file.write(distil(document)))


def _read(source: str | Path) -> bytes:
    text = str(source)
    if text.lower().startswith(("https://", "http://")):
        return _fetch(text)
    try:
        return Path(text).expanduser().read_bytes()
    except FileNotFoundError as error:
        raise CatalogueError(f"There is no file {text}.") from error
    except OSError as error:
        raise CatalogueError(f"{text} cannot be read: {error.strerror or error}.") from error


def _fetch(url: str) -> bytes:
    import httpx

    try:
        answer = httpx.get(url, timeout=FETCH_TIMEOUT, follow_redirects=True)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CatalogueError(f"{url} cannot be fetched: {error}.") from error
    if answer.status_code != 200:
        raise CatalogueError(f"{url} answered {answer.status_code} {answer.reason_phrase}.")
    return answer.content
