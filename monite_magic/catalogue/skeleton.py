"""Draft a call: the cell for an operation, with a body that passes the check.

A minimal draft has the required fields, and those that the API needs without documenting it. A full draft has
all fields.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import quote

from monite_magic.catalogue.fields import allowed_values, is_file, variants
from monite_magic.catalogue.model import CatalogueError
from monite_magic.catalogue.samples import EXAMPLE_ID, sample
from monite_magic.catalogue.wording import listed, shown
from monite_magic.core.api_path import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monite_magic.catalogue.model import Catalogue, Operation, Schema

# Fields that the API needs although the document doesn't require them (docs, "Collect payables": to leave
# the draft status; "Create receivables": the subject of a line).
_WANTED = {
    "POST /payables": (
        "document_id", "counterpart_id", "currency", "issued_at", "due_date", "subtotal", "total_amount",
    ),
    "line_items": ("product_id", "vat_rate_id"),
    # A role without a permission allows nothing.
    "PATCH /roles/{role_id}": ("permissions",),
    "permissions": ("objects",),
    "objects": ("object_type", "actions"),
    "actions": ("action_name", "permission"),
}  # fmt: skip
_MAX_DEPTH = 6
# The most common kind of body, if there are several, and the most useful fields.
_USUAL_KINDS = frozenset({"organization", "invoice", "payable"})
_TELLING = frozenset({"name", "legal_name", "description", "email"})
_FIRST_FIELDS = 2
_MAX_VALUES = 5_000
_MAX_LEVELS = 40
_NEVER_EMPTY = 2  # deeper objects are written as {}


class KnownIds(Protocol):
    """Returns an ID that this session has seen for a field such as `counterpart_id`, or None."""

    def __call__(self, name: str) -> str | None:
        """Return the newest ID for `name`."""
        ...


class Skeleton(NamedTuple):
    """A draft of a call.

    Attributes:
        method: HTTP method.
        path: The concrete path, with required query parameters.
        body: The JSON body, or None if the operation takes none.
        files: Field and file name of each file in a form.
        fields: Name and value of each other field in a form.
    """

    method: str
    path: str
    body: Any = None
    files: tuple[tuple[str, str], ...] = ()
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def cell(self) -> str:
        """The cell that makes this call."""
        line = f"monite {self.method} {self.path}"
        if self.body is not None:
            return f"%%{line}\n{json.dumps(self.body, indent=2, ensure_ascii=False)}"
        form = [f"--file {name}={value}" for name, value in self.files]
        form += [f"-d {name}={value}" for name, value in self.fields]
        return " ".join([f"%{line}", *form])


def skeleton(
    catalogue: Catalogue,
    operation: Operation,
    *,
    full: bool = False,
    choice: str | None = None,
    known: KnownIds = lambda name: None,  # noqa: ARG005 - named as the protocol names it
) -> Skeleton:
    """Return a draft of a call of an operation.

    Args:
        catalogue: The catalogue of the operation.
        operation: The operation.
        full: Include all fields, not only required ones.
        choice: The kind of body, one of `choices`.
        known: Returns IDs that the session has seen.

    Raises:
        CatalogueError: The choice is unknown, or too many fields are required.
    """
    available = choices(catalogue, operation)
    if choice is not None and choice not in available:
        have = f"it has {listed(available)}" if available else "it has none"
        raise CatalogueError(f"{operation} has no type {choice}: {have}.")
    writer = _Writer(catalogue, full=full, choice=choice, known=known)
    path = writer.path(operation)
    if operation.body is None:
        return Skeleton(operation.method, path)
    if operation.body.content_type == "application/json":
        return Skeleton(operation.method, path, writer.body(operation, operation.body.schema))
    files, fields = writer.form(operation.body.schema)
    return Skeleton(operation.method, path, files=files, fields=fields)


def choices(catalogue: Catalogue, operation: Operation) -> list[str]:
    """Return the kinds of body of an operation, such as `organization`. Empty if there is only one."""
    if operation.body is None:
        return []
    objects = [each for each in variants(catalogue, operation.body.schema) if "properties" in each]
    if len(objects) == 1:
        return _rivals(catalogue, objects[0]["properties"])
    return list(dict.fromkeys(name for names in kind_names(catalogue, objects) for name in names))


def kind_names(catalogue: Catalogue, schemas: Sequence[Schema]) -> list[list[str]]:
    """Return the names of each variant: the values of its `type`, or else a field that only it requires.

    Args:
        catalogue: Where references lead.
        schemas: All variants, as plain object schemas.
    """
    return [_listed_types(catalogue, schema) or _own_fields(schema, schemas)[:1] for schema in schemas]


def rivals(catalogue: Catalogue, schema: Schema) -> list[str]:
    """Return the mutually exclusive fields of an object, one of which its `type` names.

    Args:
        catalogue: Where references lead.
        schema: A plain object schema.
    """
    return _rivals(catalogue, schema.get("properties", {}))


def draft_value(
    catalogue: Catalogue,
    name: str,
    schema: Schema,
    *,
    known: KnownIds = lambda name: None,  # noqa: ARG005 - named as the protocol names it
) -> Any:
    """Return a value for a field, as `skeleton` writes it.

    Args:
        catalogue: Where references lead.
        name: The field's name.
        schema: Its schema.
        known: Tells ids that the session has seen.

    Raises:
        CatalogueError: Too many fields are required.
    """
    return _Writer(catalogue, full=False, choice=None, known=known).value(name, schema)


def _listed_types(catalogue: Catalogue, schema: Schema) -> list[str]:
    """Return the values of an object's `type`, if they are few."""
    for name in ("type", "object_type", "kind", "name"):
        values = allowed_values(catalogue, schema["properties"].get(name, {}))
        if values and all(isinstance(value, str) for value in values) and len(values) < 4:
            return list(dict.fromkeys(values))
    return []


