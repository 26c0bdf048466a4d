"""Which fields a JSON body may have at a place: schemas unfolded, and narrowed by what is already there.

A schema here is seldom a plain object: it is a reference, or a choice between objects, or an object "or
null". `variants` unfolds all that into plain schemas; `narrowed` leaves out those that the data so far rules
out, by a discriminating value (`"type": "organization"`) or by fields that a variant does not have;
`descend` follows a path down; `fields` is the result that completion, inspection and the check read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monite_magic.catalogue.model import Catalogue, Schema

JsonPath = tuple[str | int, ...]

_CHOICES = ("anyOf", "oneOf")
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
        partly: Whether only some of the kinds of object that there are must have it.
    """

    name: str
    schema: Schema
    required: bool
    partly: bool = False


def dotted(path: JsonPath) -> str:
    """Return a path as it is shown: `line_items[0].price`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def variants(catalogue: Catalogue, schema: Schema) -> list[Schema]:
    """Unfold a schema into the plain ones that it allows; `null` and `allOf` included.

    Args:
        catalogue: Where references lead.
        schema: Any schema.
    """
    schema = catalogue.resolve(schema)
    for word in _CHOICES:
        if word in schema:
            around = {key: value for key, value in schema.items() if key not in (word, "discriminator")}
            around.pop("unevaluatedProperties", None)
            unfolded = [plain for item in schema[word] for plain in variants(catalogue, item)]
            return [_merged(around, plain) for plain in unfolded] if around else unfolded
    if "allOf" in schema:
        merged: Schema = {key: value for key, value in schema.items() if key != "allOf"}
        for item in schema["allOf"]:
            merged = _merged(merged, variants(catalogue, item)[0])
        return [merged]
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return [{**schema, "type": kind} for kind in kinds]
    return [schema]


def narrowed(catalogue: Catalogue, schemas: list[Schema], data: Any) -> list[Schema]:
    """Return those variants that the data does not rule out; all of its kind if it rules out every one.

    Args:
        catalogue: Where references lead.
        schemas: Plain schemas, as `variants` gives them.
        data: What stands there so far; None if nothing does.
    """
    schemas = [schema for schema in schemas if is_kind(schema, data)] or schemas
    if not isinstance(data, dict) or len(schemas) < 2:
        return schemas
    agreeing = [schema for schema in schemas if not _contradicts(catalogue, schema, data)]
    if agreeing:
        schemas = agreeing
    strangers = [len(data.keys() - schema.get("properties", {}).keys()) for schema in schemas]
    return [schema for schema, count in zip(schemas, strangers, strict=True) if count == min(strangers)]


def descend(
    catalogue: Catalogue, schema: Schema, path: Sequence[str | int], data: Any = None
) -> list[Schema]:
    """Return the plain schemas at a path below a schema; an empty list if nothing is known of it.

    Args:
        catalogue: Where references lead.
        schema: The schema at the root.
        path: Keys and indexes.
        data: The whole data at the root, as far as it is there; it narrows choices on the way.
    """
    current = narrowed(catalogue, variants(catalogue, schema), data)
    for step in path:
        data = _child(data, step)
        below = [each for plain in current if (each := below_step(plain, step)) is not None]
        unfolded = [plain for each in _distinct(below) for plain in variants(catalogue, each)]
        current = narrowed(catalogue, _distinct(unfolded), data)
    return current


def fields(schemas: Iterable[Schema]) -> dict[str, Field]:
    """Return the fields of plain object schemas by name, first those that all require, then some.

    Args:
        schemas: Plain schemas; a field is required if every one that has properties requires it.
    """
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
    """Return the plain schemas at a path of field names alone; lists are passed through.

    Args:
        catalogue: Where references lead.
        schema: The schema at the root.
        names: Names such as `["line_items", "price"]`; an index behind a name is ignored.
    """
    current = descend(catalogue, schema, ())
    for name in names:
        key = name.partition("[")[0]
        below = _distinct([each for plain in current for each in descend(catalogue, plain, (key,))])
        items = [each for plain in below for each in descend(catalogue, plain, (0,))]
        current = [plain for plain in below if plain.get("type") != "array"] + items
    return current


def is_file(catalogue: Catalogue, schema: Schema) -> bool:
    """Return whether a field of a form is a file."""
    return any(plain.get("format") == "binary" for plain in variants(catalogue, schema))


def allowed_values(catalogue: Catalogue, schema: Schema) -> list[Any]:
    """Return the values that a schema lists (enum, const, true and false), without null; else nothing."""
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
    """Whether data is of a plain schema's type; anything is, where the schema names none."""
    kind = schema.get("type")
    if not isinstance(kind, str):
        return True
    if isinstance(data, bool):
        return kind == "boolean"
    return isinstance(data, _KINDS[kind])


def below_step(schema: Schema, step: str | int) -> Schema | None:
    """Return the schema of a plain schema's member or item, or None if it has none of its own."""
    below: Any
    if isinstance(step, int):
        below = schema.get("items")
    else:
        below = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
    return below if isinstance(below, dict) else None


def _merged(first: Schema, second: Schema) -> Schema:
    """Both schemas' demands in one; what is said twice is taken from the second."""
    merged = {**first, **second}
    for word in ("properties", "required"):
        if word in first and word in second:
            both: Any = (
                {**first[word], **second[word]} if word == "properties" else [*first[word], *second[word]]
            )
            merged[word] = both
    return merged


def _contradicts(catalogue: Catalogue, schema: Schema, data: dict[str, Any]) -> bool:
    """Whether a value that stands in the data is not among those that the schema lists for it."""
    for name, value in data.items():
        below = schema.get("properties", {}).get(name)
        if below is not None and isinstance(value, str):
            listed = [each for each in allowed_values(catalogue, below) if isinstance(each, str)]
            if listed and value not in listed:
                return True
    return False


def _child(data: Any, step: str | int) -> Any:
    if isinstance(data, dict) and isinstance(step, str):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return None


def _either(schemas: list[Schema]) -> Schema:
    """One schema for what variants say of the same field."""
    distinct = _distinct(schemas)
    return distinct[0] if len(distinct) == 1 else {"anyOf": distinct}


def _distinct(schemas: list[Schema]) -> list[Schema]:
    """The schemas without repetitions."""
    distinct: list[Schema] = []
    for schema in schemas:
        if schema not in distinct:
            distinct.append(schema)
    return distinct


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float, bool))
