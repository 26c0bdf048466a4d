"""An error says what, which field, why in our words, and the next step as a cell to run."""

import json

import pytest

import monite_magic
from monite_magic.cell.reading import parse
from monite_magic.core.errors import TemplateError
from monite_magic.core.masking import MASK
from monite_magic.explain.problems import problem_of

ITEM = "/payables/8f14e45f"


def error(message):
    return {"error": {"message": message}}


def made(**how):
    return how


CASES = {
    "401": (
        made(data=error("Token expired"), status=401),
        ["The token was not accepted.", "The API says: Token expired", "%monite_login"],
    ),
    "400 with an expired token": (
        made(data=error("The token is expired"), status=400),
        ["The token was not accepted.", "%monite_login"],
    ),
    "401 of the token exchange": (
        made(data=error("Invalid client"), status=401, method="POST", path="/auth/token"),
        ["The credentials were not accepted.", "another environment than local", "%monite_login --form"],
    ),
    "400 without an entity": (
        made(data=error("Missing header: x-monite-entity-id"), status=400),
        ["needs an entity", "X-Monite-Entity-Id", "%monite GET /entities"],
    ),
    "400": (
        made(data=error("Script validation error"), status=400),
        [
            "The API rejected the call.",
            "The API says: Script validation error",
            "%monite_help GET /payables\n",
        ],
    ),
    "403": (
        made(data=error("Forbidden"), status=403),
        ["Missing permission for this call.", "%monite GET /entity_users/my_role"],
    ),
    "409 as a permission": (
        made(data=error("Action read for payable not allowed"), status=409),
        ["Missing permission to read payables.", "%monite GET /entity_users/my_role"],
    ),
    "403 of a user's own things to the partner": (
        made(data=error("Forbidden"), status=403, path="/entity_users/my_role"),
        ["needs an entity user's token", "%monite_use --entity-user ID", "%monite GET /entity_users\n"],
    ),
    "403 of what takes a user, by its words": (
        made(data=error("This operation needs the access token of an entity user."), status=403),
        ["needs an entity user's token", "%monite GET /entity_users\n"],
    ),
    "403 of the entities to a user": (
        made(data=error("Forbidden"), status=403, path="/entities"),
        ["needs the partner token", "%monite_use --partner\n"],
    ),
    "403 of what takes the partner, by its words": (
        made(data=error("This operation needs the partner's access token."), status=403, path="/settings"),
        ["needs the partner token", "%monite_use --partner\n"],
    ),
    "403 of another entity": (
        made(data=error("The access token belongs to another entity."), status=403),
        ["only for the user's own entity", "%monite GET /entity_users/my_entity", "%monite_use --partner\n"],
    ),
    "403 of the role itself": (
        made(data=error("Action read for role not allowed"), status=403, path="/entity_users/my_role"),
        ["not even its own", "%monite_use --partner\n"],
    ),
    "404 of an object": (
        made(
            data=error("Not found"),
            status=404,
            path=f"{ITEM}/line_items/9",
            template="/payables/{a}/line_items/{b}",
        ),
        ["Object not found.", f"%monite GET {ITEM}/line_items\n"],
    ),
    "404 of the entity": (
        made(data=error("Entity E-1 not found."), status=404, sent_headers={"X-Monite-Entity-Id": "E-1"}),
        ["Entity not found.", "%monite GET /entities\n"],
    ),
    "404 of a path": (
        made(data=error("Not found"), status=404, path="/payabels", template=None),
        ["Path not found.", "Similar paths: /payables", "%monite GET /payables"],
    ),
    "405": (
        made(data=error("Method not allowed"), status=405, method="PUT", path="/payables", template=None),
        ["This path doesn't support PUT.", "This path supports GET, POST.", "%monite_help GET /payables\n"],
    ),
    "404 of a slash at the end": (
        made(data=error("Not found"), status=404, path="/payables/", template="/payables"),
        ["It ends with a slash", "%monite GET /payables\n"],
    ),
    "409 of a payable": (
        made(
            data=error("State"),
            status=409,
            method="POST",
            path=f"{ITEM}/cancel",
            template="/payables/{id}/cancel",
        ),
        ["cancel works only in status draft or new, and changes it to canceled.", f"%monite GET {ITEM}\n"],
    ),
    "409 of what may be a draft": (
        made(
            data=error("State"),
            status=409,
            method="POST",
            path=f"{ITEM}/submit_for_approval",
            template="/payables/{id}/submit_for_approval",
        ),
        ["A complete draft becomes new automatically", f"%monite POST {ITEM}/validate"],
    ),
    "409 of a receivable": (
        made(
            data=error("S"), status=409, method="DELETE", path="/receivables/1", template="/receivables/{id}"
        ),
        ["DELETE works only in status draft, and changes it to deleted.", "%monite GET /receivables/1"],
    ),
    "409 of line items": (
        made(
            data=error("State"),
            status=409,
            method="PUT",
            path="/receivables/1/line_items",
            template="/receivables/{id}/line_items",
        ),
        ["PUT works only in status draft", "%monite GET /receivables/1\n"],
    ),
    "409 of something else": (
        made(data=error("Tag exists"), status=409, method="POST", path="/tags"),
        ["The call conflicts with existing data.", "unique", "%monite_help POST /tags\n"],
    ),
    "413": (made(data=error("Too big"), status=413), ["The request is too large."]),
    "418": (made(data=error("Teapot"), status=418), ["The API rejected the call.", "Teapot"]),
    "429": (
        made(data={"message": "API rate limit exceeded"}, status=429, headers={"Retry-After": "3"}),
        [
            "Too many requests.",
            "API rate limit exceeded",
            "Wait 3 s, then send it again:",
            "%monite GET /payables\n",
        ],
    ),
    "429 without a time": (made(data={"message": "slow"}, status=429), ["Wait a moment"]),
    "500 of a read": (
        made(data=error("Oops"), status=500),
        ["Server error.", "give support the request ID request-1.", "%monite GET /payables\n"],
    ),
    "500 of a creation": (
        made(data=error("Oops"), status=500, method="POST", path="/payables"),
        ["may or may not have taken effect", "request-1", "%monite GET /payables\n"],
    ),
    "500 of an action": (
        made(data=error("Oops"), status=500, method="POST", path=f"{ITEM}/cancel"),
        [f"%monite GET {ITEM}\n"],
    ),
    "500 of a change": (
        made(data=error("Oops"), status=500, method="PATCH", path=ITEM),
        [f"%monite GET {ITEM}\n"],
    ),
    "501 of the simulator": (
        made(data=error("No"), status=501),
        ["doesn't support this operation yet", "%monite_simulator rules"],
    ),
    "501 of another": (made(data=error("No"), status=501, env="sandbox"), ["Server error"]),
    "502 of a gateway": (
        made(content=b"<html>Bad gateway</html>", status=502, content_type="text/html"),
        ["Server error", "<html>Bad gateway</html>"],
    ),
    "an error without content": (made(content=b"", status=404), ["404 Not Found", "no content"]),
}


