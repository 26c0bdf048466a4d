"""The catalogue's data file: two lines of JSON, gzipped.

The first line holds the version and the operations, which every reader needs at once; the second holds the
schemas of the components, which are parsed when the first one is asked for.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

from monite_magic.catalogue.model import Answer, Body, Catalogue, CatalogueError, Operation, Parameter, Schema

FORMAT = "monite-magic catalogue 1"

_GZIP = 31  # zlib's window bits for a gzip header and trailer; its header has no time in it


def is_data_file(content: bytes) -> bool:
    """Whether these bytes look like a gzipped file."""
    return content[:2] == b"\x1f\x8b"


def write(facts: dict[str, Any]) -> bytes:
    """Return the data file of what `distil` found; the same facts give the same bytes.

    Args:
        facts: `version`, `operations` and `schemas`, as `distil.distil` returns them.
    """
    head = {"format": FORMAT, "version": facts["version"], "operations": facts["operations"]}
    lines = b"\n".join(_dump(part) for part in (head, facts["schemas"]))
    packer = zlib.compressobj(9, wbits=_GZIP)
    return packer.compress(lines) + packer.flush()


def read(content: bytes) -> Catalogue:
    """Return the catalogue of a data file; its schemas are parsed at their first use.

    Args:
        content: The file's bytes.

    Raises:
        CatalogueError: They are not such a file.
    """
    try:
        head_line, _, schema_line = zlib.decompress(content, wbits=_GZIP).partition(b"\n")
        head = json.loads(head_line)
    except (zlib.error, ValueError) as error:
        raise CatalogueError("This is not a catalogue data file.") from error
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise CatalogueError("This is not a catalogue data file of this version of monite-magic.")

    def schemas() -> dict[str, Schema]:
        parsed: dict[str, Schema] = json.loads(schema_line)
        return parsed

    return Catalogue(head["version"], operations(head["operations"]), schemas)


def operations(facts: list[dict[str, Any]]) -> tuple[Operation, ...]:
    """Return the operations that `distil` described."""
    return tuple(_operation(item) for item in facts)


def _operation(facts: dict[str, Any]) -> Operation:
    body = facts.get("body")
    return Operation(
        method=facts["method"],
        path=facts["path"],
        tag=facts["tag"],
        operation_id=facts["operation_id"],
        parameters=tuple([Parameter(**item) for item in facts["parameters"]]),
        body=Body(**body) if body else None,
        answers={int(status): Answer(**item) for status, item in facts["answers"].items()},
        entity_header=facts["entity_header"],
        deprecated=facts.get("deprecated", False),
        secured=facts["secured"],
    )


def _dump(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
