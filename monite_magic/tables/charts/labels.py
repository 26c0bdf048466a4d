"""Labels of charts: numbers in one format for each axis, and shortened names, as many as fit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from monite_magic.core import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MAX_NAMES: Final = 12  # that fit below an axis when slanted
_MAX_NAME: Final = 28
_UNITS: Final = ((1e9, " G"), (1e6, " M"), (1e3, " k"), (1.0, ""))
_LEAST_UNITS: Final = 1_000  # of the largest number; otherwise a smaller unit is used
_NO_DECIMALS_FROM: Final = 1_000
_THREE_DECIMALS_BELOW: Final = 0.1


class NumberForm(NamedTuple):
    """The number format of one axis: `17,200`, `461`; or `0.50`, `12.00`; or `3,100 k`.

    Attributes:
        size: The size of the unit.
        unit: The text after each number.
        decimals: The number of decimals.
    """

    size: float
    unit: str
    decimals: int

    def __call__(self, value: float) -> str:
        """Return the number as text. Numbers that round to zero differ from zero."""
        least = 10.0**-self.decimals
        scaled = round(value / self.size, 12)  # the zero of an axis can be 1e-17
        if scaled and abs(scaled) < least / 2:
            sign, scaled = ("< ", least) if value > 0 else ("> ", -least)
            return f"{sign}{scaled:,.{self.decimals}f}{self.unit}"
        return f"{scaled:,.{self.decimals}f}{self.unit if scaled else ''}"


def number_form(values: Iterable[float]) -> NumberForm:
    """Return the common format of numbers on an axis, determined by the largest."""
    values = list(values)
    largest = max(map(abs, values), default=0.0)
    size, unit = next(((size, unit) for size, unit in _UNITS if largest >= size * _LEAST_UNITS), _UNITS[-1])
    if size > 1 or largest >= _NO_DECIMALS_FROM or all(value == int(value) for value in values):
        return NumberForm(size, unit, 0)
    return NumberForm(size, unit, 3 if largest < _THREE_DECIMALS_BELOW else 2)


def name_label(name: object) -> str:
    """Return a name in one line, shortened if it is long."""
    text = one_line(str(name))
    return text if len(text) <= _MAX_NAME else text[: _MAX_NAME - 1] + "…"


def thinned(names: Sequence[object]) -> dict[int, str]:
    """Return the names that fit below an axis, evenly spaced, by position."""
    step = max(1, math.ceil(len(names) / _MAX_NAMES))
    return {place: name_label(names[place]) for place in range(0, len(names), step)}
