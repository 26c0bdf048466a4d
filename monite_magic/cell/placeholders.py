r"""Find `{{ placeholders }}` and look up their values.

A reference is a name followed by steps: `invoice.lines[0].id`, `rates["EUR"]`. It is never evaluated:
operators, calls and private attributes are not allowed.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any, Final, NamedTuple

from monite_magic.cell.values import is_answer, with_article
from monite_magic.core import TemplateError
from monite_magic.core.words import either

_STEP_TEXT = r"""\.\s*[^\W\d]\w*|\[\s*(?:-?\d{1,18}|"[^"\n]*"|'[^'\n]*')\s*\]"""
_REFERENCE_TEXT = rf"[^\W\d]\w*(?:\s*(?:{_STEP_TEXT}))*"
_REFERENCE: Final = re.compile(_REFERENCE_TEXT)
_PLACEHOLDER: Final = re.compile(rf"\{{\{{\s*({_REFERENCE_TEXT})\s*\}}\}}")
_STEP: Final = re.compile(_STEP_TEXT)

_HINT: Final = (
    "Write a variable name between the braces, followed by .attribute, [0] or [\"key\"] if needed. "
    "To send literal braces, write \\{{."
)  # fmt: skip


def refuse_expression(reference: str, where: Position) -> None:
    """Refuse a `--body` that is an expression instead of a reference.

    Raises:
        TemplateError: It is an expression.
    """
    if not _REFERENCE.fullmatch(reference):
        shown = reference if len(reference) <= 40 else f"{reference[:39]}…"
        raise template_error(
            f"--body takes a variable name, but {shown} is not a valid variable name.",
            "Assign it first, for instance payload = …, then use --body payload.",
            where,
        )


_MISSING: Final = object()


class Position(NamedTuple):
    """A 1-based line and column in a cell; the magic is on line 1."""

    line: int
    column: int


def position_of(text: str, offset: int, first_line: int) -> Position:
    """Return the position of the character at `offset`, if `text` starts on line `first_line` of the cell."""
    return Position(first_line + text.count("\n", 0, offset), offset - text.rfind("\n", 0, offset))


def template_error(message: str, hint: str | None, where: Position | None) -> TemplateError:
    """Return a `TemplateError` with the position, if it is known."""
    line, column = where or (None, None)
    return TemplateError(message, hint=hint, line=line, column=column)


def sole_reference(text: str) -> str | None:
    """Return the reference if `text` is a single placeholder, or None."""
    match = _PLACEHOLDER.fullmatch(text)
    return match.group(1) if match else None


def python_name(name: str) -> str:
    """Return a name that a variable can have, for one that may not be: `$guid`, `base-url`."""
    plain = re.sub(r"\W+", "_", name).strip("_")
    if not plain or plain[0].isdigit() or not plain.isidentifier():
        plain = f"value_{plain}".strip("_") if f"value_{plain}".isidentifier() else "value"
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def read_placeholder(text: str, start: int, where: Position) -> tuple[str, int]:
    """Return the reference in the placeholder that opens at `start`, and the offset after its end.

    Raises:
        TemplateError: The text at `start` is not a valid placeholder.
    """
    match = _PLACEHOLDER.match(text, start)
    if match:
        return match.group(1), match.end()
    first_line = text[start:].partition("\n")[0]
    shown, closed, _ = first_line.partition("}}")
    problem = "is not a placeholder" if closed else "is not closed with }}"
    shown = f"{shown[:40]}…" if len(shown) > 40 else f"{shown}{closed}"
    raise template_error(f"{shown} {problem}.", _HINT, where)


def lookup(reference: str, names: Mapping[str, Any], where: Position | None = None) -> Any:
    """Return the value of a reference.

    Raises:
        TemplateError: The reference is malformed, or it names something that doesn't exist.
    """
    if not _REFERENCE.fullmatch(reference):
        raise template_error(f"{reference!r} is not a valid variable name.", _HINT, where)
    steps = list(_STEP.finditer(reference))
    name = reference[: steps[0].start()].rstrip() if steps else reference
    if name not in names:
        raise template_error(f"Variable {name!r} is not defined.", _nearest_name(name, names), where)
    value = names[name]
    for step, following in zip_longest(steps, steps[1:]):
        path = reference[: step.start()].rstrip()
        value = _apply_step(value, step.group(), path, where)
        # pandas' `.iloc` is callable, but an index may follow it.
        is_indexed = following is not None and following.group().startswith("[")
        if step.group().startswith(".") and callable(value) and not is_indexed:
            raise template_error(
                f"{path}{step.group()} is a function, and placeholders can't call functions.",
                "Call it in Python first, and use the variable with its result.",
                where,
            )
    return value


def _apply_step(value: Any, step: str, path: str, where: Position | None) -> Any:
    """Apply one step to `value`: `.id`, `[0]` or `["key"]`."""
    key = _key_of(step)
    is_attribute = step.startswith(".")
    try:
        taken = _attribute(value, key) if is_attribute else value[key]
    except (LookupError, TypeError):
        taken = _MISSING
    except Exception as error:  # noqa: BLE001 - a property of any object can raise anything
        hint = _nearest_key(key, value, path)
        raise template_error(f"{path}{step} can't be read: {type(error).__name__}.", hint, where) from None
    if taken is _MISSING:
        raise template_error(
            f"There is no {key!r} in {path}{_described(value)}.",
            _first_row_hint(value, path, step) or _nearest_key(key, value, path),
            where,
        )
    return taken


def _key_of(step: str) -> str | int:
    if step.startswith("."):
        return step[1:].lstrip()
    inner = step[1:-1].strip()
    return inner[1:-1] if inner[0] in "\"'" else int(inner)


def _attribute(value: Any, name: Any) -> Any:
    """Return a key of a mapping, or a public attribute."""
    if name in value if _has_keys(value) else name in _columns(value):
        return value[name]
    return _MISSING if name.startswith("_") else getattr(value, name, _MISSING)


def _has_keys(value: Any) -> bool:
    return isinstance(value, Mapping) or hasattr(value, "keys") or is_answer(value)


def _columns(value: Any) -> list[str]:
    """Return the column names of a pandas or polars DataFrame; an empty list for anything else."""
    columns = getattr(value, "columns", None) if hasattr(value, "dtypes") else None
    return [str(column) for column in columns] if columns is not None else []


def _described(value: Any) -> str:
    """Return what a value is, after a comma; nothing for a type that is private to its library."""
    name = type(value).__name__
    return "" if name.startswith("_") else f", {_describe(value)}"


def _describe(value: Any) -> str:
    if isinstance(value, Mapping):
        shown = ", ".join(str(key) for key in list(value)[:8])
        return f"which has {shown}{', …' if len(value) > 8 else ''}" if shown else "which is empty"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}" if value else "an empty list"
    if is_answer(value) and value.is_list:
        return "a list of rows"
    return with_article(type(value).__name__)


def _nearest_name(name: str, names: Mapping[str, Any]) -> str:
    near = get_close_matches(name, [other for other in names if not other.startswith("_")], n=3)
    return f"Did you mean {either(near)}?" if near else "Set it in a cell above. Nothing was sent."


def _first_row_hint(value: Any, path: str, step: str) -> str | None:
    """Suggest how to write a field of a list's first row."""
    if is_answer(value) and value.is_list:
        path, value = f"{path}.items", value.items
    if not isinstance(value, list) or not step.startswith(".") or not value:
        return None
    return f"It is a list. Write {path}[0]{step} for its first row."


def _nearest_key(key: str | int, value: Any, path: str) -> str | None:
    columns = _columns(value)
    if isinstance(key, int):
        if not hasattr(value, "iloc"):
            return None
        row = f"Write {path}.iloc[{key}]"
        return f'{row} for a row, or {path}["{columns[0]}"] for a column.' if columns else f"{row}."
    if not columns and not isinstance(value, Mapping):
        return None
    near = get_close_matches(key, columns or [str(other) for other in value], n=3)
    return f"Did you mean {either(near)}?" if near else None
