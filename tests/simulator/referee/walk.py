"""A walk over all operations: it calls each, with a body made from its schema and ids seen before.

From the top down it creates, changes and reads, and then it deletes from the bottom up. What the answers are
worth is for a judge to say.
"""

from __future__ import annotations

from stage import Stage, batch_of

from monite_magic import catalogue

ORDER = {"POST": 0, "PUT": 1, "PATCH": 2, "GET": 3, "DELETE": 4}
SPECIAL = {
    "email": "ada@example.com",
    "uri": "https://example.com/x",
    "date": "2026-03-01",
    "hostname": "example.org",
}


def bodies(ids, credentials):
    """Bodies that say more than their schema asks for, since something else depends on it."""
    address = {"country": "DE", "city": "Ulm", "postal_code": "89073", "line1": "Platz 1"}
    product = {"name": "Bread", "price": {"currency": "EUR", "value": 100}}
    line = {"product": product, "quantity": 1, "tax_rate_value": 0}
    party = {
        "counterpart_id": ids.get("counterpart_id"),
        "counterpart_billing_address_id": ids.get("address_id"),
    }
    ask = {
        "call": "ApprovalRequests.request_approval_by_users",
        "params": {"user_ids": [ids.get("entity_user_id")]},
    }
    return {
        "POST /auth/token": {**credentials, "grant_type": "client_credentials"},
        "POST /auth/revoke": {**credentials, "token": "a token of nobody"},
        "POST /entities": {
            "type": "organization",
            "email": "a@example.com",
            "address": address,
            "organization": {"legal_name": "Firm"},
        },
        "POST /receivables": {"type": "invoice", "currency": "EUR", "line_items": [line], **party},
        "POST /bank_accounts": {"country": "DE", "currency": "EUR", "iban": "DE02120300000000202051"},
        "POST /recurrences": {
            "invoice_id": ids.get("receivable_id"),
            "start_date": "2060-01-01",
            "max_occurrences": 2,
        },
        "POST /approval_policies": {"name": "All", "script": [ask]},
        "POST /approval_requests": {
            "object_type": "payable",
            "object_id": ids.get("payable_id"),
            "required_approval_count": 1,
            "user_ids": [ids.get("entity_user_id")],
        },
        "POST /batch_payments": batch_of(ids),
        "POST /payment_records": {
            "amount": 1,
            "currency": "EUR",
            "object": {"type": "payable", "id": ids.get("payable_id")},
        },
        "POST /comments": {"object_type": "payable", "object_id": ids.get("payable_id"), "text": "x"},
        "POST /delivery_notes": {
            "counterpart_id": ids.get("counterpart_id"),
            "counterpart_address_id": ids.get("address_id"),
            "line_items": [{"product": {"name": "Bread"}, "quantity": 1}],
        },
        "POST /data_exports/extra_data": {
            "field_name": "default_account_code",
            "field_value": "1",
            "object_type": "counterpart",
            "object_id": ids.get("counterpart_id"),
        },
        "POST /mailboxes": {
            "mailbox_domain_id": ids.get("domain_id"),
            "mailbox_name": "bills",
            "related_object_type": "payable",
        },
        "POST /payment_links": {
            "amount": 100,
            "currency": "EUR",
            "payment_methods": ["card"],
            "recipient": {"type": "counterpart", "id": ids.get("counterpart_id")},
        },
        "POST /counterparts/{counterpart_id}/einvoicing_credentials": {
            "network_schema": "DE:VAT",
            "network_identifier": "DE1",
        },
        "POST /financing_invoices": {"invoices": [{"id": ids.get("payable_id"), "type": "payable"}]},
        "PATCH /counterparts/{counterpart_id}": {"organization": {"legal_name": "Renamed"}},
        "PATCH /receivables/{receivable_id}": {"invoice": {"memo": "x"}},
        "PUT /receivables/{receivable_id}/line_items": {"data": [line]},
    }


