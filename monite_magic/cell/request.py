"""A `Request` as you wrote it, and a `Filled` request with the notebook's values.

`monite_magic.cell.reading` parses a line and a cell into a `Request`. This module sends nothing.
"""

from __future__ import annotations

import builtins
import keyword
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, unquote_plus

from monite_magic.cell.expect import Expect, read_expect
from monite_magic.cell.json_text import read_json
from monite_magic.cell.line_words import partition
from monite_magic.cell.placeholders import Position, lookup, refuse_expression, sole_reference, template_error
from monite_magic.cell.template import FilledBody, fill_json, fill_text, write_value
from monite_magic.cell.values import Unwritable, as_list, to_json
from monite_magic.core import LOCAL, RequestError
from monite_magic.core.api_path import clean_path
from monite_magic.core.refused_headers import why_parameter_refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monite_magic.catalogue.findings import Finding
    from monite_magic.cell.arguments import Arguments
    from monite_magic.cell.template import Place
    from monite_magic.core import Environment

#: Names of IPython's history variables, and our own.
_RESERVED: Final = re.compile(r"In|Out|_i*\d*|__\w*|_[doh]h|monite_magic")
_TIME_ZONE: Final = re.compile(r"T\d\d(?::|%3A)\d\d[^+]*(\+\d\d(?:(?::|%3A)?\d\d)?)$", re.IGNORECASE)
_SAFE_IN_PATH: Final = "/%:@!$&'()*+,;=~[]#"


@dataclass(frozen=True)
class Request:
    """A request as you wrote it, with its placeholders.

    Attributes:
        method: `GET`, `POST`, …
        path: The path with its query, or an absolute URL, as written.
        query: The `-q` options as pairs of name and value.
        headers: The `-H` options as pairs of name and value.
        body: The text of the cell, or None if there is none.
        body_name: The variable that `--body` names, or None.
        files: The `--file` options as pairs of field and path.
        fields: The `-d` options as pairs of field and value.
        arguments: The parsed line, with the columns of its parts.
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

    def fill(self, names: Mapping[str, Any], environment: Environment | None = None) -> Filled:
        """Return the request with the notebook's values in place of its placeholders.

        Args:
            names: The notebook's variables; `_` is the last result.
            environment: Where the call goes; None keeps a whole URL.

        Raises:
            TemplateError: A placeholder can't be filled.
            RequestError: The result is not a valid request.
            OriginError: The URL has another origin.
        """
        arguments = self.arguments
        path, query = _fill_path(self, names, environment)
        query += _fill_query_options(self, names)
        entity = arguments.filled("entity", names)
        output = arguments.filled("output", names)
        timeout = arguments.filled("timeout", names)
        expect = arguments.filled("expect", names)
        if output is not None:
            check_output(output, arguments.columns["output"])
        return Filled(
            method=self.method,
            path=path,
            query=query,
            headers=_fill_headers(self, names, entity, environment or LOCAL),
            body=_fill_body(self, names),
            files=_fill_files(self, names),
            fields=_fill_fields(self, names),
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
            with_token=arguments.with_token,
        )


class Filled(NamedTuple):
    """A request with all values filled in, not sent yet.

    Attributes:
        method: `GET`, `POST`, …
        path: The path below the base URL, percent-encoded, without the query; a URL if not logged in.
        query: Pairs of name and value, decoded, in the order of the line.
        headers: Pairs of name and value.
        body: The JSON body, or None.
        files: Pairs of field and path.
        fields: Pairs of field and value.
        entity: The entity that the call is for, or None for the session's.
        output: The variable that the answer is stored in, or None.
        timeout: Seconds, or None for the session's timeout.
        expect: The expected statuses, or None.
        show: Show the whole answer even if it is stored.
        check: Check the call before it is sent.
        raw: Show the answer unformatted.
        dry_run: Send nothing.
        yes: Don't ask for confirmation.
        all_pages: Read all pages.
        as_format: `curl`, `httpx`, `sdk`, `http`, or None.
        with_token: Write the call that gets the token, too.
        body_line: First line of the body in the cell; None without a body.
        findings: What the check found, certain problems first; `session.calling` sets it.
        held_back: Whether the check stops the call, so that it can only be a dry run.
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
    with_token: bool = False
    body_line: int | None = None
    findings: tuple[Finding, ...] = ()
    held_back: bool = False

    @property
    def content(self) -> bytes | None:
        """The JSON body in UTF-8, or None."""
        return self.body.content if self.body else None


def _fill_path(
    request: Request, names: Mapping[str, Any], environment: Environment | None
) -> tuple[str, list[tuple[str, str]]]:
    column = request.arguments.columns["path"]
    written, _, query = partition(request.path, "?")
    path = quote(fill_text(written, names, place="path", column=column), safe=_SAFE_IN_PATH)
    path = clean_path(path, environment.base_url if environment else None, column=column)
    return path, list(_fill_query_text(query, names, column + len(written) + 1))


