"""For every operation: the form makes the body that `%monite_new` makes, and is read back from it."""

import json

import pytest

from monite_magic import catalogue
from monite_magic.catalogue.skeleton import choices
from monite_magic.cell.form import Form, notes_of
from monite_magic.jupyter import assist

ALL = [(version, full) for version in catalogue.versions() for full in (False, True)]


@pytest.fixture(params=ALL, ids=[f"{version}-{'full' if full else 'short'}" for version, full in ALL])
def drafts(request):
    """Each operation of a version, with the cell that %monite_new drafts for it."""
    version, full = request.param
    known = catalogue.load(version)
    catalogue.use(known)
    yield [
        (known, operation, assist.new_cell(operation.method, operation.path, full=full, kind=kind))
        for operation in known.operations
        for kind in [None, *choices(known, operation)]
    ]
    catalogue.use(None)


class Variables(dict):
    """A notebook that has a text under every name."""

    def __contains__(self, name):
        return True

    def __missing__(self, name):
        return "x" * 40


def controls(form):
    """What a form shows, as data."""
    return [form.section(name) for name in form.sections]


def retyped(known, operation, form):
    """A form that was empty, into which somebody typed the texts of another's boxes."""
    fresh = Form(known, operation)

    def type_all(control):
        if control.kind in ("object", "list"):
            if not control.children and control.path[0] == "body":
                fresh.add(control.path)
                shape = fresh.find(control.path)
                for child in reversed(shape.children):
                    fresh.remove(child.path)
            for child in control.children:
                type_all(child)
        else:
            fresh.set(control.path, control.text)

    # The second round is for units: what 5 means is known once its neighbours are typed.
    for _ in range(2):
        for name in form.sections:
            if name != "body" or form.body is not None:
                type_all(form.section(name))
    return fresh


def test_a_form_writes_the_cell_that_it_was_read_from(drafts):
    assert len(drafts) > 100
    for known, _, cell in drafts:
        assert Form.of_cell(known, cell).cell == cell


def test_what_is_typed_into_the_boxes_makes_the_same_body_and_line(drafts):
    for known, operation, cell in drafts:
        form = Form.of_cell(known, cell)
        again = retyped(known, operation, form)
        assert again.line == form.line, operation
        assert (again.body is None) == (form.body is None), operation
        if form.body is not None:
            assert json.loads(again.body) == json.loads(cell.partition("\n")[2]), operation


def test_the_form_read_back_from_its_body_shows_the_same(drafts):
    for known, operation, cell in drafts:
        form = Form.of_cell(known, cell)
        again = Form.of_cell(known, form.cell)
        assert controls(again) == controls(form), operation


def test_no_draft_is_held_back(drafts):
    for known, operation, cell in drafts:
        notes = notes_of(Form.of_cell(known, cell), Variables())
        assert not notes.refused, (operation, notes)
