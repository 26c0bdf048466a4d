"""The checks of exercises, asked of a real simulator: what they find missing, and when they are content."""

import pytest

from monite_magic import simulator
from monite_magic.api.credentials import Profile
from monite_magic.core.environments import LOCAL
from monite_magic.core.errors import CredentialsError
from monite_magic.session import session
from monite_magic.tutorials import exercises


@pytest.fixture
def client():
    simulator.default().reset()
    session.current().log_in(Profile(None, LOCAL, None))
    yield session.current().client
    session.current().log_out()


@pytest.fixture
def mill(client):
    address = {"country": "DE", "city": "Hamburg", "line1": "Kai 7", "postal_code": "20457"}
    firm = {"legal_name": "Millstone", "is_vendor": True, "is_customer": False, "address": address}
    made = client.post("/counterparts", json={"type": "organization", "organization": firm})
    return f"/counterparts/{made['id']}"


def shown(verdict):
    return verdict._repr_mimebundle_()["text/plain"]


def test_values_of_an_object(mill):
    good = exercises.has(mill, type="organization", reminders_enabled=True)
    assert good
    assert shown(good).startswith("Right\n")
    open_still = exercises.has(mill, type="individual", external_reference="M-1", reminders_enabled=True)
    assert not open_still
    assert open_still.missing == (
        "type is organization, not individual.",
        "external_reference is empty, not M-1.",
    )
    assert shown(open_still).startswith("Not yet\ntype is organization, not individual.\n")


def test_how_many_a_list_holds(client, mill):
    vat_ids = f"{mill}/vat_ids"
    for country in ("DE", "FR"):
        made = client.post(
            vat_ids, json={"country": country, "type": "eu_vat", "value": f"{country}123456789"}
        )
        assert made.status == 201
    assert exercises.at_least(2, vat_ids)
    assert exercises.at_least(1, vat_ids, country="FR", type="eu_vat")
    assert exercises.at_least(3, vat_ids).missing == ("Expected at least 3, found 2.",)
    assert exercises.at_least(1, vat_ids, country="FR", type="gb_vat").missing == (
        "Expected at least 1 with country FR and type gb_vat, found 0.",
    )


def test_what_a_role_allows(client):
    actions = [
        {"action_name": "read", "permission": "allowed"},
        {"action_name": "update", "permission": "allowed_for_own"},
        {"action_name": "delete", "permission": "not_allowed"},
    ]
    permissions = {"objects": [{"object_type": "payable", "actions": actions}]}
    role = client.post("/roles", json={"name": "Reader", "permissions": permissions})["id"]
    assert exercises.allows(role, "payable", "read")
    assert exercises.allows(role, "payable", "read", "update", "delete").missing == (
        "payable: update is not allowed yet.",
        "payable: delete is not allowed yet.",
    )
    assert exercises.allows(role, "payable", "read", only=True).missing == (
        "payable: update is allowed, but should not be.",
    )
    assert exercises.allows(role, "counterpart", "read").missing == ("counterpart: read is not allowed yet.",)


@pytest.fixture
def books(client):
    simulator.default().reset("bakery")
    session.current().log_in(Profile(None, LOCAL, None))
    return "/receivables?type=invoice&status__in=overdue&status__in=issued&limit=3"


def test_sums_for_each_currency(books):
    frame = session.current().client.get(books.replace("limit=3", "limit=250")).df()
    right = frame.groupby("currency")["amount_due"].sum()
    assert set(right.index) == {"EUR", "KWD"}
    assert exercises.totals(right, books, "amount_due")
    assert exercises.totals({**right, "JPY": 0}, books, "amount_due")
    assert exercises.totals(None, books, "amount_due").missing == ("No sums yet.",)
    wrong = {"EUR": 1, "KWD": right["KWD"] + 0.001, "USD": 5}
    assert exercises.totals(wrong, books, "amount_due").missing == (
        "EUR: 1 is too low.",
        f"KWD: {wrong['KWD']} is too high.",
        "USD: there should be no sum.",
    )
    assert exercises.totals({"EUR": right["EUR"]}, books, "amount_due").missing == (
        "KWD: the sum is missing.",
    )


def test_the_rows_in_a_parquet_file(books, tmp_path):
    client, file = session.current().client, tmp_path / "open.parquet"
    assert exercises.rows_in(file, books).missing == ("File not found: open.parquet, next to this notebook.",)
    file.write_text("no Parquet")
    assert exercises.rows_in(file, books).missing == (
        "open.parquet is not a Parquet file, or has no column id.",
    )
    frame = client.get(books.replace("limit=3", "limit=250")).df()
    frame[["status"]].to_parquet(file)
    assert not exercises.rows_in(file, books)
    frame.to_parquet(file)
    assert exercises.rows_in(file, books)
    frame[1:].to_parquet(file)
    assert exercises.rows_in(file, books).missing == ("Rows missing: 1.",)
    assert exercises.rows_in(file, books.replace("overdue", "paid")).missing[1].startswith("Rows too")


@pytest.mark.parametrize(
    "check",
    [
        lambda path: exercises.has(path, status="new"),
        lambda path: exercises.at_least(1, path),
        lambda path: exercises.totals({}, path, "amount_due"),
        lambda path: exercises.rows_in(__file__, path),
        lambda path: exercises.allows(path.rpartition("/")[2], "payable", "read"),
    ],
)
def test_what_is_not_there_is_told_and_leaves_the_session_alone(client, check):
    session.current().call("GET", "/entities")
    before = session.current().last
    verdict = check("/roles/00000000-0000-4000-8000-000000000000")
    assert not verdict
    assert "returned 404" in verdict.missing[0]
    assert session.current().last is before


def test_nobody_logged_in():
    session.current().log_out()
    with pytest.raises(CredentialsError):
        exercises.has("/entities", status="active")