def _own_fields(schema: Schema, schemas: Sequence[Schema]) -> list[str]:
    """Return the required fields of a variant that the others don't have; all of them if it has no such."""
    elsewhere = {name for other in schemas if other is not schema for name in other.get("properties", ())}
    required = list(schema.get("required", ()))
    return [name for name in required if name not in elsewhere] or required


def _rivals(catalogue: Catalogue, properties: Schema) -> list[str]:
    """Return the values of `type` that are also field names: `organization` and `individual`."""
    values = allowed_values(catalogue, properties.get("type", {}))
    return [value for value in values if isinstance(value, str) and value in properties]


class _Writer:
    """Writes values for schemas."""

    def __init__(self, catalogue: Catalogue, *, full: bool, choice: str | None, known: KnownIds) -> None:
        self._catalogue = catalogue
        self._full = full
        self._choice = choice
        self._known = known
        self._left = _MAX_VALUES

    def path(self, operation: Operation) -> str:
        path = operation.path
        for parameter in operation.path_parameters:
            value = shown(self.value(parameter.name, parameter.schema))
            path = path.replace(f"{{{parameter.name}}}", value if is_placeholder(value) else quote(value))
        required = [parameter for parameter in operation.query_parameters if parameter.required]
        pairs = []
        for parameter in required:
            value = self.value(parameter.name, parameter.schema)
            values = value if isinstance(value, list) else [value]
            pairs += [f"{quote(parameter.name, safe='[]')}={quote(shown(item))}" for item in values]
        return f"{path}?{'&'.join(pairs)}" if pairs else path

    def body(self, operation: Operation, schema: Schema) -> Any:
        return self.value(str(operation), schema)

    def form(self, schema: Schema) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
        plain = variants(self._catalogue, schema)[0]
        files: list[tuple[str, str]] = []
        fields: list[tuple[str, str]] = []
        for name in self._wanted("", plain):
            below = plain["properties"][name]
            value = self.value(name, below)
            items = value if isinstance(value, list) else [value]
            into = files if is_file(self._catalogue, below) else fields
            into += [(name, shown(item)) for item in items]
        return tuple(files), tuple(fields)

    def value(self, name: str, schema: Schema, depth: int = 0) -> Any:
        """Return a value for a field: its default if it has one."""
        self._left -= 1
        if self._left < 0 or depth > _MAX_LEVELS:
            raise CatalogueError("The body can't be drafted: the document requires too many fields.")
        plain = self._chosen(schema)
        if self._choice is not None and self._choice in plain.get("enum", ()):
            return self._choice
        default = schema.get("default")
        if default is not None and not isinstance(default, (dict, list)):
            return default
        if plain.get("type") == "object" or "properties" in plain:
            discriminator = self._catalogue.resolve(schema).get("discriminator", {}).get("propertyName")
            return self._object(
                name, {**plain, "required": [*plain.get("required", ()), discriminator]}, depth
            )
        if name == "script" and plain.get("type") == "array":
            return self._script()
        if plain.get("type") == "array":
            return self._list(name, plain, depth)
        if plain.get("format") == "uuid" and (seen := self._known(name)) is not None:
            return seen
        return sample(name, plain)

    def _chosen(self, schema: Schema) -> Schema:
        candidates = [each for each in variants(self._catalogue, schema) if each.get("type") != "null"]
        wanted = _USUAL_KINDS if self._choice is None else {self._choice}
        objects = [plain for plain in candidates if "properties" in plain]
        for plain, names in zip(objects, kind_names(self._catalogue, objects), strict=True):
            if wanted.intersection(names):
                return plain
        return candidates[0] if candidates else {"type": "null"}

    def _object(self, name: str, schema: Schema, depth: int) -> dict[str, Any]:
        properties = schema.get("properties", {})
        below = depth + 1
        written = {key: self.value(key, properties[key], below) for key in self._wanted(name, schema, depth)}
        return self._with_kind(written, properties, below)

    def _with_kind(self, written: dict[str, Any], properties: Schema, depth: int) -> dict[str, Any]:
        """If `type` names a field, add that field and remove its rivals."""
        rivals = _rivals(self._catalogue, properties)
        if "type" not in written or not rivals:
            return written
        chosen = self._choice if self._choice in rivals else written["type"]
        chosen = chosen if chosen in rivals else rivals[0]
        written = {key: value for key, value in written.items() if key not in rivals}
        return {**written, "type": chosen, chosen: self.value(chosen, properties[chosen], depth)}

    def _wanted(self, name: str, schema: Schema, depth: int = 0) -> list[str]:
        """Return the names of the fields to write, in the document's order."""
        properties = schema.get("properties", {})
        required = schema.get("required", ())
        if self._full and depth < _MAX_DEPTH:
            return [key for key in properties if key in required or not self._is_deprecated(properties[key])]
        wanted = {*required, *_WANTED.get(name, ())}
        if not wanted and depth <= _NEVER_EMPTY:
            scalars = [key for key in properties if self._is_scalar(properties[key])]
            telling = [key for key in scalars if key in _TELLING]
            wanted = set((telling or scalars or list(properties))[:_FIRST_FIELDS])
        return [key for key in properties if key in wanted]

    def _list(self, name: str, schema: Schema, depth: int) -> list[Any]:
        items = schema.get("items", {})
        if depth >= _MAX_DEPTH and not schema.get("minItems"):
            return []
        item_name = name if name in _WANTED else name.removesuffix("s")
        count = max(1, schema.get("minItems", 1))
        before = self._left
        item = self.value(item_name, items, depth + 1)
        self._left -= (before - self._left) * (count - 1)
        if self._left < 0:
            raise CatalogueError("The body can't be drafted: the document requires too many fields.")
        return [item] * count

    def _script(self) -> list[Any]:
        """Return a step of MoniteScript. The document doesn't define it; the React SDK has examples."""
        role = self._known("role_id") or EXAMPLE_ID
        params = {"role_ids": [role], "required_approval_count": 1}
        return [{"call": "ApprovalRequests.request_approval_by_roles", "params": params}]

    def _is_scalar(self, schema: Schema) -> bool:
        plain = self._chosen(schema)
        return plain.get("type") in ("string", "integer", "number", "boolean") and not self._is_deprecated(
            schema
        )

    def _is_deprecated(self, schema: Schema) -> bool:
        return bool(schema.get("deprecated") or self._catalogue.resolve(schema).get("deprecated"))
