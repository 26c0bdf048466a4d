"""The question before production data is changed, with two buttons; imported only when it is shown.

The click comes after the cell has ended. What comes of it takes the question's place in the output, so there
is no second click, and a saved notebook holds the answer like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets
from IPython.display import display, update_display

from monite_magic.display import panel
from monite_magic.errors import MoniteError, UnforeseenError
from monite_magic.form_parts import button, mimebundle

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.confirmation import Question
    from monite_magic.response import MoniteResponse

_HINT: Final = "To be asked no more: --yes for one call, or %monite_use --allow-writes MINUTES."
_FALLBACK: Final = (
    "If you see this line and no buttons, widgets don't show here: run the cell with --yes to send it."
)


class ConfirmForm:
    """The question, to be shown once.

    Args:
        question: What is asked.
        keep: Told of the answer.
    """

    def __init__(self, question: Question, keep: Callable[[MoniteResponse], None]) -> None:
        self._question = question
        self._keep = keep
        self._display_id = ""
        self._decided = False
        self._asked = panel("PRODUCTION", question.facts, tone="production", notes=[question.text, _HINT])
        self._buttons = widgets.HBox(
            [
                button("Send", self._send, button_style="danger"),
                button("Don't send", self._decline),
            ]
        )
        html = self._asked._repr_mimebundle_()["text/html"]
        self.widget = widgets.VBox([widgets.HTML(html), self._buttons])

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        text = self._asked._repr_mimebundle_()["text/plain"]
        return mimebundle(self.widget, f"{text}\n{_FALLBACK}", **options)

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
            response = self._question.send()
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
        self._replace(panel("Not sent", [("Call", self._question.call)], tone="neutral"))

    def _failure(self, error: MoniteError) -> Any:
        return panel("PRODUCTION", [("Call", self._question.call)], tone="error", notes=[str(error)])

    def _replace(self, shown: Any) -> None:
        """Show what came of it in the place of the question, and close the widgets."""
        update_display(shown, display_id=self._display_id)  # type: ignore[no-untyped-call]
        for each in (*self._buttons.children, self._buttons, *self.widget.children, self.widget):
            each.close()
