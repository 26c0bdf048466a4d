"""A push of suppliers with bank accounts and VAT ids: share of the rate cap, and memory.

Run: python tests/benchmarks/bench_push.py
     python tests/benchmarks/bench_push.py --rows 300    # briefly
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from promises import Measured, report

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS, CALLS_A_ROW = 5_000, 3
CAP, LATENCY = 30, 0.15
PUSH = """
import resource, sys, time
import monite_magic
from monite_magic import MoniteClient
from monite_magic.core.environments import find_environment
entity = "11111111-1111-4111-8111-111111111111"
client = MoniteClient(find_environment(base_url=sys.argv[1]), entity_id=entity)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.perf_counter()
pushed = monite_magic.push("POST", "/counterparts", sys.argv[2], client=client, send=True, progress=False,
    constants={"is_vendor": "yes", "is_customer": "no", "bank_account.currency": "EUR"})
whole = time.perf_counter() - started
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(pushed.seconds, whole, pushed.counts["accepted"], memory)
"""


class Handler(BaseHTTPRequestHandler):
    """Creates whatever is sent, no more often than the cap allows."""

    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    counts: ClassVar[dict[int, int]] = {}
    wbufsize = -1

    def do_POST(self) -> None:
        """Answer a write."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        time.sleep(LATENCY)
        with self.lock:
            second = int(time.time())
            self.counts[second] = self.counts.get(second, 0) + 1
            refused = self.counts[second] > CAP
        content = json.dumps({"message": "slow"} if refused else {"id": str(uuid.uuid4()), **body}).encode()
        self.send_response(429 if refused else 201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header(
            "Retry-After" if refused else "X-RateLimit-Limit-Second", "1" if refused else str(CAP)
        )
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served() -> Iterator[str]:
    """Serve the API in another process and yield its base URL."""
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def serve() -> None:
    """Serve until the process is ended."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
    server.serve_forever()


def write_sheet(path: Path, rows: int) -> None:
    """Write a sheet of suppliers."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    page.append(["Company name", "Street", "Zip", "City", "Country", "IBAN", "VAT ID"])
    for number in range(rows):
        account = f"{number:018d}"
        iban = f"DE{98 - int(account + '131400') % 97:02d}{account}"
        vat_id = f"DE{number:09d}"
        page.append(
            [f"Supplier {number}", f"Way {number}", f"{number:05d}", "Berlin", "Germany", iban, vat_id]
        )
    book.save(path)


def measure(rows: int = ROWS) -> Iterator[Measured]:
    """Push the rows of a sheet, three calls each, at 150 ms a call."""
    with served() as url, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "suppliers.xlsx"
        write_sheet(path, rows)
        command = [sys.executable, "-c", PUSH, url, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    seconds, whole, accepted, kilobytes = done.stdout.split()
    assert int(accepted) == rows
    reached = rows * CALLS_A_ROW / float(seconds)
    note = f"{reached:.1f} calls/s, {float(seconds):.0f} s; with reading and planning {float(whole):.0f} s"
    share = reached / CAP * 100
    what = f"push of {rows:,} suppliers with bank accounts and VAT ids"
    yield Measured(f"{what}, share of a cap of {CAP} calls/s", share, 90, "%", at_least=True, note=note)
    yield Measured(f"{what}, memory above the start", int(kilobytes) / 1024, 300, "MB")


if __name__ == "__main__":
    if "--serve" in sys.argv:
        serve()
    elif "--rows" in sys.argv:
        count = int(sys.argv[sys.argv.index("--rows") + 1])
        for measured in measure(count):
            print(*measured.cells(), measured.note)
    else:
        report(measure)
