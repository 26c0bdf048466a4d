"""The catalogue: what we know about the API's operations, for each API version.

    catalogue.load("2024-01-31")                      # the packaged facts of an API version
    catalogue.current().find("GET", "/payables/me")   # a Match, or None

Completion, the check before sending, cards, tables and the simulator read it. Where to find things:

    units, currencies       what a number counts: money, a rate; decimals of a currency
    lifecycles              which actions a status allows, and where they lead
    check, body_check       problems of a call before it is sent; advice: things that are merely unlikely
    fields, shapes          the fields of a body or an answer, with `$ref` and `anyOf` resolved
    skeleton, samples       drafts of calls
    spans, changes          differences between API versions
    distil, data_file       how a catalogue is made from an OpenAPI document, and stored
"""

from __future__ import annotations

import bisect
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
    """Return the packaged API versions, oldest first."""
    return tuple(
        sorted(path.name.removeprefix("monite-").removesuffix(".json.gz") for path in _DATA.glob("*.gz"))
    )


def nearest_version(version: str) -> str:
    """Return the packaged version to use for an API version: the latest up to it, or else the oldest.

    Args:
        version: For instance `2024-02-01`.
    """
    return versions()[max(bisect.bisect(versions(), version) - 1, 0)]


def load(version: str = DEFAULT_VERSION) -> Catalogue:
    """Return the packaged catalogue of an API version. It is read only once.

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
    """Return the content of an API version's packaged data file. Older versions are stored as changes to it.

    Args:
        version: For instance `2024-05-25`.

    Raises:
        CatalogueError: No such version is packaged.
    """
    from monite_magic.catalogue import data_file

    return data_file.unpack(_content(version), packed)


def _content(version: str) -> bytes:
    if version not in versions():
        raise CatalogueError(f"No catalogue for API version {version}. Packaged: {', '.join(versions())}.")
    return (_DATA / f"monite-{version}.json.gz").read_bytes()


def current(version: str = DEFAULT_VERSION) -> Catalogue:
    """Return the catalogue for calls with an API version: the one set with `use`, or else a packaged one.

    For a version that isn't packaged, see `nearest_version`.

    Args:
        version: The API version of the calls, for instance `2024-01-31`.
    """
    return load(nearest_version(version)) if _in_use is None else _in_use


def is_packaged(known: Catalogue) -> bool:
    """Whether a catalogue is packaged, not loaded."""
    return known.version in versions() and known is load(known.version)


def find(version: str, method: str, path: str) -> tuple[Catalogue, Match] | None:
    """Return the operation that a call reaches, with the catalogue that knows it.

    Args:
        version: The API version of the call. If its catalogue doesn't know the operation, or would read a
            word of the path as an ID, the other packaged versions are searched: newer ones first.
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
    """Use another catalogue from now on, for all API versions.

    Args:
        catalogue: The catalogue, or None for the packaged ones.
    """
    global _in_use
    _in_use = catalogue


def from_openapi(document: dict[str, Any]) -> Catalogue:
    """Distil an OpenAPI 3 document into a catalogue.

    Args:
        document: The parsed document.

    Raises:
        CatalogueError: The document is not OpenAPI 3.
    """
    from monite_magic.catalogue import data_file
    from monite_magic.catalogue.distil import distil

    return data_file.read(data_file.write(distil(document)))


def load_file_or_url(source: str | Path) -> Catalogue:
    """Read a catalogue from an OpenAPI document (JSON) or a distilled data file, by path or URL.

    Args:
        source: A file path (`~` is expanded), or an `http(s)` URL, which is fetched without credentials.

    Raises:
        CatalogueError: The source can't be fetched or read, or has neither format.
    """
    from monite_magic.catalogue.source import read_catalogue

    found = read_catalogue(source)
    found.source = str(source)
    return found
