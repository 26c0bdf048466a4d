"""Pulls bring every row once, side by side, through interruptions, into memory, Parquet and DuckDB."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from monite_magic.api.answer import ApiError
from monite_magic.core.bounds import limits
from monite_magic.core.errors import MoniteError, NetworkError, RequestError
from monite_magic.tables.pull import engine, pull, sinks

pa = pytest.importorskip("pyarrow")
dataset = pytest.importorskip("pyarrow.dataset")
duckdb = pytest.importorskip("duckdb")

ENTITY = "entity-a"
FAST = {"rate": 10_000, "progress": False}


def kept(target, collection="payables"):
    """The ids that a dataset or a database holds."""
    if Path(target).suffix == ".duckdb":
        with duckdb.connect(str(target), read_only=True) as db:
            return [row[0] for row in db.execute(f"SELECT id FROM {collection}").fetchall()]
    folder = Path(target) / collection
    if not folder.exists():
        return []
    return dataset.dataset(folder, partitioning="hive").to_table()["id"].to_pylist()


@pytest.fixture(params=["monite.parquet", "monite.duckdb"])
def target(request, tmp_path):
    return tmp_path / request.param


def test_a_collection_becomes_a_dataframe(server, client):
    server.fill(1_234)
    pulled = pull("payables", client=client, **FAST)
    table = pulled["payables"]
    assert table["id"].tolist() == [f"p{i}" for i in range(1_234)]
    assert table["total_amount"].tolist()[5] == 0.05
    assert pulled.rows == {"payables": 1_234}
    assert pulled.complete


def test_where_there_are_no_threads_the_ranges_are_read_one_after_the_other(server, client, monkeypatch):
    def no_thread(self):
        raise RuntimeError("can't start new thread")

    server.fill(1_234)
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr(threading.Thread, "start", no_thread)
    pulled = pull("payables", client=client, **FAST)
    assert pulled["payables"]["id"].tolist() == [f"p{i}" for i in range(1_234)]
    assert pulled.complete


@pytest.mark.parametrize("backend", ["polars", "pyarrow"])
def test_other_backends(backend, server, client):
    server.fill(3)
    table = pull("payables", client=client, to=backend, **FAST)["payables"]
    assert type(table).__module__.startswith(backend)
    assert len(table) == 3


def test_files_hold_every_row_once(target, server, client):
    server.fill(2_345)
    pulled = pull("payables", client=client, to=target, **FAST)
    assert Counter(kept(target)) == Counter(f"p{i}" for i in range(2_345))
    assert pulled.path == target


def test_files_are_typed(server, client, tmp_path):
    server.fill(120)
    pull("payables", client=client, to=tmp_path / "x.parquet", **FAST)
    table = dataset.dataset(tmp_path / "x.parquet" / "payables", partitioning="hive").to_table()
    assert table.schema.field("total_amount").type == pa.decimal128(19, 3)
    assert table.schema.field("created_at").type == pa.timestamp("us", "UTC")
    assert set(table["entity_id"].to_pylist()) == {ENTITY}
    pull("payables", client=client, to=tmp_path / "x.duckdb", **FAST)
    with duckdb.connect(str(tmp_path / "x.duckdb")) as db:
        assert db.execute("SELECT sum(total_amount) FROM payables").fetchone()[0] == Decimal("71.400")


def test_engines_read_the_dataset_as_it_is(server, client, tmp_path):
    polars = pytest.importorskip("polars")
    server.fill(250)
    pull("payables", client=client, to=tmp_path / "x.parquet", **FAST)
    folder = f"{tmp_path}/x.parquet/payables"
    files = f"read_parquet('{folder}/*/*.parquet', hive_partitioning=true)"
    query = f"SELECT entity_id, count(*), sum(total_amount) FROM {files} GROUP BY ALL"
    ((entity, count, amount),) = duckdb.sql(query).fetchall()
    lazily = polars.scan_parquet(f"{folder}/**/*.parquet", hive_partitioning=True)
    totals = lazily.group_by("entity_id").agg(polars.len(), polars.col("total_amount").sum())
    assert totals.collect().rows() == [(entity, count, amount)]
    assert (entity, count) == ("entity-a", 250)
    assert isinstance(amount, Decimal)


def test_a_range_is_read_side_by_side(server, client):
    server.fill(5_000)
    server.latency = 0.02
    at_once, most = Counter(), []
    lock = threading.Lock()

    def count(server):
        with lock:
            at_once["now"] += 1
            most.append(at_once["now"])
        time.sleep(0.01)
        with lock:
            at_once["now"] -= 1

    server.on_call = count
    pulled = pull("payables", client=client, workers=5, **FAST)
    assert pulled.rows == {"payables": 5_000}
    assert 4 <= max(most) <= 5
    assert len(server.calls) < 50 * 1.3


def test_rows_at_the_same_moment_are_all_there(target, server, client):
    server.fill(1_000, seconds=0.0)
    server.fill(1_000, seconds=60.0)
    pull("payables", client=client, to=target, **FAST)
    assert len(set(kept(target))) == len(kept(target)) == 2_000


def test_rows_in_no_order_are_all_there(target, server, client):
    server.fill(1_500)
    server.reverse = True
    pull("payables", client=client, to=target, **FAST)
    assert Counter(kept(target)) == Counter(f"p{i}" for i in range(1_500))


def test_collections_and_entities_are_told_apart(target, server, client):
    server.fill(150, entity="one", prefix="a")
    server.fill(250, entity="two", prefix="b")
    server.fill(120, entity="one", collection="receivables", prefix="r")
    server.rows["entities", ""] = [{"id": "one", "created_at": "2024-01-01T00:00:00Z"}, {"id": "two"}]
    pulled = pull("payables", "/receivables", client=client, entities="all", to=target, **FAST)
    assert pulled.rows == {"payables": 400, "receivables": 120}
    assert Counter(value[0] for value in kept(target)) == {"a": 150, "b": 250}
    assert len(kept(target, "receivables")) == 120
    if target.suffix == ".parquet":
        names = sorted(path.name for path in (target / "payables").iterdir())
        assert names == ["entity_id=one", "entity_id=two"]


def test_a_list_without_pages_and_entity(server, client):
    server.rows["entities", ""] = [{"id": f"e{i}"} for i in range(150)]
    assert len(pull("entities", client=client, **FAST)["entities"]) == 150


def test_since_filters_by_creation_where_changes_are_not_known(server, client):
    server.fill(100, seconds=86_400)
    table = pull("payables", client=client, since="2024-02-01", **FAST)["payables"]
    assert table["id"].tolist() == [f"p{i}" for i in range(31, 100)]


def test_running_again_brings_what_has_changed(target, server, client):
    """Approval policies can be asked for by `updated_at`."""
    server.fill(300, collection="approval_policies")
    pull("approval_policies", client=client, to=target, **FAST)
    rows = server.rows["approval_policies", ENTITY]
    rows[7].update(updated_at="2025-01-01T00:00:00.000000+00:00", name="changed")
    server.fill(1, collection="approval_policies", updated_at="2025-01-01T00:00:01.000000+00:00")
    server.calls.clear()
    pulled = pull("approval_policies", client=client, to=target, **FAST)
    assert len(server.calls) == 1
    assert pulled.rows == {"approval_policies": 301}
    assert Counter(kept(target, "approval_policies")) == Counter(f"p{i}" for i in range(301))
    if target.suffix == ".duckdb":
        with duckdb.connect(str(target)) as db:
            names = db.execute("SELECT id FROM approval_policies WHERE name = 'changed'").fetchall()
    else:
        table = dataset.dataset(target / "approval_policies").to_table()
        names = table.filter(dataset.field("name") == "changed").select(["id"]).to_pylist()
        names = [(row["id"],) for row in names]
    assert names == [("p7",)]


def test_running_again_brings_the_whole_where_changes_are_not_known(target, server, client):
    server.fill(300)
    pull("payables", client=client, to=target, **FAST)
    del server.rows["payables", ENTITY][5]
    pull("payables", client=client, to=target, **FAST)
    assert Counter(kept(target)) == Counter(f"p{i}" for i in range(300) if i != 5)


def test_a_failed_pull_goes_on_where_it_stopped(target, server, client):
    server.fill(30_000)

    def fail(server):
        if len(server.calls) == 260:
            raise RuntimeError("the server broke")

    server.on_call = fail
    with pytest.raises(Exception, match="the server broke"):
        pull("payables", client=client, to=target, workers=2, **FAST)
    server.on_call = lambda server: None
    server.calls.clear()
    pulled = pull("payables", client=client, to=target, **FAST)
    assert pulled.rows == {"payables": 30_000}
    assert Counter(kept(target)) == Counter(f"p{i}" for i in range(30_000))
    assert len(server.calls) < 300


def test_an_interrupted_pull_keeps_what_has_come(target, server, client):
    server.fill(20_000)
    main = threading.main_thread()

    def interrupt(server):
        if len(server.calls) in {50, 51, 52}:  # people press it more than once
            signal.pthread_kill(main.ident, signal.SIGINT)
        time.sleep(0.01)

    server.on_call = interrupt
    pulled = pull("payables", client=client, to=target, **FAST)
    assert not pulled.complete
    assert "Run the same pull again to continue." in repr(pulled)
    assert 3_000 < len(kept(target)) < 10_000
    server.on_call = lambda server: None
    assert pull("payables", client=client, to=target, **FAST).complete
    assert Counter(kept(target)) == Counter(f"p{i}" for i in range(20_000))


def test_an_interrupted_dataframe_holds_what_has_come(server, client):
    server.fill(20_000)

    def interrupt(server):
        if len(server.calls) == 20:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        time.sleep(0.01)

    server.on_call = interrupt
    pulled = pull("payables", client=client, **FAST)
    assert 500 < len(pulled["payables"]) < 10_000
    assert not pulled.complete
    shown = " ".join(repr(pulled).split())
    assert "Interrupted: rows are missing. The DataFrame holds the rows so far." in shown
    assert "A pull to memory starts over. A pull to a folder or file continues." in shown


@pytest.mark.parametrize("to", ["pandas", "m.parquet", "m.duckdb"])
def test_who_interrupts_when_all_has_come_has_all(to, tmp_path, server, client):
    server.fill(50)

    def interrupt(server):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        time.sleep(0.1)

    server.on_call = interrupt
    pulled = pull("payables", client=client, to=tmp_path / to if "." in to else to, **FAST)
    assert pulled.complete
    assert repr(pulled).startswith("Pulled\n")
    assert "Interrupted" not in repr(pulled)


def test_whoever_keeps_pressing_ctrl_c_waits_for_no_lock(target, server, client, monkeypatch):
    """An exception that came just after a lock was taken would leave it taken, and all would hang."""
    server.fill(20_000)
    pressed = threading.Event()

    def press():
        for _ in range(1_000):
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            time.sleep(0.0002)
        pressed.set()

    presser = threading.Thread(target=press)
    begin = threading.Lock()

    def interrupt(server):
        if len(server.calls) >= 50:
            if begin.acquire(blocking=False):
                presser.start()
            pressed.wait(60)

    server.on_call = interrupt
    monkeypatch.setattr(engine, "_PATIENCE", 60.0)  # the pull does not end before the last press
    handler = signal.getsignal(signal.SIGINT)
    assert not pull("payables", client=client, to=target, **FAST).complete
    presser.join()
    assert signal.getsignal(signal.SIGINT) is handler
    server.on_call = lambda server: None
    assert pull("payables", client=client, to=target, **FAST).complete
    assert Counter(kept(target)) == Counter(f"p{i}" for i in range(20_000))


@pytest.fixture
def closed(target, monkeypatch):
    """What is noted each time that the target is closed; Ctrl-C is pressed just before."""
    kind = sinks.DuckDbSink if target.suffix == ".duckdb" else sinks.ParquetSink
    close, closed = kind.close, []

    def pressed(sink):
        signal.raise_signal(signal.SIGINT)
        closed.append(close(sink))

    monkeypatch.setattr(kind, "close", pressed)
    return closed


def test_ctrl_c_at_the_end_leaves_no_pull_open(target, server, client, closed):
    """A pull that stays open would keep the next one out."""
    server.fill(50)
    assert pull("payables", client=client, to=target, **FAST).complete
    assert len(closed) == 1
    assert pull("payables", client=client, to=target, **FAST).complete


def test_ctrl_c_before_the_first_page_is_an_interrupt(target, server, client, closed):
    """It is raised; a second one, as the target is closed, is one too many."""
    server.on_call = lambda server: signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        pull("payables", client=client, entities="all", to=target, **FAST)
    assert len(closed) == 1
    server.on_call = lambda server: None
    server.fill(50)
    assert pull("payables", client=client, to=target, **FAST).rows == {"payables": 50}


def test_ctrl_c_while_the_target_is_opened_is_an_interrupt(tmp_path, server, client, monkeypatch):
    opened = sinks.ParquetSink.__init__

    def pressed(sink, folder):
        signal.raise_signal(signal.SIGINT)
        opened(sink, folder)

    monkeypatch.setattr(sinks.ParquetSink, "__init__", pressed)
    with pytest.raises(KeyboardInterrupt):
        pull("payables", client=client, entities="all", to=tmp_path / "m.parquet", **FAST)
    assert server.calls == []


def test_ctrl_c_where_there_are_no_threads(target, server, client, monkeypatch):
    server.fill(20_000)

    def interrupt(server):
        if len(server.calls) == 50:
            signal.raise_signal(signal.SIGINT)

    server.on_call = interrupt
    monkeypatch.setattr(sys, "platform", "emscripten")
    with pytest.raises(KeyboardInterrupt):
        pull("payables", client=client, to=target, **FAST)
    assert len(server.calls) == 50
    assert len(kept(target)) == 4_800  # one of the calls has asked for the newest row
    assert pull("payables", client=client, to=target, **FAST).complete
    assert Counter(kept(target)) == Counter(f"p{i}" for i in range(20_000))


def test_a_handler_of_ones_own_is_called_and_says_what_happens(server, client):
    """As long as it does not raise `KeyboardInterrupt`, the pull goes on."""
    server.fill(1_000)
    server.on_call = lambda server: signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    came = []
    handler = signal.signal(signal.SIGINT, lambda *_: came.append(None))
    try:
        assert pull("payables", client=client, **FAST).complete
    finally:
        signal.signal(signal.SIGINT, handler)
    assert came


def test_where_ctrl_c_is_ignored_it_is_here_too(server, client):
    server.fill(1_000)
    server.on_call = lambda server: signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert pull("payables", client=client, **FAST).complete
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, handler)


def test_a_pull_outside_the_main_thread_leaves_ctrl_c_alone(server, client):
    server.fill(50)
    handler = signal.getsignal(signal.SIGINT)
    rows = []

    def run():
        rows.append(pull("payables", client=client, **FAST).rows)

    server.on_call = lambda server: rows.append(signal.getsignal(signal.SIGINT) is handler)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    assert rows == [True, {"payables": 50}]


def test_a_collection_without_rows_is_an_empty_table_of_the_same_types(target, server, client):
    def schema():
        if target.suffix == ".duckdb":
            with duckdb.connect(str(target), read_only=True) as db:
                return db.execute("DESCRIBE payables").fetchall()
        return dataset.dataset(target / "payables", partitioning="hive").schema

    assert pull("payables", client=client, to=target, **FAST).rows == {"payables": 0}
    assert kept(target) == []
    empty = schema()
    pull("payables", client=client, to=target, **FAST)  # again, as long as there are none
    server.fill(250)
    assert pull("payables", client=client, to=target, **FAST).rows == {"payables": 250}
    assert sorted(kept(target)) == sorted(f"p{i}" for i in range(250))
    assert schema() == empty


@pytest.mark.parametrize("to", ["pandas", "m.parquet", "m.duckdb"])
def test_a_server_that_hangs_keeps_nobody_who_interrupts(to, tmp_path, server, client, monkeypatch):
    """What comes from it when the pull is over is too late, and does no harm."""
    monkeypatch.setattr(engine, "_PATIENCE", 0.5)
    server.fill(20_000)
    target = tmp_path / to if "." in to else to
    hangs, comes = threading.Event(), threading.Event()

    def hang(server):
        if len(server.calls) > 50:
            if not hangs.is_set():
                hangs.set()
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            comes.wait(60)

    server.on_call = hang
    threads = set(threading.enumerate())
    started = time.monotonic()
    pulled = pull("payables", client=client, to=target, workers=3, **FAST)
    assert time.monotonic() - started < 50
    assert not pulled.complete
    before = pulled.rows
    comes.set()
    for late in set(threading.enumerate()) - threads:
        late.join(20)
    assert not set(threading.enumerate()) - threads
    assert pulled.rows == before
    server.on_call = lambda server: None
    again = pull("payables", client=client, to=target, **FAST)
    assert again.complete
    assert Counter(kept(target) if "." in to else again["payables"]["id"]) == Counter(
        f"p{i}" for i in range(20_000)
    )


KILLED = """
import sys
from monite_magic import MoniteClient
from monite_magic.core.environments import find_environment
from monite_magic.tables.pull import pull, sinks
sinks.ParquetSink.batch_rows = sinks.DuckDbSink.batch_rows = 1_000
client = MoniteClient(find_environment(base_url=sys.argv[1]), entity_id="entity-a")
pull("payables", client=client, to=sys.argv[2], rate=10_000, workers=4, progress=False)
"""


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


@pytest.mark.parametrize("moments", [3])
def test_a_killed_pull_goes_on(moments, target, server):
    """`kill -9` at random moments, then the same pull again: every row once."""
    server.fill(12_000)
    with make_server("127.0.0.1", 0, server, handler_class=Quiet) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{http.server_port}/v1"
        for _ in range(moments):
            calls = len(server.calls)
            process = subprocess.Popen([sys.executable, "-c", KILLED, url, str(target)])
            until = calls + random.randint(5, 40)
            while process.poll() is None and len(server.calls) < until:
                time.sleep(0.005)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        subprocess.run([sys.executable, "-c", KILLED, url, str(target)], check=True)
        http.shutdown()
    assert Counter(kept(target)) == Counter(f"p{i}" for i in range(12_000))


@pytest.fixture
def meddler(target, server, client):
    """While a pull is at its fifth call, another one is begun; it is told how."""
    told = []

    def pull_too(server):
        if len(server.calls) == 5:
            with pytest.raises(RequestError) as problem:
                pull("payables", client=client, to=target, **FAST)
            told.append(str(problem.value))
            assert not list(target.glob("_lock?*"))

    server.fill(12_000)
    server.on_call = pull_too
    yield target
    assert len(told) == 1
    wait = f"Another pull is writing to {target}. Wait until it is done, or pull to another "
    assert told[0].startswith(
        (wait, f"{target} can't be opened for writing. Another program may have it open.")
    )
    assert Counter(kept(target)) == Counter(f"p{i}" for i in range(12_000))
    if target.is_dir():
        assert sorted(path.name for path in target.iterdir()) == ["_lock", "_manifest.json", "payables"]


def test_two_pulls_at_once_to_one_place_are_one_too_many(meddler, client):
    assert pull("payables", client=client, to=meddler, **FAST).complete
    assert pull("payables", client=client, to=meddler, **FAST).complete


def test_so_are_two_of_different_processes(meddler, server):
    with make_server("127.0.0.1", 0, server, handler_class=Quiet) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{http.server_port}/v1"
        subprocess.run([sys.executable, "-c", KILLED, url, str(meddler)], check=True)
        http.shutdown()


def test_a_pull_that_fails_at_once_leaves_nothing_open(target, server, client):
    server.fill(10)
    problems = []  # their tracebacks hold on to whatever was opened
    for options in ({"entities": ""}, {"since": "soon"}, {}):
        server.answer = lambda environ: ("403 Forbidden", {"error": {"message": "No"}}, [])
        with pytest.raises(MoniteError) as problem:
            pull("payables", client=client, to=target, **FAST, **options)
        problems.append(problem)
        command = f"import duckdb; duckdb.connect({str(target)!r}).close()"
        if target.suffix == ".duckdb":
            subprocess.run([sys.executable, "-c", command], check=True)
    del server.answer
    assert pull("payables", client=client, to=target, **FAST).rows == {"payables": 10}


def test_a_folder_of_another_environment_is_left_unlocked(server, client, tmp_path):
    (tmp_path / "_manifest.json").write_text(
        json.dumps({"format": 1, "origin": "https://x.com", "parts": []})
    )
    with pytest.raises(RequestError, match="has data of") as problem:
        pull("payables", client=client, to=tmp_path, **FAST)
    (tmp_path / "_manifest.json").unlink()
    assert pull("payables", client=client, to=tmp_path, **FAST).complete
    assert problem.tb  # what it holds on to has been closed


def test_a_folder_that_can_not_be_locked_is_said(server, client, tmp_path):
    (tmp_path / "_lock").write_text("no SQLite file" * 100)
    with pytest.raises(RequestError, match=r"Can't lock .*_lock"):
        pull("payables", client=client, to=tmp_path, **FAST)


def test_a_database_that_is_open_in_the_notebook_is_said(server, client, tmp_path):
    target = tmp_path / "big.duckdb"
    server.fill(10)
    pull("payables", client=client, to=target, **FAST)
    with duckdb.connect(str(target), read_only=True), pytest.raises(RequestError) as problem:
        pull("payables", client=client, to=target, **FAST)
    assert problem.value.message == f"{target} is open in this kernel, read-only or with other settings."
    assert problem.value.hint == "Close the other connection (.close()), or choose another file."
    assert pull("payables", client=client, to=target, **FAST).complete


def test_a_database_that_is_open_elsewhere_is_said(server, client, tmp_path):
    target = tmp_path / "big.duckdb"
    server.fill(10)
    pull("payables", client=client, to=target, **FAST)
    code = "import duckdb, sys; db = duckdb.connect(sys.argv[1], read_only=True); print(flush=True); input()"
    command = [sys.executable, "-c", code, str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        with pytest.raises(RequestError, match="Another program may have it open") as problem:
            pull("payables", client=client, to=target, **FAST)
        process.communicate(b"\n")
    assert problem.value.hint == "Close the other connection (.close()), or choose another file."
    assert pull("payables", client=client, to=target, **FAST).complete


def test_a_file_that_is_no_database_is_said(server, client, tmp_path):
    target = tmp_path / "big.duckdb"
    target.write_bytes(b"SQLite format 3\0" * 100)
    with pytest.raises(RequestError, match="is not a DuckDB file"):
        pull("payables", client=client, to=target, **FAST)
    assert target.read_bytes().startswith(b"SQLite format 3")


def test_a_folder_of_a_database_that_is_not_there_is_said(server, client, tmp_path):
    with pytest.raises(RequestError, match=r"The folder .*missing doesn't exist\. Create it first\."):
        pull("payables", client=client, to=tmp_path / "missing" / "big.duckdb", **FAST)


def test_the_rate_is_kept_and_learned_from_the_answers(server, client):
    server.fill(2_000)
    server.limit = 40
    started = time.monotonic()
    pull("payables", client=client, progress=False)
    seconds = time.monotonic() - started
    assert seconds > 20 / 40 * 0.8


def test_an_error_of_the_api_is_raised(server, client):
    server.answer = lambda environ: ("403 Forbidden", {"error": {"message": "No"}}, [])
    with pytest.raises(ApiError, match=r"403 Forbidden: No\. Leave out the collection, or use a token"):
        pull("payables", client=client, **FAST)


@pytest.fixture
def failing(server, monkeypatch):
    """A server that answers a few pages, and then 500."""
    monkeypatch.setattr(limits, "max_retries", 0)
    answer = server.answer

    def fail(environ):
        broken = ("500 Internal Server Error", {"error": {"message": "Broken"}}, [])
        return broken if len(server.calls) > 5 else answer(environ)

    server.fill(2_000)
    server.answer = fail
    return server


def test_an_error_says_that_what_had_come_is_kept_in_files(target, failing, client):
    with pytest.raises(ApiError) as problem:
        pull("payables", client=client, to=target, workers=1, **FAST)
    assert problem.value.response.status == 500
    assert "answered 500 Internal Server Error: Broken" in problem.value.message
    assert str(problem.value).endswith("The rows so far are kept. Run the same pull again to continue.")
    assert problem.value.args == (str(problem.value),)
    assert sorted(kept(target)) == sorted(f"p{i}" for i in range(len(kept(target))))
    assert kept(target)
    del failing.answer
    failing.calls.clear()
    assert pull("payables", client=client, to=target, workers=1, **FAST).rows == {"payables": 2_000}
    assert len(failing.calls) < 20
    assert Counter(kept(target)) == Counter(f"p{i}" for i in range(2_000))


def test_an_error_keeps_its_own_hint_beside(failing, client, tmp_path):
    def broken(*_, **__):
        if len(failing.calls) > 2:
            raise NetworkError("No answer.", hint="Look for one.")
        return get(*_, **__)

    get, client.get = client.get, broken
    with pytest.raises(NetworkError) as problem:
        pull("payables", client=client, to=tmp_path / "x.parquet", workers=1, **FAST)
    kept = "The rows so far are kept. Run the same pull again to continue."
    assert str(problem.value) == f"No answer. Look for one. {kept}"


def test_an_error_promises_nothing_where_nothing_is_kept(target, failing, client):
    failing.calls.extend([("", "")] * 5)
    for to in ("pandas", target):
        with pytest.raises(ApiError) as problem:
            pull("payables", client=client, to=to, **FAST)
        assert "kept" not in str(problem.value)
    failing.calls.clear()
    with pytest.raises(ApiError) as problem:
        pull("payables", client=client, to="pandas", **FAST)
    assert "kept" not in str(problem.value)


def test_data_of_another_environment_is_not_mixed_in(target, server, client):
    server.fill(10)
    pull("payables", client=client, to=target, **FAST)
    from monite_magic import MoniteClient
    from monite_magic.core.environments import find_environment

    other = MoniteClient(find_environment(base_url="https://other.example.com/v1"), entity_id="e")
    with other, pytest.raises(RequestError, match=r"has data of https://api.example.com/v1"):
        pull("payables", client=other, to=target, **FAST)


def test_a_file_that_came_before_its_manifest_does_not_count(server, client, tmp_path):
    """What a kill between the first file and the manifest leaves behind."""
    target = tmp_path / "x.parquet"
    server.fill(10)
    pull("payables", client=client, to=target, **FAST)
    file = next(target.rglob("*.parquet"))
    manifest = json.loads((target / "_manifest.json").read_text())
    (target / "_manifest.json").write_text(json.dumps({**manifest, "parts": []}))
    pull("payables", client=client, to=target, **FAST)
    assert not file.exists()
    assert len(kept(target)) == 10


def test_there_is_a_manifest_before_the_first_file(server, client, tmp_path):
    target = tmp_path / "x.parquet"
    server.answer = lambda environ: ("403 Forbidden", {"error": {"message": "No"}}, [])
    with pytest.raises(ApiError):
        pull("payables", client=client, to=target, **FAST)
    assert (target / "_manifest.json").exists()


def test_files_of_others_are_left_alone(server, client, tmp_path):
    target = tmp_path / "x.parquet"
    foreign = target / "payables" / "entity_id=e" / "mine.parquet"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"mine")
    with pytest.raises(RequestError, match="not written by a pull"):
        pull("payables", client=client, to=target, **FAST)
    assert foreign.exists()


def test_a_manifest_that_can_not_be_read_is_said(server, client, tmp_path):
    target = tmp_path / "x.parquet"
    target.mkdir()
    (target / "_manifest.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(RequestError, match="can't be read"):
        pull("payables", client=client, to=target, **FAST)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((), {}, "Name at least one collection"),
        (("payabels",), {}, "Unknown collection: 'payabels'.*Did you mean payables,"),
        (("payables/x",), {}, r"GET /payables/\{payable_id\} is not a list, so it can't be pulled"),
        (
            ("entity_users/me",),
            {},
            "GET /entity_users/me is not a list.*Call it: %monite GET /entity_users/me",
        ),
        (
            ("payables/x/line_items",),
            {},
            "is a list within one object.*%monite GET /payables/x/line_items --all",
        ),
        (
            ("zzzzqqqq",),
            {},
            "Unknown collection: 'zzzzqqqq'.*Write the path of a list",
        ),
        (("payables",), {"to": "x.csv"}, "Invalid target for a pull: 'x.csv'"),
        (("payables",), {"since": "soon"}, "Invalid date: 'soon'"),
        (("payables",), {"entities": ""}, "No entity is chosen"),
    ],
)
def test_wrong_wishes(arguments, options, message, client):
    with pytest.raises(RequestError, match=message):
        pull(*arguments, client=client, progress=False, **options)


def test_the_progress_is_shown_if_it_takes_a_while(server, client, capsys, monkeypatch):
    pytest.importorskip("tqdm")
    server.fill(500)
    monkeypatch.setattr("monite_magic.core.progress.DELAY", 60)
    pull("payables", client=client, rate=10_000)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr("monite_magic.core.progress.DELAY", 0)
    pull("payables", client=client, rate=10_000)
    assert re.search(r"500 rows \[00:\d\d, +[\d.]+ rows/s, pages=\d+\]", capsys.readouterr().out)


def test_what_was_pulled_shows_itself(server, client):
    server.fill(1_500)
    shown = repr(pull("payables", client=client, **FAST))
    assert shown.split("\n")[0] == "Pulled"
    assert re.search(r"^collection +entity +rows +complete$", shown, re.MULTILINE)
    assert "payables    entity-a  1,500  yes" in shown


def test_a_table_that_was_not_pulled_is_told_with_those_that_were(server, client):
    server.fill(3)
    server.fill(2, collection="receivables")
    pulled = pull("payables", "receivables", client=client, **FAST)
    with pytest.raises(RequestError, match="Table not found: 'tags'") as caught:
        pulled.source("tags")
    assert caught.value.hint == "Tables: payables, receivables."


def test_values_left_empty_are_told_below_the_table_and_where_the_table_is(server, client):
    server.fill(3, total_amount="many")
    with pytest.warns(UserWarning, match="total_amount"):
        shown = repr(pull("payables", client=client, **FAST))
    assert "The DataFrame is _['payables']." in shown
    assert "total_amount" in shown
    assert "left empty" in shown
