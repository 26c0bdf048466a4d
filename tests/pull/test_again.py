"""A pull that is run again, whole or after an interruption, leaves no holes and no stale rows."""

import json
import signal
import threading
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

import pytest

from monite_magic.core.errors import RequestError
from monite_magic.tables.pull import manifest, pull, sinks
from monite_magic.tables.pull.engine import Engine
from monite_magic.tables.pull.interrupts import Interrupts
from monite_magic.tables.pull.limiter import RateLimiter
from monite_magic.tables.pull.manifest import Part
from monite_magic.tables.pull.plan import collection_of, moment_of
from monite_magic.tables.pull.slices import Slice, written

dataset = pytest.importorskip("pyarrow.dataset")
duckdb = pytest.importorskip("duckdb")

ENTITY = "entity-a"
START = datetime(2024, 1, 1, tzinfo=UTC)
FAST = {"rate": 10_000, "progress": False, "workers": 1}
POLICIES = "approval_policies"  # these can be asked for by `updated_at`, payables by `created_at` only


def rows_in(target, collection=POLICIES):
    """Id and name of each row, or status where there is none."""
    column = "name" if collection == POLICIES else "status"
    if target.suffix == ".duckdb":
        with duckdb.connect(str(target), read_only=True) as db:
            return db.execute(f"SELECT id, {column} FROM {collection}").fetchall()
    table = dataset.dataset(target / collection).to_table(columns=["id", column])
    return [tuple(row.values()) for row in table.to_pylist()]


def holds(target, server, collection=POLICIES):
    """Whether the files hold just the server's rows, and as they are now."""
    column = "name" if collection == POLICIES else "status"
    there = [(row["id"], row[column]) for row in server.rows[collection, ENTITY]]
    return Counter(rows_in(target, collection)) == Counter(there)


@pytest.fixture(params=["monite.parquet", "monite.duckdb"])
def target(request, tmp_path, monkeypatch):
    monkeypatch.setattr(sinks.ParquetSink, "batch_rows", 100)
    monkeypatch.setattr(sinks.DuckDbSink, "batch_rows", 100)
    return tmp_path / request.param


@pytest.fixture
def policies(server):
    """300 of them, changed when they were created: a minute apart."""
    server.fill(300, collection=POLICIES, name="old")
    return server.rows[POLICIES, ENTITY]


def change(row, at, name="new"):
    row.update(updated_at=(START + at).isoformat(timespec="microseconds"), name=name, status=name)


def tells_time(server, now):
    """Let the server's answers carry `Date`."""
    answer = type(server).answer

    def timed(environ):
        status, data, headers = answer(server, environ)
        return status, data, [*headers, ("Date", format_datetime(START + now(), usegmt=True))]

    server.answer = timed


def broken_at(server, call):
    """Let a call fail, as often as it comes."""
    server.calls.clear()

    def fail(server):
        if len(server.calls) == call:
            raise RuntimeError("the server broke")

    server.on_call = fail


def interrupted(server, target, collection=POLICIES, *, call=3, **options):
    broken_at(server, call)
    with pytest.raises(RuntimeError, match="the server broke"):
        pull(collection, to=target, **FAST, **options)
    server.on_call = lambda server: None
    server.calls.clear()


def change_while_running(server, policies):
    """At the second call an early row and a late one change; the early one's page was read already."""

    def on_call(server):
        if len(server.calls) == 2:
            change(policies[0], timedelta(days=30, minutes=1))
            change(policies[299], timedelta(days=30, minutes=2))

    server.on_call = on_call


def test_what_changed_behind_a_pull_comes_with_the_next_by_the_servers_clock(
    target, server, client, policies
):
    tells_time(server, lambda: timedelta(days=30, minutes=len(server.calls)))
    change_while_running(server, policies)
    pull(POLICIES, client=client, to=target, **FAST)
    assert not holds(target, server)
    pull(POLICIES, client=client, to=target, **FAST)
    assert holds(target, server)


@pytest.mark.parametrize("told", ["", "soon", "Fri, 31 Dec 9999 23:59:59 -2359"])
def test_without_a_clock_of_the_server_that_of_this_machine_counts(told, server, client, policies, tmp_path):
    answer = server.answer
    server.answer = lambda environ: (*answer(environ)[:2], [("Date", told)] if told else [])
    before = datetime.now().astimezone()
    pull(POLICIES, client=client, to=tmp_path / "x.parquet", **FAST)
    (part,) = json.loads((tmp_path / "x.parquet" / "_manifest.json").read_text())["parts"]
    assert abs(datetime.fromisoformat(part["begun"]) - before) < timedelta(minutes=1)


def test_a_pull_that_goes_on_says_what_it_can_not_know_and_the_next_brings_it(
    target, server, client, policies
):
    clock = [timedelta(days=30)]
    tells_time(server, lambda: clock[0])
    interrupted(server, target, client=client)
    clock[0] = timedelta(days=40)
    change(policies[0], timedelta(days=35))
    change(policies[299], timedelta(days=36))
    pulled = pull(POLICIES, client=client, to=target, **FAST)
    assert pulled.complete
    assert not holds(target, server)
    note = "Run the pull again to get rows that changed after it started (2024-01-30 23:59 UTC)."
    assert note in " ".join(repr(pulled).split())
    again = pull(POLICIES, client=client, to=target, **FAST)
    assert holds(target, server)
    assert "that changed after it started" not in repr(again)


