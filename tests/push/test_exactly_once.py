"""Each row exactly once, or listed as unknown: counted at a server that fails in every way."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter

import pytest
from push_sheets import CONSTANTS, ENTITY, SUPPLIER, supplier

import monite_magic
from monite_magic.core.errors import RequestError
from monite_magic.tables.push import PushError

SETTLE = 1.0


def push(path, client, **options):
    """Push and return the result, whatever came of the rows."""
    try:
        return monite_magic.push(
            "POST", "/counterparts", str(path), send=True, client=client, constants=CONSTANTS, rate=1000,
            settle=SETTLE, progress=False, **options,
        )  # fmt: skip
    except PushError as error:
        return error.result


def check_books(books, result, count):
    """Nothing is there twice, and what isn't there once is listed as not accepted."""
    times = Counter(books.names())
    assert max(times.values()) == 1
    status = dict(zip(result.df()["Company name"], result.df()["status"], strict=True))
    for number in range(count):
        name = f"Supplier {number:04d} GmbH"
        if status[name] in {"accepted", "accepted before"}:
            assert times[name] == 1
    for kind, key in (("bank_accounts", "iban"), ("vat_ids", "value")):
        children = Counter(row[key] for row in books.children(kind))
        assert max(children.values()) == 1


@pytest.mark.parametrize("named", ["status", "Website"])
def test_rows_whose_journal_is_gone_are_not_sent_again(named, client_of, books, sheet):
    server = books()
    rows = [[*SUPPLIER, named], *([*supplier(number), "x"] for number in range(3))]
    path = sheet(rows)
    push(path, client_of(server), mapping={named: ""})
    result = path.with_name(f"{path.stem}.result.xlsx")
    journal = path.with_name(f"{path.stem}.push-journal")
    kept = result.read_bytes()
    journal.unlink()
    for _ in range(2):  # the plan leaves the result as it is
        plan = monite_magic.push(
            "POST",
            "/counterparts",
            str(path),
            client=client_of(server),
            constants=CONSTANTS,
            mapping={named: ""},
        )
        assert f"3 rows of {result.name} would be sent again" in " ".join(plan.problems)
        assert result.read_bytes() == kept
        with pytest.raises(RequestError, match=rf"{journal.name} is missing"):
            push(path, client_of(server), mapping={named: ""})
    assert len(server.names()) == 3
    result.unlink()
    push(path, client_of(server), mapping={named: ""})
    assert len(server.names()) == 6


def test_a_plan_that_was_never_sent_needs_no_journal(client_of, books, sheet):
    server = books()
    path = sheet([SUPPLIER, *map(supplier, range(3))])
    for _ in range(2):
        plan = monite_magic.push(
            "POST", "/counterparts", str(path), client=client_of(server), constants=CONSTANTS
        )
        assert plan.problems == []
        assert path.with_name(f"{path.stem}.result.xlsx").exists()
    push(path, client_of(server))
    assert len(server.names()) == 3


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_faults_of_every_kind_repeat_no_row(client_of, books, sheet, seed):
    server = books(share=0.3, seed=seed)
    path = sheet([SUPPLIER, *map(supplier, range(30))])
    result = push(path, client_of(server))
    for _ in range(4):
        if not result.failed:
            break
        result = push(path, client_of(server))
    check_books(server, result, 30)
    assert not result.failed
    assert (
        len(server.names()) == len(server.children("bank_accounts")) == len(server.children("vat_ids")) == 30
    )


@pytest.mark.slow
def test_kill_9_at_random_moments_repeats_no_row(client_of, books, sheet, tmp_path):
    server = books(share=0.1, seed=5)
    server.latency = 0.02
    count = 120
    path = sheet([SUPPLIER, *map(supplier, range(count))])
    program = textwrap.dedent(f"""
        import monite_magic
        from monite_magic import MoniteClient
        from monite_magic.core.environments import find_environment
        place = find_environment(None, base_url={server.url!r})
        client = MoniteClient(place, entity_id={ENTITY!r}, timeout=1.0)
        print("ready", flush=True)
        monite_magic.push("POST", "/counterparts", {str(path)!r}, send=True, client=client,
            constants={CONSTANTS!r}, rate=60, settle={SETTLE}, progress=False)
    """)
    moments = random.Random(7)
    killed = 0
    for _ in range(20):
        process = subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=tmp_path
        )
        assert process.stdout.readline() == b"ready\n"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moments.uniform(0.2, 2.5))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
        process.stdout.close()
        assert max(Counter(server.names()).values(), default=1) == 1
    assert killed >= 5
    time.sleep(SETTLE)
    server.share = 0.0
    result = push(path, client_of(server))
    result = push(path, client_of(server)) if result.failed else result
    check_books(server, result, count)
    assert len(server.names()) == count == len(server.children("bank_accounts"))


