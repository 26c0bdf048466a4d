"""What a person holds after a call: its data by every accessor, and nothing that must not be kept."""

from __future__ import annotations

import json
import pickle

import pytest

from monite_magic.api.answer import ApiError
from monite_magic.core.environments import LOCAL
from monite_magic.core.errors import MoniteError, RequestError
from monite_magic.core.masking import Secret
from monite_magic.core.sent import SentRequest
from monite_magic.session.response import MoniteResponse


def make(data, *, status=200, headers=(), content_type="application/json"):
    """An answer as the client makes it."""
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return MoniteResponse(
        request=SentRequest("GET", LOCAL.base_url + "/tags", "/tags"),
        status=status,
        headers={"Content-Type": content_type, **dict(headers)},
        content=content,
        elapsed=0.25,
        environment=LOCAL,
        template="/tags",
    )


def test_an_object_by_its_fields():
    answer = make({"id": "a", "name": "urgent"})
    assert (answer["name"], answer.get("name"), answer.get("colour", "none")) == ("urgent", "urgent", "none")
    assert "name" in answer
    assert "colour" not in answer
    assert (len(answer), list(answer), answer.items) == (1, [answer.data], [answer.data])
    with pytest.raises(KeyError):
        answer["colour"]


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"data": rows}])
def test_a_list_by_its_rows(wrap):
    rows = [{"id": "a"}, {"id": "b"}, {"id": "c"}]
    answer = make(wrap(rows))
    assert (len(answer), list(answer), answer.items) == (3, rows, rows)
    assert (answer[0], answer[-1], answer[1:]) == (rows[0], rows[2], rows[1:])
    assert answer.is_list
    with pytest.raises(IndexError):
        answer[3]


def test_status_and_headers_in_any_case():
    answer = make({}, status=404, headers={"X-Request-Id": "r-1"})
    assert (answer.status, answer.reason, answer.ok, answer.elapsed) == (404, "Not Found", False, 0.25)
    assert answer.headers["X-Request-Id"] == answer.headers["x-request-id"] == answer.request_id == "r-1"
    assert "X-REQUEST-ID" in answer.headers
    assert answer.headers.get("Retry-After") is None
    assert answer.headers.get("Retry-After", "1") == "1"


def test_an_answer_is_true_whatever_its_status():
    assert make([], status=500)
    assert make(b"")


def test_a_status_of_400_or_above_is_raised_with_the_apis_words():
    answer = make({"error": {"message": "no such tag"}}, status=404)
    with pytest.raises(ApiError, match="GET /tags answered 404 Not Found: no such tag") as caught:
        answer.raise_for_status()
    assert caught.value.response is answer
    fine = make({})
    assert fine.raise_for_status() is fine


def test_an_error_says_the_beginning_of_what_the_api_said():
    choices = ", ".join(f"'{number:03}'" for number in range(250))
    answer = make({"detail": [{"loc": ["body", "country"], "msg": f"one of {choices}"}]}, status=422)
    said = str(answer.error())
    assert said.startswith("GET /tags answered 422 Unprocessable Entity: country: one of '000', ")
    assert said.endswith("…")
    assert len(said) < 400
    assert answer.message.endswith("'249'")


def test_no_field_crowds_out_the_others_in_an_error():
    detail = [{"loc": ["body", name], "msg": "one of " + "x, " * 90} for name in ("country", "currency")]
    said = str(make({"detail": detail}, status=422).error())
    assert "country: one of x, " in said
    assert "…; currency: one of x, " in said


def test_json_is_not_saved_under_the_name_of_a_table_that_save_does_not_write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RequestError, match="can't write") as caught:
        make({"data": []}).save("a.feather")
    assert "to_feather('a.feather')" in caught.value.hint
    assert not list(tmp_path.iterdir())
    assert make({"data": []}).save("a.json").read_bytes() == make({"data": []}).content


def test_what_is_no_json_is_text_and_bytes(tmp_path):
    answer = make(b"a,b\n1,\xff\n", content_type="text/csv; charset=utf-8")
    assert (answer.data, answer.is_json, answer.is_list) == (None, False, False)
    with pytest.raises(MoniteError, match="GET /tags answered 200 with a body that is not JSON"):
        assert answer.items
    assert (answer.content_type, answer.text, answer.content) == (
        "text/csv",
        "a,b\n1,\ufffd\n",
        b"a,b\n1,\xff\n",
    )
    assert answer.save(tmp_path / "x.csv").read_bytes() == b"a,b\n1,\xff\n"


def test_the_last_page_has_no_next():
    assert make({"data": [], "next_pagination_token": None}).next() is None
    assert [page.items for page in make({"data": [1]}).pages()] == [[1]]


def test_it_can_be_pickled_and_carries_no_secret():
    secret = Secret("canary-7d3f9a")
    answer = make({"client_secret": "canary-of-the-answer", "echo": secret.reveal()})
    assert answer["client_secret"].reveal() == "canary-of-the-answer"
    assert secret.reveal() not in answer.text
    stored = pickle.dumps(answer)
    assert b"canary" not in stored
    again = pickle.loads(stored)
    assert (again.status, again.headers, again["echo"]) == (200, answer.headers, answer["echo"])
    assert again.headers["CONTENT-TYPE"] == "application/json"


def test_a_secret_that_two_answers_hand_out_is_given_by_both():
    first = make({"secret": "canary-of-a-webhook", "url": "https://a.example"})
    assert first["secret"].reveal() == "canary-of-a-webhook"  # it lives from here on
    second = make({"data": [{"secret": "canary-of-a-webhook", "note": "it is canary-of-a-webhook"}]})
    assert second.items[0]["secret"].reveal() == "canary-of-a-webhook"
    assert "canary-of-a-webhook" not in second.text + second.items[0]["note"]
    assert first["secret"] == second.items[0]["secret"]


def test_a_field_for_secrets_does_not_repeat_the_secret_of_the_session():
    own = Secret("canary-client-secret")
    answer = make({"secret": "canary-client-secret", "access_token": "x-canary-client-secret-y"})
    assert own.reveal() not in str(answer.data) + answer.content.decode()
    assert own.reveal() not in answer["secret"].reveal() + answer["access_token"].reveal()


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/plain; charset=ISO-8859-1", "latin-1"),
        ('text/csv;charset="windows-1252"', "cp1252"),
        ("application/json; charset=iso-8859-15", "iso8859-15"),
        ("application/problem+json;charset=UTF-16", "utf-16"),
        ("text/xml; charset=utf-8", "utf-8"),
        ("text/plain", "utf-8"),
        ("text/plain; charset=no-such", "utf-8"),
    ],
)
def test_text_in_a_declared_charset_is_text(content_type, charset):
    answer = make('{"name": "Grünkern für Zoë"}'.encode(charset), content_type=content_type)
    assert answer.text == '{"name": "Grünkern für Zoë"}'
    assert answer["name"] == "Grünkern für Zoë"
    assert "Grünkern für Zoë" in answer._repr_mimebundle_()["text/plain"]


def test_bytes_that_are_no_text_stay_as_they_are():
    content = bytes(range(256))
    assert make(content, content_type="application/pdf; charset=iso-8859-1").content == content
