"""The language of approval policies: what it reads, what it refuses and where, and how scripts go on."""

import pytest

from monite_magic import catalogue
from monite_magic.simulator.monitescript import ScriptError, names_of, read_script, read_trigger

NAMES = names_of(catalogue.load())
VALUES = {
    "event_name": "submitted_for_approval",
    "total_amount": 45_000,
    "currency": "EUR",
    "description": "Rye flour, 25 kg",
    "due_date": "2026-05-31",
    "tags": [{"id": "t1", "name": "ingredients"}, {"id": "t2", "name": "urgent"}],
    "counterpart_id": "c1",
    "counterpart": {"name": "Mill", "address": {"country": "DE"}},
    "partner_metadata": {"shop": {"number": 7}},
}


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        (None, True),
        (False, False),
        ("{event_name == 'submitted_for_approval'}", True),
        ("{event_name == ‘submitted_for_approval'}", True),
        ("{amount >= 1000}", True),
        ("{amount >= 45000.5}", False),
        ("invoice.amount == 45000", True),
        ("{invoice.currency in ['USD', 'EUR']}", True),
        ("{invoice.currency not in ['USD', 'EUR']}", False),
        ("{'urgent' in invoice.tags.name}", True),
        ("{'t3' in invoice.tags.id}", False),
        ("{'t2' in invoice.tags}", True),
        ("{'flour' in invoice.description}", True),
        ("{'EU' in invoice.currency and invoice.amount < 1}", False),
        ("{invoice.amount > 1 and not (invoice.currency == 'USD' or invoice.tax > 0)}", True),
        ("{invoice.counterpart.address.country == 'DE'}", True),
        ("{invoice.counterpart.id == 'c1'}", True),
        ("{invoice.due_date < '2026-06-01'}", True),
        ("{invoice.project_id == null}", True),
        ("{invoice.project_id != 'p1'}", True),
        ("{invoice.tax > 0}", False),
        ("{invoice.partner_metadata.shop.number == 7}", True),
        (
            {"operator": "in", "left_operand": {"name": "invoice.tags.id"}, "right_operand": ["t9", "t1"]},
            True,
        ),
        ({"operator": "in", "left_operand": {"name": "invoice.currency"}, "right_operand": "EUR"}, True),
        ({"operator": "in", "left_operand": {"name": "invoice.currency"}, "right_operand": "EURO"}, False),
        ({"operator": "<=", "left_operand": {"name": "invoice.amount"}, "right_operand": "50000"}, True),
        ({"operator": "==", "left_operand": "{invoice.currency}", "right_operand": "EUR"}, True),
        ({"all": [{"any": [False, {"all": [True, {"not": False}]}]}, "{invoice.amount > 44999}"]}, True),
        ({"any": [{"all": ["{invoice.amount > 1}", False]}, {"not": True}]}, False),
    ],
)
def test_a_trigger_holds_or_not(trigger, expected):
    assert read_trigger(trigger, NAMES).judge(VALUES).holds is expected


