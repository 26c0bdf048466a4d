"""Compare two API versions: their operations, parameters, bodies and answers.

    changes(load("2024-01-31"), load("2024-05-25"))

Schemas are compared by the values they allow at each path of the JSON, not by their component names. A choice
between several objects counts as one object with all their fields. Descriptions, defaults and declared errors
are ignored.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from monite_magic.catalogue.fields import variants
from monite_magic.catalogue.model import REF_PREFIX
from monite_magic.catalogue.wording import listed, shown
from monite_magic.core import LOCAL
from monite_magic.core.words import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from monite_magic.catalogue.model import Catalogue, Operation, Parameter, Schema

Where = Literal["operation", "path", "query", "header", "body", "answer"]
Kind = Literal["gone", "new", "required", "optional", "type", "values", "limit", "closed", "open", "status"]

#: How harmful a change is for an existing program, worst first.
HARMS: Final = ("breaks calls", "changes answers", "ignored", "new")

_LIMITS: Final = (
    *("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"),
    *("pattern", "minItems", "maxItems", "uniqueItems"),
)
_LEAST: Final = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems"})
_MAX: Final = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems"})
_LIMIT_WORDS: Final = {
    "minimum": "minimum",
    "exclusiveMinimum": "exclusive minimum",
    "maximum": "maximum",
    "exclusiveMaximum": "exclusive maximum",
    "multipleOf": "step",
    "minLength": "minimum length",
    "maxLength": "maximum length",
    "pattern": "pattern",
    "minItems": "minimum number of items",
    "maxItems": "maximum number of items",
    "uniqueItems": "unique items",
}


class Change(NamedTuple):
    """One difference between two API versions.

    Attributes:
        method: The operation's method.
        path: The operation's path template in the older version, or in the newer one for a new operation.
        where: `operation`, `path`, `query`, `header`, `body`, or `answer`.
        field: A parameter's name, or a path in the JSON, such as `line_items[].price`; empty for all of it.
        kind: The kind of change.
        before: The old value, if any.
        after: The new value, if any.
        detail: For a limit, its keyword.
    """

    method: str
    path: str
    where: Where
    field: str
    kind: Kind
    before: Any = None
    after: Any = None
    detail: str = ""

    @property
    def operation(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @property
    def harm(self) -> str:
        """One of `HARMS`."""
        return HARMS[_harm(self)]

    @property
    def words(self) -> str:
        """The change as a sentence."""
        return _words(self)


def changes(before: Catalogue, after: Catalogue) -> list[Change]:
    """Return the differences between two API versions, most harmful first.

    Args:
        before: The version in use.
        after: The version to upgrade to.
    """
    olds = {_key(operation): operation for operation in before.operations}
    news = {_key(operation): operation for operation in after.operations}
    found = [
        *(Change(o.method, o.path, "operation", "", "gone") for key, o in olds.items() if key not in news),
        *(Change(o.method, o.path, "operation", "", "new") for key, o in news.items() if key not in olds),
    ]
    left, right = _Reader(before), _Reader(after)
    for key, old in olds.items():
        if key in news:
            found += [
                Change(old.method, old.path, *change)
                for change in _operation_changes(old, news[key], left, right)
            ]
    return sorted(found, key=lambda change: (_harm(change), change.path, change.method, change.field))


def _key(operation: Operation) -> tuple[str, str]:
    """Return method and path without the names of path parameters."""
    segments = ("{}" if segment[:1] == "{" else segment for segment in operation.segments)
    return operation.method, "/".join(segments)


_Found = tuple[Where, str, Kind, Any, Any, str]


def _operation_changes(old: Operation, new: Operation, left: _Reader, right: _Reader) -> Iterator[_Found]:
    if old.entity_header != new.entity_header:
        kind: Kind = "required" if new.entity_header == "required" else "optional"
        yield "header", LOCAL.entity_header.lower(), kind, old.entity_header, new.entity_header, ""
    for where in ("path", "query", "header"):
        yield from _parameter_changes(old, new, where, left, right)
    if old.success != new.success:
        yield "answer", "", "status", old.success, new.success, ""
    yield from _body_changes(old, new, left, right)
    one, other = old.answers.get(old.success), new.answers.get(new.success)
    if one and other and one.content_type != other.content_type:
        yield "answer", "", "type", one.content_type or "no content", other.content_type or "no content", ""
    if one and other and one.schema and other.schema:
        yield from _schema_changes("answer", left.places(one.schema), right.places(other.schema))


def _parameter_changes(
    old: Operation, new: Operation, where: Where, left: _Reader, right: _Reader
) -> Iterator[_Found]:
    olds, news = _named(old.parameters, where), _named(new.parameters, where)
    for name, one in olds.items():
        other = news.get(name)
        if other is None:
            yield where, name, "gone", None, None, ""
            continue
        if one.required != other.required:
            yield where, name, "required" if other.required else "optional", None, None, ""
        here = (left.places(one.schema), right.places(other.schema))
        for change in _schema_changes(where, *here):
            yield where, name + change[1], *change[2:]
    for name, other in news.items():
        if name not in olds:
            yield where, name, "new", None, "required" if other.required else None, ""


def _named(parameters: Iterable[Parameter], where: str) -> dict[str, Parameter]:
    if where == "path":  # their names don't matter
        return {
            f"{{{place}}}": each
            for place, each in enumerate(each for each in parameters if each.place == "path")
        }
    return {each.name: each for each in parameters if each.place == where}


def _body_changes(old: Operation, new: Operation, left: _Reader, right: _Reader) -> Iterator[_Found]:
    one, other = old.body, new.body
    if one is None or other is None:
        if one is not None:
            yield "body", "", "gone", None, None, ""
        if other is not None:
            yield "body", "", "new", None, "required" if other.required else None, ""
        return
    if one.content_type != other.content_type:
        yield "body", "", "type", one.content_type, other.content_type, ""
    if one.required != other.required:
        yield "body", "", "required" if other.required else "optional", None, None, ""
    yield from _schema_changes("body", left.places(one.schema), right.places(other.schema))


# -- schemas by path ------------------------------------------------------------------------------------


class Place(NamedTuple):
    """The values that schemas allow at one path of the JSON.

    Attributes:
        kinds: Types with their formats: `string`, `string (uuid)`, `null`.
        values: The listed values, or None if all are allowed.
        limits: The values of each keyword.
        needed: `always`, `sometimes` (in some variants of its object) or `never`.
        closed: For an object, whether unlisted fields are refused.
    """

    kinds: frozenset[str]
    values: frozenset[str] | None
    limits: Mapping[str, frozenset[str]]
    needed: str
    closed: bool


class _Reader:
    """Reads the schemas of a catalogue as places. Each component is read only once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._known: dict[str, dict[str, Place]] = {}

    def places(self, schema: Schema) -> dict[str, Place]:
        """Return the places of a schema by path. Its own path is the empty text."""
        return self._read([schema], "always", ())

    def _read(self, schemas: list[Schema], needed: str, above: tuple[str, ...]) -> dict[str, Place]:
        key = json.dumps(schemas, sort_keys=True)
        if key in above:  # it contains itself
            return {}
        known = self._known.get(key)
        if known is None:
            known = self._unfolded(schemas, (*above, key))
            if not above or not self._repeats(schemas, above):
                self._known[key] = known
        return {**known, "": known[""]._replace(needed=needed)}

    def _repeats(self, schemas: list[Schema], above: tuple[str, ...]) -> bool:
        """Whether the schemas contain one of their ancestors, where reading stopped."""
        inner = self._catalogue.standalone({"anyOf": schemas}).get("$defs", {})
        return any(f'"{REF_PREFIX}{name}"' in key for key in above for name in inner)

    def _unfolded(self, schemas: list[Schema], above: tuple[str, ...]) -> dict[str, Place]:
        plain = [each for schema in schemas for each in variants(self._catalogue, schema)]
        found = {"": _place(plain)}
        objects = [each for each in plain if each.get("properties")]
        names = dict.fromkeys(name for each in objects for name in each["properties"])
        for name in names:
            inner = [each["properties"][name] for each in objects if name in each["properties"]]
            count = sum(name in each.get("required", ()) for each in objects)
            needed = "always" if count == len(objects) else "sometimes" if count else "never"
            found |= _under(name, self._read(_distinct(inner), needed, above))
        for mark, keyword in (("[]", "items"), (".*", "additionalProperties")):
            inner = [each[keyword] for each in plain if isinstance(each.get(keyword), dict)]
            if inner:
                found |= _under(mark, self._read(_distinct(inner), "never", above))
        return found


