"""Placeholders take values from the notebook, and no value breaks out of its place."""

import contextlib
import json
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monite_magic.cell.line_words import partition
from monite_magic.cell.template import fill_json, fill_text
from monite_magic.core.environments import ENVIRONMENTS
from monite_magic.core.errors import RequestError, TemplateError
from monite_magic.core.masking import Secret
from monite_magic.core.sent import SentRequest
from monite_magic.session.response import MoniteResponse


@dataclass
class Invoice:
    id: str = "inv-1"
    items: str = "own"

    def send(self):
        raise AssertionError("a placeholder calls nothing")

    @property
    def broken(self):
        raise ZeroDivisionError


def answer(data):
    request = SentRequest("GET", "http://simulator.localhost/v1/x", "/x")
    content = json.dumps(data).encode()
    return MoniteResponse(
        request=request,
        status=200,
        headers={},
        content=content,
        elapsed=0.1,
        environment=ENVIRONMENTS["local"],
    )


NAMES = {
    "x": 5,
    "name": "Käse & Brot",
    "invoice": Invoice(),
    "row": {"id": "r1", "items": "key", "_hidden": "h", "a b": {"c": [10, 20]}, "empty": {}},
    "rows": [{"id": "a"}, {"id": "b"}],
    "series": pd.Series({"id": "s1"}),
    "_": answer({"data": [{"id": "first"}], "next_pagination_token": None}),
    "one": answer({"id": "only", "status": "draft"}),
    "secret": Secret("hush-hush"),
    "none": None,
    "Über": "unicode",
}


def text(template, place="option", **more):
    return fill_text(template, NAMES | more, place=place)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("{{ x }}", "5"),
        ("{{x}}", "5"),
        ("a{{ x }}b{{ x }}c", "a5b5c"),
        ("{{ invoice.id }}", "inv-1"),
        ("{{ row.id }}", "r1"),
        ("{{ row['id'] }}", "r1"),
        ('{{ row["id"] }}', "r1"),
        ("{{ row.items }}", "key"),
        ("{{ invoice.items }}", "own"),
        ("{{ row._hidden }}", "h"),
        ('{{ row["a b"].c[1] }}', "20"),
        ("{{ row['a b'].c[-1] }}", "20"),
        ("{{ rows[0].id }}", "a"),
        ("{{ rows [ 0 ] . id }}", "a"),
        ("{{ series.id }}", "s1"),
        ("{{ _.data[0].id }}", "first"),
        ("{{ one.id }}", "only"),
        ("{{ one.data.id }}", "only"),
        ("{{ one.status }}", "draft"),
        ("{{ _.status }}", "200"),
        ("{{ Über }}", "unicode"),
        (r"\{{ x }}", "{{ x }}"),
        (r"\\{{ x }}", "\\5"),
        (r"\\\{{ x }}", r"\{{ x }}"),
        (r"C:\a\{{ x }}", r"C:\a{{ x }}"),
        ("{x} $x }} { {", "{x} $x }} { {"),
    ],
)
def test_what_a_placeholder_stands_for(template, expected):
    assert text(template) == expected


