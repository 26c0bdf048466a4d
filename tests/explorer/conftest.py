"""Forms over the packaged catalogue, and their fields by dotted names."""

import json

import pytest

from monite_magic import catalogue
from monite_magic.catalogue.fields import dotted
from monite_magic.cell.form import Form


@pytest.fixture(scope="session")
def known():
    return catalogue.load()


@pytest.fixture
def form_of(known):
    """The form of a cell's text."""
    return lambda cell: Form.of_cell(known, cell)


@pytest.fixture
def at():
    """A field of a form by its name: `body.price.value`."""

    def find(form, name):
        return next(leaf for leaf in form.leaves() if dotted(leaf.path) == name)

    return find


@pytest.fixture
def sent_by():
    """The body that a form sends, as Python."""
    return lambda form: json.loads(form.body)
