"""Keep secrets hidden.

This package stores client secrets and access tokens only in `Secret`. It displays as dots and can't be
pickled. `mask_text` and `mask_bytes` hide the value of each existing `Secret` in answers, messages and logs.
"""

from __future__ import annotations

import json
import re
import weakref
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, NoReturn

from monite_magic.core.secret_fields import ENDINGS, is_secret_field

MASK: Final = "••••••••"

#: Names of headers whose values are never shown, though no field with such a name is a secret.
_SECRET_HEADER: Final = re.compile(
    r"(?:.*-)?(?:auth|signature|session(?:-id)?|sid|jwt|assertion|csrf|xsrf|pwd|credentials?"
    r"|(?:subscription|functions)-key)",
    re.IGNORECASE,
)

_MIN_LENGTH = 6  # shorter values would match ordinary text


class Secret:
    """A value to keep hidden: a client secret or an access token.

    Args:
        value: The secret.
        handed_out: Whether it comes from an answer, so that another answer can contain it again.
    """

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str, *, handed_out: bool = False) -> None:
        self._value = value
        if len(value) >= _MIN_LENGTH:
            _registry.add(self, _spellings(value), handed_out=handed_out)

    def reveal(self) -> str:
        """Return the unmasked value. Call it only to send the value, or to give it to the user."""
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
        raise TypeError("A Secret can't be pickled: it would be written unmasked.")

    def __reduce__(self) -> NoReturn:
        self.__getstate__()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        self.__getstate__()


_PERCENT_ESCAPE: Final = re.compile("%[0-9A-F]{2}")
_SPELLED_ALIKE: Final = re.compile(r"[\w.~-]+", re.ASCII)


def _spellings(value: str) -> tuple[str, ...]:
    """Return the value's spellings in plain text, JSON, a URL, HTML and a Python literal."""
    if _SPELLED_ALIKE.fullmatch(value):
        return (value,)
    import html  # slow to import, as the next line is, and the first secret comes with a log-in
    from urllib.parse import quote, quote_plus

    in_url, in_form = quote(value, safe="", errors="replace"), quote_plus(value, errors="replace")
    in_json = [json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]]
    in_html = html.escape(value)
    ways = [
        value,
        *in_json,
        *(way.replace("/", r"\/") for way in in_json),
        in_url,
        in_form,
        *(_PERCENT_ESCAPE.sub(lambda escape: escape[0].lower(), way) for way in (in_url, in_form)),
        in_html,
        html.escape(value, quote=False),
        in_html.replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
        repr(value)[1:-1],
    ]
    return tuple(sorted(set(ways), key=len, reverse=True))


class _Spelling(NamedTuple):
    """One spelling of a secret."""

    text: str
    content: bytes
    handed_out: bool


class _Registry:
    """The existing secrets with all their spellings, as text and in UTF-8.

    The longest come first, since a secret can be part of another. All output is searched for them, so the
    list is cached until a secret is created or deleted. The mark makes the cache thread-safe: a cached list
    is valid only with the mark from before it was built.
    """

    def __init__(self) -> None:
        # By identity, so that one of two equal secrets stays known when the other is deleted.
        self._secrets: dict[int, tuple[weakref.ref[Secret], tuple[str, ...], bool]] = {}
        self._mark = object()
        self._made: tuple[object, tuple[_Spelling, ...]] = (None, ())

    def add(self, secret: Secret, spellings: tuple[str, ...], *, handed_out: bool) -> None:
        key = id(secret)

        def forget(_: object) -> None:
            self._secrets.pop(key, None)
            self._mark = object()
            self._made = (None, ())  # nothing of a secret outlives it here

        self._secrets[key] = (weakref.ref(secret, forget), spellings, handed_out)
        self._mark = object()

    @property
    def mark(self) -> object:
        """A mark that changes when a secret is created or deleted."""
        return self._mark

    def values(self) -> tuple[_Spelling, ...]:
        mark, values = self._made
        if mark is not self._mark:
            mark = self._mark
            spellings = (
                _Spelling(way, way.encode("utf-8", "surrogatepass"), handed_out)
                for _, ways, handed_out in self._secrets.copy().values()
                for way in ways
            )
            values = tuple(sorted(spellings, key=lambda way: len(way.text), reverse=True))
            self._made = (mark, values)
        return values