@pytest.mark.parametrize(
    ("template", "column", "words"),
    [
        ("{{ y }}", 1, "Variable 'y' is not defined"),
        ("ab{{ invoic.id }}", 3, "Did you mean invoice"),
        ("{{ invoice.nope }}", 1, "no 'nope' in invoice, an Invoice"),
        ("{{ invoice._private }}", 1, "no '_private' in invoice"),
        ("{{ invoice.__class__ }}", 1, "no '__class__'"),
        ("{{ row.ida }}", 1, r"no 'ida' in row, which has id, items, _hidden, a b, empty .*Did you mean id"),
        ("{{ row.empty.x }}", 1, "no 'x' in row.empty, which is empty"),
        ("{{ rows[7] }}", 1, r"no 7 in rows, a list of 2"),
        ("{{ rows['a'] }}", 1, r"no 'a' in rows"),
        ("{{ x[0] }}", 1, "no 0 in x, an int"),
        ("{{ invoice.send }}", 1, "can't call functions"),
        ("{{ invoice.broken }}", 1, "can't be read: ZeroDivisionError"),
        ("{{ row['a b'].keys }}", 1, "can't call functions"),
        ("{{ rows }}", 1, "is a list"),
        ("{{ row }}", 1, "is an object"),
        ("{{ none }}", 1, "is None"),
        ("{{ secret }}", 1, "is a secret"),
        ("x {{ }}", 3, "{{ }} is not a placeholder"),
        ("{{ a + b }}", 1, "is not a placeholder"),
        ("{{ f() }}", 1, "is not a placeholder"),
        ("{{ 5 }}", 1, "is not a placeholder"),
        ("{{ a. }}", 1, "is not a placeholder"),
        ("{{ a[x] }}", 1, "is not a placeholder"),
        ("{{ a[1:2] }}", 1, "is not a placeholder"),
        ("{{ {{ x }} }}", 1, "is not a placeholder"),
        ("{{ x }", 1, "not closed"),
        ("{{ x", 1, "not closed"),
        ("{{", 1, "not closed"),
        ("{{{ x }}}", 1, "not a placeholder"),
        ("{{ x }} {{ y }}", 9, "Variable 'y' is not defined"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(template, column, words):
    with pytest.raises(TemplateError, match=words) as caught:
        text(template)
    assert (caught.value.line, caught.value.column) == (1, column)


def test_of_many_keys_the_first_are_named():
    row = {f"k{index}": index for index in range(9)}
    with pytest.raises(TemplateError, match="which has k0, k1, k2, k3, k4, k5, k6, k7, … "):
        text("{{ row.x }}", row=row)
    row.pop("k8")
    with pytest.raises(TemplateError, match="k6, k7 "):
        text("{{ row.x }}", row=row)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("a=b=c", ("a", "=", "b=c")),
        ("a", ("a", "", "")),
        ("={{ x }}", ("", "=", "{{ x }}")),
        ("{{ x['='] }}=1", ("{{ x['='] }}", "=", "1")),
        ("{{ x['='] }}", ("{{ x['='] }}", "", "")),
    ],
)
def test_partition_splits_outside_of_placeholders(words, parts):
    assert partition(words, "=") == parts


def test_line_and_column_start_where_told():
    with pytest.raises(TemplateError) as caught:
        fill_text("ab{{ y }}", {}, place="path", column=13)
    assert (caught.value.line, caught.value.column) == (1, 15)


def test_the_hint_tells_how_braces_are_written():
    with pytest.raises(TemplateError, match=r"write \\\{\{"):
        text("{{ 1 }}")


def test_a_missing_name_without_a_near_one_says_what_to_do():
    with pytest.raises(TemplateError, match=r"Set it in a cell above\. Nothing was sent"):
        text("{{ zzz }}")


# -- path, query, header ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a/b", "a%2Fb"),
        ("a?b#c", "a%3Fb%23c"),
        ("a b+c", "a%20b%2Bc"),
        ("é", "%C3%A9"),
        ("%2F", "%252F"),
        (7, "7"),
    ],
)
def test_a_value_is_one_segment_of_a_path(value, expected):
    assert text("/a/{{ v }}/z", "path", v=value) == f"/a/{expected}/z"


def test_an_empty_value_is_no_segment():
    with pytest.raises(TemplateError, match="empty"):
        text("/a/{{ v }}", "path", v="")


def test_an_empty_value_is_a_query_value():
    assert text("{{ v }}", "query", v="") == ""


@pytest.mark.parametrize("place", ["path", "query", "option"])
@pytest.mark.parametrize("half", [chr(0xD800), chr(0xDFFF)])
def test_half_a_character_is_refused(place, half):
    with pytest.raises(TemplateError, match="half a character"):
        text("{{ v }}", place, v=half)
    assert text("{{ v }}", v="\ud7ff\ue000") == "\ud7ff\ue000"


@pytest.mark.parametrize("place", ["path", "query", "option"])
def test_a_secret_stays_out(place):
    with pytest.raises(TemplateError) as caught:
        text("{{ secret }}", place)
    assert "hush" not in str(caught.value)


