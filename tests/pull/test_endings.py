"""Lists without an end, rows that come twice, parts that are refused, rows that were deleted."""

import json
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from monite_magic import MoniteClient
from monite_magic.api.answer import ApiError
from monite_magic.core.bounds import limits
from monite_magic.core.environments import find_environment
from monite_magic.core.errors import MoniteError, RequestError
from monite_magic.tables.pull import pull, sinks

dataset = pytest.importorskip("pyarrow.dataset")
duckdb = pytest.importorskip("duckdb")

ENTITY = "entity-a"
START = datetime(2024, 1, 1, tzinfo=UTC)
POLICIES = "approval_policies"  # these can be asked for by `updated_at`, payables by `created_at` only
FAST = {"rate": 10_000, "progress": False}


@pytest.fixture(params=["pandas", "m.parquet", "m.duckdb", "m.delta"])
def to(request, tmp_path, monkeypatch):
    if request.param.endswith(".delta"):
        pytest.importorskip("deltalake")
    for sink in (sinks.ParquetSink, sinks.DuckDbSink, sinks.DeltaSink):
        monkeypatch.setattr(sink, "batch_rows", 100)
    return tmp_path / request.param if "." in request.param else request.param


@pytest.fixture(params=["m.parquet", "m.duckdb", "m.delta"])
def target(request, tmp_path, monkeypatch):
    if request.param.endswith(".delta"):
        pytest.importorskip("deltalake")
    for sink in (sinks.ParquetSink, sinks.DuckDbSink, sinks.DeltaSink):
        monkeypatch.setattr(sink, "batch_rows", 100)
    return tmp_path / request.param


def rows_in(target, name, *columns):
    """What a reader finds who knows the place alone; an empty list without such a table."""
    if target.suffix == ".duckdb":
        with duckdb.connect(str(target), read_only=True) as db:
            if (name,) not in db.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                return []
            names = ", ".join("entity" if column == "entity_id" else column for column in columns)
            return db.execute(f"SELECT {names} FROM {name}").fetchall()
    if not (target / name).exists():
        return []
    if target.suffix == ".delta":
        table = (
            pytest.importorskip("deltalake").DeltaTable(target / name).to_pyarrow_table(columns=[*columns])
        )
        return [tuple(row.values()) for row in table.to_pylist()]
    table = dataset.dataset(target / name, partitioning="hive").to_table(columns=list(columns))
    return [tuple(row.values()) for row in table.to_pylist()]


def ids_of(pulled, to, name):
    return pulled[name]["id"].tolist() if to == "pandas" else [row[0] for row in rows_in(to, name, "id")]


def row(number, *, minute=None, **fields):
    moment = (START + timedelta(minutes=number if minute is None else minute)).isoformat()
    return {"id": f"p{number}", "created_at": moment, "updated_at": moment, **fields}


def pages_of(server, *pages, after=None):
    """Let the server answer these pages by the number of the call, and then what `after` makes of it."""

    asked = []

    def answer(environ):
        if "order=desc" in environ["QUERY_STRING"]:
            return "200 OK", {"data": []}, []
        if "pagination_token" not in environ["QUERY_STRING"]:
            asked.clear()  # it is read from the beginning
        asked.append(environ)
        assert len(server.calls) < 200, "the list has no end"
        rows, token = pages[len(asked) - 1] if len(asked) <= len(pages) else after(len(asked))
        return "200 OK", {"data": rows, "next_pagination_token": token}, []

    server.answer = answer


COLLECTIONS = ["payables", "tags"]  # tags have no filter to read ranges by


