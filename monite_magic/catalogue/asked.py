"""What the query of a call says of its answer, where the schema leaves it open.

The analytics answer with `metric_value`, which is money if the query asks for a metric of money, and names
its currency only in the query: as a filter, or as the dimension.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from monite_magic.catalogue.units import unit_of_metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monite_magic.catalogue.units import Unit

_ANALYTICS: Final = "/analytics/"
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def units_asked(url: str, template: str) -> dict[str, Unit]:
    """Return what fields of an answer count because of its query, by their names.

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
    """Return the currencies of rows that don't name them, or None if the query doesn't tell.

    Args:
        url: The URL of the call.
        template: Path template of the operation, if it is known.
        rows: The rows of the answer.
    """
    asked = _query(url)
    if code := _code(asked.get("currency")):
        return [code] * len(rows)
    if asked.get("dimension") == "currency" and (template or "").startswith(_ANALYTICS):
        return [_code(row.get("dimension_value")) if isinstance(row, dict) else None for row in rows]
    return None


def _query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def _code(value: Any) -> str | None:
    return value if isinstance(value, str) and _CURRENCY.fullmatch(value) else None
