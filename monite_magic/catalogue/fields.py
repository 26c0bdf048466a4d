"""Find the possible fields at a path of a JSON body: resolve schemas, and narrow choices by the data.

Most schemas are not plain objects but references, choices between objects, or nullable objects. `variants`
resolves them into plain schemas. `likeness` rates how well data matches a plain schema, by a discriminator
(`"type": "organization"`) and by the fields of the data. `narrowed` removes the other variants. `descend`
follows a path. Completion, inspection and the check use `fields`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from monite_magic.catalogue.model import Catalogue, Schema

JsonPath = tuple[str | int, ...]

#: The keywords of a choice.
CHOICES = ("anyOf", "oneOf")
_KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "integer": (int, float),
    "number": (int, float),
}


class Field(NamedTuple):
    """A field of a JSON object.

    Attributes:
        name: Its key.
        schema: Its schema, unresolved.
        required: Whether the object must have it.
        partly: Whether only some variants of the object must have it.
    """

    name: str
    schema: Schema
    required: bool
    partly: bool = False


def dotted(path: JsonPath) -> str:
    """Return a path as text: `line_items[0].price`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def flat(catalogue: Catalogue, schema: Schema) -> Schema:
    """Return the schema without `$ref` and `allOf` at the top. Its own keywords take precedence."""
    schema = catalogue.resolve(schema)
    if "allOf" not in schema:
        return schema
    merged: Schema = {}
    for part in schema["allOf"]:
        merged = _merged(merged, flat(catalogue, part))
    return _merged(merged, {key: value for key, value in schema.items() if key != "allOf"})


def choices(catalogue: Catalogue, schema: Schema) -> list[Schema]:
    """Return the alternatives of a schema without null, or an empty list if there is no choice."""
    schema = flat(catalogue, schema)
    branches = schema.get("anyOf") or schema.get("oneOf") or ()
    return [branch for branch in branches if branch.get("type") != "null"]


def variants(catalogue: Catalogue, schema: Schema) -> list[Schema]:
    """Return the plain schemas that a schema allows, including null."""
    schema = flat(catalogue, schema)
    for word in CHOICES:
        if word in schema:
            around = {key: value for key, value in schema.items() if key not in (word, "discriminator")}
            around.pop("unevaluatedProperties", None)
            unfolded = [plain for item in schema[word] for plain in variants(catalogue, item)]
            return [_merged(around, plain) for plain in unfolded] if around else unfolded
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return [{**schema, "type": kind} for kind in kinds]
    return [schema]


class Likeness(NamedTuple):
    """How well data matches a plain schema. Of several variants, the greatest is the one that was meant.

    Attributes:
        is_kind: Whether the type matches.
        agrees: Whether all texts in the data are among the listed values of their fields.
        fixed: The number of discriminators that match, such as `"type": "organization"`.
        unknown: The number of unknown fields, negated.
        missing: The number of missing required fields, negated.
    """

    is_kind: bool
    agrees: bool = True
    fixed: int = 0
    unknown: int = 0
    missing: int = 0


def likeness(schema: Schema, listed: Mapping[str, frozenset[str]], data: Any) -> Likeness:
    """Return how well data matches a plain schema. All choices are decided here.

    `listed` comes from `listed_texts`, at least for the fields of the data.
    """
    if not is_kind(schema, data):
        return Likeness(is_kind=False)
    if not isinstance(data, dict):
        allowed = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
        return Likeness(is_kind=True, agrees=allowed is None or data in allowed)
    texts = {name: data[name] for name in listed if isinstance(data.get(name), str)}
    return Likeness(
        is_kind=True,
        agrees=all(text in listed[name] for name, text in texts.items()),
        fixed=sum(listed[name] == {text} for name, text in texts.items()),
        unknown=-len(data.keys() - schema.get("properties", {}).keys()),
        missing=-sum(data.get(name) is None for name in schema.get("required", ())),
    )


class Choice:
    """The alternatives of a schema, resolved once to choose between them for many values.

    `names` are the fields of all the values, if known.
    """

    def __init__(
        self, catalogue: Catalogue, branches: Sequence[Schema], names: Iterable[str] | None = None
    ) -> None:
        self._branches = [
            [(plain, listed_texts(catalogue, plain, names)) for plain in variants(catalogue, branch)]
            for branch in branches
        ]

    def matching(self, data: Any) -> int:
        """Return the index of the first alternative that matches best."""
        found = [max(likeness(plain, listed, data) for plain, listed in branch) for branch in self._branches]
        return found.index(max(found))


def matching_branch(catalogue: Catalogue, branches: Sequence[Schema], data: Any) -> int:
    """Return the index of the alternative that matches best; see `Choice`."""
    return Choice(catalogue, branches, data if isinstance(data, dict) else ()).matching(data)