@pytest.mark.parametrize("case", CASES)
def test_each_family(case, answer, text, read_html):
    how, expected = CASES[case]
    response = answer(**how)
    plain = text(response) + "\n"
    unwrapped = " ".join(plain.split())
    html = read_html(response._repr_mimebundle_()["text/html"]).text
    for words in expected:
        assert words in plain or words in unwrapped
        assert words.strip() in html


@pytest.mark.parametrize(
    ("method", "path", "body", "cell"),
    [
        ("POST", f"{ITEM}/approve", None, f"%monite POST {ITEM}/approve_payment_operation"),
        ("POST", "/counterpart", b'{"a": 1}', '%%monite POST /counterparts\n{\n  "a": 1\n}'),
        ("POST", "/counterpart", b"not json", "%monite_help POST /counterparts"),
        ("PATCH", "/counterpart", None, "%monite PATCH '/counterparts/{{ counterpart_id }}'"),
        ("GET", f"/v1{ITEM}/line_itms", None, f"%monite GET {ITEM}/line_items"),
        ("GET", "/payabels/a1{{", None, "%monite GET '/payables/a1\\{{'"),
        ("DELETE", "/payabels", None, "%monite GET /payables"),
        ("PUT", f"{ITEM}/canc", None, "%monite_help POST /payables/{payable_id}/cancel"),
        ("GET", "/qwertyuiop", None, ""),
    ],
)
def test_what_was_meant_by_an_unknown_path_is_the_same_call(method, path, body, cell, answer):
    how = {"status": 404, "method": method, "path": path, "body": body, "template": None}
    problem = problem_of(answer(error("Not Found"), **how))
    assert problem.cell == cell
    assert problem.next_step == ("Did you mean:" if cell else "")


