"""Secrets and how they stay unseen.

A `Secret` is the only thing in this package that holds a client secret or an access token. It shows itself
as dots, can't be pickled, and every living one is known to `mask_text` and `mask_bytes`, which hide its
value wherever an answer, a message or a log line echoes it.
"""

from __future__ import annotations

import json
import re
import weakref
from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn
from urllib.parse import quote, quote_plus

MASK: Final = "••••••••"

#: Names of headers whose values are never shown (lower case).
SECRET_HEADERS: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "monite-signature"}
)

#: Names of JSON fields and form fields whose values are never shown.
SECRET_FIELDS: Final = frozenset(
    {"access_token", "client_secret", "refresh_token", "secret", "password"}
    # One-time tokens that open a session with a bank or a lender (OpenAPI 2024-05-25).
    | {"connect_token", "link_token", "public_token", "session_token"}
)

_SHORTEST_MASKED = 6  # a shorter value would be found in innocent text


class Secret:
    """A value that must not be shown: a client secret or an access token.

    Args:
        value: The secret itself.
    """

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        if len(value) >= _SHORTEST_MASKED:
            _living.add(self, _ways_to_write(value))

    def reveal(self) -> str:
        """Return the value in clear. Call it only where the value must be sent or handed to a person."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __getstate__(self) -> NoReturn:
        raise TypeError("A Secret is not pickled: it would be written in clear.")

    def __reduce__(self) -> NoReturn:
        self.__getstate__()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        self.__getstate__()


_PERCENT_ESCAPE: Final = re.compile("%[0-9A-F]{2}")


def _ways_to_write(value: str) -> tuple[str, ...]:
    """The value as it stands in plain text, JSON, a URL and a Python literal: mostly all the same."""
    in_url, in_form = quote(value, safe="", errors="replace"), quote_plus(value, errors="replace")
    ways = [
        value,
        json.dumps(value)[1:-1],
        json.dumps(value)[1:-1].replace("/", r"\/"),
        json.dumps(value, ensure_ascii=False)[1:-1],
        in_url,
        in_form,
        *(_PERCENT_ESCAPE.sub(lambda escape: escape[0].lower(), way) for way in (in_url, in_form)),
        repr(value)[1:-1],
    ]
    return tuple(sorted(set(ways), key=len, reverse=True))


class _Living:
    """The secrets that live, and what to look for: each way to write each of them, as text and in UTF-8.

    All that is shown is looked through, so this is made only when a secret has come or gone. Whoever makes it
    may be overtaken by another thread: it counts only with the mark that was there before.
    """

    def __init__(self) -> None:
        # By identity: of two equal secrets, one must stay known when the other is gone.
        self._secrets: dict[int, tuple[weakref.ref[Secret], tuple[str, ...]]] = {}
        self._mark = object()
        self._made: tuple[object, tuple[tuple[str, bytes], ...]] = (self._mark, ())

    def add(self, secret: Secret, ways_to_write: tuple[str, ...]) -> None:
        key = id(secret)

        def forget(_: object) -> None:
            self._secrets.pop(key, None)
            self._mark = object()

        self._secrets[key] = (weakref.ref(secret, forget), ways_to_write)
        self._mark = object()

    def values(self) -> tuple[tuple[str, bytes], ...]:
        mark, values = self._made
        if mark is not self._mark:
            mark = self._mark
            written = [way for _, ways in self._secrets.copy().values() for way in ways]
            values = tuple((way, way.encode("utf-8", "surrogatepass")) for way in written)
            self._made = (mark, values)
        return values


_living: Final = _Living()


def mask_text(text: str) -> str:
    """Return `text` with the value of every living `Secret` in it replaced by dots."""
    for value, _ in _living.values():
        if value in text:
            text = text.replace(value, MASK)
    return text


def mask_bytes(content: bytes) -> bytes:
    """Return `content` with the value of every living `Secret` in it replaced by dots (UTF-8)."""
    for _, value in _living.values():
        if value in content:
            content = content.replace(value, MASK.encode())
    return content


def mask_headers(headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return a copy of `headers` in which secret ones show dots and the others are masked by value.

    `Authorization: Bearer x` keeps its scheme: `Bearer ••••••••`.
    """
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return {name: _mask_header(name, value) for name, value in pairs}


def _mask_header(name: str, value: str) -> str:
    if name.lower() not in SECRET_HEADERS:
        return mask_text(value)
    scheme, space, rest = value.partition(" ")
    return f"{scheme} {MASK}" if space and rest else MASK


# A body that was cut short may end within the string.
_SECRET_FIELD_PATTERN: Final = re.compile(
    r'("(?:' + "|".join(sorted(SECRET_FIELDS)) + r')"\s*:\s*")(?:[^"\\]|\\.)*("|\\?\Z)', re.DOTALL
)


def mask_json_fields(text: str) -> str:
    """Return the JSON `text` with the string values of fields named in `SECRET_FIELDS` replaced by dots."""
    return mask_text(_SECRET_FIELD_PATTERN.sub(rf"\1{MASK}\2", text))


_MARKS: Final = tuple(f'"{name}"'.encode() for name in sorted(SECRET_FIELDS))


def has_secret_fields(content: bytes) -> bool:
    """Whether the JSON `content` seems to have fields named in `SECRET_FIELDS`."""
    return any(mark in content for mark in _MARKS)


def mask_json_bytes(content: bytes) -> bytes:
    """Like `mask_json_fields`, for bytes; what is not UTF-8 stays as it is."""
    if not has_secret_fields(content):
        return mask_bytes(content)
    return mask_json_fields(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def seal(data: Any) -> Any:
    """Return the JSON value `data` with strings under names in `SECRET_FIELDS` turned into `Secret`.

    Lists and objects are changed in place; this is for data that was just parsed.
    """
    if isinstance(data, dict):
        for key, value in data.items():
            if key in SECRET_FIELDS and isinstance(value, str):
                data[key] = Secret(value)
            else:
                seal(value)
    elif isinstance(data, list):
        for value in data:
            seal(value)
    return data
