"""The text of a line and a cell, read as a request, and filled with the notebook's values.

`parse` reads, without knowing any variable; `Request.fill` puts the values in. Nothing is sent here.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote, unquote_plus

from monite_magic import options
from monite_magic.errors import RequestError
from monite_magic.expect import Expect, read_expect
from monite_magic.json_text import read_json
from monite_magic.leaks import refuse_secrets
from monite_magic.options import METHODS
from monite_magic.placeholders import Position, lookup, sole_reference
from monite_magic.template import FilledBody, fill_json, fill_text
from monite_magic.values import Unwritable, to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monite_magic.arguments import Arguments
    from monite_magic.template import Place

#: Headers that the client writes itself (lower case), and why they can't be given.
_OWN_HEADERS: Final = {
    "authorization": "The session adds the token itself.",
    "proxy-authorization": "Proxies are set up through HTTPS_PROXY.",
    "cookie": "The API uses none.",
    "host": "The environment decides it.",
    "content-length": "It is counted.",
    "transfer-encoding": "It is decided by the body.",
    "connection": "Connections are kept by the client.",
}

_ENTITY_HEADER: Final = "x-monite-entity-id"
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_URL: Final = re.compile(r"https?://", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_SAFE_IN_PATH: Final = "/%:@!$&'()*+,;=~[]#"
_BRACES: Final = re.compile(r"(?<!\{)\{([^{}]*)\}(?!\})")


@dataclass(frozen=True)
class Request:
    """A request as it was written, with its placeholders.

    Attributes:
        method: `GET`, `POST`, …
        path: The path with its query, or an absolute URL, as written.
        query: The `-q` options as pairs of name and value.
        headers: The `-H` options as pairs of name and value.
        body: The text of the cell, or None if there is none.
        body_name: What `--body` names, or None.
        files: The `--file` options as pairs of field and path.
        fields: The `-d` options as pairs of field and value.
        arguments: The line as it was read, with the places of its parts.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    body: str | None
    body_name: str | None
    files: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]
    arguments: Arguments

    @property
    def wants_help(self) -> bool:
        """Whether the line asks for `--help` only."""
        return self.arguments.wants_help

    def fill(self, names: Mapping[str, Any]) -> Filled:
        """Return the request with the notebook's values in place of its placeholders.

        Args:
            names: The notebook's variables; `_` is the last result.

        Raises:
            TemplateError: A placeholder can't be filled.
            RequestError: What comes out is no proper request.
        """
        return _fill(self, names)


@dataclass(frozen=True)
class Filled:
    """A request with everything concrete, ready to be sent.

    Attributes:
        method: `GET`, `POST`, …
        path: The path below the base URL, percent-encoded, without the query; or an absolute URL.
        query: Pairs of name and value, decoded, in the order of the line.
        headers: Pairs of name and value.
        body: The JSON body, or None.
        files: Pairs of field and path.
        fields: Pairs of field and value.
        entity: The entity that the call is about, or None for the session's own.
        output: The name that the answer is kept under, or None.
        timeout: Seconds, or None for the session's own.
        expect: The statuses that are wanted, or None.
        show: Show the whole answer although it is kept.
        check: Check the call before it is sent.
        raw: Show the answer as it came.
        dry_run: Send nothing.
        yes: Do not ask.
        all_pages: Follow the pages.
        as_format: `curl`, `httpx`, `sdk`, `http`, or None.
    """

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: list[tuple[str, str]]
    body: FilledBody | None
    files: list[tuple[str, Path]]
    fields: list[tuple[str, str]]
    entity: str | None = None
    output: str | None = None
    timeout: float | None = None
    expect: Expect | None = None
    show: bool = False
    check: bool = True
    raw: bool = False
    dry_run: bool = False
    yes: bool = False
    all_pages: bool = False
    as_format: str | None = None

    @property
    def content(self) -> bytes | None:
        """The JSON body in UTF-8, or None."""
        return self.body.content if self.body else None


# -- reading ------------------------------------------------------------------------------------------------


def parse(line: str, cell: str | None = None) -> Request:
    """Read the line, and the body, of `%monite` or `%%monite`.

    Args:
        line: What follows the magic's name.
        cell: The text below the line; None for `%monite`.

    Raises:
        RequestError: The line is no request, or it or the body holds a secret.
    """
    arguments = options.parse("monite", line, cell=cell is not None)
    body = cell if cell and cell.strip() else None
    if body is not None:
        refuse_secrets(body, first_line=2)
    if arguments.wants_help:
        return Request("", "", (), (), None, None, (), (), arguments)
    _refuse_two_bodies(arguments, body)
    request = Request(
        method=_read_method(arguments),
        path=_read_path(arguments),
        query=_pairs(arguments, "query", "=", "-q NAME=VALUE"),
        headers=_pairs(arguments, "header", ":", "-H 'NAME: VALUE'"),
        body=body,
        body_name=arguments.body,
        files=_pairs(arguments, "file", "=", "--file FIELD=PATH"),
        fields=_pairs(arguments, "field", "=", "-d FIELD=VALUE"),
        arguments=arguments,
    )
    _check_headers(request)
    _check_output(arguments.output, arguments)
    if arguments.expect and "{{" not in arguments.expect:
        read_expect(arguments.expect, column=arguments.columns["expect"])
    return request


