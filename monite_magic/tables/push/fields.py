"""The target fields for a row's values: in an operation's body, its parts and its path."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from monite_magic import catalogue
from monite_magic.catalogue.shapes import UNKNOWN, Shape, rows_shape, shape_from
from monite_magic.catalogue.skeleton import choices
from monite_magic.core import RequestError
from monite_magic.core.api_path import is_placeholder, split_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monite_magic.catalogue import Catalogue, Operation

METHODS: Final = ("POST", "PATCH", "DELETE")
_MAX_LEVELS: Final = 5
#: Layout settings of documents. Their many labels would be mistaken for columns.
_LEFT_OUT: Final = frozenset({"document_rendering", "base64_encoded_file"})
_ID: Final = "id"


@dataclass(frozen=True, slots=True)
class Field:
    """A target for a value.

    Attributes:
        name: Its name in a mapping: `organization.legal_name`, `bank_accounts.iban`, `id`.
        path: The keys in its object.
        part: The list that contains its object: `line_items`, or `bank_accounts`, which needs more calls.
            Empty for the body itself, and `path` for a path parameter.
        shape: The shape of its value in the catalogue.
        kind: The kind of body that has it, if only one does: `organization`.
    """

    name: str
    path: tuple[str, ...]
    part: str = ""
    shape: Shape = field(default=UNKNOWN, compare=False)
    kind: str = ""

    @property
    def leaf(self) -> str:
        """The last key."""
        return self.path[-1]

    @property
    def relative(self) -> str:
        """The name without the kind: `address.city` for `organization.address.city`."""
        return self.name.removeprefix(f"{self.kind}.") if self.kind else self.name


@dataclass(frozen=True, slots=True)
class Part:
    """A list of a row: follow-up calls, or items in the body.

    Attributes:
        name: `bank_accounts`, `line_items`.
        template: The path of the follow-up call. Empty if the items are in the body.
        parameter: The parameter of that path for the new row's ID.
    """

    name: str
    template: str = ""
    parameter: str = ""

    @property
    def singular(self) -> str:
        """The singular name: `bank_account`."""
        return self.name.removesuffix("s") if not self.name.endswith("sses") else self.name.removesuffix("es")


@dataclass(frozen=True)
class Fields:
    """All fields of an operation.

    Attributes:
        known: The catalogue of the calls' API version.
        operation: The operation.
        path: The path, with placeholders for values from columns.
        fields: The fields by name.
        parts: The lists of a row.
        kinds: The kinds of body. Empty if there is only one.
        answered: Names in the API's answers that are not in requests.
    """

    known: Catalogue
    operation: Operation
    path: str
    fields: dict[str, Field]
    parts: dict[str, Part]
    kinds: tuple[str, ...]
    answered: frozenset[str]

    @property
    def list_path(self) -> str:
        """The path of the list that contains the rows."""
        path = self.path
        return path.rpartition("/")[0] if self.id_parameter and path.endswith("}") else path

    @property
    def id_parameter(self) -> str:
        """The path parameter for the row's own ID, for PATCH and DELETE, or an empty text."""
        last = split_path(self.path)[-1]
        return last[1:-1] if self.operation.method != "POST" and is_placeholder(last) else ""


def takes_rows(operation: Operation) -> bool:
    """Whether to offer pushing the rows of a table to an operation.

    PATCH and DELETE accept tables too, with a column of IDs.
    """
    body = operation.body
    is_list = operation.method == "POST" and any(200 <= status < 300 for status in operation.answers)
    named = is_list and not is_placeholder(operation.segments[-1])
    return bool(named and body is not None and body.content_type == "application/json" and body.required)


