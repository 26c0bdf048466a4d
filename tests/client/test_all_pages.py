"""All pages of a list as one answer (`--all`), and lists that have no end."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import httpx
import pytest

from monite_magic import MoniteClient
from monite_magic.cell.reading import parse
from monite_magic.core.environments import find_environment
from monite_magic.core.errors import MoniteError, RequestError
from monite_magic.display import render
from monite_magic.session.paging import all_pages

ENVIRONMENT = find_environment(base_url="https://api.example.com/v1")


def client_of(*answers):
    """A client of a server that gives these answers in turn, and the last for ever."""
    left = list(answers)

    def answer(_):
        told = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(told, BaseException):
            raise told
        return httpx.Response(200, json=told)

    return MoniteClient(ENVIRONMENT, transport=httpx.MockTransport(answer))


def page(*rows, token=None):
    return {"data": list(rows), "next_pagination_token": token}


def all_of(*answers, method="GET"):
    client = client_of(*answers)
    session = SimpleNamespace(call=client.request, client=client, last=None)
    whole = all_pages(session, parse(f"{method} /tags").fill({}))
    assert session.last is None or session.last is whole
    return whole


def test_secrets_in_rows_stay_secrets():
    first, second = "canary-of-row-one", "canary-of-row-two"
    whole = all_of(
        page({"id": "a", "secret": first}, token="more"), page({"id": "b", "password": second, "secret": "x"})
    )
    assert [whole[0]["secret"].reveal(), whole[1]["password"].reveal()] == [first, second]
    assert first.encode() in whole.content
    shown = [*render(whole).values(), whole.text, repr(whole.data), pickle.dumps(whole).decode("latin-1")]
    assert not any("canary" in text for text in shown)


def test_a_page_that_is_no_list_is_returned_with_a_word_on_those_before():
    stopped = all_of(page(1, 2, token="more"), {"message": "closed for repairs"})
    assert stopped.data == {"message": "closed for repairs"}
    (note,) = stopped.notes
    assert note.text.startswith("2 rows from 1 page arrived before it")
    assert "-q pagination_token=more" in note.text


def test_what_is_no_list_at_all_is_returned_as_it_is():
    answer = all_of({"id": "a"})
    assert (answer.data, answer.notes) == ({"id": "a"}, ())


def test_an_interrupt_before_the_first_page_is_one():
    with pytest.raises(KeyboardInterrupt):
        all_of(KeyboardInterrupt())
    whole = all_of(page(1, token="more"), KeyboardInterrupt())
    assert (whole.items, whole.next_token) == ([1], "more")


def test_only_a_get_has_pages():
    with pytest.raises(RequestError, match="works only with GET"):
        all_of(page(1), method="POST")


def test_a_list_that_goes_round_in_circles_is_left():
    circle = [page(1, token="a"), page(2, token="b"), page(3, token="b")]
    with pytest.raises(MoniteError, match="the server sent the same pagination token again"):
        all_of(*circle)
    circling = client_of(*circle)
    with pytest.raises(MoniteError, match="the server sent the same pagination token again"):
        list(circling.get("/tags").pages(progress=False))
    seen = []
    with pytest.raises(MoniteError, match="the server sent the same pagination token again"):
        seen.extend(each.items for each in client_of(*circle).pages("/tags"))
    assert len(list(client_of(page(1, token="a"), page(2, token="b"), page(3)).pages("/tags"))) == 3


@pytest.mark.parametrize("tokens", ["ABAB", "ABCA"])
def test_what_came_of_a_list_without_end_is_kept(tokens):
    circle = [page({"id": f"r{at}"}, token=token) for at, token in enumerate(tokens)]
    client = client_of(*circle)
    session = SimpleNamespace(call=client.request, client=client, last=None)
    with pytest.raises(MoniteError, match=r"never ends.* has the [34] rows received so far") as problem:
        all_pages(session, parse("GET /tags").fill({}))
    came = len(tokens) if tokens == "ABCA" else 3
    assert [row["id"] for row in session.last] == [f"r{at}" for at in range(came)]
    assert problem.value.partial is session.last
    assert session.last.interrupted


def test_a_row_on_two_pages_is_there_once_as_it_came_last():
    whole = all_of(
        page({"id": "a", "name": "old"}, {"id": "b"}, {"name": "no ID"}, token="more"),
        page({"id": "a", "name": "new"}, {"name": "no ID"}, {"id": "c"}, token=""),
    )
    assert whole.items == [
        {"id": "a", "name": "new"},
        {"id": "b"},
        {"name": "no ID"},
        {"name": "no ID"},
        {"id": "c"},
    ]
    assert any("Removed 1 duplicate row." in note.text for note in whole.notes)
    assert whole.next_token is None


@pytest.mark.parametrize("token", [7, False, ["a"]])
def test_a_token_that_is_no_text_is_an_error(token):
    with pytest.raises(MoniteError, match=r"The pagination token of GET /tags is .*, not text"):
        all_of(page({"id": "a"}, token="more"), page({"id": "b"}, token=token))