def _under(name: str, places: Mapping[str, Place]) -> dict[str, Place]:
    start = name if name[:1] in "[." else f".{name}"
    return {start + below: place for below, place in places.items()}


def _distinct(schemas: list[Schema]) -> list[Schema]:
    """Return the distinct schemas in a fixed order."""
    return [json.loads(text) for text in sorted({json.dumps(each, sort_keys=True) for each in schemas})]


def _place(plain: list[Schema]) -> Place:
    kinds, values, is_listed = set(), set(), True
    limits: dict[str, set[str]] = {}
    for schema in plain:
        kind = schema.get("type", "any value" if "enum" not in schema and "const" not in schema else "string")
        if schema.get("properties") is not None and "type" not in schema:
            kind = "object"
        kinds.add(f"{kind} ({schema['format']})" if "format" in schema else str(kind))
        if "const" in schema:
            values.add(shown(schema["const"]))
        elif "enum" in schema:
            values.update(shown(value) for value in schema["enum"] if value is not None)
        elif kind != "null":
            is_listed = False
        for keyword in _LIMITS:
            if keyword in schema:
                limits.setdefault(keyword, set()).add(shown(schema[keyword]))
    objects = [schema for schema in plain if schema.get("properties")]
    return Place(
        frozenset(kinds),
        frozenset(values) if is_listed and values else None,
        {keyword: frozenset(found) for keyword, found in limits.items()},
        "never",
        bool(objects) and all(_is_closed(schema) for schema in objects),
    )


