"""What people want of the API and of this package, in their words, and what answers it.

Collected from what people ask in public about APIs for payables and receivables. An answer is a method and a
path, or the beginning of one of our commands. Any of several is right.
"""

from __future__ import annotations

QUESTIONS: list[tuple[str, tuple[str, ...]]] = [
    # -- reading
    ("which bills are due next week", ("GET /payables",)),
    ("bills waiting for approval", ("GET /payables", "GET /approval_requests")),
    ("who has to approve this bill", ("GET /approval_requests", "%monite_simulator explain")),
    ("unpaid invoices of a customer", ("GET /receivables",)),
    ("overdue invoices", ("GET /receivables",)),
    ("list my suppliers", ("GET /counterparts",)),
    ("find a customer by name", ("GET /counterparts",)),
    ("what VAT rates can I use", ("GET /vat_rates",)),
    ("show the payment terms", ("GET /payment_terms",)),
    ("which permissions do I have", ("GET /entity_users/my_role", "GET /roles")),
    ("what changed on this invoice", ("GET /receivables/{receivable_id}/history",)),
    ("who is the current user", ("GET /entity_users/me", "%monite_status")),
    ("get the pdf of an invoice", ("GET /receivables/{receivable_id}/pdf_link",)),
    ("how much do we owe in total", ("GET /analytics/payables", "GET /payables/analytics")),
    ("next invoice number", ("GET /entities/{entity_id}/settings/next_document_numbers",)),
    ("has the email with the invoice been delivered", ("GET /receivables/{receivable_id}/mails",)),
    ("what documents are missing for onboarding", ("GET /onboarding_requirements",
                                                   "GET /entities/{entity_id}/onboarding_requirements")),
    ("missed webhook events", ("GET /events", "GET /webhook_deliveries")),
    # -- writing
    ("create a vendor", ("POST /counterparts",)),
    ("add a new customer with a VAT number", ("POST /counterparts",
                                              "POST /counterparts/{counterpart_id}/vat_ids")),
    ("add an IBAN to a supplier", ("POST /counterparts/{counterpart_id}/bank_accounts",)),
    ("upload a bill as pdf", ("POST /payables/upload_from_file",)),
    ("enter a bill by hand", ("POST /payables",)),
    ("approve a bill", ("POST /payables/{payable_id}/approve_payment_operation",
                        "POST /approval_requests/{approval_request_id}/approve")),
    ("reject a bill", ("POST /payables/{payable_id}/reject",)),
    ("mark a bill as paid", ("POST /payables/{payable_id}/mark_as_paid",)),
    ("send a bill for approval", ("POST /payables/{payable_id}/submit_for_approval",)),
    ("two people must approve bills over 1000 euros", ("POST /approval_policies", "GET /approval_policies")),
    ("make an invoice", ("POST /receivables",)),
    ("email an invoice to the customer", ("POST /receivables/{receivable_id}/send",)),
    ("issue an invoice", ("POST /receivables/{receivable_id}/issue",)),
    ("write off a debt", ("POST /receivables/{receivable_id}/mark_as_uncollectible",)),
    ("cancel an invoice", ("POST /receivables/{receivable_id}/cancel",)),
    ("turn a quote into an invoice", ("POST /receivables/{receivable_id}/accept", "POST /receivables")),
    ("record a payment", ("POST /payment_records",)),
    ("recurring invoice every month", ("POST /recurrences", "GET /recurrences")),
    ("remind customers who are late", ("POST /overdue_reminders", "POST /payment_reminders",
                                       "GET /overdue_reminders")),
    ("create a payment link", ("POST /payment_links",)),
    ("change the price of a product", ("PATCH /products/{product_id}",)),
    ("delete a tag", ("DELETE /tags/{tag_id}",)),
    ("add my colleague as a user", ("POST /entity_users",)),
    ("give a user another role", ("PATCH /entity_users/{entity_user_id}",)),
    ("register a company", ("POST /entities",)),
    ("set our logo", ("PUT /entities/{entity_id}/logo",)),
    ("receive webhooks", ("POST /webhook_subscriptions",)),
    ("new secret for a webhook",
     ("POST /webhook_subscriptions/{webhook_subscription_id}/regenerate_secret",)),
    ("get an access token", ("POST /auth/token", "%monite_login")),
    # -- this package
    ("how do I log in", ("%monite_login",)),
    ("download all bills to excel", ("answer.save", "%monite_pull")),
    ("export everything to parquet", ("%monite_pull",)),
    ("import suppliers from a spreadsheet", ("%monite_push",)),
    ("paste a curl command", ("%%monite_import",)),
    ("repeat the last call", ("%monite_history replay",)),
    ("give the request to support", ("%monite_history show last --as", "%monite_export")),
    ("act as another user", ("%monite_use",)),
    ("try it without an account", ("%monite_login --env local",)),
    ("simulate a server error", ("%monite_simulator fault",)),
    ("draw an aging report", ("charts.aging",)),
    ("query with SQL", ("monite_magic.sql",)),
    ("what does a newer API version change", ("%monite_catalogue diff",)),
    ("see events live", ("%monite_watch",)),
]  # fmt: skip

#: What nothing here is about.
NOTHING: list[str] = ["weather in Berlin", "bitcoin wallet", "play music", "xyzzy", "translate to French"]
