"""A question with two buttons; imported only when one is shown.

You click after the cell has ended. The result replaces the question in the output, so there is no second
click, and a saved notebook contains the answer like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets
from IPython.display import display, update_display

from monite_magic.core import MoniteError, UnforeseenError
from monite_magic.display import panel
from monite_magic.jupyter.forms.parts import as_panel, button, mimebundle

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.session import Question

_FALLBACK: Final = (
    "If you see this line instead of buttons, widgets can't be shown here. To send it, run the cell with "
    "{option}."
)


class ConfirmForm:
    """The question, shown once.

    Args:
        question: The question.
        keep: Called with the answer.
        show_instead: Shows the result. By default, the result replaces the question in the output.
    """

    def __init__(
        self,
        question: Question,
        keep: Callable[[Any], None],
        show_instead: Callable[[Any], None] | None = None,
    ) -> None:
        self._show_instead = show_instead
        self._question = question
        self._keep = keep
        self._display_id = ""
        self._decided = False
        self._asked = question.panel()
        self._buttons = widgets.HBox(
            [
                button(question.yes, self._send, button_style="danger"),
                button(question.no, self._decline),
            ]
        )
        html = self._asked._repr_mimebundle_()["text/html"]
        self.widget = as_panel(widgets.VBox([widgets.HTML(html), self._buttons]))

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        text = self._asked._repr_mimebundle_()["text/plain"]
        return mimebundle(self.widget, f"{text}\n{_FALLBACK.format(option=self._question.option)}", **options)

    def focus(self) -> None:
        """Focus the button that cancels."""
        self._buttons.children[1].focus()

    def show(self) -> None:
        """Show the question as an output of the cell."""
        handle = display(self, display_id=True)  # type: ignore[no-untyped-call]
        self._display_id = handle.display_id

    def _send(self) -> None:
        if self._decided:
            return
        self._decided = True
        for each in self._buttons.children:
            each.disabled = True
        try:
            response = self._question.answer_yes()
        except MoniteError as error:
            self._replace(self._failure(error))
        except Exception as error:  # noqa: BLE001 - a callback's traceback would be seen by nobody
            self._replace(self._failure(UnforeseenError.of(error)))
        else:
            self._keep(response)
            self._replace(response)

    def _decline(self) -> None:
        if self._decided:
            return
        self._decided = True
        self._question.end("You answered no")
        self._replace(panel("Not sent", [("Question", self._question.subject)], tone="neutral"))

    def _failure(self, error: MoniteError) -> Any:
        facts = [("Question", self._question.subject)]
        return panel(self._question.title, facts, tone="error", notes=[str(error)])

    def _replace(self, shown: Any) -> None:
        """Replace the question with the result, and close the widgets."""
        if self._show_instead is not None:
            self._show_instead(shown)
        else:
            update_display(shown, display_id=self._display_id)  # type: ignore[no-untyped-call]
        for each in (*self._buttons.children, self._buttons, *self.widget.children, self.widget):
            each.close()