# -- no end -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("circle", ["ABAB", "ABCA", "AA", "ABCDEFC"])
def test_tokens_that_go_round_end_with_a_sentence_and_keep_what_came(circle, collection, to, server, client):
    pages_of(server, *([[row(at)], token] for at, token in enumerate(circle)), after=lambda n: ([], "A"))
    with pytest.raises(MoniteError, match=r"never ends: .* same pagination token again") as problem:
        pull(collection, client=client, to=to, workers=1, **FAST)
    came = len(circle) if len(circle) != 4 or circle == "ABCA" else 3
    pulled = problem.value.partial
    assert sorted(ids_of(pulled, to, collection)) == [f"p{i}" for i in range(came)]
    assert pulled.rows == {collection: came}
    assert not pulled.complete
    assert "has no end" in repr(pulled)


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("rows", [[], [row(1), row(2)]])
def test_fresh_tokens_for_the_same_rows_or_for_none_end(rows, collection, to, server, client):
    pages_of(server, ([row(0)], "first"), after=lambda number: (rows, f"token {number}"))
    with pytest.raises(MoniteError, match="the last 20 pages have no new rows") as problem:
        pull(collection, client=client, to=to, workers=1, **FAST)
    kept = ids_of(problem.value.partial, to, collection)
    assert Counter(kept) == Counter(["p0", *(each["id"] for each in rows)])


def test_pages_that_a_filter_has_emptied_are_no_end(to, server, client):
    first, second = ([([], f"{name} {number}") for number in range(19)] for name in "ab")
    pages_of(server, ([row(0)], "more"), *first, ([row(1)], "and more"), *second, ([row(2)], None))
    pulled = pull("payables", client=client, to=to, workers=1, **FAST)
    assert sorted(ids_of(pulled, to, "payables")) == ["p0", "p1", "p2"]
    assert pulled.complete


def test_an_empty_token_is_the_end(to, server, client):
    pages_of(server, ([row(0)], "more"), ([row(1)], ""))
    assert pull("payables", client=client, to=to, workers=1, **FAST).rows == {"payables": 2}


@pytest.mark.parametrize("token", [5, 0, 1.5, True, False, ["a"], {"next": "a"}])
def test_a_token_that_is_no_text_is_an_error(token, to, server, client):
    pages_of(server, ([row(0)], "more"), ([row(1)], token), after=lambda number: ([], None))
    with pytest.raises(MoniteError, match=r"pagination token of GET /payables is .*, not text") as problem:
        pull("payables", client=client, to=to, workers=1, **FAST)
    assert problem.value.partial.rows == {"payables": 2}
    assert not problem.value.partial.complete


def test_an_endless_list_of_one_collection_does_not_stop_the_other(to, server, client):
    server.fill(250)
    answer = server.answer

    def endless(environ):
        if "tags" not in environ["PATH_INFO"]:
            return answer(environ)
        return "200 OK", {"data": [row(7)], "next_pagination_token": "again"}, []

    server.answer = endless
    with pytest.raises(MoniteError, match=r"1 of 2 parts of the pull can't be read") as problem:
        pull("tags", "payables", client=client, to=to, **FAST)
    assert "tags of entity entity-a: GET /tags never ends" in str(problem.value)
    assert sorted(ids_of(problem.value.partial, to, "payables")) == sorted(f"p{i}" for i in range(250))


def test_a_part_that_had_no_end_is_read_anew_when_it_has_one(target, server, client):
    pages_of(server, ([row(0), row(1)], "a"), ([row(2)], "a"))
    with pytest.raises(MoniteError, match="never ends"):
        pull("tags", client=client, to=target, **FAST)
    del server.answer
    server.fill(5, collection="tags")
    assert pull("tags", client=client, to=target, **FAST).rows == {"tags": 5}
    assert Counter(rows_in(target, "tags", "id")) == Counter((f"p{i}",) for i in range(5))


# -- rows on two pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_row_on_two_pages_is_kept_once_as_it_came_last(collection, to, server, client):
    new = row(1, name="new")
    pages_of(
        server,
        ([row(0), row(0), row(1, name="old")], "a"),
        ([new, *(row(1 + at, minute=1) for at in range(1, 150))], "b"),
        ([row(150, minute=1), row(151)], None),
    )
    pulled = pull(collection, client=client, to=to, workers=1, **FAST)
    assert Counter(ids_of(pulled, to, collection)) == Counter(f"p{i}" for i in range(152))
    assert pulled.rows == {collection: 152}
    if collection == "tags":  # payables have no name
        names = pulled["tags"]["name"].dropna() if to == "pandas" else rows_in(to, "tags", "name")
        assert [name for name in names if name not in {"old", (None,)}] in (["new"], [("new",)])
        assert "old" not in names
        assert ("old",) not in names


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_row_of_a_long_moment_is_kept_once_however_many_pages_later_it_comes_again(
    collection, to, server, client
):
    pages_of(
        server,
        ([row(0, minute=0), *(row(at, minute=1) for at in range(1, 100))], "a"),
        ([row(at, minute=1) for at in range(100, 200)], "b"),
        ([row(1, minute=1), row(200, minute=1)], None),
    )
    pulled = pull(collection, client=client, to=to, workers=1, **FAST)
    assert Counter(ids_of(pulled, to, collection)) == Counter(f"p{i}" for i in range(201))