def test_a_second_push_sends_nothing(client_of, books, sheet):
    server = books()
    path = sheet([SUPPLIER, *map(supplier, range(5))])
    assert push(path, client_of(server)).counts == {"accepted": 5}
    arrived = server.arrived
    assert push(path, client_of(server)).counts == {"accepted before": 5}
    assert server.arrived == arrived == 15


def test_refused_rows_are_sent_again_once_they_have_changed(client_of, books, sheet):
    server = books(refuses=lambda body: "no such place" if "Berlin" in str(body) else None)
    rows = [SUPPLIER, *map(supplier, range(4))]
    rows[2] = [*rows[2][:3], "Bern", *rows[2][4:]]
    result = push(sheet(rows), client_of(server))
    assert result.counts == {"accepted": 1, "refused": 3}
    assert "no such place" in result.df()["problem"][0]
    arrived = server.arrived
    push(sheet(rows), client_of(server))  # nothing has changed: nothing is sent
    assert server.arrived == arrived
    rows[1] = [*rows[1][:3], "Basel", *rows[1][4:]]
    result = push(sheet(rows), client_of(server))
    assert result.counts == {"accepted": 1, "accepted before": 1, "refused": 2}
    assert sorted(server.names()) == ["Supplier 0000 GmbH", "Supplier 0001 GmbH"]
    assert push(sheet(rows), client_of(server), retry_refused=True).counts["refused"] == 2
    assert server.arrived == arrived + 3 + 2


def test_the_file_of_refused_rows_is_fixed_and_pushed_again(client_of, books, sheet, tmp_path):
    import openpyxl

    server = books(refuses=lambda body: "the IBAN is blocked" if body.get("iban") == supplier(2)[5] else None)
    path = sheet([SUPPLIER, *map(supplier, range(4))])
    result = push(path, client_of(server))
    assert result.counts == {"accepted": 3, "incomplete": 1}
    refused = tmp_path / "suppliers.refused.xlsx"
    book = openpyxl.load_workbook(refused)
    page = book.active
    assert page.max_row == 2
    assert [cell.value for cell in page[1]][:-1] == SUPPLIER
    assert "the IBAN is blocked" in page.cell(2, 9).value
    page.cell(2, 6).value = supplier(77)[5]
    book.save(refused)
    assert push(refused, client_of(server)).counts == {"accepted": 1}
    assert len(server.names()) == 4  # the supplier itself was not sent again
    assert supplier(77)[5] in {row["iban"] for row in server.children("bank_accounts")}
    assert len(server.children("bank_accounts")) == len(server.children("vat_ids")) == 4


def test_a_row_that_changed_after_it_was_accepted_is_held(client_of, books, sheet):
    server = books()
    push(sheet([SUPPLIER, *map(supplier, range(3))]), client_of(server))
    rows = [SUPPLIER, *map(supplier, range(3))]
    rows[3][1] = "Another way 3"
    plan = monite_magic.push(
        "POST", "/counterparts", str(sheet(rows)), client=client_of(server), constants=CONSTANTS
    )
    assert plan.plan.count == 0
    assert "row 4: a row with this name was accepted before" in plan.problems[0]
    more = [[*row, "new"] for row in [SUPPLIER, *map(supplier, range(3))]]
    more[0][-1] = "External reference"
    plan = monite_magic.push(
        "POST", "/counterparts", str(sheet(more)), client=client_of(server), constants=CONSTANTS
    )
    assert plan.plan.count == 0  # a column more makes no new rows


def test_two_pushes_cannot_have_one_journal(client_of, books, sheet):
    from monite_magic.core import RequestError
    from monite_magic.tables.push.journal import Journal

    server = books()
    path = sheet([SUPPLIER, supplier(1)])
    with (
        Journal(path.with_suffix(".push-journal"), "other"),
        pytest.raises(RequestError, match="Another push"),
    ):
        push(path, client_of(server))
    assert not server.arrived


def garbage(content):
    return b"no journal at all" * 300


