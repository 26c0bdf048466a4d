"""Write Python values as text (in a path, query, header or JSON string) and as JSON.

Beyond the JSON types, this supports Decimal, dates and times, UUID, Enum, paths, `Secret`, numpy and pandas
scalars and arrays, answers of the API, and any mapping or sequence. Nothing is guessed: a value without one
obvious form is refused.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from monite_magic.core import Secret

_MAX_INTEGER = 10_000  # bits; Python refuses to write integers of more than 4,300 digits


def with_article(noun: str) -> str:
    """Return the noun with `a` or `an`."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def is_answer(value: Any) -> bool:
    """Whether `value` is an answer of the API, with `data`, `items` and `is_list`."""
    return getattr(type(value), "__monite_answer__", False) is True


class Unwritable(Exception):  # noqa: N818 - it never leaves this package; the person sees a TemplateError
    """A value has no form for this place.

    Args:
        problem: The problem, as it follows the value's name: "is a list".
        hint: What to do, or None.
    """

    def __init__(self, problem: str, hint: str | None = None) -> None:
        super().__init__(problem)
        self.hint = hint


def as_list(value: Any) -> list[Any] | None:
    """Return a list of any kind as a list, or None if `value` is one value.

    Args:
        value: Any value. A list, tuple, range, numpy array, and a pandas Series or Index count as lists.
    """
    if isinstance(value, (str, bytes, bytearray, memoryview, Mapping)) or is_answer(value):
        return None
    if isinstance(value, Sequence):
        return list(value)
    for name in ("tolist", "to_list"):  # numpy and pandas; polars
        if hasattr(value, "dtype") and hasattr(value, name):
            plain = getattr(value, name)()
            return plain if isinstance(plain, list) else None
    return None


def to_json(value: Any) -> str:
    """Return `value` as JSON text; a Decimal keeps all its digits, a `Secret` is written in clear.

    Raises:
        Unwritable: The value has no JSON form.
    """
    try:
        return _write_json(value)
    except RecursionError:
        raise Unwritable("is nested too deeply, or contains itself") from None


def to_text(value: Any, *, reveal: bool) -> str:
    """Return `value` as text: a string as it is, a number or date as in JSON.

    Raises:
        Unwritable: It is None, a list, an object, NaN or infinite, or a secret that must not be revealed.
    """
    if isinstance(value, str) and not isinstance(value, Enum):
        return value
    plain = _plain(value)
    if isinstance(plain, Secret):
        if reveal:
            return plain.reveal()
        raise Unwritable("is a secret, and would show up in URLs, logs and outputs",
                         "Use secrets only in bodies and headers.")  # fmt: skip
    if plain is None:
        raise Unwritable("is None, which has no text form")
    if isinstance(plain, (Mapping, list)):
        kind = "an object" if isinstance(plain, Mapping) else "a list"
        raise Unwritable(f"is {kind}, not one value", "Pick one part of it, for instance .id or [0].")
    return plain if isinstance(plain, str) else _write_json(plain)


def _write_json(value: Any) -> str:
    plain = _plain(value)
    if isinstance(plain, Secret):
        return json.dumps(plain.reveal(), ensure_ascii=False)
    if isinstance(plain, Decimal):
        return str(plain)
    if isinstance(plain, list):
        return f"[{', '.join(map(_write_json, plain))}]"
    if isinstance(plain, Mapping):
        return f"{{{', '.join(f'{_write_key(key)}: {_write_json(item)}' for key, item in plain.items())}}}"
    return json.dumps(plain, ensure_ascii=False)


def _write_key(key: Any) -> str:
    plain = _plain(key)
    if not isinstance(plain, str):
        raise Unwritable(f"has a key that is {with_article(type(key).__name__)}, not text")
    return json.dumps(plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """Reduce `value` to one of: str, bool, int, float, None, Decimal, Secret, list, Mapping."""
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, (str, bool, Secret, Mapping)):
        return value
    if isinstance(value, int):
        if value.bit_length() > _MAX_INTEGER:
            raise Unwritable("is a number with thousands of digits")
        return int(value)
    if isinstance(value, (float, Decimal)):
        if not (value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)):
            raise Unwritable(f"is {value}, which JSON doesn't support")
        return value if isinstance(value, Decimal) else float(value)
    if isinstance(value, (datetime, date, time)):
        return _iso(value)
    if isinstance(value, (UUID, PurePath)):
        return str(value)
    if isinstance(value, (bytes, bytearray, memoryview, AbstractSet)):
        raise Unwritable(f"is {with_article(type(value).__name__)}, which JSON doesn't support")
    return _plain_by_interface(value)


def _iso(value: datetime | date | time) -> str:
    text = value.isoformat()
    if text == "NaT":  # pandas' missing time is a datetime by its type
        raise Unwritable("is NaT, which JSON doesn't support")
    return text


def _plain_by_interface(value: Any) -> Any:
    """Reduce a value of another library, or an answer, by the methods it has."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind in {"M", "m"} and not hasattr(value, "__len__"):
        text = str(value)  # numpy's own time types; their .item() can be a bare count of nanoseconds
        if text == "NaT" or kind == "m":
            raise Unwritable(f"is {'NaT' if text == 'NaT' else 'a duration'}, which JSON doesn't support")
        return text
    if (items := as_list(value)) is not None:
        return items
    if hasattr(value, "dtype") and hasattr(value, "tolist"):  # numpy's scalars
        return _plain(value.tolist())
    if is_answer(value) and value.data is not None:
        return _plain(value.data)
    raise Unwritable(f"is {with_article(type(value).__name__)}, which has no JSON form",
                     "Convert it to text, numbers, lists and dictionaries first.")  # fmt: skip
