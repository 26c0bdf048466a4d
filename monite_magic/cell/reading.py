"""Parse a line and a cell into a `Request`, without looking up variables or sending anything."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from monite_magic.cell.arguments import read_line
from monite_magic.cell.expect import read_expect
from monite_magic.cell.leaks import refuse_secrets
from monite_magic.cell.line_words import partition
from monite_magic.cell.options import MAGICS, METHODS
from monite_magic.cell.request import Request, check_header_value, check_output
from monite_magic.core import RequestError
from monite_magic.core.refused_headers import why_refused

if TYPE_CHECKING:
    from monite_magic.cell.arguments import Arguments

_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PAIR: Final = re.compile(r"\s*(\w+) *=")
_URL: Final = re.compile(r"https?://", re.IGNORECASE)
_BRACES: Final = re.compile(r"(?<!\{)\{([^{}]*)\}(?!\})")


def parse(line: str, cell: str | None = None) -> Request:
    """Parse the line and the body of `%monite` or `%%monite`.

    Args:
        line: The text after the magic's name.
        cell: The text below the line; None for `%monite`.

    Raises:
        RequestError: The line is not a request, or it or the body contains a secret.
    """
    return read(read_line(MAGICS["monite"], line, cell=cell is not None), cell)


def read(arguments: Arguments, cell: str | None) -> Request:
    """Return the request for a parsed line and the text below it; see `parse`."""
    if arguments.wants_help:
        raise RequestError("--help can't be combined with a call.", hint="Remove --help.", line=1)
    body = cell if cell and cell.strip() else None
    if body is not None:
        refuse_secrets(body, first_line=2)
        _refuse_pairs(body)
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
    if arguments.output and "{{" not in arguments.output:
        check_output(arguments.output, arguments.columns["output"])
    if arguments.with_token and not arguments.values["as"]:
        raise RequestError(
            "--with-token can only be used with --as.", hint="Write --as curl --with-token.", line=1
        )
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
            "The method is missing.",
            hint="Write it before the path, for instance GET /…",
            line=1,
            column=column,
        )
    near = get_close_matches(method, METHODS, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}?" if near else f"Write one of {', '.join(METHODS)}."
    raise RequestError(f"Unknown method: {written[:20]}.", hint=hint, line=1, column=column)


def _read_path(arguments: Arguments) -> str:
    path: str = arguments.path
    column = arguments.columns["path"]
    if not path.startswith("/") and not _URL.match(path):
        hint = f"Write /{path[:60]}." if path and not path.startswith("{{") else "Start it with /."
        raise RequestError("The path must start with /.", hint=hint, line=1, column=column)
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
        left, found, right = partition(text, separator)
        if not found or not left.strip():
            raise RequestError(
                f"Expected a name, {separator} and a value.", hint=f"Write {usage}.", line=1, column=column
            )
        pairs.append((left.strip(), right.strip() if separator == ":" else right))
    return tuple(pairs)


def _refuse_pairs(body: str) -> None:
    if pair := _PAIR.match(body):
        hint = f"Write -q {pair[1]}=… on the line. For a form field next to a file, write -d {pair[1]}=…"
        raise RequestError("A query parameter doesn't belong in the body.", hint=hint, line=2)


def _refuse_two_bodies(arguments: Arguments, body: str | None) -> None:
    for name, flag in (("body", "--body"), ("file", "--file"), ("field", "-d")):
        if body is not None and arguments.values[name]:
            message = f"The cell has a body, so it can't be combined with {flag}."
            raise RequestError(message, hint="Remove one of them.", line=1)


def _check_headers(request: Request) -> None:
    columns = request.arguments.columns.get("header", ())
    for (name, value), column in zip(request.headers, columns, strict=True):
        if not _HEADER_NAME.fullmatch(name):
            raise RequestError("Invalid header name.", hint="Write -H 'NAME: VALUE'.", line=1, column=column)
        if hint := why_refused(name):
            raise RequestError(f"The header {name} can't be set.", hint=hint, line=1, column=column)
        if "{{" not in value:
            check_header_value(name, value, column)
