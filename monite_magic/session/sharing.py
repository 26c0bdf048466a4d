"""Use the session's token in other clients: httpx, sync and async, and the vendor's SDK.

The session's history records their calls. They share one token renewal, and send the token only to the
environment's origin.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

import anyio.to_thread
import httpx

from monite_magic.api import HEADERS, open_transport
from monite_magic.core import MoniteError, limits
from monite_magic.session import session
from monite_magic.session.client import RecordingTransport

if TYPE_CHECKING:
    from monite_magic.api import MoniteAuth


def current_auth() -> MoniteAuth:
    """Return an `httpx.Auth` with the session's token.

    Raises:
        CredentialsError: You are not logged in.
    """
    return session.current().auth


def httpx_client() -> httpx.Client:
    """Return an httpx client with the session's base URL, token, version and entity.

    Raises:
        CredentialsError: You are not logged in.
    """
    return _Client(transport=_transport(), **_options())


def async_client() -> httpx.AsyncClient:
    """Return an asynchronous httpx client with the session's base URL, token, version and entity.

    Raises:
        CredentialsError: You are not logged in.
    """
    return _AsyncClient(transport=_ThreadedTransport(_transport()), **_options())


def sdk() -> Any:
    """Return the vendor's SDK client (`monite.Monite`) with the session's token, version and entity.

    Raises:
        CredentialsError: You are not logged in.
        MoniteError: The SDK is not installed, or doesn't support the environment.
    """
    profile = session.current().profile
    if profile.environment.unverified:
        raise MoniteError(
            f"The vendor's SDK doesn't support {profile.environment.label}.",
            hint="Use monite_magic.httpx_client() instead.",
        )
    try:
        import monite
    except ImportError:
        raise MoniteError("The vendor's SDK is not installed.", hint="Run %pip install monite.") from None
    return monite.Monite(
        base_url=profile.environment.base_url,
        monite_version=profile.environment.api_version,
        monite_entity_id=profile.entity_id,
        # Our auth sets the header, since the SDK's client doesn't renew tokens.
        httpx_client=_Client(
            auth=current_auth(),
            headers=HEADERS,
            transport=_transport(),
            timeout=limits.timeout,
        ),
    )


def _transport() -> httpx.BaseTransport:
    current = session.current()
    environment = current.profile.environment
    return RecordingTransport(open_transport(environment), environment, current.history)


def _options() -> dict[str, Any]:
    profile = session.current().profile
    environment = profile.environment
    return {
        "auth": current_auth(),
        "base_url": environment.base_url,
        "headers": {**HEADERS, **environment.headers(profile.entity_id)},
        "timeout": limits.timeout,
    }


def _without_token(error: httpx.RequestError) -> None:
    """Remove the token from an error's request: following a redirect copies the request with its token."""
    with contextlib.suppress(RuntimeError):  # the error has no request
        error.request.headers.pop("Authorization", None)


class _Client(httpx.Client):
    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        try:
            return super().send(request, **options)
        except httpx.RequestError as error:
            _without_token(error)
            raise


class _AsyncClient(httpx.AsyncClient):
    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        try:
            return await super().send(request, **options)
        except httpx.RequestError as error:
            _without_token(error)
            raise


class _ThreadedTransport(httpx.AsyncBaseTransport):
    """Runs a sync transport in worker threads, so that async clients can use it."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        if sys.platform == "emscripten":
            response = self._handle(request)
        else:
            response = await anyio.to_thread.run_sync(self._handle, request)
        return response

    def _handle(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        response.read()
        # The content is already decompressed, so these headers would be wrong.
        headers = [
            (name, value) for name, value in response.headers.multi_items() if name not in _WIRE_HEADERS
        ]
        return httpx.Response(response.status_code, headers=headers, content=response.content)

    async def aclose(self) -> None:
        self._inner.close()


_WIRE_HEADERS = frozenset({"content-encoding", "content-length", "transfer-encoding"})
