"""The status line, the notes, and the cards that other magics show."""

import os
import shutil

import pytest

from monite_magic.api.answer import Note
from monite_magic.display import Raw, panel, render, render_status_line, table

RATE = {"RateLimit-Limit": "30", "RateLimit-Remaining": "7"}


@pytest.mark.parametrize("show", [render, render_status_line])
def test_the_status_line(show, answer, options, read_html):
    options.width = 200
    bundle = show(answer({}, query="?limit=2", headers=RATE))
    words = [
        "200 OK", "GET /payables?limit=2", "local (simulated)", "42 ms", "2 bytes", "request id request-1",
        "rate limit: 7 of 30 calls left",
    ]  # fmt: skip
    assert bundle["text/plain"].split("\n")[0] == " · ".join(words)
    html = read_html(bundle["text/html"]).text
    assert all(word in html for word in words)


def test_the_status_line_breaks_where_the_terminal_ends(answer, options):
    options.width = 40
    lines = render_status_line(answer({}, headers=RATE))["text/plain"].strip().split("\n")
    assert len(lines) > 2
    assert all(len(line) <= 40 for line in lines)


@pytest.mark.parametrize(
    ("env", "headers", "words"),
    [
        ("sandbox", {}, "sandbox"),
        ("eu", {}, "eu (PRODUCTION)"),
        ("us", {}, "us (PRODUCTION)"),
        # The environment says so, never a header of the answer.
        ("eu", {"X-Monite-Simulator": "0.1"}, "eu (PRODUCTION)"),
    ],
)
def test_where_an_answer_came_from_is_said_in_words(env, headers, words, answer):
    for shown in render_status_line(answer({}, env=env, headers=headers)).values():
        assert words in shown


@pytest.mark.parametrize(
    ("seconds", "size", "words"),
    [
        (0.0004, 1, "0 ms · 1 byte"),
        (0.9, 999, "900 ms · 999 bytes"),
        (1.25, 1_234, "1.2 s · 1.2 kB"),
        (61, 20_000_000, "61.0 s · 20.0 MB"),
    ],
)
def test_time_and_size(seconds, size, words, answer):
    response = answer(content=b"0" * size, content_type="text/plain", elapsed=seconds)
    assert words in render_status_line(response)["text/plain"]


def test_nonsense_in_the_rate_limit_is_left_out(answer):
    shown = render_status_line(answer({}, headers={"RateLimit-Limit": "many", "RateLimit-Remaining": "7"}))
    assert "rate limit" not in shown["text/plain"]


def test_notes_stand_above_the_answer(answer, text):
    notes = (Note("Odd field.", "warning", 3, 5), Note("Renewed."), Note("Old.", "warning", 2))
    shown = text(answer({"name": "x"}, notes=notes)).split("\n")
    assert shown[2:5] == [
        "warning: Odd field. (line 3, column 5)",
        "note: Renewed.",
        "warning: Old. (line 2)",
    ]
    assert shown[5].startswith("name")


def test_many_notes_are_counted(answer, text):
    assert "5 more notes: .notes" in text(answer({}, notes=(Note("x"),) * 25))


def test_a_panel(options, read_html):
    options.width = 60
    shown = panel(
        "Session", [("environment", "local"), ("token", None)], notes=["All is well."], code="%monite_login"
    )
    assert repr(shown).split("\n") == [
        "Session",
        "environment  local",
        "token",
        "All is well.",
        "    %monite_login",
    ]
    html = read_html(shown._repr_mimebundle_()["text/html"])
    assert "environment" in html.text
    assert html.all("pre")


def test_long_values_of_a_panel_are_broken_into_lines(options):
    options.width = 40
    lines = repr(panel("T", [("label", "word " * 20)])).split("\n")
    assert all(len(line) <= 40 for line in lines)
    assert lines[2].startswith("       word")


def test_a_table(options):
    options.width = 60
    shown = repr(
        table(["call", "ms"], [["GET /payables", 12], ["POST /tags", None]], title="History", right=["ms"])
    )
    assert shown.split("\n") == [
        "History",
        "call           ms",
        "─────────────  ──",
        "GET /payables  12",
        "POST /tags",
    ]


def test_a_table_without_rows():
    assert repr(table(["a"], [])) == "There are none."


def test_a_table_that_has_no_room_says_so(options):
    options.width = 100
    shown = table(
        ["a", "b"], ([i, "x" * 50] for i in range(2_000)), whole="history.calls"
    )._repr_mimebundle_()
    for text in shown.values():
        assert "of 2,000 rows are shown. All of them: history.calls." in text


def test_raw_masks_secrets_by_name(answer):
    response = answer({"access_token": "abcdefghijkl", "name": "x"})
    for shown in Raw(response)._repr_mimebundle_().values():
        assert "abcdefghijkl" not in shown
        assert "200 OK" in shown


def test_the_terminal_decides_the_width(options, monkeypatch):
    monkeypatch.setattr(shutil, "get_terminal_size", lambda fallback: os.terminal_size((33, 24)))
    assert options.text_width == 33
    options.width = 120
    assert options.text_width == 120
