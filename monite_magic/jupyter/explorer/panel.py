"""The panel of `%monite_explore`; imported only when it is shown.

Buttons are clicked after the cell has ended, so the panel shows their results. It sends the cell that it
shows, through the session, as if you had run it.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets

from monite_magic import catalogue
from monite_magic.cell import check_output, reading
from monite_magic.cell.cell_text import checked_cell
from monite_magic.cell.form import Form, notes_of
from monite_magic.core import ConfirmationError, MoniteError, RequestError, UnforeseenError
from monite_magic.jupyter import link, shown_calls
from monite_magic.jupyter.assist import new_cell
from monite_magic.jupyter.assist.phrases import entity_need, purpose, token_kind
from monite_magic.jupyter.explorer.finder import Finder
from monite_magic.jupyter.explorer.lookup import find_ids
from monite_magic.jupyter.explorer.preview import Preview
from monite_magic.jupyter.explorer.sections import FormView
from monite_magic.jupyter.explorer.steps import things_of
from monite_magic.jupyter.forms.confirm import ConfirmForm
from monite_magic.jupyter.forms.parts import StatusLine, as_panel, button, show
from monite_magic.jupyter.frontend import keep_last
from monite_magic.session import all_pages, calling

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.catalogue import Operation
    from monite_magic.display.parts import Card
    from monite_magic.jupyter.explorer.rows import Row
    from monite_magic.jupyter.explorer.steps import Step, Thing
    from monite_magic.session import MoniteResponse, Question, Session

_WIDE: Final = {"width": "auto"}
_LINE: Final = {"flex_flow": "row wrap", "width": "100%", "align_items": "center"}
_FRAME: Final = {
    "border": "1px solid rgba(127,127,127,.4)", "padding": "10px 14px", "max_width": "60em", "width": "auto",
}  # fmt: skip
_STYLE: Final = {"description_width": "initial"}
_NO_WIDGETS: Final = (
    "If you see this page instead of a panel, widgets can't be shown here. The page has the cell of the call."
)


class ExplorerPanel:
    """The panel to display.

    Args:
        session: Sends the calls.
        shell: The IPython shell, whose variables can be used in placeholders.
        form: The initial form, or None.
        words: The initial search words.
        page: The page to show if widgets can't be shown.
    """

    def __init__(
        self, session: Session, shell: Any, *, form: Form | None = None, words: str = "", page: Card
    ) -> None:
        self._session = session
        self._shell = shell
        self._page = page
        self._view: FormView | None = None
        self.response: MoniteResponse | None = None
        self._things: list[Thing] = []
        self._finder = Finder(catalogue.current(), self.open_operation, words)
        self._title = widgets.HTML(layout=_WIDE)
        self._form_box = widgets.VBox(layout=_WIDE)
        self._whole = StatusLine(layout=_WIDE)
        self._preview = Preview(session, shell.user_ns)
        self._send = button("Send", self._guarded(self.send), button_style="primary")
        self._insert = button(
            "Insert cell", self._guarded(self.insert), tooltip="Put the cell below this one"
        )
        self._table = button(
            "From a table", self._guarded(self.insert_push), tooltip="Put a cell below that pushes many rows"
        )
        self._status = StatusLine(layout=_WIDE)
        self._question = widgets.VBox(layout=_WIDE)
        self._answer = widgets.HTML(layout=_WIDE)
        self._name = widgets.Text(
            value="_", description="Use as", style=_STYLE, layout={"width": "16em"},
            tooltip="The variable for the answer",
        )  # fmt: skip
        self._keep = button("Keep", self._guarded(self.keep), tooltip="Keep the answer in this variable")
        self._rows = widgets.Dropdown(
            options=[("", -1)], description="Go on with", style=_STYLE,
            layout={"width": "auto", "max_width": "100%"}, tooltip="The object to go on with",
        )  # fmt: skip
        self._rows.observe(lambda _: self._show_steps(), "value")
        self._steps = widgets.HBox(layout=_LINE)
        self._after = widgets.VBox(
            [
                self._answer,
                widgets.HBox([self._name, self._keep], layout=_LINE),
                self._rows,
                self._steps,
            ],
            layout=_WIDE,
        )
        self._lower = widgets.VBox(
            [
                self._title,
                self._form_box,
                self._whole,
                self._preview.widget,
                widgets.HBox([self._send, self._insert, self._table], layout=_LINE),
                self._status,
                self._question,
                self._after,
            ],
            layout=_WIDE,
        )
        self.widget = as_panel(widgets.VBox([self._finder.widget, self._lower], layout=_FRAME))
        show(self._lower, when=False)
        show(self._after, when=False)
        if form is not None:
            self.open(form)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        bundle = self._page.bundle()
        bundle["text/plain"] = f"{bundle['text/plain']}\n{_NO_WIDGETS}"
        return {**self.widget._repr_mimebundle_(**options), **bundle}

    # -- opening ------------------------------------------------------------------------------------------

    def open_operation(self, operation: Operation, ids: dict[str, str] | None = None) -> None:
        """Open the form of an operation, with the draft of `%monite_new`.

        Args:
            operation: The operation.
            ids: Values of parameters in its path.
        """
        path = operation.path
        for name, value in (ids or {}).items():
            path = path.replace(f"{{{name}}}", value)
        cell = new_cell(operation.method, path, seen=self._session.seen)
        self.open(Form.of_cell(catalogue.current(), cell, known=self._session.seen.newest))

    def open(self, form: Form) -> None:
        """Open a form."""
        self._view = FormView(form, self._shell.user_ns, self._changed, self._search)
        operation = form.operation
        facts = f"token: {token_kind(operation)} · entity: {entity_need(operation)}"
        self._title.value = (
            f"<div style='line-height:1.5'><b>{html.escape(str(operation))}</b>"
            f"<br>{html.escape(purpose(operation))}."
            f"<br><span style='opacity:0.75'>{html.escape(facts)} · * required</span></div>"
        )
        self._form_box.children = [self._view.widget]
        show(self._table, when=_has_rows(operation))
        self._status.clear()
        self._question.children = []
        show(self._after, when=False)
        show(self._lower, when=True)
        self._finder.fold()
        self._changed()
        leaves = form.leaves()
        if leaves and self._view.focus_first():
            return
        self._send.focus()

    def _changed(self) -> None:
        view = self._view
        if view is None:
            return
        logged_in = self._session.logged_in
        has_entity = not logged_in or bool(self._session.profile.entity_id)
        notes = notes_of(view.form, self._shell.user_ns, has_entity=has_entity)
        rest = view.say(notes)
        if rest:
            self._whole.say(" ".join(rest), "bad" if notes.refused else "caution")
        else:
            self._whole.clear()
        self._preview.show(view.form)
        self._send.disabled = not logged_in or notes.refused
        self._send.button_style = "primary"
        label = "Send"
        if logged_in and (environment := self._session.profile.environment).asks_before_writes:
            label = f"Send to {'PRODUCTION' if environment.production else environment.host}"
            self._send.button_style = "danger"
        self._send.description = label if logged_in else "Log in to send: %monite_login"

    def _search(self, row: Row) -> None:
        if self._view is None:
            return
        found, said = find_ids(self._session, self._view.form, row.control.name, row.typed)
        row.offer(found, said)

    # -- keeping ------------------------------------------------------------------------------------------

    @property
    def cell(self) -> str:
        """Return the cell that the panel shows."""
        if self._view is None:
            raise RequestError("No operation is open.", hint="Choose one above.")
        return checked_cell(self._view.form.cell)

    def send(self) -> None:
        """Send the shown call. In production, ask first."""
        if self._shell.find_line_magic("monite_explore") is None:
            raise RequestError("The extension is not loaded.", hint="Run %load_ext monite_magic.")
        line, _, body = self.cell.partition("\n")
        request = reading.parse(line.partition(" ")[2], body or None)
        filled = calling.prepare(request, self._shell.user_ns, self._session)
        if filled.as_format:
            raise RequestError("--as only shows the call.", hint="Choose the form under See.")
        if filled.dry_run:
            self._answer.value = shown_calls.dry_run(self._session, filled).html()
            self._show_after(response=None)
            return
        self._status.say("Sending…", "info")
        if filled.all_pages:
            self._arrived(all_pages(self._session, filled))
            return
        self._arrived(calling.send(filled, self._session, self._ask, has_person=True))

    def _ask(self, question: Question) -> MoniteResponse:
        form = ConfirmForm(question, self._arrived, self._answered)
        self._status.clear()
        self._question.children = [form.widget]
        form.focus()
        raise _AskedError("Answer the question below.")

    def _answered(self, shown: Any) -> None:
        """Handle the answer to the question. A response shows itself. Errors and a no are shown here."""
        self._question.children = []
        if shown is self.response:
            return
        self._answer.value = shown._repr_mimebundle_()["text/html"]
        self._show_after(response=None)
        self._send.focus()

    def _arrived(self, response: MoniteResponse) -> None:
        self.response = response
        self._status.say(f"{response.status} {response.reason}".strip(), "good" if response.ok else "bad")
        self._answer.value = response._repr_mimebundle_()["text/html"]
        if self._view is not None and (name := self._output()):
            self._shell.user_ns[name] = response
        self._show_after(response)
        link.send_state(self._shell)

    def _output(self) -> str | None:
        words = self._view.form.words if self._view else []
        return words[words.index("-o") + 1] if "-o" in words else None

    def _show_after(self, response: MoniteResponse | None) -> None:
        show(self._after, when=True)
        self.response = response
        self._keep.disabled = response is None
        things = things_of(catalogue.current(), response) if response is not None else []
        self._things = things
        self._rows.options = [(thing.label, index) for index, thing in enumerate(things)] or [("", -1)]
        self._rows.index = 0
        show(self._rows, when=bool(things))
        self._show_steps()

    def _show_steps(self) -> None:
        index = self._rows.value
        steps = self._things[index].steps if index is not None and 0 <= index < len(self._things) else ()
        self._steps.children = [self._step_button(step) for step in steps]

    def _step_button(self, step: Step) -> widgets.Button:
        label = step.label if step.operation.method == "GET" else f"{step.label} ({step.operation.method})"
        return button(
            label,
            self._guarded(lambda: self.open_operation(step.operation, step.ids)),
            tooltip=str(step.operation),
        )

    def keep(self) -> None:
        """Keep the answer in the variable."""
        if self.response is None:
            raise RequestError("No answer to keep.", hint="Send the call first.")
        name = self._name.value.strip()
        if name == "_":
            keep_last(self._shell, self.response)
        else:
            check_output(name, 1)
            self._shell.user_ns[name] = self.response
        self._status.say(f"The answer is in {name}.", "good")

    def insert(self) -> None:
        """Put the cell below this one, or tell how to copy it."""
        if link.insert(self._shell, self.cell):
            self._status.say("The cell is below.", "good")
            return
        self._preview.show_cell()
        self._status.say("This front end can't insert cells. Copy the text above into a new cell.", "info")

    def insert_push(self) -> None:
        """Put a cell below that pushes the rows of a table with this operation."""
        if self._view is None:
            return
        operation = self._view.form.operation
        cell = f"%monite_push {operation.method} {operation.path} table.xlsx"
        empty = f"%monite_new --sheet {operation.method} {operation.path} table.xlsx writes an empty sheet."
        if link.insert(self._shell, cell):
            self._status.say(f"The cell is below. {empty}", "good")
        else:
            self._status.say(f"Write {cell} into a new cell. {empty}", "info")

    def _guarded(self, action: Callable[[], None]) -> Callable[[], None]:
        """Wrap an action to show its errors in the panel. Tracebacks of callbacks are not visible."""

        def guarded() -> None:
            try:
                action()
            except _AskedError:
                return
            except MoniteError as error:
                self._status.say(str(error), "bad")
            except Exception as error:  # noqa: BLE001 - a callback's traceback would be seen by nobody
                self._status.say(str(UnforeseenError.of(error)), "bad")

        return guarded


class _AskedError(ConfirmationError):
    """Tell that the call waits for a click."""


def _has_rows(operation: Operation) -> bool:
    """Whether rows of a table can be pushed with an operation, that is, it creates a row of a list."""
    from monite_magic.tables.push.fields import takes_rows

    return takes_rows(operation) and catalogue.current().row_parameter(operation.path) is not None
