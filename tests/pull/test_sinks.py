"""What the sinks keep: with the columns of now, only in their own tables and files, and once."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from monite_magic.catalogue.shapes import Shape
from monite_magic.core.errors import RequestError
from monite_magic.tables.pull import pull
from monite_magic.tables.pull.batch import Batch
from monite_magic.tables.pull.manifest import Part
from monite_magic.tables.pull.sinks import DuckDbSink, MemorySink, ParquetSink
from monite_magic.tables.pull.slices import Slice

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
dataset = pytest.importorskip("pyarrow.dataset")
duckdb = pytest.importorskip("duckdb")

ORIGIN = "https://api.example.com/v1"
TEXT = {"type": "string"}
NARROW = {"id": TEXT, "entity_id": TEXT, "number": {"type": "integer"}, "note": TEXT}
MINOR_UNITS = {"type": "integer", "x-unit": "money"}
FAST = {"rate": 10_000, "progress": False}


@pytest.fixture(params=["x.parquet", "x.duckdb"])
def target(request, tmp_path):
    return tmp_path / request.param


@pytest.fixture
def keep():
    """Keep rows as one pull does, in a part that is there or that is new."""

    def keep(target, rows, properties, *, entity="a", replaces=False, **fields):
        sink = (DuckDbSink if target.suffix == ".duckdb" else ParquetSink)(target)
        try:
            parts = {part.entity: part for part in sink.open(ORIGIN)}
            part = parts.get(entity) or Part("/things", entity)
            part.slices = [Slice()]
            batch = a_batch(rows, properties, replaces=replaces)
            sink.keep(part, part.slices[0], batch)
        finally:
            sink.close()
        return part

    return keep


def a_batch(rows, properties=NARROW, *, is_last=True, replaces=False, **options):
    shape = Shape(None, ({"type": "object", "properties": properties},))
    batch = Batch(shape, replaces=replaces, **options)
    batch.add(rows)
    batch.is_last = is_last
    return batch


def kept(target):
    """The rows as a reader sees them who knows the place alone, by id."""
    if target.suffix == ".duckdb":
        with duckdb.connect(str(target), read_only=True) as db:
            rows = db.sql("SELECT * FROM things").to_arrow_table().to_pylist()
    else:
        assert len({str(parquet.read_schema(file)) for file in target.rglob("*.parquet")}) == 1
        rows = dataset.dataset(target / "things", partitioning="hive").to_table().to_pylist()
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: row for row in rows}


def files_of(target):
    return sorted(path.name for path in target.rglob("*.parquet"))


# -- the catalogue grows ------------------------------------------------------------------------------------


def test_a_column_that_is_new_is_empty_in_the_rows_of_before(target, keep):
    keep(target, [{"id": "1", "number": 1}, {"id": "2", "number": 2}], NARROW)
    wide = {"name": TEXT, **NARROW, "paid_at": {"type": "string", "format": "date-time"}}
    part = keep(target, [{"id": "2", "number": 3, "name": "x", "paid_at": "2024-05-25T10:00:00Z"}], wide,
                replaces=True)  # fmt: skip
    rows = kept(target)
    assert part.rows == 2
    assert (rows["1"]["number"], rows["1"]["name"], rows["1"]["paid_at"]) == (1, None, None)
    assert (rows["2"]["number"], rows["2"]["name"]) == (3, "x")
    assert rows["2"]["paid_at"] == datetime(2024, 5, 25, 10, tzinfo=UTC)


def test_so_it_is_in_the_rows_of_entities_that_nothing_new_came_for(keep, tmp_path):
    target = tmp_path / "x.parquet"
    keep(target, [{"id": "1"}], NARROW, entity="b")
    keep(target, [{"id": "2", "name": "x"}], {**NARROW, "name": TEXT}, entity="c")
    keep(target, [], {**NARROW, "name": TEXT, "more": TEXT}, entity="a")
    schemas = {str(parquet.read_schema(file)) for file in target.rglob("*.parquet")}
    assert len(schemas) == 1
    assert "more" in schemas.pop()
    assert {id_: row["name"] for id_, row in kept(target).items()} == {"1": None, "2": "x"}
    engine = f"SELECT count(*), count(name) FROM '{target}/things/**/*.parquet'"
    assert duckdb.sql(engine).fetchall() == [(2, 1)]


def test_a_column_that_is_no_more_stays_where_it_was_filled(target, keep):
    keep(target, [{"id": "1", "note": "old"}], NARROW)
    keep(target, [{"id": "2"}], {"id": TEXT, "number": TEXT}, replaces=True)
    assert {id_: row["note"] for id_, row in kept(target).items()} == {"1": "old", "2": None}
    keep(target, [{"id": "3", "note": "new"}], NARROW | {"number": TEXT}, replaces=True)
    assert {id_: row["note"] for id_, row in kept(target).items()} == {"1": "old", "2": None, "3": "new"}


def test_a_column_takes_its_new_type(target, keep):
    keep(target, [{"id": "1", "number": 1}], NARROW)
    keep(target, [{"id": "2", "number": "2a"}], NARROW | {"number": TEXT}, replaces=True)
    assert {id_: row["number"] for id_, row in kept(target).items()} == {"1": "1", "2": "2a"}


def test_a_type_that_the_rows_of_before_can_not_have_is_said(target, keep):
    keep(target, [{"id": "1", "note": "soon"}], NARROW)
    with pytest.raises(RequestError, match=r"column .?note.*Pull to another"):
        keep(target, [{"id": "2", "note": 5}], NARROW | {"note": {"type": "integer"}}, replaces=True)
    assert {id_: row["note"] for id_, row in kept(target).items()} == {"1": "soon"}
    keep(target, [{"id": "2", "note": "x"}], NARROW, replaces=True)
    assert sorted(kept(target)) == ["1", "2"]


def test_files_with_the_columns_of_now_are_not_written_anew(keep, tmp_path):
    target = tmp_path / "x.parquet"
    money = {"currency": TEXT, "amount": MINOR_UNITS, "day": {"type": "string", "format": "date"}}
    keep(target, [{"id": "1", "currency": "EUR", "amount": 5}], NARROW | money)
    before = files_of(target)
    keep(target, [{"id": "2"}], NARROW | money, replaces=True)
    assert set(before) < set(files_of(target))
    assert kept(target)["1"]["amount"] == Decimal("0.050")


def test_who_dies_while_files_are_written_anew_loses_nothing(keep, tmp_path, monkeypatch):
    """The files of before are named until the last of the new ones is there."""
    target = tmp_path / "x.parquet"
    for entity in "abc":
        keep(target, [{"id": entity}], NARROW, entity=entity)
    before, write = files_of(target), ParquetSink._write

    def die_at_the_second(self, part, table):
        if part.entity == "b":
            raise KeyboardInterrupt
        return write(self, part, table)

    wide = NARROW | {"name": TEXT}
    with monkeypatch.context() as patched:
        patched.setattr(ParquetSink, "_write", die_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            keep(target, [], wide)
    assert set(before) < set(files_of(target))
    keep(target, [], wide)
    assert sorted(kept(target)) == ["a", "b", "c"]
    assert len(files_of(target)) == 3
    assert not set(before) & set(files_of(target))


def test_files_of_before_are_there_until_the_manifest_names_the_new_ones(keep, tmp_path, monkeypatch):
    target = tmp_path / "x.parquet"
    keep(target, [{"id": "1"}], NARROW)
    before = files_of(target)

    def die(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ParquetSink, "_save", die)
        with pytest.raises(KeyboardInterrupt):
            keep(target, [], NARROW | {"name": TEXT})
    assert set(before) < set(files_of(target))
    keep(target, [], NARROW)
    assert files_of(target) == before


def test_what_can_not_be_kept_beside_is_not_kept_later_either(target, keep):
    """Other workers still bring rows when one has failed."""
    keep(target, [{"id": "1", "note": "soon"}], NARROW)
    sink = (DuckDbSink if target.suffix == ".duckdb" else ParquetSink)(target)
    (part,) = sink.open(ORIGIN)
    part.slices = [Slice()]
    for _ in range(2):
        with pytest.raises(RequestError, match=r"column .?note"):
            sink.keep(part, part.slices[0], a_batch([{"id": "2"}], NARROW | {"note": {"type": "integer"}}))
    sink.close()
    assert list(kept(target)) == ["1"]


def test_a_table_that_something_depends_on_is_said(keep, tmp_path):
    target = tmp_path / "x.duckdb"
    keep(target, [{"id": "1"}], NARROW)
    with duckdb.connect(str(target)) as db:
        db.execute("CREATE INDEX mine ON things (id)")
    with pytest.raises(
        RequestError, match=r"Can't change the column number of the table things in .* to VARCHAR"
    ):
        keep(target, [{"id": "2"}], NARROW | {"number": TEXT})
    assert list(kept(target)) == ["1"]


def test_a_pull_goes_on_after_the_catalogue_has_grown(target, server, client, monkeypatch):
    known = Shape.properties
    server.fill(300, collection="approval_policies", name="old")
    with monkeypatch.context() as patched:
        older = property(lambda shape: tuple(name for name in known.fget(shape) if name != "name"))
        patched.setattr(Shape, "properties", older)
        pull("approval_policies", client=client, to=target, **FAST)
    server.rows["approval_policies", "entity-a"][7].update(updated_at="2030-01-01T00:00:00Z", name="new")
    assert pull("approval_policies", client=client, to=target, **FAST).rows == {"approval_policies": 300}
    if target.suffix == ".duckdb":
        with duckdb.connect(str(target)) as db:
            names = dict(db.execute("SELECT id, name FROM approval_policies").fetchall())
    else:
        table = dataset.dataset(target / "approval_policies").to_table()
        names = dict(zip(table["id"].to_pylist(), table["name"].to_pylist(), strict=True))
    assert len(names) == 300
    assert names["p7"] == "new"


# -- what is not of a pull ----------------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path):
    """A database of the person's own, with a table of a collection's name."""
    file = tmp_path / "own.duckdb"
    with duckdb.connect(str(file)) as db:
        db.execute("CREATE TABLE Payables AS SELECT 'mine' AS id, 'entity-a' AS entity")
    return file


def test_a_table_that_no_pull_has_written_is_left_alone(own, server, client):
    server.fill(3)
    for _ in range(2):
        with pytest.raises(
            RequestError, match=r"has a table payables that was not written by a pull.*another file"
        ):
            pull("payables", client=client, to=own, **FAST)
    with duckdb.connect(str(own)) as db:
        assert db.execute("SELECT * FROM payables").fetchall() == [("mine", "entity-a")]


def test_so_it_is_where_rows_come_in_no_order(own, server, client):
    """The part is begun again then, and what it had is deleted."""
    server.fill(300)
    server.reverse = True
    with pytest.raises(RequestError, match="not written by a pull"):
        pull("payables", client=client, to=own, **FAST)
    with duckdb.connect(str(own)) as db:
        assert db.execute("SELECT * FROM payables").fetchall() == [("mine", "entity-a")]


def test_other_collections_go_beside_a_table_of_ones_own(own, server, client):
    server.fill(3, collection="receivables")
    for _ in range(2):
        assert pull("receivables", client=client, to=own, **FAST).rows == {"receivables": 3}


def test_a_table_of_another_schema_is_none_of_ours(server, client, tmp_path):
    target = tmp_path / "x.duckdb"
    with duckdb.connect(str(target)) as db:
        db.execute("CREATE SCHEMA mart; CREATE TABLE mart.payables (a INT)")
    server.fill(3)
    for _ in range(2):
        assert pull("payables", client=client, to=target, **FAST).rows == {"payables": 3}


def test_a_table_that_is_gone_is_said(keep, tmp_path):
    target = tmp_path / "x.duckdb"
    keep(target, [{"id": "1"}], NARROW)
    with duckdb.connect(str(target)) as db:
        db.execute("DROP TABLE things")
    with pytest.raises(RequestError, match=r"no longer has the table things.*Pull to another file"):
        keep(target, [{"id": "2"}], NARROW)


# -- a folder that is not as a pull left it -----------------------------------------------------------------


def test_a_manifest_that_is_no_text_is_said(server, client, tmp_path):
    (tmp_path / "_manifest.json").write_bytes(b'\xff\xfe{"format"')
    with pytest.raises(RequestError, match=r"manifest .*_manifest.json can't be read"):
        pull("payables", client=client, to=tmp_path, **FAST)


def test_a_file_that_is_gone_is_named(keep, tmp_path):
    target = tmp_path / "x.parquet"
    keep(target, [{"id": "1"}], NARROW)
    (file,) = target.rglob("*.parquet")
    file.unlink()
    with pytest.raises(RequestError, match=rf"{file}.* is missing.*Pull to another folder, or delete"):
        keep(target, [{"id": "2"}], NARROW)


@pytest.mark.parametrize("name", ["x.parquet", "x.parquet/y.parquet"])
def test_a_file_where_a_folder_should_be_is_said(name, client, tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(
        RequestError, match=rf"folder {tmp_path / name} can't be created: [a-z ]+\. .*another folder"
    ):
        pull("payables", client=client, to=tmp_path / name, **FAST)
    assert (tmp_path / "x.parquet").read_bytes() == b"PAR1"


# -- each row once ------------------------------------------------------------------------------------------


@pytest.fixture(params=["pandas", "x.parquet", "x.duckdb"])
def sink(request, tmp_path):
    shape = Shape(None, ({"type": "object", "properties": NARROW},))
    path = tmp_path / request.param
    kinds = {".duckdb": lambda: DuckDbSink(path), ".parquet": lambda: ParquetSink(path)}
    sink = kinds.get(path.suffix, lambda: MemorySink("pandas", {"/things": shape}))()
    sink.open(ORIGIN)
    yield sink
    sink.close()


def test_a_worker_of_a_range_that_is_no_more_leaves_nothing(sink):
    part, old = Part("/things", "a"), Slice()
    part.slices = [old]
    raw = sink.batch_rows == 1
    sink.keep(part, old, a_batch([{"id": "1"}], raw=raw, is_last=False))
    part.slices = [Slice()]
    sink.restart(part)
    sink.keep(part, old, a_batch([{"id": "2"}], raw=raw))
    sink.keep(part, part.slices[0], a_batch([{"id": "3"}], raw=raw))
    sink.close()
    if sink.path is None:
        assert sink.result()["things"]["id"].tolist() == ["3"]
    else:
        assert list(kept(sink.path)) == ["3"]
    if sink.path is not None and sink.path.suffix == ".parquet":
        (named,) = json.loads((sink.path / "_manifest.json").read_text())["parts"]
        assert [name.rpartition("/")[2] for name in named["files"]] == files_of(sink.path)
    assert part.rows == 1


def test_ids_at_one_moment_are_remembered_over_several_batches():
    """A range that is resumed reads that moment again, and takes none of them twice."""
    moment = "2024-05-25T10:00:00Z"
    rows = [{"id": str(number), "created_at": moment} for number in range(6)]
    part, piece = Part("/things"), Slice()
    part.slices = [piece]
    for two in (rows[:2], rows[2:4]):
        a_batch(two, is_last=False).settle(part, piece)
    assert piece.at_position == ["0", "1", "2", "3"]
    resumed = Slice.from_json(json.loads(json.dumps(piece.to_json())))
    assert resumed.take(rows) == rows[4:]
    later = {"id": "6", "created_at": "2024-05-25T11:00:00Z"}
    a_batch([later], is_last=False).settle(part, piece)
    assert piece.at_position == ["6"]


# -- one bad row --------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::monite_magic.core.errors.UnexpectedValuesWarning")
@pytest.mark.parametrize(
    ("collection", "bad"),
    [
        ("payables", {"note": "\ud800"}),
        ("payables", {"total_amount": 10**40}),
        ("payables", {"currency": "CLF", "total_amount": 7}),
        ("payables", {"page_num": 2**63, "file": {"size": 2**63}}),
        ("payables", {"currency_exchange": {"rate": 2**60 + 1}}),
        ("payables", {"file": "text"}),
        ("events", {"object": {"a": 1}}),
        ("events", {"object": 5}),
    ],
)
def test_a_bad_row_does_not_keep_the_others_out(collection, bad, target, server, client):
    """It comes late, when thousands are a table already."""
    server.fill(2_500, collection=collection)
    server.rows[collection, "entity-a"][1_800].update(bad)
    assert pull(collection, client=client, to=target, workers=1, **FAST).rows == {collection: 2_500}
