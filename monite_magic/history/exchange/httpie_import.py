"""HTTPie's commands (`http POST host/path name=value`), read into `Imported`. xh takes the same."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from monite_magic.core import RequestError
from monite_magic.history.exchange.imported import Imported, shown_text
from monite_magic.history.exchange.json_body import problem_of
from monite_magic.history.exchange.marks import map_literal, python_name, variable
from monite_magic.history.exchange.shell_command import at_line

if TYPE_CHECKING:
    from monite_magic.history.exchange.shell_command import Command

_METHOD: Final = re.compile(r"[A-Za-z]+")
#: The separators of request items; where two begin at one place, the longer wins.
_ITEM: Final = re.compile(
    r"(?P<name>(?:\\.|[^\\=:@;])*?)(?P<sign>:=@|=@|:=|==|=|@|:|;)(?P<value>.*)", re.DOTALL
)
_WITH_VALUE: Final = frozenset(
    {"--auth", "-a", "--auth-type", "-A", "--timeout", "--output", "-o", "--session", "--session-read-only",
     "--print", "-p", "--style", "-s", "--pretty", "--proxy", "--cert", "--cert-key", "--verify", "--raw",
     "--boundary", "--max-redirects", "--max-headers", "--default-scheme", "--ssl", "--ciphers",
     "--response-charset", "--response-mime", "--format-options", "--bearer"}
)  # fmt: skip


def read_httpie(command: Command) -> tuple[list[Imported], list[str]]:
    """Return the request that a command of HTTPie makes, and notes on what of it was left off.

    Raises:
        RequestError: It has no URL.
    """
    reading = _Reading(command)
    words = [word.text for word in command.words[1:]]
    while words:
        text = words.pop(0)
        if text.startswith("-") and len(text) > 1:
            flag, equals, value = text.partition("=")
            if flag in _WITH_VALUE and not equals:
                value = words.pop(0) if words else ""
            reading.option(flag, value)
        else:
            reading.words.append(text)
    return [reading.request()], reading.all_notes()


class _Reading:
    """What the words of one command have said so far."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.words: list[str] = []
        self.headers: list[tuple[str, str]] = []
        self.kind = "json"
        self.raw: str | None = None
        self.timeout: str | None = None
        self.left_off: list[str] = []
        self.notes: list[str] = []

    def option(self, flag: str, value: str) -> None:
        if flag in {"--form", "-f"}:
            self.kind = "form"
        elif flag == "--multipart":
            self.kind = "multipart"
        elif flag in {"--auth", "-a", "--bearer"}:
            self.headers.append(("Authorization", value))
        elif flag == "--raw":
            self.raw = value
        elif flag == "--timeout" and re.fullmatch(r"\d+(?:\.\d+)?", value):
            self.timeout = value
        elif flag not in {"--json", "-j"}:
            self.left_off.append(shown_text(flag))

    def note(self, text: str) -> None:
        self.notes.append(at_line(self.command.line, text))

    def all_notes(self) -> list[str]:
        left_off = f"Options of HTTPie left off: {', '.join(dict.fromkeys(self.left_off))}."
        return [*self.notes, *([at_line(self.command.line, left_off)] if self.left_off else [])]

    def request(self) -> Imported:
        words = list(self.words)
        method = words.pop(0).upper() if len(words) > 1 and _METHOD.fullmatch(words[0]) else None
        if not words:
            raise RequestError(
                f"Line {self.command.line}: the HTTPie command has no URL.", hint="Copy the whole command."
            )
        url = words.pop(0)
        imported = Imported("GET", None, "/", place=f"Line {self.command.line}", timeout=self.timeout)
        imported.headers = self.headers
        imported.set_url(_with_host(url))
        body: dict[str, Any] = {}
        query = [imported.query] if imported.query else []
        pairs: list[tuple[str, str]] = []
        for word in words:
            self.item(word, imported, body, query, pairs)
        imported.query = "&".join(query)
        sends = bool(body or pairs or imported.files or self.raw is not None or self.command.input)
        imported.method = method or ("POST" if sends else "GET")
        raw = self.raw if self.raw is not None else self.command.input
        if body or pairs or imported.files:
            self.set_items(imported, body, pairs)
        elif raw:
            looks_json = raw.lstrip().startswith(("{", "["))
            imported.set_content(
                raw, imported.header("content-type") or ("application/json" if looks_json else None)
            )
        return imported

    def item(
        self,
        word: str,
        imported: Imported,
        body: dict[str, Any],
        query: list[str],
        pairs: list[tuple[str, str]],
    ) -> None:
        match = _ITEM.fullmatch(word)
        if match is None:
            self.note(f"{shown_text(word)[:40]} was left off: it is not a request item.")
            return
        name, sign, value = re.sub(r"\\(.)", r"\1", match["name"]), match["sign"], match["value"]
        if sign == "==":
            encoded = map_literal(value, lambda text: quote(text, safe=""))
            query.append(f"{map_literal(name, lambda text: quote(text, safe=''))}={encoded}")
        elif sign == ":":
            imported.headers.append((name, value)) if value else self.note(
                f"The header {name}: was left off."
            )
        elif sign == ";":
            imported.headers.append((name, ""))
        elif sign == "@":
            path, _, kind = value.partition(";type=")
            imported.add_file(name, path, kind=kind or None)
        elif sign in {"=@", ":=@"}:
            held = python_name(name)
            self.note(f"Set {held} to the text of the file {shown_text(value)}.")
            body[name] = variable(held)
            pairs.append((name, variable(held)))
        elif sign == ":=":
            if problem_of(value):
                self.note(f"{shown_text(word)[:40]} was left off: its value is not JSON.")
            else:
                body[name] = _Json(value)
                pairs.append((name, value))
        else:
            body[name] = value
            pairs.append((name, value))

    def set_items(self, imported: Imported, body: dict[str, Any], pairs: list[tuple[str, str]]) -> None:
        if self.kind == "json" and not imported.files:
            if any(re.search(r"\[.*\]", name) for name in body):
                self.note("Names with [ ] were kept: HTTPie makes nested objects of them.")
            items = ", ".join(
                f"{json.dumps(name, ensure_ascii=False)}: {_dumped(value)}" for name, value in body.items()
            )
            imported.body = f"{{{items}}}"
        else:
            imported.fields += pairs
            imported.is_form = self.kind == "form" and not imported.files


class _Json(str):
    """A value that is JSON already."""

    __slots__ = ()


def _dumped(value: str) -> str:
    return str(value) if isinstance(value, _Json) else json.dumps(value, ensure_ascii=False)


def _with_host(url: str) -> str:
    """Return a URL with the host that HTTPie adds: `:8000/x` and `/x` are at localhost."""
    if re.match(r":\d", url):
        return f"localhost{url}"
    return f"localhost{url[1:]}" if url.startswith(":/") else url
