"""The simulator over HTTP, for clients in other processes.

waitress serves it if it is installed (the extra `[serve]`), otherwise werkzeug's threaded server. Both
answer within a few milliseconds on loopback. The standard library's server takes 44 ms, because it sends
headers and body separately.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from monite_magic.simulator.browsers import BrowserGuard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from monite_magic.simulator.core import Simulator
    from monite_magic.simulator.hosts import Origin

LOOPBACK = "127.0.0.1"
_FIRST_LINE = "# Written by the simulator of monite-magic, and replaced at each start.\n"


class _Running(Protocol):
    def run(self) -> None: ...
    def close(self) -> None: ...


class Server:
    """Serves one simulator. The socket starts to listen immediately.

    Args:
        simulator: The simulator to serve.
        host: The address to bind to.
        port: The port; 0 picks a free one.
        plain: Whether to use werkzeug's server even if waitress is installed.
        allow_origins: Origins of web pages that can use the simulator, in addition to those on loopback.

    Raises:
        OSError: The server can't bind to the address.
    """

    def __init__(
        self,
        simulator: Simulator,
        *,
        host: str = LOOPBACK,
        port: int = 0,
        plain: bool = False,
        allow_origins: Iterable[Origin] = (),
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family)
        self.host, self.port = host, self._socket.getsockname()[1]
        app = BrowserGuard(simulator.wsgi, host, allow_origins)
        self._server = (not plain and _waitress(app, self._socket)) or _werkzeug(app, self._socket)

    @property
    def url(self) -> str:
        """The base URL of the API, with `/v1`."""
        host = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(self.host, self.host)  # noqa: S104 - it is looked for
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/v1"

    def run(self) -> None:
        """Serve until `close` is called from another thread, or a signal ends the process."""
        self._server.run()

    def close(self) -> None:
        """Stop serving and free the port."""
        self._server.close()
        self._socket.close()


def _waitress(app: Any, listening: socket.socket) -> _Running | None:
    """Return a waitress server on this socket, or `None` if waitress is not installed."""
    try:
        from waitress import wasyncore
        from waitress.server import create_server
    except ImportError:
        return None
    connections: dict[int, Any] = {}
    server = create_server(app, map=connections, sockets=[listening], threads=8, ident=None)

    ended = threading.Event()
    ended.set()

    def close_all() -> None:
        wasyncore.close_all(connections, ignore_all=True)

    class Running:
        def run(self) -> None:
            ended.clear()
            try:
                server.run()
            finally:
                ended.set()

        def close(self) -> None:
            if not ended.is_set():
                # The loop closes its own sockets. Closing them here would make it fail.
                server.trigger.pull_trigger(close_all)
                ended.wait(timeout=5)
            server.task_dispatcher.shutdown(timeout=2)
            close_all()

    return Running()


def _werkzeug(app: Any, listening: socket.socket) -> _Running:
    """Return a threaded werkzeug server on this socket."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Don't log each request."""

    host, port = listening.getsockname()[:2]
    server = make_server(host, port, app, threaded=True, request_handler=Quiet, fd=os.dup(listening.fileno()))

    class Running:
        def run(self) -> None:
            server.serve_forever()

        def close(self) -> None:
            server.shutdown()
            server.server_close()

    return Running()


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Inside the block, SIGINT and SIGTERM end it normally."""

    def stop(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def write_env_file(path: Path, values: dict[str, str]) -> None:
    """Write the credentials in dotenv format, atomically, readable only by the owner.

    Raises:
        FileExistsError: The file exists and was not written by the simulator.
    """
    if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(_FIRST_LINE):
        raise FileExistsError(f"{path} exists and was not written by the simulator")
    text = _FIRST_LINE + "".join(f"{name}={value}\n" for name, value in values.items())
    # mkstemp makes the file with mode 0600.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(temporary).replace(path)


def serve(
    simulator: Simulator,
    *,
    host: str = LOOPBACK,
    port: int = 0,
    env_file: Path | None = None,
    allow_origins: Iterable[Origin] = (),
    on_ready: Callable[[str], None] = print,
) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        simulator: The simulator to serve.
        host: The address to bind to.
        port: The port; 0 picks a free one.
        env_file: File to write the URL and the credentials to, in dotenv format.
        allow_origins: Origins of web pages that can use the simulator, in addition to those on loopback.
        on_ready: Called with the base URL once connections are accepted.
    """
    with ended_by_signals():
        server = Server(simulator, host=host, port=port, allow_origins=allow_origins)
        try:
            if env_file is not None:
                values = {"MONITE_ENV": "local", "MONITE_BASE_URL": server.url, **simulator.credentials}
                if simulator.control_key:
                    values["MONITE_SIMULATOR_CONTROL_KEY"] = simulator.control_key
                write_env_file(env_file, values)
            on_ready(server.url)
            server.run()
        finally:
            server.close()
