"""Operations found by the words that people use: "pay a bill", "create a vendor with VAT number".

Each operation is known by its words: those of its path, of its purpose and group, and of what a list can be
filtered by and a body holds. Words are compared by their stems. A word counts the more, the fewer operations
have it and the nearer to the path it stands; an operation that has more of the words comes first.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from monite_magic.catalogue.fields import allowed_values, descend, fields
from monite_magic.catalogue.paths import is_placeholder
from monite_magic.jupyter.assist.phrases import purpose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monite_magic.catalogue import Catalogue, Operation

# What people call things -> what the API calls them, the likeliest first.
_THINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "bill": ("payable",),
    "buyer": ("counterpart",),
    "client": ("counterpart",),
    "company": ("entity", "counterpart"),
    "customer": ("counterpart",),
    "debt": ("uncollectible",),
    "dunning": ("reminder",),
    "email": ("mail",),
    "employee": ("user",),
    "estimate": ("receivable",),
    "iban": ("bank",),
    "invoice": ("receivable",),
    "item": ("item", "product"),
    "login": ("token",),
    "offer": ("receivable",),
    "permission": ("role",),
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
}
# What people say of them -> what purposes, fields and filters say.
_DEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "add": ("create",),
    "all": ("list",),
    "edit": ("change",),
    "find": ("list", "search"),
    "get": ("list", "show"),
    "make": ("create",),
    "new": ("create",),
    "number": ("id", "number"),
    "paid": ("paid", "payment"),
    "partial": ("partly",),
    "pay": ("paid", "payment"),
    "register": ("create",),
    "reject": ("reject", "decline"),
    "remove": ("delete",),
    "scan": ("ocr", "file"),
    "see": ("list", "show"),
    "total": ("analytics",),
    "unpaid": ("overdue", "waiting"),
    "update": ("change",),
    "upload": ("file",),
    "view": ("list", "show"),
    "void": ("cancel",),
}
_SMALL_WORDS: Final = frozenset(
    {
        "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "by", "can", "cant", "could",
        "do", "does", "dont", "for", "from", "has", "have", "how", "i", "if", "in", "into", "is", "it",
        "its", "may", "me", "mine", "my", "of", "on", "onto", "or", "our", "out", "should", "so",
        "that", "the", "their", "them", "there", "they", "this", "to", "up", "want", "was", "we",
        "what", "when", "where", "which", "who", "why", "will", "with", "without", "would", "you",
        "your",
    }
)  # fmt: skip
_ENDINGS: Final = (
    "ations", "ation", "ments", "ment", "ings", "ing", "als", "al", "ates", "ate", "ies", "ied", "ed", "es",
    "ly", "s", "e", "y",
)  # fmt: skip
_SHORTEST_STEM: Final = 3
_WORD: Final = re.compile(r"[a-z0-9]+")
# How much a word counts: in the path, in the purpose, among the fields and filters;
_PATH, _SAID, _INSIDE = 1.0, 0.8, 0.3
# in another form (approval for approve), in the person's own sense, or with its beginning alone.
_OTHER_FORM, _OWN_SENSE, _BEGINNING = 0.9, 0.6, 0.5
_FAR_BELOW_THE_BEST: Final = 0.4


class Found(NamedTuple):
    """What a search found.

    Attributes:
        operations: The best first.
        unknown: The words that no operation has.
        also: What was searched for, and the API's word for it.
    """

    operations: tuple[Operation, ...]
    unknown: tuple[str, ...]
    also: tuple[tuple[str, str], ...]


def search(catalogue: Catalogue, text: str) -> Found:
    """Return the operations that some words speak of, the best first.

    Args:
        catalogue: The catalogue in use.
        text: Words in any order and case; those like `the`, quotes and marks mean nothing. Or the beginning
            of a path: `/payables`.
    """
    if text.startswith("/"):
        below = tuple(each for each in catalogue.operations if each.path.startswith(text))
        if below:
            return Found(below, (), ())
    index = _index(catalogue)
    said = list(dict.fromkeys(_words(text)))
    wanted = [word for word in said if word not in _SMALL_WORDS and len(word) > 1] or said
    scores = dict.fromkeys(index, 0.0)
    counts = dict.fromkeys(index, 0)
    unknown, also = [], []
    for word in wanted:
        matches = _matches(index, word)
        if not matches:
            unknown.append(word)
            continue
        if thing := _looked_up(word, _THINGS):
            also.append((word, thing[0]))
        rarity = math.log(1 + len(index) / len(matches))
        for operation, weight in matches.items():
            scores[operation] += weight * rarity
            counts[operation] += 1
    for operation, count in counts.items() if wanted else ():
        # Of two that have the same words, the one that stands nearer to the root is meant.
        scores[operation] *= count / len(wanted) / (1 + 0.04 * index[operation].length)
    least = _FAR_BELOW_THE_BEST * max(scores.values())
    hits = [each for each in index if scores[each] >= least > 0]
    hits.sort(key=lambda operation: -scores[operation])
    return Found(tuple(hits), tuple(unknown), tuple(also))


def stem(word: str) -> str:
    """Return the part of a word that its forms share: `approv` of approve, approved and approval."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


