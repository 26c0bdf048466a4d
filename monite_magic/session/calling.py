"""One `%%monite` cell, from its text to an answer: each room once.

    request.parse -> fill -> check -> confirm -> session.call -> MoniteResponse

What is shown, and what fails the cell, is decided by the magics.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from monite_magic import catalogue
from monite_magic.api import Note
from monite_magic.core import LOCAL, MoniteError, RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from monite_magic.catalogue import Catalogue
    from monite_magic.catalogue.check import Finding
    from monite_magic.cell import Filled, Request
    from monite_magic.session.confirming import Confirm
    from monite_magic.session.response import MoniteResponse
    from monite_magic.session.session import Session

_ENTITY_HEADER: Final = "x-monite-entity-id"


class CheckError(MoniteError):
    """The call is certain to be refused, or to answer something else than was asked; so it was not sent.

    Args:
        call: Method and path.
        findings: What the check found; those that are certain come first.
    """

    def __init__(self, call: str, findings: Iterable[Finding]) -> None:
        findings = list(findings)
        refused = any(finding.refused and finding.rule != "ignored" for finding in findings)
        self.notes = tuple(_note(finding) for finding in findings)
        would_be = "be refused" if refused else "give rows that were not asked for"
        lines = [f"{call} would {would_be}, so it was not sent:"]
        for note in self.notes:
            place = "" if note.line is None else f" (line {note.line}, column {note.column})"
            lines.append(f"  - {note.text}{place}")
        super().__init__("\n".join(lines), hint="Fix it, or send it anyway with --no-check.")


def checked(
    session: Session, filled: Filled, *, in_cell: bool = True, lines_above: int = 0
) -> tuple[Note, ...]:
    """Hold a call against the catalogue.

    Args:
        session: Its entity counts as given; so does one while nobody is logged in.
        filled: The call.
        in_cell: Whether the body stands in the cell, so that its lines can be named.
        lines_above: How many lines of the cell stand above the magic's own.

    Returns:
        Warnings to show above the answer; with `--no-check`, also what is certain to be refused.

    Raises:
        CheckError: The call is certain to be refused, and `--no-check` was not given.
    """
    version = version_of(session, filled)
    known = catalogue.current(version)
    match = known.find(filled.method, filled.path)
    if match is None:
        return _unknown(known, filled) if filled.check else ()
    from monite_magic.catalogue.check import NO_BODY, check

    in_header = any(name.lower() == _ENTITY_HEADER for name, _ in filled.headers)
    body = filled.body
    findings = check(
        known,
        match,
        query=filled.query,
        entity=filled.entity or bool(in_header or not session.logged_in or session.profile.entity_id),
        body=NO_BODY if body is None else body.data,
        form=[name for name, _ in [*filled.files, *filled.fields]] or None,
        locate=body.position if body is not None and in_cell else None,
    )
    findings = sorted(
        (_below(lines_above, finding) for finding in findings), key=lambda finding: not finding.refused
    )
    # What the catalogue knows is Monite's, and of its own version: of any other it can only guess.
    is_sure = version == known.version or not catalogue.is_packaged(known)
    is_sure = is_sure and not (session.logged_in and session.profile.environment.unverified)
    if filled.check and is_sure and any(finding.refused for finding in findings):
        raise CheckError(f"{filled.method} {filled.path}", findings)
    notes = tuple(_note(finding) for finding in findings)
    if notes and version != known.version and catalogue.is_packaged(known):
        notes += (Note(f"There is no catalogue of version {version}: checked by that of {known.version}."),)
    return notes


def version_of(session: Session, filled: Filled) -> str:
    """Return the API version that a call goes out with."""
    environment = session.profile.environment if session.logged_in else LOCAL
    return environment.version_of(filled.headers)


def _below(lines_above: int, finding: Finding) -> Finding:
    return finding if finding.line is None else finding._replace(line=finding.line + lines_above)


def _note(finding: Finding) -> Note:
    return Note(finding.text, "warning", finding.line, finding.column)


def _unknown(known: Catalogue, filled: Filled) -> tuple[Note, ...]:
    """What to say of a call that the catalogue does not know; it is sent all the same."""
    from monite_magic.catalogue.spans import span_of_operation

    if span := span_of_operation(known, filled.method, filled.path):
        text = f"{filled.method} {filled.path} is not in API version {known.version} ({span})."
        return (Note(text, "warning"),)
    methods = [operation.method for operation in known.at(filled.path)]
    if methods:
        text = f"The catalogue knows {filled.path} only with {', '.join(methods)}."
    else:
        near = known.nearest(filled.path)
        text = f"The catalogue does not know the path {filled.path}."
        if near:
            text += f" The nearest: {', '.join(near)}."
    return (Note(text, "warning"),)


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is ready to go: read, filled and checked.

    Attributes:
        filled: Everything concrete.
        notes: Warnings of the check.
        body_line: Line of the cell at which the body begins; None if it does not stand there.
        refused: Whether it is certain to be refused, and so is good for a dry run only.
    """

    filled: Filled
    notes: tuple[Note, ...] = ()
    body_line: int | None = None
    refused: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """What `Session.call` takes beside method and path."""
        filled = self.filled
        options: dict[str, Any] = {
            "params": filled.query,
            "headers": dict(filled.headers),
            "entity_id": filled.entity,
            "timeout": filled.timeout,
        }
        if filled.files or filled.fields:
            options["files"] = [(name, _read(path)) for name, path in filled.files]
            options["data"] = _grouped(filled.fields)
        elif filled.body is not None:
            options["content"] = filled.content
        return options