def _fill_query_text(query: str, names: Mapping[str, Any], column: int) -> Iterator[tuple[str, str]]:
    """Parse `a=1&b={{ x }}`. The written text is already percent-encoded; inserted values get encoded."""
    while query:
        pair, _, rest = partition(query, "&")
        name, _, value = partition(pair, "=")
        if pair:
            plain_name = unquote_plus(fill_text(name, names, place="query", column=column))
            _check_parameter(plain_name, column)
            start = column + len(name) + 1
            _refuse_plus_of_time_zone(plain_name, value, start)
            for text in _each(value, names, "query", start):
                yield plain_name, unquote_plus(text)
        column += len(pair) + 1
        query = rest


def _refuse_plus_of_time_zone(name: str, value: str, column: int) -> None:
    """Refuse `2026-01-01T00:00:00+02:00` in a query, where a plus means a space."""
    if zone := _TIME_ZONE.search(value):
        raise RequestError(
            f"In a query, + means a space, so the time zone {zone[1]} would be lost.",
            hint=f"Write %2B{zone[1][1:]}, or use -q {name}=…, which keeps the plus.",
            line=1,
            column=column + zone.start(1),
        )


def _fill_query_options(request: Request, names: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs = []
    for (name, value), column in zip(request.query, request.arguments.columns.get("query", ()), strict=True):
        plain_name = fill_text(name, names, place="option", column=column)
        _check_parameter(plain_name, column)
        pairs += [(plain_name, text) for text in _each(value, names, "option", column + len(name) + 1)]
    return pairs


def _each(text: str, names: Mapping[str, Any], place: Place, column: int) -> list[str]:
    """Fill `text`. If it is a single placeholder with a list, return one text per item."""
    reference = sole_reference(text)
    if reference is not None:
        where = Position(1, column)
        items = as_list(lookup(reference, names, where))
        if items is not None:
            if not items:
                raise template_error(
                    f"{{{{ {reference} }}}} is an empty list, so this parameter would be missing.",
                    "Skip the call when the list is empty.",
                    where,
                )
            return [
                write_value(item, f"{reference}[{number}]", place=place, where=where)
                for number, item in enumerate(items)
            ]
    return [fill_text(text, names, place=place, column=column)]


def _fill_headers(
    request: Request, names: Mapping[str, Any], entity: str | None, environment: Environment
) -> list[tuple[str, str]]:
    columns = request.arguments.columns.get("header", ())
    headers = []
    for (name, value), column in zip(request.headers, columns, strict=True):
        text = fill_text(value, names, place="header", column=column + len(name) + 1)
        check_header_value(name, text, column)
        if entity is not None and environment.names_entity(name) and text != entity:
            message = f"--entity and the header {name} name two entities."
            raise RequestError(message, hint="Remove one of them.", line=1, column=column)
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


def _fill_fields(request: Request, names: Mapping[str, Any]) -> list[tuple[str, str]]:
    columns = request.arguments.columns.get("field", ())
    fields = _fill_pairs(request.fields, columns, names)
    for (name, _), column in zip(fields, columns, strict=True):
        _check_parameter(name, column)
    return fields


def _fill_files(request: Request, names: Mapping[str, Any]) -> list[tuple[str, Path]]:
    columns = request.arguments.columns.get("file", ())
    files = []
    for (name, text), column in zip(_fill_pairs(request.files, columns, names), columns, strict=True):
        path = Path(text).expanduser()
        if not path.is_file():
            hint = f"Relative paths start at {Path.cwd().name}/, the folder of the kernel."
            raise RequestError(f"No such file: {text}.", hint=hint, line=1, column=column)
        files.append((name, path))
    return files


def _fill_body(request: Request, names: Mapping[str, Any]) -> FilledBody | None:
    if request.body is not None:
        return fill_json(request.body, names)
    if request.body_name is None:
        return None
    column = request.arguments.columns["body"]
    reference = sole_reference(request.body_name) or request.body_name
    refuse_expression(reference, Position(1, column))
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
            f"--body {reference} is text, but not JSON: {error}", line=1, column=column
        ) from None
    if not isinstance(data, dict):
        raise RequestError(f"--body {reference} is not a JSON object.", line=1, column=column)
    return FilledBody(text, data, text, 1)


def _check_parameter(name: str, column: int) -> None:
    """Refuse a parameter that calls can't set, such as one that changes the method."""
    if reason := why_parameter_refused(name):
        raise RequestError(f"The parameter {name} can't be set.", hint=reason, line=1, column=column)


def check_header_value(name: str, value: str, column: int) -> None:
    """Refuse a header value that is not one line of ASCII."""
    if not value.isascii() or any((c < " " and c != "\t") or c == "\x7f" for c in value):
        hint = "Header values must be one line of ASCII."
        raise RequestError(f"Invalid value for the header {name}.", hint=hint, line=1, column=column)


def check_output(name: str, column: int) -> None:
    """Refuse an `-o` name that is invalid or would hide a builtin or an IPython variable."""
    if not name.isidentifier() or keyword.iskeyword(name) or name == "_":
        raise RequestError(f"-o {name[:30]!r} is not a valid variable name.", line=1, column=column)
    if hasattr(builtins, name) or _RESERVED.fullmatch(name):
        raise RequestError(
            f"-o {name} would hide a built-in name.",
            hint="Choose another name, for instance answer.",
            line=1,
            column=column,
        )