def test_it_says_so_only_when_nothing_is_left_to_go_on_with(target, server, client, policies):
    interrupted(server, target, client=client)

    def press(server):
        if len(server.calls) == 2:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            time.sleep(0.1)

    server.on_call = press
    pulled = pull(POLICIES, client=client, to=target, **FAST)
    assert not pulled.complete
    assert "that changed after it started" not in " ".join(repr(pulled).split())


def test_rows_of_one_moment_are_not_there_twice_after_an_interruption(target, server, client):
    server.fill(500, seconds=0.0)
    interrupted(server, target, "payables", client=client, call=4)
    assert len(rows_in(target, "payables")) == 200
    pull("payables", client=client, to=target, **FAST)
    assert holds(target, server, "payables")


def test_a_manifest_of_an_earlier_version_is_read(server, client, policies, tmp_path):
    target = tmp_path / "x.parquet"
    pull(POLICIES, client=client, to=target, **FAST)
    file = target / "_manifest.json"
    data = json.loads(file.read_text())
    for part in data["parts"]:
        del part["begun"], part["since"]
    file.write_text(json.dumps(data))
    change(policies[7], timedelta(days=30))
    pull(POLICIES, client=client, to=target, **FAST)
    assert holds(target, server)


# -- since ------------------------------------------------------------------------------------------------


def test_without_since_all_come_after_a_pull_with_it(target, server, client, policies):
    pull(POLICIES, client=client, to=target, since="2024-01-01T04:00Z", **FAST)
    assert len(rows_in(target)) == 60
    pull(POLICIES, client=client, to=target, **FAST)
    assert holds(target, server)


def test_an_earlier_since_brings_what_a_later_one_left_out(target, server, client, policies):
    pull(POLICIES, client=client, to=target, since="2024-01-01T04:00Z", **FAST)
    pull(POLICIES, client=client, to=target, since="2024-01-01T03:00Z", **FAST)
    assert Counter(name for name, _ in rows_in(target)) == Counter(f"p{i}" for i in range(180, 300))


def test_a_later_since_makes_no_holes(target, server, client, policies):
    pull(POLICIES, client=client, to=target, **FAST)
    change(policies[3], timedelta(days=30))
    change(policies[4], timedelta(days=90))
    for since in ("2024-03-15", None):
        server.calls.clear()
        pull(POLICIES, client=client, to=target, since=since, **FAST)
        assert holds(target, server)
        assert len(server.calls) == 1


def test_an_earlier_since_reads_again_what_is_kept(target, server, client, policies):
    pull(POLICIES, client=client, to=target, **FAST)
    policies[200]["name"] = "new"  # `updated_at` is as it was: only who asks for that time sees it
    pull(POLICIES, client=client, to=target, since="2024-01-01T03:00Z", **FAST)
    assert holds(target, server)
    assert pull(POLICIES, client=client, to=target, **FAST).rows == {POLICIES: 300}


@pytest.mark.parametrize("collection", [POLICIES, "payables"])
def test_an_interrupted_pull_with_since_begins_anew_without_it(collection, target, server, client):
    server.fill(600, collection=collection, name="old")
    interrupted(server, target, collection, client=client, since="2024-01-01T04:00Z")
    pull(collection, client=client, to=target, **FAST)
    assert holds(target, server, collection)


@pytest.mark.parametrize("since", ["2024-01-01T01:00Z", "2024-01-01T02:00Z"])
def test_an_interrupted_pull_goes_on_with_the_same_since_or_a_later_one(since, target, server, client):
    server.fill(600)
    interrupted(server, target, "payables", client=client, since="2024-01-01T01:00Z")
    pulled = pull("payables", client=client, to=target, since=since, **FAST)
    told = " ".join(repr(pulled).split())
    assert "older rows that changed later are missing" in told
    assert "Run the pull again to get rows that changed after it started" in told
    assert Counter(name for name, _ in rows_in(target, "payables")) == Counter(
        f"p{i}" for i in range(60, 600)
    )
    assert "created_at__gte=2024-01-01T02%3A39%3A00" in server.calls[0][1]  # the last row that was kept


def test_what_since_leaves_out_is_said_only_with_since_and_names_the_documents_own_date(server, client):
    server.fill(1)
    server.fill(1, collection="roles")
    missing = "can only be filtered by created_at, so older rows that changed later are missing."
    pulled = pull("payables", "roles", client=client, to="pandas", since="2024-01-01", **FAST)
    told = " ".join(repr(pulled).split())
    assert f"payables {missing} For the documents of a month, pull all rows and filter by issued_at." in told
    assert f"roles {missing}" in told
    assert told.count("filter by ") == 1
    assert missing not in " ".join(repr(pull("roles", client=client, to="pandas", **FAST)).split())


