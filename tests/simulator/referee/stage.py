"""What an operation needs before it can succeed: a bill that waits for approval, an offer that is issued.

A walk asks the stage before it calls an operation. The stage makes what is needed by the API itself, and
notes its id where the walk looks for it.
"""

from __future__ import annotations

import copy

LINE = {"name": "Flour", "quantity": 1, "unit_price": 1000, "tax": 0}
ADDRESS = {"country": "DE", "city": "Ulm", "postal_code": "89073", "line1": "Platz 1"}
TEXT = {"subject_text": "s", "body_text": "b"}


class Stage:
    """Makes what operations need.

    Args:
        api: An httpx client that is logged in as the partner, at the ready-made entity.
        given: The ready-made credentials and ids.
        ids: Where to note ids: by the name of a parameter, and by the path template of an item.
        advance: Moves the simulator's clock, or `None` where that can't be done and nothing becomes overdue.
    """

    def __init__(self, api, given, ids, advance):
        self.api, self.given, self.ids, self.advance = api, given, ids, advance

    def set_for(self, operation):
        """Prepare for an operation, and return the headers of its call."""
        prepare = SCENES.get(str(operation))
        return (prepare(self) if prepare else None) or {}

    @property
    def version(self):
        """The API version that the client speaks."""
        return self.api.headers["X-Monite-Version"]

    def spoken(self, call, body):
        """A body of the newest version as the client's own version has it."""
        body = copy.deepcopy(body)
        if self.version <= "2024-01-31" and call in UNTIL_2024_01_31:
            UNTIL_2024_01_31[call](self, body)
        if self.version <= "2023-09-01" and call in UNTIL_2023_09_01:
            UNTIL_2023_09_01[call](self, body)
        return body

    def made(self, path, body=None, template=""):
        """Post, and note the id of what was made under the template of its path."""
        answer = self.api.post(path, json=self.spoken(f"POST {path}", body)).raise_for_status()
        found = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        if template:
            self.ids[template] = self.ids[template.rpartition("{")[2].rstrip("}")] = found["id"]
        return found

    def party(self):
        """Ids of a new counterpart and of its address; the walk's own may have been deleted by now."""
        details = {"legal_name": "Mill", "is_customer": True, "is_vendor": True, "address": ADDRESS}
        found = self.made("/counterparts", {"type": "organization", "organization": copy.deepcopy(details)})
        return found["id"], found["default_billing_address_id"]

    # -- what there can be, each new and at a point of its life ---------------------------------------------

    def payable(self, *moves):
        """A complete bill, moved on."""
        body = {"currency": "EUR", "document_id": "B", "issued_at": "2026-03-01", "due_date": "2026-04-01"}
        body["counterpart_id"], _ = self.party()
        path = f"/payables/{self.made('/payables', body, '/payables/{payable_id}')['id']}"
        self.made(f"{path}/line_items", LINE, "/payables/{payable_id}/line_items/{line_item_id}")
        for move in moves:
            self.made(f"{path}/{move}")

    def payable_being_read(self):
        files = {"file": ("x.pdf", b"%PDF-1.4 x", "application/pdf")}
        found = self.api.post("/payables/upload_from_file", files=files).raise_for_status().json()
        self.ids["/payables/{payable_id}"] = found["id"]

    def vendor_credit(self, *moves):
        """A complete credit note of a vendor, moved on."""
        template = "/payable_credit_notes/{credit_note_id}"
        body = {"currency": "EUR", "document_id": "C", "issued_at": "2026-03-01"}
        path = f"/payable_credit_notes/{self.made('/payable_credit_notes', body, template)['id']}"
        self.made(f"{path}/line_items", LINE, f"{template}/line_items/{{line_item_id}}")
        for move in moves:
            self.made(f"{path}/{move}")

    def vendor_credit_being_read(self):
        files = {"file": ("x.pdf", b"%PDF-1.4 x", "application/pdf")}
        found = self.api.post("/payable_credit_notes/upload_from_file", files=files).raise_for_status().json()
        self.ids["/payable_credit_notes/{credit_note_id}"] = found["id"]

    def receivable(self, kind="invoice", *moves, **members):
        """An invoice or a quote, moved on."""
        product = {"name": "Bread", "price": {"currency": "EUR", "value": 1000}}
        counterpart_id, address_id = self.party()
        body = {
            "type": kind,
            "currency": "EUR",
            "line_items": [{"product": product, "quantity": 1, "tax_rate_value": 0}],
            "counterpart_id": counterpart_id,
            "counterpart_billing_address_id": address_id,
            **members,
        }
        found = self.made("/receivables", body, "/receivables/{receivable_id}")
        for move in moves:
            self.made(f"/receivables/{found['id']}/{move}")

    def overdue_invoice(self):
        terms = self.made("/payment_terms", {"name": "now", "term_final": {"number_of_days": 0}})
        self.receivable("invoice", "issue", payment_terms_id=terms["id"])
        if self.advance is None:
            return
        self.advance("1 day")
        # The token has expired by then.
        token = self.made("/auth/token", {**self.credentials(), "grant_type": "client_credentials"})
        self.api.headers["Authorization"] = f"Bearer {token['access_token']}"

    def sent_invoice(self):
        self.receivable("invoice", "issue")
        path = f"/receivables/{self.ids['receivable_id']}"
        sent = self.made(f"{path}/send", {**TEXT, "recipients": {"to": ["ada@example.com"]}})
        self.ids[f"{_RECEIVABLE}/mails/{{mail_id}}"] = sent["mail_id"]
        if self.version > "2024-01-31":
            entry = self.api.get(f"{path}/history").json()["data"][0]
            self.ids[f"{_RECEIVABLE}/history/{{receivable_history_id}}"] = entry["id"]

    def recurrence(self, *moves):
        self.receivable()
        body = {"invoice_id": self.ids["receivable_id"], "start_date": "2060-01-01", "max_occurrences": 2}
        found = self.made("/recurrences", body, "/recurrences/{recurrence_id}")
        for move in moves:
            self.made(f"/recurrences/{found['id']}/{move}")

    def payment_record(self, status="succeeded"):
        self.payable("approve_payment_operation")
        body = {"amount": 1, "currency": "EUR", "status": status}
        body["object"] = {"type": "payable", "id": self.ids["payable_id"]}
        self.made("/payment_records", body, "/payment_records/{payment_record_id}")

    def approval_request(self):
        self.payable()
        body = {"object_type": "payable", "object_id": self.ids["payable_id"], "required_approval_count": 1}
        body["user_ids"] = [self.given["MONITE_ENTITY_USER_ID"]]
        self.made("/approval_requests", body, "/approval_requests/{approval_request_id}")

    def approval_process(self):
        for policy in self.api.get("/approval_policies").json()["data"]:
            self.api.delete(f"/approval_policies/{policy['id']}").raise_for_status()
        users = {"user_ids": [self.given["MONITE_ENTITY_USER_ID"]]}
        script = [{"call": "ApprovalRequests.request_approval_by_users", "params": users}]
        template = "/approval_policies/{approval_policy_id}"
        policy = self.made("/approval_policies", {"name": "P", "script": script}, template)
        self.payable("submit_for_approval")
        [process] = self.api.get(f"/approval_policies/{policy['id']}/processes").json()["data"]
        self.ids[f"{template}/processes/{{process_id}}"] = process["id"]

    def address(self):
        """An address that is not the default one."""
        template = "/counterparts/{counterpart_id}/addresses/{address_id}"
        self.made(f"/counterparts/{self.ids['/counterparts/{counterpart_id}']}/addresses", ADDRESS, template)

    def comment(self):
        self.payable()
        body = {"object_type": "payable", "object_id": self.ids["payable_id"], "text": "x"}
        self.made("/comments", body, "/comments/{comment_id}")

    def delivery_note(self):
        counterpart_id, address_id = self.party()
        body = {
            "counterpart_id": counterpart_id,
            "counterpart_address_id": address_id,
            "line_items": [{"product": {"name": "Bread"}, "quantity": 1}],
        }
        self.made("/delivery_notes", body, "/delivery_notes/{delivery_note_id}")

    def purchase_order(self):
        item = {"name": "Flour", "quantity": 1, "price": 100, "unit": "kg", "currency": "EUR", "vat_rate": 0}
        body = {"counterpart_id": self.party()[0], "items": [item]}
        body |= {"currency": "EUR", "message": "m", "valid_for_days": 30}
        self.made("/payable_purchase_orders", body, "/payable_purchase_orders/{purchase_order_id}")

    def synced_record(self):
        self.payable()
        found = self.made("/accounting_connections", {}, "/accounting_connections/{connection_id}")
        self.made(f"/accounting_connections/{found['id']}/sync")
        record = self.api.get("/accounting_synced_records?object_type=bill").json()["data"][0]
        self.ids["/accounting_synced_records/{synced_record_id}"] = record["id"]
        self.ids["/accounting/payables/{payable_id}"] = self.ids["payable_id"]

    def connection(self):
        self.made("/accounting_connections", {}, "/accounting_connections/{connection_id}")

    def payment_intent(self):
        recipient = {"type": "counterpart", "id": self.party()[0]}
        body = {"amount": 1, "currency": "EUR", "payment_methods": ["card"], "recipient": recipient}
        link = self.made("/payment_links", body, "/payment_links/{payment_link_id}")
        self.ids["/payment_intents/{payment_intent_id}"] = link["payment_intent_id"]

    def batch(self):
        self.payable("approve_payment_operation")
        self.account()
        body = batch_of(self.ids)
        self.made("/batch_payments", body, "/batch_payments/{batch_payment_id}")

    def payable_to_pay_at_once(self):
        self.payable("approve_payment_operation")
        self.account()

    def account(self):
        account = {"country": "DE", "currency": "EUR", "iban": "DE02120300000000202051"}
        self.made("/bank_accounts", account, "/bank_accounts/{bank_account_id}")

    def message(self):
        conversation = self.made("/ai/conversations", {})
        path = f"/ai/conversations/{conversation['id']}"
        self.made(f"{path}/messages", {"text_prompt": "?"})
        self.ids["message_id"] = self.api.get(path).json()["messages"][1]["id"]

    def document_template(self):
        found = self.api.get("/document_templates").json()["data"]
        self.ids["/document_templates/{document_template_id}"] = found[0]["id"]

    # -- who calls ------------------------------------------------------------------------------------------

    def credentials(self):
        names = ("client_id", "client_secret")
        return {name: self.given[f"MONITE_{name.upper()}"] for name in names}

    def as_user(self):
        """The headers of the ready-made user, who is allowed everything."""
        body = {**self.credentials(), "grant_type": "entity_user"}
        token = self.made("/auth/token", {**body, "entity_user_id": self.given["MONITE_ENTITY_USER_ID"]})
        return {"Authorization": f"Bearer {token['access_token']}"}