def test_a_range_drops_what_lies_before_its_start(to, server, client):
    """A server that answers a range with rows from before it, as one with coarse filters does."""
    server.fill(3_000)
    between = server.between

    def coarse(rows, query):
        hour = {
            name: value[:14] + "00:00+00:00" if name == "created_at__gte" else value
            for name, value in query.items()
        }
        return between(rows, hour)

    server.between = coarse
    pulled = pull("payables", client=client, to=to, workers=4, **FAST)
    assert Counter(ids_of(pulled, to, "payables")) == Counter(f"p{i}" for i in range(3_000))
    assert pulled.rows == {"payables": 3_000}
    assert any("created_at__gte" in query for _, query in server.calls)


# -- refused parts ------------------------------------------------------------------------------------------


@pytest.fixture
def refusing(server):
    """Three entities, of which one is always refused with `server.refusal`."""
    answer = type(server).answer
    server.refusal = "404 Not Found"
    for entity in "abc":
        server.fill(250, entity=entity, prefix=entity)

    def refuse(environ):
        if environ.get("HTTP_X_MONITE_ENTITY_ID") == "b":
            return server.refusal, {"error": {"message": "Not for you"}}, []
        return answer(server, environ)

    server.answer = refuse
    return server


@pytest.mark.parametrize(
    ("refusal", "advice"), [("404 Not Found", "entity may not exist"), ("403 Forbidden", "use a token")]
)
def test_an_entity_that_is_refused_does_not_stop_the_others(refusal, advice, to, refusing, client):
    refusing.refusal = refusal
    with pytest.raises(MoniteError, match=r"1 of 3 parts of the pull can't be read") as problem:
        pull("payables", client=client, entities=["b", "a", "c"], to=to, workers=1, **FAST)
    said = str(problem.value)
    assert f"payables of entity b: GET /payables answered {refusal}: Not for you" in said
    assert advice in said
    assert "The other 2 are complete." in said
    assert "Run the same pull again to continue" not in said
    pulled = problem.value.partial
    assert Counter(ids_of(pulled, to, "payables")) == Counter(f"{e}{i}" for e in "ac" for i in range(250))
    assert f"b       0     no: {refusal}" in " ".join(repr(pulled).split("\n")) or refusal in repr(pulled)
    assert not pulled.complete


def test_who_is_let_in_later_gets_the_rest(target, refusing, client):
    with pytest.raises(MoniteError, match="1 of 3 parts"):
        pull("payables", client=client, entities=[*"abc"], to=target, **FAST)
    if target.suffix == ".parquet":
        parts = json.loads((target / "_manifest.json").read_text())["parts"]
        assert {part["entity"]: part["refused"] for part in parts} == {"a": "", "b": "404 Not Found", "c": ""}
    del refusing.answer
    pulled = pull("payables", client=client, entities=[*"abc"], to=target, **FAST)
    assert pulled.complete
    assert Counter(rows_in(target, "payables", "id")) == Counter(
        (f"{e}{i}",) for e in "abc" for i in range(250)
    )


def test_a_token_that_is_no_longer_good_stops_all(refusing, client):
    refusing.refusal = "401 Unauthorized"
    with pytest.raises(ApiError, match="401 Unauthorized"):
        pull("payables", client=client, entities=[*"bac"], workers=1, **FAST)
    assert len(refusing.calls) < 5


# -- changes and deletions ----------------------------------------------------------------------------------


