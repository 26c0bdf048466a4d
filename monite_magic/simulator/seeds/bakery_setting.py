"""The initial documents of the seed `bakery`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.simulator.call import Call
from monite_magic.simulator.rules.approval_policies import POLICIES
from monite_magic.simulator.rules.bank_accounts import ENTITY_BANK_ACCOUNTS
from monite_magic.simulator.rules.counterparts import BANK_ACCOUNTS, CONTACTS, COUNTERPARTS, VAT_IDS
from monite_magic.simulator.rules.entities import ENTITIES
from monite_magic.simulator.rules.entity_users import ENTITY_USERS
from monite_magic.simulator.rules.products import MEASURE_UNITS, PAYMENT_TERMS, PRODUCTS
from monite_magic.simulator.rules.reminders import OVERDUE_REMINDERS, PAYMENT_REMINDERS
from monite_magic.simulator.rules.roles import ROLES, permissions
from monite_magic.simulator.rules.tags import TAGS
from monite_magic.simulator.seeds import bakery_data as data

if TYPE_CHECKING:
    from monite_magic.simulator.seeds.bakery_story import Story
    from monite_magic.simulator.store import Document

_PEOPLE = ("Jonas Ried", "Ida Lorenz", "Sanne Mulder", "Theo Brandt", "Anna Moser", "Luc Perrin", "Mara Voss")
#: Login, first and last name, role.
_USERS = (
    ("paul.kern", "Paul", "Kern", "Accountant"),
    ("lena.abt", "Lena", "Abt", "Approver"),
    ("timo.zink", "Timo", "Zink", "Clerk"),
)


def set_up(story: Story, call: Call) -> dict[str, Any]:
    """Create roles, users, parties, goods, terms and the policy.

    Returns:
        Documents by name: `parties`, `products`, `terms`, `tags`, `reminders`.
    """
    _second_entity(story)
    _people(story, call)
    ENTITY_BANK_ACCOUNTS.add(
        call,
        {"country": "DE", "currency": "EUR", "iban": "DE02120300000000202051", "bank_name": "Muehlenbank"},
    )
    approver = story.users["lena.abt"]["id"]
    ask = {
        "call": "ApprovalRequests.request_approval_by_users",
        "params": {"user_ids": [approver], "required_approval_count": 1},
    }
    # In the form that the vendor's React SDK writes and shows.
    more = {"operator": ">=", "left_operand": {"name": "invoice.amount"}, "right_operand": 100_000}
    POLICIES.add(
        call,
        {
            "name": "More than 1,000.00",
            "trigger": {"all": ["{event_name == 'submitted_for_approval'}", more]},
            "script": [{"run_concurrently": True, "all": [ask]}],
        },
    )
    return {
        "parties": {
            party.name: _party(call, party, vendor=party in data.VENDORS) for party in _all_parties()
        },
        "products": _products(call),
        "terms": _terms(call),
        "tags": {name: TAGS.add(call, {"name": name}) for name in ("ingredients", "premises", "dispute")},
        "reminders": _reminders(call),
    }


def _all_parties() -> tuple[data.Party, ...]:
    return (*data.VENDORS, *data.CUSTOMERS)


def _second_entity(story: Story) -> None:
    address = {"country": "AT", "city": "Dornbirn", "postal_code": "6850", "line1": "Marktplatz 2"}
    ENTITIES.add(
        Call.without_request(story.world, story.project),
        {
            "type": "organization",
            "email": "cafe@sonnenkorn.example",
            "address": address,
            "tax_id": "ATU55501002",
            "organization": {"legal_name": "Sonnenkorn Cafe GmbH"},
        },
    )


def _people(story: Story, call: Call) -> None:
    reading = permissions(actions=("read",))
    writing = permissions(actions=("read", "create", "update", "delete", "submit", "cancel"))
    approving = permissions(actions=("read", "update", "approve", "reopen"))
    own = permissions("allowed_for_own", ("read", "create", "update", "submit"))
    granted = {"Accountant": writing, "Approver": approving, "Clerk": own, "Auditor": reading}
    roles = {name: ROLES.add(call, {"name": name, "permissions": rights}) for name, rights in granted.items()}
    for login, first_name, last_name, role in _USERS:
        story.users[login] = ENTITY_USERS.add(
            call,
            {
                "login": login,
                "first_name": first_name,
                "last_name": last_name,
                "email": f"{login}@sonnenkorn.example",
                "role_id": roles[role]["id"],
            },
        )


def _party(call: Call, party: data.Party, *, vendor: bool) -> Document:
    city, postal_code = data.CITIES[party.country]
    number = call.world.random.randrange(1, 90)
    address = {
        "country": party.country,
        "city": city,
        "postal_code": postal_code,
        "line1": f"Gasse {number}",
    }
    domain = "".join(letter for letter in party.name.lower().split()[0] if letter.isalnum())
    details = {
        "legal_name": party.name,
        "email": f"accounts@{domain}.example",
        "is_vendor": vendor,
        "is_customer": not vendor,
        "address": dict(address),
    }
    made = COUNTERPARTS.add(
        call,
        {"type": "organization", "language": "en", "reminders_enabled": True, "organization": details},
    )
    first_name, last_name = _PEOPLE[number % len(_PEOPLE)].split()
    contact = {"first_name": first_name, "last_name": last_name, "address": address}
    contact["email"] = f"{first_name}.{last_name}@{domain}.example".lower()
    CONTACTS.add(call, {**contact, "counterpart_id": made["id"]}, made["id"])
    if vendor:
        account = {"country": party.country, "currency": party.currency, "name": "Main"}
        BANK_ACCOUNTS.add(call, {**account, "counterpart_id": made["id"]}, made["id"])
    if party.country in ("DE", "AT", "NL", "FR"):
        vat_id = {"country": party.country, "value": f"{party.country}5550{number:05d}", "type": "eu_vat"}
        VAT_IDS.add(call, {**vat_id, "counterpart_id": made["id"]}, made["id"])
    return made


def _products(call: Call) -> dict[str, Document]:
    units = {name: MEASURE_UNITS.add(call, {"name": name}) for name in ("piece", "tray", "hour", "box")}
    found = {}
    for currency, rows in (("EUR", data.PRODUCTS), ("KWD", data.EXPORT_PRODUCTS)):
        for name, price, unit in rows:
            members = {"name": name, "price": {"value": price, "currency": currency}}
            found[name] = PRODUCTS.add(call, {**members, "measure_unit_id": units[unit]["id"]})
    return found


def _terms(call: Call) -> dict[int, Document]:
    found = {
        days: PAYMENT_TERMS.add(call, {"name": f"{days} days net", "term_final": {"number_of_days": days}})
        for days in (7, 14, 30)
    }
    PAYMENT_TERMS.add(
        call,
        {
            "name": "2 % within 10 days, 30 days net",
            "term_1": {"number_of_days": 10, "discount": 200},
            "term_final": {"number_of_days": 30},
        },
    )
    return found


def _reminders(call: Call) -> dict[str, Document]:
    final = {"days_before": 3, "subject": "Invoice {document_id} is due soon", "body": "Due on {due_date}."}
    terms = [
        {"days_after": days, "subject": f"Reminder: {{document_id}}, {days} days late", "body": "Please pay."}
        for days in (7, 21)
    ]
    return {
        "before": PAYMENT_REMINDERS.add(call, {"name": "Three days before", "term_final_reminder": final}),
        "after": OVERDUE_REMINDERS.add(call, {"name": "A week and three weeks late", "terms": terms}),
    }
