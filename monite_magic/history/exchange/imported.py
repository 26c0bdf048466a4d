"""Requests from elsewhere, as each reader returns them: `Imported`, and what its body and URL are.

All text in it is marked text (see `marks`): variables stand between marks, and everything else is meant as it
stands.
"""

from __future__ import annotations

import json
import mimetypes
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, unquote_plus

from monite_magic.cell.placeholders import python_name
from monite_magic.core.errors import RequestError
from monite_magic.history.exchange.json_body import is_json_like
from monite_magic.history.exchange.marks import (
    MARKED,
    braced,
    map_literal,
    names_in,
    rendered,
    sole_variable,
    stand_in,
    variable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_URL: Final = re.compile(
    rf"""(?P<base>https?://[^/?\#]+ | (?:{MARKED})+
        | (?:{MARKED}|\[[\da-fA-F:]+\]|[\w-])(?:{MARKED}|[\w.-])*:\d+
        | localhost | [\w-]+(?:\.[\w-]+)+)?
        (?P<path>/[^?\#]*)? (?:\?(?P<query>[^\#]*))? (?:\#.*)?""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_USER: Final = re.compile(r"(?<=://)[^/?#]*@")
_AFTER_VARIABLE: Final = re.compile(rf"({MARKED})(?=[^/?#\s])", re.DOTALL)
#: The content type of a form.
FORM_TYPE: Final = "application/x-www-form-urlencoded"
#: The start of what is a file's text, and no text of a cell.
_PART_LINE: Final = re.compile(r"<@?(?:\w+)?\s+(\S.*)")


@dataclass(slots=True)
class Imported:
    """One request from elsewhere; all its text is marked text.

    Attributes:
        method: HTTP method.
        base_url: What preceded the path: a URL, a variable, or None.
        path: The path, percent-encoded, without `/v1`.
        query: The query, percent-encoded.
        headers: Pairs of name and value.
        body: The body's text, or None.
        body_name: The variable that holds the body, or None.
        files: Pairs of field and path.
        fields: Pairs of field and value of a form.
        is_form: Whether fields without files were sent as a form, not as parts.
        notes: What a person should know, each one sentence.
        place: Where it was found in the import: `Line 3`, `Entry 2 (POST /payables)`.
        has_stand_ins: Whether it comes from a document, in which `<id>` and `YOUR_ID` stand for values.
        timeout: Seconds, as text, or None.
    """

    method: str
    base_url: str | None
    path: str
    query: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str | None = None
    body_name: str | None = None
    files: list[tuple[str, str]] = field(default_factory=list)
    fields: list[tuple[str, str]] = field(default_factory=list)
    is_form: bool = False
    notes: list[str] = field(default_factory=list)
    place: str = ""
    has_stand_ins: bool = True
    timeout: str | None = None

    def header(self, name: str) -> str | None:
        """Return the value of a header, or None."""
        return next((value for other, value in self.headers if other.lower() == name), None)

    def note(self, text: str) -> None:
        """Add a note that begins with the request's place."""
        self.notes.append(f"{self.place}: {text}" if self.place else text)

    def set_content(self, text: str, content_type: str | None) -> None:
        """Take a body of text for what it is: JSON, a form, parts, or something that a cell can't send.

        Args:
            text: The body.
            content_type: What it is called, or None if that is not known.
        """
        kind = (content_type or "").partition(";")[0].strip().lower()
        if not text.strip():
            return
        if name := sole_variable(text.strip()):
            self.body_name = name
            self.note(f"The body is the variable {name}: set it to an object, or to JSON text.")
            return
        if kind == FORM_TYPE and not is_json_like(text):
            self.set_form(text)
        elif kind.startswith("multipart/"):
            self.set_parts(text, content_type or "")
        elif is_json_like(text) or kind.endswith("json"):
            self.body = text
            if kind and not kind.endswith("json"):
                self.note(f"The body is JSON, but was sent as {kind}; the cell sends it as JSON.")
        else:
            self.note(_not_sent(kind or "text"))

    def set_posted(self, text: str) -> None:
        """Take a body that is a form unless a header says otherwise or it begins as JSON does."""
        looks_json = text.lstrip().startswith(("{", "["))
        self.set_content(text, self.header("content-type") or (None if looks_json else FORM_TYPE))

    def set_form(self, text: str) -> None:
        """Take a form, `a=1&b=2`."""
        self.is_form = True
        for pair in text.split("&"):
            if pair:
                name, _, value = pair.partition("=")
                self.fields.append((_form_text(name), _form_text(value)))

    def set_parts(self, text: str, content_type: str) -> None:
        """Take a multipart body: fields, and files that are named in it."""
        boundary = _parameters(content_type).get("boundary") or _first_boundary(text)
        parts = re.split(rf"(?:^|\n)--{re.escape(boundary)}(?:--)?[ \t]*(?:\n|$)", text.replace("\r\n", "\n"))
        if not any(part.strip() for part in parts[1:]):
            self.note("The multipart body was left out: it has no parts.")
        for part in parts[1:]:
            if part.strip():
                self._take_part(part)

    def _take_part(self, part: str) -> None:
        head, separator, value = part.partition("\n\n")
        if not separator and part.startswith("\n"):
            head, value = "", part[1:]
        lines = [line.partition(":") for line in head.split("\n") if line.strip()]
        headers = {name.strip().lower(): text.strip() for name, _, text in lines}
        disposition = _parameters(headers.get("content-disposition", ""))
        name = disposition.get("name")
        if name is None:
            self.note("A part of the multipart body without a name was left out.")
            return
        value = value.removesuffix("\n") if value.endswith("\n") and not separator else value
        file = _PART_LINE.fullmatch(value.strip())
        if file or "filename" in disposition:
            path = file[1] if file else disposition["filename"]
            self.add_file(name, path, filename=disposition.get("filename"), kind=headers.get("content-type"))
            if not file:
                self.note(f"Only the name of the file {path or name} is known: check its path.")
            return
        if kind := headers.get("content-type"):
            self.note(f"The field {name} loses its type {kind}: a cell sends fields as text.")
        self.fields.append((name, value))

    def add_file(self, name: str, path: str, *, filename: str | None = None, kind: str | None = None) -> None:
        """Add a file of a multipart body.

        Args:
            name: The field.
            path: Where the file is.
            filename: The name that it is sent under; its own by default.
            kind: The type that it is sent as; what its name says by default.
        """
        own = re.split(r"[/\\]", path)[-1]
        if not path:
            path = own = variable(f"{python_name(name)}_path")
            self.note(f"The file of the field {name} is not known.")
        if filename is not None and filename != own:
            self.note(f"The file {own} is sent under its own name, not as {filename}.")
        guessed = mimetypes.guess_type(own)[0] or "application/octet-stream"
        if kind is not None and kind.partition(";")[0].strip() != guessed:
            self.note(f"The file {own} is sent as {guessed}, not as {kind}.")
        self.files.append((name, path))

    def set_body_file(self, path: str, *, name: str | None = None, line: int | None = None) -> None:
        """Take a file, or what `name` says, as the body; what is not JSON is left out.

        Args:
            path: Where the file is, or what else it is: `what is piped into curl`.
            name: The variable to put its JSON in; by default it is named for the file.
            line: The line that says so; by default the request's place.
        """
        place = self.place if line is None else f"Line {line}"
        what = f"the file {shown_text(path)}" if name is None else path
        kind = (self.header("content-type") or "").partition(";")[0].strip().lower()
        if kind and not kind.endswith("json") and not kind.startswith(FORM_TYPE):
            self.notes.append(f"{place}: {_not_sent(kind)}")
            return
        self.body_name = name or python_name(
            re.split(r"[/\\]", shown_text(path))[-1].partition(".")[0] or "body"
        )
        self.notes.append(f"{place}: The body is {what}: set {self.body_name} to its JSON in a cell above.")

    def set_url(self, url: str) -> None:
        """Take the URL.

        Raises:
            RequestError: It is not a URL.
        """
        if _USER.search(url):
            self.note("The name and password in the URL were left out: the session logs in by itself.")
            url = _USER.sub("", url, 1)
        if self.has_stand_ins:
            first, slash, rest = braced(url).partition("/")
            single = re.fullmatch(r"\{(\w[\w.-]*)\}", first)
            name = single[1] if single else stand_in(first)
            url = f"{variable(name) if name else first}{slash}{rest}"
        self.base_url, self.path, self.query = split_url(url)


def _not_sent(kind: str) -> str:
    return f"The body ({kind}) was left out: a cell sends JSON objects, and files with --file."


def split_url(url: str) -> tuple[str | None, str, str]:
    """Return what precedes the path, the path without `/v1`, and the query.

    Raises:
        RequestError: It is not a URL.
    """
    url = url.strip()
    if not url:
        raise RequestError("The URL is empty.", hint="Write it and import it again.")
    if url.startswith(variable("x")[0]):  # {{base}}payables: the variable ends with the slash
        url = _AFTER_VARIABLE.sub(
            lambda match: match[0] if _goes_on(url, match.end()) else f"{match[1]}/", url, 1
        )
    match = _URL.fullmatch(url)
    if not match or not (match["base"] or match["path"]):
        shown = shown_text(url)[:40]
        hint = "It begins with https:// or with a slash."
        if odd := next((each for each in shown.partition(" ")[0] if not each.isascii()), None):
            hint += f" This one has {named(odd)} in its first word."
        raise RequestError(f"{shown!r} is not a URL.", hint=hint)
    if match["base"] and not match["path"] and not match["query"] and names_in(match["base"]):
        name = names_in(match["base"])[-1]
        if not match["base"].lower().startswith("http"):
            raise RequestError(
                f"The whole URL is the variable {name}.",
                hint="Write the path in its place and import it again.",
            )
    path = match["path"] or "/"
    if path == "/v1" or path.startswith("/v1/"):
        path = path[3:] or "/"
    return match["base"], path, match["query"] or ""


def named(character: str) -> str:
    """Return a character by number and name: `U+200B (zero width space)`."""
    return f"U+{ord(character):04X} ({unicodedata.name(character, 'without a name').lower()})"


def with_host(url: str) -> str:
    """Return a URL that begins with a host, as tools of a shell read it, with the scheme that they add."""
    plain = re.match(r"(?!localhost\b)[A-Za-z0-9][\w-]*(?=/|$)", url)
    return f"http://{url}" if plain else url


def _goes_on(url: str, end: int) -> bool:
    """Whether a variable is followed by another, or by a host's port or domain."""
    return url[end] in variable("x")[0] + ".:"


def shown_text(text: str) -> str:
    """Return marked text for a message: variables as `{{ name }}`."""
    return rendered(text, str, lambda name: f"{{{{ {name} }}}}")


def percent_encoded(text: str) -> str:
    """Return marked text percent-encoded, so that it can be one segment or value of a URL."""
    return map_literal(text, lambda piece: quote(piece, safe=""))


def decoded(text: str) -> str:
    """Return percent-encoded marked text decoded."""
    return rendered(text, unquote, variable)


def _form_text(text: str) -> str:
    return rendered(text, unquote_plus, variable)


def _parameters(header: str) -> dict[str, str]:
    """Return the parameters of a header: `multipart/form-data; boundary=x`."""
    found: dict[str, str] = {}
    for part in _split_parameters(header)[1:]:
        name, equals, value = part.partition("=")
        if equals:
            value = value.strip()
            if len(value) > 1 and value[0] == value[-1] == '"':
                value = re.sub(r"\\(.)", r"\1", value[1:-1]).replace("%22", '"')
            found[name.strip().lower()] = value
    return found


def _split_parameters(header: str) -> list[str]:
    return re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^;"])+', header)


def _first_boundary(text: str) -> str:
    match = re.match(r"\s*--([^\r\n]+)", text)
    return match[1].strip() if match else "boundary"


def joined_headers(headers: Iterable[tuple[str, str]]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return each header once, as a call sends it; and the names of those that were given more than once."""
    joined: dict[str, tuple[str, str]] = {}
    repeated: list[str] = []
    for name, value in headers:
        lowered = name.lower()
        if lowered in joined and joined[lowered][1] != value:
            first, before = joined[lowered]
            joined[lowered] = (first, f"{before}, {value}")
            repeated.append(first)
        elif lowered not in joined:
            joined[lowered] = (name, value)
    return list(joined.values()), list(dict.fromkeys(repeated))


def json_fields(fields: list[tuple[str, str]]) -> dict[str, str | list[str]]:
    """Return a form as an object; what was given more than once becomes a list."""
    grouped: dict[str, list[str]] = {}
    for name, value in fields:
        grouped.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in grouped.items()}


def dump_fields(fields: list[tuple[str, str]]) -> str:
    """Return a form as JSON text (marked)."""
    return json.dumps(json_fields(fields), indent=2, ensure_ascii=False)