class Walk:
    """Calls operations one after the other, with bodies made from their schemas and ids seen before.

    Args:
        api: An httpx client that is logged in as the partner, at the ready-made entity.
        given: The ready-made credentials and ids.
        advance: Moves the simulator's clock, or `None`: see `stage`.

    The API version is the client's.
    """

    def __init__(self, api, given, advance=None):
        self.api = api
        self.catalogue = catalogue.load(api.headers["X-Monite-Version"])
        [row, *_] = api.get("/counterparts").json()["data"]
        self.ids = {
            "entity_id": given["MONITE_ENTITY_ID"],
            "entity_user_id": given["MONITE_ENTITY_USER_ID"],
            "counterpart_id": row["id"],
            "/counterparts/{counterpart_id}": row["id"],
            "address_id": row["default_billing_address_id"],
        }
        self.stage = Stage(api, given, self.ids, advance)

    def __call__(self, methods=tuple(ORDER)):
        """Yield each operation with these methods, with its answer."""
        for operation in sorted(self.catalogue.operations, key=self.place):
            if operation.method in methods:
                yield operation, self.call(operation)

    def place(self, operation):
        """Where an operation comes in the walk."""
        collection = operation.path.count("{")
        if operation.method == "DELETE":
            return ORDER["DELETE"], -collection
        parent = operation.path.rpartition("/")[0]
        action = operation.method == "POST" and not operation.path.endswith("}") and "{" in parent
        last = not any(path.startswith(operation.path + "/{") for path in self.catalogue.paths)
        return ORDER[operation.method] + (0.5 if action and last else 0), collection

    def example(self, schema, name=""):
        """A value that the schema allows, with the members that it requires."""
        schema = self.flat(schema)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return schema["enum"][0]
        for word in ("anyOf", "oneOf"):
            if word in schema:
                return self.example(schema[word][0], name)
        match schema.get("type"):
            case "object":
                properties = schema.get("properties", {})
                wanted = [*schema.get("required", []), *(n for n in properties if n in self.wanted(schema))]
                return {name: self.example(properties[name], name) for name in wanted if name in properties}
            case "array":
                return [self.example(schema.get("items", {}), name)]
            case "string":
                return self.text(schema, name)
            case "integer" | "number":
                return max(schema.get("minimum", 1), 1)
            case "boolean":
                return True
        return {}

    def wanted(self, schema):
        return {"organization"} if schema.get("properties", {}).get("type") else set()

    def text(self, schema, name):
        form = schema.get("format")
        if form == "uuid":
            return self.ids.get(name, "00000000-0000-4000-8000-000000000001")
        if form == "date-time":
            return "2026-03-01T10:00:00+00:00"
        return SPECIAL.get(form) or ("x" * max(schema.get("minLength", 1), 1))

    def flat(self, schema):
        schema = self.catalogue.resolve(schema)
        if "allOf" in schema:
            for part in schema["allOf"]:
                schema = {**schema, **self.flat(part)}
            schema.pop("allOf", None)
        return schema

    def call(self, operation):
        """Call one operation, once all that it needs is there, and learn from its answer."""
        answer = self.send(operation, self.api, self.stage.set_for(operation))
        self.learn(operation, answer)
        return answer

    def send(self, operation, api, headers=None):
        """Call one operation by a client, as things are."""
        path = operation.path
        for parameter in operation.path_parameters:
            template = operation.path.partition("{" + parameter.name)[0] + "{" + parameter.name + "}"
            known = self.ids.get(template) or self.ids.get(parameter.name)
            path = path.replace(
                "{" + parameter.name + "}", known or self.example(parameter.schema, parameter.name)
            )
        query = {p.name: self.example(p.schema, p.name) for p in operation.query_parameters if p.required}
        keywords = {"headers": headers or {}}
        if operation.body and operation.body.content_type == "application/json":
            given = bodies(self.ids, self.stage.credentials()).get(str(operation))
            spoken = given and self.stage.spoken(str(operation), given)
            keywords["json"] = spoken or self.example(operation.body.schema)
        elif operation.body:
            form = self.example(operation.body.schema)
            logo = operation.path.endswith("/logo")
            file = ("x.png", b"\x89PNG", "image/png") if logo else ("x.pdf", b"%PDF-1.4 x", "application/pdf")
            keywords["files"] = {"file": file}
            keywords["data"] = {name: value for name, value in form.items() if name != "file"}
        return api.request(operation.method, path, params=query, **keywords)

    def learn(self, operation, answer):
        if not answer.is_success or not answer.content or "json" not in answer.headers["content-type"]:
            return
        body = answer.json()
        found = body[0] if isinstance(body, list) and body else body
        if isinstance(found, dict) and isinstance(found.get("data"), list):
            found = found["data"][0] if found["data"] else {}
        if not isinstance(found, dict) or not isinstance(found.get("id"), str):
            return
        deeper = [path for path in self.catalogue.paths if path.startswith(operation.path + "/{")]
        if operation.method in ("POST", "GET") and deeper:
            template = min(deeper, key=len)
            end = template.index("}", len(operation.path)) + 1
            self.ids.setdefault(template[:end], found["id"])
            name = template[len(operation.path) + 2 : end - 1]
            if name != "id":
                self.ids.setdefault(name, found["id"])
