"""`%monite_pull` in a real kernel: what it says of where the rows are."""

from __future__ import annotations

import pytest

pytest.importorskip("pandas")


def test_it_says_by_which_name_the_rows_are_to_be_had(local):
    assert "The DataFrame is _['counterparts']." in local.good("%monite_pull counterparts").text
    assert local.value("type(_['counterparts']).__name__") == "DataFrame"
    assert "The DataFrame is everyone." in local.good("%monite_pull counterparts -o everyone").text
    assert local.value("type(everyone).__name__") == "DataFrame"
    several = local.good("%monite_pull counterparts tags -o both").text
    assert "Each is a DataFrame: both['counterparts']." in several
    assert local.value("type(both['tags']).__name__") == "DataFrame"


def test_it_says_that_a_dataset_is_a_folder(local):
    pytest.importorskip("pyarrow")
    assert "Stored in tags.parquet, a folder." in local.good("%monite_pull tags --to tags.parquet").text


def test_a_database_that_the_notebook_has_open_is_said(local):
    pytest.importorskip("duckdb")
    local.good("%monite_pull tags --to tags.duckdb")
    local.good("import duckdb\nother = duckdb.connect('tags.duckdb', read_only=True)")
    problem = local.run("%monite_pull tags --to tags.duckdb").problem
    assert problem.startswith("RequestError: tags.duckdb is open in this kernel")
    assert problem.endswith("Close the other connection (.close()), or choose another file.")
    local.good("other.close()")
    local.good("%monite_pull tags --to tags.duckdb")


def test_a_folder_that_another_pull_writes_to_is_said(local):
    pytest.importorskip("pyarrow")
    take = "import sqlite3\nlock = sqlite3.connect('busy.parquet/_lock')\nlock.execute('BEGIN EXCLUSIVE')"
    local.good("%monite_pull tags --to busy.parquet")
    local.good(take)
    problem = local.run("%monite_pull tags --to busy.parquet").problem
    assert problem.startswith("RequestError: Another pull is writing to busy.parquet. Wait until it is done")
    local.good("lock.close()")
    local.good("%monite_pull tags --to busy.parquet")


def test_it_says_what_since_means_where_the_api_knows_no_changes(local):
    shown = " ".join(local.good("%monite_pull payables approval_policies --since 2024-01-01").text.split())
    assert (
        "payables can only be filtered by created_at, so older rows that changed later are missing." in shown
    )
    assert "For the documents of a month, pull all rows and filter by issued_at." in shown
    assert "approval_policies were" not in shown


def test_an_interrupted_pull_keeps_what_has_come_and_runs_nothing_below(away, stop_at_second_page):
    row = {"id": "1", "created_at": "2026-01-01T00:00:00Z"}
    cells = ("%monite_pull payables -o kept", "went_on = True")
    ran, below = stop_at_second_page("/v1/payables", row, *cells)
    assert "Partly pulled" in ran.text
    assert "InterruptedError: Interrupted. The partial result is kept." in ran.problem
    assert below.status == "aborted"
    assert away.value("len(kept)") == 1
    assert not away.value("_.complete")


def test_a_name_that_can_not_be_kept_is_refused_before_anything_is_read(local):
    assert "-o 'a-b' is not a valid variable name" in local.run("%monite_pull tags -o a-b").problem
    assert "-o sum would hide a built-in name" in local.run("%monite_pull tags -o sum").problem
    assert local.value("sum([1])") == 1


def test_a_pull_of_nothing_is_told_how(local):
    problem = local.run("%monite_pull").problem
    assert "For instance: %monite_pull payables" in problem


def circling(server, path):
    """A list whose tokens go round: A, B, A."""
    for number, token in enumerate("ABAB"):
        row = {"id": f"r{number}", "created_at": f"2026-01-01T00:00:0{number}Z"}
        server.answers(path, {"data": [row], "next_pagination_token": token})


def test_what_came_of_a_list_without_end_is_kept_under_its_name(away, server):
    circling(server, "/v1/tags")
    problem = away.run("%monite GET /tags --all -o tags").problem
    assert "GET /tags never ends: the server sent the same pagination token again." in problem
    assert "monite_magic.last() has the 3 rows received so far." in problem
    assert away.value("[row['id'] for row in tags]") == ["r0", "r1", "r2"]


def test_so_is_what_came_of_a_pull(away, server):
    circling(server, "/v1/tags")
    problem = away.run("%monite_pull tags -o tags").problem
    assert "GET /tags never ends" in problem
    assert away.value("list(tags['id'])") == ["r0", "r1", "r2"]


def test_options_of_a_pull(local):
    assert "Invalid overlap: 'soon'" in local.run("%monite_pull tags --overlap soon").problem
    local.good("%monite_pull tags --to whole.parquet")
    again = local.good("%monite_pull tags --to whole.parquet --overlap 2h --whole").text
    assert "Stored in whole.parquet" in again


def test_sql_and_excel_in_a_notebook(local):
    pytest.importorskip("duckdb")
    local.good("import monite_magic\n%monite_pull counterparts -o people")
    local.good("%monite GET /counterparts -o page")
    assert local.value("monite_magic.sql('SELECT count(*) FROM counterparts').fetchall()") == [(5,)]
    assert local.value("monite_magic.sql('SELECT count(*) FROM page').fetchall()") == [(5,)]
    assert local.value("monite_magic.sql('SELECT count(*) FROM people').fetchall()") == [(5,)]
    openpyxl = pytest.importorskip("openpyxl")
    assert openpyxl
    local.good("page.save('people.xlsx')")
    assert local.value("__import__('openpyxl').load_workbook('people.xlsx').sheetnames") == ["counterparts"]
