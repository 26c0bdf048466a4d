"""Completion in the line of a magic."""

from __future__ import annotations

import pytest

from monite_magic import catalogue
from monite_magic.jupyter.assist.completion import complete
from monite_magic.jupyter.assist.situation import Situation

ACME = "11111111-2222-4333-8444-000000000001"
BOLT = "11111111-2222-4333-8444-000000000002"
BILL = "11111111-2222-4333-8444-000000000003"


def test_methods(offered):
    everything = ["GET", "POST", "PATCH", "PUT", "DELETE"]
    assert offered("%monite |") == everything
    assert offered("%%monite |") == everything
    assert offered("x = %monite p|") == ["POST", "PATCH", "PUT"]
    assert offered("%%time\n%monite |") == everything


@pytest.mark.parametrize(
    "cell", ["pri|", "%%time\npri|", "%monitor |", "%monite|", "x = '%monite'\npri|", "%monite_unknown |"]
)
def test_what_is_none_of_our_business(offered, cell):
    assert offered(cell) is None


def test_paths_by_segment_and_by_search(offered):
    assert "/payables" in offered("%monite GET /pay|")
    assert "/products" not in offered("%monite GET /pay|")
    assert f"/payables/{BILL}/approve_payment_operation" in offered("%monite POST approv|")
    assert "/approval_policies" in offered("%monite GET approv|")
    assert offered("%monite GET /zzz|") == []


def test_only_paths_that_have_the_method(offered):
    assert offered("%monite DELETE /pay|")
    assert "/payables" not in offered("%monite DELETE /payables|")
    assert "/auth/token" not in offered("%monite GET /auth|")


def test_ids_that_were_seen_and_variables_that_hold_one(offered, situation, at_cursor):
    texts = offered("%monite GET /counterparts/|")
    assert texts[:3] == [f"/counterparts/{ACME}", f"/counterparts/{BOLT}", "/counterparts/{{ acme_id }}"]
    assert f"/counterparts/{ACME}/contacts" in texts
    assert "/payables/{{ bill.id }}" in offered("%monite GET /payables/|")
    found = complete(situation, *at_cursor("%monite GET /counterparts/|"))
    assert found.choices[0].what == "Acme GmbH"


def test_further_segments_keep_what_is_typed(offered):
    texts = offered("%monite GET /counterparts/some-id/co|")
    assert "/counterparts/some-id/contacts" in texts
    assert all(text.startswith("/counterparts/some-id/contacts") for text in texts)
    texts = offered("%monite GET /counterparts/{{ acme_id }}/co|")
    assert "/counterparts/{{ acme_id }}/contacts" in texts


def test_where_nothing_was_seen_the_template_stands(offered):
    assert "/products/{product_id}" in offered("%monite GET /products/|")


def test_query_names_and_values(offered, situation, at_cursor):
    assert "limit=" in offered("%monite GET /payables?|")
    assert {"created_at__gte=", "status__in="} <= set(offered("%monite GET /payables?limit=5&|"))
    assert "limit=" not in offered("%monite GET /payables?limit=5&|")
    assert "status__in=" in offered("%monite GET /payables?status__in=new&|")
    assert offered("%monite GET /payables?order=|") == ["asc", "desc"]
    assert offered("%monite GET /payables?status=dr|") == ["draft"]
    assert offered("%monite GET /payables -q order=d|")[0] == "desc"
    assert "order=" in offered("%monite GET /payables -q 'or|")
    assert offered("%monite GET /payables?counterpart_id=|")[:2] == [ACME, BOLT]
    assert offered("%monite GET /nowhere?|") == []
    found = complete(situation, *at_cursor("%monite GET /payables?lim|"))
    assert found.fragment == "lim"
    assert found.choices[0] == ("limit=", "whole number, 1 to 100, default 100")


def test_required_query_parameters_come_first(situation, at_cursor):
    found = complete(situation, *at_cursor("%monite GET /analytics/payables?|"))
    assert [choice.what.startswith("required, ") for choice in found.choices[:3]] == [True, True, False]


def test_options(offered):
    flags = offered("%monite GET /payables --|")
    assert "--entity" in flags
    assert "--dry-run" in flags
    again = offered("%monite GET /payables --entity x --dry-run -q a=b --|")
    assert "--entity" not in again
    assert "--dry-run" not in again
    assert "--as" not in again  # it excludes --dry-run
    assert "--query" in again
    assert offered("%monite GET /payables --as |") == ["curl", "httpx", "sdk", "http"]
    assert offered("%monite GET /payables --as=s|") == ["sdk"]
    assert "--entity" in offered("%monite GET /payables |")