def _is_closed(schema: Schema) -> bool:
    return schema.get("additionalProperties") is False or schema.get("unevaluatedProperties") is False


def _schema_changes(where: Where, olds: Mapping[str, Place], news: Mapping[str, Place]) -> Iterator[_Found]:
    for path, old in olds.items():
        new = news.get(path)
        if new is not None:
            yield from (
                (where, path.removeprefix("."), *change) for change in _place_changes(where, old, new)
            )
        elif (around := news.get(_above(path))) is not None:  # otherwise, its object was removed
            refused = where == "body" and around.closed
            yield where, path.removeprefix("."), "gone", None, "refused" if refused else None, ""
    for path, new in news.items():
        if path not in olds and _above(path) in olds:
            needed = "required" if new.needed == "always" else None
            yield where, path.removeprefix("."), "new", None, needed, ""


def _above(path: str) -> str:
    if path.endswith("[]"):
        return path[:-2]
    return path.rpartition(".")[0]


def _place_changes(where: Where, old: Place, new: Place) -> Iterator[tuple[Kind, Any, Any, str]]:
    if old.needed != new.needed:
        more = ("never", "sometimes", "always")
        is_more = more.index(new.needed) > more.index(old.needed)
        yield "required" if is_more else "optional", old.needed, new.needed, ""
    if old.kinds != new.kinds:
        yield "type", tuple(sorted(old.kinds)), tuple(sorted(new.kinds)), ""
    if old.values != new.values:
        yield "values", _sorted(old.values), _sorted(new.values), ""
    for keyword in _LIMITS:
        one, other = old.limits.get(keyword), new.limits.get(keyword)
        if one != other:
            yield "limit", _sorted(one), _sorted(other), keyword
    if old.closed != new.closed and where == "body":
        yield "closed" if new.closed else "open", None, None, ""


