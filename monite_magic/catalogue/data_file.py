"""The catalogue's data file: two lines of JSON, gzipped.

The first line holds the version and the operations, which every reader needs at once; the second holds the
schemas of the components, which are parsed when the first one is asked for. Most operations share their
error answers and many parameters: each is written once, and operations name it by its index.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from monite_magic.catalogue import bounds
from monite_magic.catalogue.model import Answer, Body, Catalogue, CatalogueError, Operation, Parameter, Schema

if TYPE_CHECKING:
    from collections.abc import Callable

FORMAT = "monite-magic catalogue 2"

_GZIP = 31  # zlib's window bits for a gzip header and trailer; its header has no time in it


def is_data_file(content: bytes) -> bool:
    """Whether these bytes look like a gzipped file."""
    return content[:2] == b"\x1f\x8b"


def write(facts: dict[str, Any]) -> bytes:
    """Return the data file of what `distil` found; the same facts give the same bytes.

    Args:
        facts: `version`, `operations` and `schemas`, as `distil.distil` returns them.
    """
    parameters, answers = _Shared(), _Shared()
    packed = [
        {
            **operation,
            "parameters": [parameters.index(item) for item in operation["parameters"]],
            "answers": {status: answers.index(item) for status, item in operation["answers"].items()},
        }
        for operation in facts["operations"]
    ]
    head = {
        "format": FORMAT,
        "version": facts["version"],
        "parameters": parameters.items,
        "answers": answers.items,
        "operations": packed,
    }
    lines = b"\n".join(_dump(part) for part in (head, facts["schemas"]))
    packer = zlib.compressobj(9, wbits=_GZIP)
    return packer.compress(lines) + packer.flush()


def read(content: bytes, *, trusted: bool = True) -> Catalogue:
    """Return the catalogue of a data file; its schemas are parsed at their first use.

    Args:
        content: The file's bytes.
        trusted: Whether this package made the file. Another one is bounded, and read as a whole.

    Raises:
        CatalogueError: They are not such a file, or it is too large, too deep or too branched.
    """
    try:
        head_line, _, schema_line = unpacked(content).partition(b"\n")
        head = json.loads(head_line)
    except (zlib.error, ValueError, RecursionError) as error:
        if isinstance(error, CatalogueError):
            raise
        raise CatalogueError("This is not a catalogue data file.") from error
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise CatalogueError("This is not a catalogue data file of this version of monite-magic.")

    def schemas() -> dict[str, Schema]:
        parsed: dict[str, Schema] = json.loads(schema_line)
        return parsed

    if trusted:
        return _catalogue(head, schemas)
    try:
        components = schemas()
        skipped = bounds.check_facts(head, components)
        found = _catalogue(head, lambda: components)
    except CatalogueError:
        raise
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise CatalogueError("This is a broken catalogue data file.") from error
    found.skipped_patterns = skipped
    return found


def unpacked(content: bytes) -> bytes:
    """Return what a gzipped file holds.

    Raises:
        CatalogueError: It is larger than `bounds.MOST_BYTES`.
        zlib.error: It is not gzip, or has no end.
    """
    unpacker = zlib.decompressobj(wbits=_GZIP)
    data = unpacker.decompress(content, bounds.MOST_BYTES)
    if unpacker.unconsumed_tail:
        raise CatalogueError(f"The document has more than {bounds.MOST_BYTES:,} bytes when unpacked.")
    if not unpacker.eof:
        raise zlib.error("no end")
    return data


def _catalogue(head: dict[str, Any], schemas: Callable[[], dict[str, Schema]]) -> Catalogue:
    parameters = [Parameter(**item) for item in head["parameters"]]
    answers = [Answer(**item) for item in head["answers"]]
    operations = tuple([_operation(item, parameters, answers) for item in head["operations"]])
    return Catalogue(head["version"], operations, schemas)


def _operation(facts: dict[str, Any], parameters: list[Parameter], answers: list[Answer]) -> Operation:
    body = facts.get("body")
    return Operation(
        method=facts["method"],
        path=facts["path"],
        tag=facts["tag"],
        operation_id=facts["operation_id"],
        parameters=tuple([parameters[index] for index in facts["parameters"]]),
        body=Body(**body) if body else None,
        answers={int(status): answers[index] for status, index in facts["answers"].items()},
        entity_header=facts["entity_header"],
        deprecated=facts.get("deprecated", False),
        secured=facts["secured"],
    )


class _Shared:
    """A list in which equal items lie once."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._places: dict[bytes, int] = {}

    def index(self, item: Any) -> int:
        place = self._places.setdefault(_dump(item), len(self.items))
        if place == len(self.items):
            self.items.append(item)
        return place


def _dump(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