@pytest.mark.parametrize("moment", ["2024-05-25", date(2024, 5, 25), datetime(2024, 5, 25)])
def test_a_moment_without_a_zone_is_in_utc(moment, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert written(moment_of(moment)) == "2024-05-25T00:00:00.000000Z"
    finally:
        monkeypatch.undo()
        time.tzset()


# -- no order ---------------------------------------------------------------------------------------------


def swap(server, *names):
    """Let two neighbours be in the wrong order, wherever one of these rows comes."""
    between = server.between

    def swapped(rows, query):
        rows = list(between(rows, query))
        for at in [at for at, row in enumerate(rows[:-1]) if row["id"] in names]:
            rows[at], rows[at + 1] = rows[at + 1], rows[at]
        return rows

    server.between = swapped


@pytest.mark.parametrize("since", [None, "2024-01-02"])
def test_disorder_that_shows_late_and_twice_loses_no_rows(since, server, client):
    server.fill(6_000)
    server.latency = 0.005
    swap(server, *(f"p{i}" for i in range(1_499, 6_000, 500)))
    options = {**FAST, "workers": 10}
    pulled = pull("payables", client=client, to="pyarrow", since=since, **options)
    first = 1_440 if since else 0
    assert Counter(pulled["payables"]["id"].to_pylist()) == Counter(f"p{i}" for i in range(first, 6_000))
    assert pulled.complete


@pytest.mark.parametrize("queued", [False, True])
def test_a_part_that_is_begun_again_is_read_once(queued, server, client):
    """Neither from the ranges that wait nor by another worker that finds disorder, too."""
    server.fill(600)
    swap(server, "p0", "p300")
    collection = collection_of("payables")
    sink = sinks.MemorySink("pyarrow", {collection.path: collection.shape})
    middle = START + timedelta(minutes=300)
    part = Part(collection.path, ENTITY, slices=[Slice(None, middle), Slice(middle)])
    both = threading.Barrier(2)
    server.on_call = lambda server: len(server.calls) < 3 and not queued and both.wait(60)
    engine = Engine(client, sink, RateLimiter(10_000), {collection.path: collection}, lambda count: None)
    engine.run([part], 1 if queued else 2, Interrupts())
    assert part.rows == 600
    assert len(server.calls) == 6 + (1 if queued else 2)


@pytest.mark.parametrize("call", [4, 5, 7, 8, 9])
def test_a_pull_of_rows_in_no_order_can_be_interrupted_anywhere(call, target, server, client):
    server.fill(500)
    swap(server, "p350")
    interrupted(server, target, "payables", client=client, call=call)
    pulled = pull("payables", client=client, to=target, **FAST)
    assert pulled.complete
    assert holds(target, server, "payables")
    assert pulled.rows == {"payables": 500}


def test_disorder_among_changes_does_not_cost_the_rows_that_are_kept(target, server, client, policies):
    pull(POLICIES, client=client, to=target, **FAST)
    for number in (4, 5, 6):
        change(policies[number], timedelta(days=30))
    swap(server, "p4")
    pull(POLICIES, client=client, to=target, **FAST)
    assert holds(target, server)


# -- manifests --------------------------------------------------------------------------------------------


@pytest.fixture
def text(server, client, tmp_path):
    """The manifest of an interrupted pull."""
    server.fill(500)
    target = tmp_path / "x.parquet"
    broken_at(server, 3)
    with pytest.raises(RuntimeError):
        pull("payables", client=client, to=target, **FAST)
    return (target / "_manifest.json").read_text()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda part: part["slices"][0].update(position="garbage"),
        lambda part: part["slices"][0].update(start=5),
        lambda part: part.update(begun="garbage"),
        lambda part: part.update(since="garbage"),
        lambda part: part.update(slices=[]),
        lambda part: part["files"].append(5),
        lambda part: part["files"].append("../victim.parquet"),
        lambda part: part["files"].append("..\\victim.parquet"),
        lambda part: part["files"].append("{folder}/victim.parquet"),
        lambda part: part["files"].append("_manifest.json"),
    ],
)
def test_a_manifest_that_no_pull_writes_is_refused(spoil, text, client, tmp_path):
    """What it names can be removed, and what it says is kept is not asked for again."""
    (tmp_path / "victim.parquet").write_text("x")
    data = json.loads(text)
    spoil(data["parts"][0])
    spoiled = json.dumps(data).replace("{folder}", tmp_path.as_posix())
    file = tmp_path / "x.parquet" / "_manifest.json"
    origin = data["origin"]
    assert manifest.load(text, origin, str(file))
    with pytest.raises(RequestError, match="can't be read"):
        manifest.load(spoiled, origin, str(file))


def test_a_manifest_that_is_too_deep_is_refused(tmp_path):
    with pytest.raises(RequestError, match="can't be read"):
        manifest.load("[" * 200_000, "https://x.com", str(tmp_path / "_manifest.json"))