class _Entry(NamedTuple):
    weights: dict[str, float]  # word or stem -> how much it counts
    length: int  # of its path in segments, and of the resource's name in words


@lru_cache(maxsize=4)
def _index(catalogue: Catalogue) -> dict[Operation, _Entry]:
    """The words of each operation."""
    return {operation: _entry(catalogue, operation) for operation in catalogue.operations}


def _entry(catalogue: Catalogue, operation: Operation) -> _Entry:
    literals = [segment for segment in operation.segments if not is_placeholder(segment)]
    places = [
        (_INSIDE, _inside(catalogue, operation)),
        (_SAID, (operation.method, operation.tag, purpose(operation))),
        (_PATH, literals),
    ]
    weights: dict[str, float] = {}
    for weight, words in places:
        for word in _words(" ".join(words)):
            for form, likeness in _forms(word).items():
                weights[form] = max(weights.get(form, 0.0), weight * likeness)
    return _Entry(weights, len(operation.segments) + len(_words(literals[0])))


def _forms(word: str) -> dict[str, float]:
    """A word's singular and its stem."""
    return {stem(word): _OTHER_FORM, _singular(word): 1.0}


def _inside(catalogue: Catalogue, operation: Operation) -> Iterator[str]:
    """What a list can be filtered by, and what a body holds."""
    for parameter in operation.query_parameters:
        if parameter.name == "status":
            yield from map(str, allowed_values(catalogue, parameter.schema))
    if operation.body:
        yield from fields(descend(catalogue, operation.body.schema, ()))


def _matches(index: dict[Operation, _Entry], word: str) -> dict[Operation, float]:
    """How much a word counts for each operation that has it, or else its beginning."""
    meant = _looked_up(word, _THINGS) or _looked_up(word, _DEEDS)
    forms = _forms(word)
    if meant:
        forms = {form: likeness * _OWN_SENSE for form, likeness in forms.items()}
        forms |= {form: likeness for each in meant for form, likeness in _forms(each).items()}
    matches = {
        operation: max(entry.weights.get(form, 0.0) * weight for form, weight in forms.items())
        for operation, entry in index.items()
    }
    found = {operation: weight for operation, weight in matches.items() if weight}
    if found or len(word) < _SHORTEST_STEM:
        return found
    beginnings = {
        operation: max(
            (weight for each, weight in entry.weights.items() if each.startswith(word)), default=0.0
        )
        for operation, entry in index.items()
    }
    return {operation: _BEGINNING * weight for operation, weight in beginnings.items() if weight}


def _looked_up(word: str, table: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return table.get(word) or table.get(_singular(word), ())


def _singular(word: str) -> str:
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def _words(text: str) -> list[str]:
    """The words of a text: `e-invoice` is one, `can't` is `cant`, `vat_ids` are two."""
    return _WORD.findall(re.sub(r"['’-]", "", text.lower()).replace("_", " "))