def batch_of(ids):
    """The body of a batch of one payment."""
    single = {
        "object": {"type": "payable", "id": ids.get("payable_id")},
        "recipient": {"type": "counterpart", "id": ids.get("/counterparts/{counterpart_id}")},
    }
    return {
        "payer_bank_account_id": ids.get("bank_account_id"),
        "payment_method": "us_ach",
        "payment_intents": [single],
    }


def scene(act, *arguments):
    """A method of the stage with its arguments, to be called later."""
    return lambda stage: act(stage, *arguments)


_PAYABLE, _CREDIT = "/payables/{payable_id}", "/payable_credit_notes/{credit_note_id}"
_RECEIVABLE, _RECURRENCE = "/receivables/{receivable_id}", "/recurrences/{recurrence_id}"
_PROCESS = "/approval_policies/{approval_policy_id}/processes/{process_id}"
_REQUEST, _RECORD = "/approval_requests/{approval_request_id}", "/payment_records/{payment_record_id}"


def _describe(_stage, body):
    body.setdefault("description", "All bills")


def _with_vat_id(stage, body):
    path = f"/entities/{stage.given['MONITE_ENTITY_ID']}/vat_ids"
    body["entity_vat_id_id"] = stage.made(path, {"country": "DE", "type": "eu_vat", "value": "DE1"})["id"]


