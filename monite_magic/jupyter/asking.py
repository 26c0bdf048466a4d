"""How a person is asked: a button in a notebook, a prompt in a terminal. With nobody there, it's a no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.core import ConfirmationError
from monite_magic.jupyter.frontend import FrontEnd

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.session import Question


def ask(question: Question, who: FrontEnd, keep: Callable[[Any], None] = lambda _: None) -> Any:
    """Ask a person in the way of the front end.

    Args:
        question: What to ask.
        who: Who can be asked.
        keep: Told of what a click brings after the cell has ended.

    Raises:
        ConfirmationError: There was no yes, or not yet: in a notebook it comes with the click.
        MoniteError: It was done, and failed.
    """
    if who is FrontEnd.NOTEBOOK:
        from monite_magic.jupyter.forms.confirm import ConfirmForm

        ConfirmForm(question, keep).show()
        # This line stays below the answer that a click brings: it must be true before and after.
        raise ConfirmationError("The cell stops at this question; a click above answers it.")
    if who is FrontEnd.TERMINAL and _says_yes(question):
        return question.answer_yes()
    raise question.refused()


def _says_yes(question: Question) -> bool:
    facts = [f"{label}: {value}" for label, value in question.facts]
    try:
        return input("\n".join([*facts, f"{question.text} [y/N] "])).strip().lower() in {"y", "yes"}
    except EOFError:
        return False
