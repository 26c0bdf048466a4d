"""Two JSON values are compared by structure."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monite_magic.history import VOLATILE, diff


def changes(before, after, **options):
    return [str(change) for change in diff(before, after, **options)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, ["~ a: 1 -> 2"]),
        ({"a": 1}, {}, ["- a: 1"]),
        ({}, {"a": None}, ["+ a: None"]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, ["~ a.b[1]: 2 -> 3"]),
        ([1, 2], [1], ["- [1]: 2"]),
        ([1], [1, 2], ["+ [1]: 2"]),
        (1, 2, ["~ (root): 1 -> 2"]),
        ({"a": 1}, [1], ["~ (root): {'a': 1} -> [1]"]),
        ({"a": True}, {"a": 1}, ["~ a: True -> 1"]),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": None}, {"a": False}, ["~ a: None -> False"]),
        ({"b": 1, "a": 1}, {"a": 2, "b": 2}, ["~ b: 1 -> 2", "~ a: 1 -> 2"]),
    ],
)
def test_changes(before, after, expected):
    assert changes(before, after) == expected


def test_rows_are_compared_by_their_id():
    before = {"data": [{"id": "a", "n": 1}, {"id": "b", "n": 2}, {"id": "c", "n": 3}]}
    after = {"data": [{"id": "z", "n": 0}, {"id": "a", "n": 1}, {"id": "c", "n": 4}]}
    assert changes(before, after) == [
        "- data[1]: {'id': 'b', 'n': 2}",
        "+ data[0]: {'id': 'z', 'n': 0}",
        "~ data[2].n: 3 -> 4",
    ]


@pytest.mark.parametrize("rows", [[{"id": "a"}, {"id": "a"}], [{"id": "a"}, 1], [{"id": None}, {"id": "b"}]])
def test_rows_without_ids_of_their_own_are_compared_by_position(rows):
    after = copy.deepcopy(rows)
    after[0] = {"id": "q"}
    assert [change.path for change in diff(rows, after)] == ["[0].id"]


@pytest.mark.parametrize(
    ("ignore", "expected"),
    [
        ((), ["id", "created_at", "data[0].amount", "data[0].updated_at"]),
        (("id",), ["created_at", "data[0].amount", "data[0].updated_at"]),
        (("volatile",), ["id", "data[0].amount"]),
        (("volatile", "id"), ["data[0].amount"]),
        (("data.*.amount",), ["id", "created_at", "data[0].updated_at"]),
        (("data.0.amount", "*_at"), ["id"]),
        (("data",), ["id", "created_at"]),
        (("amoun",), ["id", "created_at", "data[0].amount", "data[0].updated_at"]),
    ],
)
def test_ignored_fields(ignore, expected):
    before = {"id": 1, "created_at": "x", "data": [{"amount": 1, "updated_at": "x"}]}
    after = {"id": 2, "created_at": "y", "data": [{"amount": 2, "updated_at": "y"}]}
    assert [change.path for change in diff(before, after, ignore=ignore)] == expected


def test_volatile_names_are_ignored_wherever_they_stand():
    for name in VOLATILE:
        assert diff({"a": [{name: 1}]}, {"a": [{name: 2}]}, ignore=["volatile"]) == []


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "a", "b"]), inner, max_size=3)
    ),
    max_leaves=15,
)


@given(JSON_VALUES)
def test_a_value_does_not_differ_from_itself(value):
    assert diff(value, copy.deepcopy(value)) == []


@given(JSON_VALUES, JSON_VALUES)
def test_a_diff_is_the_same_both_ways(before, after):
    there, back = diff(before, after), diff(after, before)
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}
    assert sorted(change.kind for change in there) == sorted(opposite[change.kind] for change in back)
