"""The data of a catalogue: operations with their parameters, bodies and answers.

The facts come from an OpenAPI document (see `monite_magic.catalogue.distil`). Schemas are JSON Schema 2020-12
as plain dicts. A reference is `#/$defs/NAME`, where NAME is a key of `Catalogue.schemas`.

Named tuples are faster than dataclasses here: the first Tab of a session loads this module and hundreds of
objects.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from monite_magic.core.api_path import is_placeholder, split_path
from monite_magic.core.clean_text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_segments_of = lru_cache(maxsize=2_000)(split_path)  # cached, because the templates repeat

Schema = dict[str, Any]
Place = Literal["path", "query", "header"]
EntityHeader = Literal["required", "optional", "absent"]

REF_PREFIX = "#/$defs/"
#: What a path calls an operation; IDs have digits, and placeholders have braces.
_WORD = re.compile(r"[a-z_]+")


class CatalogueError(ValueError):
    """A document that is not a catalogue, or an unknown version. The message is one sentence.

    Control characters, which can come from the document, are escaped.
    """

    def __init__(self, message: str) -> None:
        super().__init__(clean(message))


class Parameter(NamedTuple):
    """A parameter in the path, the query or a header.

    Attributes:
        name: The name on the wire, for instance `created_at__gte`.
        place: `path`, `query` or `header`.
        required: Whether the API refuses a call without it.
        schema: JSON Schema of its value.
        deprecated: Whether the vendor advises against it.
    """

    name: str
    place: Place
    required: bool
    schema: Schema
    deprecated: bool = False


class Body(NamedTuple):
    """The body of an operation.

    Attributes:
        content_type: `application/json` or `multipart/form-data`.
        schema: JSON Schema of the body. In multipart, a file is a string with the format `binary`.
        required: Whether the API refuses a call without a body.
    """

    content_type: str
    schema: Schema
    required: bool


class Answer(NamedTuple):
    """The answer of an operation with one status code. Both are None without content."""

    content_type: str | None = None
    schema: Schema | None = None


class Operation(NamedTuple):
    """One method on one path template.

    Attributes:
        method: `GET`, `POST`, `PATCH`, `PUT` or `DELETE`.
        path: The template, for instance `/payables/{payable_id}`.
        tag: The vendor's group, for instance `Payables`.
        parameters: The parameters in path, query and headers, without the version and entity headers.
        body: The body, or None.
        answers: Answers by status code, including errors.
        entity_header: Whether `X-Monite-Entity-Id` is `required`, `optional` or `absent`.
        deprecated: Whether the vendor advises against it.
        secured: Whether it needs a token. Only `POST /auth/token` doesn't.
    """

    method: str
    path: str
    tag: str
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answers: Mapping[int, Answer] = {}
    entity_header: EntityHeader = "absent"
    deprecated: bool = False
    secured: bool = True

    @property
    def success(self) -> int:
        """The first declared 2xx status code, or 200."""
        return min((status for status in self.answers if 200 <= status < 300), default=200)

    @property
    def path_parameters(self) -> tuple[Parameter, ...]:
        """The parameters in the path."""
        return tuple(p for p in self.parameters if p.place == "path")

    @property
    def query_parameters(self) -> tuple[Parameter, ...]:
        """The parameters in the query."""
        return tuple(p for p in self.parameters if p.place == "query")

    @property
    def header_parameters(self) -> tuple[Parameter, ...]:
        """The parameters in headers, without the version and entity headers."""
        return tuple(p for p in self.parameters if p.place == "header")

    @property
    def segments(self) -> tuple[str, ...]:
        """The template's segments: `("payables", "{payable_id}")`."""
        return _segments_of(self.path)

    def __hash__(self) -> int:
        return hash((self.method, self.path))

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Match(NamedTuple):
    """An operation and the values that a concrete path gives its parameters, percent-decoded."""

    operation: Operation
    path_params: dict[str, str]

    @property
    def has_word(self) -> bool:
        """Whether a word, such as `analytics`, is in the place of an ID: another version may know it."""
        return any(_WORD.fullmatch(value) for value in self.path_params.values())

    def is_closer_than(self, other: Match | None) -> bool:
        """Whether it matches more of the path literally."""
        return other is None or len(self.path_params) < len(other.path_params)


