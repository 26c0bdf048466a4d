"""Turn one `%%monite` cell into an answer.

    cell.reading.read -> prepare (fill, check) -> send (ask, if it has to) -> MoniteResponse

The magics decide what to show and whether the cell fails.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from monite_magic import catalogue
from monite_magic.api import Note
from monite_magic.catalogue.findings import Finding
from monite_magic.core import LOCAL, MoniteError, RequestError
from monite_magic.core.words import either

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from monite_magic.catalogue import Catalogue
    from monite_magic.cell import Filled, Request
    from monite_magic.session.confirming import Confirm
    from monite_magic.session.response import MoniteResponse
    from monite_magic.session.session import Session


class CheckError(MoniteError):
    """The call was not sent: the API would refuse it or ignore part of it."""

    def __init__(self, call: str, findings: Sequence[Finding]) -> None:
        refused = any(finding.refused and finding.rule != "ignored" for finding in findings)
        outcome = "be refused" if refused else "return rows that you did not ask for"
        lines = [f"{call} would {outcome}, so it was not sent:"]
        for finding in findings:
            place = "" if finding.line is None else f" (line {finding.line}, column {finding.column})"
            lines.append(f"  - {finding.text}{place}")
        super().__init__("\n".join(lines), hint="Fix it, or send it anyway with --no-check.")


def prepare(request: Request, names: Mapping[str, Any], session: Session, *, lines_above: int = 0) -> Filled:
    """Fill and check a request without sending it.

    Args:
        request: The request parsed from the cell.
        names: The notebook's variables.
        session: The session that would send it.
        lines_above: Number of lines above the magic in the cell.

    Raises:
        MoniteError: A placeholder can't be filled, or the check finds a problem that the API would certainly
            refuse. A dry run is returned anyway.
    """
    environment = session.profile.environment if session.logged_in else None
    filled = request.fill(names, environment)
    version = (environment or LOCAL).version_of(filled.headers)
    known = catalogue.current(version)
    in_cell = request.body is not None
    findings = tuple(
        finding if finding.line is None else finding._replace(line=finding.line + lines_above)
        for finding in _findings(session, known, filled, in_cell=in_cell)
    )
    # For any other API version, the check can only guess.
    is_guess = version != known.version and catalogue.is_packaged(known)
    if findings and is_guess:
        note = f"Version {version} has no catalogue: checked against {known.version} instead."
        findings += (Finding("call", "", note, "version", refused=False),)
    is_sure = not is_guess and (environment is None or not environment.unverified)
    held_back = filled.check and is_sure and any(finding.refused for finding in findings)
    if held_back and not filled.dry_run:
        raise CheckError(f"{filled.method} {filled.path}", findings)
    body_line = lines_above + 2 if in_cell else None
    return filled._replace(body_line=body_line, findings=findings, held_back=held_back)


def _findings(session: Session, known: Catalogue, filled: Filled, *, in_cell: bool) -> list[Finding]:
    """Check a call against the catalogue; problems that the API would refuse come first."""
    match = known.find(filled.method, filled.path)
    if match is None or (match.has_word and _span(known, filled)):
        return [_unknown(known, filled)] if filled.check else []
    from monite_magic.catalogue.check import NO_BODY, check

    # Before the log-in, the environment and the entity are not known yet.
    profile = session.profile if session.logged_in else None
    environment = profile.environment if profile else LOCAL
    in_header = any(environment.names_entity(name) for name, _ in filled.headers)
    body = filled.body
    findings = check(
        known,
        match,
        query=filled.query,
        entity=filled.entity or bool(in_header or profile is None or profile.entity_id),
        entity_header=environment.entity_header,
        body=NO_BODY if body is None else body.data,
        form=[name for name, _ in [*filled.files, *filled.fields]] or None,
        locate=body.position if body is not None and in_cell else None,
    )
    return sorted(findings, key=lambda finding: not finding.refused)


def _span(known: Catalogue, filled: Filled) -> str:
    from monite_magic.catalogue.spans import span_of_operation

    return span_of_operation(known, filled.method, filled.path)


def _unknown(known: Catalogue, filled: Filled) -> Finding:
    """Return the warning for a call that is not in the catalogue; it is sent anyway."""
    if span := _span(known, filled):
        text = f"{filled.method} {filled.path} is not in API version {known.version} ({span})."
        return Finding("path", "", text, "version", refused=False)
    methods = [operation.method for operation in known.at(filled.path)]
    if methods:
        text = f"{filled.path} supports only {', '.join(methods)}."
    else:
        near = known.nearest(filled.path)
        text = f"The path {filled.path} is not in the catalogue."
        if near:
            text += f" Did you mean {either(near)}?"
    return Finding("path", "", text, "unknown", refused=False)


def call_options(filled: Filled) -> dict[str, Any]:
    """Return the arguments for `Session.prepare`, apart from method and path."""
    options: dict[str, Any] = {
        "params": filled.query,
        "headers": dict(filled.headers),
        "entity_id": filled.entity,
        "timeout": filled.timeout,
        "notes": tuple(
            Note(finding.text, "warning", finding.line, finding.column) for finding in filled.findings
        ),
    }
    if filled.files or filled.fields:
        options["files"] = [(name, _read(path)) for name, path in filled.files]
        options["data"] = _grouped(filled.fields)
    elif filled.body is not None:
        options["content"] = filled.content
    return options


def send(filled: Filled, session: Session, confirm: Confirm, *, has_person: bool = False) -> MoniteResponse:
    """Send a call and return its answer, whatever its status.

    Args:
        filled: The result of `prepare`.
        session: The session that sends it.
        confirm: Asks for confirmation before production data is changed.
        has_person: Whether someone can answer a question. Then the kernel's first `--yes` at each
            host needs a confirmation too, since someone else may have written the notebook.

    Raises:
        ConfirmationError: The call was declined or not confirmed yet, or nobody can confirm it.
        MoniteError: As for `MoniteClient.request`.
    """
    outgoing = session.prepare(filled.method, filled.path, **call_options(filled))
    environment = outgoing.profile.environment

    def sent(*, confirmed: bool) -> MoniteResponse:
        if confirmed and filled.yes and has_person:
            session.yes_confirmed_at.add(environment.origin)
        response = session.send(outgoing, confirmed=confirmed)
        response.body_line = filled.body_line
        return response

    honours_yes = filled.yes and session.honours_yes(environment, has_person=has_person)
    if honours_yes or not outgoing.needs_yes:
        return sent(confirmed=honours_yes)
    answer: MoniteResponse = confirm(session.ask(outgoing, functools.partial(sent, confirmed=True)))
    return answer


def _read(path: Path) -> tuple[str, bytes]:
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        problem = f"The file {path} can't be read: {(error.strerror or 'it failed').lower()}."
    raise RequestError(problem, hint="Check the path. Relative paths start at the notebook's folder.", line=1)


def _grouped(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    grouped: dict[str, Any] = {}
    for name, value in fields:
        grouped.setdefault(name, []).append(value)
    return grouped
