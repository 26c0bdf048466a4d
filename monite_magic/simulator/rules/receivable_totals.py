"""Totals of a receivable: lines, discounts, VAT by rate, withholding tax, deduction.

VAT is computed once for each rate, on the sum of its lines minus their part of the document's discount
(see `money` for rounding). With `vat_mode` inclusive, prices contain the VAT.
"""

from __future__ import annotations

from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING

from monite_magic.simulator.answers import Refusal, invalid, problem
from monite_magic.simulator.money import LARGEST, WHOLE, contained, exact, rounded, share
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import snapshot
from monite_magic.simulator.rules.products import (
    CUSTOM_VAT_RATES,
    MEASURE_UNITS,
    PRODUCTS,
    has_vat_rates,
    vat_rate,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "receivable totals", "VAT is computed once for each rate, after the document's discount.", "unverified"
)
behaviour(
    "receivable totals",
    "A line needs a tax: vat_rate_id or custom_vat_rate_id, or else tax_rate_value; else 422.",
    "schema",
)
behaviour("receivable totals", "The total is what is left after withholding tax and deduction.", "unverified")


def lines_of(
    call: Call, items: list[Document], currency: str, mode: str, *, member: str = "line_items"
) -> list[Document]:
    """Turn the lines of a request into the lines of an answer (OpenAPI 2024-05-25, LineItem).

    Args:
        call: The call.
        items: The lines of the request.
        currency: The document's currency.
        mode: Whether prices include VAT: `inclusive` or `exclusive`.
        member: The member of the body with the lines.

    Raises:
        Refusal: 422 if the product or the rate does not exist, or the price is in another currency.
    """
    made = []
    for index, item in enumerate(items):
        with at_line(index, member):
            made.append(_line(call, item, currency, mode))
    return made


@contextmanager
def at_line(index: int, member: str = "line_items") -> Iterator[None]:
    """Report problems of a line with its place in the body."""
    try:
        yield
    except Refusal as refusal:
        for entry in refusal.answer.data["detail"]:
            entry["loc"][1:1] = [member, index]
        raise


def _line(call: Call, item: Document, currency: str, mode: str) -> Document:
    product = _product(call, item)
    price = product.get("price")
    if price is None or price["currency"] != currency:
        invalid(problem(["body", "product_id"], f"The price of {product['name']} is not in {currency}."))
    shown = {"quantity": item["quantity"], "discount": item.get("discount"), "product": product}
    product["vat_rate"] = rate_of(call, item)
    return priced(shown, mode)


def priced(item: Document, mode: str) -> Document:
    """Compute the amounts of a line."""
    product, rate = item["product"], item["product"]["vat_rate"]["value"]
    price = product["price"]
    amount = rounded(exact(item["quantity"]) * price["value"])
    amount -= discount_of(amount, item.get("discount"))
    if amount > LARGEST // 4:
        invalid(problem(["body", "quantity"], "The amounts of this line are out of range."))
    if mode == "inclusive":
        item["total_after_vat"], item["total_before_vat"] = amount, amount - contained(amount, rate)
        after = price["value"]
    else:
        item["total_before_vat"], item["total_after_vat"] = amount, amount + share(amount, rate)
        after = price["value"] + share(price["value"], rate)
    product["price_after_vat"] = {"currency": price["currency"], "value": after}
    return item


def discount_of(amount: int, discount: Document | None) -> int:
    """Return the discount on an amount: fixed, or percent x 100; at most the amount."""
    if not discount:
        return 0
    if discount["type"] == "percentage":
        return share(amount, min(discount["amount"], WHOLE))
    return int(min(discount["amount"], amount))


def compute(document: Document) -> None:
    """Compute the totals of a document from its lines."""
    lines, inclusive = document["line_items"], document["vat_mode"] == "inclusive"
    basis = "total_after_vat" if inclusive else "total_before_vat"
    groups: dict[str, list[Document]] = {}
    for item in lines:
        groups.setdefault(
            str(item["product"]["vat_rate"].get("id") or item["product"]["vat_rate"]["value"]), []
        ).append(item)
    gross = sum(item[basis] for item in lines)
    discount = discount_of(gross, document.get("discount"))
    vat: list[Document] = []
    left = discount
    for index, items in enumerate(groups.values()):
        amount = sum(item[basis] for item in items)
        last = index == len(groups) - 1
        part = left if last else rounded(Fraction(discount * amount, gross or 1))
        left -= part
        rate = items[0]["product"]["vat_rate"]
        vat.append(_vat_of(amount - part, rate, inclusive=inclusive))
    total_vat = sum(entry["amount"] for entry in vat)
    taxable = sum(entry["taxable_amount"] for entry in vat)
    withheld = share(taxable, document.get("withholding_tax_rate") or 0)
    document["subtotal"] = sum(item["total_before_vat"] for item in lines)
    document["subtotal_after_vat"] = sum(item["total_after_vat"] for item in lines)
    document["discounted_subtotal"] = taxable
    document["total_vat_amount"] = total_vat
    document["total_vat_amounts"] = vat
    document["total_withholding_tax"] = withheld
    document["total_amount"] = max(
        0, taxable + total_vat - withheld - (document.get("deduction_amount") or 0)
    )


def _vat_of(amount: int, rate: Document, *, inclusive: bool) -> Document:
    tax = contained(amount, rate["value"]) if inclusive else share(amount, rate["value"])
    return {
        "id": rate.get("id"),
        "name": rate.get("name"),
        "value": rate["value"],
        "amount": tax,
        "taxable_amount": amount - tax if inclusive else amount,
    }


def _product(call: Call, item: Document) -> Document:
    """Return a snapshot of the product of a line."""
    if item.get("product_id"):
        found = PRODUCTS.referred(call, item, "product_id")
        product = dict(found or {})
        product["is_inline"] = False
    elif item.get("product"):
        product = {"id": call.new_id(), **item["product"], "is_inline": True}
    else:
        invalid(problem(["body"], "A line item has either product_id or product."))
    unit_id = product.get("measure_unit_id")
    unit = MEASURE_UNITS.get(call, unit_id) or product.get("measure_unit")
    return snapshot({**product, "measure_unit": unit and snapshot(unit)})


def rate_of(call: Call, item: Document) -> Document:
    """Return the VAT rate of a line: a rate of the country, a custom rate of the entity, or a plain value."""
    country = call.entity()["address"]["country"]
    if item.get("vat_rate_id"):
        found = vat_rate(call, item["vat_rate_id"])
        if found is None:
            invalid(problem(["body", "vat_rate_id"], f"There is no VAT rate {item['vat_rate_id']}."))
        return {"id": found["id"], "country": found["country"], "value": found["value"], "is_custom": False}
    custom = CUSTOM_VAT_RATES.referred(call, item, "custom_vat_rate_id")
    if custom:
        value = sum(part["value"] for part in custom["components"])
        shown = {"id": custom["id"], "name": custom["name"], "components": custom["components"]}
        return {**shown, "country": country, "value": int(value), "is_custom": True}
    if item.get("tax_rate_value") is None:
        name = "vat_rate_id" if has_vat_rates(country) else "tax_rate_value"
        invalid(problem(["body", name], "Field required", "missing"))
    return {"country": country, "value": item["tax_rate_value"], "name": item.get("tax_rate_name")}