def test_no_refusal_leads_to_itself():
    """What is drafted after each refusal of the wrong token, sent in turn, ends in an answer."""
    client = monite_magic.connect(env="local")
    for path in ("/entity_users/my_role", "/entity_users/me", "/entity_users/my_entity"):
        refusal = client.get(path)
        assert refusal.status == 403
        call = problem_of(refusal).cell.removeprefix("%monite GET ")
        assert client.get(call).ok


BODY = b"""{
  "type": "organization",
  "organization": {
    "legal_name": "Mehl",
    "colour": "red",
    "is_customer": true
  }
}"""
DETAIL = [
    {
        "loc": ["body", "Organization", "organization", "is_vendor"],
        "msg": "Field required",
        "type": "missing",
    },
    {"loc": ["body", "organization", "colour"], "msg": "Extra inputs", "type": "extra_forbidden"},
    {"loc": ["body", "organization", "legal_name"], "msg": "Too short", "type": "string_too_short"},
    {"loc": ["query", "limit"], "msg": "Too large", "type": "less_than"},
]


def refused(answer, body=BODY, detail=DETAIL, body_line=None):
    refusal = answer({"detail": detail}, status=422, method="POST", path="/counterparts", body=body)
    refusal.body_line = body_line
    return refusal


def test_refused_fields_are_named_with_their_place_in_the_cell(answer, text):
    shown = text(refused(answer, body_line=2))
    assert "4 fields were rejected." in shown
    rows = [line.split("  ") for line in shown.split("\n")]
    rows = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert ["Organization.organization.is_vendor", "line 4, column 19", "Field required"] in rows
    assert ["organization.colour", "line 6, column 5", "Extra inputs"] in rows
    assert ["organization.legal_name", "line 5, column 19", "Too short"] in rows
    assert ["query limit", "Too large"] in rows


def test_the_ready_cell_has_what_was_missing_and_not_what_was_unknown(answer, text):
    cell = text(refused(answer)).partition("%%monite POST /counterparts")[2]
    assert '"is_vendor": {{ is_vendor }}' in cell  # nothing is chosen for anybody
    assert "colour" not in cell
    assert '"legal_name": "Mehl"' in cell


def test_a_call_to_be_sent_again_is_written_as_it_was(answer, text):
    body = b'{"name": "Mehl {{ x }}"}'
    how = {"status": 429, "method": "POST", "path": "/tags", "query": "?a=1&b=%7B%7B", "body": body}
    shown = text(answer({"message": "slow"}, **how))
    assert "Wait a moment, then send it again:\n" in shown
    magic, _, written = shown.partition("%%monite ")[2].partition("\n")
    filled = parse(magic, written).fill({})
    assert (filled.method, filled.path, filled.query) == ("POST", "/tags", [("a", "1"), ("b", "{{")])
    assert filled.body.data == json.loads(body)
    masked = text(answer({"message": "slow"}, **how | {"body": b'{"secret": "' + MASK.encode() + b'"}'}))
    assert "then run the cell again." in masked