def _by_months(_stage, body):
    body.pop("start_date")
    body.pop("max_occurrences")
    body.update(day_of_month="first_day", start_month=1, start_year=2060, end_month=6, end_year=2060)


def _paid(_stage, body):
    body.pop("status", None)
    body.update(paid_at="2026-03-01T10:00:00+00:00", payment_intent_id="11111111-2222-4333-8444-555555555555")


def _own_address(_stage, body):
    body["organization"]["registered_address"] = body["organization"].pop("address")


def _of_a_type(_stage, body):
    body["type"] = "organization"


def _by_product(stage, body):
    """Lines name a product and a VAT rate."""
    for line in body.get("line_items") or body.get("data") or ():
        product = line.pop("product", None)
        line.pop("tax_rate_value", None)
        if product:
            line["product_id"] = stage.made("/products", product)["id"]
        line["vat_rate_id"] = stage.api.get("/vat_rates").json()["data"][0]["id"]
    body.pop("counterpart_billing_address_id", None)
    for key in ("counterpart_billing_address", "counterpart_shipping_address"):
        if "counterpart_id" in body:
            body[key] = ADDRESS


#: Calls whose bodies were other ones up to a version -> how to make those of today into them.
UNTIL_2024_01_31 = {
    "POST /approval_policies": _describe,
    "POST /payable_purchase_orders": _with_vat_id,
    "POST /recurrences": _by_months,
    "POST /payment_records": _paid,
}
UNTIL_2023_09_01 = {
    "POST /counterparts": _own_address,
    "PATCH /counterparts/{counterpart_id}": _of_a_type,
    "POST /receivables": _by_product,
    "PUT /receivables/{receivable_id}/line_items": _by_product,
}

