"""Values that are not what the catalogue says: left empty, counted and reported; amounts that can be used."""

import json
import random
from collections import Counter
from decimal import Decimal, localcontext

import pandas as pd
import pytest

from monite_magic.core.errors import UnexpectedValuesWarning
from monite_magic.tables.pull import pull

pa = pytest.importorskip("pyarrow")
compute = pytest.importorskip("pyarrow.compute")
dataset = pytest.importorskip("pyarrow.dataset")
duckdb = pytest.importorskip("duckdb")
pl = pytest.importorskip("polars")

ENTITY = "entity-a"
FAST = {"rate": 10_000, "progress": False}


@pytest.fixture(params=["pandas", "polars", "pyarrow", "m.parquet", "m.duckdb"])
def to(request, tmp_path):
    return tmp_path / request.param if "." in request.param else request.param


def table_of(pulled, to, name="payables"):
    """What was pulled as a table of pyarrow, without what only files have."""
    if isinstance(to, str):
        found = pulled[name]
        if to == "pyarrow":
            return found
        return found.to_arrow() if to == "polars" else pa.Table.from_pandas(found)
    if to.suffix == ".duckdb":
        with duckdb.connect(str(to), read_only=True) as db:
            return db.sql(f"SELECT * FROM {name}").to_arrow_table()
    return dataset.dataset(to / name, partitioning="hive").to_table()


@pytest.mark.parametrize("odd", ["12,50", "1250", 12.5, True, [5], {"amount": 5}])
def test_an_amount_that_is_none_is_empty_and_reported_with_path_and_example(odd, to, server, client):
    server.fill(250)
    server.rows["payables", ENTITY][123]["total_amount"] = odd
    server.rows["payables", ENTITY][7]["total_amount"] = 11900.0
    with pytest.warns(UnexpectedValuesWarning, match=r"1 value of total_amount"):
        pulled = pull("payables", client=client, to=to, workers=1, **FAST)
    table = table_of(pulled, to)
    amounts = dict(zip(table["id"].to_pylist(), table["total_amount"].to_pylist(), strict=True))
    assert amounts["p123"] is None or amounts["p123"] != amounts["p123"]
    assert [float(amounts[f"p{i}"]) for i in (7, 122, 124)] == [119.0, 1.22, 1.24]
    assert pulled.complete
    [report] = pulled.unexpected["payables"]
    assert (report["path"], report["count"], report["row"]) == ("total_amount", 1, "p123")
    assert report["example"] == json.dumps(odd)
    said = " ".join(repr(pulled).split())
    assert "1 value of total_amount in payables: left empty, not an amount" in said
    assert "in the row with the ID p123" in said
    if not isinstance(to, str) and to.suffix == ".parquet":
        [part] = json.loads((to / "_manifest.json").read_text())["parts"]
        assert part["unexpected"]["total_amount"]["count"] == 1
        assert part["unexpected"]["total_amount"]["example"] == json.dumps(odd)


def test_the_report_is_of_what_is_kept_now(server, client, tmp_path):
    server.fill(30)
    row = server.rows["payables", ENTITY][3]
    row["total_amount"] = "soon"
    for _ in range(2):  # read whole again: it is counted once
        with pytest.warns(UnexpectedValuesWarning):
            pulled = pull("payables", client=client, to=tmp_path / "m.parquet", **FAST)
        assert [each["count"] for each in pulled.unexpected["payables"]] == [1]
    row["total_amount"] = 5
    assert pull("payables", client=client, to=tmp_path / "m.parquet", **FAST).unexpected == {}


#: Fields of a payable: how a right value is made, what it is as a Python value, and wrong ones.
FIELDS = {
    "total_amount": (lambda r: r.randrange(-(10**9), 10**9), lambda v: Decimal(v) / 100, ["1", 1.5, [1], {}]),
    "tax": (lambda r: r.randrange(0, 10_000), int, ["19", 0.5, [19], {"x": 1}]),
    "document_id": (lambda r: f"INV-{r.randrange(10**6)}", str, [["x"], {"a": 1}, True, 1.5]),
    "due_date": (lambda r: f"2026-{r.randrange(1, 13):02}-{r.randrange(1, 29):02}", str, ["soon", 5, ["x"]]),
    "issued_at": (lambda r: f"2026-01-{r.randrange(1, 29):02}", str, ["2026-02-30", 20260101, True]),
}


