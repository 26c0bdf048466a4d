"""From which statuses an action is possible, and to which it leads.

Error cards explain a refused action with it, and the simulator refuses by it. Facts: the vendor's
documentation and schema descriptions of 2024-05-25; the simulator's rules say which are unverified.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Action(NamedTuple):
    """What an action needs and does."""

    possible_in: tuple[str, ...]
    leads_to: str


OPEN_INVOICE: Final = ("issued", "partially_paid", "overdue")

#: By the operation: method and path template, the template's parameter written as `{}`.
ACTIONS: Final = {
    "POST /payables/{}/cancel": Action(("draft", "new"), "canceled"),
    "POST /payables/{}/submit_for_approval": Action(("new",), "approve_in_progress"),
    "POST /payables/{}/approve_payment_operation": Action(
        ("new", "approve_in_progress"), "waiting_to_be_paid"
    ),
    "POST /payables/{}/reject": Action(("approve_in_progress",), "rejected"),
    "POST /payables/{}/reopen": Action(("rejected", "waiting_to_be_paid"), "new"),
    "POST /payables/{}/mark_as_partially_paid": Action(
        ("waiting_to_be_paid", "partially_paid"), "partially_paid"
    ),
    "POST /payables/{}/mark_as_paid": Action(("waiting_to_be_paid", "partially_paid"), "paid"),
    "POST /receivables/{}/issue": Action(("draft",), "issued"),
    "PATCH /receivables/{}": Action(("draft",), "draft"),
    "PUT /receivables/{}/line_items": Action(("draft",), "draft"),
    "DELETE /receivables/{}": Action(("draft",), "deleted"),
    "POST /receivables/{}/cancel": Action(OPEN_INVOICE, "canceled"),
    "POST /receivables/{}/mark_as_paid": Action(OPEN_INVOICE, "paid"),
    "POST /receivables/{}/mark_as_partially_paid": Action(OPEN_INVOICE, "partially_paid"),
    "POST /receivables/{}/mark_as_uncollectible": Action(("overdue",), "uncollectible"),
    "POST /receivables/{}/accept": Action(("issued",), "accepted"),
    "POST /receivables/{}/decline": Action(("issued",), "declined"),
    "POST /receivables/{}/preview": Action(("draft", *OPEN_INVOICE), "the same status"),
    "POST /payable_credit_notes/{}/cancel": Action(("draft", "new"), "canceled"),
    "POST /payable_credit_notes/{}/submit_for_approval": Action(("new",), "submitted_for_approval"),
    "POST /payable_credit_notes/{}/approve": Action(("new", "submitted_for_approval"), "approved"),
    "POST /payable_credit_notes/{}/reject": Action(("submitted_for_approval",), "rejected"),
    "POST /payable_purchase_orders/{}/send": Action(("draft", "issued"), "issued"),
    "POST /delivery_notes/{}/cancel": Action(("created",), "canceled"),
    "POST /delivery_notes/{}/mark_as_delivered": Action(("created",), "delivered"),
    "POST /payment_records/{}/start_processing": Action(("created",), "processing"),
    "POST /payment_records/{}/mark_as_succeeded": Action(("created", "processing"), "succeeded"),
    "POST /payment_records/{}/cancel": Action(("created", "processing"), "canceled"),
}


def action_of(method: str, template: str | None) -> Action | None:
    """Return what is known of an operation that changes a status, or None."""
    segments = ("{}" if segment.startswith("{") else segment for segment in (template or "").split("/"))
    return ACTIONS.get(f"{method} {'/'.join(segments)}")
