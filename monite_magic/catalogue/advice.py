"""Advice on a body that is valid but probably not what you meant.

Examples: a decimal point in an amount, a rate written as a percentage, a field that the API ignores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from monite_magic.catalogue.currencies import code_of
from monite_magic.catalogue.fields import below_step, fields, narrowed, variants
from monite_magic.catalogue.nearest import nearest_words
from monite_magic.catalogue.units import hint_for, unit_of
from monite_magic.core.words import either

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from monite_magic.catalogue.fields import JsonPath
    from monite_magic.catalogue.model import Catalogue, Schema

_SLIP = 0.7  # `emial` is like `email` by 0.8, `vat_id` like `tag_ids` by 0.62
_LEAST_LIKELY_PERCENT = 100  # a rate below 1 % is rare: 19 probably means 19 %


class Advice(NamedTuple):
    """A doubtful value at a path of the body, or a doubtful key if `of_key` is set."""

    path: JsonPath
    message: str
    rule: str
    of_key: bool = False


def advise(catalogue: Catalogue, schema: Schema, body: Any) -> Iterator[Advice]:
    """Yield advice on a body, in field order."""
    yield from _walk(catalogue, variants(catalogue, schema), body, (), {})


def did_you_mean(name: str, known: Iterable[str], present: Iterable[str]) -> str:
    """Return ` Did you mean …?` with the most similar fields that are still missing, or an empty text."""
    near = near_fields(name, known, present)
    return f" Did you mean {either(near)}?" if near else ""


def near_fields(name: str, known: Iterable[str], present: Iterable[str]) -> list[str]:
    """Return the fields that `name` is probably a typo of."""
    return nearest_words(name, [each for each in known if each not in set(present)], likeness=_SLIP)


def _walk(
    catalogue: Catalogue,
    schemas: list[Schema],
    data: Any,
    path: JsonPath,
    around: Mapping[str, Any],
    currency: str = "",
) -> Iterator[Advice]:
    if isinstance(data, dict):
        currency = code_of(data.get("currency")) or currency
        yield from _walk_object(catalogue, narrowed(catalogue, schemas, data), data, path, currency)
    elif isinstance(data, list):
        items = [below for schema in schemas if (below := below_step(schema, 0)) is not None]
        plain = [each for item in items for each in variants(catalogue, item)]
        for index, item in enumerate(data):
            yield from _walk(catalogue, plain, item, (*path, index), {}, currency)
    elif isinstance(data, (int, float)) and not isinstance(data, bool):
        yield from _numbers(schemas, data, path, around, currency)


def _walk_object(
    catalogue: Catalogue, schemas: list[Schema], data: dict[str, Any], path: JsonPath, currency: str
) -> Iterator[Advice]:
    known = fields(schemas)
    open_to_others = any(
        schema.get("additionalProperties") is not None or schema.get("unevaluatedProperties") is False
        for schema in schemas
    )
    for name, value in data.items():
        place = (*path, name)
        if name not in known:
            if known and not open_to_others:
                meant = did_you_mean(name, known, data)
                message = f"Unknown field: the API will probably ignore it.{meant}"
                yield Advice(place, message, "ignored", of_key=True)
            continue
        plain = variants(catalogue, known[name].schema)
        if any(schema.get("deprecated") for schema in (known[name].schema, *plain)):
            yield Advice(place, "This field is deprecated.", "deprecated", of_key=True)
        yield from _walk(catalogue, plain, value, place, data, currency)


def _numbers(
    schemas: list[Schema], value: float, path: JsonPath, around: Mapping[str, Any], currency: str
) -> Iterator[Advice]:
    unit = next((unit for schema in schemas if (unit := unit_of(schema, around))), None)
    if unit == "money" and isinstance(value, float) and value.is_integer():
        yield Advice(path, f"This amount has a decimal point. {hint_for(unit, value, currency)}", "money")
    if unit == "rate" and (0 < value < _LEAST_LIKELY_PERCENT):
        yield Advice(path, f"{value:g} means {value / 100:g} %. {hint_for(unit, value)}", "rate")
