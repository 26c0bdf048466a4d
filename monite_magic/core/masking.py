"""Secrets and how they stay unseen.

A `Secret` is the only thing in this package that holds a client secret or an access token. It shows itself
as dots, can't be pickled, and every living one is known to `mask_text` and `mask_bytes`, which hide its
value wherever an answer, a message or a log line echoes it.
"""

from __future__ import annotations

import json
import re
import weakref
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, NoReturn
from urllib.parse import quote, quote_plus

from monite_magic.core.secret_fields import ENDINGS, is_secret_field

MASK: Final = "••••••••"

#: Names of headers whose values are never shown, though no field with such a name is a secret.
_SECRET_HEADER: Final = re.compile(
    r"(?:.*-)?(?:auth|signature|session(?:-id)?|sid|jwt|assertion|csrf|xsrf|pwd|credentials?"
    r"|(?:subscription|functions)-key)",
    re.IGNORECASE,
)

_SHORTEST_MASKED = 6  # a shorter value would be found in innocent text


class Secret:
    """A value that must not be shown: a client secret or an access token.

    Args:
        value: The secret itself.
        handed_out: Whether an answer handed it out, so that another answer may hand it out again.
    """

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str, *, handed_out: bool = False) -> None:
        self._value = value
        if len(value) >= _SHORTEST_MASKED:
            _living.add(self, _ways_to_write(value), handed_out=handed_out)

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


class _Way(NamedTuple):
    """One way to write a secret."""

    text: str
    content: bytes
    handed_out: bool


class _Living:
    """The secrets that live, and what to look for: each way to write each of them, as text and in UTF-8.

    All that is shown is looked through, so this is made only when a secret has come or gone. Whoever makes it
    may be overtaken by another thread: it counts only with the mark that was there before.
    """

    def __init__(self) -> None:
        # By identity: of two equal secrets, one must stay known when the other is gone.
        self._secrets: dict[int, tuple[weakref.ref[Secret], tuple[str, ...], bool]] = {}
        self._mark = object()
        self._made: tuple[object, tuple[_Way, ...]] = (None, ())

    def add(self, secret: Secret, ways_to_write: tuple[str, ...], *, handed_out: bool) -> None:
        key = id(secret)

        def forget(_: object) -> None:
            self._secrets.pop(key, None)
            self._mark = object()
            self._made = (None, ())  # nothing of a secret outlives it here

        self._secrets[key] = (weakref.ref(secret, forget), ways_to_write, handed_out)
        self._mark = object()

    @property
    def mark(self) -> object:
        """What stays the same as long as no secret comes or goes."""
        return self._mark

    def values(self) -> tuple[_Way, ...]:
        mark, values = self._made
        if mark is not self._mark:
            mark = self._mark
            values = tuple(
                _Way(way, way.encode("utf-8", "surrogatepass"), handed_out)
                for _, ways, handed_out in self._secrets.copy().values()
                for way in ways
            )
            self._made = (mark, values)
        return values


_living: Final = _Living()


def known_secrets() -> object:
    """Return a mark of the secrets that live now: another one as soon as one has come or gone."""
    return _living.mark


def mask_text(text: str) -> str:
    """Return `text` with the value of every living `Secret` in it replaced by dots."""
    # The longest first: a secret can be a part of another.
    for value in sorted((way.text for way in _living.values() if way.text in text), key=len, reverse=True):
        text = text.replace(value, MASK)
    return text


def mask_bytes(content: bytes) -> bytes:
    """Return `content` with the value of every living `Secret` in it replaced by dots (UTF-8)."""
    return _without(content, (way.content for way in _living.values()))


def _without(content: bytes, values: Iterable[bytes]) -> bytes:
    for value in sorted((value for value in values if value in content), key=len, reverse=True):
        content = content.replace(value, MASK.encode())
    return content


def mask_answer(content: bytes) -> bytes:
    """Return an answer's body without the secrets that it must not repeat.

    The session's own are hidden everywhere; those that an answer handed out are not hidden in a field for
    secrets, since this answer hands them out again.
    """
    masked = mask_bytes(content)
    if masked == content:
        return content
    parts, done = [], 0
    for start, end, _ in sorted(_secret_values(content)):
        if start >= done:
            own = (way.content for way in _living.values() if not way.handed_out)
            parts += [mask_bytes(content[done:start]), _without(content[start:end], own)]
            done = end
    return b"".join([*parts, mask_bytes(content[done:])])


