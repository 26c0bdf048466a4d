"""SQL over answers and pulls; pulls as Excel files."""

from decimal import Decimal

import pandas as pd
import pytest

import monite_magic
from monite_magic.core.errors import RequestError
from monite_magic.session import session as sessions

duckdb = pytest.importorskip("duckdb")
pa = pytest.importorskip("pyarrow")
openpyxl = pytest.importorskip("openpyxl")

FAST = {"rate": 10_000, "progress": False}


@pytest.fixture
def session(client, monkeypatch):
    """The kernel's session, logged in to the server of the tests."""
    session = sessions.Session()
    monkeypatch.setattr(sessions, "current", lambda: session)
    monkeypatch.setattr("monite_magic.session.sql.current", lambda: session)
    monkeypatch.setattr("monite_magic.session.pulling.current", lambda: session)
    profile = type("Profile", (), {"environment": client.environment})()
    monkeypatch.setattr(sessions.Session, "logged_in", property(lambda self: True))
    monkeypatch.setattr(sessions.Session, "profile", property(lambda self: profile))
    return session


@pytest.fixture(params=["pandas", "polars", "pyarrow", "m.parquet", "m.duckdb", "m.delta"])
def to(request, tmp_path):
    return tmp_path / request.param if "." in request.param else request.param


def test_a_collections_name_is_the_newest_complete_pull(to, session, server, client):
    server.fill(250, counterpart_id="c1")
    server.fill(2, collection="counterparts", prefix="c")
    pulled = monite_magic.pull("payables", "counterparts", client=client, to=to, **FAST)
    relation = monite_magic.sql(
        "SELECT c.id, count(*) AS bills, sum(p.total_amount) AS total "
        "FROM payables p JOIN counterparts c ON p.counterpart_id = c.id GROUP BY 1"
    )
    [(name, bills, total)] = relation.fetchall()
    assert (name, bills) == ("c1", 250)
    assert float(total) == sum(range(250)) / 100
    assert relation.df().shape == (1, 3)
    assert "bills" in str(relation)
    server.fill(10)
    monite_magic.pull("payables", client=client, to="pyarrow", **FAST)
    assert monite_magic.sql("SELECT count(*) FROM payables").fetchall() == [(260,)]
    again = monite_magic.pull("payables", client=client, to=to, **FAST)  # nothing is still open
    assert again.rows == {"payables": 260}
    assert pulled.complete


def test_deleted_rows_are_a_table(session, server, client, tmp_path):
    server.fill(20)
    for count in (20, 17):
        del server.rows["payables", "entity-a"][count:]
        monite_magic.pull("payables", client=client, to=tmp_path / "m.parquet", **FAST)
    gone = monite_magic.sql("SELECT id FROM payables_deleted ORDER BY id").fetchall()
    assert gone == [("p17",), ("p18",), ("p19",)]


def test_an_answer_takes_part_under_its_name(session, server, client):
    server.fill(3)
    bills = client.get("/payables", entity_id="entity-a")
    total = monite_magic.sql("SELECT sum(total_amount) FROM bills").fetchall()
    assert total == [(Decimal("0.03"),)]
    renamed = monite_magic.sql(
        'SELECT count(*) FROM "my bills" WHERE currency = ?'.replace("?", "'EUR'"), **{"my bills": bills}
    )
    assert renamed.fetchall() == [(3,)]
    frame = pd.DataFrame({"id": ["p1"], "note": ["x"]})
    assert monite_magic.sql("SELECT note FROM frame JOIN bills USING (id)").fetchall() == [("x",)]
    assert monite_magic.sql("WITH few AS (SELECT * FROM t) SELECT count(*) FROM few", t=frame).fetchall() == [
        (1,)
    ]


def test_a_pull_that_is_not_complete_or_of_elsewhere_does_not_count(session, server, client):
    server.fill(5)
    monite_magic.pull("payables", client=client, to="pyarrow", **FAST)
    session.pulls["https://elsewhere.example.com/v1"] = session.pulls.pop(client.environment.base_url)
    with pytest.raises(RequestError, match=r"(?s)SQL: .*payables.*Pull a collection with %monite_pull"):
        monite_magic.sql("SELECT * FROM payables")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELEC 1", "SQL: .*syntax"),
        ("SELECT nothing FROM t", "SQL: .*nothing"),
        ("SELECT 1 FROM unknown_one", "Available tables: t"),
    ],
)
def test_a_query_that_can_not_be_run_is_said(query, message, session):
    with pytest.raises(RequestError, match=message):
        monite_magic.sql(query, t=pd.DataFrame({"a": [1]}))


def test_other_statements_read_tables_too(session, server, client, tmp_path):
    server.fill(3)
    monite_magic.pull("payables", client=client, to="pyarrow", **FAST)
    frame = pd.DataFrame({"kind": ["a", "b", "a"], "n": [1, 2, 3]})
    monite_magic.sql(f"COPY (SELECT id FROM payables ORDER BY 1) TO '{tmp_path}/x.csv'")
    assert (tmp_path / "x.csv").read_text().split() == ["id", "p0", "p1", "p2"]
    assert monite_magic.sql("PIVOT (SELECT kind, n FROM frame) ON kind USING sum(n)").fetchall() == [(4, 2)]
    query = 'CREATE TABLE few AS FROM "my ""t"""; SELECT count(*) FROM few'
    assert monite_magic.sql(query, **{'my "t"': frame}).fetchall() == [(3,)]


def test_names_of_tables_have_no_case(session):
    frame = pd.DataFrame({"n": [1, 2]})
    assert monite_magic.sql("SELECT sum(N) FROM BILLS", bills=frame).fetchall() == [(3,)]
    assert monite_magic.sql("SELECT sum(n) FROM bills", Bills=frame).fetchall() == [(3,)]


def test_what_is_no_table_is_said(session):
    with pytest.raises(RequestError, match="t=int is not a table"):
        monite_magic.sql("SELECT * FROM t", t=5)


def test_other_statements_are_duckdbs(session, tmp_path):
    assert monite_magic.sql("SELECT 1 AS one").fetchall() == [(1,)]
    monite_magic.sql(f"COPY (SELECT 5 AS a) TO '{tmp_path}/x.csv'")
    assert (tmp_path / "x.csv").read_text().split() == ["a", "5"]


def test_a_pull_is_saved_as_one_sheet_a_collection(to, server, client, tmp_path):
    server.fill(3)
    server.fill(2, collection="receivables")
    pulled = monite_magic.tables.pull.pull("payables", "receivables", client=client, to=to, **FAST)
    book = openpyxl.load_workbook(pulled.save(tmp_path / "books.xlsx"))
    assert book.sheetnames == ["payables", "receivables"]
    headings, *rows = book["payables"].iter_rows()
    at = [cell.value for cell in headings].index("total_amount")
    assert sorted(row[at].value for row in rows) == [0, 0.01, 0.02]
    assert rows[0][at].number_format == "#,##0.00"
    with pytest.raises(RequestError, match="can only contain one table"):
        pulled.save(tmp_path / "books.csv")
