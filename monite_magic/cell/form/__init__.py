r"""A request as a form: its fields, their kinds and their values.

    form = Form.of_cell(catalogue, "%%monite POST /tags\n{"name": "urgent"}")
    form.section("body")                # the controls to show
    form.set(("body", "name"), "later")
    form.cell                           # the cell that sends the call

This package has no widgets; `monite_magic.jupyter.explorer` displays the form.
"""

from __future__ import annotations

from monite_magic.cell.form.call_fields import Section
from monite_magic.cell.form.controls import Control
from monite_magic.cell.form.model import Form
from monite_magic.cell.form.notes import Notes, notes_of
from monite_magic.cell.form.tree import Reference

__all__ = ["Control", "Form", "Notes", "Reference", "Section", "notes_of"]
