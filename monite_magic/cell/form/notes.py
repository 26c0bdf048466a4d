"""Check a form: notes for each field, and notes for the whole call."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from monite_magic.catalogue.check import NO_BODY, check
from monite_magic.catalogue.fields import dotted
from monite_magic.cell.form.texts import unit_problem
from monite_magic.cell.form.tree import EMPTY, Reference, value_at
from monite_magic.cell.placeholders import lookup
from monite_magic.cell.template import fill_text
from monite_magic.cell.values import Unwritable, to_json
from monite_magic.core import LOCAL, MoniteError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.catalogue.check import Finding
    from monite_magic.cell.form.controls import Path
    from monite_magic.cell.form.model import Form


@dataclass(slots=True)
class Notes:
    """The notes of a form.

    Attributes:
        at: Notes by the path of the field.
        whole: Notes for the call.
        refused: Whether the call would not be sent.
    """

    at: dict[Path, list[str]] = field(default_factory=dict)
    whole: list[str] = field(default_factory=list)
    refused: bool = False

    def add(self, path: Path | None, text: str) -> None:
        """Add a note to a field, or to the whole call."""
        if path is None:
            self.whole.append(text)
        else:
            self.at.setdefault(path, []).append(text)


def notes_of(form: Form, names: Mapping[str, Any], *, has_entity: bool = True) -> Notes:
    """Return the notes for the current values of a form.

    Args:
        form: The form.
        names: The notebook's variables.
        has_entity: Whether the session has an entity, or you are not logged in.
    """
    notes = Notes()
    filler = _Filler(names, notes)
    path = form.operation.path
    for name, value in form.tree["path"].items():
        if value is EMPTY:
            notes.add(("path", name), "This parameter is required.")
            notes.refused = True
        else:
            # A slash in a value must not look like another segment.
            path = path.replace(
                f"{{{name}}}", str(filler.text(value, ("path", name))).replace("/", "%2F") or "-"
            )
    match = form.catalogue.find(form.operation.method, path)
    if match is None or match.operation != form.operation:
        match = form.catalogue.find(form.operation.method, form.operation.path)
    if match is None:
        return notes
    given = {
        name: str(filler.text(value, ("path", name)))
        for name, value in form.tree["path"].items()
        if value is not EMPTY
    }
    match = match._replace(path_params=given)
    query = [
        (str(name), str(filler.text(item, ("query", name))))
        for name, value in form.tree["query"].items()
        for item in (value if isinstance(value, list) else [value])
        if item is not EMPTY
    ]
    body = form.tree["body"]
    data = NO_BODY if body is EMPTY else filler.data(body, ("body",))
    if data is not NO_BODY:
        data = json.loads(json.dumps(data, default=str))
    names_of_form = [name for name, value in form.tree["form"].items() if value not in (EMPTY, [])]
    entity: bool | str = has_entity or any(LOCAL.names_entity(name) for name in form.tree["header"])
    findings = check(
        form.catalogue,
        match,
        query=query,
        entity=entity or "--entity" in form.words,
        body=data,
        form=names_of_form or None,
    )
    places = _places(form)
    for finding in findings:
        if finding.where == "path" and form.tree["path"].get(finding.field) is EMPTY:
            continue
        notes.refused = notes.refused or finding.refused
        place, rest = _place(finding, places)
        message = finding.message if place is not None and not rest else finding.text
        notes.add(place, _of_unit(form, place, finding) or message)
    return notes


def _of_unit(form: Form, place: Path | None, finding: Finding) -> str:
    """Return the note for a text that is not in the unit of its box; the check knows only the API's units."""
    control = form.find(place) if place is not None and finding.rule == "type" else None
    if control is None or control.kind not in ("money", "rate"):
        return ""
    value = value_at(form.tree, control.path)
    return unit_problem(control.kind, value, control.currency) if isinstance(value, str) else ""


class _Filler:
    """Fills in placeholders; a placeholder that can't be filled gets a note and stays."""

    def __init__(self, names: Mapping[str, Any], notes: Notes) -> None:
        self._names = names
        self._notes = notes
        self._noted: set[Path] = set()

    def data(self, value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            return {k: self.data(v, (*path, k)) for k, v in value.items() if v is not EMPTY}
        if isinstance(value, list):
            return [self.data(v, (*path, i)) for i, v in enumerate(value) if v is not EMPTY]
        if isinstance(value, Reference):
            try:
                return json.loads(to_json(lookup(value.name, self._names)))
            except Unwritable as problem:
                self._add_note(path, f"{value} {problem}.")
            except MoniteError as error:
                self._add_note(path, _message_and_hint(error))
            return str(value)
        return self.text(value, path)

    def text(self, value: Any, path: Path) -> Any:
        if not isinstance(value, str) or "{{" not in value:
            return value
        try:
            return fill_text(value, self._names, place="option")
        except MoniteError as error:
            self._add_note(path, _message_and_hint(error))
        return value

    def _add_note(self, path: Path, text: str) -> None:
        if path not in self._noted:
            self._noted.add(path)
            self._notes.add(path, text)
            self._notes.refused = True


def _message_and_hint(error: MoniteError) -> str:
    """Return the message and the hint."""
    return f"{error.message} {error.hint or ''}".rstrip()


def _places(form: Form) -> dict[tuple[str, str], Path]:
    """Return the paths of all controls, by section and dotted name."""
    found: dict[tuple[str, str], Path] = {}
    for section in form.sections:
        waiting = [form.section(section)]
        for control in waiting:
            waiting.extend(control.children)
            found[control.path[0], dotted(control.path[1:])] = control.path  # type: ignore[index]
    return found


def _place(finding: Finding, places: dict[tuple[str, str], Path]) -> tuple[Path | None, str]:
    """Return the control for a finding, and its field if the form doesn't have it."""
    if finding.where == "call" or (finding.where == "body" and not finding.field):
        return None, finding.field
    for section in (finding.where, "form") if finding.where == "body" else (finding.where,):
        if (section, finding.field) in places:
            return places[section, finding.field], ""
    steps = finding.field
    while steps:
        steps = steps.rpartition("[")[0] if steps.endswith("]") else steps.rpartition(".")[0]
        if steps and (finding.where, steps) in places:
            return places[finding.where, steps], finding.field
    return None, finding.field
