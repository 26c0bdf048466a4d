"""An access token and its lifetime.

A `TokenSource` fetches one kind of token for one pair of credentials, keeps it in memory, renews it ahead
of its expiry and lets any number of threads and tasks share one exchange. `monite_magic.api.auth` puts it on
requests.

Facts: `POST /auth/token` and `/auth/revoke` are from the vendor's OpenAPI document 2024-05-25
(ObtainTokenPayload, AccessTokenResponse); the lifetime of 1800 s is in every guide of the vendor; there is
no refresh token.
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

from monite_magic.api.headers import HEADERS
from monite_magic.api.network_errors import explain
from monite_magic.api.transport import open_transport
from monite_magic.core.bounds import limits
from monite_magic.core.clean_text import one_line
from monite_magic.core.errors import CredentialsError, NetworkError, TokenError, without_frames
from monite_magic.core.masking import Secret, mask_json_fields
from monite_magic.core.words import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from monite_magic.api.credentials import Credentials
    from monite_magic.core import Environment

#: Key in a request's `extensions` under which it keeps the token that was put on it.
_SENT_TOKEN: Final = "monite_magic.token"  # noqa: S105 - a name

#: A token is renewed this many seconds before it ends, or a tenth of its lifetime where that is less.
LEEWAY: Final = 60.0

#: Seconds that a token is taken to hold if the server names none: what every guide of the vendor says.
DEFAULT_LIFETIME: Final = 1800.0


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and when it ends.

    Attributes:
        access_token: The token itself.
        expires_at: Time on the monotonic clock at which it ends, in seconds.
        lifetime: Seconds for which it was issued.
        is_assumed: Whether the server named no lifetime, so that the documented one is assumed.
    """

    access_token: Secret
    expires_at: float
    lifetime: float
    is_assumed: bool = False

    def seconds_left(self) -> float:
        """Seconds until it ends; negative once it has."""
        return self.expires_at - time.monotonic()

    @property
    def is_fresh(self) -> bool:
        """Whether it can be used without renewing it first."""
        return self.seconds_left() > min(LEEWAY, self.lifetime / 10)


