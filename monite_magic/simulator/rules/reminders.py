"""Reminders to customers before and after an invoice is due."""

from __future__ import annotations

from monite_magic.simulator.resources import Resource


class PaymentReminders(Resource):
    """Reminders before the days of the payment terms."""

    kind = "payment_reminder"
    path = "/payment_reminders/{payment_reminder_id}"
    permission = "payment_reminder"
    initial = {"status": "active"}
    event = "payment_reminder"


class OverdueReminders(Resource):
    """Reminders after the due date."""

    kind = "overdue_reminder"
    path = "/overdue_reminders/{overdue_reminder_id}"
    permission = "overdue_reminder"
    event = "overdue_reminder"


PAYMENT_REMINDERS = PaymentReminders().serve("list", "create", "read", "update", "delete")
OVERDUE_REMINDERS = OverdueReminders().serve("list", "create", "read", "update", "delete")
