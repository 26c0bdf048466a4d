"""What the catalogue is made of: `Catalogue`, its `Operation`s, and what they take and answer.

All of it is facts distilled from an OpenAPI document (see `monite_magic.catalogue.distil`): names, types,
limits, status codes. Schemas are JSON Schema 2020-12 as plain dicts; a reference is `#/$defs/NAME`, where
NAME is a key of `Catalogue.schemas`.

They are named tuples rather than dataclasses: there are hundreds, and this module is loaded at the first
Tab of a session, when a millisecond counts.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from monite_magic.core.api_path import is_placeholder, split_path
from monite_magic.core.clean_text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_segments_of = lru_cache(maxsize=2_000)(split_path)  # of the templates, which are always the same

Schema = dict[str, Any]
Place = Literal["path", "query", "header"]
EntityHeader = Literal["required", "optional", "absent"]

REF_PREFIX = "#/$defs/"
#: What a path calls an operation; IDs have digits, and placeholders have braces.
_WORD = re.compile(r"[a-z_]+")


class CatalogueError(ValueError):
    """A document that cannot become a catalogue, or a version that is not packaged. One plain sentence.

    Control characters are shown as escapes, since a document may have written them.
    """

    def __init__(self, message: str) -> None:
        super().__init__(clean(message))


class Parameter(NamedTuple):
    """A parameter in the path, the query or a header.

    Attributes:
        name: As it goes over the wire, for instance `created_at__gte`.
        place: `path`, `query` or `header`.
        required: Whether a call without it is refused.
        schema: JSON Schema of its value.
        deprecated: Whether the vendor advises against it.
    """

    name: str
    place: Place
    required: bool
    schema: Schema
    deprecated: bool = False


class Body(NamedTuple):
    """What an operation takes as its body.

    Attributes:
        content_type: `application/json` or `multipart/form-data`.
        schema: JSON Schema of the body; in multipart a file is a string of format `binary`.
        required: Whether a call without a body is refused.
    """

    content_type: str
    schema: Schema
    required: bool


class Answer(NamedTuple):
    """What an operation answers with one status code; both are None for an answer without content."""

    content_type: str | None = None
    schema: Schema | None = None


class Operation(NamedTuple):
    """One method on one path template.

    Attributes:
        method: `GET`, `POST`, `PATCH`, `PUT` or `DELETE`.
        path: The template, for instance `/payables/{payable_id}`.
        tag: The vendor's group, for instance `Payables`.
        operation_id: The vendor's identifier.
        parameters: Those in path, query and headers, without the version and entity headers.
        body: What it takes, or None.
        answers: Status code to answer, errors included.
        entity_header: Whether `X-Monite-Entity-Id` is `required`, `optional` or `absent`.
        deprecated: Whether the vendor advises against it.
        secured: Whether it needs a token; only `POST /auth/token` does not.
    """

    method: str
    path: str
    tag: str
    operation_id: str
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answers: Mapping[int, Answer] = {}
    entity_header: EntityHeader = "absent"
    deprecated: bool = False
    secured: bool = True

    @property
    def success(self) -> int:
        """The first declared status code of the 200s; 200 where none is declared."""
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
    """All that is known of the operations of one API version.

    Args:
        version: The API version, for instance `2024-05-25`.
        operations: All operations.
        schemas: Component name to JSON Schema, or a function that reads them when they are first needed.

    Attributes:
        source: The file or URL that it was read from; None for one that is packaged or was made in Python.
        skipped_patterns: Patterns that are not checked, since that could take very long.
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
        """Component name to JSON Schema 2020-12."""
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
        """Return the operations that a concrete path can reach; those of the best template alone."""
        node = self._root.reached(split_path(path), 0, None)
        return tuple(node.operations.values()) if node else ()

    def row_parameter(self, path: str) -> str | None:
        """Return the name of the parameter below a list's template: `payable_id` for `/payables`, or None."""
        depth = len(split_path(path)) + 1
        for template in self.paths:
            if template.startswith(f"{path}/{{") and len(split_path(template)) == depth:
                return template[len(path) + 2 : -1]
        return None

    def below(self, path: str) -> tuple[str, ...]:
        """Return the lists that belong to an object: `/counterparts/{counterpart_id}/contacts`, for instance.

        Args:
            path: The object's template, or that of the list that it is in.
        """
        if not path.endswith("}"):
            path = f"{path}/{{{self.row_parameter(path)}}}"
        depth = len(split_path(path)) + 1
        inner = [
            each for each in self.paths if each.startswith(f"{path}/") and len(split_path(each)) == depth
        ]
        return tuple(each for each in inner if self.row_parameter(each) and self.find("POST", each))

    def nearest(self, path: str, n: int = 3) -> list[str]:
        """Return up to `n` path templates most like `path`, the best first, for "did you mean".

        Args:
            path: A path that no operation has.
            n: How many at most.
        """
        from monite_magic.catalogue.nearest import nearest_paths

        return nearest_paths(path, self.paths, n)

    # -- schemas ----------------------------------------------------------------------------------------

    def resolve(self, schema: Schema) -> Schema:
        """Follow `$ref` until a schema without one; keywords beside a reference are laid over it.

        Args:
            schema: Any schema of this catalogue.
        """
        while "$ref" in schema:
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            target = self.schemas[schema["$ref"].removeprefix(REF_PREFIX)]
            schema = {**target, **beside} if beside else target
        return schema

    def standalone(self, schema: Schema) -> Schema:
        """Return the schema with the `$defs` that it needs, so that it can be used without the catalogue."""
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
    """A segment of the tree of paths: literal children by name, one child for a parameter."""

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
        """Return the node that the segments from `index` on lead to; literals come before parameters.

        Args:
            segments: Those of a whole path.
            index: How many of them have led here.
            method: What the node must know; None takes any with an operation.
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
