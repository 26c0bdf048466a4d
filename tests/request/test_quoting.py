"""What is quoted for a line is read back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monite_magic.cell.line_words import escape_braces, quote_word, split_words
from monite_magic.cell.template import fill_text


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("/x?a=1", "/x?a=1"),
        ("", "''"),
        ("a b", "'a b'"),
        ("it's", '"it\'s"'),
        ('it\'s "so"', "'it'\"'\"'s \"so\"'"),
        ("--all", "'--all'"),
        ("#x", "'#x'"),
        ("x;", "'x;'"),
        ("{{ x }}", "'{{ x }}'"),
        (r"C:\dir", r"C:\dir"),
    ],
)
def test_words(text, quoted):
    assert quote_word(text) == quoted
    (word,) = split_words(quoted)
    assert word.text == text


@given(st.text() | st.text(alphabet="{}\\'\" #;-ax"))
def test_any_text_comes_back(text):
    (word,) = split_words(quote_word(escape_braces(text)))
    assert fill_text(word.text, {}, place="option") == text
    assert word.quoted or not word.text.startswith("-")
