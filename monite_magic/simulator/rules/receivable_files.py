"""The PDF of a receivable, created when it is issued or requested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.simulator import pdf
from monite_magic.simulator.money import written
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.rules.files import FILES
from monite_magic.simulator.rules.receivables import RECEIVABLES, seller_of

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour("receivables", "The PDF of a receivable is plain text, without the vendor's layout.", "unverified")

_TITLES = {"invoice": "Invoice", "quote": "Quote", "credit_note": "Credit note"}


def render(call: Call, document: Document) -> Document:
    """Create the PDF of a receivable and store its URL."""
    number = document.get("document_id") or "draft"
    file = FILES.keep(call, f"{number}.pdf", "application/pdf", pdf.write(_lines(document)), "receivables")
    document["file_url"] = document["original_file_url"] = file["url"]
    return document


def _lines(document: Document) -> list[str]:
    currency = document["currency"]
    lines = [
        f"{_TITLES[document['type']]} {document.get('document_id') or '(draft)'}",
        "Made by the simulator. Not a real document.",
        "",
        f"From: {seller_of(document)}",
        f"To: {document.get('counterpart_name')}",
        f"Issued: {(document.get('issue_date') or '-')[:10]}    Due: {document.get('due_date') or '-'}",
        "",
    ]
    for item in document["line_items"]:
        amount = written(item["total_before_vat"], currency)
        lines.append(f"{item['quantity']} x {item['product']['name']}: {amount} {currency}")
    lines.extend(
        f"VAT {entry['value'] / 100:g} %: {written(entry['amount'], currency)} {currency}"
        for entry in document["total_vat_amounts"]
    )
    return [*lines, "", f"Total: {written(document['total_amount'], currency)} {currency}"]


@RECEIVABLES.operation("GET", "pdf_link", may="read", status="documented")
def read_link(call: Call) -> Document:
    """The URL of a receivable's PDF."""
    document = RECEIVABLES.find(call)
    if not document.get("file_url") or document["status"] == "draft":
        call.store.replace(RECEIVABLES.kind, render(call, document))
    return {"file_url": document["file_url"], "original_file_url": document["original_file_url"]}