_registry: Final = _Registry()


def known_secrets() -> object:
    """Return a mark that changes when a secret is created or deleted."""
    return _registry.mark


def mask_text(text: str) -> str:
    """Return `text` with the value of each existing `Secret` replaced by dots."""
    for value, _, _ in _registry.values():
        if value in text:
            text = text.replace(value, MASK)
    return text


def mask_bytes(content: bytes) -> bytes:
    """Return `content` with the value of each existing `Secret` replaced by dots (UTF-8)."""
    return _without(content, (way.content for way in _registry.values()))


def _without(content: bytes, values: Iterable[bytes]) -> bytes:
    for value in values:
        if value in content:
            content = content.replace(value, MASK.encode())
    return content


def mask_answer(content: bytes) -> bytes:
    """Return an answer's body with known secrets masked.

    The session's secrets are masked everywhere. Secrets from earlier answers are kept in secret fields, since
    the answer returns them again.
    """
    content = _resolved(content)
    masked = mask_bytes(content)
    if masked == content:
        return content
    parts, done = [], 0
    for start, end, _ in sorted(_secret_values(content)):
        if start >= done:
            own = (way.content for way in _registry.values() if not way.handed_out)
            parts += [mask_bytes(content[done:start]), _without(content[start:end], own)]
            done = end
    return b"".join([*parts, mask_bytes(content[done:])])


#: An escape in a JSON string, after whole pairs of backslashes.
_ESCAPE: Final = re.compile(rb"(?<!\\)((?:\\\\)*)\\(?:u([0-9a-fA-F]{4})|/)")
_NEEDLESS: Final = re.compile(rb"\\u00[2-7]")  # a character of ASCII


def _resolved(content: bytes) -> bytes:
    r"""Return a JSON text without needless escapes if they hide a known secret or the name of a secret field.

    JSON may escape any character: Go writes `&` as `\u0026`.
    """
    if not _NEEDLESS.search(content):
        return content
    plain = _ESCAPE.sub(_character, content)
    hides = any(way.content in plain and way.content not in content for way in _registry.values())
    return plain if hides or _count_of_fields(plain) > _count_of_fields(content) else content


def _character(escape: re.Match[bytes]) -> bytes:
    code = int(escape[2], 16) if escape[2] else ord("/")
    if code < 0x20 or 0xD800 <= code < 0xE000:
        return escape[0]
    character = chr(code).encode()
    return escape[1] + (b"\\" + character if character in b'"\\' else character)


def _count_of_fields(content: bytes) -> int:
    return sum(1 for _ in _secret_values(content))


def mask_headers(headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return a copy of `headers` with secret headers as dots, and known secrets masked in the others.

    `Authorization` keeps its scheme: `Bearer ••••••••`.
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


# The end of a secret's name and the closing quote: a cheap first test.
_ENDS: Final = tuple({f'{ending.rpartition("_")[2]}"'.encode() for ending in ENDINGS})
_NORMALIZED: Final = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ-", b"abcdefghijklmnopqrstuvwxyz_"
)  # keeps the length
# A truncated body may end within the string.
_VALUE: Final = re.compile(rb'\s*:\s*(?:"((?:[^"\\]|\\.)*)(?:"|\\?\Z)|(-?\d[\d.eE+-]*)|([\[{]))', re.DOTALL)
_TOKEN: Final = re.compile(rb'([\[{])|[\]}]|"((?:[^"\\]|\\.)*)(?:"|\\?\Z)(\s*:)?', re.DOTALL)
# JSON within a JSON string: the quotes of the name and the value have the same backslashes.
_NESTED: Final = re.compile(rb'(\\+)"([\w.-]{1,100})\1"\s*:\s*\1"')
_MAX_NAME: Final = 100


