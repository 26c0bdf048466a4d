"""Every field of every document that may hold a secret is on a list that a person has reviewed."""

from __future__ import annotations

import json

import pytest
import vendor

from monite_magic import catalogue
from monite_magic.core.masking import MASK, mask_headers, mask_json_fields, mask_url, sealed_json
from monite_magic.core.secret_fields import NO_SECRETS, SECRETS, is_secret_field


def unknown(document):
    candidates = {name for name, schema in vendor.fields_of(document) if vendor.may_be_secret(name, schema)}
    assert candidates, "the pattern catches something in every document"
    return sorted(candidates - SECRETS.keys() - NO_SECRETS.keys())


@pytest.mark.parametrize("version", catalogue.versions())
def test_every_candidate_of_a_packaged_catalogue_was_reviewed(version):
    assert unknown(vendor.packaged(version)) == []


@pytest.mark.referee
def test_every_candidate_of_every_document_was_reviewed():
    documents = vendor.read_all() or pytest.skip(vendor.MISSING)
    assert set(documents) == set(catalogue.versions())
    assert {name: unknown(document) for name, document in documents.items()} == {
        name: [] for name in documents
    }


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("bank_passcode", {}),
        ("apiKey", {}),
        ("opening_phrase", {"format": "password"}),
        ("opening_phrase", {"writeOnly": True}),
        ("opening_phrase", {"description": "The one-time code that the bank has sent."}),
    ],
)
def test_a_new_field_fails_the_review(name, schema):
    assert unknown({"properties": {name: schema, "secret": {}}}) == [name]


def test_the_rule_and_the_lists_agree():
    assert not SECRETS.keys() & NO_SECRETS.keys()
    assert [name for name in SECRETS if not is_secret_field(name)] == []
    assert [name for name in NO_SECRETS if is_secret_field(name)] == []


@pytest.mark.parametrize("name", [*SECRETS, "acme_api_key", "webhookSecret", "X-Auth-Token", "one_time_otp"])
def test_a_secret_field_is_masked_in_every_form(name):
    value = "canary-7d3f"
    for text in (
        json.dumps({"data": [{name: value}]}),
        json.dumps({name: value}, separators=(",", ":")),
        json.dumps({"body": json.dumps({name: value})}),
        json.dumps({"body": json.dumps({"body": json.dumps({name: value})})}),
        json.dumps({name: 7311})[:-1],
    ):
        assert value not in mask_json_fields(text)
        assert "7311" not in mask_json_fields(text)
        assert json.loads(mask_json_fields(text) + ("" if text.endswith("}") else "}"))
    sealed = sealed_json(json.dumps({"a": [{name: value}]}).encode())
    assert repr(sealed["a"][0][name]) == f"Secret({MASK})"
    assert mask_url(f"/x?a=1&{name}={value}&b=2") == f"/x?a=1&{name}={MASK}&b=2"


@pytest.mark.parametrize("name", NO_SECRETS)
def test_what_only_sounds_like_a_secret_is_shown(name):
    text = json.dumps({name: "shown", "a": {name: "shown"}})
    assert mask_json_fields(text) == text


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Bearer k1 k2", f"Bearer {MASK}"),
        ("authorization", "k1 k2", MASK),
        ("Set-Cookie", "session=k1; Path=/", MASK),
        ("Cookie", "a=k1; b=k2", MASK),
        ("X-Api-Key", "k1 k2", MASK),
        ("X-Auth-Token", "k1 k2", MASK),
        ("Monite-Signature", "t=1, v1=k1", MASK),
        ("Location", "/x?access_token=k1&a=2", f"/x?access_token={MASK}&a=2"),
        ("Idempotency-Key", "shown", "shown"),
        ("Content-Type", "text/csv; charset=utf-8", "text/csv; charset=utf-8"),
    ],
)
def test_only_authorization_keeps_its_scheme(name, value, shown):
    assert mask_headers({name: value}) == {name: shown}
