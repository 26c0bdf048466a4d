"""Format a JSON body with the meaning of amounts, rates and IDs at the ends of lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from monite_magic.catalogue.formats import UUID
from monite_magic.core.text import one_line
from monite_magic.display.fields import currency_of
from monite_magic.display.nodes import Leaf, node_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.catalogue.shapes import Shape

#: Returns the label of the object for a field's name and an ID; empty if it is unknown.
Labels = Callable[[str, str], str]


def annotated_json(data: Any, shape: Shape, label: Labels) -> str:
    """Return JSON with one value per line: `"price": 11900,  ← 119.00 EUR`.

    Args:
        data: The parsed body.
        shape: Its shape in the catalogue.
        label: Returns the labels of objects.
    """
    lines = _lines("", data, _Place("", {}, shape, None), label)
    return "\n".join(f"{line.text}  ← {line.meaning}" if line.meaning else line.text for line in lines)


class _Line(NamedTuple):
    text: str
    meaning: str = ""


class _Place(NamedTuple):
    """The context of a value: the field's name, the object around it, its shape and its currency."""

    name: str
    around: Mapping[str, Any]
    shape: Shape
    currency: str | None


def _lines(start: str, value: Any, place: _Place, label: Labels) -> list[_Line]:
    if isinstance(value, dict) and value:
        currency, shape = currency_of(value, place.currency), place.shape.of(value)
        return _enclosed(
            start,
            "{}",
            [
                _lines(f"{_written(name)}: ", inner, _Place(name, value, shape.field(name), currency), label)
                for name, inner in value.items()
            ],
        )
    if isinstance(value, list) and value:
        inside = _Place(place.name, {}, place.shape.items, place.currency)
        return _enclosed(start, "[]", [_lines("", inner, inside, label) for inner in value])
    return [_Line(start + _written(value), _meaning(value, place, label))]


def _enclosed(start: str, brackets: str, parts: list[list[_Line]]) -> list[_Line]:
    lines = [_Line(start + brackets[0])]
    for part in parts:
        *others, last = part
        comma = "" if part is parts[-1] else ","
        lines += [_Line(f"  {line.text}", line.meaning) for line in others]
        lines.append(_Line(f"  {last.text}{comma}", last.meaning))
    return [*lines, _Line(brackets[1])]


def _meaning(value: Any, place: _Place, label: Labels) -> str:
    if isinstance(value, str):
        return one_line(label(place.name, value)) if UUID.fullmatch(value) else ""
    if not isinstance(value, int) or isinstance(value, bool):
        return ""
    leaf = node_of(place.name, value, place.around, place.shape, place.currency, 0)
    return leaf.meaning if isinstance(leaf, Leaf) else ""


def _written(value: Any) -> str:
    return one_line(json.dumps(value, ensure_ascii=False))
