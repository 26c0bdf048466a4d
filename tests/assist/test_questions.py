"""Questions in people's words: the right answer is the first or the second."""

from __future__ import annotations

import re

import pytest
from questions import NOTHING, QUESTIONS

from monite_magic import catalogue
from monite_magic.cell.arguments import read_line
from monite_magic.cell.options import MAGICS
from monite_magic.jupyter.assist import help_page
from monite_magic.jupyter.assist.german import in_english
from monite_magic.jupyter.assist.search import search
from monite_magic.jupyter.assist.topics import ALSO_SAID, TOPICS, Topic


def answers(question):
    hits = search(catalogue.load(), question).hits
    return [hit.command if isinstance(hit, Topic) else str(hit) for hit in hits]


def is_right(answer, right):
    """An operation is whole, a command may go on."""
    is_operation = right.partition(" ")[0].isupper()
    return answer == right if is_operation else answer.lstrip("_").removeprefix("monite_magic.").startswith(
        right.removeprefix("answer").removeprefix("monite_magic.")
    )  # fmt: skip


def test_nearly_all_questions_have_their_answer_first_or_second():
    missed = [
        question
        for question, right in QUESTIONS
        if not any(is_right(answer, each) for answer in answers(question)[:2] for each in right)
    ]
    assert len(QUESTIONS) >= 60
    assert len(missed) <= 0.05 * len(QUESTIONS), missed


@pytest.mark.parametrize("question", [question for question in NOTHING if "play" not in question])
def test_what_nothing_is_about_is_said(question):
    assert answers(question) == []
    assert "Nothing found." in help_page(question)._repr_mimebundle_()["text/plain"]


@pytest.mark.parametrize("question", ["create a blockchain", "show me the moon", "Kostenstelle anlegen"])
def test_a_verb_alone_finds_nothing(question):
    assert answers(question) == []


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("delte a tag", "DELETE /tags/{tag_id}"),
        ("aprove bil", "POST /payables/{payable_id}/approve_payment_operation"),
        ("overdu reminders", "GET /overdue_reminders"),
    ],
)
def test_a_misspelled_verb_or_a_short_word_is_understood(question, right):
    assert answers(question)[0] == right


def test_a_customer_has_nothing_to_do_with_payables_and_a_supplier_with_receivables():
    assert "POST /receivables" in answers("credit note for a customer")[:2]
    assert "GET /payable_credit_notes" in answers("credit notes from suppliers")[:2]


def test_how_much_asks_and_how_do_i_wants_something_done():
    assert answers("how do I send an invoice")[0] == "POST /receivables/{receivable_id}/send"
    assert answers("how many bills are waiting for approval")[0].startswith("GET ")


def test_a_question_is_answered_by_a_read_and_a_wish_by_a_write():
    assert answers("which counterparts are there")[0].startswith("GET /counterparts")
    assert answers("create a counterpart")[0] == "POST /counterparts"
    assert answers("delete a counterpart")[0] == "DELETE /counterparts/{counterpart_id}"
    assert answers("change a counterpart")[0] == "PATCH /counterparts/{counterpart_id}"


def test_a_query_parameter_finds_the_lists_that_it_filters():
    assert "GET /payables" in answers("due_date")[:3]
    assert "GET /receivables" in answers("issue_date")[:5]


def test_what_is_said_of_operations_is_of_operations_that_there_are():
    known = {str(operation) for operation in catalogue.load().operations}
    assert set(ALSO_SAID) <= known


def test_each_command_is_found_by_its_purpose():
    for topic in TOPICS:
        assert topic.command in answers(topic.purpose)[:2]


def test_a_page_says_what_to_type():
    text = help_page("download all bills to excel")._repr_mimebundle_()["text/plain"]
    assert "type this" in text
    assert '_.save("bills.xlsx")' in text


def test_a_page_repeats_a_question_as_it_was_typed_and_translates_nothing_into_itself():
    text = help_page("approve a bill as another person")._repr_mimebundle_()["text/plain"]
    assert "person = person" not in text
    assert "bill = payable" in text


def test_no_word_of_a_path_is_taken_for_a_german_one():
    """`tag` is a day in German, and an object of the API."""
    words = {word for each in catalogue.load().operations for word in re.findall(r"[a-z]+", each.path)}
    assert {word for word in words if in_english(word) != (word,)} == set()


@pytest.mark.parametrize(
    ("word", "english"),
    [
        ("kundenadresse", ("customer", "address")),
        ("rechnungsnummer", ("rechnung", "number")),
        ("rechnungen", ("rechnung",)),
        ("kunden", ("customer",)),
        ("bezahlen", ("pay",)),
        ("list", ("list",)),
    ],
)
def test_german_words_are_found_with_their_endings(word, english):
    assert in_english(word) == english


def test_a_question_with_an_apostrophe_is_shown_as_it_was_typed():
    words = read_line(MAGICS["monite_help"], "a token for a clerk's 'browser'").words
    assert " ".join(words) == "a token for a clerk’s browser"
    assert answers(" ".join(words))[0] == "POST /auth/token"
