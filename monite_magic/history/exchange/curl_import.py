"""A curl command, as documentation prints it and browsers copy it, read into `Imported`."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote

from monite_magic.cell import escape_braces_in_json
from monite_magic.core import RequestError
from monite_magic.history.exchange.imported import Imported, literal_pairs, literal_url, split_url

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORT: Final = {
    "X": "request", "H": "header", "d": "data", "F": "form", "u": "user", "A": "user-agent", "e": "referer",
    "b": "cookie", "o": "output", "m": "max-time", "x": "proxy", "G": "get", "I": "head", "T": "upload-file",
    "w": "write-out", "c": "cookie-jar", "D": "dump-header", "E": "cert", "K": "config", "r": "range",
    "U": "proxy-user",
}  # fmt: skip
#: Options that take a value, which we have no use for.
_IGNORED_WITH_VALUE: Final = frozenset(
    {
        "user-agent",
        "referer",
        "output",
        "max-time",
        "proxy",
        "write-out",
        "cookie-jar",
        "dump-header",
        "cacert",
    }
    | {
        "connect-timeout",
        "retry",
        "retry-delay",
        "retry-max-time",
        "resolve",
        "limit-rate",
        "interface",
        "cookie",
    }
    | {
        "cert",
        "key",
        "capath",
        "config",
        "range",
        "proxy-user",
        "max-redirs",
        "tls-max",
        "ciphers",
        "dns-servers",
    }
    | {
        "continue-at",
        "speed-limit",
        "speed-time",
        "time-cond",
        "quote",
        "ftp-port",
        "unix-socket",
        "connect-to",
    }
)
_WITH_VALUE: Final = (
    frozenset(
        {
            "request",
            "header",
            "data",
            "data-raw",
            "data-binary",
            "data-ascii",
            "data-urlencode",
            "json",
            "form",
        }
        | {"form-string", "user", "url", "upload-file", "oauth2-bearer"}
    )
    | _IGNORED_WITH_VALUE
)
# Other quoted text comes first, so that a `$'` inside it opens nothing.
_ANSI_STRING: Final = re.compile(
    r"""'[^']*' | "(?:[^"\\]|\\.)*" | \\. | \$'(?P<ansi>(?:[^'\\]|\\.)*)'""", re.DOTALL | re.VERBOSE
)
# What ends the command in a shell. Quoted text and stand-ins such as `<id>` come first: nothing ends there.
_SHELL_OPERATOR: Final = re.compile(
    r"""'[^']*' | "(?:[^"\\]|\\.)*" | \\. | <[\w-]+>
        | (?P<operator>\|\|? | ; | && | (?:(?<!\S)[\d&])?>)""",
    re.DOTALL | re.VERBOSE,
)
_ANSI_ESCAPES: Final = re.compile(
    r"\\(?:u([0-9a-fA-F]{1,4})|x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))", re.DOTALL
)
_ANSI_LETTERS: Final = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "e": "\x1b",
}


def read_curl(command: str) -> Imported:
    r"""Return the request that a curl command makes.

    Args:
        command: The command, with `\` at the ends of lines or without.

    Raises:
        RequestError: It is no curl command, or does what a cell can't.
    """
    words, operator = _words(command)
    if not words or words[0] not in {"curl", "curl.exe"}:
        raise RequestError("This is no curl command.", hint="It begins with the word curl.")
    reading = _Reading()
    for name, value in _options(words[1:]):
        reading.take(name, value)
    imported = reading.request()
    if operator:
        imported.notes.append(
            f"What stood from {operator} on was left off: it is for the shell, not for curl."
        )
    return imported


def _words(command: str) -> tuple[list[str], str | None]:
    """Return the words of the command, and the operator of the shell that ends it."""
    text = re.sub(r"\s*[\\^]\r?\n\s*", " ", command.strip()).removeprefix("$ ")
    text = _ANSI_STRING.sub(_plain, text)
    found = (match for match in _SHELL_OPERATOR.finditer(text) if match["operator"])
    end = next(found, None)
    if end is not None:
        text = text[: end.start()]
    try:
        return shlex.split(text), end["operator"] if end else None
    except ValueError:
        raise RequestError(
            "A quote in the curl command is not closed.", hint="Copy the whole command."
        ) from None


def _plain(match: re.Match[str]) -> str:
    """Write `$'…'`, which shlex does not know, as it does; other quoted text stays as it is."""
    ansi = match["ansi"]
    return match[0] if ansi is None else shlex.quote(_ANSI_ESCAPES.sub(_unescape, ansi))


def _unescape(match: re.Match[str]) -> str:
    hexadecimal, octal, letter = match[1] or match[2], match[3], match[4]
    if hexadecimal:
        return chr(int(hexadecimal, 16))
    return chr(int(octal, 8)) if octal else _ANSI_LETTERS.get(letter, letter)


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield name and value of each option; a word that is none is a `url`."""
    rest = iter(words)
    for word in rest:
        if word.startswith("--") and len(word) > 2:
            name, _, value = word[2:].partition("=") if "=" in word else (word[2:], "", "")
            yield name, (next(rest, "") if name in _WITH_VALUE and "=" not in word else value)
        elif word.startswith("-") and len(word) > 1:
            yield from _short_options(word[1:], rest)
        else:
            yield "url", word


def _short_options(letters: str, rest: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Read `-sSLX POST` and `-XPOST`: the first letter that takes a value takes what follows."""
    for index, letter in enumerate(letters):
        name = _SHORT.get(letter, letter)
        if name in _WITH_VALUE:
            yield name, letters[index + 1 :] or next(rest, "")
            return
        yield name, ""


class _Reading:
    """What the options have said so far."""

    def __init__(self) -> None:
        self.method: str | None = None
        self.url: str | None = None
        self.headers: list[tuple[str, str]] = []
        self.data: list[str] = []
        self.fields: list[tuple[str, str]] = []
        self.files: list[tuple[str, str]] = []
        self.data_in_query = False

    def take(self, name: str, value: str) -> None:
        if name == "request":
            self.method = value.upper()
        elif name == "head":
            self.method = "HEAD"
        elif name == "url":
            self.take_url(value)
        elif name == "header":
            header, _, text = value.partition(":")
            self.headers.append((header.strip(), text.strip()))
        elif name == "get":
            self.data_in_query = True
        elif name in {"data", "data-raw", "data-binary", "data-ascii", "data-urlencode", "json"}:
            self.take_data(name, value)
        elif name in {"form", "form-string"}:
            self.take_form(name, value)
        elif name in {"user", "oauth2-bearer"}:
            self.headers.append(("Authorization", value))
        elif name == "upload-file":
            raise RequestError(
                "A cell can't upload a bare file.", hint="The API takes files as -F FIELD=@PATH."
            )

    def take_url(self, value: str) -> None:
        if self.url is not None:
            raise RequestError("The curl command has two URLs.", hint="Import one call at a time.")
        self.url = value

    def take_data(self, name: str, value: str) -> None:
        if value.startswith("@") and name != "data-raw":
            hint = "Read it in Python and give the object with --body."
            raise RequestError(f"The body stands in the file {value[1:40]}.", hint=hint)
        if name == "data-urlencode":
            field, equals, text = value.partition("=")
            value = f"{field}{equals}{quote(text)}" if equals else quote(value)
        self.data.append(value)

    def take_form(self, name: str, value: str) -> None:
        field, _, text = value.partition("=")
        if name == "form" and text.startswith(("@", "<")):
            path = re.sub(r";(type|filename)=.*", "", text[1:], flags=re.DOTALL)
            self.files.append((field, path.strip('"')))
        else:
            self.fields.append((field, text))

    def is_form(self, data: str) -> bool:
        """Whether the body is a form, which is what curl says it is unless it is told otherwise."""
        content_type = next((value for name, value in self.headers if name.lower() == "content-type"), None)
        if content_type is None:
            return not data.lstrip().startswith(("{", "["))
        return content_type.startswith("application/x-www-form-urlencoded")

    def request(self) -> Imported:
        if self.url is None:
            raise RequestError("The curl command has no URL.", hint="Copy the whole command.")
        base, path, query = split_url(literal_url(self.url))
        data = "&".join(self.data) if self.data else None
        if self.data_in_query and data is not None:
            query, data = "&".join(part for part in (query, literal_url(data)) if part), None
        has_body = data is not None or self.files or self.fields
        if data is not None and self.is_form(data):
            self.fields += parse_qsl(data, keep_blank_values=True)
            data = None
        return Imported(
            method=self.method or ("POST" if has_body else "GET"),
            base_url=base,
            path=path,
            query=query,
            headers=literal_pairs(self.headers),
            body=None if data is None else escape_braces_in_json(data),
            files=literal_pairs(self.files),
            fields=literal_pairs(self.fields),
        )
