"""The catalogue: what is known of the API's operations, and which catalogue this process uses.

    catalogue.load()                                  # packaged facts of the current API version
    catalogue.current().find("GET", "/payables/me")   # a Match, or None

Three readers share it: completion and inspection, the check before sending, and the simulator. It knows
nothing of them, nor of any other room.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from monite_magic.catalogue.model import (
    Answer,
    Body,
    Catalogue,
    CatalogueError,
    Match,
    Operation,
    Parameter,
    Schema,
)

__all__ = [
    "DEFAULT_VERSION",
    "Answer",
    "Body",
    "Catalogue",
    "CatalogueError",
    "Match",
    "Operation",
    "Parameter",
    "Schema",
    "current",
    "from_openapi",
    "load",
    "load_file_or_url",
    "use",
    "versions",
]

DEFAULT_VERSION = "2024-05-25"

_DATA = Path(__file__).parent / "data"
_in_use: Catalogue | None = None


def versions() -> list[str]:
    """Return the API versions whose facts are packaged."""
    return sorted(path.name.removeprefix("monite-").removesuffix(".json.gz") for path in _DATA.glob("*.gz"))


@cache
def load(version: str = DEFAULT_VERSION) -> Catalogue:
    """Return the packaged catalogue of an API version; it is read once.

    Args:
        version: For instance `2024-05-25`.

    Raises:
        CatalogueError: No such version is packaged.
    """
    from monite_magic.catalogue import data_file

    path = _DATA / f"monite-{version}.json.gz"
    if not path.is_file():
        raise CatalogueError(
            f"No catalogue of version {version} is packaged; there is {', '.join(versions())}."
        )
    return data_file.read(path.read_bytes())


def current() -> Catalogue:
    """Return the catalogue that this process uses: the packaged one unless `use` named another."""
    return load() if _in_use is None else _in_use


def use(catalogue: Catalogue | None) -> None:
    """Use another catalogue from now on.

    Args:
        catalogue: The one to use, or None for the packaged one.
    """
    global _in_use
    _in_use = catalogue


def from_openapi(document: dict[str, Any]) -> Catalogue:
    """Distil an OpenAPI 3 document into a catalogue.

    Args:
        document: The parsed document.

    Raises:
        CatalogueError: It is not an OpenAPI 3 document.
    """
    from monite_magic.catalogue.source import from_document

    return from_document(document)


def load_file_or_url(source: str | Path) -> Catalogue:
    """Read a catalogue from an OpenAPI document (JSON) or a distilled data file, by path or URL.

    Args:
        source: A file's path, `~` is expanded, or an `http(s)` URL, fetched without credentials.

    Raises:
        CatalogueError: It cannot be fetched or read, or is neither of the two.
    """
    from monite_magic.catalogue.source import read_catalogue

    found = read_catalogue(source)
    found.source = str(source)
    return found
