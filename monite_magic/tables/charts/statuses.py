"""Tables of which documents count in each report, by status and type, and why.

Unlisted statuses don't count, and the report says so. Otherwise, a status that the API adds later could
change sums unnoticed.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

#: `owed`: what is still to be paid. `billed`: what was bought or sold. `paid`: what was paid in full.
Report = Literal["owed", "billed", "paid"]


class Status(NamedTuple):
    """The reports in which documents with a status count, and why."""

    counts_in: frozenset[Report]
    reason: str


def _in(*reports: Report) -> frozenset[Report]:
    return frozenset(reports)


_OPEN: Final = _in("owed", "billed")
_NOWHERE: Final = _in()

#: Statuses of payables and receivables (OpenAPI 2024-05-25). A status of both means the same in both.
STATUSES: Final[dict[str, Status]] = {
    "draft": Status(_NOWHERE, "a draft is not issued, or not entered yet"),
    "new": Status(_OPEN, "a bill is owed while nobody has decided about it"),
    "approve_in_progress": Status(_OPEN, "a bill is owed while its approval is pending"),
    "waiting_to_be_paid": Status(_OPEN, "approved and not paid"),
    "partially_paid": Status(_OPEN, "the rest is open"),
    "paid": Status(_in("billed", "paid"), "nothing is open"),
    "canceled": Status(_NOWHERE, "withdrawn"),
    "rejected": Status(_NOWHERE, "the approver refused the bill"),
    "issuing": Status(_NOWHERE, "the invoice is not issued yet"),
    "failed": Status(_NOWHERE, "issuing failed, so nobody received the invoice"),
    "recurring": Status(_NOWHERE, "a template: its invoices are separate documents"),
    "issued": Status(_OPEN, "sent and not paid"),
    "overdue": Status(_OPEN, "sent, not paid, and late"),
    "uncollectible": Status(_in("billed"), "written off: billed, but no money is expected"),
    "accepted": Status(_NOWHERE, "a quote: its invoice is a separate document"),
    "declined": Status(_NOWHERE, "a quote that was declined"),
    "expired": Status(_NOWHERE, "a quote that expired"),
    "deleted": Status(_NOWHERE, "deleted"),
}

#: Types of receivables: whether they count, and why. Payables have no type.
TYPES: Final[dict[str, tuple[bool, str]]] = {
    "invoice": (True, "asks for money"),
    "quote": (False, "an offer"),
    "credit_note": (False, "lowers what its invoice asks for"),
}

#: Statuses of payment records: whether money was transferred.
PAYMENT_STATUSES: Final[dict[str, bool]] = {
    "created": False,
    "processing": False,
    "succeeded": True,
    "canceled": False,
    "failed": False,
    "declined": False,
}

#: Statuses in which credit notes of both kinds reduce what is owed.
CREDITING: Final = frozenset({"issued", "approved", "paid", "partially_paid"})

#: Final statuses without a date in the API.
ENDED_UNDATED: Final = frozenset({"canceled", "rejected", "deleted"})
#: Written off, without a date in the API. The claim itself remains.
WRITTEN_OFF: Final = "uncollectible"


def statuses_in(report: Report) -> frozenset[str]:
    """Return the statuses that count in a report."""
    return frozenset(name for name, status in STATUSES.items() if report in status.counts_in)