@pytest.mark.parametrize(
    ("trigger", "place", "problem"),
    [
        ("nonsense", "trigger", 'unknown name "nonsense"'),
        ("{invoice.amunt > 5}", "trigger", "did you mean invoice.amount"),
        ("{invoice.event_name == 'x'}", "trigger", "unknown name"),
        ("{invoice.currency > 5}", "trigger", "compares a text with a number"),
        ("{invoice.amount > 'much'}", "trigger", "compares a number with a text"),
        ("{invoice.tags == 'x'}", "trigger", "use `in` to search a list"),
        ("{5 in invoice.amount}", "trigger", "is not a list"),
        ("{invoice.amount in ['EUR']}", "trigger", "compares a number with a text"),
        ("{invoice.counterpart == 'x'}", "trigger", "is an object"),
        ("{invoice.amount}", "trigger", "needs an operator"),
        ("{1 < 2}", "trigger", "compares two constants"),
        ("{invoice.amount * 2 > 5}", "trigger, character 17", "unexpected"),
        ("{invoice.amount > 5", "trigger", "closing brace"),
        ("{(invoice.amount > 5}", "trigger, character 21", "closing parenthesis"),
        ("{invoice.amount >}", "trigger, character 18", "a value is missing"),
        ("{invoice.currency in ['EUR' 'USD']}", "trigger, character 29", "a comma or ] is missing"),
        ("{Payables.approve(invoice.id)}", "trigger", "can't be evaluated in a condition"),
        ("", "trigger", "empty"),
        (5, "trigger", "not a condition"),
        (["{invoice.amount > 5}"], "trigger", "not a condition"),
        ({"some": []}, "trigger", "not a condition"),
        ({"all": "{amount > 1}"}, "trigger.all", "must be a list"),
        ({"all": [True], "any": [False]}, "trigger", 'unexpected member "any"'),
        ({"if": True, "then": True}, "trigger", "not a condition"),
        ({"operator": "~", "left_operand": {"name": "amount"}, "right_operand": 1}, "trigger.operator", "~"),
        ({"operator": ">", "left_operand": {"name": "amount"}}, "trigger", "right_operand is missing"),
        ({"operator": ">", "left_operand": "invoice.amount", "right_operand": 1}, "trigger", "two constants"),
        (
            {
                "operator": ">",
                "left_operand": {"call": "Currency.convert", "params": {"to_currency": "EUR"}},
                "right_operand": 1,
            },
            "trigger.left_operand",
            "no exchange rates",
        ),
        # What can't be evaluated doesn't hide behind a part that decides already.
        (
            {"all": [False, {"any": [True, {"not": "{nothing == 1}"}]}]},
            "trigger.all[1].any[1].not",
            "unknown",
        ),
    ],
)
def test_what_can_not_be_evaluated_is_refused_with_its_place(trigger, place, problem):
    with pytest.raises(ScriptError) as refused:
        read_trigger(trigger, NAMES)
    assert refused.value.place == place
    assert problem in refused.value.problem


def test_conditions_are_not_nested_without_end():
    trigger = True
    for _ in range(60):
        trigger = {"not": trigger}
    for deep in (trigger, "{" + "(" * 60 + "amount > 1" + ")" * 60 + "}", "{" + "not " * 60 + "amount > 1}"):
        with pytest.raises(ScriptError, match="32 levels"):
            read_trigger(deep, NAMES)


def test_a_verdict_names_what_decided_it():
    trigger = {
        "all": ["{event_name == 'submitted_for_approval'}", "{invoice.amount > 50000}", "{'t1' in tags}"]
    }
    [reason] = read_trigger(trigger, NAMES).judge(VALUES).why
    assert reason == "invoice.amount > 50000 does not hold: invoice.amount is 45000"


# -- scripts ------------------------------------------------------------------------------------------------


def users(*ids, count=1, **more):
    parameters = {"user_ids": list(ids), "required_approval_count": count, **more}
    return {"call": "ApprovalRequests.request_approval_by_users", "params": parameters}


def roles(*ids, count=1):
    parameters = {"role_ids": list(ids), "required_approval_count": count}
    return {"call": "ApprovalRequests.request_approval_by_roles", "params": parameters}


def progress(script, **answers):
    """Outcome, ids that are asked now, and ids whose answer is waited for."""
    read = read_script(script, NAMES)
    ids = {ask.number: (ask.user_ids + ask.role_ids)[0] for ask in read.asks}
    given = {number: answers[name] for number, name in ids.items() if name in answers}
    found = read.run(given, VALUES)
    return found.outcome, [ids[ask.number] for ask in found.ask], {ids[number] for number in found.waiting}


#: What the form of the vendor's React SDK writes if all four kinds of rules are chosen.
FORM = [
    {
        "run_concurrently": True,
        "all": [
            users("a"),
            users("b", "c", count=2),
            roles("r"),
            {"run_concurrently": False, "all": [users("d"), users("e")]},
        ],
    }
]


def test_the_form_of_the_react_sdk():
    assert progress(FORM) == (None, ["a", "b", "r", "d"], set())
    asked = {"a": None, "b": None, "r": None, "d": None}
    assert progress(FORM, **asked) == (None, [], {"a", "b", "r", "d"})
    assert progress(FORM, **{**asked, "d": True}) == (None, ["e"], {"a", "b", "r"})
    assert progress(FORM, a=True, b=True, r=True, d=True, e=True) == (True, [], set())
    assert progress(FORM, **{**asked, "d": False}) == (False, [], set())


