"""Calls of borrowed clients, kept in the session's history like all others."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import httpx

from monite_magic.api import Note, Prepared
from monite_magic.api.bounded_response import BoundedResponse
from monite_magic.catalogue import spans
from monite_magic.session.client import HistoryRecorder
from monite_magic.session.response import MoniteResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monite_magic.core import Environment
    from monite_magic.history.record import History

#: The largest body that is kept of an answer, in bytes as they come, mostly compressed.
_MOST_KEPT: Final = 8_000_000
_NOT_KEPT: Final = Note(
    "The body of this answer was not read to its end, or is too large to keep.", "warning"
)


class RecordingTransport(httpx.BaseTransport):
    """Keeps each request and its answer in a history. An answer is kept when it was read, or closed.

    Args:
        inner: Sends them.
        environment: Where they go.
        history: Where they are kept.
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
        response.stream = _KeptStream(response.stream, keep)
        return response

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _prepared(self, request: httpx.Request) -> Prepared:
        environment = self._environment
        path = str(request.url).removeprefix(environment.base_url).partition("?")[0] or "/"
        found = spans.find(environment.version_of(request.headers), request.method, path)
        return Prepared(
            environment=environment,
            path=path,
            template=found[1].operation.path if found else None,
            entity_id=request.headers.get(environment.entity_header),
            files=(),
            http=request,
            secrets=(),
        )


def _decoded(
    response: httpx.Response, request: httpx.Request, raw: bytes | None
) -> tuple[bytes, tuple[Note, ...]]:
    """Return a body decompressed, and what is to be said of it."""
    if raw is None:
        return b"", (_NOT_KEPT,)
    whole = BoundedResponse(
        response.status_code, headers=response.headers, stream=httpx.ByteStream(raw), request=request
    )
    try:
        return whole.read(), ()
    except httpx.HTTPError:
        return b"", (_NOT_KEPT,)


class _KeptStream(httpx.SyncByteStream):
    """Hands a body on, and what it was to `keep` when it is closed; None if it wasn't read to its end."""

    def __init__(self, inner: httpx.SyncByteStream, keep: Callable[[bytes | None], None]) -> None:
        self._inner = inner
        self._keep = keep
        self._pieces: list[bytes] | None = []
        self._is_whole = False

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self._inner:
            size += len(piece)
            if self._pieces is not None and size <= _MOST_KEPT:
                self._pieces.append(piece)
            else:
                self._pieces = None
            yield piece
        self._is_whole = True

    def close(self) -> None:
        self._inner.close()
        keep, self._keep = self._keep, lambda _: None
        keep(b"".join(self._pieces) if self._is_whole and self._pieces is not None else None)
