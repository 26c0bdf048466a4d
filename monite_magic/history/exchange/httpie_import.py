"""HTTPie's commands (`http POST host/path name=value`), read into `Imported`. xh takes the same."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from monite_magic.cell.placeholders import python_name
from monite_magic.core import RequestError
from monite_magic.history.exchange.imported import Imported, percent_encoded, shown_text, with_host
from monite_magic.history.exchange.json_body import problem_of
from monite_magic.history.exchange.marks import names_in, variable
from monite_magic.history.exchange.shell_command import at_line, make_dash_plain

if TYPE_CHECKING:
    from monite_magic.history.exchange.shell_command import Command

_METHOD: Final = re.compile(r"[A-Za-z]+")
#: The separators of request items; where two begin at one place, the longer wins.
_ITEM: Final = re.compile(
    r"(?P<name>(?:\\.|[^\\=:@;])*?)(?P<sign>:=@|==@|=@|:@|:=|==|=|@|:|;)(?P<value>.*)", re.DOTALL
)
_WITH_VALUE: Final = frozenset(
    {"--auth", "--auth-type", "--timeout", "--output", "--session", "--session-read-only",
     "--print", "--style", "--pretty", "--proxy", "--cert", "--cert-key", "--cert-key-pass", "--verify",
     "--raw",
     "--boundary", "--max-redirects", "--max-headers", "--default-scheme", "--ssl", "--ciphers",
     "--response-charset", "--response-mime", "--format-options", "--bearer", "--history-print",
     "--http-version", "--resolve", "--interface", "--unix-socket", "--generate"}
)  # fmt: skip
_LETTERS: Final = {"f": "--form", "j": "--json", "a": "--auth", "A": "--auth-type", "o": "--output",
                   "p": "--print", "P": "--history-print", "s": "--style"}  # fmt: skip
#: The longest list that request items make; an index beyond it is a mistake, or would fill the memory.
_MAX_ITEMS: Final = 10_000
#: A part of a name of nested JSON: a text, the index of a list, or "" for its end.
_Part = str | int


def read_httpie(command: Command) -> tuple[list[Imported], list[str]]:
    """Return the request that a command of HTTPie makes, and notes on what of it was left out.

    Raises:
        RequestError: It has no URL.
    """
    reading = _Reading(command)
    for word in command.words[1:]:
        make_dash_plain(word, reading.notes)
    words = [word.text for word in command.words[1:]]
    while words:
        text = words.pop(0)
        if text.startswith("--") and len(text) > 2:
            flag, equals, value = text.partition("=")
            if flag in _WITH_VALUE and not equals:
                value = words.pop(0) if words else ""
            reading.option(flag, value)
        elif text.startswith("-") and len(text) > 1:
            reading.letters(text[1:], words)
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
        self.auth: str | None = None
        self.auth_type = "basic"
        self.timeout: str | None = None
        self.left_off: list[str] = []
        self.notes: list[str] = []
        self.body: _Node | None = None
        self.pairs: list[tuple[str, str]] = []
        self.query: list[str] = []

    def letters(self, letters: str, rest: list[str]) -> None:
        """Read `-fv` and `-a name:password`: the first letter that takes a value takes what follows."""
        for index, letter in enumerate(letters):
            flag = _LETTERS.get(letter, f"-{letter}")
            if flag in _WITH_VALUE:
                self.option(flag, letters[index + 1 :].removeprefix("=") or (rest.pop(0) if rest else ""))
                return
            self.option(flag, "")

    def option(self, flag: str, value: str) -> None:
        if flag == "--form":
            self.kind = "form"
        elif flag == "--multipart":
            self.kind = "multipart"
        elif flag == "--auth":
            self.auth = value
        elif flag == "--auth-type":
            self.auth_type = value
        elif flag == "--bearer":
            self.auth, self.auth_type = value, "bearer"
        elif flag == "--raw":
            self.raw = value
        elif flag == "--timeout" and re.fullmatch(r"\d+(?:\.\d+)?", value):
            self.timeout = value
        elif flag != "--json":
            self.left_off.append(shown_text(flag))

    def note(self, text: str) -> None:
        self.notes.append(at_line(self.command.line, text))

    def all_notes(self) -> list[str]:
        left_off = f"Options of HTTPie left out: {', '.join(dict.fromkeys(self.left_off))}."
        return [*self.notes, *([at_line(self.command.line, left_off)] if self.left_off else [])]

    def request(self) -> Imported:
        words = list(self.words)
        method = words.pop(0).upper() if len(words) > 1 and _METHOD.fullmatch(words[0]) else None
        if not words:
            raise RequestError(
                f"Line {self.command.line}: the HTTPie command has no URL.", hint="Copy the whole command."
            )
        url = self.url_of(words)
        imported = Imported("GET", None, "/", place=f"Line {self.command.line}", timeout=self.timeout)
        imported.headers = self.headers
        if self.auth is not None:
            imported.headers.append(("Authorization", f"{self.auth_type.capitalize()} {self.auth}"))
        imported.set_url(_with_host(url))
        self.query = [imported.query] if imported.query else []
        for word in words:
            self.item(word, imported)
        imported.query = "&".join(self.query)
        sends = self.body is not None or self.pairs or imported.files or imported.body_name
        raw = self.raw if self.raw is not None else self.command.input
        imported.method = method or ("POST" if sends or raw else "GET")
        if self.kind != "json" or imported.files:
            imported.fields += self.pairs
            imported.is_form = self.kind == "form" and not imported.files
        elif self.body is not None:
            imported.body = self.body.json()
        if raw and not sends:
            imported.set_content(raw, imported.header("content-type"))
        elif raw:
            self.note("The text of the body was left out: HTTPie refuses it next to request items.")
        return imported

    def url_of(self, words: list[str]) -> str:
        """Take the URL off the words; what is before it is the value of an option that is not known."""
        before = 0
        if not re.search("[./:]", words[0]) and not names_in(words[0]):
            before = next((at for at, word in enumerate(words) if re.match("https?://", word)), 0)
        for word in words[:before]:
            self.note(f"{shown_text(word)[:40]} was left out: it is neither an option nor a URL.")
        url = words[before]
        del words[: before + 1]
        return url

    def item(self, word: str, imported: Imported) -> None:
        """Take one request item."""
        match = _ITEM.fullmatch(word)
        if match is None:
            self.note(f"{shown_text(word)[:40]} was left out: it is not a request item.")
            return
        name, sign, value = re.sub(r"\\(.)", r"\1", match["name"]), match["sign"], match["value"]
        if sign == "@" and not name:
            imported.set_body_file(value)
            return
        if sign == "@":
            path, *parameters = re.split(r";(?=(?:type|filename)=)", value)
            given = dict(parameter.split("=", 1) for parameter in parameters)
            imported.add_file(name, path, filename=given.get("filename"), kind=given.get("type"))
            return
        is_json = sign in {":=", ":=@"}
        if sign.endswith("@"):
            held = python_name(name)
            self.note(f"Set {held} to the text of the file {shown_text(value)}.")
            value = variable(held)
        if sign in {"==", "==@"}:
            self.query.append(f"{percent_encoded(name)}={percent_encoded(value)}")
        elif sign == ":" and not value:
            self.note(f"{name}: was left out: it takes a header of HTTPie's own away.")
        elif sign in {":", ":@", ";"}:
            imported.headers.append((name, "" if sign == ";" else value.strip()))
        elif sign == ":=" and problem_of(value):
            self.note(f"{shown_text(word)[:40]} was left out: its value is not JSON.")
        else:
            self.pairs.append((name, value))
            self.add_to_body(match["name"], value if is_json else json.dumps(value, ensure_ascii=False), word)

    def add_to_body(self, written: str, value: str, word: str) -> None:
        parts = _parts_of(written)
        root = self.body or _Node(is_list=written.startswith("[") and _is_in_list(parts[0]))
        if root.set(parts, value):
            self.body = root
        else:
            self.note(f"{shown_text(word)[:40]} was left out: it doesn't fit the items before it.")


class _Node:
    """An object or a list that request items make.

    Attributes:
        is_list: Whether it is a list.
        content: Name or index -> the node there, or its JSON text.
    """

    def __init__(self, *, is_list: bool) -> None:
        self.is_list = is_list
        self.content: dict[_Part, _Node | str] = {}

    def set(self, parts: list[_Part], value: str) -> bool:
        """Set the value at the place that `parts` name; return whether there is such a place."""
        key, *rest = parts
        if not self.is_list:
            key = str(key)
        elif key == "":
            key = self.length()
        elif isinstance(key, str) or key >= _MAX_ITEMS:
            return False
        new: _Node | str = value
        if rest:
            inner = self.content.get(key, "null")
            new = _Node(is_list=_is_in_list(rest[0])) if inner == "null" else inner
            if isinstance(new, str) or not new.set(rest, value):
                return False
        self.content[key] = new
        return True

    def length(self) -> int:
        """Return how long a list is; what was not set in it is null."""
        return max((key for key in self.content if isinstance(key, int)), default=-1) + 1

    def json(self) -> str:
        if self.is_list:
            return f"[{', '.join(_written(self.content.get(at, 'null')) for at in range(self.length()))}]"
        members = (
            f"{json.dumps(name, ensure_ascii=False)}: {_written(value)}"
            for name, value in self.content.items()
        )
        return f"{{{', '.join(members)}}}"


def _is_in_list(part: _Part) -> bool:
    return part == "" or isinstance(part, int)


def _written(value: _Node | str) -> str:
    return value.json() if isinstance(value, _Node) else value


def _parts_of(written: str) -> list[_Part]:
    r"""Return the parts of a name: `a[b][0][]` has "a", "b", 0 and ""; a backslash means nothing itself."""
    match = re.fullmatch(r"((?:\\.|[^\\\[\]])*)((?:\[(?:\\.|[^\\\[\]])*\])*)", written, re.DOTALL)
    if match is None:
        return [re.sub(r"\\(.)", r"\1", written)]
    inside: list[str] = re.findall(r"\[((?:\\.|[^\\\[\]])*)\]", match[2])
    parts: list[_Part] = [
        _index(part) if part.isdecimal() else re.sub(r"\\(.)", r"\1", part) for part in inside
    ]
    root = re.sub(r"\\(.)", r"\1", match[1])
    return [root, *parts] if root or not parts else parts


def _index(digits: str) -> int:
    return int(digits) if len(digits) <= len(str(_MAX_ITEMS)) else _MAX_ITEMS


def _with_host(url: str) -> str:
    """Return a URL with the host that HTTPie adds: `:8000/x` and `:/x` are at localhost."""
    if re.match(r":\d", url):
        return f"localhost{url}"
    return f"localhost{url[1:]}" if url.startswith(":/") else with_host(url)
