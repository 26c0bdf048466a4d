"""Secrets are found in all the ways that they are written; what can't be seen is shown."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import quote, quote_plus

import pytest

from monite_magic.core.environments import LOCAL
from monite_magic.core.masking import (
    MASK,
    Secret,
    mask_answer,
    mask_bytes,
    mask_json_fields,
    mask_multipart,
    mask_text,
    sealed_json,
    secrets_in,
)
from monite_magic.core.sent import SentRequest
from monite_magic.core.text import clean, one_line
from monite_magic.display import render
from monite_magic.display.style import escape
from monite_magic.session.response import MoniteResponse

VALUE = 'ü/Ü+= "\\ <&>'


def lower_escapes(text):
    return re.sub("%..", lambda match: match[0].lower(), text)


def answer_of(content, *, kind="application/json"):
    return MoniteResponse(
        request=SentRequest("POST", LOCAL.base_url + "/x", "/x"),
        status=200,
        headers={"Content-Type": kind},
        content=content,
        elapsed=0.1,
        environment=LOCAL,
    )


@pytest.mark.parametrize(
    "written",
    [
        VALUE,
        json.dumps(VALUE)[1:-1],
        json.dumps(VALUE, ensure_ascii=False)[1:-1],
        json.dumps(VALUE)[1:-1].replace("/", "\\/"),
        repr(VALUE)[1:-1],
        quote(VALUE, safe=""),
        lower_escapes(quote(VALUE, safe="")),
        quote_plus(VALUE),
        lower_escapes(quote_plus(VALUE)),
        html.escape(VALUE),
        html.escape(VALUE, quote=False),
        html.escape(VALUE).replace("&quot;", "&#34;"),
    ],
)
def test_a_secret_is_found_however_it_is_written(written):
    secret = Secret(VALUE)
    assert mask_text(f"a {written} b") == f"a {MASK} b"
    assert mask_bytes(f"a {written} b".encode()) == f"a {MASK} b".encode()
    del secret


def test_a_secret_is_found_before_it_is_escaped_for_a_page():
    secret = Secret("canary<of&a>page")
    assert escape(f"it is {secret.reveal()}.") == f"it is {MASK}."


def test_a_secret_that_is_a_part_of_another_leaves_no_rest():
    secrets = [Secret("canary-7d3f"), Secret("canary-7d3f-long"), Secret("more-canary-7d3f-long")]
    for secret in secrets:
        assert mask_text(f"a {secret.reveal()} b") == f"a {MASK} b"
        assert mask_bytes(f"a {secret.reveal()} b".encode()) == f"a {MASK} b".encode()


def test_an_answer_keeps_what_an_answer_gave_and_hides_what_the_session_sent():
    sent = Secret("canary-of-the-session")
    given = sealed_json(b'{"link_token": "canary-of-an-answer"}')
    answer = json.dumps(dict.fromkeys(("secret", "note"), "x canary-of-the-session canary-of-an-answer"))
    assert json.loads(mask_answer(answer.encode())) == {
        "secret": f"x {MASK} canary-of-an-answer",
        "note": f"x {MASK} {MASK}",
    }
    assert mask_answer(b'{"link_token": "another"}') == b'{"link_token": "another"}'
    del sent, given


def test_the_secret_fields_of_a_form_are_masked():
    def form(secret):
        parts = {"client_secret": secret, "note": "shown"}
        written = [
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\nX-Part: 1\r\n\r\n{value}\r\n'
            for name, value in parts.items()
        ]
        return ("".join(written) + "--b--\r\n").encode()

    assert mask_multipart(form("canary\r\n7d3f")) == form(MASK)
    assert mask_multipart(b"secret=canary") == b"secret=canary"


@pytest.mark.parametrize("name", ["connect_token", "link_token", "public_token", "session_token", "secret"])
def test_what_opens_a_session_is_a_secret(name):
    answer = answer_of(json.dumps({"data": {name: "canary-7d3f"}}).encode())
    assert answer["data"][name].reveal() == "canary-7d3f"
    assert not any("canary" in text for text in [answer.text, *render(answer).values()])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"secret": "can4ry', f'{{"secret": "{MASK}'),
        ('{"secret": "can\\"4ry', f'{{"secret": "{MASK}'),
        ('{"secret": "can\\\n4ry", "a": "b"', f'{{"secret": "{MASK}", "a": "b"'),
        ('{"secret": "can4ry", "a": "b', f'{{"secret": "{MASK}", "a": "b'),
        ('{"secret" : "', f'{{"secret" : "{MASK}'),
    ],
)
def test_a_secret_in_a_body_that_was_cut_is_not_shown(text, shown):
    assert mask_json_fields(text) == shown
    assert answer_of(text.encode()).text == shown


def test_a_secret_that_ends_with_half_an_escape_is_not_shown():
    assert "canary" not in mask_json_fields('{"secret": "canary\\')


def test_what_is_too_deep_to_be_searched_for_secrets_is_no_data():
    # How deep it may be depends on what has been called already: some of these can be read but not searched.
    for depth in (*range(700, 1000), 3_000, 50_000):
        answer = answer_of(b'{"secret":"canary-%d","a":' % depth * depth + b"1" + b"}" * depth)
        assert answer.data is None or answer["secret"].reveal() == f"canary-{depth}"
        assert "canary" not in answer.text


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("\u115f", "\\u115f"),
        ("\u1160", "\\u1160"),
        ("\u3164", "\\u3164"),
        ("\uffa0", "\\uffa0"),
        ("\u034f", "\\u034f"),
        ("\u180e", "\\u180e"),
        ("\U000e0000", "\\U000e0000"),
        ("\U000e0041", "\\U000e0041"),
        ("\U000e007f", "\\U000e007f"),
    ],
)
def test_characters_that_nobody_sees_are_shown(character, shown):
    assert clean(f"a{character}b") == one_line(f"a{character}b") == f"a{shown}b"


def test_characters_that_people_write_stay():
    text = "Ünïcode 한국어 日本語 ελληνικά עברית 👩‍👩‍👧 é\ne\u0301"
    assert clean(text) == text


def test_what_is_between_two_secret_fields_stays():
    text = '{"id": 1, "client_secret": "s-one-1", "name": "a", "password": 4711, "note": "b"}'
    dots = json.dumps(MASK, ensure_ascii=False)
    assert mask_json_fields(text) == text.replace('"s-one-1"', dots).replace("4711", dots)


def test_a_secret_that_is_neither_json_nor_utf_8_is_known_too():
    (secret,) = secrets_in(b'{"client_secret": "a\\q-\xff-canary"}')
    assert secret.reveal() == "a\\q-\ufffd-canary"


def escaped(text):
    return "".join(f"\\u{ord(character):04X}" for character in text)


def shown(answer):
    """All that an answer shows, as text."""
    bundle = render(answer)
    return [*bundle.values(), repr(answer.data), answer.text, repr(answer.content), answer.message or ""]


@pytest.mark.parametrize(
    "written",
    [
        json.dumps(VALUE)[1:-1].replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),  # Go
        escaped(VALUE),
        json.dumps(VALUE)[1:-1].replace("<", "\\u003C").replace("/", "\\/"),
    ],
)
def test_no_escape_of_json_hides_a_secret(written):
    secret = Secret(VALUE)
    content = f'{{"error": {{"message": "\\\\u003c \\u00e4 {written}"}}, "data": [["{written}"]]}}'.encode()
    answer = answer_of(content)
    assert answer.message == f"\\u003c ä {MASK}"
    assert answer.data["data"] == [[MASK]]
    for text in shown(answer):
        assert VALUE not in text
        assert written not in text
    del secret


def test_no_escape_in_a_name_hides_a_secret_field():
    answer = answer_of(
        b'{"client\\u005fsecret": "just-made-1", "a": {"acc\\u0065ss_t\\u006Fken": "just-made-2"}}'
    )
    assert answer.data["client_secret"].reveal() == "just-made-1"
    for text in [*render(answer).values(), answer.text, repr(answer.data)]:
        assert "just-made" not in text


def test_escapes_that_hide_nothing_stay_as_they_were_sent():
    content = b'{"name": "Fish \\u0026 Chips"}'
    assert answer_of(content).content == content


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/octet-stream"])
def test_no_charset_hides_a_secret(charset, kind):
    secret = Secret(VALUE)
    answer = answer_of(json.dumps({"note": VALUE}, ensure_ascii=False).encode(charset), kind=kind)
    for text in shown(answer):
        assert VALUE not in text
        assert repr(VALUE)[1:-1] not in text
    assert answer.data == ({"note": MASK} if kind != "application/octet-stream" else None)
    del secret


def test_a_file_that_looks_like_utf_16_stays_as_it_is():
    content = b"\0\1\0\2" + bytes(range(256))
    assert answer_of(content, kind="application/octet-stream").content == content


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_secrets_in_json_within_a_string_are_dots(separators):
    inner = json.dumps({"client_secret": "just-made-1", "a": {"name": "x"}}, separators=separators)
    twice = json.dumps({"body": json.dumps({"auth_password": "just-made-2"})}, separators=separators)
    answer = answer_of(json.dumps({"data": [{"id": "1", "body": inner, "more": [twice]}]}).encode())
    for text in [*render(answer).values(), answer.text, repr(answer.data), answer.df().to_csv()]:
        assert "just-made" not in text
    assert json.loads(answer[0]["body"]) == {"client_secret": MASK, "a": {"name": "x"}}


@pytest.mark.parametrize(
    "value",
    [
        ["just-made-1", "just-made-2"],
        {"value": "just-made-1", "more": [{"value": 'just-made-\\ " 2'}]},
        [["just-made-1"], 7, None, {"a": ["just-made-2"]}],
    ],
)
def test_a_secret_field_hides_the_strings_of_a_list_or_an_object(value):
    content = json.dumps({"id": "1", "token": value, "name": "shown"}).encode()
    answer = answer_of(content)
    for text in [*render(answer).values(), answer.text, repr(answer.data), answer.df().to_csv()]:
        assert "just-made" not in text
        assert "shown" in text
    assert {secret.reveal() for secret in secrets_in(content)} >= {"just-made-1"}
    assert json.loads(answer.text)["id"] == "1"
    assert b"just-made-1" in answer.content


def test_a_list_that_was_cut_in_a_secret_field_is_not_shown():
    assert "just-made" not in mask_json_fields('{"token": ["just-made-1", "just-made-2')
