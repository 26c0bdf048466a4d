"""Each mistake in a body is told with its line and column, and what to write instead."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monite_magic.cell.json_text import outline, read_json
from monite_magic.core.errors import RequestError


def mistake_in(text):
    try:
        read_json(text, source=text, first_line=2)
    except RequestError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        # commas
        ('{"a": 1,}', 2, 8, "Trailing comma before `}`"),
        ('{\n  "a": 1,\n  "b": [1, 2,\n  ]\n}', 4, 13, "Trailing comma before `]`"),
        ('{"a": 1 "b": 2}', 2, 8, "Missing comma"),
        ('{\n  "a": 1\n  "b": 2\n}', 3, 9, "Missing comma"),
        ('{"a": [1 2]}', 2, 9, "Missing comma"),
        ('{"a": [{} {}]}', 2, 10, "Missing comma"),
        ('{"a": {{ x }} "b": 1}', 2, 14, "Missing comma"),
        ('{"a": 1,, "b": 2}', 2, 9, "Expected a key, but found `,`"),
        ('{, "a": 1}', 2, 2, "Expected a key, but found `,`"),
        ('{"a": [1,,2]}', 2, 10, "Missing value before `,`"),
        ('{"a": 1; "b": 2}', 2, 8, "Unexpected `;` after a value"),
        # quotes
        ("{'a': 1}", 2, 2, "Single quotes"),
        ("{\"a\": 'x'}", 2, 7, "Single quotes"),
        ('{“a”: 1}', 2, 2, "Typographic quotes"),
        ('{"a": “x”}', 2, 7, "Typographic quotes"),
        ('{"a": "x}\n', 2, 7, "Unterminated string"),
        ('{"a": "x\n y"}', 2, 7, "Unterminated string"),
        ('{"a": "x', 2, 7, "Unterminated string"),
        ('{"a": "say "hi" now"}', 2, 13, "Missing comma"),
        ('{"a": """x\ny"""}', 2, 7, 'Triple quotes'),
        # words
        ('{"a": True}', 2, 7, "Write true"),
        ('{"a": False}', 2, 7, "Write false"),
        ('{"a": None}', 2, 7, "Write null"),
        ('{"a": TRUE}', 2, 7, "Write true"),
        ('{"a": undefined}', 2, 7, "Write null"),
        ('{"a": yes}', 2, 7, "Write true"),
        ('{"a": paid}', 2, 7, 'Write "paid", or {{ paid }}'),
        ('{"a": information}', 2, 7, 'Write "information"'),
        ('{"a": nancy}', 2, 7, 'Write "nancy"'),
        ('{"a": -nan}', 2, 7, "-nan is not a JSON number"),
        ('{"a": truely}', 2, 7, "Missing quotes"),
        ("{a: 1}", 2, 2, 'quotes around the key a'),
        ('{"a": 1, b: 2}', 2, 10, "quotes around the key b"),
        ("{{ x }}: 1", 2, 8, "after the end"),
        ("{ {{ x }}: 1}", 2, 3, "Expected a key"),
        # numbers
        ('{"a": NaN}', 2, 7, "NaN is not a JSON number"),
        ('{"a": nan}', 2, 7, "nan is not a JSON number"),
        ('{"a": Infinity}', 2, 7, "Infinity is not a JSON number"),
        ('{"a": -Infinity}', 2, 7, "-Infinity is not a JSON number"),
        ('{"a": 01}', 2, 7, "leading zeros"),
        ('{"a": +1}', 2, 7, "plus sign"),
        ('{"a": .5}', 2, 7, "both sides of the point"),
        ('{"a": -.5}', 2, 7, "both sides of the point"),
        ('{"a": 5.}', 2, 7, "both sides of the point"),
        ('{"a": 1_000}', 2, 7, "underscores"),
        ('{"a": 1,000}', 2, 9, "thousands separators"),
        ('{"a": 5%}', 2, 7, "5% is not a JSON number"),
        ('{"a": 2024-05-25}', 2, 7, "2024-05-25 is not a JSON number"),
        ('{"a": 0x1F}', 2, 7, "0x1F is not a JSON number"),
        ('{"a": -}', 2, 7, "- is not a JSON number"),
        ('{"a": 10:30}', 2, 7, "10:30 is not a JSON number"),
        ('{"a": %s}' % ("9" * 5000), 2, 7, "5000 digits"),
        # comments and invisible characters
        ('{"a": 1 // one\n}', 2, 9, "Comments are not allowed"),
        ('{"a": 1, # one\n}', 2, 10, "Comments are not allowed"),
        ('/* x */ {"a": 1}', 2, 1, "Comments are not allowed"),
        ('{"a":\u00a01}', 2, 6, "U\\+00A0"),
        ('\ufeff{"a": 1}', 2, 1, "U\\+FEFF"),
        ('{"a": "x\ty"}', 2, 9, r"Tab .* \\t"),
        ('{"a": "x\x00y"}', 2, 9, "U\\+0000"),
        # brackets
        ('{"a": 1', 2, 1, "`{` is not closed"),
        ('{\n "a": {"b": 1\n', 3, 7, "`{` is not closed"),
        ('{"a": [1, 2', 2, 7, r"`\[` is not closed"),
        ('{"a": [', 2, 7, r"`\[` is not closed"),
        ('{"a": [1,', 2, 7, r"`\[` is not closed"),
        ("{", 2, 1, "`{` is not closed"),
        ('{"a": [1, 2}', 2, 12, r"Expected `\]` to close `\[` from line 2, column 7, but found `}`"),
        ('{"a": 1]', 2, 8, r"Expected `}` to close `{` from line 2, column 1, but found `\]`"),
        ('{"a": 1}}', 2, 9, "Extra `}`"),
        ('{"a": 1}\n{"b": 2}', 3, 1, "after the end of the body"),
        ('{"a": 1};', 2, 9, "after the end of the body"),
        ('{"a": 1} and so on', 2, 10, "after the end of the body: and so on"),
        ('{"a": ' + "[" * 200_000 + "]" * 200_000 + "}", 2, 207, "deeper than 200"),
        # colons
        ('{"a" 1}', 2, 6, "Missing colon"),
        ('{"a" = 1}', 2, 6, "Unexpected `=` after"),
        ('{"a"}', 2, 5, "Missing colon"),
        ('{"a"', 2, 5, 'Missing value for "a"'),
        ('{"a":', 2, 6, "Missing value at the end"),
        ('{"a":}', 2, 6, "Missing value before `}`"),
        ('{"a": "b": 1}', 2, 10, "Unexpected `:` after a value"),
        ("{: 1}", 2, 2, "Expected a key, but found `:`"),
        # escapes
        (r'{"a": "C:\dir"}', 2, 10, r"\\d is not a valid JSON escape"),
        (r'{"a": "\u12g4"}', 2, 8, r"\\u is not a valid JSON escape"),
        # twice
        ('{"a": 1, "a": 2}', 2, 10, 'Duplicate key "a"'),
        ('{"a": 1, "\\u0061": 2}', 2, 10, 'Duplicate key "a"'),
        ('{"a": {"b": 1,\n"b": 2}}', 3, 1, 'Duplicate key "b"'),
        # nothing like JSON
        ("", 2, 1, "empty"),
        (" \n ", 2, 1, "empty"),
        ("hello", 2, 1, "Missing quotes"),
        ("%time", 2, 1, "Expected a value, but found `%`"),
        # what documents print
        ('{"a": ...}', 2, 7, "^... is not valid JSON: something was left out here"),
        ('{"a": 1, …}', 2, 10, "^… is not valid JSON: something was left out here"),
        ('{"a": [1, ...]}', 2, 11, "Write what it stands for, or remove it"),
        ('{"a": <the id>}', 2, 7, "<the id> stands for a value .*Write the value, or {{ the_id }} for"),
        ('{"a": <1st class>}', 2, 7, "or {{ value_1st_class }} for"),
        ('{"a": <class>}', 2, 7, "or {{ class_ }} for"),
        ('{"a": $ID}', 2, 7, r"\$ID stands for a value .*{{ ID }}"),
        ("name=x", 2, 1, "Missing quotes"),
    ],
)  # fmt: skip
def test_mistakes(text, line, column, words):
    error = mistake_in(text)
    assert (error.line, error.column) == (line, column), str(error)
    assert re.search(words, str(error))


def test_what_is_shown_of_a_long_text_is_cut():
    assert "x" * 29 + "…" in str(mistake_in('{"a": ' + "x" * 31 + "}"))
    assert "around " + "x" * 30 + " (" in str(mistake_in('{"a": ' + "x" * 30 + "}"))
    assert str(mistake_in('{"a": 1} b\nc')).startswith("Unexpected text after the end of the body: b (")


def test_places_count_from_the_given_line():
    with pytest.raises(RequestError) as caught:
        read_json("{\n'a'}", source="{\n'a'}", first_line=10)
    assert (caught.value.line, caught.value.column) == (11, 1)


def test_a_mistake_that_only_the_filled_text_has_is_told_without_a_column():
    with pytest.raises(RequestError, match="duplicate key 'x'") as caught:
        read_json('{"x": 1, "x": 2}', source='{"{{ a }}": 1, "{{ b }}": 2}', first_line=2)
    assert caught.value.column is None


def test_good_json_is_read():
    assert read_json('{"a": [1, 2.5e3, "x", true, null]}', source="", first_line=2) == {
        "a": [1, 2500.0, "x", True, None]
    }


def test_outline_knows_where_each_value_stands():
    seen = outline('{\n  "a": {"b": [10, {{ x }}]},\n  "c": "t {{ y.z }} \\{{"\n}')
    assert seen.position(()) == (2, 1)
    assert seen.position(("a",)) == (3, 8)
    assert seen.position(("a",), of_key=True) == (3, 3)
    assert seen.position(("a", "b")) == (3, 14)
    assert seen.position(("a", "b", 1)) == (3, 19)
    assert seen.position(("a", "b", 1), of_key=True) == (3, 19)
    assert seen.position(("a", "b", 7, "q")) == (3, 14)
    assert seen.position(("nope",)) == (2, 1)
    assert [(spot.reference, spot.in_string) for spot in seen.spots] == [
        ("x", False),
        ("y.z", True),
        (None, True),
    ]


def test_single_braces_in_text_are_text():
    assert outline('{"a": "{b} {c"}').spots == []


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=25,
)


def has_braces(value):
    return "{{" in json.dumps(value)


@given(st.dictionaries(st.text(), JSON_VALUES), st.sampled_from([None, 1, 4]), st.booleans())
def test_all_json_is_accepted_by_the_outline(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    if "{{" in text:
        return
    seen = outline(text)
    assert seen.values[()] == 0


@given(st.dictionaries(st.text(), JSON_VALUES), st.sampled_from([None, 1, 4]), st.booleans())
def test_every_value_is_found_at_its_place(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    if "{{" in text:
        return
    places = outline(text).values
    decode = json.JSONDecoder().raw_decode
    for path, there in walk(value):
        assert decode(text, places[path])[0] == there


def walk(value, path=()):
    """Yield every value inside with its path, the whole first."""
    yield path, value
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield from walk(inner, (*path, key))


PIECES = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"',
        "'",
        "\\",
        '"a"',
        '"b"',
        "1",
        "-",
        ".5",
        "01",
        "true",
        "True",
        "null",
        "NaN",
        "{{ x }}",
        "{{",
        "}}",
        "\\{{",
        " ",
        "\n",
        "\t",
        "//",
        "#",
        "é",
        "\xa0",
        "�",
        "\x00",
        "1e9",
        "e",
        "+",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=40))
def test_the_outline_agrees_with_pythons_parser(text):
    """A text without placeholders is JSON for both or for neither."""
    try:
        outline(text)
        accepted = True
    except RequestError:
        accepted = False
    if "{{" in text:
        return
    error = mistake_in(text)
    assert accepted == (error is None), text
    assert error is None or error.column is not None, text


@given(st.dictionaries(st.text(min_size=1), JSON_VALUES, min_size=1), st.data())
def test_a_broken_body_is_always_told_with_its_place(value, data):
    text = json.dumps(value, indent=data.draw(st.sampled_from([None, 2])), ensure_ascii=False)
    at = data.draw(st.integers(0, len(text) - 1))
    broken = text[:at] + data.draw(PIECES | st.just("")) + text[at + 1 :]
    if "{{" in broken:
        return
    if error := mistake_in(broken):
        assert 2 <= error.line <= 2 + broken.count("\n")
        assert error.column is not None
