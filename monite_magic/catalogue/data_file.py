"""The catalogue's data file: two lines of JSON, gzipped.

The first line has the version and the operations, which every reader needs immediately. The second line has
the schemas of the components, and is parsed on first use. Operations share most error answers and many
parameters, so each is stored once, and operations refer to it by index.

API versions are mostly the same. So the packaged file of an older version has only its differences from the
next newer one, its base: changed and additional operations and schemas, and the names of missing ones.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from monite_magic.catalogue import bounds
from monite_magic.catalogue.model import Answer, Body, Catalogue, CatalogueError, Operation, Parameter, Schema
from monite_magic.core.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable

FORMAT = "monite-magic catalogue 2"
CHANGES_FORMAT = "monite-magic catalogue 2, changes"

# The order of methods on a path, as in `distil`.
_ORDER = {method: place for place, method in enumerate(METHODS)}
_GZIP = 31  # zlib's window bits for gzip, with no timestamp in the header


def is_data_file(content: bytes) -> bool:
    """Whether these bytes look like a gzipped file."""
    return content[:2] == b"\x1f\x8b"


class Packed(NamedTuple):
    """The content of a data file: its first line, and a function that parses the second."""

    head: dict[str, Any]
    schemas: Callable[[], dict[str, Schema]]


def write(facts: dict[str, Any], base: Packed | None = None) -> bytes:
    """Return a data file with the facts from `distil`. The same facts give the same bytes.

    Args:
        facts: `version`, `operations` and `schemas`, from `distil.distil`.
        base: The next newer version, to store only the differences from it.
    """
    known = base.head if base else {"parameters": [], "answers": []}
    parameters, answers = _Shared(known["parameters"]), _Shared(known["answers"])
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
        "parameters": parameters.items[len(known["parameters"]) :],
        "answers": answers.items[len(known["answers"]) :],
        "operations": packed,
    }
    schemas = facts["schemas"]
    if base:
        head, schemas = _changes(head, schemas, base)
    lines = b"\n".join(_dump(part) for part in (head, schemas))
    packer = zlib.compressobj(9, wbits=_GZIP)
    return packer.compress(lines) + packer.flush()


def _changes(
    head: dict[str, Any], schemas: dict[str, Schema], base: Packed
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the differences from the base, as the two lines of a file."""
    before = {_key(operation): operation for operation in base.head["operations"]}
    after = {_key(operation): operation for operation in head["operations"]}
    newer = base.schemas()
    head = {
        **head,
        "format": CHANGES_FORMAT,
        "base": base.head["version"],
        "operations": [each for key, each in after.items() if before.get(key) != each],
        "gone": sorted(before.keys() - after.keys()),
    }
    own = {name: schema for name, schema in schemas.items() if newer.get(name) != schema}
    return head, {"gone": sorted(newer.keys() - schemas.keys()), "own": own}


def unpack(content: bytes, base_of: Callable[[str], Packed] | None = None) -> Packed:
    """Return the content of a data file. A file of changes is merged with its base.

    Args:
        content: The file's bytes.
        base_of: Returns the base by its version. None if only a complete file is allowed.

    Raises:
        CatalogueError: The bytes are not a data file.
    """
    try:
        head_line, _, schema_line = unpacked(content).partition(b"\n")
        head = json.loads(head_line)
    except (zlib.error, ValueError, RecursionError) as error:
        if isinstance(error, CatalogueError):
            raise
        raise CatalogueError("This is not a catalogue data file.") from error
    kind = head.get("format") if isinstance(head, dict) else None
    if kind == CHANGES_FORMAT and base_of is not None:
        base = base_of(head["base"])
        return Packed(_merged_head(head, base.head), lambda: _merged_schemas(schema_line, base))
    if kind != FORMAT:
        raise CatalogueError("This catalogue data file is from another version of monite-magic.")
    return Packed(head, lambda: json.loads(schema_line))


def _merged_head(head: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    operations = {_key(operation): operation for operation in base["operations"]}
    for key in head["gone"]:
        del operations[key]
    operations.update((_key(operation), operation) for operation in head["operations"])
    return {
        "format": FORMAT,
        "version": head["version"],
        "parameters": [*base["parameters"], *head["parameters"]],
        "answers": [*base["answers"], *head["answers"]],
        "operations": sorted(operations.values(), key=lambda each: (each["path"], _ORDER[each["method"]])),
    }


def _merged_schemas(line: bytes, base: Packed) -> dict[str, Schema]:
    changes = json.loads(line)
    schemas = {**base.schemas(), **changes["own"]}
    for name in changes["gone"]:
        del schemas[name]
    return {name: schemas[name] for name in sorted(schemas)}


def read(
    content: bytes, *, trusted: bool = True, base_of: Callable[[str], Packed] | None = None
) -> Catalogue:
    """Return the catalogue of a data file. Its schemas are parsed on first use.

    Args:
        content: The file's bytes.
        trusted: Whether this package made the file. Other files have limits, and are parsed immediately.
        base_of: Returns the base of a file of changes. None if only a complete file is allowed.

    Raises:
        CatalogueError: The bytes are not a data file, or the file exceeds a limit.
    """
    head, schemas = unpack(content, base_of)
    if trusted:
        return _catalogue(head, schemas)
    try:
        components = schemas()
        skipped = bounds.check_facts(head, components)
        found = _catalogue(head, lambda: components)
    except CatalogueError:
        raise
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise CatalogueError("This catalogue data file is damaged.") from error
    found.skipped_patterns = skipped
    return found


def unpacked(content: bytes) -> bytes:
    """Decompress a gzipped file.

    Raises:
        CatalogueError: The content is larger than `bounds.MAX_BYTES`.
        zlib.error: The file is not gzip, or is truncated.
    """
    unpacker = zlib.decompressobj(wbits=_GZIP)
    data = unpacker.decompress(content, bounds.MAX_BYTES)
    if unpacker.unconsumed_tail:
        raise CatalogueError(f"The decompressed document has more than {bounds.MAX_BYTES:,} bytes.")
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
        parameters=tuple([parameters[index] for index in facts["parameters"]]),
        body=Body(**body) if body else None,
        answers={int(status): answers[index] for status, index in facts["answers"].items()},
        entity_header=facts["entity_header"],
        deprecated=facts.get("deprecated", False),
        secured=facts["secured"],
    )


class _Shared:
    """A list without duplicates."""

    def __init__(self, known: list[Any]) -> None:
        self.items: list[Any] = list(known)
        self._places: dict[bytes, int] = {_dump(item): place for place, item in enumerate(known)}

    def index(self, item: Any) -> int:
        place = self._places.setdefault(_dump(item), len(self.items))
        if place == len(self.items):
            self.items.append(item)
        return place


def _key(operation: dict[str, Any]) -> str:
    return f"{operation['method']} {operation['path']}"


def _dump(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
