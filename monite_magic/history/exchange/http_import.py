"""A .http file, read as VS Code's REST Client, JetBrains' HTTP Client and httpYac read it.

See the README of the REST Client (github.com/Huachao/vscode-restclient), JetBrains' "Exploring the HTTP
request syntax" and httpyac.github.io. Where they differ, what fits the file is taken.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import RequestError, is_secret_field
from monite_magic.core.loopback import is_loopback
from monite_magic.history.exchange.imported import FORM_TYPE, Imported, percent_encoded
from monite_magic.history.exchange.json_body import is_json_like
from monite_magic.history.exchange.marks import names_in, variable, whole_json
from monite_magic.history.exchange.shell_command import at_line
from monite_magic.history.exchange.shell_text import is_shell_text, read_shell_text

if TYPE_CHECKING:
    from pathlib import Path

_SEPARATOR: Final = re.compile(r"#{3,}(.*)")
_SETTING: Final = re.compile(r"@(\w[\w.-]*)\s*:?=\s*(.*)")
_METHOD: Final = re.compile(
    r"(GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS|CONNECT|TRACE|LOCK|UNLOCK|PROPFIND|PROPPATCH|COPY|MOVE|MKCOL"
    r"|MKCALENDAR|ACL|SEARCH|GRAPHQL|GRPC|WEBSOCKET|WSS?|SSE|RSOCKET|MQTT|AMQP|QUERY)\s+(\S.*)",
    re.IGNORECASE,
)
#: A line that can only begin another call; what is above it needs no line of `###`.
_NEXT_CALL: Final = re.compile(r"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)[ \t]+(?:https?://|/|\{\{)")
#: A body of this type may hold such lines itself.
_HOLDS_LINES: Final = re.compile(r"content-type[ \t]*:(?!.*json)", re.IGNORECASE)
#: A line between the headers with which a body of JSON begins, without the empty line above it.
_BEGINS_JSON: Final = re.compile(r"\s*(?:\{(?!\{)|\[\s*(?:[\[{\"\d\]]|$))")
_WORD_BEFORE_URL: Final = re.compile(r"([A-Za-z]+)\s+((?:https?:|/|\{\{).*)")
_VERSION: Final = re.compile(r"\s+HTTP/[\d.]+(?:\s+\([^)]*\))?$", re.IGNORECASE)
_HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*(.*)")
_COMMENT: Final = re.compile(r"\s*(?:#|//)")
_GOES_ON: Final = re.compile(r"\s*[?&]|\s+/(?!/)|\s+[^\s:]+$")
_BODY_FILE: Final = re.compile(r"<(@?\w*)\s+(\S.*?)\s*")
_VARIABLE: Final = re.compile(r"\{\{\s*(\$(?:processEnv|dotenv)\s+%?)?([^{}\n]*?)\s*\}\}")
_DIRECTIVE: Final = re.compile(r"\s*(?:#|//)\s*@(\S+)")
#: Comments of httpYac and REST Client that change nothing of what is sent.
_PLAIN_DIRECTIVES: Final = frozenset({"name", "title", "description", "note", "no-log", "debug", "tag"})
_OTHER_CALL: Final = "the other file or call"
_SAVED_ANSWER: Final = "the answer"
_SCRIPT_FILE: Final = "the script file before the call"
#: What begins a line that does something before or after the call, and what it is called.
_BESIDE: Final = (
    (re.compile(r"<\s*\{%"), "the script before the call", re.compile(r"%\}")),
    (re.compile(r">\s*\{%"), "the script after the call", re.compile(r"%\}")),
    (re.compile(r"\{\{(?:[@+]|\s*$)"), "the script", re.compile(r"\s*\}\}\s*$")),
    (re.compile(r"\?\?\s"), "the assertion", None),
    (re.compile(r">>!?\s"), "where to save the answer", None),
    (re.compile(r"<>\s"), "the saved answer", None),
    (re.compile(r">\s+\S"), "the script file after the call", None),
    (re.compile(r"<\s+\S"), _SCRIPT_FILE, None),
    (re.compile(r"(?:import|run)\s+\S"), _OTHER_CALL, None),
    (re.compile(r"HTTP(?:/[\d.]+)?\s+\d{3}\b"), _SAVED_ANSWER, None),
)
_RESPONSE: Final = re.compile(r"HTTP(?:/[\d.]+)?\s+\d{3}\b")
_ENVIRONMENTS: Final = ("http-client.env.json", ".httpyac.json")
_PRIVATE: Final = "http-client.private.env.json"


@dataclass(slots=True)
class _Settings:
    """The variables of a file, and of the environment files next to it.

    Attributes:
        values: Name -> value, as written in the environment files.
        several: Name -> its values, where environments differ.
        in_file: Name -> its values in the file itself, each with its line.
        used: The names that were looked up, of those that have several values.
        line: The line of the request that is being read.
    """

    values: dict[str, str] = field(default_factory=dict)
    several: dict[str, dict[str, str]] = field(default_factory=dict)
    in_file: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)
    line: int = 0

    def value_of(self, name: str) -> str | None:
        """Return the value that a name has for the request: the last one above it, or the first one below."""
        if name in self.several or len({value for _, value in self.in_file.get(name, ())}) > 1:
            self.used.append(name)
        if found := self.in_file.get(name):
            return next((value for line, value in reversed(found) if line <= self.line), found[0][1])
        return self.values.get(name)


def read_http(
    text: str, *, folder: Path | None = None, first_line: int = 1
) -> tuple[list[Imported], list[str]]:
    r"""Return the requests of a .http file, and notes on what of it was left out.

    Args:
        text: The file, its line ends `\n`.
        folder: Where the file is; environment files there are read. Private ones are not: they hold secrets.
        first_line: The number of its first line.

    Raises:
        RequestError: Its only request can't be read.
    """
    notes: list[str] = []
    lines = text.split("\n")
    settings = _read_settings(lines, first_line, folder, notes)
    requests: list[Imported] = []
    problems: list[RequestError] = []
    for block, line in _blocks(lines, first_line):
        try:
            read, remarks = _read_block(block, line, settings)
        except RequestError as error:
            problems.append(error)
        else:
            requests += read
            notes += remarks
    if not requests and problems:
        raise problems[0]
    notes += [f"{problem} It was not imported." for problem in problems]
    for name in dict.fromkeys(settings.used):
        if found := settings.in_file.get(name):
            numbers = ", ".join(str(line) for line, _ in found)
            notes.append(f"{name} is set in lines {numbers}: each call takes the last value above it.")
        else:
            choices = ", ".join(f"{value} ({where})" for where, value in settings.several[name].items())
            notes.append(f"{name} has several values in the environment files: {choices}.")
    return requests, notes


def _blocks(lines: list[str], first_line: int) -> list[tuple[list[str], int]]:
    """Return the blocks of a file, each with the number of its first line."""
    blocks: list[tuple[list[str], int]] = [([], first_line)]
    has_call = holds_lines = False
    for number, line in enumerate(lines, start=first_line):
        if _SEPARATOR.fullmatch(line):
            blocks.append(([], number + 1))
            has_call = holds_lines = False
            continue
        if _NEXT_CALL.match(line):
            if has_call and not holds_lines:
                blocks.append(([], number))
            has_call = True
        holds_lines = holds_lines or bool(_HOLDS_LINES.match(line))
        blocks[-1][0].append(line)
    return blocks


# -- one request --------------------------------------------------------------------------------------------


def _read_block(lines: list[str], first_line: int, settings: _Settings) -> tuple[list[Imported], list[str]]:
    notes: list[str] = []
    kept = _without_scripts(lines, first_line, notes)
    start = next((at for at, (line, _) in enumerate(kept) if line.strip() and not _is_beside(line)), None)
    if start is None:
        return [], notes  # comments and settings alone
    notes += _directives(kept[:start])
    line, number = kept[start]
    if is_shell_text(line) and not _METHOD.match(line.strip()):
        text = "\n".join(line for line, _ in kept[start:])
        requests, remarks = read_shell_text(text, first_line=number)
        return requests, notes + remarks
    if _RESPONSE.match(line.strip()):
        return [], notes
    try:
        request = _read_request(kept[start:], settings)
    except RequestError as error:
        raise RequestError(f"Line {number}: {error.message}", hint=error.hint) from None
    return [request], notes


def _read_request(kept: list[tuple[str, int]], settings: _Settings) -> Imported:
    (line, number), *rest = kept
    settings.line = number
    method, url = _request_line(line)
    while (
        rest
        and rest[0][0].strip()
        and _GOES_ON.match(rest[0][0])
        and not _HEADER.fullmatch(rest[0][0].strip())
    ):
        url += rest.pop(0)[0].strip()
    url = _VERSION.sub("", url.strip())
    imported = Imported(method, None, "/", place=f"Line {number}")
    while rest and rest[0][0].strip():
        text, at = rest[0]
        if _BEGINS_JSON.match(text):
            imported.notes.append(at_line(at, "The body begins here, although no empty line is above it."))
            break
        del rest[0]
        if _is_beside(text):
            continue
        if header := _HEADER.fullmatch(text.strip()):
            imported.headers.append((header[1], _resolve(header[2], settings)))
        elif text.strip().startswith(("?", "&")):
            url += text.strip()
        else:
            imported.notes.append(at_line(at, f"{text.strip()[:40]} was left out: it is not a header."))
    imported.set_url(_resolve(url, settings))
    if re.search(r"\s", imported.path):
        imported.note("The path contains blanks, which are sent as %20: check it.")
    _take_host(imported)
    _set_body(imported, rest, settings)
    return imported


def _take_host(imported: Imported) -> None:
    """Let the header Host say where the call went, when the URL does not."""
    host = imported.header("host")
    if imported.base_url is None and host and not names_in(host):
        scheme = "http" if is_loopback(host.partition(":")[0]) else "https"
        imported.base_url = f"{scheme}://{host}"
        imported.headers = [(name, value) for name, value in imported.headers if name.lower() != "host"]


def _request_line(line: str) -> tuple[str, str]:
    line = line.strip()
    match = _METHOD.fullmatch(line) or _WORD_BEFORE_URL.fullmatch(line)
    if match is None:
        return "GET", line
    method = match[1].upper()
    if method in {"GRAPHQL", "GRPC", "WEBSOCKET", "WS", "WSS", "SSE", "RSOCKET", "MQTT", "AMQP"}:
        raise RequestError(f"{method} is not a call of this API.", hint="Take it out.")
    return method, match[2]


def _set_body(imported: Imported, rest: list[tuple[str, int]], settings: _Settings) -> None:
    content_type = imported.header("content-type")
    kind = (content_type or "").partition(";")[0].strip().lower()
    if not kind.startswith("multipart/"):
        comments = [(text, at) for text, at in rest if _COMMENT.match(text)]
        if comments:
            imported.notes.append(at_line(comments[0][1], "Comments in the body were left out."))
        rest = [pair for pair in rest if pair not in comments]
        rest = [pair for pair in rest if not _SETTING.fullmatch(pair[0].strip())]
    files = [(match, at) for text, at in rest if (match := _BODY_FILE.fullmatch(text))]
    lines = [text for text, _ in rest]
    body = "\n".join(lines).strip("\n")
    if not body.strip():
        return
    if files and not kind.startswith("multipart/"):
        match, at = files[0]
        imported.set_body_file(_resolve(match[2], settings), line=at)
        if match[1] and imported.body_name:
            imported.notes.append(at_line(at, f"Fill in the variables in the file {match[2]}."))
        return
    if kind == FORM_TYPE:
        body = _joined_form(body)
    body = _resolve(body, settings)
    if not kind and is_json_like(body):
        content_type = "application/json"
    imported.set_content(body, content_type)


def _joined_form(body: str) -> str:
    """Return a form that is written on several lines as one, without the blanks around its signs."""
    if "\n" not in body:
        return body
    pairs = (pair.partition("=") for pair in re.sub(r"\n\s*", "", body).split("&"))
    return "&".join(f"{name.strip()}{sign}{value.strip()}" for name, sign, value in pairs)


def _is_beside(line: str) -> bool:
    """Whether a line before the body is a comment or a setting."""
    return line.lstrip().startswith(("#", "//", "@"))


def _directives(lines: list[tuple[str, int]]) -> list[str]:
    """Name the comments that tell the editor to do something."""
    found = [(match[1], number) for line, number in lines if (match := _DIRECTIVE.match(line))]
    return [
        at_line(number, f"@{name} was left out: it is for the editor.")
        for name, number in found
        if name not in _PLAIN_DIRECTIVES
    ]


def _without_scripts(lines: list[str], first_line: int, notes: list[str]) -> list[tuple[str, int]]:
    """Return the lines with their numbers, without those that do something before or after the call."""
    kept: list[tuple[str, int]] = []
    numbered = list(enumerate(lines, start=first_line))
    while numbered:
        number, line = numbered.pop(0)
        found = next(((what, end) for start, what, end in _BESIDE if start.match(line)), None)
        if found is None or (found[0] in {_OTHER_CALL, _SCRIPT_FILE} and kept and _has_request(kept)):
            kept.append((line, number))
            continue
        what, end = found
        notes.append(at_line(number, f"{what[0].upper()}{what[1:]} was left out."))
        if what == _SAVED_ANSWER:
            break
        if end is None:
            continue
        after = line[2:]
        while not end.search(after) and numbered:
            after = numbered.pop(0)[1]
    return kept


def _has_request(kept: list[tuple[str, int]]) -> bool:
    return any(line.strip() and not _is_beside(line) for line, _ in kept)


# -- variables ----------------------------------------------------------------------------------------------


def _read_settings(lines: list[str], first_line: int, folder: Path | None, notes: list[str]) -> _Settings:
    settings = _Settings()
    if folder is not None:
        _read_environments(folder, settings, notes)
    for number, line in enumerate(lines, start=first_line):
        if (match := _SETTING.fullmatch(line.strip())) and not is_secret_field(match[1]):
            settings.in_file.setdefault(match[1], []).append((number, match[2].strip()))
    return settings


def _read_environments(folder: Path, settings: _Settings, notes: list[str]) -> None:
    """Read the environment files next to the file; where environments differ, nothing is chosen."""
    found: dict[str, dict[str, str]] = {}
    for name in _ENVIRONMENTS:
        _add_environments(_json_of(folder / name, notes), found)
    code = _json_of(folder / ".vscode" / "settings.json", notes)
    _add_environments(code.get("rest-client.environmentVariables", {}), found)
    if (folder / _PRIVATE).exists():
        notes.append(f"{_PRIVATE} was not read: it is for secrets.")
    for name, values in found.items():
        shared = values.get("$shared")
        own = {where: value for where, value in values.items() if where != "$shared"}
        if len(set(own.values())) > 1:
            settings.several[name] = own
        elif value := next(iter(own.values()), shared):
            settings.values[name] = value


def _add_environments(document: Any, found: dict[str, dict[str, str]]) -> None:
    if not isinstance(document, dict):
        return
    for where, values in document.items():
        if isinstance(values, dict):
            for name, value in values.items():
                if isinstance(value, (str, int, float)) and not is_secret_field(name):
                    found.setdefault(name, {})[where] = str(value)


def _json_of(path: Path, notes: list[str]) -> dict[str, Any]:
    try:
        document = json.loads(whole_json(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        notes.append(f"{path.name} can't be read, so its variables are not known.")
        return {}
    return document if isinstance(document, dict) else {}


def _resolve(text: str, settings: _Settings, depth: int = 8) -> str:
    """Put in the variables that are set; they may hold others. The rest stay variables."""

    def fill(match: re.Match[str]) -> str:
        name = match[2].removeprefix("%")
        value = settings.value_of(name) if depth and not match[1] else None
        if value is None:
            return variable(name)
        value = _resolve(value, settings, depth - 1)
        return percent_encoded(value) if match[2] != name else value

    return _VARIABLE.sub(fill, text)
