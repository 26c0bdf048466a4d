"""Turns a stored document into an answer that is valid against the response schema.

Each schema is compiled once into a function. The function keeps the members in the schema and removes
others, such as the simulator's own. It fills missing members with the default, with `null` if allowed, or
with the simplest value if the member is required.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from monite_magic.catalogue.fields import Choice, choices, flat, matching_branch, variants

if TYPE_CHECKING:
    from monite_magic.catalogue import Catalogue

Schema = dict[str, Any]
Shaper = Callable[[Any], Any]

_PLAIN_STRINGS = {
    "uuid": "00000000-0000-4000-8000-000000000000",
    "date": "1970-01-01",
    "date-time": "1970-01-01T00:00:00+00:00",
    "email": "nobody@example.com",
    "uri": "https://example.com",
}


class Shapes:
    """Compiles each schema of one catalogue once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._named: dict[str, Shaper] = {}
        self._anonymous: dict[int, tuple[Schema, Shaper]] = {}
        self._choices: dict[int, tuple[Sequence[Schema], Choice]] = {}

    def of(self, schema: Schema) -> Shaper:
        """Return the shaper of a schema of the catalogue."""
        kept = self._anonymous.get(id(schema))
        if kept is None:
            # Keep the schema with its shaper, so that its id() is not reused.
            kept = self._anonymous[id(schema)] = (schema, self._compile(schema))
        return kept[1]

    def plain(self, schema: Schema) -> Any:
        """Return the simplest value that a schema allows."""
        if "default" in schema:
            return schema["default"]
        schema = flat(self._catalogue, schema)
        for word in ("default", "const"):
            if word in schema:
                return schema[word]
        if schema.get("enum"):
            return schema["enum"][0]
        branches = schema.get("anyOf") or schema.get("oneOf")
        if branches:
            return None if self._nullable(schema) else self.plain(branches[0])
        return self._plain_of_type(schema)

    def _plain_of_type(self, schema: Schema) -> Any:
        match schema.get("type"):
            case "string":
                return _PLAIN_STRINGS.get(schema.get("format", ""), "-" * schema.get("minLength", 0))
            case "integer" | "number":
                return schema.get("minimum", 0)
            case "boolean":
                return False
            case "array":
                return [self.plain(schema.get("items", {})) for _ in range(schema.get("minItems", 0))]
            case "null":
                return None
            case _:
                return self.of(schema)({})

    def _compile(self, schema: Schema) -> Shaper:
        reference = schema.get("$ref")
        if reference is not None:
            return self._compile_named(reference)
        branches = choices(self._catalogue, schema)
        if branches:
            return self._compile_branches(branches)
        plain = flat(self._catalogue, schema)
        if plain.get("properties"):
            return self._compile_object(plain)
        if plain.get("type") == "array" and plain.get("items"):
            item = self.of(plain["items"])
            return lambda value: [item(part) for part in value] if isinstance(value, list) else value
        return _as_it_is

    def _compile_named(self, reference: str) -> Shaper:
        if reference not in self._named:
            # A schema can contain itself. Until it is compiled, its name refers to the future shaper.
            self._named[reference] = lambda value: self._named[reference](value)
            self._named[reference] = self._compile(self._catalogue.resolve({"$ref": reference}))
        return self._named[reference]

    def _compile_branches(self, branches: Sequence[Schema]) -> Shaper:
        shapers = [self.of(part) for part in branches]
        if len(shapers) == 1 or all(shaper is _as_it_is for shaper in shapers):
            return shapers[0]
        tag, tagged = self._told_apart(branches)

        def shape(value: Any) -> Any:
            if value is None:
                return None
            told = value.get(tag) if isinstance(value, dict) else None
            index = tagged.get(told) if isinstance(told, str) else None
            if index is None:
                index = self._choice(branches).matching(value)
            return shapers[index](value)

        return shape

    def _choice(self, branches: Sequence[Schema]) -> Choice:
        # Compile it on first use: a schema can contain itself.
        kept = self._choices.get(id(branches))
        if kept is None:
            kept = self._choices[id(branches)] = (branches, Choice(self._catalogue, branches))
        return kept[1]

    def _told_apart(self, branches: Sequence[Schema]) -> tuple[str, dict[str, int]]:
        """Return the discriminating member, such as `type`, and the alternative for each of its values."""
        fixed = [self._fixed_members(part) for part in branches]
        for name in fixed[0]:
            tagged = {members[name]: index for index, members in enumerate(fixed) if name in members}
            if len(tagged) == len(branches):
                return name, tagged
        return "", {}

    def _fixed_members(self, schema: Schema) -> dict[str, str]:
        """Return the members of an object that allow only one text, and this text."""
        members = {
            name: flat(self._catalogue, part)
            for name, part in flat(self._catalogue, schema).get("properties", {}).items()
        }
        choices = {name: part.get("enum") or [part.get("const")] for name, part in members.items()}
        return {
            name: only[0] for name, only in choices.items() if len(only) == 1 and isinstance(only[0], str)
        }

    def _compile_object(self, schema: Schema) -> Shaper:
        properties, required = schema["properties"], set(schema.get("required", ()))
        members = [
            (
                name,
                self.of(part),
                # Don't invent an ID for an explicit null: null means that there is none.
                self._nullable(part)
                or (name in required and flat(self._catalogue, part).get("format") == "uuid"),
                self._when_absent(part, name in required),
            )
            for name, part in properties.items()
        ]
        open_ended = bool(schema.get("additionalProperties", False))

        def shape(value: Any) -> Any:
            if not isinstance(value, dict):
                return value
            shaped = {}
            for name, shaper, nullable, absent in members:
                found = value.get(name)
                if found is not None:
                    shaped[name] = found if shaper is _as_it_is else shaper(found)
                elif nullable and name in value:
                    shaped[name] = None
                elif absent is not None:
                    shaped[name] = absent()
            if open_ended:
                shaped.update(
                    {n: v for n, v in value.items() if n not in properties and not n.startswith("_")}
                )
            return shaped

        return shape

    def _when_absent(self, schema: Schema, required: bool) -> Callable[[], Any] | None:
        if required or "default" in schema:
            return lambda: self.plain(schema)
        return (lambda: None) if self._nullable(schema) else None

    def _nullable(self, schema: Schema) -> bool:
        plain = variants(self._catalogue, schema)
        return any(each.get("type") == "null" for each in plain) or plain == [{}]


def _as_it_is(value: Any) -> Any:
    return value


def without_own_members(result: Any) -> Any:
    """Remove the simulator's own members from the result of a rule."""
    if isinstance(result, dict):
        return {name: part for name, part in result.items() if not name.startswith("_")}
    return result


def with_defaults(catalogue: Catalogue, schema: Schema, value: Any) -> Any:
    """Add the documented defaults to a valid request body."""
    if value is None:
        return None
    if branches := choices(catalogue, schema):
        return with_defaults(catalogue, branches[matching_branch(catalogue, branches, value)], value)
    plain = flat(catalogue, schema)
    if isinstance(value, list):
        return [with_defaults(catalogue, plain.get("items", {}), part) for part in value]
    if not isinstance(value, dict):
        return value
    properties = plain.get("properties", {})
    filled = {
        name: with_defaults(catalogue, properties[name], part) if name in properties else part
        for name, part in value.items()
    }
    for name, part in properties.items():
        default = part.get("default", flat(catalogue, part).get("default"))
        if name not in filled and default is not None:
            filled[name] = default
    return filled