def test_there_is_no_ready_cell_where_it_would_be_no_help(answer, text):
    values = [{"loc": ["body", "type"], "msg": "Wrong", "type": "enum"}]
    fine = b'{"name": "urgent"}'  # as far as the catalogue knows
    how = {"status": 422, "method": "POST", "path": "/tags", "body": fine}
    assert "%%monite" not in text(answer({"detail": values}, **how))
    assert "A field was rejected." in text(answer({"detail": values}, **how))
    assert "%%monite" not in text(refused(answer, body=BODY.replace(b"Mehl", "••••••••".encode())))
    assert "%%monite" not in text(refused(answer, body=b"not json\n"))
    assert "%%monite" not in text(refused(answer, body=None))


def test_a_body_sent_from_python_has_no_place_in_a_cell(answer, text):
    assert "in the cell" not in text(refused(answer))


def test_missing_items_of_a_list_are_mended(answer, text):
    body = b'{"line_items":\n [{"quantity": 1}]}'
    detail = [{"loc": ["body", "line_items", 0, "product_id"], "msg": "Field required", "type": "missing"}]
    how = {"status": 422, "method": "POST", "path": "/unknown", "body": body}
    shown = text(answer({"detail": detail}, **how))
    assert "Fill in: line_items[0].product_id. Then send it again:" in shown
    assert '"product_id": {{ product_id }}' in shown


def drafted(path, body, text):
    """What is said to a body that the simulator refuses, and the cell that is drafted of it."""
    refusal = monite_magic.connect(env="local").post(path, json=body)
    assert refusal.status == 422
    before, _, cell = text(refusal).partition(f"%%monite POST {path}\n")
    return " ".join(before.split()), cell


ADDRESS = {"country": "DE", "city": "Köln", "line1": "Ring 1", "postal_code": "50667"}
COMPANY = {"legal_name": "Mehl", "is_vendor": True, "is_customer": False, "address": ADDRESS}


def test_a_slip_in_the_kind_of_body_keeps_all_that_was_written(text):
    said, cell = drafted("/counterparts", {"type": "organisation", "organization": COMPANY}, text)
    assert "Changed: type to organization. Then send it again:" in said
    assert json.loads(cell) == {"type": "organization", "organization": COMPANY}


def test_what_only_a_person_can_know_is_asked_for_and_cannot_be_sent_as_it_is(text):
    company = {"legal_nam": "Mehl", "is_vendor": "perhaps", "address": {"country": "Italy", "city": "Rom"}}
    said, cell = drafted("/counterparts", {"type": "organization", "organization": company}, text)
    assert "Changed: organization.legal_nam to legal_name." in said
    for gap in (
        "organization.is_vendor (was perhaps)",
        "organization.is_customer",
        "organization.address.country (was Italy)",
        "organization.address.postal_code",
    ):
        assert gap in said
    assert "(Allowed values: %monite_help POST /counterparts) Then send it again:" in said
    with pytest.raises(TemplateError, match="is_vendor"):
        parse("POST /counterparts", cell).fill({})
    values = {"is_vendor": True, "is_customer": False, **ADDRESS}
    body = parse("POST /counterparts", cell).fill(values).body.data
    assert body == {
        "type": "organization",
        "organization": {**COMPANY, "address": {**ADDRESS, "city": "Rom"}},
    }


def test_one_country_is_not_taken_for_another(text):
    company = {**COMPANY, "address": {**ADDRESS, "country": "UKR"}}  # alike is KR
    said, cell = drafted("/counterparts", {"type": "organization", "organization": company}, text)
    assert "organization.address.country (was UKR)" in said
    assert '"{{ country }}"' in cell
    company = {**COMPANY, "address": {**ADDRESS, "country": "de"}}
    _, cell = drafted("/counterparts", {"type": "organization", "organization": company}, text)
    assert json.loads(cell)["organization"] == COMPANY


def test_a_value_that_is_nearly_right_is_put_right(text):
    said, cell = drafted("/payables", {"currency": "euro", "colour": "red"}, text)
    assert "Changed: currency to EUR, colour removed." in said
    assert json.loads(cell) == {"currency": "EUR"}


def test_the_whole_answer_is_at_hand(answer, read_html):
    html = read_html(
        answer({"error": {"message": "No", "type": "special"}}, status=400)._repr_mimebundle_()["text/html"]
    )
    assert "The whole answer" in html.text
    assert '"special"' in html.text
