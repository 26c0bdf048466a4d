"""The catalogue: what is known of the API's operations, and which catalogue this process uses.

    catalogue.load("2024-01-31")                      # the packaged facts of an API version
    catalogue.current().find("GET", "/payables/me")   # a Match, or None

Three readers share it: completion and inspection, the check before sending, and the simulator. It knows
nothing of them, nor of any other room.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monite_magic.catalogue.model import Catalogue, CatalogueError, Match, Operation, Parameter, Schema
from monite_magic.core import DEFAULT_API_VERSION

if TYPE_CHECKING:
    from monite_magic.catalogue.data_file import Packed

__all__ = [
    "DEFAULT_VERSION",
    "Catalogue",
    "CatalogueError",
    "Match",
    "Operation",
    "Parameter",
    "Schema",
    "current",
    "find",
    "from_openapi",
    "is_packaged",
    "load",
    "load_file_or_url",
    "nearest_version",
    "packed",
    "use",
    "versions",
]

DEFAULT_VERSION = DEFAULT_API_VERSION

_DATA = Path(__file__).parent / "data"
_in_use: Catalogue | None = None


@cache
def versions() -> tuple[str, ...]:
    """Return the API versions whose facts are packaged, the oldest first."""
    return tuple(
        sorted(path.name.removeprefix("monite-").removesuffix(".json.gz") for path in _DATA.glob("*.gz"))
    )


def nearest_version(version: str) -> str:
    """Return the packaged version to use for an API version: the nearest older one, else the oldest.

    Args:
        version: For instance `2024-02-01`.
    """
    return max((each for each in versions() if each <= version), default=versions()[0])


def load(version: str = DEFAULT_VERSION) -> Catalogue:
    """Return the packaged catalogue of an API version; it is read once.

    Args:
        version: For instance `2024-05-25`.

    Raises:
        CatalogueError: No such version is packaged.
    """
    return _read(version)


@cache
def _read(version: str) -> Catalogue:
    from monite_magic.catalogue import data_file

    return data_file.read(_content(version), base_of=packed)


def packed(version: str) -> Packed:
    """Return what the packaged data file of an API version holds; others are written as changes to it.

    Args:
        version: For instance `2024-05-25`.

    Raises:
        CatalogueError: No such version is packaged.
    """
    from monite_magic.catalogue import data_file

    return data_file.unpack(_content(version), packed)


def _content(version: str) -> bytes:
    if version not in versions():
        raise CatalogueError(
            f"No catalogue of version {version} is packaged; there is {', '.join(versions())}."
        )
    return (_DATA / f"monite-{version}.json.gz").read_bytes()


def current(version: str = DEFAULT_VERSION) -> Catalogue:
    """Return the catalogue for calls of an API version: the one that `use` named, else the packaged one.

    A version that isn't packaged has the nearest older one's, else the oldest's.

    Args:
        version: What calls go out with, for instance `2024-01-31`.
    """
    return load(nearest_version(version)) if _in_use is None else _in_use


def is_packaged(known: Catalogue) -> bool:
    """Whether a catalogue is one of those that are packaged."""
    return known.version in versions() and known is load(known.version)


def find(version: str, method: str, path: str) -> tuple[Catalogue, Match] | None:
    """Return the operation that a call reaches, with the catalogue that knows it.

    Args:
        version: What the call goes out with. The other packaged versions are asked when its own catalogue
            doesn't know the operation, or takes a word of the path for an ID: the newer ones first, then the
            older.
        method: In any case.
        path: A concrete path, or a template.
    """
    own = current(version)
    match = own.find(method, path)
    here = None if match is None else (own, match)
    if (match is not None and not match.has_word) or not is_packaged(own):
        return here
    return _elsewhere(own.version, method.upper(), path) or here


@lru_cache(maxsize=256)
def _elsewhere(version: str, method: str, path: str) -> tuple[Catalogue, Match] | None:
    here = load(version).find(method, path)
    newer = [each for each in versions() if each > version]
    older = [each for each in versions() if each < version]
    for each in [*newer, *older[::-1]]:
        known = load(each)
        match = known.find(method, path)
        if match is not None and match.is_closer_than(here):
            return known, match
    return None


def use(catalogue: Catalogue | None) -> None:
    """Use another catalogue from now on, whatever the API version.

    Args:
        catalogue: The one to use, or None for the packaged ones.
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
