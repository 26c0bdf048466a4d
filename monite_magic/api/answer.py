"""An answer of the API as data: `.data`, `.items`, item access, pages and errors.

An answer holds no token, client or httpx object. So you can keep it in `Out`, pickle it and compare it.
`monite_magic.session.response` adds the display and the notebook features.
"""

from __future__ import annotations

import codecs
import re
import weakref
from collections import UserDict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, Self

import httpx

from monite_magic.api.page_guard import PageGuard
from monite_magic.core import (
    MoniteError,
    mask_answer,
    mask_headers,
    mask_json_bytes,
    one_line,
    progress_bar,
    sealed_json,
)
from monite_magic.core.words import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monite_magic.core import Environment, SentRequest

#: Maximum length of the API's message in an error, in total and per field. The card shows it in full.
_MAX_MESSAGE = 300
_MAX_FIELD_MESSAGE = 100


@dataclass(frozen=True, slots=True)
class Note:
    """A note to show with an answer: a warning of the check, a retry, a token renewal.

    Attributes:
        text: One or two sentences.
        kind: `warning` or `info`.
        line: 1-based line in the cell, if the note is about one.
        column: 1-based column in that line.
    """

    text: str
    kind: str = "info"
    line: int | None = None
    column: int | None = None


class Headers(UserDict[str, str]):
    """The headers of an answer, with case-insensitive names."""

    def __getitem__(self, name: str) -> str:
        return self.data[name.lower()]

    def __setitem__(self, name: str, value: str) -> None:
        self.data[name.lower()] = value

    def __delitem__(self, name: str) -> None:
        del self.data[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self.data


class Fetcher(Protocol):
    """Fetches the next page of an answer."""

    environment: Environment

    def get(self, path: str, *, params: Mapping[str, Any], entity_id: str | None, **options: Any) -> Any:
        """Send a GET and return its answer."""


class ApiError(MoniteError):
    """The API answered with an unexpected status.

    Args:
        message: The status and the API's message.
        response: The whole answer.
        hint: How to fix it.
    """

    def __init__(self, message: str, *, response: Answer, hint: str | None = None) -> None:
        self.response = response
        super().__init__(message, hint=hint)


#: Media types that are text although they don't start with `text/`.
_TEXT_TYPES: Final = ("json", "xml", "csv", "javascript", "x-www-form-urlencoded")
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)


def _as_utf8(content: bytes, content_type: str) -> bytes:
    """Convert text with another charset to UTF-8; return anything else unchanged."""
    kind = content_type.partition(";")[0].strip().lower()
    if not (kind.startswith("text/") or kind.endswith(_TEXT_TYPES)):
        return content
    declared = _CHARSET.search(content_type)
    try:
        codec = codecs.lookup(declared[1] if declared else _charset_of(content))
        is_other = codec.name != "utf-8"
        return content.decode(codec.name, "replace").encode("utf-8", "replace") if is_other else content
    except (LookupError, ValueError):  # an unknown charset
        return content


def _charset_of(content: bytes) -> str:
    """Return the charset of text that declares none: UTF-16 and UTF-32 have zeros in their first letters."""
    for mark, charset in _MARKS:
        if content.startswith(mark):
            return charset
    return _CHARSETS.get(bytes(byte > 0 for byte in content[:4]), "utf-8")


_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSETS: Final = {
    b"\0\0\0\1": "utf-32-be",
    b"\1\0\0\0": "utf-32-le",
    b"\0\1\0\1": "utf-16-be",
    b"\1\0\1\0": "utf-16-le",
}


