"""Turns the query parameters of a list operation into conditions on stored documents.

A parameter is a field with an optional suffix: `name__icontains`, `created_at__gte`, `id__in`. A dot
selects a field of a nested object (`address.country`). All conditions must hold. Plain equality is
case-sensitive.
Facts: docs.monite.com, "Filtering"; suffixes from the OpenAPI document 2024-05-25.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.simulator.clock import moment_from
from monite_magic.simulator.store import Condition

if TYPE_CHECKING:
    from collections.abc import Mapping

# Parameters that order or page a list but don't filter it.
PAGING = frozenset({"limit", "order", "sort", "pagination_token", "offset"})

_LARGEST = 2**63 - 1
_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def conditions(query: Mapping[str, Any], fields: Mapping[str, str]) -> list[Condition]:
    """Return the conditions of a query.

    Args:
        query: The validated parameters of the call, by name.
        fields: Where to find fields that have another name in the document, such as `{"counterpart_name":
            "_name"}`. A path that ends with `[]` is an array, of which one item must be the value. An
            empty path means that the rule handles the parameter.
    """
    found = []
    for name, value in query.items():
        if name in PAGING or value is None:
            continue
        field, _, suffix = name.partition("__")
        path = fields.get(name, fields.get(field, field))
        if path:
            found.append(_condition(path, suffix, value))
    return found


def member(path: str) -> str:
    """The SQL expression for a field. A path has only letters, digits, `_` and dots."""
    steps = "".join(f'."{step}"' for step in path.split("."))
    return f"json_extract(body, '${steps}')"


def _condition(path: str, suffix: str, value: Any) -> Condition:
    column = "created_at" if path == "created_at" else member(path)
    if path.endswith("[]"):
        return _membership(path.removesuffix("[]"), [value], negated=False)
    if suffix in ("in", "not_in") or isinstance(value, list):
        return _membership(path, value if isinstance(value, list) else [value], negated=suffix == "not_in")
    value = _comparable(value)
    if suffix in _COMPARISONS:
        return Condition(f"{column} {_COMPARISONS[suffix]} ?", (value,))
    if suffix == "iexact":
        return Condition(f"lower({column}) = lower(?)", (value,))
    if suffix == "contains":
        return Condition(f"instr({column}, ?) > 0", (value,))
    if suffix == "icontains":
        return Condition(f"instr(lower({column}), lower(?)) > 0", (value,))
    if suffix == "ncontains":
        return Condition(f"instr(coalesce({column}, ''), ?) = 0", (value,))
    if suffix == "istartswith":
        return Condition(f"instr(lower({column}), lower(?)) = 1", (value,))
    return Condition(f"{column} = ?", (value,))


def _membership(path: str, values: list[Any], *, negated: bool) -> Condition:
    """Whether the field, or any item of an array, is among the values."""
    steps = "".join(f'."{step}"' for step in path.split("."))
    marks = ", ".join("?" * len(values))
    sql = f"EXISTS (SELECT 1 FROM json_each(body, '${steps}') WHERE value IN ({marks}))"
    return Condition(f"NOT {sql}" if negated else sql, tuple(_comparable(value) for value in values))


def _comparable(value: Any) -> Any:
    """Return the value in the form that the store compares.

    Timestamps get the store's one format, so that text sorts like time. Integers beyond the range of
    SQLite become the nearest limit.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-_LARGEST, min(value, _LARGEST))
    if isinstance(value, str) and len(value) > 10 and value[4] == "-" and value[10] in "T ":
        try:
            return moment_from(value).isoformat(timespec="microseconds")
        except ValueError:
            return value
    return value
