"""Templates of texts, emails and documents. Each type has at most one default."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from monite_magic.simulator import pdf
from monite_magic.simulator.answers import Answer, conflict, not_found
from monite_magic.simulator.registry import PARTNER, behaviour, operation
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.templates import fill

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour("templates", "The default template can't be deleted: 409.", "unverified")
behaviour("document templates", "The simulator has three templates, which all look the same.", "unverified")


class Templates(Resource):
    """Templates with one default for each type.

    Class attributes, set by subclasses:
        same: The members that templates of one type share.
    """

    same: ClassVar[tuple[str, ...]]

    def prepare(self, call: Call, document: Document) -> None:
        """The first template of its type becomes the default, and so does one with the default flag."""
        others = self._others(call, document)
        if not others or document.get("is_default"):
            self._set_default(call, document, others)
        document.setdefault("is_default", False)

    def before_delete(self, call: Call, document: Document) -> None:
        """Refuse to delete the default while there are others."""
        if document["is_default"] and self._others(call, document):
            conflict("The default template can't be deleted.")

    def make_default(self, call: Call) -> Document:
        """Make the template of the call the default of its type."""
        document = self.find(call)
        self._set_default(call, document, self._others(call, document))
        return self.save(call, document)

    def _others(self, call: Call, document: Document) -> list[Document]:
        found = self.all(call, **{name: document[name] for name in self.same})
        return [other for other in found if other["id"] != document["id"]]

    def _set_default(self, call: Call, document: Document, others: list[Document]) -> None:
        for other in others:
            if other["is_default"]:
                self.save(call, {**other, "is_default": False})
        document["is_default"] = True


class TextTemplates(Templates):
    """Texts for the documents and emails of an entity."""

    kind = "text_template"
    path = "/text_templates/{text_template_id}"
    same = ("type", "document_type")


class MailTemplates(Templates):
    """Email templates of a partner for its entities."""

    kind = "mail_template"
    path = "/mail_templates/{template_id}"
    owner = "project"
    partner_only = True
    unique = ("name",)
    same = ("type", "language")


TEXT_TEMPLATES = TextTemplates().serve("list", "create", "read", "update", "delete")
MAIL_TEMPLATES = MailTemplates().serve("list", "create", "read", "update", "delete")


@operation("POST", "/text_templates/{text_template_id}/make_default")
def make_text_default(call: Call) -> Document:
    """Make a text the default of its type."""
    return TEXT_TEMPLATES.make_default(call)


@MAIL_TEMPLATES.operation("POST", "make_default", may="read")
def make_mail_default(call: Call) -> Document:
    """Make an email the default of its type."""
    return MAIL_TEMPLATES.make_default(call)


#: Default texts of the simulator.
SYSTEM_MAILS = {
    "receivables_invoice": ("Invoice {invoice_number}", "Dear {counterpart_name}, here is your invoice."),
    "receivables_quote": ("Quote {document_id}", "Dear {counterpart_name}, here is your quote."),
    "receivables_credit_note": (
        "Credit note {document_id}",
        "Dear {counterpart_name}, here is a credit note.",
    ),
    "payables_purchase_order": ("Purchase order {document_id}", "Please deliver what is listed."),
}


@MAIL_TEMPLATES.list_operation("GET", "system", may="read", status="unverified")
def list_system_mails(call: Call) -> Document:
    """The system emails, for partners without templates."""
    return {
        "data": [
            {
                "template_name": name,
                "available_templates": [
                    {"subject_template": subject, "body_template": body, "language": "en"}
                ],
            }
            for name, (subject, body) in SYSTEM_MAILS.items()
        ]
    }


@operation("POST", "/mail_templates/preview", status="unverified")
def preview_mail(call: Call) -> Document:
    """Preview an email with example values."""
    values = {variable: f"[{variable}]" for variable in VARIABLES}
    return {
        "subject_preview": fill(call.body["subject"], values),
        "body_preview": fill(call.body["body"], values),
    }


#: The variables of texts, with descriptions.
VARIABLES = {
    "counterpart_name": "Name of the counterpart",
    "entity_name": "Name of the entity",
    "document_id": "Number of the document",
    "invoice_number": "Number of the invoice",
    "due_date": "Due date",
    "amount_due": "Amount due",
    "total_amount": "Total amount",
    "currency": "Currency of the amounts",
}


def _variables(object_type: str, *subtypes: str) -> Document:
    listed = [{"name": f"{{{name}}}", "description": text} for name, text in VARIABLES.items()]
    return {
        "data": [
            {"object_type": object_type, "object_subtype": subtype, "variables": listed}
            for subtype in subtypes
        ]
    }


@operation("GET", "/receivables/variables", status="unverified")
def list_receivable_variables(call: Call) -> Document:
    """The variables of texts about receivables."""
    subtypes = ("quote", "invoice", "credit_note", "discount_reminder", "final_reminder", "overdue_reminder")
    return _variables("receivable", *subtypes)


@operation("GET", "/payables/variables", status="unverified", access=PARTNER)
def list_payable_variables(call: Call) -> Document:
    """The variables of texts about payables."""
    return _variables("payable", "payables_purchase_order", "payables_notify_approver")


@operation("GET", "/payable_purchase_orders/variables", status="unverified", access=PARTNER)
def list_purchase_order_variables(call: Call) -> Document:
    """The variables of texts about purchase orders."""
    return _variables("payables_purchase_order", "purchase_order")


class DocumentTemplates(Templates):
    """Layouts of documents. Each entity gets the simulator's own on first use."""

    kind = "document_template"
    path = "/document_templates/{document_template_id}"
    same = ("document_type",)

    def shown(self, call: Call) -> list[Document]:
        """The templates of the entity."""
        found = self.all(call)
        if not found:
            for name, document_type in (
                ("Plain", "receivable"),
                ("Dense", "receivable"),
                ("Plain order", "purchase_order"),
            ):
                members = {"name": name, "document_type": document_type, "language": "en"}
                self.add(call, {**members, "template": "<p>simulated</p>", "template_type": "source_object"})
            found = self.all(call)
        return found


DOCUMENT_TEMPLATES = DocumentTemplates().serve("read")


@operation("GET", "/document_templates", status="unverified")
def list_document_templates(call: Call) -> Document:
    """The templates of the entity's documents."""
    return {"data": DOCUMENT_TEMPLATES.shown(call)}


@operation("GET", "/document_templates/system", status="unverified")
def list_system_document_templates(call: Call) -> Document:
    """The system templates."""
    return {"data": DOCUMENT_TEMPLATES.shown(call)}


@operation("POST", "/document_templates/{document_template_id}/make_default", status="schema")
def make_document_default(call: Call) -> Document:
    """Choose the template of a type of document."""
    return DOCUMENT_TEMPLATES.make_default(call)


@operation("GET", "/document_templates/{document_template_id}/preview", status="unverified")
def preview_document(call: Call) -> Answer:
    """A sample PDF of a template."""
    template = DOCUMENT_TEMPLATES.find(call) or not_found("document_template")
    lines = [f"Template {template['name']}", "Made by the simulator."]
    return Answer(200, content=pdf.write(lines), content_type="application/pdf")
