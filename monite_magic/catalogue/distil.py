"""Extract the facts of a catalogue from an OpenAPI 3 document.

It keeps methods, paths, names, types, formats, limits, enums, required fields, defaults, status codes, and
the components that these use. It drops all prose and examples, and operations that are not partner API. From
descriptions, it keeps only the unit of a number (see `units`).

It also fixes three habits of the vendor's documents (see `_as_meant`). The result is plain JSON data, and
doesn't depend on the order of keys in the document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from monite_magic.catalogue.model import REF_PREFIX, CatalogueError, Schema, references
from monite_magic.catalogue.units import KEYWORD, documented_unit
from monite_magic.core import LOCAL
from monite_magic.core.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator

Facts = dict[str, Any]

# The document also has the portal's API and the vendor's internal API, which are not for partners.
CLOSED_PATHS = ("/portal", "/internal")
# The documents up to 2024-01-31 require a token even to get one.
TOKEN_PATH = "/auth/token"  # noqa: S105 - a path
VERSION_HEADER = LOCAL.version_header.lower()
ENTITY_HEADER = LOCAL.entity_header.lower()

_MAX_HOPS = 20  # from reference to reference
_COMPONENT_PREFIX = "#/components/schemas/"
_SUBSCHEMA = frozenset(
    {"items", "not", "additionalProperties", "unevaluatedProperties", "propertyNames", "contains"}
)
_SUBSCHEMA_LISTS = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_SUBSCHEMA_MAPS = frozenset({"properties", "patternProperties"})
_PLAIN = frozenset(
    {
        "type", "enum", "const", "format", "default", "pattern", "required", "deprecated", "readOnly",
        "writeOnly", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
        "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
        "contentEncoding", "contentMediaType",
    }
)  # fmt: skip
#: The types of values that the check relies on; a keyword with another is left out.
_SHAPES: Final[dict[str, type | tuple[type, ...]]] = {
    "type": (str, list),
    **dict.fromkeys(("enum", "required"), list),
    **dict.fromkeys(("pattern", "format"), str),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), (int, float)),
    **dict.fromkeys(("multipleOf", "minLength", "maxLength", "minItems", "maxItems"), (int, float)),
    **dict.fromkeys(("minProperties", "maxProperties"), (int, float)),
}


def distil(document: Any) -> Facts:
    """Return the facts of an OpenAPI 3 document: `version`, `operations`, `schemas`.

    Raises:
        CatalogueError: The document is not OpenAPI 3, or a part of it can't be read.
    """
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise CatalogueError('This is not an OpenAPI 3 document: "openapi": "3.…" is missing.')
    if not isinstance(document.get("paths"), dict):
        raise CatalogueError('This OpenAPI document has no "paths".')
    try:
        operations = [
            _operation(document, method, path, item)
            for path, item in sorted(document["paths"].items())
            if not path.startswith(CLOSED_PATHS)
            for method in map(str.lower, METHODS)
            if method in item
        ]
        schemas = _reachable(document, operations)
        version = str(document.get("info", {}).get("version", "unknown"))
    except (AttributeError, KeyError, TypeError) as error:
        raise CatalogueError(f"This OpenAPI document can't be read: {error!r}.") from error
    if not operations:
        raise CatalogueError("This OpenAPI document has no operations.")
    return {"version": version, "operations": operations, "schemas": schemas}


def _operation(document: Facts, method: str, path: str, item: Facts) -> Facts:
    source = item[method]
    parameters = [_deref(document, p) for p in [*item.get("parameters", []), *source.get("parameters", [])]]
    entity = [p for p in parameters if p["in"] == "header" and p["name"].lower() == ENTITY_HEADER]
    facts: Facts = {
        "method": method.upper(),
        "path": path,
        "tag": next(iter(source.get("tags", ())), ""),
        "parameters": [_parameter(p) for p in parameters if _is_own(p)],
        "answers": {
            status: _content(_deref(document, answer))
            for status, answer in sorted(source.get("responses", {}).items())
            if status.isdecimal()
        },
        "entity_header": ("required" if entity[0].get("required") else "optional") if entity else "absent",
        "secured": path != TOKEN_PATH and bool(source.get("security", document.get("security"))),
    }
    if "requestBody" in source:
        body = _deref(document, source["requestBody"])
        facts["body"] = {"schema": {}, **_content(body), "required": bool(body.get("required"))}
    if source.get("deprecated"):
        facts["deprecated"] = True
    return facts


def _is_own(parameter: Facts) -> bool:
    """Whether a parameter is specific to the operation, unlike the version and entity headers."""
    name = parameter["name"].lower()
    return parameter["in"] in ("path", "query") or (
        parameter["in"] == "header" and name not in (VERSION_HEADER, ENTITY_HEADER)
    )


def _parameter(source: Facts) -> Facts:
    facts: Facts = {
        "name": source["name"],
        "place": source["in"],
        "required": bool(source.get("required")),
        "schema": _number_schema(source["name"], source.get("schema", {}), source.get("description", "")),
    }
    if source.get("deprecated"):
        facts["deprecated"] = True
    return facts


def _content(source: Facts) -> Facts:
    """Return the content type and schema of a body or an answer, or empty ones without content."""
    content = source.get("content") or {}
    if not content:
        return {}
    content_type = "application/json" if "application/json" in content else next(iter(content))
    return {"content_type": content_type, "schema": distil_schema(content[content_type].get("schema", {}))}


def _deref(document: Facts, source: Facts) -> Facts:
    """Follow a reference to a shared parameter, body or answer."""
    for _ in range(_MAX_HOPS):
        if "$ref" not in source:
            return source
        target: Any = document
        for key in source["$ref"].removeprefix("#/").split("/"):
            target = target[key.replace("~1", "/").replace("~0", "~")]
        source = target
    raise CatalogueError("This OpenAPI document has a circular reference.")


def _reachable(document: Facts, operations: list[Facts]) -> dict[str, Schema]:
    """Return the components that the operations use, distilled and sorted by name."""
    components = document.get("components", {}).get("schemas", {})
    reached: dict[str, Schema] = {}
    waiting = list(references(operations))
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = distil_schema(_as_object(components[name]), name)
            waiting.extend(references(reached[name]))
    return {name: reached[name] for name in sorted(reached)}


# -- schemas --------------------------------------------------------------------------------------------


def distil_schema(source: Any, component: str = "") -> Any:
    """Return a schema's facts, with references as `#/$defs/NAME`. `true` and `false` stay unchanged."""
    if not isinstance(source, dict):
        return source
    facts = dict(_keywords(source, component))
    if len(facts.get("allOf", ())) == 1 and not facts.keys() & facts["allOf"][0].keys():
        # `{"allOf": [X], "default": …}` is how OpenAPI 3.0 adds something to a reference.
        facts = {**facts.pop("allOf")[0], **facts}
    return _as_meant(facts, nullable=source.get("nullable") is True)


