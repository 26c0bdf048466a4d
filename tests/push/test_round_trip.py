"""What was pulled and saved comes back: pull, save, wipe, push gives the same rows but for ids and dates."""

import json
import string
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import monite_magic
from monite_magic import simulator
from monite_magic.tables.table_files import save_tables

CURRENCIES = ("EUR", "JPY", "KWD", "USD")
WORDS = st.text(
    string.ascii_letters + string.digits + "äßéż .,'&-+=@0",
    min_size=1,
    max_size=20,
).map(lambda text: " ".join(text.split()) or "x")
ADDRESS = st.fixed_dictionaries(
    {"line1": WORDS, "city": WORDS, "postal_code": st.from_regex(r"0[0-9]{4}", fullmatch=True),
     "country": st.sampled_from(["DE", "JP", "KW"])}
)  # fmt: skip
FLAGS = {"is_vendor": st.booleans(), "is_customer": st.booleans()}
ORGANIZATION = st.fixed_dictionaries({"legal_name": WORDS, "address": ADDRESS, **FLAGS})
INDIVIDUAL = st.fixed_dictionaries({"first_name": WORDS, "last_name": WORDS, "address": ADDRESS, **FLAGS})
COUNTERPART = st.one_of(
    st.fixed_dictionaries({"type": st.just("organization"), "organization": ORGANIZATION}),
    st.fixed_dictionaries({"type": st.just("individual"), "individual": INDIVIDUAL}),
)
PRODUCT = st.fixed_dictionaries(
    {"name": WORDS, "price": st.fixed_dictionaries(
        {"value": st.integers(0, 10**9), "currency": st.sampled_from(CURRENCIES)})},
    optional={"description": WORDS, "external_reference": st.from_regex(r"0[0-9]{1,6}", fullmatch=True)},
)  # fmt: skip
BILL = st.fixed_dictionaries(
    {"document_id": st.from_regex(r"0[0-9]{1,6}", fullmatch=True), "currency": st.sampled_from(CURRENCIES),
     "total_amount": st.integers(0, 10**9),
     "issued_at": st.dates(pd.Timestamp("2001-01-01").date()).map(str)},
    optional={"description": WORDS, "tax": st.integers(0, 10_000)},
)  # fmt: skip
VOLATILE = ("id", "created_at", "updated_at", "default_billing_address_id")


def unlike(rows):
    """Leave out rows that a table could not tell apart."""
    return list({json.dumps(row, sort_keys=True): row for row in rows}.values())


def made(client, path, rows):
    for row in rows:
        client.post(path, json=row).raise_for_status()


def plain(client, path):
    """All rows as they are, without ids and dates, in a fixed order."""
    rows = [row for page in client.pages(path) for row in page.items]
    if path == "/counterparts":
        for row in rows:
            address = client.get(f"/counterparts/{row['id']}/addresses").items[0]
            row["address"] = {name: address[name] for name in ("line1", "city", "postal_code", "country")}
    kept = [{name: value for name, value in row.items() if name not in VOLATILE} for row in rows]
    return sorted(kept, key=lambda row: json.dumps(row, sort_keys=True))


def with_addresses(client, frame):
    """Add the addresses, which a list of counterparts doesn't have."""
    for at, row in frame.iterrows():
        address = client.get(f"/counterparts/{row['id']}/addresses").items[0]
        for name in ("line1", "city", "postal_code", "country"):
            frame.loc[at, f"{row['type']}.address.{name}"] = address[name]
    return frame


def saved(client, path, file):
    """Pull a list and save it, as people do."""
    pulled = monite_magic.pull(path, client=client, progress=False)
    if path != "/counterparts":
        return pulled.save(file)
    return save_tables(file, {"counterparts": with_addresses(client, pulled["counterparts"])})


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".parquet"])
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(
    counterparts=st.lists(COUNTERPART, min_size=1, max_size=4).map(unlike),
    products=st.lists(PRODUCT, min_size=1, max_size=4).map(unlike),
    bills=st.lists(BILL, min_size=1, max_size=4).map(unlike),
)
def test_pull_save_wipe_push_gives_the_same(tmp_path_factory, suffix, counterparts, products, bills):
    folder = Path(tmp_path_factory.mktemp("trip"))
    simulator.default().reset("empty")
    with monite_magic.connect(env="local") as client:
        lists = {"/counterparts": counterparts, "/products": products, "/payables": bills}
        for path, rows in lists.items():
            made(client, path, rows)
        before = {path: plain(client, path) for path in lists}
        files = {}
        for path in lists:
            files[path] = saved(client, path, folder / f"{path.strip('/')}{suffix}")
        simulator.default().reset("empty")
        for path, file in files.items():
            pushed = monite_magic.push(
                "POST", path, str(file), client=client, send=True, rate=10_000, progress=False
            )
            assert pushed.failed == 0
        for path, rows in before.items():
            assert plain(client, path) == rows, path
