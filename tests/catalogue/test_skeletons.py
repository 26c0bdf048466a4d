"""Drafts of cells: for every operation one that the check accepts, minimal and full, of every kind."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest

from monite_magic import catalogue
from monite_magic.catalogue import CatalogueError
from monite_magic.catalogue.check import NO_BODY, check
from monite_magic.catalogue.samples import EXAMPLE_ID
from monite_magic.catalogue.skeleton import choices, skeleton
from monite_magic.cell.reading import parse

SEEN = "11111111-2222-4333-8444-555555555555"


@pytest.fixture(scope="module")
def known():
    return catalogue.load()


@pytest.fixture(scope="module")
def of_version(version):
    """The catalogue of each packaged version."""
    return catalogue.load(version)


def draft(packaged, call, **options):
    return skeleton(packaged, packaged.find(*call.split(" ", 1)).operation, **options)


def drafts(known):
    for operation in known.operations:
        for full in (False, True):
            for choice in (None, *choices(known, operation)):
                yield operation, skeleton(known, operation, full=full, choice=choice)


def test_every_draft_of_every_operation_passes_its_versions_check(of_version):
    known, count = of_version, 0
    for operation, made in drafts(known):
        path, _, query = made.path.partition("?")
        match = known.find(made.method, path)
        assert match.operation is operation
        form = [name for name, _ in (*made.files, *made.fields)]
        findings = check(
            known,
            match,
            query=parse_qsl(query),
            body=NO_BODY if made.body is None else made.body,
            form=form or None,
        )
        assert [f.text for f in findings if f.rule != "deprecated"] == [], made.cell
        count += 1
    assert count > 2 * len(known.operations)


def test_every_draft_is_a_cell_that_can_be_read(of_version):
    for operation, made in drafts(of_version):
        magic, _, body = made.cell.partition("\n")
        request = parse(magic.lstrip("%").removeprefix("monite "), body or None)
        assert request.body == (body or None)
        assert (request.method, request.path) == (operation.method, made.path)
        assert made.cell.startswith("%%") == (made.body is not None)
        if body:
            assert json.loads(body) == made.body


def test_the_vendors_document_accepts_every_draft(of_version, vendor_validator):
    refused = [
        f"{operation}: {problem}"
        for operation, made in drafts(of_version)
        if made.body is not None
        and (problem := vendor_validator.problem(made.method, made.path.partition("?")[0], made.body))
    ]
    assert refused == []


def test_minimal_has_what_is_needed_and_full_has_all(known):
    minimal = draft(known, "POST /products").body
    assert minimal == {"name": "Example"}
    full = draft(known, "POST /products", full=True).body
    assert set(full) == set(known.schemas["ProductServiceRequest"]["properties"])
    assert full["price"] == {"currency": "EUR", "value": 11900}


def test_what_the_document_does_not_require_and_the_api_wants(known):
    assert {"document_id", "currency", "due_date", "issued_at"} <= set(draft(known, "POST /payables").body)
    (line,) = draft(known, "POST /receivables").body["line_items"]
    assert {"product_id", "vat_rate_id", "quantity"} <= set(line)


def test_kinds_of_body(known):
    counterparts = known.find("POST", "/counterparts").operation
    assert choices(known, counterparts) == ["organization", "individual"]
    person = draft(known, "POST /counterparts", choice="individual").body
    assert person["type"] == "individual"
    assert set(person) == {"type", "individual"}
    entity = draft(known, "POST /entities", choice="individual").body
    assert "individual" in entity
    assert "organization" not in entity
    assert draft(known, "POST /receivables", choice="quote").body["type"] == "quote"
    assert draft(known, "POST /receivables").body["type"] == "invoice"
    assert draft(known, "POST /receivables", choice="credit_note").body["type"] == "credit_note"
    assert choices(known, known.find("POST", "/products").operation) == []


def test_kinds_without_a_type_have_one_name_each(known):
    notes = known.find("POST", "/delivery_notes").operation
    assert len(choices(known, notes)) == 2
    assert set(draft(known, "POST /delivery_notes", choice="based_on").body) == {"based_on"}
    requests = known.find("POST", "/approval_requests").operation
    assert choices(known, requests) == ["role_ids", "user_ids"]
    asked = draft(known, "POST /approval_requests", choice="user_ids").body
    assert "user_ids" in asked
    assert "role_ids" not in asked


def test_a_kind_that_there_is_not(known):
    with pytest.raises(CatalogueError, match="it has organization, individual"):
        draft(known, "POST /counterparts", choice="robot")
    with pytest.raises(CatalogueError, match="it has none"):
        draft(known, "POST /products", choice="robot")


def test_a_secret_is_a_reference_to_a_variable(known):
    assert draft(known, "POST /auth/token").body["client_secret"] == "{{ client_secret }}"
    assert draft(known, "POST /auth/revoke").body["token"] == "{{ token }}"


def test_ids_that_are_known_are_used(known):
    def seen(name):
        return SEEN if name == "counterpart_id" else None

    made = draft(known, "POST /counterparts/{counterpart_id}/contacts", known=seen)
    assert made.path == f"/counterparts/{SEEN}/contacts"
    body = draft(known, "POST /payables", known=seen).body
    assert body["counterpart_id"] == SEEN
    assert EXAMPLE_ID not in made.path


def test_a_form_and_a_call_without_a_body(known):
    assert (
        draft(known, "POST /files").cell
        == "%monite POST /files --file file=example.pdf -d file_type=ocr_results"
    )
    assert draft(known, "GET /tags").cell == "%monite GET /tags"
    assert draft(known, "GET /analytics/payables").cell.startswith("%monite GET /analytics/payables?metric=")


def test_an_approval_policy_asks_a_role_that_was_seen(known):
    for seen in (None, SEEN):
        made = draft(
            known,
            "POST /approval_policies",
            known=lambda name, seen=seen: seen if name == "role_id" else None,
        )
        [step] = made.body["script"]
        assert step["call"] == "ApprovalRequests.request_approval_by_roles"
        assert step["params"] == {"role_ids": [seen or EXAMPLE_ID], "required_approval_count": 1}


@pytest.mark.parametrize("call", ["POST /roles", "PATCH /roles/{role_id}"])
def test_a_draft_of_a_role_carries_one_permission(of_version, call):
    ((one,),) = [each["actions"] for each in draft(of_version, call).body["permissions"]["objects"]]
    assert one == {"action_name": "read", "permission": "allowed"}