def _as_object(source: Any) -> Facts:
    """Return a schema as an object: `true` allows everything, `false` nothing.

    Raises:
        TypeError: It is not a schema.
    """
    if isinstance(source, bool):
        return {} if source else {"not": {}}
    if not isinstance(source, dict):
        raise TypeError("a schema is neither an object nor true or false")
    return source


def _number_schema(name: str, source: Any, described: str = "", component: str = "") -> Any:
    """Return the facts of a field or parameter, with the unit of a number."""
    facts = distil_schema(source, component)
    unit = documented_unit(name, source, described, component) if isinstance(source, dict) else None
    return {**facts, KEYWORD: unit} if unit else facts


def _keywords(source: Facts, component: str) -> Iterator[tuple[str, Any]]:
    for key, value in source.items():
        if key == "$ref":
            yield key, value.replace(_COMPONENT_PREFIX, REF_PREFIX)
        elif key == "discriminator":
            yield key, _discriminator(value)
        elif key in _PLAIN:
            is_flag = key.startswith("exclusive") and isinstance(value, bool)
            divides = key != "multipleOf" or value
            if isinstance(value, _SHAPES.get(key, object)) and divides and not is_flag:
                yield key, value
        elif key in _SUBSCHEMA:
            yield key, distil_schema(value, component)
        elif key in _SUBSCHEMA_LISTS:
            yield key, [distil_schema(_as_object(item), component) for item in value]
        elif key in _SUBSCHEMA_MAPS:
            yield (
                key,
                {name: _number_schema(name, _as_object(item), "", component) for name, item in value.items()},
            )


def _discriminator(source: Facts) -> Facts:
    mapping = source.get("mapping", {})
    return {
        "propertyName": source["propertyName"],
        "mapping": {value: ref.replace(_COMPONENT_PREFIX, REF_PREFIX) for value, ref in mapping.items()},
    }


def _as_meant(facts: Schema, *, nullable: bool) -> Schema:
    """Correct a schema that strictly doesn't say what the document means.

    - Nine bodies have `additionalProperties: false` next to `anyOf` and no properties, which refuses every
      object. Event data has it without `anyOf`.
    - Some schemas still use `nullable` from OpenAPI 3.0.
    - `exclusiveMinimum: true`, also from 3.0, has no `minimum` next to it, so it is dropped.
    """
    if facts.get("additionalProperties") is False and not facts.get("properties"):
        del facts["additionalProperties"]
        if facts.keys() & {"anyOf", "oneOf", "allOf"}:
            facts["unevaluatedProperties"] = False
    if not nullable:
        return facts
    kind = facts.get("type")
    if isinstance(kind, str) and "enum" not in facts and "const" not in facts:
        return {**facts, "type": [kind, "null"]}
    return {"anyOf": [facts, {"type": "null"}]}