def fields_of(method: str, path: str, version: str = catalogue.DEFAULT_VERSION) -> Fields:
    """Return the fields of an operation.

    Args:
        method: `POST`, `PATCH` or `DELETE`.
        path: For instance `/counterparts`. For PATCH and DELETE also the list's path, to which the ID is
            added.
        version: The API version of the calls.

    Raises:
        RequestError: The operation is unknown, or doesn't take JSON.
    """
    known = catalogue.current(version)
    method, path = method.upper(), "/" + path.strip("/")
    if method not in METHODS:
        raise RequestError(f"{method} can't be pushed.", hint=f"Use {', '.join(METHODS)}.")
    match = known.find(method, path)
    if method != "POST":
        last = split_path(path)[-1]
        parameter = known.row_parameter("/" + "/".join(_template_segments(known, path)))
        if match is None and parameter:
            path = f"{path}/{{{parameter}}}"
            match = known.find(method, path)
        elif match is not None and not is_placeholder(last):
            raise RequestError(f"{path} is a single row.", hint="Leave out the ID: a column contains it.")
    if match is None:
        near = ", ".join(known.nearest(path))
        raise RequestError(f"Unknown operation: {method} {path}.", hint=f"The nearest: {near}.")
    operation = match.operation
    if method == "POST" and operation.path.endswith("}"):
        raise RequestError(f"{path} isn't a list.", hint="Push to a list, for instance /counterparts.")
    body = operation.body
    if body is not None and body.content_type != "application/json":
        raise RequestError(f"{operation} takes files, which a table can't contain.", hint="Use %monite.")
    kinds = tuple(choices(known, operation)) if body else ()
    collector = _Collector(known, kinds)
    collector.path_parameters(operation, path)
    if body is not None:
        collector.walk(shape_from(known, body.schema), "", (), "", 0)
    if method == "POST":
        for template in known.below(f"{operation.path}"):
            collector.child(template)
    return Fields(
        known,
        operation,
        path,
        collector.fields,
        collector.parts,
        kinds,
        frozenset(_answered(known, operation, path)),
    )


def _template_segments(known: Catalogue, path: str) -> list[str]:
    match = known.find("GET", path)
    return list(match.operation.segments) if match else list(split_path(path))


def _answered(known: Catalogue, operation: Operation, path: str) -> Iterator[str]:
    segments = operation.segments
    if operation.method != "POST" and segments and is_placeholder(segments[-1]):
        path = path.rpartition("/")[0]
    match = known.find("GET", path)
    answer = match.operation.answers.get(200) if match else None
    if answer is not None and answer.schema is not None:
        yield from _names(rows_shape(shape_from(known, answer.schema)), "", 0)


def _names(shape: Shape, prefix: str, level: int) -> Iterator[str]:
    for name in shape.properties:
        below = shape.field(name)
        if below.properties and level < _MAX_LEVELS:
            yield from _names(below, f"{prefix}{name}.", level + 1)
        else:
            yield f"{prefix}{name}"


class _Collector:
    """Collects fields by walking shapes."""

    def __init__(self, known: Catalogue, kinds: tuple[str, ...]) -> None:
        self.fields: dict[str, Field] = {}
        self.parts: dict[str, Part] = {}
        self._kinds = kinds
        self._known = known

    def add(self, field_: Field) -> None:
        self.fields.setdefault(field_.name, field_)

    def path_parameters(self, operation: Operation, path: str) -> None:
        names = {p.name: p for p in operation.path_parameters}
        for segment in split_path(path):
            if is_placeholder(segment):
                name = segment[1:-1]
                shape = (
                    shape_from(self._known, names[name].schema)
                    if name in names
                    else (_parameter_shape(self._known, operation, segment, path))
                )
                self.add(Field(name, (name,), "path", shape))

    def walk(self, shape: Shape, prefix: str, path: tuple[str, ...], part: str, level: int) -> None:
        for name in shape.properties:
            if name in _LEFT_OUT:
                continue
            below = shape.field(name)
            keys = (*path, name)
            kind = self._kind(f"{prefix}{name}") if not part else ""
            if below.properties and level < _MAX_LEVELS:
                self.walk(below, f"{prefix}{name}.", keys, part, level + 1)
            elif "array" in below.types and below.items.properties and not part:
                self.parts[name] = Part(name)
                self.walk(below.items, f"{name}.", (), name, level + 1)
            else:
                self.add(Field(f"{prefix}{name}", keys, part, below, kind))

    def _kind(self, name: str) -> str:
        first = name.partition(".")[0]
        return first if first in self._kinds and "." in name else ""

    def child(self, template: str) -> None:
        known = self._known
        match = known.find("POST", template)
        body = match.operation.body if match else None
        if match is None or body is None or body.content_type != "application/json":
            return
        name = template.rpartition("/")[2]
        placeholder = next((s for s in reversed(split_path(template)) if is_placeholder(s)), "{}")
        self.parts[name] = Part(name, template, placeholder[1:-1])
        self.walk(shape_from(known, body.schema), f"{name}.", (), name, 1)


def _parameter_shape(known: Catalogue, operation: Operation, segment: str, path: str) -> Shape:
    """Return the shape of a path parameter whose name differs from the document's."""
    at = split_path(path).index(segment)
    own = operation.segments[at][1:-1]
    for parameter in operation.path_parameters:
        if parameter.name == own:
            return shape_from(known, parameter.schema)
    return UNKNOWN