class Catalogue:
    """The operations and schemas of one API version.

    Args:
        version: The API version, for instance `2024-05-25`.
        operations: All operations.
        schemas: JSON Schemas by component name, or a function that reads them on first use.

    Attributes:
        source: The file or URL it was read from. None if it is packaged or was made in Python.
        skipped_patterns: Patterns that are not checked, because they could be very slow.
    """

    source: str | None = None
    skipped_patterns: tuple[str, ...] = ()

    def __init__(
        self,
        version: str,
        operations: tuple[Operation, ...],
        schemas: dict[str, Schema] | Callable[[], dict[str, Schema]],
    ) -> None:
        self.version = version
        self.operations = operations
        self._read_schemas = schemas if callable(schemas) else lambda: schemas
        self._root = _Node()
        for operation in operations:
            self._root.add(operation)

    def __repr__(self) -> str:
        return f"<Catalogue {self.version}: {len(self.operations)} operations>"

    @cached_property
    def schemas(self) -> Mapping[str, Schema]:
        """JSON Schemas 2020-12 by component name."""
        return self._read_schemas()

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """All path templates, sorted."""
        return tuple(sorted({operation.path for operation in self.operations}))

    # -- operations -------------------------------------------------------------------------------------

    def find(self, method: str, path: str) -> Match | None:
        """Return the operation that a call would reach, or None.

        Args:
            method: In any case.
            path: A concrete path, a template, or one with `{{ placeholders }}`; a query is ignored.
        """
        method = method.upper()
        segments = split_path(path)
        node = self._root.reached(segments, 0, method)
        if node is None:
            return None
        operation = node.operations[method]
        return Match(operation, _path_params(operation, segments))

    def at(self, path: str) -> tuple[Operation, ...]:
        """Return the operations of the template that matches a concrete path best."""
        node = self._root.reached(split_path(path), 0, None)
        return tuple(node.operations.values()) if node else ()

    def row_parameter(self, path: str) -> str | None:
        """Return the ID parameter of a list's template, such as `payable_id` for `/payables`, or None."""
        depth = len(split_path(path)) + 1
        for template in self.paths:
            if template.startswith(f"{path}/{{") and len(split_path(template)) == depth:
                return template[len(path) + 2 : -1]
        return None

    def below(self, path: str) -> tuple[str, ...]:
        """Return the lists that belong to an object: `/counterparts/{counterpart_id}/contacts`, for instance.

        Args:
            path: The template of the object or of its list.
        """
        if not path.endswith("}"):
            path = f"{path}/{{{self.row_parameter(path)}}}"
        depth = len(split_path(path)) + 1
        inner = [
            each for each in self.paths if each.startswith(f"{path}/") and len(split_path(each)) == depth
        ]
        return tuple(each for each in inner if self.row_parameter(each) and self.find("POST", each))

    def nearest(self, path: str) -> list[str]:
        """Return up to three path templates similar to an unknown path, best first, for "Did you mean"."""
        from monite_magic.catalogue.nearest import nearest_paths

        return nearest_paths(path, self.paths)

    # -- schemas ----------------------------------------------------------------------------------------

    def resolve(self, schema: Schema) -> Schema:
        """Resolve `$ref`. Keywords next to a reference override its target.

        Args:
            schema: Any schema of this catalogue.
        """
        while "$ref" in schema:
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            target = self.schemas[schema["$ref"].removeprefix(REF_PREFIX)]
            schema = {**target, **beside} if beside else target
        return schema

    def standalone(self, schema: Schema) -> Schema:
        """Return the schema with the `$defs` it needs, to use it without the catalogue."""
        needed: dict[str, Schema] = {}
        waiting = list(references(schema))
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed[name] = self.schemas[name]
                waiting.extend(references(needed[name]))
        return {**schema, "$defs": {name: needed[name] for name in sorted(needed)}} if needed else schema


def references(schema: Any) -> Iterator[str]:
    """Yield the names of the components that a schema refers to directly."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str):
                yield value.removeprefix(REF_PREFIX)
            else:
                yield from references(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from references(item)


class _Node:
    """A node of the path tree: literal children by name, and one child for a parameter."""

    __slots__ = ("literals", "operations", "parameter")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.operations: dict[str, Operation] = {}

    def add(self, operation: Operation) -> None:
        node = self
        for segment in operation.segments:
            if is_placeholder(segment):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        node.operations[operation.method] = operation

    def reached(self, segments: tuple[str, ...], index: int, method: str | None) -> _Node | None:
        """Return the node for the segments from `index`. Literals take precedence over parameters.

        Args:
            segments: The segments of the path.
            index: The number of segments that led to this node.
            method: A method that the node must have; None for any.
        """
        if index == len(segments):
            fits = self.operations if method is None else method in self.operations
            return self if fits else None
        segment = segments[index]
        literal = self.literals.get(segment)
        found = literal.reached(segments, index + 1, method) if literal is not None else None
        if found is None and self.parameter is not None and segment:
            found = self.parameter.reached(segments, index + 1, method)
        return found


def _path_params(operation: Operation, segments: tuple[str, ...]) -> dict[str, str]:
    pairs = zip(operation.segments, segments, strict=True)
    return {name[1:-1]: _decoded(value) for name, value in pairs if is_placeholder(name)}


def _decoded(segment: str) -> str:
    if "%" not in segment or is_placeholder(segment):
        return segment
    from urllib.parse import unquote

    return unquote(segment)
