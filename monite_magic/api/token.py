"""An access token and its lifetime.

A `TokenSource` fetches one kind of token for one pair of credentials, keeps it in memory and renews it before
it expires. Threads and tasks share one exchange. `monite_magic.api.auth` adds the token to requests.

Sources: `POST /auth/token` and `/auth/revoke` in the vendor's OpenAPI document 2024-05-25
    (ObtainTokenPayload,
AccessTokenResponse); the lifetime of 1800 s in the vendor's guides. The API has no refresh tokens.
"""

from __future__ import annotations

import math
import os
import re
import sys
import threading
import time
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

import anyio.to_thread
import httpx

from monite_magic.api.network_errors import explain
from monite_magic.api.transport import HEADERS, open_transport
from monite_magic.core.bounds import limits
from monite_magic.core.clean_text import one_line
from monite_magic.core.errors import CredentialsError, NetworkError, TokenError, without_frames
from monite_magic.core.masking import Secret, mask_json_fields
from monite_magic.core.words import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from monite_magic.api.credentials import Credentials
    from monite_magic.core import Environment

#: Key in a request's `extensions`: the token that it was sent with.
_SENT_TOKEN: Final = "monite_magic.token"  # noqa: S105 - a name

#: A token is renewed this many seconds before it expires, or a tenth of its lifetime if that is less.
LEEWAY: Final = 60.0

#: Assumed lifetime in seconds if the server gives none, from the vendor's guides.
DEFAULT_LIFETIME: Final = 1800.0


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and its expiry.

    Attributes:
        access_token: The token.
        expires_at: Expiry on the monotonic clock, in seconds.
        lifetime: Lifetime in seconds.
        is_assumed: Whether the lifetime is assumed, because the server gave none.
    """

    access_token: Secret
    expires_at: float
    lifetime: float
    is_assumed: bool = False

    def seconds_left(self) -> float:
        """Return the seconds until it expires; negative afterwards."""
        return self.expires_at - time.monotonic()

    @property
    def is_fresh(self) -> bool:
        """Whether it doesn't need to be renewed yet."""
        return self.seconds_left() > min(LEEWAY, self.lifetime / 10)