def test_rows_that_are_committed_late_with_an_older_stamp_come_with_the_next_pull(target, server, client):
    server.fill(200, collection=POLICIES, name="old")
    pull(POLICIES, client=client, to=target, **FAST)
    newest = START + timedelta(minutes=199)
    for minutes, name in ((9, "late"), (11, "too late")):
        moment = (newest - timedelta(minutes=minutes, seconds=-1)).isoformat(timespec="microseconds")
        server.rows[POLICIES, ENTITY].append({"id": name, "created_at": moment, "updated_at": moment})
    server.rows[POLICIES, ENTITY].sort(key=lambda each: each["created_at"])
    pulled = pull(POLICIES, client=client, to=target, **FAST)
    assert Counter(rows_in(target, POLICIES, "id")) == Counter([("late",), *((f"p{i}",) for i in range(200))])
    assert pulled.rows == {POLICIES: 201}
    pull(POLICIES, client=client, to=target, overlap="1h", **FAST)
    assert ("too late",) in rows_in(target, POLICIES, "id")
    assert len(rows_in(target, POLICIES, "id")) == 202


@pytest.mark.parametrize(
    ("overlap", "asked"),
    [
        ("0", "03:19:00"),
        ("90s", "03:17:30"),
        (5, "03:14:00"),
        ("1h", "02:19:00"),
        (timedelta(days=1), "03:19"),
    ],
)
def test_the_overlap_is_what_was_wished(overlap, asked, server, client, tmp_path):
    server.fill(200, collection=POLICIES)
    pull(POLICIES, client=client, to=tmp_path / "m.parquet", **FAST)
    server.calls.clear()
    pull(POLICIES, client=client, to=tmp_path / "m.parquet", overlap=overlap, **FAST)
    day = "2023-12-31" if overlap == timedelta(1) else "2024-01-01"
    assert f"updated_at__gte={day}T{asked.replace(':', '%3A')}" in server.calls[0][1]


@pytest.mark.parametrize("overlap", ["soon", "-5m", "10 parsecs", timedelta(minutes=-1), ""])
def test_an_overlap_that_is_none_is_said(overlap, client):
    with pytest.raises(RequestError, match=r"Invalid overlap: .* Write it as 90s, 10m"):
        pull("payables", client=client, overlap=overlap, **FAST)


def test_what_was_deleted_moves_to_a_table_of_its_own_with_the_day(target, server, client):
    server.fill(450)
    pull("payables", client=client, to=target, **FAST)
    rows = server.rows["payables", ENTITY]
    gone = [rows[i] for i in (0, 77, 449)]
    rows[:] = [each for each in rows if each not in gone]
    rows[5]["status"] = "paid"
    today = datetime.now(UTC).date()
    pulled = pull("payables", client=client, to=target, **FAST)
    assert pulled.rows == {"payables": 447}
    assert pulled.deleted == {"payables": 3}
    assert "3 rows were deleted at the API and moved to payables_deleted." in " ".join(repr(pulled).split())
    assert Counter(rows_in(target, "payables", "id")) == Counter((each["id"],) for each in rows)
    deleted = rows_in(target, "payables_deleted", "id", "missed_on", "entity_id")
    days = {today, datetime.now(UTC).date()}
    assert sorted(each[0] for each in deleted) == ["p0", "p449", "p77"]
    assert all(each[1] in days and each[2] == ENTITY for each in deleted)
    # What is there again is alive; what goes later comes next to it.
    rows.insert(0, gone[0])
    rows.remove(rows[10])
    pulled = pull("payables", client=client, to=target, **FAST)
    assert sorted(rows_in(target, "payables_deleted", "id")) == [("p10",), ("p449",), ("p77",)]
    assert Counter(rows_in(target, "payables", "id")) == Counter((each["id"],) for each in rows)
    assert pulled.deleted == {"payables": 3}
    pulled = pull("payables", client=client, to=target, **FAST)
    assert len(rows_in(target, "payables_deleted", "id")) == 3


