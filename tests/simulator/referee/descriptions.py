"""The sentences of the vendor's descriptions that may hold a rule which no schema does.

    python tests/simulator/referee/descriptions.py DOCUMENT...      # those that are not classified yet

`descriptions.json` classifies each by a digest of its words, so that we keep none of the text:

- `enforced`: the simulator does so; `by` is the beginning of a row of its rules, or `schema`;
- `not simulable`: it is about banks, networks or people whom the simulator doesn't have;
- `no rule`: nothing can be refused for it: a definition, advice, what a member means.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CLASSES = ("enforced", "not simulable", "no rule")
KNOWN = Path(__file__).with_name("descriptions.json")

# Words that a rule is written with.
_WORDS = re.compile(
    r"\b(must|only|cannot|can['’]?t|can not|requir(?:e|es|ed)|exclusive|exclusively|mandatory|not allowed"
    r"|may not|should|shouldn['’]t|needs?|has to|have to|forbidden|prohibited|never|at least|at most|unless"
    r"|not (?:possible|supported|permitted)|up to|no more than|unique|immutable|read-only|maximum|minimum"
    r"|stops?|prevents?|until|no longer|except|restricted|invalid)\b",
    re.IGNORECASE,
)
_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*\-\[(])|\s+[-*]\s+")
_NOT_PROSE = frozenset(["example", "examples", "enum", "default"])
# Paths that are not the API of partners.
_LEFT_OUT = ("/portal/", "/internal/")


def sentences(document: Any) -> dict[str, str]:
    """Each sentence that may hold a rule, and the first place where it is."""
    found: dict[str, str] = {}
    for place, text in _descriptions(document, ()):
        for sentence in _END.split(" ".join(text.split())):
            if _WORDS.search(sentence):
                found.setdefault(sentence.strip(), place)
    return found


def digest(sentence: str) -> str:
    """What stands for a sentence in our file."""
    return hashlib.sha256(sentence.encode()).hexdigest()[:16]


def known() -> dict[str, dict[str, str]]:
    """What is known of sentences, by their digests."""
    return dict(json.loads(KNOWN.read_text()))


def _descriptions(node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for index, part in enumerate(node):
            yield from _descriptions(part, (*path, str(index)))
    if not isinstance(node, dict):
        return
    for name, part in node.items():
        if name in ("description", "summary") and isinstance(part, str):
            yield " ".join(path), part
        elif name not in _NOT_PROSE and not name.startswith(_LEFT_OUT):
            yield from _descriptions(part, (*path, name))


def main(documents: list[str]) -> int:
    """Print what is not classified yet."""
    classified = known()
    count = 0
    for document in documents:
        for sentence, place in sentences(json.loads(Path(document).read_text())).items():
            if digest(sentence) not in classified:
                print(f"{digest(sentence)}  {place}\n    {sentence}")
                count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