class TokenSource:
    """Fetches, keeps and renews the token of one pair of credentials in one environment.

    Args:
        environment: Where the exchange happens.
        credentials: Client ID and secret.
        entity_user_id: None for a partner token (grant `client_credentials`); a user's ID for a token with
            that user's role (grant `entity_user`).
        transport: Sends the exchange; by default a new transport to the environment. It is not closed here.

    Raises:
        CredentialsError: User tokens are not supported in this environment.
    """

    def __init__(
        self,
        environment: Environment,
        credentials: Credentials,
        entity_user_id: str | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if entity_user_id and not environment.user_tokens:
            raise CredentialsError(
                f"User tokens are not supported for {environment.label}.",
                hint="Leave out the entity user to use the partner token.",
            )
        self.environment = environment
        self.entity_user_id = entity_user_id
        self._credentials = credentials
        self._http = httpx.Client(
            headers=HEADERS,
            transport=transport or open_transport(environment),
            timeout=limits.exchange_timeout,
        )
        self._reset()
        _sources.add(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._attempts = 0
        self._failure: TokenError | NetworkError | None = None

    def forget_after_fork(self) -> None:
        """Drop the token and the lock that this process has only inherited from its parent."""
        self._reset()

    @property
    def grant_type(self) -> str:
        """`client_credentials` or `entity_user`."""
        return "entity_user" if self.entity_user_id else "client_credentials"

    @property
    def token(self) -> Token | None:
        """The current token, fresh or not; None before the first exchange."""
        return self._token

    @property
    def failure(self) -> TokenError | NetworkError | None:
        """The error of the last exchange, or None."""
        return self._failure

    def get(self) -> Token:
        """Return a valid token; fetch a new one if there is none or it is about to expire.

        Concurrent threads share one exchange and its error.

        Raises:
            TokenError: The exchange was refused.
            NetworkError: The exchange got no answer.
            CredentialsError: The source is closed.
        """
        token = self._token
        return token if token is not None and token.is_fresh else self._exchange_once(instead_of=token)

    def renew(self, refused: Token) -> Token:
        """Return another token than `refused`, which the server rejected as expired or invalid.

        Raises:
            TokenError: The exchange was refused.
            NetworkError: The exchange got no answer.
        """
        return self._exchange_once(instead_of=refused, refused=True)

    async def aget(self) -> Token:
        """Like `get`, without blocking the event loop."""
        token = self._token
        return token if token is not None and token.is_fresh else await _in_thread(self.get)

    async def arenew(self, refused: Token) -> Token:
        """Like `renew`, without blocking the event loop."""
        return await _in_thread(lambda: self.renew(refused))

    @without_frames
    def _exchange_once(self, *, instead_of: Token | None, refused: bool = False) -> Token:
        attempts_seen = self._attempts
        with self._lock:
            current = self._token
            if current is not None and current is not instead_of and current.is_fresh:
                return current  # another thread was first
            failure = self._failure
            if self._attempts == attempts_seen or failure is None:
                try:
                    token = self._exchange()
                except (TokenError, NetworkError) as error:
                    self._failure = failure = error
                else:
                    self._token, self._failure = token, None
                    return token
                finally:
                    self._attempts += 1
            # The exchange failed, here or in another thread.
            if refused or current is None or current.seconds_left() <= 0:
                raise failure.with_traceback(None)
            return current  # the renewal was early, so the token is still valid

    # -- the exchange -----------------------------------------------------------------------------------

    def _exchange(self) -> Token:
        body: dict[str, str | Secret] = {
            "grant_type": self.grant_type,
            "client_id": self._credentials.client_id,
            "client_secret": self._credentials.client_secret,
        }
        if self.entity_user_id:
            body["entity_user_id"] = self.entity_user_id
        asked_at = time.monotonic()
        response = self._post(self.environment.token_url, body)
        if response.status_code != httpx.codes.OK:
            raise _refusal(response)
        return _read_token(response, asked_at)

    @without_frames
    def revoke(self) -> bool:
        """Revoke the token at the server and forget it; return whether one was revoked.

        The token is always forgotten, even after an error or if the environment has no route to revoke it.

        Raises:
            TokenError: The server refused to revoke it.
            NetworkError: No answer came.
        """
        with self._lock:
            token, self._token = self._token, None
        environment = self.environment
        if token is None or token.seconds_left() <= 0 or environment.revoke_path is None:
            return False
        body: dict[str, str | Secret] = {
            "client_id": self._credentials.client_id,
            "client_secret": self._credentials.client_secret,
            "token": token.access_token,
        }
        response = self._post(environment.base_url + environment.revoke_path, body, bearer=token)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            return False  # it had already expired at the server
        if not response.is_success:
            raise _refusal(response, what="The token could not be revoked")
        return True

    def close(self) -> None:
        """Forget the token and close the connections."""
        self._token = None
        self._http.close()

    def _post(
        self, url: str, body: Mapping[str, str | Secret], bearer: Token | None = None
    ) -> httpx.Response:
        if self._http.is_closed:
            raise CredentialsError(
                "The session that this client was made for has logged out.",
                hint="Run %monite_login and get a new client.",
            )
        request = self._request(url, body)
        if bearer is not None:
            authorized(request, bearer)
        try:
            return self._http.send(request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = explain(error, "GET", url)  # an exchange changes no data, like a GET
        raise problem

    def _request(self, url: str, body: Mapping[str, str | Secret]) -> httpx.Request:
        # Only here the secret is unmasked, and no local variable keeps it during the exchange.
        headers = self.environment.headers()
        if self.environment.tokens_as_form:
            return self._http.build_request("POST", url, data=_revealed(body), headers=headers)
        return self._http.build_request("POST", url, json=_revealed(body), headers=headers)

    def __repr__(self) -> str:
        return f"<TokenSource {self.grant_type} for {self.environment.label}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A TokenSource can't be pickled: it has credentials.")


def _revealed(body: Mapping[str, str | Secret]) -> dict[str, str]:
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in body.items()}


#: Characters allowed after `Bearer ` in a header. httpx would show other characters in its error.
_TOKEN: Final = re.compile(r"[!-~]+")


def _read_token(response: httpx.Response, asked_at: float) -> Token:
    """Return the token in an answer; `asked_at` is the start of the exchange in monotonic seconds."""
    try:
        answer = response.json()
        access_token = answer["access_token"]
        expires_in = answer.get("expires_in")
        lifetime = DEFAULT_LIFETIME if expires_in is None else float(expires_in)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        access_token, expires_in, lifetime = None, None, 0.0
    is_token = isinstance(access_token, str) and _TOKEN.fullmatch(access_token)
    if not is_token or not 0 < lifetime < math.inf:
        raise TokenError(
            "The token exchange answered 200, but without a token.",
            hint="Check that the base URL is the Monite API.",
            status=response.status_code,
            request_id=response.headers.get("x-request-id"),
        )
    return Token(Secret(access_token), asked_at + lifetime, lifetime, is_assumed=expires_in is None)


def _refusal(response: httpx.Response, what: str = "The token exchange was refused") -> TokenError:
    status = response.status_code
    request_id = response.headers.get("x-request-id")
    message = message_of(response)
    parts = [f"{what}: {status} {httpx.codes.get_reason_phrase(status)}".rstrip()]
    if message:
        parts.append(f", {message.rstrip('.')}")
    if request_id:
        parts.append(f" (request id {one_line(request_id)})")
    return TokenError("".join(parts) + ".", hint=_HINTS.get(status), status=status, request_id=request_id)


_HINTS: Final = {
    400: "Check the client ID, secret, environment and API version.",
    401: "Check that the client ID and secret match and are for this environment, then log in again.",
    403: "Check that the client ID and secret match and are for this environment, then log in again.",
    404: "Check the base URL, and the entity user ID if you set one.",
    422: "Check that the client ID and the entity user ID are UUIDs.",
    429: "Wait a moment, then log in again.",
}


def message_of(response: httpx.Response) -> str:
    """Return the error message of an answer, masked and shortened to one line."""
    try:
        data = response.json()
        if "error" in data:
            text = str(data["error"]["message"])
        elif "detail" in data:
            text = "; ".join(
                f"{'.'.join(map(str, item['loc'][1:]))}: {item['msg']}" for item in data["detail"]
            )
        else:
            text = str(data["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        text = response.text
    text = " ".join(mask_json_fields(text).split())
    return shorten(text, 200)


def authorized(request: httpx.Request, token: Token) -> httpx.Request:
    """Add `token` to `request`, and return the request.

    The request keeps a reference to the token, so that its answer is masked even if another thread renews the
    token in the meantime.
    """
    request.extensions[_SENT_TOKEN] = token
    request.headers["Authorization"] = f"Bearer {token.access_token.reveal()}"
    return request


def was_authorized(request: httpx.Request) -> bool:
    """Whether `request` was sent with a token; the header itself is removed after the answer."""
    return _SENT_TOKEN in request.extensions


async def _in_thread(function: Callable[[], Token]) -> Token:
    """Run `function` in a worker thread, or directly in Pyodide, which has no threads."""
    if sys.platform == "emscripten":
        return function()
    return await anyio.to_thread.run_sync(function)


_sources: weakref.WeakSet[TokenSource] = weakref.WeakSet()


def _forget_after_fork() -> None:
    for source in tuple(_sources):
        source.forget_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
