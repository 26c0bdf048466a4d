"""A person's yes before production data is changed: a button in a notebook, a question in a terminal.

Without a person there is no yes, and the call is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monite_magic.errors import ConfirmationError
from monite_magic.frontend import FrontEnd

if TYPE_CHECKING:
    from monite_magic.environments import Environment
    from monite_magic.response import MoniteResponse
    from monite_magic.session import Session


@dataclass(frozen=True, slots=True)
class Question:
    """A call that waits for a yes.

    Attributes:
        call: Method and path.
        facts: Labels and values of what a person should know before the yes.
        send: Sends it, and returns the answer.
    """

    call: str
    facts: tuple[tuple[str, str], ...]
    send: Callable[[], MoniteResponse]

    @property
    def text(self) -> str:
        """The question in words."""
        return f"Send {self.call} to PRODUCTION?"


#: Asks a person, and returns the answer to the call; raises a `ConfirmationError` where none was sent.
Confirm = Callable[[Question], "MoniteResponse"]


def question_about(
    session: Session,
    method: str,
    path: str,
    send: Callable[[], MoniteResponse],
    *,
    environment: str | Environment | None = None,
    entity_id: str | None = None,
) -> Question:
    """Return the question about a call.

    Args:
        session: The session that would send it. If it is another's by the time of the yes, nothing is sent.
        method: HTTP method.
        path: Path of the API.
        send: Sends the call.
        environment: The environment that it goes to, or its name; None for the one in use.
        entity_id: The entity that it is about; None for the session's.
    """
    profile = session.profile
    entity = entity_id or (None if environment else profile.entity_id)
    facts = (
        (
            "Environment",
            environment if isinstance(environment, str) else (environment or profile.environment).label,
        ),
        ("Entity", entity or "none chosen"),
    )

    def send_if_unchanged() -> MoniteResponse:
        if not session.logged_in or session.profile != profile:
            raise ConfirmationError(
                f"The session has changed since {method} {path} was asked about; it was not sent.",
                hint="Run the cell again.",
            )
        return send()

    return Question(f"{method} {path}", facts, send_if_unchanged)


def confirm(question: Question, who: FrontEnd, keep: Callable[[MoniteResponse], None]) -> MoniteResponse:
    """Ask a person in the way of the front end.

    Args:
        question: What to ask.
        who: Who can be asked.
        keep: Told of an answer that comes after the cell has ended, by a click.

    Raises:
        ConfirmationError: The call was not sent, or not yet: in a notebook it waits for the click.
        MoniteError: It was sent, and no answer came.
    """
    if who is FrontEnd.NOTEBOOK:
        from monite_magic.confirm_form import ConfirmForm

        ConfirmForm(question, keep).show()
        # This line stays below the answer that a click brings: it must be true before and after.
        raise ConfirmationError("The cell stops at this question; a click above answers it.")
    if who is FrontEnd.TERMINAL and _says_yes(question.text):
        return question.send()
    raise ConfirmationError(
        f"{question.call} would change data in PRODUCTION; it was not sent.",
        hint="Confirm it, add --yes for this call, or %monite_use --allow-writes MINUTES.",
    )


def _says_yes(question: str) -> bool:
    try:
        return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        return False
