"""Where a cursor stands in JSON that is being typed."""

from __future__ import annotations

import random

import pytest

from monite_magic.jupyter.assist.json_place import place_at


def at(text):
    return place_at(text.replace("|", "", 1), text.index("|"))


@pytest.mark.parametrize(
    ("text", "role", "path", "fragment"),
    [
        ("|", "value", (), ""),
        ("{|", "key", (), ""),
        ('{"|', "key", (), '"'),
        ('{"cur|', "key", (), '"cur'),
        ("{cur|", "key", (), "cur"),
        ('{"a": |', "value", ("a",), ""),
        ('{"a": "x|"}', "value", ("a",), '"x'),
        ('{"a": tr|', "value", ("a",), "tr"),
        ('{"a": {{ x|', "value", ("a",), "{{ x"),
        ('{"a": "{{ x["y|', "value", ("a",), '"{{ x["y'),
        ('{"a": "x"|}', "none", (), ""),
        ("{}|", "none", (), ""),
        ('{"a": 1, |', "key", (), ""),
        ('{"a": {"b": [1, {"c": |', "value", ("a", "b", 1, "c"), ""),
        ('{"l": ["a", "b|', "value", ("l", 1), '"b'),
        ('{"l": [{"a": 1}, {|', "key", ("l", 1), ""),
        ('{"a": {"x": 1}, "b|', "key", (), '"b'),
    ],
)
def test_role_path_and_fragment(text, role, path, fragment):
    place = at(text)
    assert (place.role, place.path, place.fragment) == (role, path, fragment)


def test_what_stands_before_and_after_is_read_without_what_is_typed():
    place = at('{"a": 1, "cur|, "b": {"c": "d"}}')
    assert place.data == {"a": 1, "b": {"c": "d"}}
    place = at('{"type": "org|", "name": "x"}')
    assert place.data == {"name": "x"}


def test_missing_commas_and_brackets():
    place = at('{"a": 1\n "b": [1, 2\n "c": 3}\n"d|')
    assert place.data["a"] == 1
    assert at('{"a": {"b": 1}\n "c|').path == ()
    assert at('{"a": [1, 2}, "c|').path == ()


def test_the_quote_and_the_colon_that_follow():
    assert at('{"cur|"}').closed
    assert not at('{"cur|').closed
    assert at('{"cur|rency": 1}').followed
    assert at('{"cur|rency": 1}').word == "currency"
    assert not at('{"cur|, "a": 1}').closed


def test_placeholders_are_values():
    assert at('{"a": {{ x }}, "b": "{{ y["k"] }}", |').data == {"a": "{{ x }}", "b": '{{ y["k"] }}'}


def test_any_text_is_survived():
    chance = random.Random(1)
    for _ in range(3000):
        text = "".join(chance.choice('{}[],:"\\ \nab1{{}}') for _ in range(chance.randint(0, 30)))
        place = place_at(text, chance.randint(0, len(text)))
        assert place.role in ("key", "value", "none")
