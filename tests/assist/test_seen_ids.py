"""Ids that answers have shown: under which name, with which label, in which order."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from monite_magic.session.seen import Seen

ACME = "11111111-2222-4333-8444-000000000001"
BOLT = "11111111-2222-4333-8444-000000000002"
BILL = "11111111-2222-4333-8444-000000000003"
OLD = "11111111-2222-4333-8444-000000000009"


@pytest.fixture
def answer(make_answer):
    return make_answer


def test_rows_of_a_list_by_the_name_that_paths_give_them(seen):
    assert seen.ids("counterpart_id") == [(ACME, "Acme GmbH"), (BOLT, "Ada Bolt")]
    assert seen.ids("payable_id") == [(BILL, "R-7 · 119.00 EUR")]
    assert seen.newest("payable_id") == BILL


def test_rows_that_no_path_names_go_by_the_name_of_their_list(seen, answer):
    seen.record(answer("GET /vat_rates", {"data": [{"id": OLD, "value": 1900}]}))
    assert seen.newest("vat_rate_id") == OLD


def test_a_name_that_ends_so_will_do(seen):
    assert seen.newest("default_counterpart_id") == ACME
    assert seen.newest("counterpart_ids") == ACME
    assert seen.newest("product_id") is None
    assert seen.ids("product_id") == []


def test_one_object_comes_to_the_front_and_keeps_its_label(seen, answer):
    seen.record(answer(f"GET /counterparts/{BOLT}", {"id": BOLT}))
    assert [each.id for each in seen.ids("counterpart_id")] == [BOLT, ACME]
    assert seen.ids("counterpart_id")[0].label == "Ada Bolt"


def test_what_was_created_and_what_an_action_answers(seen, answer):
    seen.record(answer("POST /counterparts", {"id": OLD}, status=201))
    assert seen.newest("counterpart_id") == OLD
    other = "11111111-2222-4333-8444-00000000000a"
    seen.record(answer(f"POST /payables/{other}/cancel", {"id": other, "document_id": "R-8"}))
    assert seen.ids("payable_id")[0] == (other, "R-8")


def test_what_was_deleted_is_forgotten(seen, answer):
    seen.record(answer(f"DELETE /counterparts/{ACME}", status=204))
    assert [each.id for each in seen.ids("counterpart_id")] == [BOLT]


def test_what_was_refused_or_is_unknown_tells_nothing(seen, answer):
    seen.record(answer("GET /products", {"data": [{"id": OLD}]}, status=422))
    seen.record(answer("GET /nowhere", {"id": OLD}))
    seen.record(answer("GET /products", ["text"]))
    assert seen.newest("product_id") is None


def test_of_a_very_long_list_the_first_rows(seen, answer):
    ids = [f"11111111-2222-4333-8444-{number:012d}" for number in range(1_000, 6_000)]
    seen.record(answer("GET /products", {"data": [{"id": each, "tag_id": each} for each in ids]}))
    assert [each.id for each in seen.ids("product_id")] == ids[:300]
    assert [each.id for each in seen.ids("tag_id")] == ids[:300]


def test_references_inside_objects(seen, answer):
    lines = [{"id": OLD, "product": {"measure_unit_id": BOLT}, "vat_rate_id": "no uuid"}]
    seen.record(answer("GET /receivables", {"data": [{"id": BILL, "line_items": lines}]}))
    assert seen.newest("measure_unit_id") == BOLT
    assert seen.newest("vat_rate_id") is None


def test_only_the_newest_are_kept_and_all_can_be_forgotten(seen, answer):
    rows = [{"id": f"11111111-2222-4333-8444-{number:012d}"} for number in range(1000)]
    seen.record(answer("GET /products", {"data": rows}))
    assert len(seen.ids("product_id")) == 300
    assert seen.newest("product_id") == rows[0]["id"]
    seen.clear()
    assert seen.newest("product_id") is None


def test_of_many_answers_the_newest_ids_are_kept(seen, answer):
    ids = [f"11111111-2222-4333-8444-{number:012d}" for number in range(500)]
    for each in ids:
        seen.record(answer(f"GET /products/{each}", {"id": each}))
    assert [each.id for each in seen.ids("product_id")] == ids[:-301:-1]


def test_threads_may_record_side_by_side(answer):
    seen, before = Seen(), sys.getswitchinterval()
    ids = [f"11111111-2222-4333-8444-{number:012d}" for number in range(400)]
    answers = [
        answer("GET /products", {"data": [{"id": each} for each in ids[at : at + 40]]}) for at in range(360)
    ]
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as workers:
            done = [workers.submit(seen.record, each) for each in answers * 3]
            done += [workers.submit(seen.ids, "product_id") for _ in range(300)]
            for each in done:
                each.result()
    finally:
        sys.setswitchinterval(before)
    assert len(seen.ids("product_id")) == 300


def test_what_is_no_json_tells_nothing(seen, make_answer):
    broken = make_answer("GET /products", {"data": [{"id": OLD}]})
    broken._content = broken._content[:-1]
    seen.record(broken)
    assert seen.newest("product_id") is None
