"""The words of a search: synonyms, words to ignore, the methods that verbs mean, and stems."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Everyday names -> names in the API, likeliest first.
THINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "account": ("account", "bank"),
    "audit": ("history",),
    "accountant": ("accounting",),
    "bill": ("payable",),
    "bookkeeping": ("accounting",),
    "branding": ("logo", "template"),
    "business": ("entity",),
    "buyer": ("counterpart",),
    "client": ("counterpart",),
    "company": ("entity", "counterpart"),
    "customer": ("counterpart",),
    "colleague": ("user",),
    "clerk": ("user",),
    "debt": ("uncollectible", "receivable"),
    "debtor": ("counterpart",),
    "deposit": ("payment",),
    "discount": ("discount", "payment", "term"),
    "dunning": ("reminder",),
    "employee": ("user",),
    "estimate": ("receivable",),
    "erp": ("accounting",),
    "expense": ("receipt", "payable"),
    "iban": ("bank",),
    "inbox": ("mailbox",),
    "kyc": ("onboarding",),
    "letterhead": ("document", "template"),
    "invoice": ("receivable",),
    "item": ("item", "product"),
    "offer": ("receivable",),
    "merchant": ("entity",),
    "organisation": ("entity",),
    "organization": ("entity",),
    "peppol": ("einvoicing",),
    "permission": ("role",),
    "person": ("person", "user"),
    "quickbook": ("accounting",),
    "xero": ("accounting",),
    "sku": ("product",),
    "staff": ("user",),
    "team": ("user",),
    "approver": ("approval",),
    "po": ("purchase",),
    "quote": ("receivable",),
    "recurring": ("recurrence",),
    "remind": ("reminder",),
    "report": ("analytics",),
    "right": ("role",),
    "statistic": ("analytics",),
    "subscription": ("subscription", "recurrence"),
    "supplier": ("counterpart",),
    "tax": ("vat", "tax"),
    "unit": ("measure",),
    "vendor": ("counterpart",),
    # German, where one word has several senses; `german` has the others
    "rechnung": ("receivable", "payable"),
    "beleg": ("payable", "receipt"),
}
# Other everyday words -> words in purposes, fields and filters.
DEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "add": ("create",),
    "change": ("change", "history"),
    "chase": ("reminder",),
    "deactivate": ("delete", "pause"),
    "disable": ("delete", "pause"),
    "owe": ("payable", "analytics"),
    "writeoff": ("uncollectible",),
    "email": ("mail", "send"),
    "forward": ("send",),
    "stop": ("cancel", "pause"),
    "enter": ("create",),
    "invite": ("create",),
    "late": ("overdue", "reminder"),
    "download": ("pdf", "export"),
    "pretend": ("simulate",),
    "print": ("pdf",),
    "settle": ("paid", "payment"),
    "refund": ("credit",),
    "withdraw": ("cancel",),
    "finalize": ("issue",),
    "finalise": ("issue",),
    "copy": ("clone",),
    "duplicate": ("clone",),
    "schedule": ("recurrence",),
    "repeat": ("recurrence",),
    "monthly": ("recurrence",),
    "all": ("list",),
    "edit": ("change",),
    "find": ("list", "search"),
    "get": ("list", "show"),
    "make": ("create",),
    "new": ("create",),
    "number": ("id", "number"),
    "mock": ("simulate",),
    "paid": ("paid", "payment"),
    "partial": ("partly",),
    "pay": ("paid", "payment"),
    "register": ("create",),
    "reject": ("reject", "decline"),
    "remove": ("delete",),
    "revert": ("cancel", "reject"),
    "revoke": ("revoke", "cancel"),
    "scan": ("ocr", "file"),
    "see": ("list", "show"),
    "suspend": ("pause", "delete"),
    "total": ("analytics",),
    "undo": ("cancel", "reject"),
    "unpaid": ("overdue", "waiting"),
    "update": ("change",),
    "upload": ("file",),
    "view": ("list", "show"),
    "void": ("cancel",),
}
SMALL_WORDS: Final = frozenset(
    {
        "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "by", "can", "cant", "could",
        "do", "does", "dont", "for", "from", "has", "have", "how", "i", "if", "in", "instead", "into", "is",
        "it", "its", "may", "me", "mine", "my", "of", "on", "onto", "or", "our", "out", "should", "so",
        "that", "the", "their", "them", "there", "they", "this", "to", "up", "want", "was", "we",
        "what", "when", "where", "which", "who", "why", "will", "with", "without", "would", "you",
        "your",
        # words for times and amounts, which are not in names of operations
        "ago", "already", "day", "euro", "ever", "every", "get", "hand", "just", "last", "later", "let",
        "many", "month", "more", "most", "much", "need", "now", "only", "over", "people", "please", "quarter",
        "still", "take", "than", "then", "thing", "today", "tomorrow", "two", "us", "use", "week", "year",
        "yesterday", "yet",
    }
)  # fmt: skip
_ENDINGS: Final = (
    "ations", "ation", "ments", "ment", "ings", "ing", "als", "al", "ates", "ate", "ies", "ied", "ed", "es",
    "ly", "s", "e", "y",
)  # fmt: skip
SHORTEST_STEM: Final = 3
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_WORD: Final = re.compile(r"[a-z0-9]+")
METHODS_OF: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("delete", "remove", "erase"), frozenset({"DELETE"})),
    **dict.fromkeys(("deactivate", "disable", "suspend"), frozenset({"DELETE", "POST"})),
    **dict.fromkeys(
        ("change", "edit", "update", "rename", "modify", "correct", "set", "replace", "give"),
        frozenset({"PATCH", "PUT"}),
    ),
    **dict.fromkeys(
        (
            "accept", "add", "approve", "cancel", "create", "decline", "draft", "email", "enter", "invite",
            "issue", "make", "mark", "new", "open", "pause", "pay", "post", "receive", "record", "register",
            "reject", "remind", "resume", "revert", "send", "split", "submit", "turn", "undo", "upload",
            "withdraw", "write",
        ),
        frozenset({"POST"}),
    ),
}  # fmt: skip


# Whom we sell to, and whom we buy from -> how the paths of the other side begin.
_OTHER_SIDE: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("buyer", "client", "customer", "debtor"), ("payable",)),
    **dict.fromkeys(("supplier", "vendor"), ("receivable",)),
}
_PLAIN_VERBS: Final = frozenset({"change", "create", "delete", "list", "search", "show"})
#: Everyday words that a mistyped one may mean.
EVERYDAY: Final = frozenset({*THINGS, *DEEDS, *METHODS_OF})


def other_side(words: Iterable[str]) -> str | None:
    """Return how the paths begin that the words are not about: a customer has nothing to do with payables.

    Args:
        words: The words of a search. None or both sides in them exclude nothing.
    """
    sides = {side for word in words for side in looked_up(word, _OTHER_SIDE)}
    return sides.pop() if len(sides) == 1 else None


def is_plain_verb(word: str) -> bool:
    """Whether a word says what to do, but nothing about with what: `add`, `show`."""
    return _PLAIN_VERBS.issuperset(looked_up(word, DEEDS) or (word,))


def is_small(word: str) -> bool:
    """Whether a word says too little to search for it."""
    return len(word) < 2 or word.isdigit() or word in SMALL_WORDS or singular(word) in SMALL_WORDS


def stem(word: str) -> str:
    """Return the stem of a word: `approv` of approve, approved and approval."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


def looked_up(word: str, table: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the words that a table has for a word or its singular."""
    return table.get(word) or table.get(singular(word), ())


def singular(word: str) -> str:
    """Return the singular of a regular noun."""
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def words_of(text: str) -> list[str]:
    """Return the words of a text: `e-invoice` is one, `can't` is `cant`, `vat_ids` are two."""
    return _WORD.findall(re.sub(r"['’-]", "", text.lower().translate(_UMLAUTS)).replace("_", " "))
