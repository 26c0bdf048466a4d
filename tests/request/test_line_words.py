"""The line is split as a shell would split it, and placeholders are never split."""

import pytest

from monite_magic.cell.line_words import is_silenced, split_words
from monite_magic.core.errors import RequestError


def words(line):
    return [word.text for word in split_words(line)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", []),
        ("   ", []),
        ("GET /x", ["GET", "/x"]),
        ("  GET\t /x  ", ["GET", "/x"]),
        ("-H 'Accept: text/csv'", ["-H", "Accept: text/csv"]),
        ('-q name="two words"', ["-q", "name=two words"]),
        ("""-q "it's" 'say "hi"'""", ["-q", "it's", 'say "hi"']),
        ("'' \"\"", ["", ""]),
        (r"--file f=C:\dir\file.pdf", ["--file", r"f=C:\dir\file.pdf"]),
        (r"'C:\dir\'", ["C:\\dir\\"]),
        ("GET /x  # why", ["GET", "/x"]),
        ("# all of it", []),
        ("GET /x#part", ["GET", "/x#part"]),
        ("-q color='#fff'", ["-q", "color=#fff"]),
        ("'# text'", ["# text"]),
    ],
)
def test_words(line, expected):
    assert words(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("GET /x;", ["GET", "/x"]),
        ("GET /x ;", ["GET", "/x"]),
        ("GET /x ; # quiet", ["GET", "/x"]),
        (";", []),
        ("-q 'a;'", ["-q", "a;"]),
        ("-q a=';'", ["-q", "a=;"]),
        ("-q 'a';", ["-q", "a"]),
        ("GET /x;y", ["GET", "/x;y"]),
        ("GET /x;;", ["GET", "/x;"]),
    ],
)
def test_the_semicolon_that_silences_output_is_no_word(line, expected):
    assert words(line) == expected
    assert is_silenced(line) == (line not in {"-q 'a;'", "-q a=';'", "GET /x;y"})


def test_a_line_that_cannot_be_split_silences_nothing():
    assert not is_silenced("GET '/x;")


@pytest.mark.parametrize(
    "placeholder",
    [
        "{{ x }}",
        "{{x}}",
        '{{ x["a b"] }}',
        "{{ x['a b'].c[0] }}",
        '{{ x["#"] }}',
        "{{ x[';'] }}",
        "{{ a.b }}",
    ],
)
@pytest.mark.parametrize("frame", ["%s", "/a/%s/b", "'%s'", '"%s"', "q=%s", "'a %s b'"])
def test_a_placeholder_is_one_piece(placeholder, frame):
    (word,) = words(frame % placeholder)
    assert word == (frame % placeholder).strip("'\"")


def test_two_placeholders_are_two_pieces():
    assert words("{{ a }} {{ b }}") == ["{{ a }}", "{{ b }}"]
    assert words("{{ a }}-{{ b }}") == ["{{ a }}-{{ b }}"]


def test_escaped_braces_open_no_placeholder():
    assert words(r"a\{{ b }}") == [r"a\{{", "b", "}}"]
    assert words(r"a\\{{ b }}") == [r"a\\{{ b }}"]


def test_an_unclosed_placeholder_ends_with_the_line():
    assert words("GET /a/{{ b c -q 'd") == ["GET", "/a/{{ b c -q 'd"]


def test_start_is_where_the_text_begins():
    starts = [(word.start, word.quoted) for word in split_words("GET  '/x y' -q a='b c'")]
    assert starts == [(0, False), (6, True), (12, False), (15, False)]


@pytest.mark.parametrize(
    ("line", "column"),
    [("GET '/x", 14), ('GET "', 14), ("GET /a'b", 16), ("GET \"it's", 14), ("'{{ x }}", 10)],
)
def test_an_unclosed_quote_is_named_with_its_place(line, column):
    with pytest.raises(RequestError, match=r"quote . is not closed") as caught:
        split_words(line, offset=9)
    assert (caught.value.line, caught.value.column) == (1, column)