class TokenSource:
    """Fetches, keeps and renews the token of one pair of credentials in one environment.

    Args:
        environment: Where the exchange happens.
        credentials: Client ID and secret.
        entity_user_id: None for a partner token (grant `client_credentials`); a user's ID for a token with
            that user's role (grant `entity_user`).
        transport: How the exchange travels; None opens the environment's own. It is not closed here.

    Raises:
        CredentialsError: The environment is not known to have tokens for users.
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
                f"How {environment.label} hands out a user's token is not known here.",
                hint="Leave the entity user out, to use the partner's token.",
            )
        self.environment = environment
        self.entity_user_id = entity_user_id
        self._credentials = credentials
        self._http = httpx.Client(
            headers=HEADERS,
            transport=transport or open_transport(environment),
            timeout=limits.exchange_timeout,
        )
        self._start_anew()
        _sources.add(self)

    def _start_anew(self) -> None:
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._attempts = 0
        self._failure: TokenError | NetworkError | None = None

    def forget_after_fork(self) -> None:
        """Drop the token and the lock that this process has only inherited from its parent."""
        self._start_anew()

    @property
    def grant_type(self) -> str:
        """`client_credentials` or `entity_user`."""
        return "entity_user" if self.entity_user_id else "client_credentials"

    @property
    def token(self) -> Token | None:
        """The token at hand, fresh or not; None before the first exchange."""
        return self._token

    @property
    def failure(self) -> TokenError | NetworkError | None:
        """Why the last exchange failed; None if it did not."""
        return self._failure

    def get(self) -> Token:
        """Return a token that can be used now; fetch one if there is none or it is about to end.

        Threads that ask at once share one exchange, and its failure.

        Raises:
            TokenError: The exchange was refused.
            NetworkError: The exchange got no answer.
        """
        token = self._token
        return token if token is not None and token.is_fresh else self._exchange_once(instead_of=token)

    def renew(self, refused: Token) -> Token:
        """Return a token other than `refused`, which the server says is expired or invalid.

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
            # The exchange failed: here, or in the thread that was first.
            if refused or current is None or current.seconds_left() <= 0:
                raise failure.with_traceback(None)
            return current  # it was ahead of time: the token still holds

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
        """Revoke the token at the server and forget it; return whether there was one.

        An environment without a known route for it is not asked; the token is forgotten all the same.

        Raises:
            TokenError: The server refused to revoke it. It is forgotten all the same.
            NetworkError: No answer came. It is forgotten all the same.
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
            return False  # it had ended at the server already
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
        request = self._request(url, body)
        if bearer is not None:
            authorized(request, bearer)
        try:
            return self._http.send(request)
        except httpx.HTTPError as error:
            problem = explain(error, "GET", url)  # it changes no data: nothing is to be looked for
        raise problem

    def _request(self, url: str, body: Mapping[str, str | Secret]) -> httpx.Request:
        # The one place where the secret is in clear: no variable of a frame that waits holds it.
        headers = self.environment.headers()
        if self.environment.tokens_as_form:
            return self._http.build_request("POST", url, data=_revealed(body), headers=headers)
        return self._http.build_request("POST", url, json=_revealed(body), headers=headers)

    def __repr__(self) -> str:
        return f"<TokenSource {self.grant_type} for {self.environment.label}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A TokenSource is not pickled: it holds credentials.")


def _revealed(body: Mapping[str, str | Secret]) -> dict[str, str]:
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in body.items()}


#: What can stand in a header after `Bearer `: anything else would be refused there, and shown.
_TOKEN: Final = re.compile(r"[!-~]+")


def _read_token(response: httpx.Response, asked_at: float) -> Token:
    """Return the token in the answer of an exchange that was asked for at `asked_at` (monotonic seconds)."""
    try:
        answer = response.json()
        access_token = answer["access_token"]
        named = answer.get("expires_in")
        lifetime = DEFAULT_LIFETIME if named is None else float(named)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        access_token, named, lifetime = None, None, 0.0
    is_token = isinstance(access_token, str) and _TOKEN.fullmatch(access_token)
    if not is_token or not 0 < lifetime < math.inf:
        raise TokenError(
            "The token exchange answered 200 but its body holds no token.",
            hint="Check the base URL: is this the Monite API?",
            status=response.status_code,
            request_id=response.headers.get("x-request-id"),
        )
    return Token(Secret(access_token), asked_at + lifetime, lifetime, is_assumed=named is None)


def _refusal(response: httpx.Response, what: str = "The token exchange was refused") -> TokenError:
    status = response.status_code
    request_id = response.headers.get("x-request-id")
    said = message_of(response)
    parts = [f"{what}: {status} {httpx.codes.get_reason_phrase(status)}".rstrip()]
    if said:
        parts.append(f", {said.rstrip('.')}")
    if request_id:
        parts.append(f" (request id {one_line(request_id)})")
    return TokenError("".join(parts) + ".", hint=_REMEDIES.get(status), status=status, request_id=request_id)


_REMEDIES: Final = {
    400: "Check client ID, secret, environment and API version.",
    401: "Check that client ID and secret belong together and to this environment, then log in again.",
    403: "Check that client ID and secret belong together and to this environment, then log in again.",
    404: "Check the base URL and, if one is given, the entity user ID.",
    422: "Check the form of the client ID and of the entity user ID: both are UUIDs.",
    429: "Wait a little and log in again.",
}


def message_of(response: httpx.Response) -> str:
    """Return what an answer says went wrong, masked and cut to a line."""
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
    """Put `token` on `request`, and return it.

    The request keeps the token: what it is answered can be masked as long as it lives, also when another
    thread has renewed the token meanwhile.
    """
    request.extensions[_SENT_TOKEN] = token
    request.headers["Authorization"] = f"Bearer {token.access_token.reveal()}"
    return request


def was_authorized(request: httpx.Request) -> bool:
    """Whether a token was put on `request`, whose header is taken off again once it was answered."""
    return _SENT_TOKEN in request.extensions


async def _in_thread(function: Callable[[], Token]) -> Token:
    """Run `function` in a worker thread, or right here where there are no threads (Pyodide)."""
    if sys.platform == "emscripten":
        return function()
    return await anyio.to_thread.run_sync(function)


_sources: weakref.WeakSet[TokenSource] = weakref.WeakSet()


def _forget_after_fork() -> None:
    for source in tuple(_sources):
        source.forget_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
