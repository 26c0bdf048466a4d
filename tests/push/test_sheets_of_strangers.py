"""Sheets that others wrote, and what a push makes of them."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import zipfile

import pandas as pd
import pytest

import monite_magic
from monite_magic.core import ConfirmationError, RequestError
from monite_magic.core.environments import find_environment
from monite_magic.session import session as sessions
from monite_magic.session.pushing import question_for
from monite_magic.tables.push import make_plan
from monite_magic.tables.push.sources import read_source

CANARY = "c4n4ry-of-a-column"
SHEET = "xl/worksheets/sheet1.xml"
ENTITY = '<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/hostname">]>'


@pytest.fixture
def workbook(tmp_path):
    """Write a workbook whose parts are changed as bytes, and perhaps renamed."""

    def write(change, rename=lambda name: name):
        path = tmp_path / "t.xlsx"
        pd.DataFrame({"name": ["a"]}).to_excel(path, index=False, engine="openpyxl")
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(rename(name), change(name, content))
        return path

    return write


@pytest.mark.parametrize("before", [0, 5_000, 200_000], ids=["first", "after 5 kB", "after 200 kB"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_found_wherever_it_is(workbook, before, encoding):
    def change(name, content):
        if name != SHEET:
            return content
        body = content.decode().partition("?>")[2] or content.decode()
        head = f'<?xml version="1.0" encoding="{encoding}"?><!--{"x" * before}-->'
        return f"{head}{ENTITY}{body}".encode(encoding)

    with pytest.raises(RequestError, match="document type"):
        read_source(workbook(change))


def test_a_document_type_is_found_in_a_sheet_of_another_name(workbook):
    def change(name, content):
        if name == SHEET:
            return ENTITY.encode() + content[content.index(b"<worksheet") :]
        return content.replace(b"sheet1.xml", b"sheet1.dat")

    path = workbook(change, lambda name: name.replace("sheet1.xml", "sheet1.dat"))
    with pytest.raises(RequestError, match="document type"):
        read_source(path)


@pytest.mark.slow
def test_a_small_parquet_file_cannot_fill_the_memory(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    # 300,000 cells of 100 kB are 30 GB, and less than 2 kB in the file.
    cells = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 300_000, pyarrow.int8()), ["x" * 100_000])
    parquet.write_table(pyarrow.table({"name": cells}), tmp_path / "t.parquet", compression="zstd")
    assert (tmp_path / "t.parquet").stat().st_size < 5_000
    code = """
import resource, sys
from monite_magic.core import RequestError
from monite_magic.tables.push.sources import read_source
resource.setrlimit(resource.RLIMIT_AS, (3_000_000_000,) * 2)
try:
    read_source("t.parquet")
except RequestError as error:
    print(error)
