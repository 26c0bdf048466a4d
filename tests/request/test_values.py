"""Python values are written as JSON and as text in one plain way, or refused."""

import enum
import json
import uuid
from collections import OrderedDict, UserDict, UserList
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import PurePosixPath

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monite_magic.cell.values import Unwritable, to_json, to_text
from monite_magic.core.environments import ENVIRONMENTS
from monite_magic.core.masking import Secret
from monite_magic.core.sent import SentRequest
from monite_magic.session.response import MoniteResponse


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Word(enum.StrEnum):
    YES = "yes"


def answer(content):
    request = SentRequest("GET", "http://simulator.localhost/v1/x", "/x")
    return MoniteResponse(
        request=request,
        status=200,
        headers={},
        content=content,
        elapsed=0.1,
        environment=ENVIRONMENTS["local"],
    )


AN_ID = uuid.UUID("12345678123456781234567812345678")
UTC_NOON = datetime(2024, 5, 25, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (0, 0),
        (-1.5, -1.5),
        ('a"b\\c\n\u2028é', 'a"b\\c\n\u2028é'),
        ([1, (2, [])], [1, [2, []]]),
        ({"a": {"b": 1}}, {"a": {"b": 1}}),
        (OrderedDict(a=1), {"a": 1}),
        (UserDict(a=1), {"a": 1}),
        (UserList([1]), [1]),
        (range(3), [0, 1, 2]),
        (date(2024, 5, 25), "2024-05-25"),
        (UTC_NOON, "2024-05-25T12:30:00+00:00"),
        (time(12, 30), "12:30:00"),
        (AN_ID, str(AN_ID)),
        (Color.RED, "red"),
        (Level.HIGH, 3),
        (Word.YES, "yes"),
        ({Color.RED: 1}, {"red": 1}),
        (PurePosixPath("/a/b"), "/a/b"),
        (Secret("hush-hush"), "hush-hush"),
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("x"), "x"),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array(7), 7),
        (np.datetime64("2024-05-25"), "2024-05-25"),
        (np.datetime64("2024-05-25T12:00:00.000000001"), "2024-05-25T12:00:00.000000001"),
        (pd.Timestamp("2024-05-25"), "2024-05-25T00:00:00"),
        (pd.Series([1, 2]), [1, 2]),
        (pd.Series(["a"]), ["a"]),
        (answer(b'{"id": "x"}'), {"id": "x"}),
        (answer(b"[1]"), [1]),
    ],
)
def test_json(value, expected):
    assert json.loads(to_json(value)) == expected


def test_true_is_not_one():
    assert to_json([True, 1, 1.0]) == "[true, 1, 1.0]"


@pytest.mark.parametrize("digits", ["0.1", "12345678901234567890.123456789", "1E+3", "-0.00"])
def test_a_decimal_keeps_its_digits(digits):
    assert to_json({"rate": Decimal(digits)}) == f'{{"rate": {digits}}}'


class Loop(dict):
    pass


LOOP = Loop()
LOOP["me"] = LOOP


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("-Infinity"),
        np.float64("nan"),
        pd.NaT,
        pd.NA,
        np.datetime64("NaT", "s"),
        np.timedelta64(1, "s"),
        timedelta(1),
        1j,
        b"x",
        {1, 2},
        object(),
        print,
        {1: 2},
        {None: 2},
        LOOP,
        pytest.param(10**5000, id="long"),
        pd.DataFrame({"a": [1]}),
        pd.Series([1.0, float("nan")]),
        answer(b""),
        answer(b"<html>"),
        [object()],
    ],
)
def test_what_json_does_not_know_is_refused(value):
    with pytest.raises(Unwritable):
        to_json(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a b", "a b"),
        ("", ""),
        (5, "5"),
        (True, "true"),
        (False, "false"),
        (0.25, "0.25"),
        (AN_ID, str(AN_ID)),
        (date(2024, 5, 25), "2024-05-25"),
        (Color.RED, "red"),
        (Level.HIGH, "3"),
        (Word.YES, "yes"),
        (Decimal("0.10"), "0.10"),
        (np.int64(3), "3"),
        (np.str_("x"), "x"),
    ],
)
def test_text(value, expected):
    assert to_text(value, reveal=False) == expected


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "None"),
        ([1], "a list"),
        ((1,), "a list"),
        ({"a": 1}, "an object"),
        (answer(b'{"a": 1}'), "an object"),
        (float("nan"), "nan"),
        (b"x", "bytes"),
    ],
)
def test_what_is_not_one_value_is_no_text(value, problem):
    with pytest.raises(Unwritable, match=problem):
        to_text(value, reveal=True)


def test_a_secret_is_text_only_where_it_may_be_seen():
    secret = Secret("hush-hush")
    assert to_text(secret, reveal=True) == "hush-hush"
    with pytest.raises(Unwritable, match="secret") as caught:
        to_text(secret, reveal=False)
    assert "hush" not in str(caught.value)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_json_round_trip(value):
    assert json.loads(to_json(value)) == value
