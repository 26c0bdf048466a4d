"""The catalogue's data file: two lines of JSON, gzipped.

The first line holds the version and the operations, which every reader needs at once; the second holds the
schemas of the components, which are parsed when the first one is asked for. Most operations share their
error answers and many parameters: each is written once, and operations name it by its index.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

from monite_magic.catalogue.model import Answer, Body, Catalogue, CatalogueError, Operation, Parameter, Schema

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
