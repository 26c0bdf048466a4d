"""Mailboxes that receive payables, and their domains. A stand-in: it receives no emails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monite_magic.simulator.answers import invalid, problem
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour("mailbox domains", "No DNS lookup: a domain is verified on request.", "unverified")


behaviour(
    "POST /mailbox_domains",
    "A domain has letters, digits, dots and hyphens, and no part starts or ends with a hyphen: 422.",
    "documented",
)

_SEGMENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class MailboxDomains(Resource):
    """The domains of a partner."""

    kind = "mailbox_domain"
    path = "/mailbox_domains/{domain_id}"
    owner = "project"
    partner_only = True
    unique = ("domain",)
    initial = {"status": "unverified"}

    def prepare(self, call: Call, document: Document) -> None:
        """The DNS records that the domain's owner would have to publish."""
        domain = document["domain"]
        if not all(_SEGMENT.fullmatch(segment) for segment in domain.split(".")):
            text = (
                "Only letters, digits, dots and hyphens. Each part must start and end with a letter or digit."
            )
            invalid(problem(["body", "domain"], text))
        receiving = {"name": domain, "record_type": "MX", "value": "mx.simulator.example"}
        sending = {"name": domain, "record_type": "TXT", "value": "v=spf1 include:simulator.example ~all"}
        checked = {"is_active": False, "valid": "unknown", "cached": [], "priority": "10"}
        document["dns_records"] = {
            "receiving_dns_records": [{**receiving, **checked}],
            "sending_dns_records": [{**sending, **checked}],
        }
        document["last_updated_at"] = document["updated_at"]


class Mailboxes(Resource):
    """The mailboxes of an entity."""

    kind = "mailbox"
    path = "/mailboxes/{mailbox_id}"
    permission = "mailbox"
    unique = ("mailbox_full_address",)
    initial = {"status": "active"}

    def prepare(self, call: Call, document: Document) -> None:
        """The domain must exist. The address is the name at the domain."""
        domain = MAILBOX_DOMAINS.referred(call, document, "mailbox_domain_id")
        if domain:
            document["mailbox_full_address"] = f"{document['mailbox_name']}@{domain['domain']}"


MAILBOX_DOMAINS = MailboxDomains().serve("list", "create", "delete")
MAILBOXES = Mailboxes().serve("list", "create", "delete")


@MAILBOX_DOMAINS.operation("POST", "verify", may="update", status="unverified")
def verify_domain(call: Call) -> Document:
    """Mark a domain as verified."""
    domain = MAILBOX_DOMAINS.find(call)
    domain["status"] = "active"
    domain["last_updated_at"] = call.clock.timestamp()
    return MAILBOX_DOMAINS.save(call, domain)


@MAILBOXES.list_operation("POST", "search", may="read")
def search_mailboxes(call: Call) -> Document:
    """The mailboxes of several entities of the partner."""
    found: list[Document] = []
    for entity_id in call.body["entity_ids"]:
        own = call.principal.entity_id in (None, entity_id)
        if own and call.store.get("entity", entity_id, owner=call.project):
            found.extend(call.store.all("mailbox", owner=entity_id))
    return {"data": found}
