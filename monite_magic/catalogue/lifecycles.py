"""The statuses in which each action is allowed, and the status it leads to.

Error cards, `%monite_help … states` and the simulator use this table. To change a transition of the
simulator, change it here. Sources: the vendor's documentation and schema descriptions of 2024-05-25. The
simulator's rules say which facts are unverified.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Action(NamedTuple):
    """An action that changes a status.

    Attributes:
        possible_in: The statuses in which it is allowed.
        leads_to: The resulting status.
        may: The permission that a user needs.
        who: Who acts, if not just a user with the permission.
        only: The kinds of documents, if several share the path: for receivables, for instance quotes.
    """

    possible_in: tuple[str, ...]
    leads_to: str
    may: str = "update"
    who: str = ""
    only: tuple[str, ...] = ()


OPEN_INVOICE: Final = ("issued", "partially_paid", "overdue")
_INVOICE: Final = ("invoice",)
_QUOTE: Final = ("quote",)
_CUSTOMER: Final = "customer, or you"

#: By operation: method and path template, with `{}` for the parameter.
ACTIONS: Final = {
    "POST /payables/{}/cancel": Action(("draft", "new"), "canceled", "cancel"),
    "POST /payables/{}/submit_for_approval": Action(("new",), "approve_in_progress", "submit"),
    "POST /payables/{}/approve_payment_operation": Action(
        ("new", "approve_in_progress"), "waiting_to_be_paid", "approve"
    ),
    "POST /payables/{}/reject": Action(("approve_in_progress",), "rejected", "approve"),
    "POST /payables/{}/reopen": Action(("rejected", "waiting_to_be_paid"), "new", "reopen"),
    "POST /payables/{}/mark_as_partially_paid": Action(
        ("waiting_to_be_paid", "partially_paid"), "partially_paid", "pay"
    ),
    "POST /payables/{}/mark_as_paid": Action(("waiting_to_be_paid", "partially_paid"), "paid", "pay"),
    "POST /receivables/{}/issue": Action(("draft",), "issued"),
    "PATCH /receivables/{}": Action(("draft",), "draft"),
    "PUT /receivables/{}/line_items": Action(("draft",), "draft"),
    "DELETE /receivables/{}": Action(("draft",), "deleted", "delete"),
    "POST /receivables/{}/cancel": Action(OPEN_INVOICE, "canceled", only=_INVOICE),
    "POST /receivables/{}/mark_as_paid": Action(OPEN_INVOICE, "paid", only=_INVOICE),
    "POST /receivables/{}/mark_as_partially_paid": Action(OPEN_INVOICE, "partially_paid", only=_INVOICE),
    "POST /receivables/{}/mark_as_uncollectible": Action(("overdue",), "uncollectible", only=_INVOICE),
    "POST /receivables/{}/accept": Action(("issued",), "accepted", who=_CUSTOMER, only=_QUOTE),
    "POST /receivables/{}/decline": Action(("issued",), "declined", who=_CUSTOMER, only=_QUOTE),
    "POST /receivables/{}/preview": Action(("draft", *OPEN_INVOICE), "the same status", "read"),
    "POST /payable_credit_notes/{}/cancel": Action(("draft", "new"), "canceled", "cancel"),
    "POST /payable_credit_notes/{}/submit_for_approval": Action(("new",), "submitted_for_approval", "submit"),
    "POST /payable_credit_notes/{}/approve": Action(("new", "submitted_for_approval"), "approved", "approve"),
    "POST /payable_credit_notes/{}/reject": Action(("submitted_for_approval",), "rejected", "approve"),
    "POST /payable_purchase_orders/{}/send": Action(("draft", "issued"), "issued"),
    "POST /delivery_notes/{}/cancel": Action(("created",), "canceled"),
    "POST /delivery_notes/{}/mark_as_delivered": Action(("created",), "delivered"),
    "POST /payment_records/{}/start_processing": Action(("created",), "processing"),
    "POST /payment_records/{}/mark_as_succeeded": Action(("created", "processing"), "succeeded"),
    "POST /payment_records/{}/cancel": Action(("created", "processing"), "canceled"),
}


class Change(NamedTuple):
    """A transition: who makes it, and how.

    Attributes:
        sources: The statuses in which it is possible.
        target: The resulting status.
        who: Who acts, with the permission that a user's role needs in parentheses.
        how: The call, or when it happens automatically.
    """

    sources: tuple[str, ...]
    target: str
    who: str
    how: str


class Lifecycle(NamedTuple):
    """The statuses of one kind of document.

    Attributes:
        name: The everyday name of the document.
        words: Other names.
        path: The path of one document.
        usual: The usual statuses, in order.
        others: The other statuses.
        elsewhere: Transitions without a call on the document: by time, or by calls on other objects.
    """

    name: str
    words: tuple[str, ...]
    path: str
    usual: tuple[str, ...]
    others: tuple[str, ...]
    elsewhere: tuple[Change, ...] = ()

    @property
    def statuses(self) -> tuple[str, ...]:
        """All statuses, the usual ones first."""
        return (*self.usual, *self.others)

    def changes(self) -> list[Change]:
        """Return all transitions, with those by calls on the document last."""
        found = list(self.elsewhere)
        for operation, action in ACTIONS.items():
            method, _, path = operation.partition(" ")
            fits = path.startswith(self.path) and (not action.only or self.name in action.only)
            if fits and action.leads_to in self.statuses and action.possible_in != (action.leads_to,):
                who = action.who or f"user ({action.may})"
                sources = tuple(status for status in action.possible_in if status in self.statuses)
                found.append(Change(sources, action.leads_to, who, f"{method} {path}"))
        return found


_API: Final = "the API"
_APPROVER: Final = "policy's approver"
_RECORD: Final = ("user (create)", "POST /payment_records")

#: The documents with statuses, and their transitions that are not in `ACTIONS`.
LIFECYCLES: Final = (
    Lifecycle(
        "bill",
        ("payable",),
        "/payables/{}",
        ("draft", "new", "approve_in_progress", "waiting_to_be_paid", "partially_paid", "paid"),
        ("rejected", "canceled"),
        (
            Change(("draft",), "new", _API, "automatic, once complete"),
            Change(("approve_in_progress",), "waiting_to_be_paid", _APPROVER,
                   "POST /approval_requests/{}/approve"),
            Change(("approve_in_progress",), "rejected", _APPROVER, "POST /approval_requests/{}/reject"),
            Change(("waiting_to_be_paid", "partially_paid"), "partially_paid", *_RECORD),
            Change(("waiting_to_be_paid", "partially_paid"), "paid", *_RECORD),
        ),
    ),
    Lifecycle(
        "invoice",
        ("receivable",),
        "/receivables/{}",
        ("draft", "issued", "partially_paid", "paid"),
        ("overdue", "uncollectible", "canceled", "recurring", "issuing", "failed", "deleted"),
        (
            Change(("issued", "partially_paid"), "overdue", _API, "automatic, after the due date"),
            Change(OPEN_INVOICE, "partially_paid", *_RECORD),
            Change(OPEN_INVOICE, "paid", *_RECORD),
            Change(OPEN_INVOICE, "canceled", _API, "automatic, once credited in full"),
            Change(("draft",), "recurring", "user (create)", "POST /recurrences"),
        ),
    ),
    Lifecycle(
        "quote",
        ("receivable", "offer", "estimate"),
        "/receivables/{}",
        ("draft", "issued", "accepted"),
        ("declined", "expired", "deleted"),
        (Change(("issued",), "expired", _API, "automatic, after the expiry date"),),
    ),
    Lifecycle(
        "credit note",
        ("receivable",),
        "/receivables/{}",
        ("draft", "issued"),
        ("issuing", "failed", "deleted"),
    ),
    Lifecycle(
        "vendor's credit note",
        ("payable credit note", "vendor credit note"),
        "/payable_credit_notes/{}",
        ("draft", "new", "submitted_for_approval", "approved", "applied"),
        ("rejected", "canceled"),
        (
            Change(("draft",), "new", _API, "automatic, once complete"),
            Change(("approved",), "applied", _API, "automatic, if based on a bill"),
        ),
    ),
    Lifecycle("purchase order", ("order",), "/payable_purchase_orders/{}", ("draft", "issued"), ()),
    Lifecycle("delivery note", ("delivery",), "/delivery_notes/{}", ("created", "delivered"), ("canceled",)),
    Lifecycle(
        "payment record",
        ("payment",),
        "/payment_records/{}",
        ("created", "processing", "succeeded"),
        ("canceled",),
    ),
)  # fmt: skip


def lifecycles_of(name: str) -> list[Lifecycle]:
    """Return the lifecycles for a name, singular or plural: three for `receivables`.

    Args:
        name: A document's name, such as `bill`, `payables` or `credit note`.
    """
    said = " ".join(name.lower().replace("_", " ").split())
    singular = said.removesuffix("s")
    return [each for each in LIFECYCLES if {said, singular} & {each.name, *each.words}]


def action_of(method: str, template: str | None) -> Action | None:
    """Return the action of an operation that changes a status, or None."""
    segments = ("{}" if segment.startswith("{") else segment for segment in (template or "").split("/"))
    return ACTIONS.get(f"{method} {'/'.join(segments)}")