def narrowed(catalogue: Catalogue, schemas: list[Schema], data: Any) -> list[Schema]:
    """Return the variants that match the data best, among those of its type.

    Missing fields don't count, because the data may be incomplete.
    """
    schemas = [schema for schema in schemas if is_kind(schema, data)] or schemas
    if not isinstance(data, dict) or len(schemas) < 2:
        return schemas
    found = [
        likeness(schema, listed_texts(catalogue, schema, data), data)._replace(missing=0)
        for schema in schemas
    ]
    return [schema for schema, each in zip(schemas, found, strict=True) if each == max(found)]


def listed_texts(
    catalogue: Catalogue, schema: Schema, names: Iterable[str] | None = None
) -> dict[str, frozenset[str]]:
    """Return the listed texts of a plain schema's fields, for fields that have some."""
    below = schema.get("properties", {})
    found = {
        name: frozenset(each for each in allowed_values(catalogue, below[name]) if isinstance(each, str))
        for name in (below if names is None else names)
        if name in below
    }
    return {name: texts for name, texts in found.items() if texts}


def descend(
    catalogue: Catalogue, schema: Schema, path: Sequence[str | int], data: Any = None
) -> list[Schema]:
    """Return the plain schemas at a path below a schema, or an empty list if the path is unknown.

    `data` is the data at the root, possibly incomplete. It narrows choices along the path.
    """
    current = narrowed(catalogue, variants(catalogue, schema), data)
    for step in path:
        data = _child(data, step)
        below = [each for plain in current if (each := below_step(plain, step)) is not None]
        unfolded = [plain for each in _distinct(below) for plain in variants(catalogue, each)]
        current = narrowed(catalogue, _distinct(unfolded), data)
    return current


def fields(schemas: Iterable[Schema]) -> dict[str, Field]:
    """Return the fields of plain object schemas by name: first those required by all, then by some."""
    objects = [schema for schema in schemas if "properties" in schema]
    found: dict[str, list[Schema]] = {}
    for schema in objects:
        for name, below in schema["properties"].items():
            found.setdefault(name, []).append(below)
    needed = {name for name in found if all(name in schema.get("required", ()) for schema in objects)}
    partly = {name for schema in objects for name in schema.get("required", ())} - needed
    ordered = sorted(found, key=lambda name: 0 if name in needed else 1 if name in partly else 2)
    return {name: Field(name, _either(found[name]), name in needed, name in partly) for name in ordered}


def field_schemas(catalogue: Catalogue, schema: Schema, names: Iterable[str]) -> list[Schema]:
    """Return the plain schemas at a path of field names, skipping list indexes.

    Args:
        catalogue: The catalogue of the schema.
        schema: The schema at the root.
        names: Names such as `["line_items", "price"]`; an index after a name is ignored.
    """
    current = descend(catalogue, schema, ())
    for name in names:
        key = name.partition("[")[0]
        below = _distinct([each for plain in current for each in descend(catalogue, plain, (key,))])
        items = [each for plain in below for each in descend(catalogue, plain, (0,))]
        current = [plain for plain in below if plain.get("type") != "array"] + items
    return current


def is_file(catalogue: Catalogue, schema: Schema) -> bool:
    """Whether a form field is a file."""
    return any(plain.get("format") == "binary" for plain in variants(catalogue, schema))


def allowed_values(catalogue: Catalogue, schema: Schema) -> list[Any]:
    """Return the listed values of a schema (enum, const, true and false) without null."""
    values: list[Any] = []
    for plain in variants(catalogue, schema):
        if "const" in plain:
            values.append(plain["const"])
        elif "enum" in plain:
            values += [value for value in plain["enum"] if value is not None]
        elif plain.get("type") == "boolean":
            values += [True, False]
    return list(dict.fromkeys(values)) if all(map(_is_plain, values)) else values


def is_kind(schema: Schema, data: Any) -> bool:
    """Whether data has the type of a plain schema, if the schema has one."""
    kind = schema.get("type", "object" if "properties" in schema else None)
    if not isinstance(kind, str):
        return True
    if isinstance(data, bool):
        return kind == "boolean"
    return isinstance(data, _KINDS[kind])


def below_step(schema: Schema, step: str | int) -> Schema | None:
    """Return the schema of a member or item of a plain schema, or None."""
    below: Any
    if isinstance(step, int):
        below = schema.get("items")
    else:
        below = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
    return below if isinstance(below, dict) else None


def _merged(first: Schema, second: Schema) -> Schema:
    """Merge two schemas; the second one overrides the first."""
    merged = {**first, **second}
    for word in ("properties", "required"):
        if word in first and word in second:
            both: Any = (
                {**first[word], **second[word]} if word == "properties" else [*first[word], *second[word]]
            )
            merged[word] = both
    return merged


def _child(data: Any, step: str | int) -> Any:
    if isinstance(data, dict) and isinstance(step, str):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return None


def _either(schemas: list[Schema]) -> Schema:
    """Combine the schemas of a field in several variants."""
    distinct = _distinct(schemas)
    return distinct[0] if len(distinct) == 1 else {"anyOf": distinct}


def _distinct(schemas: list[Schema]) -> list[Schema]:
    """Return the distinct schemas."""
    distinct: list[Schema] = []
    for schema in schemas:
        if schema not in distinct:
            distinct.append(schema)
    return distinct


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float, bool))
