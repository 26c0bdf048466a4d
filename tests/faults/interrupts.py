"""Press Ctrl-C at random moments of a call, of paging and of a pull, in a process like a person's.

    python tests/faults/interrupts.py --moments 50

Each moment sends a real SIGINT to this process while it works against a slow server on loopback. It must then
be usable at once: the next call answers, no thread of ours is left, and no lock is held.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pandas as pd  # noqa: F401 - loaded before the first Ctrl-C: Python can't repeat an interrupted import
from faulty_api import ROWS, Api, Fault

from monite_magic import Secret
from monite_magic.api.credentials import Credentials, Profile
from monite_magic.core.environments import find_environment
from monite_magic.session import Session
from monite_magic.tables.pull import pull

CREDENTIALS = Credentials("5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1", Secret("canary-secret-of-the-test"))
ENTITY = "11111111-1111-4111-8111-111111111111"
SLOW = 0.05  # seconds that an answer takes
AT_ONCE = 20.0  # seconds, after which the next call counts as hanging


def call(session):
    session.call("GET", "/tags")


def paging(session):
    assert [row for page in session.client.pages("/tags") for row in page.items] == ROWS


def pulling(session):
    pull("payables", client=session.client, to="pandas", progress=False)


def own_threads():
    return [each for each in threading.enumerate() if "process_request" not in each.name]


def settled(count):
    """Whether there are no more than `count` threads, a moment later at most."""
    end = time.monotonic() + AT_ONCE
    while len(own_threads()) > count and time.monotonic() < end:
        time.sleep(0.01)
    return len(own_threads()) <= count


def press(session, work, moment):
    """Do `work` again and again until Ctrl-C is pressed, after `moment` seconds."""
    interrupt = threading.Timer(moment, os.kill, (os.getpid(), signal.SIGINT))
    try:
        interrupt.start()
        end = time.monotonic() + moment + 20
        while time.monotonic() < end:
            work(session)
            if not interrupt.is_alive():
                return  # a pull catches it, and says how to go on
        raise SystemExit(f"{work.__name__}: Ctrl-C after {moment:.3f} s did nothing")
    except KeyboardInterrupt:
        pass
    finally:
        if interrupt.ident is not None:  # it was started
            interrupt.join()


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--moments", type=int, default=50)
    options.add_argument("--seed", type=int, default=None)
    arguments = options.parse_args()
    draw = random.Random(arguments.seed)
    api = Api()
    api.break_with(Fault(times=None, delay=SLOW), lambda *_: True)
    environment = find_environment(base_url=api.origin)
    profile = Profile(None, environment, CREDENTIALS, entity_id=ENTITY)
    slowest = 0.0
    for work in (call, paging, pulling):
        for number in range(arguments.moments):
            session = Session()
            session.log_in(profile)
            threads = len(own_threads())
            if number % 2:
                api.revoke_all()  # the moment may then lie in a renewal
            pressed = draw.uniform(0.0, 0.3)
            press(session, work, pressed)
            started = time.monotonic()
            assert session.call("GET", "/tags").status == 200
            took = time.monotonic() - started
            slowest = max(slowest, took)
            assert took < AT_ONCE, f"{work.__name__}: the next call took {took:.2f} s"
            if not settled(threads):
                faulthandler.dump_traceback()
                raise SystemExit(f"{work.__name__}: a thread is left")
            session.log_out()
        slow = f"the slowest next call took {slowest * 1000:.0f} ms"
        print(f"{work.__name__}: {arguments.moments} moments; {slow}")
    api.down()


if __name__ == "__main__":
    main()