def _read_method(arguments: Arguments) -> str:
    written: str = arguments.method
    method = written.upper()
    if method in METHODS:
        return method
    column = arguments.columns["method"]
    if written.startswith("/"):
        raise RequestError(
            "The method is missing.", hint="Write it before the path: GET /…", line=1, column=column
        )
    near = get_close_matches(method, METHODS, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}?" if near else f"Write one of {', '.join(METHODS)}."
    raise RequestError(f"{written[:20]} is no method of this API.", hint=hint, line=1, column=column)


def _read_path(arguments: Arguments) -> str:
    path: str = arguments.path
    column = arguments.columns["path"]
    if not path.startswith("/") and not _URL.match(path):
        hint = f"Write /{path[:60]}." if path and not path.startswith("{{") else "Write it from /."
        raise RequestError("The path does not begin with /.", hint=hint, line=1, column=column)
    left = _BRACES.search(path)
    if left:
        name = left.group(1).strip() or "id"
        hint = f"Write {{{{ {name} }}}} for the variable of that name, or the value itself."
        raise RequestError(
            f"{left.group()} is not filled in.", hint=hint, line=1, column=column + left.start()
        )
    return path


def _pairs(arguments: Arguments, name: str, separator: str, usage: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for text, column in zip(arguments.values[name], arguments.columns.get(name, ()), strict=True):
        left, found, right = _partition(text, separator)
        if not found or not left.strip():
            raise RequestError(
                f"A name, {separator} and a value are needed.", hint=f"Write {usage}.", line=1, column=column
            )
        pairs.append((left.strip(), right.strip() if separator == ":" else right))
    return tuple(pairs)


def _partition(text: str, separator: str) -> tuple[str, str, str]:
    """Split `text` at the first separator outside of placeholders."""
    if "{{" not in text:
        return text.partition(separator)
    hidden = _PLACEHOLDER.sub(lambda match: "x" * len(match.group()), text)
    at = hidden.find(separator)
    return (text, "", "") if at < 0 else (text[:at], separator, text[at + 1 :])


def _refuse_two_bodies(arguments: Arguments, body: str | None) -> None:
    for name, flag in (("body", "--body"), ("file", "--file"), ("field", "-d")):
        if body is not None and arguments.values[name]:
            message = f"The cell has a body, and so has {flag}."
            raise RequestError(message, hint="Give one of them.", line=1)


def _check_headers(request: Request) -> None:
    columns = request.arguments.columns.get("header", ())
    for (name, value), column in zip(request.headers, columns, strict=True):
        if not _HEADER_NAME.fullmatch(name):
            raise RequestError(
                "This is no header name.", hint="Write -H 'NAME: VALUE'.", line=1, column=column
            )
        if name.lower() in _OWN_HEADERS:
            hint = _OWN_HEADERS[name.lower()]
            raise RequestError(f"The header {name} can't be given.", hint=hint, line=1, column=column)
        if "{{" not in value:
            _check_header_value(name, value, column)


def _check_header_value(name: str, value: str, column: int) -> None:
    if not value.isascii() or any((c < " " and c != "\t") or c == "\x7f" for c in value):
        hint = "Headers are one line of ASCII."
        raise RequestError(f"The value of {name} can't stand in a header.", hint=hint, line=1, column=column)


def _check_output(name: str | None, arguments: Arguments) -> None:
    if name is None or "{{" in name or (_is_name(name)):
        return
    column = arguments.columns["output"]
    raise RequestError(f"-o {name[:30]!r} is no name for a variable.", line=1, column=column)


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text) and text != "_"


# -- filling ------------------------------------------------------------------------------------------------


def _fill(request: Request, names: Mapping[str, Any]) -> Filled:
    arguments = request.arguments
    path, query = _fill_path(request, names)
    query += _fill_query_options(request, names)
    entity = arguments.filled("entity", names)
    output = arguments.filled("output", names)
    timeout = arguments.filled("timeout", names)
    expect = arguments.filled("expect", names)
    _check_output(output, arguments)
    return Filled(
        method=request.method,
        path=path,
        query=query,
        headers=_fill_headers(request, names, entity),
        body=_fill_body(request, names),
        files=_fill_files(request, names),
        fields=_fill_pairs(request.fields, arguments.columns.get("field", ()), names),
        entity=entity,
        output=output,
        timeout=float(timeout) if timeout else None,
        expect=read_expect(expect, column=arguments.columns["expect"]) if expect else None,
        show=arguments.show,
        check=not arguments.no_check,
        raw=arguments.raw,
        dry_run=arguments.dry_run,
        yes=arguments.yes,
        all_pages=arguments.all,
        as_format=arguments.filled("as", names),
    )


