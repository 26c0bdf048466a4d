"""Objects are trees that fold; what a value means is next to it."""

import pytest

from monite_magic.core.masking import MASK, Secret
from monite_magic.display import render


def line_of(shown, name):
    return next(line.strip() for line in shown.split("\n") if line.strip().startswith(name + " "))


def test_a_payable(answer, payable, text):
    shown = text(answer(payable(), path="/payables/1", template="/payables/{payable_id}"))
    assert line_of(shown, "total_amount") == "total_amount    119000  (1,190.00 EUR)"
    assert line_of(shown, "tax").endswith("1900  (19.00 %)")
    assert line_of(shown, "due_date").endswith('"2024-06-24"  (Mon 24 Jun 2024)')
    assert line_of(shown, "created_at").endswith("(25 May 2024, 10:31 UTC)")
    assert "(one of draft, new, approve_in_progress, waiting_to_be_paid" in shown
    assert line_of(shown, "counterpart").endswith("Blumen Müller · 2 fields")
    assert '  name     "Blumen Müller"' in shown
    assert '    city     "Berlin"' in shown


def test_the_same_in_html(answer, payable, read_html):
    html = read_html(
        render(answer(payable(), path="/payables/1", template="/payables/{payable_id}"))["text/html"]
    )
    assert "119000 (1,190.00 EUR)" in html.text
    assert "(one of draft, new" in html.text
    folds = html.all("details")
    assert len(folds) == 2
    assert "open" in folds[0]  # a small object stands open, what is in it is folded
    assert "open" not in folds[1]


def test_an_amount_takes_the_currency_around_it(answer, text):
    shown = text(answer({"currency": "KWD", "lines": [{"price": 1500, "product": {"unit_price": 5}}]}))
    assert line_of(shown, "price").endswith("1500  (1.500 KWD)")
    assert line_of(shown, "unit_price").endswith("5  (0.005 KWD)")


def test_the_nearest_currency_counts(answer, text):
    shown = text(answer({"currency": "EUR", "line": {"price": {"currency": "JPY", "value": 500}}}))
    assert line_of(shown, "value").endswith("500  (500 JPY)")


@pytest.mark.parametrize(
    ("data", "name", "absent"),
    [
        ({"currency": "EUR", "quantity": 5}, "quantity", "EUR)"),
        ({"currency": "EUR", "price_count": 5}, "price_count", "EUR)"),
        ({"currency": "EUR", "total_amount": 11.5}, "total_amount", "EUR)"),
        ({"currency": "EUR", "total_amount": True}, "total_amount", "EUR)"),
        ({"currency": "EUR", "type": "percentage", "amount": 500}, "amount", "EUR)"),
        ({"total_amount": 5}, "total_amount", "("),
        ({"currency": {"a": 1}, "total_amount": 5}, "total_amount", "("),
    ],
)
def test_what_is_not_known_to_be_money_is_not_called_money(data, name, absent, answer, text):
    assert absent not in line_of(text(answer(data)), name)


def test_a_discount_is_an_amount_or_a_rate(answer, text):
    terms = {"currency": "EUR", "term_1": {"number_of_days": 10, "discount": 500}, "discount": 500}
    shown = text(answer(terms)).split("\n")
    assert sum("(5.00 %)" in line for line in shown) == 1
    assert sum("(5.00 EUR)" in line for line in shown) == 1


def test_the_variant_decides_which_values_are_possible(answer, text):
    """A receivable is a quote, an invoice or a credit note, each with its own statuses."""
    quote = {"type": "quote", "status": "accepted", "id": "a"}
    shown = text(answer(quote, path="/receivables/1", template="/receivables/{receivable_id}"))
    assert "declined" in shown
    assert "uncollectible" not in shown


def test_an_unknown_operation_is_shown_all_the_same(answer, text):
    shown = text(answer({"status": "x", "total_amount": 5, "currency": "EUR"}, path="/new", template=None))
    assert "(0.05 EUR)" in shown


def test_scalars_and_empties(answer, text):
    data = {
        "none": None,
        "yes": True,
        "empty": {},
        "nothing": [],
        "pi": 3.14,
        "short": [1, "two"],
        "big": 2**70,
    }
    shown = text(answer(data))
    for line in ("none     null", "yes      true", "empty    {}", "nothing  []", "pi       3.14"):
        assert line in shown
    assert 'short    [1, "two"]' in shown
    assert str(2**70) in shown


@pytest.mark.parametrize(("data", "shown"), [(None, "null"), (True, "true"), ("a", '"a"'), (5, "5")])
def test_an_answer_of_one_value(data, shown, answer, text):
    assert text(answer(data)).split("\n")[-1] == shown


def test_secrets_say_how_they_are_had(answer):
    response = answer({"access_token": "abcdefghijklmnop", "token_type": "Bearer"}, path="/auth/token")
    for shown in render(response).values():
        assert "abcdefghijklmnop" not in shown
        assert MASK in shown
        assert ".reveal()" in shown
    assert response["access_token"] == Secret("abcdefghijklmnop")


def test_a_secret_made_after_the_answer_came_is_dots_too(answer, options):
    response = answer({"note": "x" * (options.max_text - 5) + "topsecretvalue"})
    secret = Secret("topsecretvalue")
    for shown in render(response).values():
        assert "topse" not in shown
    assert secret


def test_deep_nesting_ends(answer, text, options):
    data = {"leaf": 1}
    for _ in range(30):
        data = {"a": data}
    shown = text(answer(data))
    assert "nested deeper than is shown" in shown
    options.max_depth = 50
    assert "leaf" in text(answer(data))


def test_json_too_deep_to_be_read_is_shown_as_text(answer, text):
    content = b"[" * 200_000 + b"]" * 200_000
    assert "content type is JSON, but the content is not" in text(answer(content=content))


def role(*objects):
    return {"id": "1", "name": "Clerk", "permissions": {"objects": list(objects)}}


def test_a_role_is_shown_with_a_line_for_each_object(answer, text, read_html):
    bill = [
        {"action_name": "read", "permission": "allowed"},
        {"action_name": "pay", "permission": "not_allowed"},
        {"action_name": "update", "permission": "allowed_for_own"},
        {"action_name": "create", "permission": "allowed"},
    ]
    data = role({"object_type": "tag", "actions": []}, {"object_type": "payable", "actions": bill})
    shown = text(answer(data, path="/entity_users/my_role"))
    assert "Clerk" in shown
    assert "payable  read, create; own only: update; not: pay\ntag      nothing" in shown
    html = read_html(render(answer(data, path="/entity_users/my_role"))["text/html"]).text
    assert "read, create; own only: update; not: pay" in html


@pytest.mark.parametrize("odd", [{"objects": "all"}, {"objects": [1]}, {"objects": [{}]}, "all", None])
def test_a_role_of_another_form_is_a_tree(answer, text, odd):
    assert "permissions" in text(answer({"id": "1", "permissions": odd}))


def test_the_discount_of_a_suggested_payment_term_is_a_rate(answer, text):
    term = {"date": "2024-06-24", "discount": 200}
    shown = text(answer({"currency": "EUR", "suggested_payment_term": term}))
    assert line_of(shown, "discount").endswith("200  (2.00 %)")
