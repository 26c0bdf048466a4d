"""What the query of a call determines about its answer.

Answers of the analytics have a `metric_value`. Only the query shows whether it is money, by its metric, and
in which currency, by its filter or dimension.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from monite_magic.catalogue.currencies import code_of
from monite_magic.catalogue.units import unit_of_metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monite_magic.catalogue.units import Unit

_ANALYTICS: Final = "/analytics/"


def units_asked(url: str, template: str) -> dict[str, Unit]:
    """Return the units of an answer's fields that its query determines.

    Args:
        url: The URL of the call.
        template: Path template of the operation.
    """
    if not template.startswith(_ANALYTICS):
        return {}
    asked = _query(url)
    unit = unit_of_metric(asked.get("metric"), asked.get("aggregation_function"))
    return {"metric_value": unit} if unit else {}


def currencies_asked(url: str, template: str | None, rows: Sequence[Any]) -> list[str | None] | None:
    """Return the currencies of rows without a currency field, or None if the query doesn't determine them.

    Args:
        url: The URL of the call.
        template: The path template of the operation, if known.
        rows: The rows of the answer.
    """
    asked = _query(url)
    if code := code_of(asked.get("currency")):
        return [code] * len(rows)
    if asked.get("dimension") == "currency" and (template or "").startswith(_ANALYTICS):
        return [code_of(row.get("dimension_value")) if isinstance(row, dict) else None for row in rows]
    return None


def _query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))