def test_a_secret_may_stand_in_a_header():
    assert text("{{ secret }}", "header") == "hush-hush"


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\n", "\r", "\x00", "\x7f"])
def test_a_header_value_stays_on_its_line(value):
    with pytest.raises(TemplateError, match="line break"):
        text("{{ v }}", "header", v=value)


def test_a_tab_may_stand_in_a_header():
    assert text("{{ v }}", "header", v="a\tb") == "a\tb"


@given(st.text(min_size=1))
def test_no_value_breaks_out_of_its_segment(value):
    try:
        path = fill_text("/a/{{ v }}/z", {"v": value}, place="path")
    except TemplateError:
        assert any("\ud800" <= character <= "\udfff" for character in value)
        return
    before, segment, after = path[1:].split("/")
    assert (before, after) == ("a", "z")
    assert unquote(segment) == value
    assert segment.isascii()
    assert not set(segment) & set("?#/\\ \r\n&=")


@given(st.text(), st.text())
def test_no_value_breaks_out_of_its_query_parameter(one, two):
    try:
        query = fill_text("a={{ one }}&b={{ two }}", {"one": one, "two": two}, place="query")
    except TemplateError:
        return
    assert parse_qsl(query, keep_blank_values=True) == [("a", one), ("b", two)]


@given(st.text())
def test_no_value_breaks_out_of_its_header(value):
    try:
        header = fill_text("{{ v }}", {"v": value}, place="header")
    except TemplateError:
        return
    assert len(header.splitlines()) <= 1 or all(c not in header for c in "\r\n\x00")
    assert header == value


# -- JSON ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"a": {{ x }}}', {"a": 5}),
        ('{"a": [{{ x }}, {{ rows }}]}', {"a": [5, [{"id": "a"}, {"id": "b"}]]}),
        ('{"a": "n° {{ x }} {{ name }}"}', {"a": "n° 5 Käse & Brot"}),
        ('{"a": {{ name }}}', {"a": "Käse & Brot"}),
        ('{"a": {{ none }}}', {"a": None}),
        ('{"{{ name }}": 1}', {"Käse & Brot": 1}),
        ('{{ row["a b"] }}', {"c": [10, 20]}),
        ('{"a": "{{ row["id"] }}"}', {"a": "r1"}),
        ('{"a": {{ secret }}, "b": "x {{ secret }}"}', {"a": "hush-hush", "b": "x hush-hush"}),
        (r'{"a": "\{{ x }}"}', {"a": "{{ x }}"}),
        (r'{"a": "\{{ x }}", "b": {{ x }}}', {"a": "{{ x }}", "b": 5}),
        (r'{"a": "\\{{ x }}"}', {"a": "\\5"}),
        (r'{"a": "\\\{{ x }}"}', {"a": "\\{{ x }}"}),
        ('{"a": {"b": {"c": {}}}}', {"a": {"b": {"c": {}}}}),
        ('{"a": {"b": {{ x }}}}', {"a": {"b": 5}}),
        ('{"a": "}} {b}"}', {"a": "}} {b}"}),
        ("{}", {}),
    ],
)
def test_bodies(body, expected):
    filled = fill_json(body, NAMES)
    assert filled.data == expected
    assert json.loads(filled.content) == expected


@pytest.mark.parametrize(
    ("body", "place", "words"),
    [
        ('{\n "a": {{ y }}\n}', (3, 7), "Variable 'y' is not defined"),
        ('{"a": "x {{ rows }}"}', (2, 10), "rows }} is a list"),
        ('{"a": "x {{ none }}"}', (2, 10), "None"),
        ('{"a": {{ nan }}}', (2, 7), "nan"),
        ('{"a": {{ thing }}}', (2, 7), "object"),
        ('{"a": {{"b": 1}}}', (2, 7), "is not a placeholder"),
        ('{"a": "Dear {{ first name }}"}', (2, 13), "is not a placeholder"),
        ('{"a": {{ x }},}', (2, 14), "Trailing comma"),
        ("{'a': {{ x }}}", (2, 2), "Single quotes"),
        ("[{{ x }}]", (2, 1), "not a JSON object"),
        ("\n {{ x }}", (3, 2), "not a JSON object"),
        ('"text"', (2, 1), "not a JSON object"),
    ],
)
def test_what_is_wrong_in_a_body_is_told_with_its_place(body, place, words):
    with pytest.raises(RequestError, match=words) as caught:
        fill_json(body, NAMES | {"nan": float("nan"), "thing": object()})
    assert (caught.value.line, caught.value.column) == place


