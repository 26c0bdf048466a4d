"""The vendor's Node SDK, which speaks an older API version, against the served simulator."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

VERSION = "2023-09-01"
STORY = Path(__file__).with_name("node_sdk_story.mjs")


@pytest.fixture(scope="module")
def package():
    """Where the SDK is installed; without it, or without Node, the story is skipped."""
    folder = Path(os.environ.get("MONITE_MAGIC_NODE_SDK") or STORY.parent / "node_modules")
    package = folder / "@monite" / "sdk-api"
    if shutil.which("node") is None or not package.is_dir():
        pytest.skip("Install the vendor's Node SDK first: npm install --prefix tests/simulator")
    return package


@pytest.fixture(scope="module")
def told(served, package, tmp_path_factory):
    """What the SDK was answered, step by step."""
    with served(tmp_path_factory.mktemp("node")) as (_, given):
        names = ("client_id", "client_secret")
        credentials = {name: given[f"MONITE_{name.upper()}"] for name in names}
        token = httpx.post(
            f"{given['MONITE_BASE_URL']}/auth/token",
            json={"grant_type": "client_credentials", **credentials},
            headers={"X-Monite-Version": VERSION},
        ).json()["access_token"]
        done = subprocess.run(
            ["node", str(STORY), str(package)],
            capture_output=True,
            text=True,
            env={**os.environ, **given, "MONITE_STORY_TOKEN": token, "NODE_NO_WARNINGS": "1"},
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-3_000:]
    return json.loads(done.stdout)


def test_it_speaks_its_own_version(told):
    assert told["apiVersion"] == VERSION


def test_the_registered_address_becomes_the_default_one(told):
    [address] = told["first"]
    assert address["is_default"] is True
    assert (address["city"], address["line1"]) == ("Bremen", "Speicherhof 9")
    assert "address" not in told["customer"]["organization"]


def test_another_address_is_made_the_default_one(told):
    assert told["second"]["is_default"] is True
    assert {each["line1"]: each["is_default"] for each in told["both"]} == {
        "Speicherhof 9": False,
        "Kai 3": True,
    }


def test_an_invoice_has_the_address_that_it_was_given(told):
    invoice = told["invoice"]
    assert invoice["counterpart_billing_address"]["line1"] == "Lager 12"
    assert invoice["counterpart_address"]["line1"] == "Lager 12"
    # 3 x 249.50 EUR and 7 % of 748.50 EUR, which is 52.395 EUR.
    assert (invoice["subtotal"], invoice["total_vat_amount"], invoice["total_amount"]) == (74850, 5240, 80090)
    [line] = invoice["line_items"]
    assert line["product"]["measure_unit"]["name"] == "sack"
    assert line["product"]["created_at"]
    assert line["product"]["vat_rate"]["status"] == "active"


def test_what_is_missing_is_not_wrapped(told):
    assert "errors" not in told["verified"]


def test_the_invoice_is_issued_and_paid(told):
    assert told["issued"]["status"] == "issued"
    assert (told["paid"]["status"], told["paid"]["amount_due"]) == ("paid", 0)
    assert told["invoice"]["id"] in [each["id"] for each in told["listed"]]


def test_a_bill_has_its_amounts(told):
    # 2 x 125.00 EUR and 19 %.
    assert (told["bill"]["amount_due"], told["bill"]["document_id"]) == (29750, "R-77")


def test_a_newer_versions_name_is_refused(told):
    assert told["refusal"]["status"] == 422
    problems = {".".join(map(str, each["loc"][1:])) for each in told["refusal"]["body"]["detail"]}
    assert "organization.registered_address" in problems
