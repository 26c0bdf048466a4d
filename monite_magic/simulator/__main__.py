"""`python -m monite_magic.simulator --port 8123`: serve the simulator to any client."""

from __future__ import annotations

import argparse
import secrets
import sys
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from monite_magic.core.loopback import is_loopback
from monite_magic.simulator.clock import Clock
from monite_magic.simulator.faults import Fault, parse_fault
from monite_magic.simulator.hosts import Origin, origin_of
from monite_magic.simulator.seeds import DEFAULT_SEED, SEEDS


def main(arguments: list[str] | None = None) -> int:
    """Parse the options, serve, and return the exit status."""
    options = options_parser().parse_args(arguments)

    from monite_magic.simulator.core import Simulator
    from monite_magic.simulator.server import serve

    def ready(url: str) -> None:
        print(f"The simulator (not the real API) serves {url}", flush=True)
        if options.env_file:
            print(f"Its URL and credentials are in {options.env_file}", flush=True)
        else:
            print("To write its URL and credentials to a file, start it with --env-file PATH.", flush=True)

    clock = Clock()
    if options.freeze:
        clock.freeze(options.freeze)
    try:
        simulator = Simulator(
            data=options.data,
            seed=options.seed,
            clock=clock,
            token_lifetime=options.token_lifetime,
            rate_limit=options.rate_limit,
            control_key=secrets.token_urlsafe(24) if options.control else None,
            webhooks_to=options.webhooks_to,
        )
        if options.freeze:
            # The file of an earlier run keeps its own clock, which this one replaces.
            simulator.clock.freeze(options.freeze)
        for fault in options.fault:
            simulator.faults.add(fault)
        try:
            serve(
                simulator,
                host=options.host,
                port=options.port,
                env_file=options.env_file,
                allow_origins=options.allow_origin,
                on_ready=ready,
            )
        finally:
            simulator.close()
    except OSError as error:
        print(f"The simulator can't start: {error}", file=sys.stderr)
        return 1
    return 0


def options_parser() -> argparse.ArgumentParser:
    """The parser of the options."""
    parser = argparse.ArgumentParser(
        prog="python -m monite_magic.simulator", description="Serve a local stand-in for the Monite API."
    )
    seeds = "; ".join(f"{name}: {text}" for name, text in SEEDS.items())
    parser.add_argument(
        "--port", type=_port, default=0, help="port to listen on; 0 (default) picks a free one"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to bind to; loopback by default")
    parser.add_argument(
        "--env-file",
        type=Path,
        metavar="PATH",
        help="write the URL and credentials to this file, in dotenv format",
    )
    parser.add_argument(
        "--data", default=":memory:", metavar="PATH", help="file to keep the state in; in memory by default"
    )
    parser.add_argument(
        "--seed", choices=list(SEEDS), default=DEFAULT_SEED, help=f"data to start a new store with: {seeds}"
    )
    parser.add_argument(
        "--token-lifetime", type=_positive, default=1800, metavar="SECONDS", help="default 1800"
    )
    parser.add_argument(
        "--freeze",
        type=_moment,
        metavar="MOMENT",
        help="stop the clock at this date or time (ISO 8601, UTC without an offset)",
    )
    parser.add_argument(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="FAULT",
        help="make calls fail, such as 'POST /payables* status=500 count=2'; can be repeated",
    )
    parser.add_argument(
        "--control",
        action="store_true",
        help="offer a control API at /control, on loopback only; its key is written to the --env-file",
    )
    parser.add_argument(
        "--allow-origin",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let web pages of this origin, such as https://app.example, use the simulator; pages on "
        "loopback always can; can be repeated",
    )
    parser.add_argument(
        "--webhooks-to",
        type=_receiver,
        action="append",
        default=[],
        metavar="URL",
        help="send webhooks to the receiver at this origin, such as http://localhost:9000, which must be on "
        "this machine; can be repeated",
    )
    parser.add_argument(
        "--rate-limit",
        type=_positive,
        metavar="N",
        help="requests per second for each client; none by default",
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _origin(text: str) -> Origin:
    origin = origin_of(text)
    if origin is None or urlsplit(text).path not in ("", "/"):
        raise argparse.ArgumentTypeError(f"{text!r} is not an origin such as https://app.example:8443")
    return origin


def _receiver(text: str) -> str:
    origin = origin_of(text)
    if origin is None or not is_loopback(origin[1]):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a URL on this machine, such as http://localhost:9000"
        )
    return text


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ISO 8601 date or time") from None


def _fault(text: str) -> Fault:
    try:
        return parse_fault(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