def test_an_error_shows_no_secret():
    with pytest.raises(TemplateError) as caught:
        fill_json('{"a": {{ holder.nope }}}', {"holder": {"secret": Secret("hush-hush")}})
    assert "hush" not in str(caught.value)


def test_a_body_can_be_asked_for_places():
    body = fill_json('{\n  "lines": [{"price": {{ x }}}]\n}', NAMES)
    assert body.position(("lines", 0, "price")) == (3, 23)
    assert body.position(("lines", 0, "price"), of_key=True) == (3, 14)
    below = fill_json('{\n  "lines": [{"price": {{ x }}}]\n}', NAMES, first_line=5)
    assert below.position(("lines", 0, "price")) == (6, 23)


def test_a_text_in_a_body_stays_as_it_is_written():
    assert fill_json('{"a": "{{ name }}", "b": {{ name }}}', NAMES).text == (
        '{"a": "Käse & Brot", "b": "Käse & Brot"}'
    )


def test_half_a_character_becomes_an_escape():
    content = fill_json('{"a": {{ v }}, "b": "{{ v }}"}', {"v": "\ud800"}).content
    assert json.loads(content) == {"a": "\ud800", "b": "\ud800"}


def test_a_body_does_not_show_itself():
    shown = repr(fill_json('{"a": {{ secret }}, "b": "a note"}', NAMES))
    assert not any(words in shown for words in ("hush", "secret", "note"))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON_VALUES, st.text())
def test_no_value_breaks_out_of_its_place_in_a_body(value, words):
    body = fill_json('{"a": {{ value }}, "b": "<{{ words }}>", "c": 1}', {"value": value, "words": words})
    expected = {"a": value, "b": f"<{words}>", "c": 1}
    assert json.loads(body.content) == expected
    assert body.data == expected


@given(st.text(), st.dictionaries(st.text(), JSON_VALUES, max_size=3))
def test_filling_raises_nothing_but_request_errors(template, names):
    for place in ("path", "query", "header", "option"):
        with contextlib.suppress(TemplateError):
            fill_text(template, names, place=place)
    with contextlib.suppress(RequestError):
        fill_json(template, names)


@given(st.text(alphabet=" {}\\xyab.[]0'\"", max_size=30))
def test_filling_many_braces_raises_nothing_but_request_errors(template):
    names = {"x": {"a": 1}, "a": [1, 2], "y": "{{ x }}"}
    with contextlib.suppress(TemplateError):
        assert "{{ x }}" not in fill_text(template, {"x": 1}, place="option") or "\\" in template
        fill_text(template, names, place="option")
    with contextlib.suppress(RequestError):
        fill_json(template, names)


def test_a_value_with_braces_is_not_filled_again():
    names = {"x": "{{ y }}", "y": 1}
    assert fill_text("{{ x }}", names, place="option") == "{{ y }}"
    assert fill_json('{"a": {{ x }}, "b": "{{ x }}"}', names).data == {"a": "{{ y }}", "b": "{{ y }}"}


def test_a_row_that_a_frame_does_not_have_is_named_without_the_inside_of_pandas():
    frame = pd.DataFrame({"id": ["a"]})
    with pytest.raises(TemplateError, match=r"There is no 9 in df\.iloc \("):
        fill_text("{{ df.iloc[9].id }}", {"df": frame}, place="path")
    with pytest.raises(TemplateError, match="There is no 'nope' in df, a DataFrame"):
        fill_text("{{ df.nope }}", {"df": frame}, place="path")
