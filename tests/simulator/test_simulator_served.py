"""The simulator in a separate process: its options, its end, its file, and the official SDK against it."""

import contextlib
import os
import random
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time

import httpx
import pytest

from monite_magic.simulator import Simulator
from monite_magic.simulator.server import Server, write_env_file

VERSION = {"X-Monite-Version": "2024-05-25"}


def token_of(given):
    body = {
        "grant_type": "client_credentials",
        "client_id": given["MONITE_CLIENT_ID"],
        "client_secret": given["MONITE_CLIENT_SECRET"],
    }
    answer = httpx.post(f"{given['MONITE_BASE_URL']}/auth/token", json=body, headers=VERSION)
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


def headers_of(given):
    return {
        **VERSION,
        "Authorization": f"Bearer {token_of(given)}",
        "X-Monite-Entity-Id": given["MONITE_ENTITY_ID"],
    }


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_ends_cleanly(served, tmp_path, number):
    with served(tmp_path, "--port", "0") as (process, given):
        assert token_of(given)
        mode = stat.S_IMODE((tmp_path / "simulator.env").stat().st_mode)
        assert mode == 0o600
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0
        assert err == ""
        assert given["MONITE_BASE_URL"] in out
        assert "not the real API" in out
        assert given["MONITE_CLIENT_SECRET"] not in out
    with pytest.raises(httpx.ConnectError):
        httpx.get(given["MONITE_BASE_URL"])


def test_its_options(served, tmp_path):
    options = (
        "--token-lifetime",
        "7",
        "--rate-limit",
        "2",
        "--seed",
        "empty",
        "--data",
        str(tmp_path / "s.db"),
        "--freeze",
        "2028-02-29",
        "--fault",
        "GET /tags status=502 count=1",
    )
    with served(tmp_path, *options) as (_, given):
        headers = headers_of(given)
        answers = [httpx.get(f"{given['MONITE_BASE_URL']}/counterparts", headers=headers) for _ in range(8)]
        assert {answer.status_code for answer in answers} == {200, 429}
        assert answers[0].json()["data"] == []
        assert httpx.get(f"{given['MONITE_BASE_URL']}/tags", headers=headers).status_code == 502
        time.sleep(1)
        made = httpx.post(f"{given['MONITE_BASE_URL']}/tags", headers=headers, json={"name": "t"}).json()
        assert made["created_at"] == "2028-02-29T00:00:00.000000+00:00"
        assert stat.S_IMODE((tmp_path / "s.db").stat().st_mode) == 0o600


def test_a_page_of_an_origin_that_an_option_names_may_use_it(served, tmp_path):
    with served(tmp_path, "--allow-origin", "https://Books.example") as (_, given):
        url = f"{given['MONITE_BASE_URL']}/entities"
        statuses = {
            origin: httpx.get(url, headers={"Origin": origin}, trust_env=False).status_code
            for origin in ("https://books.example", "https://other.example")
        }
    # The first gets as far as the API, which misses the version.
    assert statuses == {"https://books.example": 400, "https://other.example": 403}


#: How often a process is killed at a random moment. `MONITE_KILLS=20 pytest -k killed` is the long run.
KILLS = int(os.environ.get("MONITE_KILLS", "2"))


def write_until_killed(given, organization, written):
    """Make counterparts, each of several documents; note the id of each that was answered with success."""
    with httpx.Client(base_url=given["MONITE_BASE_URL"], headers=headers_of(given)) as client:
        while True:
            try:
                answer = client.post("/counterparts", json=organization(f"Firm {len(written)}"))
            except httpx.TransportError:
                return
            written.append(answer.json()["id"])


def test_a_process_killed_at_any_moment_leaves_its_file_whole(served, tmp_path, organization):
    path = tmp_path / "state.db"
    written, secrets = [], set()
    for _ in range(KILLS):
        with served(tmp_path, "--data", str(path)) as (process, given):
            secrets.add(given["MONITE_CLIENT_SECRET"])
            before = len(written)
            writers = [
                threading.Thread(target=write_until_killed, args=(given, organization, written))
                for _ in range(3)
            ]
            for writer in writers:
                writer.start()
            while len(written) < before + 10:
                time.sleep(0.01)
            time.sleep(random.uniform(0, 0.3))
            process.kill()
            process.wait(timeout=20)
            for writer in writers:
                writer.join(timeout=20)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with served(tmp_path, "--data", str(path)) as (_, given):
        assert secrets == {given["MONITE_CLIENT_SECRET"]}
        with httpx.Client(base_url=given["MONITE_BASE_URL"], headers=headers_of(given)) as client:
            found, token = {}, None
            while token or not found:
                query = {"pagination_token": token} if token else {}
                page = client.get("/counterparts", params=query).json()
                found |= {row["id"]: row for row in page["data"]}
                token = page.get("next_pagination_token")
            # What was answered is there, and whatever is there is whole.
            assert set(written) <= set(found)
            for identifier, row in found.items():
                [address] = client.get(f"/counterparts/{identifier}/addresses").json()["data"]
                assert row["default_billing_address_id"] == address["id"]


