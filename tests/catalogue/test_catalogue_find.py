"""Finding operations by method and path, and naming the nearest ones."""

from __future__ import annotations

import pytest

from monite_magic import catalogue
from monite_magic.catalogue.nearest import nearest_words

ID = "8f2a1c9e-0000-4000-8000-00000000abcd"


@pytest.fixture(scope="module")
def packaged():
    return catalogue.load()


def test_every_operation_is_found_by_its_template_and_by_a_concrete_path(packaged):
    for operation in packaged.operations:
        assert packaged.find(operation.method, operation.path).operation is operation
        names = [p.name for p in operation.path_parameters]
        concrete = operation.path
        for name in names:
            concrete = concrete.replace(f"{{{name}}}", ID)
        match = packaged.find(operation.method.lower(), concrete + "?limit=1#x")
        assert match.operation is operation
        assert match.path_params == dict.fromkeys(names, ID)


def test_a_literal_beats_a_parameter(packaged):
    assert packaged.find("GET", "/entity_users/me").operation.path == "/entity_users/me"
    assert packaged.find("GET", f"/entity_users/{ID}").operation.path == "/entity_users/{entity_user_id}"
    assert {o.path for o in packaged.at("/entity_users/me")} == {"/entity_users/me"}
    assert {o.method for o in packaged.at(f"/payables/{ID}")} == {"GET", "PATCH", "DELETE"}


def test_a_method_that_only_the_parameter_has_still_finds_it(packaged):
    match = packaged.find("DELETE", "/entity_users/me")
    assert match.operation.path == "/entity_users/{entity_user_id}"
    assert match.path_params == {"entity_user_id": "me"}


@pytest.mark.parametrize("path", ["/payables", "payables", "/payables/", "/payables?status=new"])
def test_ways_to_write_a_path(packaged, path):
    assert packaged.find("get", path).operation.path == "/payables"


def test_path_values_are_decoded_and_placeholders_kept(packaged):
    assert packaged.find("GET", "/tags/a%2Fb").path_params == {"tag_id": "a/b"}
    match = packaged.find("GET", "/tags/{{ x['a/b?'] }}?q=1")
    assert match.path_params == {"tag_id": "{{ x['a/b?'] }}"}
    assert packaged.find("GET", "/tags/{{ unfinished") is not None


@pytest.mark.parametrize("path", ["/nowhere", "/payables/a/b/c/d", "", "/", "/payables//x"])
def test_what_is_not_there_is_none(packaged, path):
    assert packaged.find("GET", path) is None
    assert packaged.at(path) == ()


@pytest.mark.parametrize(
    ("path", "best"),
    [
        ("/payable", "/payables"),
        (f"/counterpart/{ID}/adresses", "/counterparts/{counterpart_id}/addresses"),
        ("/counterpart/{{ c.id }}/adresses", "/counterparts/{counterpart_id}/addresses"),
        (f"/payables/{ID}/aprove", "/payables/{payable_id}/approve_payment_operation"),
        ("/v1/payables", "/payables"),
        ("/entity_user/me", "/entity_users/me"),
    ],
)
def test_the_nearest_path_comes_first(packaged, path, best):
    assert packaged.nearest(path)[0] == best


def test_nearest_finds_a_resource_below_another_and_nothing_for_nonsense(packaged):
    assert "/counterparts/{counterpart_id}/contacts" in packaged.nearest("/contacts")
    assert packaged.nearest("/zzzzz") == []
    assert len(packaged.nearest("/payables")) == 3


@pytest.mark.parametrize(
    ("word", "known"), [("unpaid", "paid"), ("active", "inactive"), ("allowed", "not_allowed")]
)
def test_the_opposite_of_a_word_is_not_suggested(word, known):
    assert nearest_words(word, [known, "draft"]) == []
    assert nearest_words(known, [word, "draft"]) == []


def test_nearest_words_ignores_case_and_finds_parts():
    assert nearest_words("Curency", ["amount", "currency"]) == ["currency"]
    assert nearest_words("number", ["document_number_prefix"]) == ["document_number_prefix"]
    assert nearest_words("qq", ["currency"]) == []


def test_resolve_follows_references_and_keeps_what_stands_beside_them(packaged):
    order = next(p for p in packaged.find("GET", "/payables").operation.query_parameters if p.name == "order")
    resolved = packaged.resolve(order.schema)
    assert resolved["enum"] == ["asc", "desc"]
    assert resolved["default"] == "asc"
    assert "$ref" not in resolved


def test_standalone_adds_only_what_is_needed(packaged):
    assert packaged.standalone({"type": "string"}) == {"type": "string"}
    alone = packaged.standalone({"$ref": "#/$defs/CurrencyEnum"})
    assert set(alone["$defs"]) == {"CurrencyEnum"}


def test_representation_names_the_version(packaged):
    assert repr(packaged) == "<Catalogue 2024-05-25: 391 operations>"
    assert str(packaged.operations[0]).startswith(packaged.operations[0].method)
    assert len(set(packaged.operations)) == 391
