"""Clients whose calls go into the history: the session's own, and the shared ones.

The session's answers have tables and charts.
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any, Final

import httpx

from monite_magic import catalogue
from monite_magic.api import Client, Note, Prepared
from monite_magic.api.transport import BoundedResponse
from monite_magic.core import secrets_in
from monite_magic.history import HistoryRecorder
from monite_magic.session.response import MoniteResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monite_magic.core import Environment
    from monite_magic.history.record import History

#: The largest body to record, in bytes on the wire, usually compressed.
_MAX_RECORDED: Final = 8_000_000
_NOT_RECORDED: Final = Note(
    "The body of this answer is not recorded: it was not read completely, or is too large.", "warning"
)


class MoniteClient(Client[MoniteResponse]):
    """A client for one environment and one token.

    Args:
        client: Environment and auth, as for `monite_magic.api.Client`.
        history: Records each call with all attempts, even if no answer came. None records nothing.
        options: Other options of `monite_magic.api.Client`.
    """

    def __init__(self, *client: Any, history: History | None = None, **options: Any) -> None:
        recorder = functools.partial(HistoryRecorder, history) if history is not None else None
        super().__init__(*client, answer=MoniteResponse, recorder=recorder, **options)


class RecordingTransport(httpx.BaseTransport):
    """Records each request and its answer, when the answer is read or closed.

    Args:
        inner: Sends the requests.
        environment: Where the requests go.
        history: Records them.
    """

    def __init__(self, inner: httpx.BaseTransport, environment: Environment, history: History) -> None:
        self._inner = inner
        self._environment = environment
        self._history = history

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request (httpx's hook)."""
        request.read()
        prepared = self._prepared(request)
        recorder = HistoryRecorder(self._history, prepared)
        request.extensions = {"trace": recorder.trace, **request.extensions}
        started = time.perf_counter()
        try:
            response = self._inner.handle_request(request)
        except BaseException as error:
            recorder.failed(prepared.as_sent(request), error)
            raise

        def keep(raw: bytes | None) -> None:
            content, notes = _decoded(response, request, raw)
            recorder.answered(
                MoniteResponse(
                    request=prepared.as_sent(request),
                    status=response.status_code,
                    headers=response.headers,
                    content=content,
                    elapsed=time.perf_counter() - started,
                    environment=self._environment,
                    template=prepared.template,
                    notes=notes,
                )
            )

        assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101 - the transport is synchronous
        response.stream = _RecordedStream(response.stream, keep)
        return response

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _prepared(self, request: httpx.Request) -> Prepared:
        environment = self._environment
        path = str(request.url).removeprefix(environment.base_url).partition("?")[0] or "/"
        found = catalogue.find(environment.version_of(request.headers), request.method, path)
        return Prepared(
            environment=environment,
            path=path,
            template=found[1].operation.path if found else None,
            entity_id=request.headers.get(environment.entity_header),
            fields=(),
            files=(),
            http=request,
            secrets=tuple(secrets_in(request.read())),
        )


def _decoded(
    response: httpx.Response, request: httpx.Request, raw: bytes | None
) -> tuple[bytes, tuple[Note, ...]]:
    """Return the decompressed body, and notes about it."""
    if raw is None:
        return b"", (_NOT_RECORDED,)
    whole = BoundedResponse(
        response.status_code, headers=response.headers, stream=httpx.ByteStream(raw), request=request
    )
    try:
        return whole.read(), ()
    except httpx.HTTPError:
        return b"", (_NOT_RECORDED,)


class _RecordedStream(httpx.SyncByteStream):
    """Passes a body through. When it is closed, calls `keep` with the body, or None if it is incomplete."""

    def __init__(self, inner: httpx.SyncByteStream, keep: Callable[[bytes | None], None]) -> None:
        self._inner = inner
        self._keep = keep
        self._pieces: list[bytes] | None = []
        self._is_whole = False

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self._inner:
            size += len(piece)
            if self._pieces is not None and size <= _MAX_RECORDED:
                self._pieces.append(piece)
            else:
                self._pieces = None
            yield piece
        self._is_whole = True

    def close(self) -> None:
        self._inner.close()
        keep, self._keep = self._keep, lambda _: None
        keep(b"".join(self._pieces) if self._is_whole and self._pieces is not None else None)