def test_a_port_in_use_and_a_wrong_option_are_one_line(tmp_path):
    simulator = Simulator()
    server = Server(simulator)
    for options, status in ((["--port", str(server.port)], 1), (["--port", "x"], 2), (["--seed", "none"], 2)):
        command = [sys.executable, "-m", "monite_magic.simulator", *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == status
        assert "Traceback" not in done.stderr
        assert done.stderr
    server.close()
    simulator.close()


def test_a_store_of_something_else_is_left_alone(tmp_path):
    text, other, newer = tmp_path / "notes.txt", tmp_path / "other.db", tmp_path / "newer.db"
    text.write_text("Not a database, and long enough to be looked at.\n" * 4)
    with contextlib.closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE documents (name TEXT)")
    Simulator(data=str(newer)).close()
    with contextlib.closing(sqlite3.connect(newer)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = [path.read_bytes() for path in (text, other, newer)]
    for path in (text, other, newer, tmp_path):
        with pytest.raises(OSError, match=re.escape(str(path))):
            Simulator(data=str(path))
    assert [path.read_bytes() for path in (text, other, newer)] == before


def test_a_file_of_someone_else_is_not_overwritten(tmp_path):
    path = tmp_path / ".env"
    path.write_text("MONITE_CLIENT_ID=mine\n")
    with pytest.raises(FileExistsError):
        write_env_file(path, {"MONITE_CLIENT_ID": "theirs"})
    assert path.read_text() == "MONITE_CLIENT_ID=mine\n"
    path.unlink()
    write_env_file(path, {"A": "1"})
    write_env_file(path, {"A": "2"})
    assert "A=2\n" in path.read_text()
    assert [found.name for found in tmp_path.iterdir()] == [".env"]


@pytest.mark.parametrize("plain", [True, False])
def test_both_servers_answer_and_end(plain):
    simulator = Simulator()
    server = Server(simulator, plain=plain)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        with httpx.Client(base_url=server.url, headers=VERSION) as client:
            for _ in range(3):
                assert client.get("/entities").status_code == 401
    finally:
        server.close()
        thread.join(timeout=10)
        simulator.close()
    assert not thread.is_alive()


def test_two_simulators_serve_one_file_one_after_the_other(tmp_path, client_of, organization):
    path = str(tmp_path / "state.db")
    one = Simulator(data=path)
    api = client_of(one).log_in().at(one.credentials["MONITE_ENTITY_ID"])
    made = api.made("/counterparts", organization())
    given = one.credentials
    one.close()
    two = Simulator(data=path, seed="empty")
    assert two.credentials == given
    api = client_of(two).log_in().at(given["MONITE_ENTITY_ID"])
    assert api.get(f"/counterparts/{made['id']}").json() == made
    two.close()


def test_reset_goes_back_to_a_seed(local, api, organization):
    before = local.credentials
    api.made("/counterparts", organization())
    local.reset("empty")
    assert api.get("/entities").status_code == 401
    assert local.credentials == before
    api.log_in()
    assert api.get("/counterparts").json()["data"] == []
    with pytest.raises(ValueError, match="unknown seed"):
        local.reset("nothing")
    assert local.seed == "empty"


def test_a_process_that_used_its_own_simulator_ends_without_a_warning():
    program = "from monite_magic import simulator; simulator.default().outbox"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_url_of_a_file_follows_the_server(served, tmp_path):
    data = ("--data", str(tmp_path / "kept.sqlite"))
    pdf = {"base64_encoded_file": "JVBERi0xLjQK", "file_name": "bill.pdf", "currency": "EUR"}
    urls = []
    for _ in range(2):
        with (
            served(tmp_path, *data) as (_, given),
            httpx.Client(base_url=given["MONITE_BASE_URL"], headers=headers_of(given)) as api,
        ):
            bills = api.get("/payables").json()["data"] or [api.post("/payables", json=pdf).json()]
            urls.append(bills[0]["file"]["url"])
            assert urls[-1].startswith(given["MONITE_BASE_URL"].removesuffix("/v1") + "/files/")
            assert httpx.get(urls[-1]).content == b"%PDF-1.4\n"
            assert [file["url"] for file in api.get("/files").json()["data"]] == urls[-1:]
    assert urls[0].rpartition("/")[2] == urls[1].rpartition("/")[2]
    assert urls[0] != urls[1]