def prepare(request: Request, names: Mapping[str, Any], session: Session, *, lines_above: int = 0) -> Call:
    """Fill and check a request; nothing is sent.

    Args:
        request: As it was read from the cell.
        names: The notebook's variables.
        session: The session that would send it.
        lines_above: How many lines of the cell stand above the magic's own.

    Raises:
        MoniteError: A placeholder can't be filled, or the call is certain to be refused. (A dry run is shown
            all the same.)
    """
    filled = _below_base(request.fill(names), session)
    in_cell = request.body is not None
    body_line = lines_above + 2 if in_cell else None
    try:
        notes = checked(session, filled, in_cell=in_cell, lines_above=lines_above)
    except CheckError as error:
        if filled.dry_run:
            return Call(filled, error.notes, body_line, refused=True)
        raise
    return Call(filled, notes, body_line)


def send(call: Call, session: Session, confirm: Confirm, *, has_person: bool = False) -> MoniteResponse:
    """Send a call and return its answer, whatever its status.

    Args:
        call: As `prepare` returned it.
        session: The session that sends it.
        confirm: Asks before production data is changed.
        has_person: Whether somebody is there to be asked. Then the kernel's first `--yes` is asked about too,
            since somebody else may have written it.

    Raises:
        ConfirmationError: The person said no, or nothing yet, or there is no person.
        MoniteError: As for `MoniteClient.request`.
    """
    filled = call.filled
    outgoing = session.prepare(filled.method, filled.path, notes=call.notes, **call.options)

    def sent(*, confirmed: bool) -> MoniteResponse:
        if confirmed and filled.yes and has_person:
            session.yes_was_confirmed = True
        response = session.send(outgoing, confirmed=confirmed)
        response.body_line = call.body_line
        return response

    honours_yes = filled.yes and (session.yes_was_confirmed or not has_person)
    if honours_yes or not outgoing.needs_yes:
        return sent(confirmed=honours_yes)
    answer: MoniteResponse = confirm(session.ask(outgoing, functools.partial(sent, confirmed=True)))
    return answer


def _below_base(filled: Filled, session: Session) -> Filled:
    """Return the call with its path alone where the whole URL of the session's API was written."""
    base = session.profile.environment.base_url if session.logged_in else None
    if base is None or not filled.path.startswith(f"{base}/"):
        return filled
    return replace(filled, path=filled.path.removeprefix(base))


def _read(path: Path) -> tuple[str, bytes]:
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        problem = f"The file {path} can't be read: {(error.strerror or 'it failed').lower()}."
    raise RequestError(problem, hint="Check the path; it is relative to the notebook's folder.", line=1)


def _grouped(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    grouped: dict[str, Any] = {}
    for name, value in fields:
        grouped.setdefault(name, []).append(value)
    return grouped
