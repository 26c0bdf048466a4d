import pytest

from monite_magic.cell.expect import read_expect
from monite_magic.core.errors import RequestError


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("422", {422}, {421, 423, 200}),
        ("4xx", {400, 422, 499}, {399, 500}),
        ("4XX", {400, 499}, {500}),
        ("200,404", {200, 404}, {201, 403}),
        ("2xx, 404", {200, 299, 404}, {300, 403}),
        ("100,599", {100, 599}, {101, 600}),
    ],
)
def test_statuses(text, inside, outside):
    expect = read_expect(text)
    assert all(status in expect for status in inside)
    assert not any(status in expect for status in outside)
    assert str(expect) == text


@pytest.mark.parametrize(
    "text", ["", "ok", "4x", "44", "4444", "600", "099", "200,", ",", "2xx-4xx", "-422", "४२२"]
)
def test_what_names_no_status_is_told(text):
    with pytest.raises(RequestError, match="Invalid value for --expect") as caught:
        read_expect(text, column=7)
    assert (caught.value.line, caught.value.column) == (1, 7)