def _fill_path(request: Request, names: Mapping[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    column = request.arguments.columns["path"]
    written, _, query = _partition(request.path, "?")
    path = fill_text(written, names, place="path", column=column)
    path = quote(path, safe=_SAFE_IN_PATH)
    if not _URL.match(path):
        path = _below_base(path)
    _refuse_moving_segments(path, column)
    return path, list(_fill_query_text(query, names, column + len(written) + 1))


def _below_base(path: str) -> str:
    """Leave off `/v1`, which the base URL ends with; no path of the API begins with it."""
    return path[3:] if path.startswith("/v1/") else path


def _refuse_moving_segments(path: str, column: int) -> None:
    if "#" in path:
        raise RequestError(
            "The path holds a #.", hint="Write %23 if it belongs to a value.", line=1, column=column
        )
    if any(unquote(segment) in {".", ".."} for segment in path.split("/")):
        message = "The path holds a . or .. segment, which leads to another place."
        raise RequestError(message, hint="Write the path that you mean.", line=1, column=column)


def _fill_query_text(query: str, names: Mapping[str, Any], column: int) -> Iterator[tuple[str, str]]:
    """Read `a=1&b={{ x }}` as pairs; what stands in it is percent-encoded, what is filled in is made so."""
    while query:
        pair, _, rest = _partition(query, "&")
        name, _, value = _partition(pair, "=")
        if pair:
            plain_name = unquote_plus(fill_text(name, names, place="query", column=column))
            start = column + len(name) + 1
            for text in _each(value, names, "query", start):
                yield plain_name, unquote_plus(text)
        column += len(pair) + 1
        query = rest


def _fill_query_options(request: Request, names: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs = []
    for (name, value), column in zip(request.query, request.arguments.columns.get("query", ()), strict=True):
        plain_name = fill_text(name, names, place="option", column=column)
        pairs += [(plain_name, text) for text in _each(value, names, "option", column + len(name) + 1)]
    return pairs


def _each(text: str, names: Mapping[str, Any], place: Place, column: int) -> list[str]:
    """Fill `text`; a placeholder that stands alone for a list gives one text for each item."""
    reference = sole_reference(text)
    if reference is not None:
        value = lookup(reference, names, Position(1, column))
        if isinstance(value, (list, tuple)):
            return [fill_text("{{ item }}", {"item": item}, place=place, column=column) for item in value]
    return [fill_text(text, names, place=place, column=column)]


def _fill_headers(request: Request, names: Mapping[str, Any], entity: str | None) -> list[tuple[str, str]]:
    columns = request.arguments.columns.get("header", ())
    headers = []
    for (name, value), column in zip(request.headers, columns, strict=True):
        text = fill_text(value, names, place="header", column=column + len(name) + 1)
        _check_header_value(name, text, column)
        if entity is not None and name.lower() == _ENTITY_HEADER and text != entity:
            message = f"--entity and the header {name} name two entities."
            raise RequestError(message, hint="Give one of them.", line=1, column=column)
        headers.append((name, text))
    return headers


def _fill_pairs(
    pairs: tuple[tuple[str, str], ...], columns: tuple[int, ...], names: Mapping[str, Any]
) -> list[tuple[str, str]]:
    return [
        (
            fill_text(name, names, place="option", column=column),
            fill_text(value, names, place="option", column=column + len(name) + 1),
        )
        for (name, value), column in zip(pairs, columns, strict=True)
    ]


def _fill_files(request: Request, names: Mapping[str, Any]) -> list[tuple[str, Path]]:
    columns = request.arguments.columns.get("file", ())
    files = []
    for (name, text), column in zip(_fill_pairs(request.files, columns, names), columns, strict=True):
        path = Path(text).expanduser()
        if not path.is_file():
            hint = f"Paths are read from {Path.cwd().name}/, the folder of the kernel."
            raise RequestError(f"There is no file {text}.", hint=hint, line=1, column=column)
        files.append((name, path))
    return files


def _fill_body(request: Request, names: Mapping[str, Any]) -> FilledBody | None:
    if request.body is not None:
        return fill_json(request.body, names)
    if request.body_name is None:
        return None
    column = request.arguments.columns["body"]
    reference = sole_reference(request.body_name) or request.body_name
    value = lookup(reference, names, Position(1, column))
    try:
        text = value if isinstance(value, str) else to_json(value)
    except Unwritable as problem:
        message = f"--body {reference} {problem}."
        raise RequestError(message, hint=problem.hint, line=1, column=column) from None
    try:
        data = read_json(text, source=text, first_line=1)
    except RequestError as error:
        raise RequestError(
            f"--body {reference} is text, but no JSON: {error}", line=1, column=column
        ) from None
    if not isinstance(data, dict):
        raise RequestError(f"--body {reference} is no JSON object.", line=1, column=column)
    return FilledBody(text, data, text, 1)
