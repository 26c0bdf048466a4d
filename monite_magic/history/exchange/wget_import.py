"""wget's commands, read into `Imported`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from monite_magic.core import RequestError
from monite_magic.history.exchange.imported import Imported, shown_text
from monite_magic.history.exchange.marks import python_name
from monite_magic.history.exchange.shell_command import at_line

if TYPE_CHECKING:
    from monite_magic.history.exchange.shell_command import Command

#: Options whose value is the next word, as far as documents of APIs use them.
_WITH_VALUE: Final = frozenset(
    {"method", "header", "body-data", "body-file", "post-data", "post-file", "user", "password", "user-agent",
     "referer", "timeout", "output-document", "output-file", "tries", "directory-prefix", "certificate",
     "ca-certificate", "private-key", "http-user", "http-password", "wait", "load-cookies", "save-cookies",
     "max-redirect", "connect-timeout", "read-timeout", "input-file", "append-output",
     "limit-rate", "execute"}
)  # fmt: skip
_LETTERS: Final = {
    "O": "output-document", "o": "output-file", "a": "append-output", "U": "user-agent", "t": "tries",
    "T": "timeout", "P": "directory-prefix", "i": "input-file", "w": "wait", "e": "execute",
}  # fmt: skip
_FORM_TYPE: Final = "application/x-www-form-urlencoded"


def read_wget(command: Command) -> tuple[list[Imported], list[str]]:
    """Return the requests that a wget command makes, and notes on what of it was left off.

    Raises:
        RequestError: It has no URL.
    """
    notes: list[str] = []
    left_off: list[str] = []
    given: dict[str, str] = {}
    headers: list[tuple[str, str]] = []
    urls: list[str] = []
    rest = [word.text for word in command.words[1:]]
    while rest:
        text = rest.pop(0)
        if not text.startswith("-") or text == "-":
            urls.append(text)
            continue
        name, equals, value = text[2:].partition("=") if text.startswith("--") else (text[1:], "", "")
        if not text.startswith("--"):
            letter = next((letter for letter in name if letter in _LETTERS), None)
            name, value = (_LETTERS[letter], name.partition(letter)[2]) if letter else (name, "")
            equals = value
        if name in _WITH_VALUE and not equals:
            value = rest.pop(0) if rest else ""
        if name == "header":
            header, _, content = value.partition(":")
            headers.append((header.strip(), content.strip()))
        elif name in {
            "method",
            "body-data",
            "post-data",
            "body-file",
            "post-file",
            "user-agent",
            "referer",
            "timeout",
        }:
            given[name] = value
        else:
            left_off.append(shown_text(text.partition("=")[0]))
    if left_off:
        notes.append(
            at_line(command.line, f"Options of wget left off: {', '.join(dict.fromkeys(left_off))}.")
        )
    if not urls:
        raise RequestError(
            f"Line {command.line}: the wget command has no URL.", hint="Copy the whole command."
        )
    return [_request(command, url, given, headers, notes) for url in urls], notes


def _request(
    command: Command, url: str, given: dict[str, str], headers: list[tuple[str, str]], notes: list[str]
) -> Imported:
    posts = "post-data" in given or "post-file" in given
    imported = Imported("GET", None, "/", place=f"Line {command.line}")
    imported.method = given.get("method", "POST" if posts else "GET").upper()
    imported.set_url(url)
    imported.headers = list(headers)
    for name, header in (("user-agent", "User-Agent"), ("referer", "Referer")):
        if given.get(name):
            imported.headers.append((header, given[name]))
    if re.fullmatch(r"\d+(?:\.\d+)?", given.get("timeout", "")) and float(given["timeout"]) > 0:
        imported.timeout = given["timeout"]
    data = given.get("body-data", given.get("post-data"))
    file = given.get("body-file", given.get("post-file"))
    if data is not None:
        kind = imported.header("content-type")
        looks_json = data.lstrip().startswith(("{", "["))
        imported.set_content(data, kind or ("application/json" if looks_json else _FORM_TYPE))
    elif file is not None:
        imported.body_name = python_name(re.split(r"[/\\]", file)[-1].partition(".")[0] or "body")
        notes.append(
            at_line(
                command.line,
                f"The body is the file {shown_text(file)}: set {imported.body_name} to its JSON.",
            )
        )
    return imported