def _secret_values(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield the positions of secret values in a JSON text, and their replacements."""
    if b'"' not in content:
        return  # no field, as in an empty body
    lowered = content.translate(_NORMALIZED)
    for end in _ENDS:
        at = lowered.find(end)
        while at >= 0:
            after = at + len(end)
            value = _VALUE.match(content, after)
            if value is not None:
                start = content.rfind(b'"', max(after - _MAX_NAME, 0), after - 1)
                if not is_secret_field(content[start + 1 : after - 1].decode("utf-8", "replace")):
                    pass
                elif value[1] is not None:
                    yield (*value.span(1), MASK.encode())
                elif value[2] is not None:
                    yield (*value.span(2), f'"{MASK}"'.encode())
                else:
                    yield from _strings_within(content, value.start(3))
            at = lowered.find(end, after)
    for nested in _nested_secrets(content):
        close = content.find(nested[1] + b'"', nested.end())
        yield nested.end(), close if close >= 0 else len(content), MASK.encode()


def _strings_within(content: bytes, start: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield the positions of the strings in the list or object that starts there, except its names."""
    depth = 0
    for token in _TOKEN.finditer(content, start):
        if token[2] is not None:
            if token[3] is None:
                yield (*token.span(2), MASK.encode())
            continue
        depth += 1 if token[1] else -1
        if not depth:
            return


def _nested_secrets(content: bytes) -> Iterator[re.Match[bytes]]:
    """Yield the starts of secret values in JSON within a JSON string."""
    if b'\\"' in content:
        for nested in _NESTED.finditer(content):
            if is_secret_field(nested[2].decode("utf-8", "replace")):
                yield nested


def mask_json_fields(text: str) -> str:
    """Return the JSON `text` with the strings and numbers of secret fields replaced by dots."""
    return mask_json_bytes(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def has_secret_fields(content: bytes) -> bool:
    """Whether the JSON `content` seems to have secret fields."""
    return next(_secret_values(content), None) is not None


def mask_json_bytes(content: bytes) -> bytes:
    """Like `mask_json_fields`, for bytes; invalid UTF-8 is kept."""
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
    """Mask the secret fields of a multipart body; return any other body unchanged."""
    if b"form-data; name=" not in content:
        return content

    def masked(part: re.Match[bytes]) -> bytes:
        return part[1] + MASK.encode() if is_secret_field(part[2].decode("utf-8", "replace")) else part[0]

    return _PART.sub(masked, content)


def secrets_in(content: bytes) -> list[Secret]:
    """Return the secret values in a JSON text, so that they are masked in answers.

    Keep the list as long as they need to be masked.
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


def sealed_json(content: bytes) -> Any:
    """Parse a JSON text in UTF-8. The strings of secret fields become `Secret`.

    Secrets in JSON within a string become dots.

    Raises:
        ValueError: It is not JSON.
        RecursionError: It is nested too deeply.
    """
    plain: set[str] = set()  # the names so far that are not secret

    def seal(fields: dict[str, Any]) -> dict[str, Any]:
        if not plain.issuperset(fields):
            for name, value in fields.items():
                if not is_secret_field(name):
                    plain.add(name)
                else:
                    fields[name] = _sealed(value)
        return fields

    # Given bytes, json.loads would also read UTF-16, in which no secret is found.
    data = json.loads(content.decode("utf-8-sig", "surrogatepass"), object_hook=seal)
    return data if next(_nested_secrets(content), None) is None else _without_nested(data)


def _sealed(value: Any) -> Any:
    """Return the value of a secret field with its strings as `Secret`."""
    if isinstance(value, str):
        return Secret(value, handed_out=True)
    if isinstance(value, list):
        return [_sealed(item) for item in value]
    return {name: _sealed(item) for name, item in value.items()} if isinstance(value, dict) else value


def _without_nested(data: Any) -> Any:
    """Return parsed JSON with the secrets in JSON within its strings as dots."""
    if isinstance(data, str):
        return mask_json_fields(data)
    if isinstance(data, list):
        return [_without_nested(item) for item in data]
    return {name: _without_nested(value) for name, value in data.items()} if isinstance(data, dict) else data
