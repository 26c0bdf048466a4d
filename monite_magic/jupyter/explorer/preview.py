"""Shows the form as a cell, as code for other tools, and the fields of the answer."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets

from monite_magic.catalogue.shapes import rows_shape, shape_from
from monite_magic.cell import reading
from monite_magic.core import MoniteError, mask_text
from monite_magic.display.parts import Card, Words
from monite_magic.jupyter import shown_calls
from monite_magic.jupyter.assist.pages import answers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.cell.form import Form
    from monite_magic.session import Session

_CELL: Final = "cell"
_ANSWERS: Final = "answers"
_FORMS: Final = (
    ("the cell", _CELL),
    ("curl", "curl"),
    ("httpx", "httpx"),
    ("the SDK", "sdk"),
    (".http", "http"),
    ("its answers", _ANSWERS),
)
_CLASS: Final = "monite-explore-see"
# Runs in the page on a click. If the clipboard can't be written, it selects the text.
_COPY: Final = f"""<button type="button" class="jupyter-widgets jupyter-button widget-button lm-Widget"
 style="width:max-content" title="Copy the text"
 onclick="const p=this.closest('.{_CLASS}').querySelector('pre');const s=()=>{{const r=document.createRange();
r.selectNodeContents(p);const g=getSelection();g.removeAllRanges();g.addRange(r);}};
if(navigator.clipboard)navigator.clipboard.writeText(p.textContent).then(()=>this.textContent='Copied',s);
else s();"
>Copy</button>"""


class Preview:
    """Shows the call.

    Args:
        session: The session, whose environment and entity are in the code.
        variables: The notebook's variables.
    """

    def __init__(self, session: Session, variables: Mapping[str, Any]) -> None:
        self._session = session
        self._variables = variables
        self._form: Form | None = None
        self.text = ""
        self._as = widgets.Dropdown(
            options=_FORMS, value=_CELL, description="See", style={"description_width": "initial"},
            layout={"width": "max-content"}, tooltip="What to show of the call",
        )  # fmt: skip
        self._shown = widgets.HTML(layout={"width": "auto"})
        self._copy = widgets.HTML(_COPY)
        self.widget = widgets.VBox(
            [widgets.HBox([self._as, self._copy], layout={"flex_flow": "row wrap"}), self._shown],
            layout={"width": "auto"},
        )
        self.widget.add_class(_CLASS)
        self._as.observe(lambda _: self._show(), "value")

    def show_cell(self) -> None:
        """Show the call as a cell."""
        self._as.value = _CELL

    def show(self, form: Form) -> None:
        """Show the current form."""
        self._form = form
        self._show()

    def _show(self) -> None:
        form = self._form
        if form is None:
            return
        if self._as.value == _ANSWERS:
            self._shown.value = _answers(form)
            return
        try:
            self.text = form.cell if self._as.value == _CELL else self._code(form, self._as.value)
        except MoniteError as error:
            self.text = f"# {error}"
        text = html.escape(mask_text(self.text))
        self._shown.value = (
            "<pre tabindex='0' aria-label='The call' style='white-space:pre-wrap;overflow-wrap:anywhere;"
            "border:1px solid rgba(127,127,127,.4);border-radius:4px;padding:6px 10px;margin:4px 0;"
            f"line-height:1.4'>{text}</pre>"
        )

    def _code(self, form: Form, kind: str) -> str:
        filled = reading.parse(form.line, form.body).fill(self._variables)
        return repr(shown_calls.as_code(self._session, filled, kind))


def _answers(form: Form) -> str:
    parts = answers(form.catalogue, form.operation)
    answer = form.operation.answers.get(form.operation.success)
    if answer and answer.schema:
        shape = shape_from(form.catalogue, answer.schema)
        if columns := list(rows_shape(shape).properties):
            parts.append(Words(f"Columns of a row: {', '.join(columns)}."))
    return Card("info", parts).html()
