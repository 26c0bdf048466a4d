"""curl's commands, as documentation prints them and browsers copy them, read into `Imported`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from monite_magic.cell.placeholders import python_name
from monite_magic.core import RequestError
from monite_magic.core.clean_text import clean
from monite_magic.history.exchange.curl_options import LETTERS, TAKES_VALUE, long_name
from monite_magic.history.exchange.imported import FORM_TYPE, Imported, percent_encoded, shown_text, with_host
from monite_magic.history.exchange.json_body import is_json_like
from monite_magic.history.exchange.marks import sole_variable, variable
from monite_magic.history.exchange.shell_command import at_line, make_dash_plain, placed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monite_magic.history.exchange.shell_command import Command, Word

_DATA: Final = frozenset({"data", "data-raw", "data-binary", "data-ascii", "data-urlencode", "json"})
_URL_LIKE: Final = re.compile(r"(?!@|//)(?:\S*[./:]\S*|localhost)", re.DOTALL)
_GLOB: Final = re.compile(r"\{[^{}]*,[^{}]*\}|\[(?:\d+-\d+|[a-zA-Z]-[a-zA-Z])(?::\d+)?\]")
_UNTIL_SEMICOLON: Final = re.compile(r'"(?P<quoted>(?:[^"\\]|\\.)*)"[^;]*|(?P<plain>[^;]*)', re.DOTALL)


def read_curl_command(command: Command) -> tuple[list[Imported], list[str]]:
    """Return the requests that a curl command makes, and notes on what of it was left out.

    Args:
        command: The command, its first word curl.

    Raises:
        RequestError: It has no URL, or asks for what a cell can't do.
    """
    requests: list[Imported] = []
    notes: list[str] = []
    for part in _parts(command.words[1:]):
        reading = _Reading(command.line, command.input)
        for option in _options(part, reading):
            reading.take(*option)
        requests += reading.requests()
        notes += reading.all_notes()
    return requests, notes


def _parts(words: list[Word]) -> Iterator[list[Word]]:
    """Yield the words between `--next`; each part is one command."""
    part: list[Word] = []
    for word in words:
        if word.text in {"--next", "-:"}:
            yield part
            part = []
        else:
            part.append(word)
    yield part


def _options(words: list[Word], reading: _Reading) -> Iterator[tuple[str, str, str, int]]:
    """Yield name, value, spelling and line of each option; a word that is not an option is a `url`."""
    rest = list(words)
    only_urls = False
    while rest:
        word = rest.pop(0)
        make_dash_plain(word, reading.notes)
        text = word.text
        if only_urls or len(text) < 2 or text[0] != "-":
            yield "url", text, text, word.line
        elif text == "--":
            only_urls = True
        elif text.startswith("--"):
            written, equals, value = text[2:].partition("=")
            name = long_name(written)
            if name is None:
                _skip_unknown(word, rest, reading)
            elif not TAKES_VALUE.get(name, False):
                yield name, "", f"--{written}", word.line
            elif equals or rest:
                yield name, value if equals else rest.pop(0).text, f"--{written}", word.line
            else:
                reading.note(word.line, f"{text} was left out: its value is missing.")
        else:
            yield from _short_options(word, rest, reading)


def _short_options(word: Word, rest: list[Word], reading: _Reading) -> Iterator[tuple[str, str, str, int]]:
    """Read `-sSLX POST` and `-XPOST`: the first letter that takes a value takes what follows."""
    letters = word.text[1:]
    for index, letter in enumerate(letters):
        name = LETTERS.get(letter)
        if name is None:
            reading.note(
                word.line, f"-{shown_text(letters[index:])[:20]} was left out: curl has no such option."
            )
            return
        if TAKES_VALUE[name]:
            if value := letters[index + 1 :]:
                yield name, value, f"-{letter}", word.line
            elif rest:
                yield name, rest.pop(0).text, f"-{letter}", word.line
            else:
                reading.note(word.line, f"-{letter} was left out: its value is missing.")
            return
        yield name, "", f"-{letter}", word.line


def _skip_unknown(word: Word, rest: list[Word], reading: _Reading) -> None:
    """Leave off an option that curl does not have, with what can only be its value."""
    shown = shown_text(word.text)[:40]
    if rest and "=" not in word.text and rest[0].text[:1] != "-" and not _URL_LIKE.fullmatch(rest[0].text):
        rest.pop(0)
        shown += " with its value"
    reading.note(word.line, f"{shown} was left out: curl has no such option.")


@dataclass(slots=True)
class _Reading:
    """What the options of one part of the command have said so far."""

    line: int
    input: str | None
    method: str | None = None
    urls: list[tuple[str, int]] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    url_query: list[str] = field(default_factory=list)
    form: list[tuple[str, str, int]] = field(default_factory=list)
    body_file: tuple[str, str | None, int] | None = None
    upload: tuple[str, int] | None = None
    is_json: bool = False
    config: str | None = None
    timeout: str | None = None
    switches: set[str] = field(default_factory=set)
    left_off: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, line: int, text: str) -> None:
        self.notes.append(at_line(line, text))

    def all_notes(self) -> list[str]:
        """Return the notes, and the options that change nothing of what is sent, by name."""
        if not self.left_off:
            return self.notes
        names = ", ".join(dict.fromkeys(self.left_off))
        return [*self.notes, at_line(self.line, f"Options of curl left out: {names}.")]

    def take(self, name: str, value: str, written: str, line: int) -> None:
        """Take one option."""
        if name == "url":
            self.urls.append((value, line))
        elif name == "request":
            self.method = value.upper()
        elif name == "header":
            self.take_header(value, line)
        elif name in _DATA:
            self.take_data(name, value, line)
        elif name in {"form", "form-string"}:
            self.form.append((name, value, line))
        elif name == "url-query":
            self.url_query.append(value[1:] if value.startswith("+") else self.urlencoded(value, line))
        elif name in {"get", "head", "path-as-is", "globoff", "form-escape"}:
            self.switches.add(name)
        elif name in {"user", "oauth2-bearer"}:
            self.headers.append(("Authorization", f"{'Basic' if name == 'user' else 'Bearer'} {value}"))
        elif name in {"user-agent", "referer"}:
            value = value.removesuffix(";auto") if name == "referer" else value
            self.set_header({"user-agent": "User-Agent", "referer": "Referer"}[name], value)
        elif name == "cookie":
            self.headers.append(("Cookie", value))
        elif name == "upload-file":
            self.upload = (value, line)
        elif name == "max-time" and re.fullmatch(r"\d+(?:\.\d+)?", value) and float(value) > 0:
            self.timeout = value
        elif name == "config":
            self.config = "the text it is given" if value == "-" else f"the file {shown_text(value)}"
            self.note(line, f"The options in {self.config} are not known.")
        else:
            self.left_off.append(written)

    def set_header(self, name: str, value: str) -> None:
        if value:
            self.headers.append((name, value))

    def take_header(self, text: str, line: int) -> None:
        if text == "@-" and self.input is not None:
            for header in filter(str.strip, self.input.split("\n")):
                self.take_header(header, line)
            return
        if text.startswith("@"):
            self.note(line, f"The headers in the file {text[1:]} are not known.")
            return
        name, colon, value = text.partition(":")
        if colon and value.strip():
            self.headers.append((name.strip(), value.strip()))
        elif not colon and text.endswith(";"):
            self.headers.append((text[:-1].strip(), ""))
        elif colon:
            self.note(line, f"-H '{shown_text(name)}:' was left out: it takes a header of curl's own away.")
        else:
            self.note(line, f"The header {shown_text(text)[:40]} was left out: it has no colon.")

    def take_data(self, name: str, value: str, line: int) -> None:
        self.is_json |= name == "json"
        if name == "data-urlencode":
            self.data.append(self.urlencoded(value, line))
        elif not value.startswith("@") or name == "data-raw":
            self.data.append(value)
        elif value[1:] == "-" and self.input is not None:
            text = self.input
            self.data.append(text if name in {"data-binary", "json"} else re.sub(r"[\r\n]", "", text))
        elif value[1:] == "-":
            self.body_file = ("what is piped into curl", "body", line)
        else:
            self.body_file = (value[1:], None, line)

    def urlencoded(self, value: str, line: int) -> str:
        """Return what `--data-urlencode` makes of its value: `text`, `=text`, `name=text`, `name@file`."""
        at = re.search("[=@]", value)
        if at and at[0] == "@":
            name, file = value[: at.start()], value[at.end() :]
            if file == "-" and self.input is not None:
                return self.pair(name, self.input)
            held = python_name(name or "value")
            self.note(line, f"Set {held} to the text of the file {shown_text(file)}.")
            return f"{name}={variable(held)}" if name else variable(held)
        if at:
            return self.pair(value[: at.start()], value[at.end() :])
        return percent_encoded(value)

    @staticmethod
    def pair(name: str, text: str) -> str:
        return f"{name}={percent_encoded(text)}" if name else percent_encoded(text)

    # -- what it makes --------------------------------------------------------------------------------------

    def requests(self) -> list[Imported]:
        """Return a request for each URL."""
        urls = self.real_urls()
        if not urls and self.config:
            raise RequestError(
                f"Line {self.line}: the URL of the curl command is in {self.config}, which isn't read.",
                hint="Write its options in the command.",
            )
        if not urls:
            raise RequestError(
                f"Line {self.line}: the curl command has no URL.", hint="Copy the whole command."
            )
        requests: list[Imported] = []
        problems: list[RequestError] = []
        for url, line in urls:
            try:
                requests.append(self.request(url, line))
            except RequestError as error:
                problems.append(placed(error, line))
        if not requests:
            raise problems[0]
        self.notes += [f"{problem} It was not imported." for problem in problems]
        return requests

    def real_urls(self) -> list[tuple[str, int]]:
        """Return the URLs without words that can't be one, when there is another."""
        if len(self.urls) < 2:
            return self.urls
        good = [(url, line) for url, line in self.urls if _URL_LIKE.fullmatch(url) and not sole_variable(url)]
        if not good:
            good = self.urls[:1]
        others: dict[int, list[str]] = {}
        for url, line in self.urls:
            if (url, line) not in good:
                others.setdefault(line, []).append(clean(shown_text(url)).strip()[:40] or "An empty word")
        for line, words in others.items():
            self.note(line, f"{' '.join(words)} was left out: it is neither an option nor a URL.")
        return good

    def request(self, url: str, line: int) -> Imported:
        glob = None if "globoff" in self.switches else _GLOB.search(re.sub(r"\{\{[^{}]*\}\}", "", url))
        if glob:
            raise RequestError(
                f"Line {line}: curl makes several calls of {glob[0]}.", hint="Write one of them, or add -g."
            )
        data = "&".join(self.data) if self.data and not self.is_json else "".join(self.data)
        imported = Imported("GET", None, "/", place=f"Line {line}", timeout=self.timeout)
        imported.set_url(with_host(url))
        if "path-as-is" not in self.switches:
            imported.path = _without_dots(imported.path)
        self.set_method(imported)
        imported.headers = list(self.headers)
        if self.upload:
            self.set_upload(imported, *self.upload)
        query = [imported.query, *self.url_query]
        if "get" in self.switches and self.data:
            if self.url_query:
                imported.note("--url-query was left out, as curl does where -G stands next to it.")
            query = [imported.query, data]
        elif self.form:
            self.set_form(imported)
            if self.data or self.body_file:
                imported.note("The data of -d was left out: curl refuses it next to -F.")
        elif self.body_file:
            path, name, at = self.body_file
            imported.set_body_file(path, name=name, line=at)
            if self.data:
                imported.note("The other parts of the body were left out, as one of them is in a file.")
        elif self.data:
            self.set_body(imported, data)
        imported.query = "&".join(part for part in query if part)
        return imported

    def set_method(self, imported: Imported) -> None:
        sends = bool(self.data or self.form or self.body_file) and "get" not in self.switches
        natural = "PUT" if self.upload else "POST" if sends else "GET"
        imported.method = self.method or ("HEAD" if "head" in self.switches else natural)

    def set_body(self, imported: Imported, data: str) -> None:
        kind = imported.header("content-type")
        if kind is None and self.is_json:
            kind = "application/json"
        elif kind is None and is_json_like(data):
            imported.note(
                "curl sends this JSON as a form, as it has no Content-Type; the cell sends it as JSON."
            )
            kind = "application/json"
        imported.set_content(data, kind or FORM_TYPE)

    def set_upload(self, imported: Imported, path: str, line: int) -> None:
        """Take `-T FILE`: JSON is a body; a URL that ends with a slash gets the file's name."""
        kind = imported.header("content-type") or ""
        own = re.split(r"[/\\]", path)[-1]
        if imported.path.endswith("/") and path != "-":
            imported.path += percent_encoded(own)
        if path == "-" and self.input is not None:
            imported.set_content(self.input, kind or None)
        elif path.endswith(".json") or "json" in kind:
            imported.set_body_file(path, line=line)
        else:
            self.note(
                line, f"The file {shown_text(path)} was left out: a cell sends files with --file FIELD=PATH."
            )

    def set_form(self, imported: Imported) -> None:
        for name, text, line in self.form:
            field_name, equals, value = text.partition("=")
            if not equals:
                self.note(line, f"{shown_text(text)[:40]} was left out: a form's field is NAME=VALUE.")
            elif name == "form-string":
                imported.fields.append((field_name, value))
            else:
                self.take_form(imported, field_name, value, line)

    def take_form(self, imported: Imported, name: str, text: str, line: int) -> None:
        """Take `-F name=text`, `name=@file;type=…;filename=…` or `name=<file`."""
        sign = text[:1] if text[:1] in {"@", "<"} else ""
        if text.startswith("("):
            self.note(line, f"The parts within the field {name} were left out: a cell can't send them.")
            return
        value, parameters = self.form_parameters(text[len(sign) :], line)
        if sign == "<":
            held = python_name(name)
            self.note(line, f"Set {held} to the text of the file {shown_text(value)}.")
            imported.fields.append((name, variable(held)))
        elif sign and value == "-":
            held = python_name(f"{name}_path")
            self.note(line, f"The file of {name} is what is piped into curl: set {held} to a file's path.")
            imported.files.append((name, variable(held)))
        elif sign:
            for path in value.split(",") if "," in value and '"' not in text else [value]:
                imported.add_file(
                    name, path, filename=parameters.get("filename"), kind=parameters.get("type")
                )
        else:
            if "type" in parameters:
                self.note(line, f"The field {name} loses its type {parameters['type']}: a cell sends text.")
            imported.fields.append((name, value))

    def form_parameters(self, text: str, line: int) -> tuple[str, dict[str, str]]:
        """Split `-F`'s text at its semicolons, as curl does."""
        texts: list[str] = []
        position = 0
        while position <= len(text):
            while position < len(text) and text[position] in " \t":
                position += 1
            match = _UNTIL_SEMICOLON.match(text, position)
            if match is None:
                break
            quoted = match["quoted"]
            plain = (match["plain"] or "").rstrip(" \t") if ";" in text[match.end() :][:1] else match["plain"]
            texts.append(plain or "" if quoted is None else re.sub(r'\\([\\"])', r"\1", quoted))
            position = match.end() + 1
        parameters: dict[str, str] = {}
        for extra in texts[1:]:
            name, equals, value = extra.partition("=")
            if equals and name in {"type", "filename"}:
                parameters[name] = value.strip('"')
            elif extra:
                self.note(line, f";{shown_text(extra)[:40]} was left out the form's field.")
        return texts[0] if texts else "", parameters


def _without_dots(path: str) -> str:
    """Return a path without its `.` and `..` segments, as curl sends it (RFC 3986, 5.2.4)."""
    if "/." not in path and "/%2e" not in path.lower():
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        plain = re.sub("%2e", ".", segment, flags=re.IGNORECASE)
        if plain == ".." and kept:
            kept.pop()
        elif plain not in {".", ".."}:
            kept.append(segment)
    if re.sub("%2e", ".", segments[-1], flags=re.IGNORECASE) in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)