def half(content):
    return content[: len(content) // 2]


def flipped(content):
    return content[:4096] + bytes(
        each ^ 0xFF if at % 97 == 0 else each for at, each in enumerate(content[4096:])
    )


@pytest.mark.parametrize("damage", [garbage, half, flipped])
def test_a_damaged_journal_sends_nothing_and_is_not_to_be_replaced(damage, client_of, books, sheet):
    server = books()
    path = sheet([SUPPLIER, *map(supplier, range(6))])
    push(path, client_of(server))
    arrived = server.arrived
    journal = path.with_suffix(".push-journal")
    journal.write_bytes(damage(journal.read_bytes()))
    with pytest.raises(Exception, match=r"^suppliers\.push-journal can't be") as raised:
        push(path, client_of(server))
    assert "Restore the file from a backup" in str(raised.value)
    assert "--journal" not in str(raised.value)
    assert server.arrived == arrived


def test_the_journal_is_for_one_person_and_masks_nothing_it_needs(client_of, books, sheet):
    server = books()
    path = sheet([SUPPLIER, supplier(1)])
    push(path, client_of(server))
    for file in (path.with_suffix(".push-journal"), path.with_name("suppliers.result.xlsx")):
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_row_that_the_api_shows_otherwise_is_left_to_a_person(client_of, books, sheet):
    server = books(share=1.0, faults=("cut after",))
    path = sheet([SUPPLIER[:5], supplier(1)[:5]])
    create = server.create

    def rewrites(url, body):
        row = create(url, body)
        row["organization"]["address"] = {**row["organization"]["address"], "city": "Rewritten"}
        return row

    server.create = rewrites
    result = push(path, client_of(server))
    assert result.counts == {"unknown": 1}
    assert "a similar row was created since" in result.df()["problem"][0]
    assert server.names() == ["Supplier 0001 GmbH"]
    assert push(path, client_of(server)).counts == {"unknown": 1}
    assert server.arrived == 1


def test_a_server_that_is_down_loses_nothing(client_of, books, sheet, monkeypatch):
    from monite_magic.tables.push import engine

    monkeypatch.setattr(engine, "_FIRST_PAUSE", 0.001)
    server = books()
    path = sheet([SUPPLIER, *map(supplier, range(3))])
    client = client_of(server)
    server.close()
    result = push(path, client)
    assert result.counts == {"not sent": 3}
    assert "refused" in result.halted


def test_a_403_stops_the_push_and_the_rows_can_be_sent_later(client_of, books, sheet):
    server = books()
    write, server.write = (
        server.write,
        lambda handler, *_: server.send(handler, 403, {"error": {"message": "no role"}}),
    )
    path = sheet([SUPPLIER, *map(supplier, range(30))])
    result = push(path, client_of(server), workers=1)
    assert result.counts == {"not sent": 30}
    assert "no role" in result.halted
    assert server.arrived == 1
    server.write = write
    assert push(path, client_of(server)).counts == {"accepted": 30}


def test_ctrl_c_keeps_what_is_known_and_says_how_to_go_on(client_of, books, sheet):
    server = books()
    server.latency = 0.05
    path = sheet([SUPPLIER, *map(supplier, range(60))])

    def presses():
        while server.arrived < 20:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    person = threading.Thread(target=presses)
    person.start()
    result = push(path, client_of(server), workers=3)
    person.join()
    assert result.interrupted
    assert 0 < result.counts.get("accepted", 0) < 60
    assert "run the same push again to continue" in repr(result)
    assert push(path, client_of(server)).failed == 0
    assert sorted(server.names()) == [f"Supplier {number:04d} GmbH" for number in range(60)]
    assert len(server.children("bank_accounts")) == 60


def test_a_result_that_cannot_be_written_loses_nothing(client_of, books, sheet, tmp_path):
    server = books()
    path = sheet([SUPPLIER, supplier(1)])
    (tmp_path / "suppliers.result.xlsx").mkdir()
    result = push(path, client_of(server))
    assert result.counts == {"accepted": 1}
    assert "suppliers.result.xlsx can't be written" in repr(result)
    plan = monite_magic.push(
        "POST", "/counterparts", str(path), client=client_of(server), constants=CONSTANTS
    )
    assert "suppliers.result.xlsx can't be written" in repr(plan)


def test_patches_and_removals_are_looked_up_too(client_of, books):
    from monite_magic.tables.push.fields import fields_of
    from monite_magic.tables.push.lookup import Lookup

    server = books()
    row = server.create("/v1/tags", {"name": "a", "description": "b"})
    server.list = lambda handler, url: server.send(
        handler, *((200, row) if url.path.endswith(row["id"]) else (404, {"error": {"message": "no"}}))
    )
    lookup = Lookup(client_of(server), fields_of("PATCH", "/tags"), None)
    here, gone = f"/tags/{row['id']}", "/tags/00000000-0000-4000-8000-000000000000"
    assert lookup.one("PATCH", here, {"description": "b"}).state == "there"
    assert lookup.one("PATCH", here, {"description": "c"}).state == "absent"
    assert lookup.one("DELETE", here, None).state == "absent"
    assert lookup.one("DELETE", gone, None).state == "there"
    assert lookup.one("PATCH", gone, {"description": "b"}).state == "unknown"
    assert lookup.one("PATCH", "/nowhere/x", {}).reason == "the API can't read this row"


def test_an_equal_row_of_before_and_two_equal_rows_are_left_to_a_person():
    from monite_magic.tables.push.lookup import Wanted, _decided

    row = {"id": "1", "name": "a", "created_at": "2024-01-01T00:00:00Z"}
    wanted = Wanted({"name": "a"}, 1_800_000_000.0)
    assert "already had the same row: 1" in _decided(wanted, [row], 0.0).reason
    new = {**row, "created_at": "2027-01-16T00:00:00Z"}
    assert _decided(wanted, [new], 0.0).row_id == "1"
    assert "2 rows in the API are the same: 1, 2" in _decided(wanted, [new, {**new, "id": "2"}], 0.0).reason
    assert _decided(wanted, [], 0.0).state == "absent"