def test_a_collection_that_is_all_gone_is_empty(target, server, client):
    server.fill(120)
    server.fill(5, entity="other", prefix="o")
    pull("payables", client=client, to=target, entities=[ENTITY, "other"], **FAST)
    server.rows["payables", ENTITY].clear()
    pulled = pull("payables", client=client, to=target, entities=[ENTITY, "other"], **FAST)
    assert sorted(rows_in(target, "payables", "id")) == [(f"o{i}",) for i in range(5)]
    assert len(rows_in(target, "payables_deleted", "id")) == 120
    assert pulled.rows == {"payables": 5}


def test_until_a_refresh_is_complete_the_rows_of_before_are_there(target, server, client):
    server.fill(450)
    pull("payables", client=client, to=target, **FAST)
    server.rows["payables", ENTITY].pop(3)
    server.calls.clear()

    def fail(server):
        if len(server.calls) == 4:
            raise RuntimeError("the server broke")

    server.on_call = fail
    with pytest.raises(RuntimeError, match="the server broke"):
        pull("payables", client=client, to=target, workers=1, **FAST)
    assert len(rows_in(target, "payables", "id")) == 450
    server.on_call = lambda server: None
    pulled = pull("payables", client=client, to=target, **FAST)
    assert Counter(rows_in(target, "payables", "id")) == Counter((f"p{i}",) for i in range(450) if i != 3)
    assert rows_in(target, "payables_deleted", "id") == [("p3",)]
    assert pulled.rows == {"payables": 449}


def test_where_only_changes_are_read_it_says_that_it_can_not_know(target, server, client):
    server.fill(150, collection=POLICIES, name="old")
    first = pull(POLICIES, client=client, to=target, **FAST)
    assert "deleted" not in repr(first)
    server.rows[POLICIES, ENTITY].pop(2)
    changes = pull(POLICIES, client=client, to=target, **FAST)
    said = " ".join(repr(changes).split())
    assert "Only changes were read of approval_policies: rows deleted at the API are kept." in said
    assert len(rows_in(target, POLICIES, "id")) == 150
    whole = pull(POLICIES, client=client, to=target, whole=True, **FAST)
    assert rows_in(target, f"{POLICIES}_deleted", "id") == [("p2",)]
    assert len(rows_in(target, POLICIES, "id")) == 149
    assert "Only changes" not in repr(whole)


def test_a_persons_own_table_of_deleted_rows_is_left_alone(server, client, tmp_path):
    target = tmp_path / "m.duckdb"
    with duckdb.connect(str(target)) as db:
        db.execute("CREATE TABLE payables_deleted AS SELECT 'mine' AS id")
    server.fill(20)
    pull("payables", client=client, to=target, **FAST)
    server.rows["payables", ENTITY].pop()
    with pytest.raises(RequestError, match="has a table payables_deleted that was not written by a pull"):
        pull("payables", client=client, to=target, **FAST)
    assert rows_in(target, "payables_deleted", "id") == [("mine",)]


# -- pulls of the first version -----------------------------------------------------------------------------


@pytest.fixture
def old_target(target):
    """The first version knew no Delta tables."""
    return pytest.skip("there were none") if target.suffix == ".delta" else target


def first_version(target):
    """Make of a dataset or database what the first version has written: fewer facts, wider amounts."""
    newer = {
        "begun",
        "since",
        "pass_at",
        "replaces",
        "sweeps",
        "deleted",
        "deleted_files",
        "has_deleted",
        "refused",
    }

    def older(text):
        data = json.loads(text)
        for part in data["parts"]:
            for name in newer:
                del part[name]
        return json.dumps(data)

    if target.suffix == ".duckdb":
        with duckdb.connect(str(target)) as db:
            (text,) = db.execute("SELECT manifest FROM monite_pull").fetchone()
            db.execute("UPDATE monite_pull SET manifest = ?", [older(text)])
            db.execute("ALTER TABLE payables DROP COLUMN pulled_at")
            db.execute("ALTER TABLE payables ALTER total_amount SET DATA TYPE DECIMAL(38, 3)")
        return
    import pyarrow as pa
    from pyarrow import parquet

    file = target / "_manifest.json"
    file.write_text(older(file.read_text()))
    for each in target.rglob("*.parquet"):
        with parquet.ParquetFile(each) as opened:
            table = opened.read().drop_columns(["pulled_at"])
        at = table.schema.get_field_index("total_amount")
        wide = table["total_amount"].cast(pa.decimal128(38, 3))
        parquet.write_table(table.set_column(at, "total_amount", wide), each)


