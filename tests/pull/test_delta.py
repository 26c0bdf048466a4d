"""Pulls into Delta Lake: in a folder and in S3, read by other engines, with time travel."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from decimal import Decimal
from pathlib import Path

import nbformat
import pytest

import monite_magic.tables.pull.sinks as sinks
from monite_magic.core.errors import RequestError
from monite_magic.tables.pull import delta_sink, pull

deltalake = pytest.importorskip("deltalake")
pa = pytest.importorskip("pyarrow")

ENTITY = "entity-a"
FAST = {"rate": 10_000, "progress": False}


def ids_in(place, name="payables", **options):
    """The ids that a reader finds who knows the place alone."""
    return pa.table(deltalake.DeltaTable(f"{place}/{name}", **options).scan(["id"]).read_all())[
        "id"
    ].to_pylist()


@pytest.fixture
def target(tmp_path, monkeypatch):
    monkeypatch.setattr(sinks.DeltaSink, "batch_rows", 100)
    return tmp_path / "books.delta"


def test_a_table_is_typed_partitioned_and_kept_once(target, server, client):
    for entity in ("e'1", "e2"):
        server.fill(250, entity=entity, prefix=entity)
    pulled = pull("payables", client=client, entities=["e'1", "e2"], to=target, **FAST)
    table = deltalake.DeltaTable(target / "payables")
    assert Counter(ids_in(target)) == Counter(f"{e}{i}" for e in ("e'1", "e2") for i in range(250))
    schema = pa.schema(table.schema().to_arrow())
    assert schema.field("total_amount").type == pa.decimal128(19, 3)
    assert schema.field("created_at").type == pa.timestamp("us", "UTC")
    assert schema.field("due_date").type == pa.date32()
    assert table.metadata().partition_columns == ["entity_id"]
    rows = table.to_pyarrow_table(columns=["entity_id", "total_amount"]).to_pylist()
    assert sum(row["total_amount"] for row in rows if row["entity_id"] == "e'1") == Decimal("311.25")
    assert "a folder of Delta Lake tables" in " ".join(repr(pulled).split())
    assert sorted(path.name for path in target.iterdir()) == ["payables"]  # no manifest, no lock


def test_rows_that_changed_are_replaced_and_the_books_of_before_can_be_read(target, server, client):
    server.fill(250)
    pull("payables", client=client, to=target, **FAST)
    close = deltalake.DeltaTable(target / "payables").version()
    rows = server.rows["payables", ENTITY]
    rows[7]["total_amount"] = 1_000_000
    server.fill(3)
    pulled = pull("payables", client=client, to=target, **FAST)
    assert pulled.rows == {"payables": 253}
    assert Counter(ids_in(target)) == Counter(f"p{i}" for i in range(253))
    total = sum(Decimal(row["total_amount"]) for row in rows) / 100
    now = deltalake.DeltaTable(target / "payables").to_pandas(columns=["total_amount"])
    then = deltalake.DeltaTable(target / "payables", version=close).to_pandas(columns=["total_amount"])
    assert now["total_amount"].sum() == total
    assert then["total_amount"].sum() == Decimal(sum(range(250))) / 100


def test_columns_that_are_new_are_added(target, server, client, monkeypatch):
    from monite_magic.catalogue.shapes import Shape

    known = Shape.properties
    server.fill(150, collection="approval_policies", name="old")
    with monkeypatch.context() as patched:
        older = property(lambda shape: tuple(name for name in known.fget(shape) if name != "name"))
        patched.setattr(Shape, "properties", older)
        pull("approval_policies", client=client, to=target, **FAST)
    server.rows["approval_policies", ENTITY][7].update(updated_at="2030-01-01T00:00:00Z", name="new")
    pulled = pull("approval_policies", client=client, to=target, **FAST)
    table = deltalake.DeltaTable(target / "approval_policies").to_pyarrow_table(columns=["id", "name"])
    names = dict(zip(table["id"].to_pylist(), table["name"].to_pylist(), strict=True))
    assert len(names) == pulled.rows["approval_policies"] == 150
    assert (names["p7"], names["p1"]) == ("new", None)


def test_an_interrupted_pull_goes_on_where_it_was(target, server, client):
    server.fill(600)

    def fail(server):
        if len(server.calls) == 5:
            raise RuntimeError("the server broke")

    server.on_call = fail
    with pytest.raises(RuntimeError):
        pull("payables", client=client, to=target, workers=1, **FAST)
    there = len(ids_in(target))
    assert 0 < there < 600
    server.on_call = lambda server: None
    server.calls.clear()
    assert pull("payables", client=client, to=target, workers=1, **FAST).rows == {"payables": 600}
    assert Counter(ids_in(target)) == Counter(f"p{i}" for i in range(600))
    assert len(server.calls) <= 7


KILLED = """
import sys
from monite_magic import MoniteClient
from monite_magic.core.environments import find_environment
from monite_magic.tables.pull import pull, sinks
sinks.DeltaSink.batch_rows = 1_000
client = MoniteClient(find_environment(base_url=sys.argv[1]), entity_id="entity-a")
pull("payables", client=client, to=sys.argv[2], rate=10_000, workers=4, progress=False)
"""


@pytest.mark.slow
def test_a_killed_pull_goes_on(target, server):
    import random
    import threading
    from wsgiref.simple_server import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_):
            pass

    server.fill(8_000)
    with make_server("127.0.0.1", 0, server, handler_class=Quiet) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{http.server_port}/v1"
        for _ in range(2):
            until = len(server.calls) + random.randint(15, 50)
            process = subprocess.Popen([sys.executable, "-c", KILLED, url, str(target)])
            while process.poll() is None and len(server.calls) < until:
                time.sleep(0.005)
            process.kill()
            process.wait()
        subprocess.run([sys.executable, "-c", KILLED, url, str(target)], check=True)
        http.shutdown()
    assert Counter(ids_in(target)) == Counter(f"p{i}" for i in range(8_000))


def test_of_two_pulls_at_once_one_is_refused(target, server, client):
    server.fill(1_000)
    told = []

    def pull_too(server):
        if len(server.calls) == 5:
            told.append(pull("payables", client=client, to=target, workers=1, **FAST))

    server.on_call = pull_too
    with pytest.raises(RequestError, match=r"Another pull or program is writing to .*books\.delta"):
        pull("payables", client=client, to=target, workers=1, **FAST)
    assert told[0].complete
    assert Counter(ids_in(target)) == Counter(f"p{i}" for i in range(1_000))


def test_what_others_do_to_a_table_does_no_harm(target, server, client):
    server.fill(350)
    pull("payables", client=client, to=target, **FAST)
    table = deltalake.DeltaTable(target / "payables")
    table.optimize.compact()
    table.create_checkpoint()
    table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    server.fill(10)
    assert pull("payables", client=client, to=target, **FAST).rows == {"payables": 360}
    assert Counter(ids_in(target)) == Counter(f"p{i}" for i in range(360))


def test_a_table_of_others_is_left_alone(target, client):
    deltalake.write_deltalake(target / "payables", pa.table({"id": ["mine"]}))
    with pytest.raises(RequestError, match="is a Delta table that was not written by a pull"):
        pull("payables", client=client, to=target, **FAST)
    assert ids_in(target) == ["mine"]


def test_data_of_another_environment_is_not_mixed_in(target, server, client):
    from monite_magic import MoniteClient
    from monite_magic.core.environments import find_environment

    server.fill(10)
    pull("payables", client=client, to=target, **FAST)
    other = MoniteClient(find_environment(base_url="https://other.example.com/v1"), entity_id="e")
    with other, pytest.raises(RequestError, match=r"has data of https://api.example.com/v1"):
        pull("payables", client=other, to=target, **FAST)


def test_a_table_whose_log_is_broken_is_said_in_the_words_of_the_library(target, server, client):
    server.fill(3)
    pull("payables", client=client, to=target, **FAST)
    newest = max((target / "payables" / "_delta_log").glob("*.json"))
    newest.write_text("{", "utf-8")
    with pytest.raises(RequestError, match=r"can't be used: (?i:.*\bjson\b)"):
        pull("payables", client=client, to=target, **FAST)


def test_an_empty_collection_is_a_table(target, server, client):
    assert pull("payables", client=client, to=target, **FAST).complete
    assert ids_in(target) == []
    assert "total_amount" in deltalake.DeltaTable(target / "payables").schema().to_json()
    server.fill(5)
    assert pull("payables", client=client, to=target, **FAST).rows == {"payables": 5}


# -- an object store ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store():
    """A server that speaks S3, with a bucket."""
    pytest.importorskip("moto")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                put = urllib.request.Request(f"{url}/bucket", method="PUT")
                urllib.request.urlopen(put).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
        process.terminate()


@pytest.fixture
def bucket(store, monkeypatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret-of-the-store", "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": store, "AWS_ALLOW_HTTP": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return "s3://bucket"


@pytest.mark.slow
def test_a_pull_goes_to_s3_and_is_refreshed_there(bucket, server, client, monkeypatch):
    monkeypatch.setattr(sinks.DeltaSink, "batch_rows", 100)
    place = f"{bucket}/books"
    server.fill(350)
    first = pull("payables", client=client, to=place, **FAST)
    assert first.path == place
    assert "Stored in s3://bucket/books" in repr(first)
    assert Counter(ids_in(place)) == Counter(f"p{i}" for i in range(350))
    server.rows["payables", ENTITY].pop(3)
    server.rows["payables", ENTITY][0]["total_amount"] = 100_000
    again = pull("payables", client=client, to=place, **FAST)
    assert Counter(ids_in(place)) == Counter(f"p{i}" for i in range(350) if i != 3)
    assert ids_in(place, "payables_deleted") == ["p3"]
    assert again.deleted == {"payables": 1}
    assert again.names() == ["payables", "payables_deleted"]
    amounts = again.source("payables")["total_amount"]
    assert pa.compute.sum(amounts).as_py() == Decimal(sum(range(350)) - 3) / 100 + 1000
    told = []

    def pull_too(server):
        if len(server.calls) == 3:
            told.append(pull("payables", client=client, to=place, workers=1, **FAST))

    server.calls.clear()
    server.on_call = pull_too
    with pytest.raises(RequestError, match="Another pull or program is writing to s3://bucket/books"):
        pull("payables", client=client, to=place, workers=1, **FAST)
    assert len(ids_in(place)) == 349


@pytest.mark.slow
def test_a_store_that_can_not_be_used_is_said_without_its_secrets(bucket, server, client):
    server.fill(3)
    with pytest.raises(RequestError, match=r"s3://nowhere/books can't be used") as problem:
        pull("payables", client=client, to="s3://nowhere/books", **FAST)
    assert "secret-of-the-store" not in str(problem.value)


@pytest.mark.parametrize("address", ["s3://AKIA1:c4n4ry@bucket/books", "az://c/books?sig=c4n4ry"])
def test_an_address_with_a_secret_is_refused_unseen(server, client, address):
    server.fill(1)
    with pytest.raises(RequestError, match="contains a secret") as problem:
        pull("payables", client=client, to=address, **FAST)
    assert "c4n4ry" not in str(problem.value)


def test_what_a_store_says_is_told_without_the_secrets_of_the_environment(monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "c4n4ry-of-a-store")
    said = delta_sink._without_credentials(
        "403 for https://b.example/x?X-Amz-Security-Token=c4n4ry-of-a-store"
    )
    assert "c4n4ry" not in said
    assert "403 for https://b.example/x" in said


# -- a cluster ----------------------------------------------------------------------------------------------

TUTORIAL = Path(__file__).parent.parent.parent / "notebooks" / "13_from_a_notebook_to_a_cluster.ipynb"


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """The simulator's seed `large`, pulled into Delta tables and plain Parquet; and the local reports."""
    folder = tmp_path_factory.mktemp("large")
    script = folder / "pull.py"
    script.write_text(PULL)
    # In another process, as the simulator of this one is for other tests.
    done = subprocess.run(
        [sys.executable, str(script)], cwd=folder, capture_output=True, text=True, check=False, timeout=500
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for cell in nbformat.read(TUTORIAL, as_version=4).cells:
        if cell.source.startswith("%%writefile "):
            name, _, text = cell.source.removeprefix("%%writefile ").partition("\n")
            (folder / name).write_text(text, encoding="utf-8")
    return folder


#: The reports are computed row by row with decimals of Python, and compared with those of the charts.
PULL = """
import json
from collections import Counter
from datetime import date
from decimal import Decimal

import monite_magic
from monite_magic import charts, simulator
from monite_magic.tables.charts.statuses import statuses_in

simulator.default().reset("large")
client = monite_magic.connect(env="local")
today = date.today()
for place in ("books.delta", "books.parquet"):
    books = monite_magic.pull("payables", client=client, to=place, rate=10_000, progress=False)
table = books.source("payables").to_table()
reports = {"aging": Counter(), "spend": Counter()}
columns = ["status", "currency", "counterpart_id", "due_date", "amount_due", "total_amount"]
for row in table.select(columns).to_pylist():
    days = (today - row["due_date"]).days
    edges = [(0, "not due"), (30, "1–30 days"), (60, "31–60 days"), (90, "61–90 days")]
    bucket = next((label for most, label in edges if days <= most), "over 90 days")
    if row["status"] in statuses_in("owed"):
        reports["aging"][f"{row['currency']} {bucket}"] += row["amount_due"]
    if row["status"] in statuses_in("billed"):
        reports["spend"][f"{row['currency']} {row['counterpart_id']}"] += row["total_amount"]
drawn = charts.aging(table, today=str(today)).table
for bucket, amount in drawn["EUR"].items():
    assert round(Decimal(amount), 2) == round(reports["aging"][f"EUR {bucket}"], 2)
drawn = charts.spend(table, top=1000).table
spent = sorted(round(amount, 2) for amount in reports["spend"].values())
assert sorted(round(Decimal(amount), 2) for amount in drawn["EUR"]) == spent
exact = {name: {key: f"{amount:.3f}" for key, amount in found.items()} for name, found in reports.items()}
with open("local.json", "w") as file:
    json.dump({"rows": len(table), "today": str(today), **exact}, file)
"""


def computed(folder, program, table):
    """What a program of the tutorial prints, next to what was computed without it."""
    local = json.loads((folder / "local.json").read_text())
    command = [sys.executable, "-W", "ignore", program, table, local["today"]]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1]), local


@pytest.mark.slow
def test_two_workers_of_dask_agree_with_the_local_reports_to_the_cent(large):
    pytest.importorskip("dask.dataframe")
    pytest.importorskip("distributed")
    found, local = computed(large, "dask_reports.py", "books.delta/payables")
    assert found["workers"] == 2
    assert local["rows"] == 100_000
    assert len(local["aging"]) == 5
    assert (found["aging"], found["spend"]) == (local["aging"], local["spend"])


@pytest.mark.slow
def test_spark_agrees_with_the_local_reports_to_the_cent(large):
    """Where pyspark and Java are installed; the tutorial has the command."""
    pytest.importorskip("pyspark")
    found, local = computed(large, "spark_reports.py", "books.parquet/payables")
    assert (found["aging"], found["spend"]) == (local["aging"], local["spend"])
