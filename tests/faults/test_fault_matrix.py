"""Every fault in every kind of call, against a real server that keeps books.

A cell states the outcome and how often the request that met the fault arrived at the server:

    ok        what was asked for came
    403 …     the answer with this status came
    no        no answer came, and it is said that nothing can have been done
    maybe     no answer came, and it is said that the write may have been done: look before you repeat it
    token     no token could be had
    origin    a redirect to another origin was refused
    json      the answer can't be read, and it is said so

In the last column twenty threads call at once with a token that has ended; the fault is in the exchange.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import socket
import sys
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest
from faults import FAULTS
from faulty_api import LIFETIME, PAGE_TWO, ROWS, TOKEN_PATH, Api, Books

from monite_magic import Secret
from monite_magic.api.answer import ApiError
from monite_magic.api.credentials import Credentials, Profile
from monite_magic.core.bounds import limits
from monite_magic.core.environments import find_environment
from monite_magic.core.errors import MoniteError, NetworkError, OriginError, TokenError
from monite_magic.session import Session
from monite_magic.tables.pull import pull

CREDENTIALS = Credentials("5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1", Secret("canary-secret-of-the-test"))
ENTITY = "11111111-1111-4111-8111-111111111111"
MEGABYTE = 1_000_000
THREADS = 20
PATIENCE = 60  # seconds, after which a call counts as hanging

MATRIX = """
                       GET       POST      multipart  paging    pull      log-in    renewal