def mask_headers(headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return a copy of `headers` in which secret ones show dots and the others are masked by value.

    `Authorization: Bearer x` alone keeps its scheme: `Bearer ••••••••`.
    """
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return {name: _mask_header(name, value) for name, value in pairs}


def is_secret_header(name: str) -> bool:
    """Whether the values of a header are never shown."""
    return is_secret_field(name) or _SECRET_HEADER.fullmatch(name) is not None


_SCHEMES: Final = frozenset({"basic", "bearer", "digest", "dpop", "token"})


def _mask_header(name: str, value: str) -> str:
    if not is_secret_header(name):
        return mask_url(mask_text(value))
    scheme, space, _ = value.partition(" ")
    keeps_scheme = name.lower() in {"authorization", "proxy-authorization"} and scheme.lower() in _SCHEMES
    return f"{scheme} {MASK}" if keeps_scheme and space else MASK


_QUERY_VALUE: Final = re.compile(r"(?<=[?&])([\w.%-]+)=([^&#\s]+)")


def mask_url(url: str) -> str:
    """Return `url` with the values of secret query parameters replaced by dots."""
    if "=" not in url or "?" not in url:
        return url
    return _QUERY_VALUE.sub(lambda pair: f"{pair[1]}={MASK}" if is_secret_field(pair[1]) else pair[0], url)


# What a secret's name ends with, and the quote behind it: looking for these is cheap.
_ENDS: Final = tuple({f'{ending.rpartition("_")[2]}"'.encode() for ending in ENDINGS})
_AS_WRITTEN_HERE: Final = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ-", b"abcdefghijklmnopqrstuvwxyz_"
)  # of one length with what it stands for
# A body that was cut short may end within the string.
_VALUE: Final = re.compile(rb'\s*:\s*(?:"((?:[^"\\]|\\.)*)(?:"|\\?\Z)|(-?\d[\d.eE+-]*))', re.DOTALL)
# JSON within a string of JSON: the quotes of both the name and the value stand behind the same backslashes.
_NESTED: Final = re.compile(rb'(\\+)"([\w.-]{1,100})\1"\s*:\s*\1"')
_LONGEST_NAME: Final = 100


def _secret_values(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield where the values of secret fields stand in a JSON text, and what to write there instead."""
    lowered = content.translate(_AS_WRITTEN_HERE)
    for end in _ENDS:
        at = lowered.find(end)
        while at >= 0:
            after = at + len(end)
            value = _VALUE.match(content, after)
            if value is not None:
                start = content.rfind(b'"', max(after - _LONGEST_NAME, 0), after - 1)
                if is_secret_field(content[start + 1 : after - 1].decode("utf-8", "replace")):
                    yield (
                        (*value.span(1), MASK.encode())
                        if value[1] is not None
                        else (*value.span(2), f'"{MASK}"'.encode())
                    )
            at = lowered.find(end, after)
    if b'\\"' in content:
        for nested in _NESTED.finditer(content):
            if is_secret_field(nested[2].decode("utf-8", "replace")):
                close = content.find(nested[1] + b'"', nested.end())
                yield nested.end(), close if close >= 0 else len(content), MASK.encode()


def mask_json_fields(text: str) -> str:
    """Return the JSON `text` with the strings and numbers of secret fields replaced by dots."""
    return mask_json_bytes(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def has_secret_fields(content: bytes) -> bool:
    """Whether the JSON `content` seems to have secret fields."""
    return next(_secret_values(content), None) is not None


def mask_json_bytes(content: bytes) -> bytes:
    """Like `mask_json_fields`, for bytes; what is not UTF-8 stays as it is."""
    parts, done = [], 0
    for start, end, dots in sorted(_secret_values(content)):
        if start >= done:
            parts += [content[done:start], dots]
            done = end
    return mask_bytes(b"".join([*parts, content[done:]]) if parts else content)


_PART: Final = re.compile(
    rb'(form-data; name="([^"\r\n]{1,100})"\r\n(?:[^\r\n]+\r\n)*\r\n)(.*?)(?=\r\n--|\Z)', re.DOTALL
)


def mask_multipart(content: bytes) -> bytes:
    """Return a multipart body with the values of secret fields replaced by dots; another body as it is."""
    if b"form-data; name=" not in content:
        return content

    def masked(part: re.Match[bytes]) -> bytes:
        return part[1] + MASK.encode() if is_secret_field(part[2].decode("utf-8", "replace")) else part[0]

    return _PART.sub(masked, content)


def secrets_in(content: bytes) -> list[Secret]:
    """Return the values of secret fields in a JSON text, so that they are masked wherever they are echoed.

    They are known for as long as the list lives.
    """
    return [
        Secret(value)
        for start, end, _ in _secret_values(content)
        if isinstance(value := _unescaped(content[start:end]), str) and value != MASK
    ]


def _unescaped(literal: bytes) -> Any:
    try:
        return json.loads(b'"%s"' % literal)
    except ValueError:
        return literal.decode("utf-8", "replace")


def seal(data: Any) -> Any:
    """Return the JSON value `data` with the strings of secret fields turned into `Secret`.

    Lists and objects are changed in place; this is for data that was just parsed.
    """
    if isinstance(data, dict):
        for key, value in data.items():
            if isinstance(value, str):
                if is_secret_field(key):
                    data[key] = Secret(value, handed_out=True)
            else:
                seal(value)
    elif isinstance(data, list):
        for value in data:
            seal(value)
    return data