class Answer:
    """One answer of the API, as data.

    Args:
        request: The request, masked.
        status: HTTP status code.
        headers: The answer's headers, with case-insensitive names.
        content: The decompressed body.
        elapsed: Seconds from sending to the last byte.
        environment: The environment that answered.
        template: Path template of the operation, if the catalogue knows it: `/payables/{payable_id}`.
        notes: Notes to show above the answer.
        client: The client that fetched it, for `.next()`. It is referenced weakly, and not pickled.

    If the answer repeats a known secret, it is replaced by dots. A new secret in the answer, such as an
    access token or a webhook's secret, is a `Secret` in `.data`; call `.reveal()` to read it. The session's
    own client secret and token are always dots.

    Attributes:
        body_line: First line of the request's body in the cell; None if it was not in a cell.
        interrupted: Whether it joins several pages (`--all`), and stopped before the last.
    """

    #: Lets the `cell` room recognize an answer without importing this module.
    __monite_answer__: ClassVar[bool] = True

    body_line: int | None = None
    interrupted: bool = False

    def __init__(
        self,
        *,
        request: SentRequest,
        status: int,
        headers: Mapping[str, str],
        content: bytes,
        elapsed: float,
        environment: Environment,
        template: str | None = None,
        notes: tuple[Note, ...] = (),
        client: Fetcher | None = None,
    ) -> None:
        self.request = request
        self.status = status
        self.headers = Headers(mask_headers(headers))
        self.elapsed = elapsed
        self.environment = environment
        self.template = template
        self.notes = notes
        self._content = mask_answer(_as_utf8(content, self.headers.get("content-type", "")))
        self._client = weakref.ref(client) if client is not None else None

    def __getstate__(self) -> dict[str, Any]:
        # Leave out the client and the parsed data, which may contain a Secret, and mask the content.
        state = {name: value for name, value in self.__dict__.items() if name != "data"}
        return {**state, "_client": None, "_content": mask_json_bytes(self._content)}

    # -- status -------------------------------------------------------------------------------------

    @property
    def ok(self) -> bool:
        """Whether the status is below 400."""
        return self.status < 400

    @property
    def reason(self) -> str:
        """The status in words, for instance `Not Found`."""
        # http.client's phrases change with Python's version, and httpx's don't.
        return httpx.codes.get_reason_phrase(self.status)

    @property
    def api_version(self) -> str:
        """The API version of the call: from its header, or the environment's."""
        return self.environment.version_of(self.request.headers)

    @property
    def request_id(self) -> str | None:
        """The answer's `x-request-id`, for the vendor's support."""
        return self.headers.get("x-request-id")

    @property
    def simulated(self) -> bool:
        """Whether the answer came from the simulator. The environment decides, not the answer."""
        return self.environment.simulated

    @property
    def content_type(self) -> str:
        """The media type without parameters, in lower case; empty if there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    # -- content -----------------------------------------------------------------------------------

    @property
    def content(self) -> bytes:
        """The body as bytes, text in UTF-8. New secrets in the answer are not masked."""
        return self._content

    @property
    def text(self) -> str:
        """The body as text, decoded as UTF-8 with replacement. Secrets are masked."""
        return mask_json_bytes(self._content).decode("utf-8", errors="replace")

    @cached_property
    def data(self) -> Any:
        """The parsed JSON body, or None if it is empty or not JSON."""
        if not self._content.strip():
            return None
        try:
            return sealed_json(self._content)
        except (ValueError, RecursionError):
            return None

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON."""
        return self.data is not None or self._content.strip() == b"null"

    @property
    def items(self) -> list[Any]:
        """The rows of a list answer: `data["data"]`, or the list itself. For one object, a list with it.

        Raises:
            MoniteError: The body is not JSON, so that it can't be mistaken for an empty list.
        """
        data = self._readable()
        if isinstance(data, dict) and isinstance(data.get("data"), list):
            return list(data["data"])
        if isinstance(data, list):
            return list(data)
        return [] if data is None else [data]

    @property
    def is_list(self) -> bool:
        """Whether the answer is a list of rows."""
        data = self.data
        return isinstance(data, list) or (isinstance(data, dict) and isinstance(data.get("data"), list))

    @property
    def next_token(self) -> str | None:
        """The pagination token of the next page, or None on the last page."""
        token = self._token
        return token if isinstance(token, str) else None

    @property
    def _token(self) -> Any:
        """The raw next-page token from the server; None on the last page or if it is empty."""
        data = self.data
        token = data.get("next_pagination_token") if isinstance(data, dict) else None
        return None if token == "" else token

    @property
    def incomplete(self) -> str | None:
        """A sentence that says more pages follow, or None if the list is complete."""
        if self._token is None:
            return None
        if self.next_token is None:
            return (
                f"The pagination token is {one_line(str(self._token)[:50])}, not text: more rows may follow."
            )
        count = "This is 1 row" if len(self) == 1 else f"These are {len(self):,} rows"
        return f"{count}; more pages follow: use --all or .pages() to read them."

    def _readable(self) -> Any:
        if self.data is None and self._content.strip() not in {b"", b"null"}:
            what = "invalid JSON" if "json" in self.content_type else "a body that is not JSON"
            raise MoniteError(
                f"{self.request.method} {self.request.path} answered {self.status} with {what}.",
                hint="Check .text: it may be incomplete, or come from a proxy.",
            )
        return self.data

    def __getitem__(self, key: Any) -> Any:
        """Return a field of the object, or a row of the list by its index."""
        return self.items[key] if isinstance(key, int | slice) else self._readable()[key]

    def __contains__(self, key: object) -> bool:
        return self.data is not None and key in self.data

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        return True

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the object's field `key`, or `default`."""
        return self.data.get(key, default) if isinstance(self.data, dict) else default

    # -- pages and errors --------------------------------------------------------------------------

    def next(self) -> Self | None:
        """Fetch the next page of a list; return None on the last page.

        Raises:
            MoniteError: The client is closed (after a log-out, or in another kernel), or no answer came.
        """
        if self.next_token is None:
            return None
        client = self._client() if self._client is not None else None
        if client is None:
            raise MoniteError(
                "The client that fetched this page is gone.",
                hint="Log in and make the call again. To continue from here, add -q pagination_token=…",
            )
        entity_id = self.request.headers.get(client.environment.entity_header.lower())
        params = {"pagination_token": self.next_token}
        environment, headers = self.environment, {}
        if self.api_version != environment.api_version:
            headers["headers"] = {environment.version_header: self.api_version}
        following: Self = client.get(self.request.path, params=params, entity_id=entity_id, **headers)
        return following

    def pages(self, *, progress: bool = True) -> Iterator[Self]:
        """Yield this page and all following pages.

        Args:
            progress: Whether to show a progress bar for slow reads, if tqdm is installed.

        Raises:
            ApiError: A page answered 400 or above.
            MoniteError: As for `next`.
        """
        page: Self | None = self
        guard = PageGuard()
        with progress_bar(show=progress) as on_page:
            while page is not None:
                on_page(len(page.raise_for_status()))
                yield page
                guard.check(page)
                page = page.next()

    def raise_for_status(self) -> Self:
        """Return this answer if its status is below 400.

        Raises:
            ApiError: The status is 400 or above.
        """
        if self.ok:
            return self
        raise self.error()

    def error(self) -> ApiError:
        """Return an `ApiError` for this answer, with the API's message."""
        detail = self.data.get("detail") if isinstance(self.data, dict) else None
        if isinstance(detail, list):
            message = "; ".join(shorten(_validation_message(item), _MAX_FIELD_MESSAGE) for item in detail)
        else:
            message = self.message or ""
        details = f": {shorten(message, _MAX_MESSAGE)}" if message and message != self.reason else ""
        words = f"{self.status} {self.reason}".strip()
        return ApiError(f"{self.request.method} {self.request.path} answered {words}{details}", response=self)

    @property
    def message(self) -> str | None:
        """The API's error message, from any of its three envelopes, or None."""
        data = self.data
        if not isinstance(data, dict):
            return None
        error, detail = data.get("error"), data.get("detail")
        if isinstance(error, dict) and error.get("message"):
            return str(error["message"])
        if isinstance(detail, list) and detail:
            return "; ".join(_validation_message(item) for item in detail)
        if isinstance(detail, str):
            return detail
        return str(data["message"]) if self.status >= 400 and data.get("message") else None

    def __repr__(self) -> str:
        size = f"{len(self._content):,} bytes"
        words = f"{self.status} {self.reason}".strip()
        return f"<{type(self).__name__} {words}: {self.request.method} {self.request.path}, {size}>"


def _validation_message(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    place = ".".join(str(part) for part in item.get("loc", ()) if part != "body")
    return f"{place}: {item.get('msg', '')}" if place else str(item.get("msg", ""))