def test_one_after_the_other():
    script = [users("a"), {"any": [users("b"), {"run_concurrently": False, "any": [users("c"), users("d")]}]}]
    assert progress(script) == (None, ["a"], set())
    assert progress(script, a=True) == (None, ["b", "c"], set())
    assert progress(script, a=True, b=None, c=False) == (None, ["d"], {"b"})
    assert progress(script, a=True, b=True, c=None) == (True, [], set())
    assert progress(script, a=True, b=False, c=False, d=False) == (False, [], set())


def test_if_then_else():
    either = {"any": [users("a"), roles("r", count=2)]}
    script = [
        {"if": either, "then": ["{Payables.mark_as_paid(invoice.id, 'By rule')}"], "else": [users("b")]},
    ]
    read = read_script(script, NAMES)
    found = read.run({0: True, 1: None}, VALUES)
    assert (found.outcome, found.effect.name, found.effect.comment) == (True, "mark_as_paid", "By rule")
    assert progress(script, a=False, r=None) == (None, [], {"r"})
    assert progress(script, a=False, r=False) == (None, ["b"], set())
    large = [{"if": "{invoice.amount > 99999}", "then": [users("cfo")], "else": [users("clerk")]}]
    assert progress(large) == (None, ["clerk"], set())
    rejected = [
        {"if": users("a"), "then": "{Payables.approve(invoice.id)}", "else": "{Payables.reject(invoice.id)}"}
    ]
    found = read_script(rejected, NAMES).run({0: False}, VALUES)
    assert (found.outcome, found.effect.name) == (False, "reject")
    paid = {"call": "Payables.mark_as_paid", "params": {"id": "{invoice.id}", "comment": "x"}}
    assert read_script([users("a"), paid], NAMES).run({0: True}, VALUES).effect.comment == "x"


def test_lists_and_constants_are_statements_wherever_a_statement_is():
    script = [True, [users("a"), users("b")], {"any": [False, [users("c")]]}]
    assert progress(script) == (None, ["a"], set())
    assert progress(script, a=True) == (None, ["b"], set())
    assert progress(script, a=True, b=True) == (None, ["c"], set())
    assert progress([users("a"), False], a=True) == (False, [], set())


@pytest.mark.parametrize(
    ("script", "place", "problem"),
    [
        ([], "script", "asks nobody"),
        ("x", "script", "must be a list"),
        ([{"run_concurrently": True, "all": []}], "script", "asks nobody"),
        ([7], "script[0]", "not a statement"),
        (["x"], "script[0]", "unknown name"),
        ([users("a"), {"call": "Nothing"}], "script[1].call", "unknown call"),
        (["{Payables.delete(invoice.id)}"], "script[0]", "unknown call"),
        (["{Payables.approve(5)}"], "script[0]", "takes invoice.id"),
        ([{"if": users("a")}], "script[0]", "then is missing"),
        ([{"all": [users("a")], "run_concurrently": "no"}], "script[0].run_concurrently", "true or false"),
        (
            [{"all": [users("a"), {"any": [users()]}]}],
            "script[0].all[1].any[0].params.user_ids",
            "must be a list of IDs",
        ),
        ([users("a", count=0)], "script[0].params.required_approval_count", "positive"),
        ([users("a", count=True)], "script[0].params.required_approval_count", "positive"),
        ([users("a", object_id="{invoice.file_id}")], "script[0].params.object_id", "invoice.id"),
        ([users("a", deadline=3)], "script[0].params", 'unexpected member "deadline"'),
        ([{"run_concurrently": True, "call": "x"}], "script[0]", "unexpected member"),
    ],
)
def test_a_script_that_can_not_be_evaluated_is_refused_with_its_place(script, place, problem):
    with pytest.raises(ScriptError) as refused:
        read_script(script, NAMES)
    assert refused.value.place == place
    assert problem in refused.value.problem
