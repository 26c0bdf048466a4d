"""One difference between two API versions: its harm, and its sentence."""

from __future__ import annotations

import re
from typing import Any, Final, Literal, NamedTuple

from monite_magic.catalogue.schema_places import LIMITS
from monite_magic.catalogue.wording import listed
from monite_magic.core.words import plural

Where = Literal["operation", "path", "query", "header", "body", "answer"]
Kind = Literal["gone", "new", "required", "optional", "type", "values", "limit", "closed", "open", "status"]

#: How harmful a change is for an existing program, worst first.
HARMS: Final = ("breaks calls", "changes answers", "ignored", "new")

_LEAST: Final = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems"})
_MAX: Final = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems"})


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
            what = LIMITS[change.detail]
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
