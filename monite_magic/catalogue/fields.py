"""Which fields a JSON body may have at a place: schemas unfolded, and narrowed by what is already there.

A schema here is seldom a plain object: it is a reference, or a choice between objects, or an object "or
null". `variants` unfolds all that into plain schemas; `likeness` judges which of them data was meant to be,
by a discriminating value (`"type": "organization"`) and by the fields that are there; `narrowed` leaves out
the others; `descend` follows a path down; `fields` is what completion, inspection and the check read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from monite_magic.catalogue.model import Catalogue, Schema

JsonPath = tuple[str | int, ...]

#: The words of a schema that gives a choice.
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


def flat(catalogue: Catalogue, schema: Schema) -> Schema:
    """Return the schema without `$ref` and `allOf` at its top; its own words win over those of its parts."""
    schema = catalogue.resolve(schema)
    if "allOf" not in schema:
        return schema
    merged: Schema = {}
    for part in schema["allOf"]:
        merged = _merged(merged, flat(catalogue, part))
    return _merged(merged, {key: value for key, value in schema.items() if key != "allOf"})


def choices(catalogue: Catalogue, schema: Schema) -> list[Schema]:
    """Return the alternatives of a schema, without null; an empty list if it leaves no choice."""
    schema = flat(catalogue, schema)
    branches = schema.get("anyOf") or schema.get("oneOf") or ()
    return [branch for branch in branches if branch.get("type") != "null"]


def variants(catalogue: Catalogue, schema: Schema) -> list[Schema]:
    """Unfold a schema into the plain ones that it allows; `null` and `allOf` included."""
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
    """How well data fits a plain schema; the greatest of several is the one that was meant.

    Attributes:
        is_kind: Whether the data is of its type.
        agrees: Whether no text in the data is missing among those that the schema lists for it.
        fixed: How many fields have the one text that the schema allows there: a discriminating value, such as
            `"type": "organization"`.
        unknown: The number of fields that the schema doesn't know, as a negative number.
        missing: The number of fields that it requires and that are not there, as a negative number.
    """

    is_kind: bool
    agrees: bool = True
    fixed: int = 0
    unknown: int = 0
    missing: int = 0


def likeness(schema: Schema, listed: Mapping[str, frozenset[str]], data: Any) -> Likeness:
    """Return how well data fits a plain schema: the one judge of all choices.

    `listed` is what `listed_texts` gives for the schema, at least for the fields of the data.
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
    """The alternatives of a schema, unfolded once to choose between them for many data.

    `names` are the fields of all the data, if they are known.
    """

    def __init__(
        self, catalogue: Catalogue, branches: Sequence[Schema], names: Iterable[str] | None = None
    ) -> None:
        self._branches = [
            [(plain, listed_texts(catalogue, plain, names)) for plain in variants(catalogue, branch)]
            for branch in branches
        ]

    def matching(self, data: Any) -> int:
        """Return the index of the alternative that data was meant to be: the likest, the first of several."""
        found = [max(likeness(plain, listed, data) for plain, listed in branch) for branch in self._branches]
        return found.index(max(found))


def matching_branch(catalogue: Catalogue, branches: Sequence[Schema], data: Any) -> int:
    """Return the index of the alternative that data was meant to be; see `Choice`."""
    return Choice(catalogue, branches, data if isinstance(data, dict) else ()).matching(data)


def narrowed(catalogue: Catalogue, schemas: list[Schema], data: Any) -> list[Schema]:
    """Return those variants that the data does not rule out; all of its kind if it rules out every one.

    Data that is still being written rules nothing out by what is missing.
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
    """Return the texts that a plain schema lists for those of its fields that have a list."""
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
    """Return the plain schemas at a path below a schema; an empty list if nothing is known of it.

    `data` is the whole data at the root, as far as it is there: it narrows choices on the way.
    """
    current = narrowed(catalogue, variants(catalogue, schema), data)
    for step in path:
        data = _child(data, step)
        below = [each for plain in current if (each := below_step(plain, step)) is not None]
        unfolded = [plain for each in _distinct(below) for plain in variants(catalogue, each)]
        current = narrowed(catalogue, _distinct(unfolded), data)
    return current


def fields(schemas: Iterable[Schema]) -> dict[str, Field]:
    """Return the fields of plain object schemas by name, first those that all require, then some."""
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
    kind = schema.get("type", "object" if "properties" in schema else None)
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