def test_a_pull_of_the_first_version_goes_on(old_target, server, client):
    target = old_target
    server.fill(450)

    def fail(server):
        if len(server.calls) == 4:
            raise RuntimeError("the server broke")

    server.on_call = fail
    with pytest.raises(RuntimeError):
        pull("payables", client=client, to=target, workers=1, **FAST)
    assert 0 < len(rows_in(target, "payables", "id")) < 450
    first_version(target)
    server.on_call = lambda server: None
    pulled = pull("payables", client=client, to=target, **FAST)
    assert Counter(rows_in(target, "payables", "id")) == Counter((f"p{i}",) for i in range(450))
    assert pulled.complete


@pytest.mark.parametrize("left", [0, 449])
def test_a_complete_pull_of_the_first_version_is_refreshed(left, old_target, server, client):
    target = old_target
    server.fill(450)
    pull("payables", client=client, to=target, **FAST)
    first_version(target)
    server.rows["payables", ENTITY][left:] = []
    pull("payables", client=client, to=target, **FAST)
    assert Counter(rows_in(target, "payables", "id")) == Counter((f"p{i}",) for i in range(left))
    assert len(rows_in(target, "payables_deleted", "id")) == 450 - left


# -- pauses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["1.5", "0.997"])
def test_a_pause_with_a_fraction_is_waited_for_and_nothing_is_logged(
    asked, server, client, capfd, monkeypatch
):
    from monite_magic.tables.pull import limiter

    monkeypatch.setattr(limits, "max_retries", 0)
    pauses = []
    learn = limiter.RateLimiter.learn

    def noted(self, status, headers):
        learn(self, status, headers)
        if status == 429:
            pauses.append(self._next - limiter.time.monotonic())

    monkeypatch.setattr(limiter.RateLimiter, "learn", noted)
    server.fill(300)
    answer = server.answer

    def slow(environ):
        busy = len(server.calls) == 2
        headers = [("Retry-After", asked)]
        return ("429 Too Many Requests", {"error": {"message": "slow"}}, headers) if busy else answer(environ)

    server.answer = slow
    assert pull("payables", client=client, **FAST).rows == {"payables": 300}
    assert pauses == [pytest.approx(float(asked), abs=0.5)]
    assert pauses[0] > float(asked) - 0.1
    assert capfd.readouterr() == ("", "")


def test_a_pause_of_almost_a_minute_is_a_number():
    import threading
    import time

    from monite_magic.tables.pull.limiter import RateLimiter

    limiter = RateLimiter(10_000)
    limiter.learn(429, {"retry-after": "59.997"})
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    assert limiter._next - time.monotonic() > 59.9
    assert not limiter.wait(stop)
    assert logging.getLogger("monite_magic").handlers == []


# -- pages of an answer -------------------------------------------------------------------------------------


def client_of(*pages):
    left = list(pages)

    def answer(_):
        rows, token = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(200, json={"data": rows, "next_pagination_token": token})

    environment = find_environment(base_url="https://api.example.com/v1")
    return MoniteClient(environment, transport=httpx.MockTransport(answer))


def test_pages_of_a_client_end_too():
    pages = [([{"id": "a"}], "A"), ([{"id": "b"}], "B"), ([{"id": "c"}], "A"), ([{"id": "d"}], "B")]
    first, second = client_of(*pages), client_of(*pages)
    for walk in (first.pages("/payables"), second.get("/payables").pages(progress=False)):
        seen = []
        with pytest.raises(MoniteError, match="same pagination token again"):
            seen.extend(page[0]["id"] for page in walk)
        assert seen == ["a", "b", "c"]
    assert len(list(client_of(([{"id": "a"}], "A"), ([{"id": "b"}], "")).pages("/payables"))) == 2
    unknown = client_of(([{"id": "a"}], 7)).get("/payables").incomplete
    assert unknown == "The pagination token is 7, not text: more rows may follow."