@pytest.mark.parametrize("seed", range(3))
def test_one_odd_value_in_a_hundred_changes_no_other(seed, to, server, client):
    chance = random.Random(seed)
    server.fill(600)
    wrong, right = Counter(), {}
    for row in server.rows["payables", ENTITY]:
        for name, (make, meaning, odd) in FIELDS.items():
            if chance.random() < 0.01:
                row[name] = chance.choice(odd)
                wrong[name] += 1
            else:
                row[name] = make(chance)
                right[row["id"], name] = meaning(row[name])
    with pytest.warns(UnexpectedValuesWarning):
        pulled = pull("payables", client=client, to=to, **FAST)
    assert {each["path"]: each["count"] for each in pulled.unexpected["payables"]} == wrong
    for row in table_of(pulled, to).select(["id", *FIELDS]).to_pylist():
        for name in FIELDS:
            value, wanted = row[name], right.get((row["id"], name))
            if wanted is None:
                assert value is None or value != value
            elif isinstance(wanted, Decimal):
                assert round(Decimal(value), 2) == wanted
            else:
                assert (str(value)[:10] if "-" in str(wanted) and name != "document_id" else value) == wanted


# -- amounts that can be used -------------------------------------------------------------------------------


@pytest.fixture
def books(server, client, tmp_path):
    """A dataset with very large and small amounts."""
    server.fill(4, discount=3)
    for row, amount in zip(server.rows["payables", ENTITY], (10**17 - 1, -(10**17) + 1, 1, 250), strict=True):
        row["total_amount"] = amount
    pull("payables", client=client, to=tmp_path / "m.parquet", **FAST)
    return tmp_path / "m.parquet"


def test_amounts_can_be_added_and_multiplied_and_divided_in_pyarrow(books):
    amounts = dataset.dataset(books / "payables").to_table().sort_by("created_at")["total_amount"]
    assert amounts.type == pa.decimal128(19, 3)
    exact = [Decimal(10**17 - 1) / 100, Decimal(-(10**17) + 1) / 100, Decimal("0.01"), Decimal("2.5")]
    assert compute.add(amounts, amounts).to_pylist() == [each * 2 for each in exact]
    assert compute.subtract(amounts, amounts).to_pylist() == [0, 0, 0, 0]
    for precision, scale, factor in [
        (18, 0, 3),
        (18, 2, "0.92"),
        (18, 17, "1.08765432198765432"),
        (5, 4, "0.19"),
    ]:
        number = pa.scalar(Decimal(factor), pa.decimal128(precision, scale))
        with localcontext(prec=60):
            products = [each * Decimal(factor) for each in exact]
            assert compute.multiply(amounts, number).to_pylist() == products
            quotients = zip(compute.divide(amounts, number).to_pylist(), exact, strict=True)
            assert all(abs(found - each / Decimal(factor)) < Decimal("0.0001") for found, each in quotients)


def test_the_dataset_is_usable_in_pandas_duckdb_and_polars(books):
    frame = pd.read_parquet(books / "payables", dtype_backend="pyarrow").sort_values("created_at")
    net = frame["total_amount"] * pa.scalar(Decimal("0.8"), pa.decimal128(18, 1)).as_py()
    assert [round(value, 3) for value in net][2:] == [Decimal("0.008"), Decimal(2)]
    assert (frame["total_amount"] - frame["total_amount"]).sum() == 0
    assert frame["total_amount"].sum() == Decimal("2.51")
    files = f"{books}/payables/**/*.parquet"
    query = f"SELECT sum(total_amount), min(total_amount / 2), any_value(typeof(total_amount)) FROM '{files}'"
    [(total, half, kind)] = duckdb.sql(query).fetchall()
    assert (total, kind) == (Decimal("2.51"), "DECIMAL(19,3)")
    assert half == pytest.approx(-(10**17 - 1) / 200)
    lazily = pl.scan_parquet(files).select(pl.col("total_amount").sum())
    assert lazily.collect().item() == Decimal("2.51")


def test_an_amount_beyond_is_reported(server, client, tmp_path):
    server.fill(3)
    server.rows["payables", ENTITY][1].update(total_amount=2**62, currency="JPY")
    with pytest.warns(UnexpectedValuesWarning, match="1 value of total_amount in payables"):
        pulled = pull("payables", client=client, to=tmp_path / "m.parquet", **FAST)
    amounts = dataset.dataset(pulled.path / "payables").to_table().sort_by("created_at")["total_amount"]
    assert amounts.to_pylist() == [Decimal(0), None, Decimal("0.02")]
