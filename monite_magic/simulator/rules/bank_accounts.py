"""The bank accounts of an entity. Verifications are a stand-in and always succeed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.simulator.answers import invalid, problem
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "bank account verifications", "No bank is contacted: verifications succeed immediately.", "unverified"
)
behaviour(
    "POST /bank_accounts", "The first account in a currency is the default for that currency.", "unverified"
)


behaviour(
    "POST /bank_accounts",
    "EUR needs iban. GBP and USD need holder, number and sort_code or routing_number. Other currencies "
    "need iban, or a number with one of the two. bic needs iban. Otherwise: 422. African countries are "
    "exempt.",
    "documented",
)

#: The required members by currency: all members of one of these groups.
_NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "EUR": (("iban",),),
    "GBP": (("account_holder_name", "account_number", "sort_code"),),
    "USD": (("account_holder_name", "account_number", "routing_number"),),
}
_NEEDED_ELSEWHERE = (("iban",), ("account_number", "sort_code"), ("account_number", "routing_number"))
_AFRICA = frozenset(
    [
        "AO",
        "BF",
        "BI",
        "BJ",
        "BW",
        "CD",
        "CF",
        "CG",
        "CI",
        "CM",
        "CV",
        "DJ",
        "DZ",
        "EG",
        "EH",
        "ER",
        "ET",
        "GA",
        "GH",
        "GM",
        "GN",
        "GQ",
        "GW",
        "KE",
        "KM",
        "LR",
        "LS",
        "LY",
        "MA",
        "MG",
        "ML",
        "MR",
        "MU",
        "MW",
        "MZ",
        "NA",
        "NE",
        "NG",
        "RE",
        "RW",
        "SC",
        "SD",
        "SH",
        "SL",
        "SN",
        "SO",
        "SS",
        "ST",
        "SZ",
        "TD",
        "TG",
        "TN",
        "TZ",
        "UG",
        "YT",
        "ZA",
        "ZM",
        "ZW",
    ]
)


def _check_members(account: Document) -> None:
    """Refuse an account without the members that its currency requires with 422."""
    if account.get("bic") and not account.get("iban"):
        invalid(problem(["body", "iban"], "Required with bic.", "missing"))
    if account["country"] in _AFRICA:
        return
    groups = _NEEDED.get(account["currency"], _NEEDED_ELSEWHERE)
    missing = [[name for name in group if not account.get(name)] for group in groups]
    if all(missing):
        text = f"Required for an account in {account['currency']}."
        if len(groups) > 1:
            text = f"{text[:-1]}, if there is neither another number nor an IBAN."
        invalid(*(problem(["body", name], text, "missing") for name in missing[0]))


class EntityBankAccounts(Resource):
    """The bank accounts of an entity."""

    kind = "entity_bank_account"
    path = "/bank_accounts/{bank_account_id}"
    permission = "entity_bank_account"
    creator = "was_created_by_user_id"
    event = "entity_bank_account"

    def prepare(self, call: Call, document: Document) -> None:
        """Keep one default account per currency."""
        others = self.all(call, currency=document["currency"])
        if not others:
            document["is_default_for_currency"] = True
        elif document.get("is_default_for_currency"):
            self._unset(call, others)

    def _create(self, call: Call) -> Document:
        _check_members(call.body)
        return super()._create(call)

    def make_default(self, call: Call) -> Document:
        """Make the account of the call the default for its currency."""
        document = self.find(call)
        others = self.all(call, currency=document["currency"])
        self._unset(call, [other for other in others if other["id"] != document["id"]])
        document["is_default_for_currency"] = True
        return self.save(call, document)

    def _unset(self, call: Call, accounts: list[Document]) -> None:
        for account in accounts:
            if account.get("is_default_for_currency"):
                self.save(call, {**account, "is_default_for_currency": False})


ENTITY_BANK_ACCOUNTS = EntityBankAccounts().serve("list", "create", "read", "update", "delete")


@ENTITY_BANK_ACCOUNTS.operation("POST", "make_default", may="update")
def make_default(call: Call) -> Document:
    """Make an account the default for its currency."""
    return ENTITY_BANK_ACCOUNTS.make_default(call)


def _verified(call: Call) -> Document:
    now = call.clock.timestamp()
    return {"airwallex_plaid": {"status": "verified", "created_at": now, "updated_at": now}}


@ENTITY_BANK_ACCOUNTS.list_operation("POST", "start_verification", may="create", status="unverified")
def start_verification(call: Call) -> Document:
    """Start the verification of a new account."""
    return _link_token(call)


def _link_token(call: Call) -> Document:
    """Return a link for the verification. It leads nowhere."""
    return {**call.body, "airwallex_plaid": {**call.body["airwallex_plaid"], "link_token": "simulated"}}


@ENTITY_BANK_ACCOUNTS.list_operation("POST", "complete_verification", may="create", status="unverified")
def complete_verification(call: Call) -> Document:
    """Add a verified account."""
    entity = call.entity()
    account = ENTITY_BANK_ACCOUNTS.add(
        call,
        {
            "country": entity["address"]["country"],
            "currency": "USD" if entity["address"]["country"] == "US" else "EUR",
            "bank_name": "Simulated Bank",
            "display_name": "Verified account (simulated)",
            "_verified": True,
        },
    )
    return {
        **account,
        "bank_account_id": account["id"],
        "is_default": account.get("is_default_for_currency", False),
        "verifications": _verified(call),
    }


@ENTITY_BANK_ACCOUNTS.operation("POST", "refresh_verification", may="update", status="unverified")
def refresh_verification(call: Call) -> Document:
    """Verify an account again."""
    ENTITY_BANK_ACCOUNTS.find(call)
    return _link_token(call)


@ENTITY_BANK_ACCOUNTS.operation("POST", "complete_verification", may="update", status="unverified")
def complete_refresh(call: Call) -> Document:
    """Mark an account as verified."""
    account = ENTITY_BANK_ACCOUNTS.find(call)
    account["_verified"] = True
    ENTITY_BANK_ACCOUNTS.save(call, account)
    return {"verifications": _verified(call)}


@ENTITY_BANK_ACCOUNTS.operation("GET", "verifications", may="read", status="unverified")
def read_verifications(call: Call) -> Document:
    """The verifications of an account."""
    account = ENTITY_BANK_ACCOUNTS.find(call)
    return _verified(call) if account.get("_verified") else {}