#: Operation -> what must be there first.
SCENES = {
    "POST /ai/message_feedbacks": Stage.message,
    "POST /ai/message_feedbacks/commentary": Stage.message,
    "POST /approval_requests": Stage.payable,
    "POST /batch_payments": Stage.payable_to_pay_at_once,
    "GET /batch_payments/{batch_payment_id}": Stage.batch,
    "POST /comments": Stage.payable,
    "POST /financing_invoices": Stage.payable,
    "POST /payment_records": scene(Stage.payable, "approve_payment_operation"),
    "POST /accounting_connections/{connection_id}/sync": Stage.connection,
    "POST /accounting_synced_records/{synced_record_id}/push": Stage.synced_record,
    "GET /accounting_synced_records/{synced_record_id}": Stage.synced_record,
    "GET /accounting/payables/{payable_id}": Stage.synced_record,
    "GET /accounting/receivables/{invoice_id}": scene(Stage.receivable, "invoice", "issue"),
    "POST /document_templates/{document_template_id}/make_default": Stage.document_template,
    **{f"POST {_REQUEST}/{name}": Stage.approval_request for name in ("approve", "cancel", "reject")},
    f"GET {_REQUEST}": Stage.approval_request,
    f"POST {_PROCESS}/cancel": Stage.approval_process,
    f"GET {_PROCESS}": Stage.approval_process,
    f"GET {_PROCESS}/steps": Stage.approval_process,
    **{f"{method} /comments/{{comment_id}}": Stage.comment for method in ("GET", "PATCH", "DELETE")},
    "POST /delivery_notes/{delivery_note_id}/mark_as_delivered": Stage.delivery_note,
    "PATCH /delivery_notes/{delivery_note_id}": Stage.delivery_note,
    "DELETE /delivery_notes/{delivery_note_id}": Stage.delivery_note,
    "DELETE /counterparts/{counterpart_id}/addresses/{address_id}": Stage.address,
    **{
        f"{method} /payable_purchase_orders/{{purchase_order_id}}": Stage.purchase_order
        for method in ("PATCH", "DELETE")
    },
    **{
        f"{method} {_CREDIT}{part}": Stage.vendor_credit
        for method, part in (
            ("POST", "/cancel"),
            ("POST", "/submit_for_approval"),
            ("PUT", "/line_items"),
            ("PATCH", ""),
            ("DELETE", ""),
            ("PATCH", "/line_items/{line_item_id}"),
            ("DELETE", "/line_items/{line_item_id}"),
        )
    },
    f"POST {_CREDIT}/reject": scene(Stage.vendor_credit, "submit_for_approval"),
    f"POST {_CREDIT}/cancel_ocr": Stage.vendor_credit_being_read,
    **{
        f"{method} {_PAYABLE}{part}": Stage.payable
        for method, part in (
            ("POST", "/approve_payment_operation"),
            ("POST", "/cancel"),
            ("POST", "/line_items"),
            ("POST", "/submit_for_approval"),
            ("PUT", "/line_items"),
            ("PATCH", ""),
            ("PATCH", "/line_items/{line_item_id}"),
            ("DELETE", "/line_items/{line_item_id}"),
            ("DELETE", "/suggestions"),
        )
    },
    f"POST {_PAYABLE}/mark_as_paid": scene(Stage.payable, "approve_payment_operation"),
    f"POST {_PAYABLE}/mark_as_partially_paid": scene(Stage.payable, "approve_payment_operation"),
    f"POST {_PAYABLE}/reject": scene(Stage.payable, "submit_for_approval"),
    f"POST {_PAYABLE}/reopen": scene(Stage.payable, "submit_for_approval", "reject"),
    f"POST {_PAYABLE}/cancel_ocr": Stage.payable_being_read,
    **{
        f"POST {_RECORD}/{name}": scene(Stage.payment_record, "created")
        for name in ("cancel", "start_processing")
    },
    f"POST {_RECORD}/mark_as_succeeded": scene(Stage.payment_record, "created"),
    f"PATCH {_RECORD}": scene(Stage.payment_record, "created"),
    f"GET {_RECORD}": Stage.payment_record,
    "PATCH /payment_intents/{payment_intent_id}": Stage.payment_intent,
    **{
        f"POST {_RECEIVABLE}/{name}": scene(Stage.receivable, "quote", "issue")
        for name in ("accept", "decline")
    },
    **{
        f"POST {_RECEIVABLE}/{name}": scene(Stage.receivable, "invoice", "issue")
        for name in ("cancel", "mark_as_paid", "mark_as_partially_paid", "preview", "send")
    },
    f"GET {_RECEIVABLE}/mails/{{mail_id}}": Stage.sent_invoice,
    f"GET {_RECEIVABLE}/history/{{receivable_history_id}}": Stage.sent_invoice,
    f"POST {_RECEIVABLE}/mark_as_uncollectible": Stage.overdue_invoice,
    **{
        f"{method} {_RECEIVABLE}{part}": Stage.receivable
        for method, part in (("POST", "/issue"), ("PUT", "/line_items"), ("PATCH", ""), ("DELETE", ""))
    },
    f"POST {_RECURRENCE}/pause": Stage.recurrence,
    f"POST {_RECURRENCE}/resume": scene(Stage.recurrence, "pause"),
    f"PATCH {_RECURRENCE}": Stage.recurrence,
    **dict.fromkeys(
        (
            "GET /entity_users/me",
            "PATCH /entity_users/me",
            "GET /entity_users/my_entity",
            "PATCH /entity_users/my_entity",
            "GET /entity_users/my_role",
            "GET /entities/me",
            "PATCH /entities/me",
        ),
        Stage.as_user,
    ),
}