def test_values_of_options(offered):
    assert offered("%monite GET /tags --body b|") == []
    assert "422" in offered("%monite POST /tags --expect |")
    assert offered("%monite POST /files --file |") == ["file="]
    assert offered("%monite POST /files -d |") == ["file_type="]
    assert "payables" in offered("%monite POST /files -d file_type=|")
    assert offered("%monite GET /tags -o |") == []
    assert offered("%monite GET /tags --file |") == []
    assert offered("%monite -q |") == []


def test_other_magics(offered, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MONITE_ACME_CLIENT_ID", "x")
    (tmp_path / ".env").write_text("MONITE_BOLT_CLIENT_ID=y\n")
    assert offered("%monite_login --profile |") == ["acme", "bolt"]
    assert offered("%monite_login --env s|")[0] == "sandbox"
    assert offered("%monite_use --pro|") == ["--profile"]
    assert offered("%monite_catalogue |") == ["load", "reset", "diff"]
    assert offered("%monite_status |") == []
    (tmp_path / ".env").write_text("not a line of dotenv ===\n'")
    assert "acme" in offered("%monite_login --profile |")


def test_entities_and_users_that_were_seen(offered, seen, make_answer):
    seen.record(make_answer("GET /entities", {"data": [{"id": ACME}]}))
    seen.record(make_answer("GET /entity_users", {"data": [{"id": BOLT}]}))
    assert offered("%monite_use --entity |")[0] == ACME
    assert offered("%monite_use --entity-user |")[0] == BOLT


def test_help_and_drafts(offered):
    assert {"GET", "payables"} <= set(offered("%monite_help |"))
    assert offered("%monite_help payab|")[-1] == "payables"
    assert "/counterparts" in offered("%monite_help POST /cou|")
    assert "address" in offered("%monite_help POST /counterparts --field organization.|")
    assert "quantity" in offered("%monite_help POST /receivables --field line_items.qu|")
    assert offered("%monite_help GET /tags --field |") == []
    assert offered("%monite_new POST /counterparts --type |") == ["organization", "individual"]
    assert offered("%monite_new POST /counterparts |") == ["--full", "--type", "--sheet"]


def test_inside_a_placeholder(offered):
    assert offered("%monite GET /payables/{{ bi|") == ["bill"]
    assert offered("%monite GET /payables/{{ bill.|") == ["id", "lines", "lines[0]", "lines[1]"]
    assert offered("%monite GET /payables/{{ bill.lines[1].|") == ["id"]
    assert offered("%monite GET /payables/{{ bill.data.|") == ["id", "lines", "lines[0]", "lines[1]"]
    assert offered("%monite GET /payables/{{ nobody.|") == []
    assert offered("%monite GET /payables/{{ bill.nothing.|") == []
    names = offered("%monite GET /payables/{{ |")
    assert {"bill", "acme_id", "count"} <= set(names)
    assert not {"In", "_hidden", "os"} & set(names)


def test_variables_that_cannot_be_compared_do_no_harm(seen):
    class Table:
        def __eq__(self, other):
            raise ValueError("ambiguous")

        __hash__ = None

    names = {"_": Table(), "table": Table(), "name": "x"}
    situation = Situation(catalogue.load(), seen, names)
    for cell in ("%monite GET /payables/{{ ", "%monite GET /payables/", '%%monite POST /products\n{"type": '):
        line = cell.count("\n")
        found = complete(situation, cell, line, len(cell.rpartition("\n")[2]))
        assert found.choices


def test_collections_to_pull_and_where_to(offered):
    assert offered("%monite_push |") == ["POST", "PATCH", "DELETE"]
    assert "/counterparts" in offered("%monite_push POST /counter|")
    assert {"payables", "receivables", "counterparts"} <= set(offered("%monite_pull |"))
    assert not [name for name in offered("%monite_pull |") if "{" in name]
    assert "payables" not in offered("%monite_pull payables |")
    assert "receivables" in offered("%monite_pull payables rec|")
    assert offered("%monite_pull payables --to p|") == ["pandas", "polars", "pyarrow", "monite.parquet"]