connect refused        no 0      no 0      no 0       no 0      no 0      no 0      no 0
host unknown           no 0      no 0      no 0       no 0      no 0      no 0      no 0
reset before headers   ok 2      maybe 1   maybe 1    ok 2      ok 2      no 1      no 1
reset ... always       no 5      maybe 1   maybe 1    no 5      no 5      no 1      no 1
reset in the body      no 1      maybe 1   maybe 1    no 1      no 1      no 1      no 1
slow headers           no 1      maybe 1   maybe 1    no 1      no 1      no 1      no 1
slow body              no 1      maybe 1   maybe 1    no 1      no 1      no 1      no 1
401 once               ok 2      ok 2      ok 2       ok 2      ok 2      token 1   token 1
401 always             401 2     401 2     401 2      401 2     401 2     token 1   token 1
400 expired            ok 2      ok 2      ok 2       ok 2      ok 2      token 1   token 1
403                    403 1     403 1     403 1      403 1     403 1     token 1   token 1
409                    409 1     409 1     409 1      409 1     409 1     token 1   token 1
429 in seconds         ok 2      429 1     429 1      ok 2      ok 2      token 1   token 1
429 with a date        ok 2      429 1     429 1      ok 2      ok 2      token 1   token 1
429 without            ok 2      429 1     429 1      ok 2      ok 2      token 1   token 1
429 always             429 5     429 1     429 1      429 5     429 5     token 1   token 1
500                    ok 2      500 1     500 1      ok 2      ok 2      token 1   token 1
500 always             500 5     500 1     500 1      500 5     500 5     token 1   token 1
502 in HTML            ok 2      502 1     502 1      ok 2      ok 2      token 1   token 1
200, broken JSON       json 1    json 1    json 1     json 1    json 1    token 1   token 1
gzip bomb of 1 GB      no 1      maybe 1   maybe 1    no 1      no 1      no 1      no 1
redirect elsewhere     origin 1  origin 1  origin 1   origin 1  origin 1  token 1   token 1
clock a day ahead      ok 2      429 1     429 1      ok 2      ok 2      token 1   token 1
clock a day back       ok 2      429 1     429 1      ok 2      ok 2      token 1   token 1
token expires          ok 1      ok 1      ok 1       ok 1      ok 1      ok 2      ok 2
token revoked          ok 2      ok 2      ok 2       ok 2      ok 2      ok 2      401 1
"""


def rows_of(matrix):
    """Return the matrix as fault -> column -> cell."""
    head, *lines = matrix.strip("\n").splitlines()
    columns = head.split()
    return {
        name: dict(zip(columns, cells, strict=True))
        for name, *cells in (re.split(r"\s{2,}", line) for line in lines)
    }


EXPECTED = rows_of(MATRIX)


def get(session):
    return session.call("GET", "/tags").raise_for_status().items == ROWS[:2]


def post(session):
    return session.call("POST", "/tags", content=b'{"name": "x"}').raise_for_status()["id"] == "id-9"


def multipart(session):
    files = {"file": ("a.txt", b"abc")}
    answer = session.call("POST", "/files", files=files, data={"file_type": "x"})
    return answer.raise_for_status()["id"] == "id-9"


def paging(session):
    return [row for page in session.client.pages("/tags") for row in page.items] == ROWS


def pulling(session):
    pulled = pull("payables", client=session.client, to="pandas", progress=False)
    return sorted(pulled["payables"]["id"]) == [row["id"] for row in ROWS]


def log_in(session):
    other = Session()
    try:
        other.log_in(session.profile)
        return get(other)
    finally:
        other.log_out()


def renewal(session):
    with ThreadPoolExecutor(THREADS) as pool:
        calls = [pool.submit(outcome_of, get, session) for _ in range(THREADS)]
        outcomes = {call.result() for call in calls}
    if outcomes != {"ok"}:
        raise _AllThreadsError(" and ".join(sorted(outcomes)))
    return True


class _AllThreadsError(Exception):
    """The outcome of the call of every thread."""


def is_page_two(method, path, query):
    return PAGE_TWO in query


def is_exchange(method, path, query):
    return path == TOKEN_PATH


#: Column -> what is done, and which requests meet the fault.
COLUMNS = {
    "GET": (get, lambda method, path, query: path == "/v1/tags"),
    "POST": (post, lambda method, path, query: path == "/v1/tags"),
    "multipart": (multipart, lambda method, path, query: path == "/v1/files"),
    "paging": (paging, is_page_two),
    "pull": (pulling, is_page_two),
    "log-in": (log_in, is_exchange),
    "renewal": (renewal, is_exchange),
}


def outcome_of(call, session):
    """The outcome of a call, in the words of the matrix."""
    try:
        return "ok" if call(session) else "wrong"
    except ApiError as error:
        return str(error.response.status)
    except OriginError:
        return "origin"
    except TokenError:
        return "token"
    except NetworkError as error:
        return "maybe" if error.maybe_done else "no"
    except _AllThreadsError as error:
        return str(error)
    except MoniteError as error:
        return "json" if "JSON" in str(error) else repr(error)


@contextlib.contextmanager
def impatient(fault):
    """Short pauses and a small limit, so that the matrix takes no longer than it must."""
    before = {name: getattr(limits, name) for name in type(limits).__slots__}
    limits.timeout = limits.exchange_timeout = fault.timeout
    limits.largest_answer, limits.first_pause, limits.max_waiting = 20 * MEGABYTE, 0.02, 1.2
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(limits, name, value)


@pytest.fixture(scope="module")
def api():
    api = Api()
    yield api
    api.down()


@pytest.fixture
def world(api, elsewhere, monkeypatch):
    """Applies a fault to the world around the client."""
    api.elsewhere = elsewhere.origin
    true_time, true_datetime = time.time, dt.datetime
    api.server_time = true_time

    @contextlib.contextmanager
    def broken(fault, strikes):
        api.break_with(fault, strikes)
        with monkeypatch.context() as patch:
            if fault.down:
                api.down()
            if fault.no_name:
                patch.setattr(socket, "getaddrinfo", _no_name)
                api.hang_up()
            if fault.clock:
                patch.setattr(time, "time", lambda: true_time() + fault.clock)
                patch.setattr(dt, "datetime", _clock(true_datetime, fault.clock))
            yield
        if fault.down:
            api.up()
        api.heal()

    return broken


def _no_name(*_, **__):
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def _clock(base, seconds):
    class Clock(base):
        @classmethod
        def now(cls, tz=None):
            return base.now(tz) + dt.timedelta(seconds=seconds)

    return Clock


def logged_in(api, fault):
    environment = find_environment(base_url=api.origin)
    environment = environment.with_version(fault.version or environment.api_version)
    session = Session()
    session.log_in(Profile(None, environment, CREDENTIALS, entity_id=ENTITY))
    return session


def own_threads():
    return [each for each in threading.enumerate() if "process_request" not in each.name]


def examine(fault, column, api, world, elsewhere):
    """Let a fault meet one kind of call; hold what holds for all cells, and return what the cell says."""
    call, strikes = COLUMNS[column]
    threads = len(own_threads())
    api.forget()
    with impatient(fault):
        api.lifetime = fault.lifetime
        session = logged_in(api, fault)
        if column == "renewal":
            api.revoke_all()
            api.before_exchange = wait_for_all_threads
        api.books, api.lifetime = Books(), LIFETIME
        with world(fault, strikes), ThreadPoolExecutor(1) as pool:
            outcome = pool.submit(outcome_of, call, session).result(timeout=PATIENCE)
        books, api.books = api.books, Books()
        writes = [count for (_, path, *_), count in books.done.items() if path != TOKEN_PATH]
        assert max(writes, default=0) <= 1, "a write was carried out twice"
        assert elsewhere.received == [], "something went to another origin"
        if fault.clock and column not in {"log-in", "renewal"}:
            assert books.exchanges == 0, "the clock on the wall made a token old"
        limits.timeout = limits.exchange_timeout = PATIENCE
        assert get(session), "the session can't be used on"
        assert session.call("POST", "/after", content=b"{}", timeout=PATIENCE).status == 201
        session.log_out()
    assert len(own_threads()) == threads, "a thread is left"
    return f"{outcome} {books.arrived[books.struck]}"


def wait_for_all_threads():
    """Hold the exchange until all threads were refused and want a token, so that they share it."""
    end = time.monotonic() + PATIENCE
    while sum(map(wants_token, sys._current_frames().values())) < THREADS and time.monotonic() < end:
        time.sleep(0.01)


def wants_token(frame):
    while frame is not None:
        if frame.f_code.co_name == "_exchange_once":
            return True
        frame = frame.f_back
    return False


def test_the_matrix_is_whole():
    assert list(EXPECTED) == list(FAULTS)
    assert all(list(row) == list(COLUMNS) for row in EXPECTED.values())


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_every_kind_of_call(name, api, world, elsewhere):
    found = {column: examine(FAULTS[name], column, api, world, elsewhere) for column in COLUMNS}
    assert found == EXPECTED[name]


def test_a_bomb_does_not_fill_the_memory(api, world, elsewhere):
    tracemalloc.start()
    try:
        for column in ("GET", "pull", "log-in"):
            examine(FAULTS["gzip bomb of 1 GB"], column, api, world, elsewhere)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # The limit, one piece of 64 kB of the wire unpacked and its copy, and what else there is.
    assert peak < 20 * MEGABYTE + 2 * 68 * MEGABYTE + 5 * MEGABYTE
