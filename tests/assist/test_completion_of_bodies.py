"""Completion in a JSON body."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from monite_magic.jupyter.assist.completion import complete

ACME = "11111111-2222-4333-8444-000000000001"
COUNTERPART = "%%monite POST /counterparts\n"
PRODUCT = "%%monite POST /products\n"


def test_fields_the_required_first_and_marked(situation, at_cursor):
    found = complete(situation, *at_cursor(PRODUCT + "{|"))
    assert found.choices[0] == ('"name": ', "required, text, 1 to 100 characters")
    assert not any(choice.what.startswith("required") for choice in found.choices[1:])
    assert found.fragment == ""


def test_a_body_below_other_cell_magics(offered):
    plain = offered(PRODUCT + '{"price": {"cur|')
    assert plain == ['"currency": ']
    for above in ("%%time\n", "%%capture out\n", "# a comment\n%%time\n\n%%capture\n"):
        assert offered(above + PRODUCT + '{"price": {"cur|') == plain
        assert offered(above + "%%monite POST /prod|") == offered("%%monite POST /prod|")


def test_fields_that_are_there_are_left_out(offered):
    texts = offered(PRODUCT + '{"name": "A", |, "type": "product"}')
    assert '"price": ' in texts
    assert '"name": ' not in texts
    assert '"type": ' not in texts


def test_half_typed_keys(offered, situation, at_cursor):
    assert offered(PRODUCT + '{"pri|') == ['"price": ']
    assert offered(PRODUCT + '{"pri|"}') == ['"price']
    assert offered(PRODUCT + '{"pri|": 1}') == ['"price']
    assert offered(PRODUCT + "{pri|") == ['"price": ']
    assert complete(situation, *at_cursor(PRODUCT + '{"pri|')).fragment == '"pri'


def test_nested_objects_and_lists(offered):
    assert offered(PRODUCT + '{"price": {"cur|') == ['"currency": ']
    line = '%%monite POST /receivables\n{"type": "invoice", "line_items": [{"quantity": 1, "pro|'
    assert {'"product": ', '"product_id": '} == set(offered(line))
    assert offered("%%monite POST /receivables\n{|\n")[0] == '"type": '


def test_a_choice_is_narrowed_by_its_discriminating_value(offered):
    assert offered(COUNTERPART + '{"type": |') == ['"organization"', '"individual"']
    texts = offered(COUNTERPART + '{"type": "individual", |}')
    assert '"individual": ' in texts
    assert '"organization": ' not in texts
    assert '"first_name": ' in offered(COUNTERPART + '{"individual": {|')
    assert '"first_name": ' not in offered(COUNTERPART + '{"organization": {|')


def test_a_choice_is_narrowed_by_what_comes_after_the_cursor(offered):
    texts = offered(COUNTERPART + '{\n  |\n  "organization": {"legal_name": "A"}\n}')
    assert '"individual": ' not in texts


def test_values(offered):
    assert offered(PRODUCT + '{"type": |') == ['"product"', '"service"']
    assert offered(PRODUCT + '{"type": "se|"}') == ['"service']
    assert offered(PRODUCT + '{"price": {"currency": "EU|') == ['"EUR"']
    assert '"DE"' in offered(COUNTERPART + '{"organization": {"address": {"country": "D|')
    assert {"true", "false"} <= set(offered(COUNTERPART + '{"reminders_enabled": |'))
    assert "null" in offered('%%monite PATCH /entities/x\n{"email": |')
    assert offered(PRODUCT + '{"price": |')[0] == "{"
    assert "[" in offered('%%monite POST /receivables\n{"type": "invoice", "line_items": |')
    assert offered(PRODUCT + '{"nonsense": |') == []
    assert offered(PRODUCT + "|") == ["{"]
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert offered('%%monite POST /payables\n{"due_date": |')[0] == f'"{today}"'


def test_ids_and_variables(offered):
    texts = offered('%%monite POST /payables\n{"counterpart_id": |')
    assert texts[0] == f'"{ACME}"'
    assert "{{ acme_id }}" in texts
    assert '"{{ acme_id }}"' in offered('%%monite POST /payables\n{"counterpart_id": "|')
    assert "{{ count }}" in offered('%%monite POST /payables\n{"total_amount": |')
    assert "{{ acme_id }}" not in offered('%%monite POST /payables\n{"due_date": |')
    assert "{{ acme_id }}" in offered(PRODUCT + '{"name": |')
    assert offered(PRODUCT + '{"name": "{{ cou|') == ["count"]
    assert offered(PRODUCT + '{"name": {{ cou|') == ["count"]


def test_lists_of_choices(offered):
    cell = '%%monite POST /webhook_subscriptions\n{"event_types": [|'
    assert offered(cell) is not None
    ids = offered('%%monite POST /payables\n{"tag_ids": [|')
    assert ids is not None


def test_nothing_leaks_where_nothing_fits(offered):
    assert offered(PRODUCT + '{"name": "A"|}') == []
    assert offered("%%monite POST /nowhere\n{|") == []
    assert offered("%%monite GET /payables\n{|") == []
    assert offered("%%monite_login\n{|") is None


def test_any_cell_is_survived(situation):
    """Cut and scrambled cells: an answer or none, never an error."""
    chance = random.Random(3)
    cells = [
        '%%monite POST /receivables\n{"type": "invoice", "line_items": [{"product": {"price": {}}}]}',
        '%%monite POST /counterparts --entity "a b" -q x=1\n{"type": {{ bill.id }}, "a": [{"b": 1}]}',
        "x = %monite GET /payables/{{ bill.lines[0].id }}/line_items?limit=5&a=b --as curl -H 'A: b'",
    ]
    for _ in range(4000):
        cell = chance.choice(cells)
        at = chance.randrange(9, len(cell))
        typed = chance.choice(["", "{", '"', "}", "{{", "?", "=", "/", "\n", " --"])
        before = cell[:at] + typed
        line, column = before.count("\n"), len(before.rpartition("\n")[2])
        found = complete(situation, before + chance.choice([cell[at:], ""]), line, column)
        if found is not None:
            assert before.endswith(found.fragment)