"""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=environ, check=False
    )
    assert "unpacks to more than" in ran.stdout, ran.stderr[-500:]


def test_a_parquet_file_with_too_many_rows_is_refused(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    monkeypatch.setattr("monite_magic.tables.push.sources.MAX_ROWS", 3)
    pd.DataFrame({"name": list("abcd")}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(RequestError, match="unpacks to more than"):
        read_source(tmp_path / "t.parquet")
    pd.DataFrame({"name": list("abc")}).to_parquet(tmp_path / "t.parquet")
    assert [row.cells for row in read_source(tmp_path / "t.parquet").rows] == [("a",), ("b",), ("c",)]


def test_columns_with_secrets_are_dots_in_plan_result_and_files(local, tmp_path):
    tags = pd.DataFrame({"name": ["one", "two"], "Client secret": [CANARY, None], "apiToken": [CANARY] * 2})
    plan = monite_magic.push("POST", "/tags", tags, client=local)
    pushed = monite_magic.push("POST", "/tags", tags, client=local, send=True)
    for shown in (plan, pushed):
        text = f"{shown!r} {shown._repr_mimebundle_()} {shown.df().to_csv()}"
        assert CANARY not in text
    assert pushed.df()["Client secret"].isna().tolist() == [False, True]
    assert "••••" in pushed.df()["Client secret"][0]
    for file in tmp_path.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file
        assert CANARY.encode() not in file.read_bytes(), file
    pushed.save("out.csv")
    assert CANARY not in (tmp_path / "out.csv").read_text("utf-8")
    pushed.save("out.xlsx")
    assert CANARY not in pd.read_excel("out.xlsx", sheet_name=None).__repr__()


def test_a_secret_that_tells_rows_apart_stays_in_the_file_that_is_pushed_again(local, tmp_path):
    secrets = {"Token": [CANARY, f"{CANARY}-2"], "Password": ["pw-1", "pw-2"]}
    tags = pd.DataFrame({"name": ["x" * 300, "fits"], **secrets})
    with pytest.raises(monite_magic.MoniteError) as caught:
        monite_magic.push("POST", "/tags", tags, client=local, send=True, key="Token", valid_only=True)
    path = caught.value.result.save_refused("again.csv")
    assert path.stat().st_mode & 0o077 == 0
    text = path.read_text("utf-8-sig")
    assert CANARY in text
    assert "pw-1" not in text


FORMULAS = ['=HYPERLINK("http://evil.example")', "+1+cmd|' /C calc'!A0", "-2", "@SUM(1)", "\t=1", "＝1"]


def test_no_text_in_a_csv_result_is_a_formula(local, tmp_path):
    tags = pd.DataFrame({"name": FORMULAS, "=note": FORMULAS})
    pushed = monite_magic.push("POST", "/tags", tags, client=local, send=True)
    path = pushed.save(tmp_path / "out.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert cells
    assert [cell for cell in cells if cell.startswith(tuple("=+-@\t＝"))] == []
    # Pushed again, the apostrophes are gone.
    again = read_source(path)
    assert [row.cells[0] for row in again.rows] == FORMULAS
    assert {row["name"] for row in local.get("/tags").items} == {text.strip() for text in FORMULAS}


# -- the question ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["monite_login --env local", "monite_logout"])
def test_a_switch_between_plan_and_button_disarms_the_button(shell, end):
    session = sessions.current()
    sent = []
    plan = make_plan("POST", "/tags", pd.DataFrame({"name": ["a"]}), client=session.client)
    question = question_for(session, plan, lambda: sent.append(plan))
    magic, _, line = end.partition(" ")
    shell.run_line_magic(magic, line)
    with pytest.raises(ConfirmationError, match="Nothing was sent"):
        question.answer_yes()
    assert sent == []
    if magic == "monite_logout":
        shell.run_line_magic("monite_login", "--env local")


def test_another_entity_between_plan_and_button_changes_nothing_that_was_shown(shell, local):
    session = sessions.current()
    plan = make_plan("POST", "/tags", pd.DataFrame({"name": ["a"]}), client=session.client)
    shown = plan.entity_id
    question = question_for(session, plan, lambda: None)
    assert shown in dict(question.facts)["Entity"]
    shell.run_line_magic("monite_use", "--entity 22222222-2222-4222-8222-222222222222")
    assert plan.entity_id == shown
    with pytest.raises(ConfirmationError, match="Nothing was sent"):
        question.answer_yes()


def test_the_journal_of_another_environment_or_entity_skips_no_row(local, tmp_path):
    tags = pd.DataFrame({"name": ["a", "b"]})
    other = {"entity_id": "22222222-2222-4222-8222-222222222222"}
    assert monite_magic.push("POST", "/tags", tags, client=local, send=True).counts == {"accepted": 2}
    assert monite_magic.push("POST", "/tags", tags, client=local).plan.count == 0
    assert monite_magic.push("POST", "/tags", tags, client=local, **other).plan.count == 2
    with monite_magic.MoniteClient(find_environment("sandbox"), entity_id=local.entity_id) as elsewhere:
        assert monite_magic.push("POST", "/tags", tags, client=elsewhere).plan.count == 2
    (journal,) = tmp_path.glob("*.push-journal")
    assert journal.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "name",
    ["= 1", "__import__('os').getcwd()", "/etc/passwd", "a;ls.csv", "../../../etc/hosts.csv", "tags.pop()"],
)
def test_a_source_is_a_name_or_a_file_and_never_code(shell, name):
    shell.user_ns["tags"] = [{"name": "a"}]
    with pytest.raises(RequestError):
        shell.run_line_magic("monite_push", f'POST /tags "{name}"')
    assert shell.user_ns["tags"] == [{"name": "a"}]
