"""`%monite_push` in a shell: the plan, the button, the question in production, and a cell that fails."""

import pandas as pd
import pytest
from push_sheets import SUPPLIER, supplier

import monite_magic
from monite_magic.core import ConfirmationError, RequestError
from monite_magic.session import Session
from monite_magic.session import session as sessions

SETS = "--set is_vendor=yes --set is_customer=no"


def run(shell, line):
    return shell.run_line_magic("monite_push", line)


def test_the_plan_comes_first_and_send_sends(shell, local, sheet, capsys):
    sheet([SUPPLIER, supplier(1), supplier(2)])
    assert run(shell, f"POST /counterparts suppliers.xlsx {SETS} -o plan") is None
    assert "Plan: nothing was sent" in capsys.readouterr().out
    assert local.get("/counterparts").items == []
    assert shell.user_ns["plan"].plan.count == 2
    pushed = run(shell, f"POST /counterparts suppliers.xlsx {SETS} --send -o done")
    assert pushed.counts == {"accepted": 2}
    assert shell.user_ns["done"] is pushed
    assert len(local.get("/counterparts").items) == 2


def test_a_variable_is_pushed_and_the_options_are_read(shell, local, tmp_path):
    shell.user_ns["people"] = pd.DataFrame({"Wer": ["a"], "Was": ["b"]})
    (tmp_path / "map.json").write_text('{"Was": "description"}')
    run(shell, 'POST /tags people --map "Wer=name" --map-file map.json --send')
    assert [(row["name"], row["description"]) for row in local.get("/tags").items] == [("a", "b")]


def test_a_row_that_fails_fails_the_cell(shell, local, sheet, capsys):
    sheet([SUPPLIER, supplier(1), [*supplier(2)[:4], "Atlantis", *supplier(2)[5:]]])
    with pytest.raises(RequestError, match="Nothing was sent"):
        run(shell, f"POST /counterparts suppliers.xlsx {SETS} --send")
    assert "row 3, column E (Country)" in capsys.readouterr().out
    with pytest.raises(monite_magic.MoniteError, match="1 of 2 rows were not accepted"):
        run(shell, f"POST /counterparts suppliers.xlsx {SETS} --send --valid-only -o result")
    assert shell.user_ns["result"].counts == {"accepted": 1, "problem": 1}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("POST /tags nothing", "Variable not found: nothing"),
        ("POST /tags people --map name", "has no ="),
        ("POST /tags people --set name", "has no ="),
        ("POST /tags people --set name=", "has no value"),
        ("POST /tags people --set heading=x", "no field 'heading'"),
        ("POST /tags people --map-file nowhere.json", "can't be read"),
        ("GET /tags people", "POST, PATCH"),
        ("POST /tags people -o 1x", "not a valid variable name"),
    ],
)
def test_lines_that_mean_nothing_are_refused(shell, line, says):
    shell.user_ns["people"] = pd.DataFrame({"name": ["a"]})
    with pytest.raises(RequestError) as caught:
        run(shell, line)
    assert says in str(caught.value)


def test_an_empty_sheet_is_written(shell, tmp_path, capsys):
    shell.run_line_magic("monite_new", "--sheet POST /counterparts new.xlsx")
    assert "%monite_push POST /counterparts new.xlsx" in capsys.readouterr().out
    assert (tmp_path / "new.xlsx").exists()
    for line, says in (
        ("POST /tags new.xlsx", "Unexpected argument"),
        ("--sheet POST /tags", "needs a file"),
    ):
        with pytest.raises(RequestError, match=says):
            shell.run_line_magic("monite_new", line)


# -- production -------------------------------------------------------------------------------------------


@pytest.fixture
def production(monkeypatch, local):
    """Let the simulator's environment ask before writes, as production does."""
    session = sessions.current()
    kind = type(session.client.environment) if session.logged_in else type(local.environment)
    monkeypatch.setattr(kind, "asks_before_writes", property(lambda _: True))


BILLS = pd.DataFrame({"document_id": ["1", "2"], "total_amount": [1.5, 2], "currency": ["EUR", "KWD"]})


def test_with_nobody_there_production_refuses(shell, production, local):
    shell.user_ns["bills"] = BILLS
    with pytest.raises(ConfirmationError, match="2 rows would change data"):
        run(shell, "POST /payables bills --send")
    assert local.get("/payables").items == []
    run(shell, "POST /payables bills --send --yes")
    assert len(local.get("/payables").items) == 2


def test_one_question_shows_count_totals_host_and_entity(shell, production, local, monkeypatch):
    from monite_magic.jupyter import asking

    asked = []
    monkeypatch.setattr(asking, "ask", lambda question, *_: asked.append(question) or question.answer_yes())
    shell.user_ns["bills"] = BILLS
    pushed = run(shell, "POST /payables bills --send")
    assert pushed.counts == {"accepted": 2}
    assert len(asked) == 1
    facts = dict(asked[0].facts)
    assert facts["Rows"] == "2"
    assert facts["Total total_amount"] in {"1.50 EUR", "2.000 KWD"}
    assert {"1.50 EUR", "2.000 KWD"} <= {value for _, value in asked[0].facts}
    assert facts["Host"] == "simulator.localhost"
    assert local.entity_id in facts["Entity"]


def test_a_question_sends_only_what_it_showed(shell, production, local):
    from monite_magic.session.pushing import question_for
    from monite_magic.tables.push import make_plan, send

    session = sessions.current()
    plan = make_plan("POST", "/payables", BILLS, client=session.client)
    digest = plan.digest
    question = question_for(session, plan, lambda: send(plan, digest=digest))
    plan.jobs[0].document.body = plan.jobs[0].document.body.replace(b"150", b"151")
    with pytest.raises(RequestError, match="The plan changed after you confirmed it"):
        question.answer_yes()
    assert local.get("/payables").items == []
    with pytest.raises(ConfirmationError, match="already answered"):
        question.answer_yes()


def test_a_button_sends_the_plan_in_a_notebook(shell, local, monkeypatch):
    from monite_magic.jupyter import magics
    from monite_magic.jupyter.forms.confirm import ConfirmForm
    from monite_magic.jupyter.frontend import FrontEnd

    forms = []
    monkeypatch.setattr(magics, "front_end", lambda _: FrontEnd.NOTEBOOK)
    monkeypatch.setattr(ConfirmForm, "show", lambda form: forms.append(form))
    monkeypatch.setattr(ConfirmForm, "_replace", lambda form, shown: forms.append(shown))
    shell.user_ns["bills"] = BILLS
    run(shell, "POST /payables bills -o result")
    assert local.get("/payables").items == []
    forms[0]._send()
    assert forms[1].counts == {"accepted": 2}
    assert shell.user_ns["result"] is forms[1]


def test_python_asks_for_yes_in_production(local, production):
    with pytest.raises(ConfirmationError, match="yes=True"):
        monite_magic.push("POST", "/payables", BILLS, client=local, send=True)
    assert monite_magic.push("POST", "/payables", BILLS, client=local, send=True, yes=True).counts == {
        "accepted": 2
    }


def test_allowed_writes_need_no_question(shell, production, local):
    session: Session = sessions.current()
    session.allow_writes(5)
    shell.user_ns["bills"] = BILLS
    assert run(shell, "POST /payables bills --send").counts == {"accepted": 2}
