"""Facts that every room needs are written once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import monite_magic
from monite_magic import Secret
from monite_magic.cell import MAGICS
from monite_magic.core.words import counted, either, plural, shorten
from monite_magic.history import FORMS

PACKAGE = Path(monite_magic.__file__).parent

#: What is written once -> where, and how it looks.
ONCE = {
    "methods": ("core/methods.py", r"""["']PUT["'], ["'](PATCH|DELETE)["']"""),
    "uuids": ("catalogue/formats.py", r"\{8\}\(?\??:?-\[0-9a-f|\[0-9a-fA-F-\]\{36\}"),
    "plurals": (
        "core/words.py",
        (
            r"""noun if number == 1|["']s["'] if|["']["'] if .* else ["']s["']"""
            r"""|"(\w+)" if [^"]* else "\1s"|== 1 else f"\{\w+\}s\""""
        ),
    ),
    "formats": ("catalogue/quick_jsonschema.py", r"FormatChecker\("),
    "header names": ("core/environments.py", r"""["']x-monite-(version|entity-id)["']"""),
}
#: Files of other tools are written for Monite alone; a rule is named after the header that it is about.
ELSEWHERE = {
    "history/exchange/cells.py", "history/exchange/sdk_code.py", "history/exchange/bruno_import.py",
    "history/exchange/header_words.py", "simulator/rules/entities.py", "jupyter/explorer/cells.py",
}  # fmt: skip


@pytest.mark.parametrize("magic", ["monite", "monite_history"])
def test_every_export_format_can_be_chosen(magic):
    options = {option.flags[0]: option for option in MAGICS[magic].options}
    assert options["--as"].choices == tuple(FORMS)


@pytest.mark.parametrize("name", ONCE)
def test_a_fact_has_one_place(name):
    place, pattern = ONCE[name]
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if re.search(pattern, path.read_text("utf-8"), re.IGNORECASE)
    }
    assert found - ELSEWHERE == {place}


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [
        (1, "row", "1 row"),
        (0, "row", "0 rows"),
        (2_000, "row", "2,000 rows"),
        (2, "address", "2 addresses"),
        (3, "more column", "3 more columns"),
        (5, "box", "5 boxes"),
    ],
)
def test_numbers_with_their_noun(number, noun, words):
    assert counted(number, noun) == words
    assert number == 1 or words.endswith(plural(noun))


def test_a_cut_is_no_longer_than_asked_for_and_shows_no_half_of_a_secret():
    secret = Secret("canary-that-is-cut-in-half")
    text = f"before {secret.reveal()} after"
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abc def", 5) == "abc…"
    assert "canary" not in shorten(text, 15)
    assert len(shorten("x" * 100, 30)) == 30


@pytest.mark.parametrize(
    ("words", "said"), [(["a"], "a"), (["a", "b"], "a or b"), (iter("abc"), "a, b or c")], ids=["1", "2", "3"]
)
def test_alternatives(words, said):
    assert either(words) == said
