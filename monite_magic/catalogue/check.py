"""The check before sending: what the catalogue has to say about a call.

    findings = check(catalogue, match, query=[("limit", "500")], body={"type": "organisation"})

Each finding names the field, says what is wrong and what was meant, and whether the call is sure to be
refused. What the document allows and a person hardly means (a decimal point in an amount) is a warning. A
call without a body never loads jsonschema.
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

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from monite_magic.catalogue.model import Catalogue, Match, Operation, Schema

__all__ = ["NO_BODY", "Finding", "check"]

#: The call has no body; None would be the JSON null.
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
    """Return what is wrong or doubtful with a call, in the order of path, query, entity, body.

    Args:
        catalogue: The catalogue that `match` comes from.
        match: The operation and its path parameters.
        query: Pairs of name and value, decoded; a list is its name repeated.
        entity: The entity id of the line, or whether one goes with the call from the session.
        entity_header: Name of the header that names the entity.
        body: The JSON body as Python, `NO_BODY` if there is none.
        form: The names of the fields and files of a multipart form, None if it is no form.
        locate: Gives line and column of a place in the body: called with its path and `of_key`.
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
            # A filter that is ignored gives rows that were not asked for, and sums that are wrong in silence:
            # one that no operation knows, or that is nearly one of this operation's, is held back.
            span = span_of_query(catalogue, operation, name)
            ignored = name not in _query_names(catalogue) or is_slip(name, known)
            refused = operation.method == "GET" and not span and ignored
            text = _unknown_query(operation, name, known)
            if span:
                text = f"{operation} takes it {span}; with {catalogue.version} it will probably be ignored."
            yield Finding("query", name, text, "ignored", refused=refused)
        elif problem := problem_with(catalogue, known[name].schema, value):
            advice = _repeated(catalogue, name, known[name].schema, value)
            if name == "limit" and problem.text.startswith("is above"):
                advice = " That is for one page: --all reads them all."
            if problem.rule == "choice" and (span := span_of_value(catalogue, operation, name, value)):
                advice = f" It is one {span}."
            text = f"{value or 'An empty value'} {problem.text}.{advice}"
            yield Finding("query", name, text, problem.rule)
        elif known[name].deprecated:
            yield Finding("query", name, "It is deprecated.", "deprecated", refused=False)
    given = Counter(name for name, _ in query)
    for name, parameter in known.items():
        if parameter.required and name not in given:
            yield Finding("query", name, "It is required.", "required")
        if given[name] > 1 and not _is_list(catalogue, parameter.schema):
            # Like a slip in a name: the rows would not be those that were asked for.
            several = f" For several values there is {name}__in." if f"{name}__in" in known else ""
            text = f"It is given {given[name]} times, and only one of them would count.{several}"
            yield Finding("query", name, text, "ignored", refused=operation.method == "GET")


@lru_cache(maxsize=4)
def _query_names(catalogue: Catalogue) -> frozenset[str]:
    """The names of the query parameters of all operations."""
    return frozenset(each.name for operation in catalogue.operations for each in operation.query_parameters)


def _repeated(catalogue: Catalogue, name: str, schema: Schema, value: str) -> str:
    """Return how several values of a list are written, if they were given with commas; else nothing."""
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
    advice = f" The nearest: {', '.join(near)}." if near else ""
    return f"{operation} has no such query parameter and will probably ignore it.{advice}"


def _check_entity(operation: Operation, header: str, *, entity: bool | str) -> Iterator[Finding]:
    listed_by = "%monite GET /entities lists them."
    if operation.entity_header == "required" and not entity:
        how = "give --entity ID, or choose one with %monite_use --entity ID."
        message = f"The call needs an entity: {how} {listed_by}"
        yield Finding("header", header, message, "required")
    if isinstance(entity, str) and not has_format(entity, "uuid"):
        # It is not repeated: it may be a secret in the wrong place.
        yield Finding("header", header, f"The ID of an entity is a UUID: {listed_by}", "format")


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
            message = f"The form has no such field; it takes {listed(known)}."
            yield Finding("body", name, message, "ignored", refused=False)
    for name in schema.get("required", ()):
        if name not in names:
            option = "--file" if known.get(name, {}).get("format") == "binary" else "-d"
            yield Finding("body", name, f"It is required: give {option} {name}=….", "required")


def _check_body(
    catalogue: Catalogue, operation: Operation, body: Any, locate: Locate | None
) -> list[Finding]:
    if operation.body is None:
        message = f"{operation} takes no body; what stands here will probably be ignored."
        return [Finding("body", "", message, "ignored", refused=False)]
    if operation.body.content_type != _JSON:
        needs = listed(catalogue.resolve(operation.body.schema).get("required", ()))
        message = f"{operation} takes a form, not JSON: give --file FIELD=PATH and -d FIELD=VALUE ({needs})."
        return [Finding("body", "", message, "content_type")]
    from monite_magic.catalogue.body_check import check_body

    findings = check_body(catalogue, operation.body.schema, body, locate)
    found = [_with_own_records(catalogue, operation, finding) for finding in findings]
    return [_with_span(catalogue, operation, finding, body) for finding in found]


def _with_span(catalogue: Catalogue, operation: Operation, finding: Finding, body: Any) -> Finding:
    """Say of a field or a value that is not there which other API version has it."""
    if finding.rule == "choice":
        span = span_of_value(catalogue, operation, finding.field, _value_at(body, finding.field))
        return finding._replace(message=f"{finding.message} It is one {span}.") if span else finding
    if finding.rule not in ("ignored", "unknown"):
        return finding
    span = span_of_field(catalogue, operation, finding.field.split("."))
    if not span:
        return finding
    said = finding.message.partition(" Did you mean")[0]
    return finding._replace(message=f"{said} It is a field of this body {span}.")


def _value_at(body: Any, field: str) -> Any:
    """The value at a finding's path, such as `line_items[0].price`; None if there is none."""
    for step in re.findall(r"[^.\[\]]+", field):
        if isinstance(body, list) and step.isdecimal():
            body = body[int(step)] if int(step) < len(body) else None
        else:
            body = body.get(step) if isinstance(body, dict) else None
    return body


def _with_own_records(catalogue: Catalogue, operation: Operation, finding: Finding) -> Finding:
    """Say of a field that is not there where such things are kept, if they are records of their own."""
    if finding.rule not in ("ignored", "unknown"):
        return finding
    name = finding.field.rpartition(".")[2].lower()
    for path in catalogue.below(operation.path):
        kept = path.rpartition("/")[2]
        if name in (kept, kept.removesuffix("s"), kept.removesuffix("es")):
            advice = f"{name} is not a field but a record of its own: POST {path}."
            return finding._replace(message=f"{finding.message} {advice}")
    return finding