def _sorted(values: frozenset[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(sorted(values))


# -- harm and sentences ---------------------------------------------------------------------------------

_BREAKS, _ANSWERS, _IGNORED, _NEW = range(4)


def _harm(change: Change) -> int:
    kind, where = change.kind, change.where
    if where == "operation":
        return _BREAKS if kind == "gone" else _NEW
    if where == "answer":
        return _NEW if kind in ("new", "required", "closed", "open") else _answer_harm(change)
    if kind == "gone":
        return _BREAKS if where == "path" or change.after == "refused" else _IGNORED
    if kind in ("new", "required"):
        return _BREAKS if kind == "required" or change.after == "required" else _NEW
    if kind == "values":
        return _BREAKS if _has_fewer(change) else _NEW
    if kind == "type":
        is_wider = isinstance(change.before, tuple) and set(change.before) <= set(change.after)
        return _NEW if is_wider else _BREAKS
    if kind == "limit":
        return _BREAKS if _is_tighter(change) else _NEW
    return _BREAKS if kind == "closed" else _NEW


def _has_fewer(change: Change) -> bool:
    """Whether an allowed value is no longer allowed."""
    if change.after is None:
        return False
    return change.before is None or not set(change.before) <= set(change.after)


def _answer_harm(change: Change) -> int:
    """Return the harm of a change in an answer: new possibilities are harmful, fewer are not."""
    if change.kind == "type" and isinstance(change.before, tuple):
        return _NEW if set(change.after) <= set(change.before) else _ANSWERS
    if change.kind == "values" and change.after is not None and change.before is not None:
        return _NEW if set(change.after) <= set(change.before) else _ANSWERS
    return _NEW if change.kind == "limit" else _ANSWERS


def _is_tighter(change: Change) -> bool:
    if not change.after:
        return False
    if not change.before or change.detail not in _LEAST | _MAX:
        return True
    old, new = ([float(value) for value in side] for side in (change.before, change.after))
    return min(new) > min(old) if change.detail in _LEAST else max(new) < max(old)


def _words(change: Change) -> str:
    field = _path_field(change) if change.where == "path" else change.field
    place = f"{_WHERE[change.where]} {field}" if field else _WHERE[change.where]
    match change.kind:
        case "gone" if change.after == "refused":
            return f"{place} is now refused"
        case "gone":
            return f"{place} was removed" if change.where == "operation" or change.field else f"no {place}"
        case "new":
            must = ", required" if change.after == "required" and change.where != "answer" else ""
            return f"{place} is new{must}"
        case "required":
            how = " for some kinds of body" if change.after == "sometimes" else ""
            verb = "is always present" if change.where == "answer" else "is required"
            return f"{place} {verb}{how}"
        case "optional":
            how = " for some kinds of body" if change.after == "sometimes" else ""
            return f"{place} can be omitted{how}"
        case "status":
            return f"the success status changed from {change.before} to {change.after}"
        case "type":
            return f"{place} changed from {_either(change.before)} to {_either(change.after)}"
        case "values":
            return f"{place}: {_value_words(change)}"
        case "limit":
            what = _LIMIT_WORDS[change.detail]
            return f"{place}: {what} changed from {_either(change.before)} to {_either(change.after)}"
        case "closed":
            return f"{place} no longer accepts unlisted fields"
        case _:
            return f"{place} accepts unlisted fields"


def _path_field(change: Change) -> str:
    """Return a path parameter with its name in the older version. Parameters are compared by position."""
    names = [segment.strip("{}") for segment in change.path.split("/") if segment[:1] == "{"]
    return _PLACE.sub(lambda found: names[int(found[1])], change.field)


_PLACE: Final = re.compile(r"^\{(\d+)\}")
_WHERE: Final[dict[Where, str]] = {
    "operation": "the operation",
    "path": "path parameter",
    "query": "query parameter",
    "header": "header",
    "body": "body",
    "answer": "answer",
}


def _either(values: Any) -> str:
    if values is None:
        return "none"
    return values if isinstance(values, str) else " or ".join(values)


def _value_words(change: Change) -> str:
    if change.before is None or change.after is None:
        return "accepts any value" if change.after is None else f"now one of {listed(change.after)}"
    gone = [value for value in change.before if value not in change.after]
    new = [value for value in change.after if value not in change.before]
    said = [f"no longer {listed(gone)}"] if gone else []
    if new:
        said.append(f"{'new value' if len(new) == 1 else plural('new value')} {listed(new)}")
    return "; ".join(said)
