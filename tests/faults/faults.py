"""The faults of the matrix, by name."""

from __future__ import annotations

import time
import zlib
from email.utils import formatdate

from faulty_api import Fault

DAY = 86_400.0


def bomb():
    """A gigabyte of zeros, gzipped, in a megabyte.

    It is one block, flushed so that it needs nothing before it, a thousand times.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + block * 1000


def answers(status, data=None, **options):
    return lambda api, handler: api.send(handler, status, data or {"error": {"message": "no"}}, **options)


def resets(api, handler):
    api.reset(handler)


def resets_in_the_body(api, handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    handler.wfile.flush()
    time.sleep(0.05)
    api.reset(handler)


def drips(text):
    """Sends a byte now and then, without end."""

    def drip(api, handler):
        handler.wfile.write(text)
        while not api.stopping.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()
        handler.close_connection = True

    return drip


def slow_down(api, handler):
    """Answer 429 and name a moment on the server's clock, which is not the client's."""
    moment = formatdate(api.server_time() + 1, usegmt=True)
    api.send(handler, 429, {"error": {"message": "slow"}}, headers={"Retry-After": moment})


def redirects(api, handler):
    api.send(handler, 307, {}, headers={"Location": f"{api.elsewhere}/v1/tags"})


def revokes(api, handler):
    """The token ends while the request is under way."""
    if handler.path == "/v1/auth/token":
        api.hand_out(handler)
        api.revoke_all()
    else:
        api.revoke_all()
        api.send(handler, 401, {"error": {"message": "The token was revoked"}})


EXPIRED = {"error": {"message": "The token has been expired."}}
OK_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

FAULTS = {
    "connect refused": Fault(down=True),
    "host unknown": Fault(no_name=True),
    "reset before headers": Fault(resets),
    "reset ... always": Fault(resets, times=None),
    "reset in the body": Fault(resets_in_the_body),
    "slow headers": Fault(drips(OK_HEAD + b"X-Slow: "), timeout=0.8),
    "slow body": Fault(drips(OK_HEAD + b"Content-Length: 100000\r\n\r\n{"), timeout=0.8),
    "401 once": Fault(answers(401), refuses=True),
    "401 always": Fault(answers(401), refuses=True, times=None),
    "400 expired": Fault(answers(400, EXPIRED), refuses=True, version="2024-01-31"),
    "403": Fault(answers(403), refuses=True),
    "409": Fault(answers(409), refuses=True),
    "429 in seconds": Fault(answers(429, headers={"Retry-After": "1"}), refuses=True),
    "429 with a date": Fault(slow_down, refuses=True),
    "429 without": Fault(answers(429), refuses=True),
    "429 always": Fault(answers(429), refuses=True, times=None),
    "500": Fault(answers(500)),
    "500 always": Fault(answers(500), times=None),
    "502 in HTML": Fault(answers(502, content=b"<h1>Bad gateway", headers={"Content-Type": "text/html"})),
    "200, broken JSON": Fault(answers(200, content=b'{"data": [{"id"')),
    "gzip bomb of 1 GB": Fault(answers(200, content=bomb(), headers={"Content-Encoding": "gzip"})),
    "redirect elsewhere": Fault(redirects),
    "clock a day ahead": Fault(slow_down, refuses=True, clock=DAY),
    "clock a day back": Fault(slow_down, refuses=True, clock=-DAY),
    "token expires": Fault(lifetime=1.0, delay=1.1),
    "token revoked": Fault(revokes, refuses=True),
}
