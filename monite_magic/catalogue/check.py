"""Check a call against the catalogue before it is sent.

    findings = check(catalogue, match, query=[("limit", "500")], body={"type": "organisation"})

Each finding names the field, the problem and a likely fix, and whether the API will certainly refuse the
call. Values that are valid but unlikely, such as a decimal point in an amount, are warnings. A call without a
body doesn't load jsonschema.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from monite_magic.catalogue.fields import variants
from monite_magic.catalogue.findings import Finding, Locate
from monite_magic.catalogue.formats import has_format
from monite_magic.catalogue.nearest import is_slip, nearest_words
from monite_magic.catalogue.spans import span_of_field, span_of_query, span_of_value
from monite_magic.catalogue.text_values import problem_with
from monite_magic.catalogue.wording import listed
from monite_magic.core import LOCAL
from monite_magic.core.words import either

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from monite_magic.catalogue.model import Catalogue, Match, Operation, Schema

__all__ = ["NO_BODY", "Finding", "check"]

#: The call has no body. (None would be the JSON null.)
NO_BODY: Final = object()

_JSON = "application/json"


def check(
    catalogue: Catalogue,
    match: Match,
    *,
    query: Sequence[tuple[str, str]] = (),
    entity: bool | str = True,
    entity_header: str = LOCAL.entity_header,
    body: Any = NO_BODY,
    form: Collection[str] | None = None,
    locate: Locate | None = None,
) -> list[Finding]:
    """Return the findings for a call, in the order path, query, entity, body.

    Args:
        catalogue: The catalogue of `match`.
        match: The operation and its path parameters.
        query: Decoded pairs of name and value. A list repeats its name.
        entity: The entity ID in the line, or whether the session adds one.
        entity_header: The name of the entity header.
        body: The JSON body as Python, or `NO_BODY`.
        form: The names of the fields and files of a multipart form, or None.
        locate: Returns the line and column of a path in the body.
    """
    operation = match.operation
    findings = [
        *_check_path(catalogue, match),
        *_check_query(catalogue, operation, query),
        *_check_entity(operation, entity_header, entity=entity),
    ]
    if form is not None:
        findings += _check_form(catalogue, operation, form)
    elif body is not NO_BODY:
        findings += _check_body(catalogue, operation, body, locate)
    elif operation.body is not None and operation.body.required:
        findings.append(
            Finding(
                "body", "", f"{operation} needs a body: %monite_new {operation} drafts the cell.", "required"
            )
        )
    if operation.deprecated:
        findings.append(Finding("call", "", f"{operation} is deprecated.", "deprecated", refused=False))
    return findings


def _check_path(catalogue: Catalogue, match: Match) -> Iterator[Finding]:
    for parameter in match.operation.path_parameters:
        value = match.path_params.get(parameter.name, "")
        problem = problem_with(catalogue, parameter.schema, value)
        if problem:
            yield Finding(
                "path", parameter.name, f"{value or 'An empty value'} {problem.text}.", problem.rule
            )


def _check_query(
    catalogue: Catalogue, operation: Operation, query: Sequence[tuple[str, str]]
) -> Iterator[Finding]:
    known = {parameter.name: parameter for parameter in operation.query_parameters}
    for name, value in query:
        if name not in known:
            # The API ignores such a filter, so it would return the wrong rows, and nobody would notice. Hold
            # back a filter that no operation has, or that looks like a typo of one of this operation's.
            span = span_of_query(catalogue, operation, name)
            ignored = name not in _query_names(catalogue) or is_slip(name, known)
            refused = operation.method == "GET" and not span and ignored
            text = _unknown_query(operation, name, known)
            if span:
                text = f"{operation} has this parameter {span}; {catalogue.version} will probably ignore it."
            yield Finding("query", name, text, "ignored", refused=refused)
        elif problem := problem_with(catalogue, known[name].schema, value):
            advice = _repeated(catalogue, name, known[name].schema, value)
            if name == "limit" and problem.text.startswith("is above"):
                advice = " The limit is per page; --all reads all pages."
            if problem.rule == "choice" and (span := span_of_value(catalogue, operation, name, value)):
                advice = f" It is allowed {span}."
            text = f"{value or 'An empty value'} {problem.text}.{advice}"
            yield Finding("query", name, text, problem.rule)
        elif known[name].deprecated:
            yield Finding("query", name, "This parameter is deprecated.", "deprecated", refused=False)
    given = Counter(name for name, _ in query)
    for name, parameter in known.items():
        if parameter.required and name not in given:
            yield Finding("query", name, "This parameter is required.", "required")
        if given[name] > 1 and not _is_list(catalogue, parameter.schema):
            # As with a typo in a name, the API would return the wrong rows.
            several = f" For several values, use {name}__in." if f"{name}__in" in known else ""
            text = f"It appears {given[name]} times, but only one value counts.{several}"
            yield Finding("query", name, text, "ignored", refused=operation.method == "GET")


@lru_cache(maxsize=4)
def _query_names(catalogue: Catalogue) -> frozenset[str]:
    """Return the names of the query parameters of all operations."""
    return frozenset(each.name for operation in catalogue.operations for each in operation.query_parameters)


def _repeated(catalogue: Catalogue, name: str, schema: Schema, value: str) -> str:
    """Return how to write several values, if they were separated with commas; else an empty text."""
    values = value.split(",")
    if (
        len(values) < 2
        or not _is_list(catalogue, schema)
        or any(problem_with(catalogue, schema, each) for each in values)
    ):
        return ""
    return f" Repeat the name for each value: {'&'.join(f'{name}={each}' for each in values)}."


def _is_list(catalogue: Catalogue, schema: Schema) -> bool:
    return any(plain.get("type") == "array" for plain in variants(catalogue, schema))


def _unknown_query(operation: Operation, name: str, known: Iterable[str]) -> str:
    near = nearest_words(name, known)
    advice = f" Did you mean {either(near)}?" if near else ""
    return f"Unknown query parameter: {operation} will probably ignore it.{advice}"


def _check_entity(operation: Operation, header: str, *, entity: bool | str) -> Iterator[Finding]:
    listed_by = "%monite GET /entities lists them."
    if operation.entity_header == "required" and not entity:
        how = "add --entity ID, or choose one with %monite_use --entity ID."
        message = f"This call needs an entity: {how} {listed_by}"
        yield Finding("header", header, message, "required")
    if isinstance(entity, str) and not has_format(entity, "uuid"):
        # Don't repeat the value: it may be a secret in the wrong place.
        yield Finding("header", header, f"An entity ID must be a UUID. {listed_by}", "format")


def _check_form(catalogue: Catalogue, operation: Operation, names: Collection[str]) -> Iterator[Finding]:
    if operation.body is None or operation.body.content_type == _JSON:
        message = (
            f"{operation} takes {'a JSON body' if operation.body else 'no body'}, not a form with files."
        )
        yield Finding("body", "", message, "content_type")
        return
    schema = catalogue.resolve(operation.body.schema)
    known = schema.get("properties", {})
    for name in names:
        if name not in known:
            message = f"Unknown form field. Available: {listed(known)}."
            yield Finding("body", name, message, "ignored", refused=False)
    for name in schema.get("required", ()):
        if name not in names:
            option = "--file" if known.get(name, {}).get("format") == "binary" else "-d"
            yield Finding("body", name, f"This field is required: add {option} {name}=….", "required")


def _check_body(
    catalogue: Catalogue, operation: Operation, body: Any, locate: Locate | None
) -> list[Finding]:
    if operation.body is None:
        message = f"{operation} takes no body, so the API will probably ignore this one."
        return [Finding("body", "", message, "ignored", refused=False)]
    if operation.body.content_type != _JSON:
        needs = listed(catalogue.resolve(operation.body.schema).get("required", ()))
        message = f"{operation} takes a form, not JSON: use --file FIELD=PATH and -d FIELD=VALUE ({needs})."
        return [Finding("body", "", message, "content_type")]
    from monite_magic.catalogue.body_check import check_body

    findings = check_body(catalogue, operation.body.schema, body, locate)
    found = [_with_own_records(catalogue, operation, finding) for finding in findings]
    return [_with_span(catalogue, operation, finding, body) for finding in found]


def _with_span(catalogue: Catalogue, operation: Operation, finding: Finding, body: Any) -> Finding:
    """Add to a finding which other API version has the unknown field or value."""
    if finding.rule == "choice":
        span = span_of_value(catalogue, operation, finding.field, _value_at(body, finding.field))
        return finding._replace(message=f"{finding.message} It is allowed {span}.") if span else finding
    if finding.rule not in ("ignored", "unknown"):
        return finding
    span = span_of_field(catalogue, operation, finding.field.split("."))
    if not span:
        return finding
    said = finding.message.partition(" Did you mean")[0]
    return finding._replace(message=f"{said} This body has it {span}.")


def _value_at(body: Any, field: str) -> Any:
    """Return the value at a finding's path, such as `line_items[0].price`, or None."""
    for step in re.findall(r"[^.\[\]]+", field):
        if isinstance(body, list) and step.isdecimal():
            body = body[int(step)] if int(step) < len(body) else None
        else:
            body = body.get(step) if isinstance(body, dict) else None
    return body


def _with_own_records(catalogue: Catalogue, operation: Operation, finding: Finding) -> Finding:
    """Add to a finding about an unknown field that separate records have this data, if they do."""
    if finding.rule not in ("ignored", "unknown"):
        return finding
    name = finding.field.rpartition(".")[2].lower()
    for path in catalogue.below(operation.path):
        kept = path.rpartition("/")[2]
        if name in (kept, kept.removesuffix("s"), kept.removesuffix("es")):
            advice = f"{name} is not a field. Create a separate record: POST {path}."
            return finding._replace(message=f"{finding.message} {advice}")
    return finding
