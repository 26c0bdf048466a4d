"""`%monite_use`: switch the entity, user or environment, or allow writes for some minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.jupyter import asking
from monite_magic.jupyter.frontend import FrontEnd
from monite_magic.jupyter.status import switched_panel
from monite_magic.session import Question

if TYPE_CHECKING:
    from monite_magic.cell import Arguments
    from monite_magic.display import Displayable
    from monite_magic.session import Session


def run(session: Session, arguments: Arguments, who: FrontEnd) -> Any:
    """Run `%monite_use` and return the panel to show.

    Args:
        session: The session to switch.
        arguments: The parsed line.
        who: The user to ask before allowing writes.

    Raises:
        ConfirmationError: The user declined to allow writes, or hasn't answered yet.
        MoniteError: As for `Session.switch` and `Session.allow_writes`.
    """
    minutes = float(arguments.allow_writes) if arguments.allow_writes else None
    if minutes is not None:
        session.check_minutes(minutes)
    status = session.switch(
        entity=arguments.entity,
        entity_user=arguments.entity_user,
        partner=arguments.partner,
        profile=arguments.profile,
        environment=arguments.env,
    )
    environment = status.environment
    if minutes is None:
        return switched_panel(status, session.profile.notes)

    def allow() -> Displayable:
        session.allow_writes(minutes)
        return switched_panel(session.status(), session.profile.notes)

    def confirmed() -> Displayable:
        session.yes_confirmed_at.add(environment.origin)
        return allow()

    # The notebook may be from someone else. If a user is present, the line alone is not a consent.
    has_person = who is not FrontEnd.NOBODY
    if not environment.asks_before_writes or session.honours_yes(environment, has_person=has_person):
        return allow()
    return asking.ask(_question(session, minutes, confirmed), who)


def _question(session: Session, minutes: float, allow: Any) -> Question:
    status = session.status()
    where = "PRODUCTION" if status.environment.production else status.environment.host
    named = f"{status.entity_id} ({status.entity_name})" if status.entity_name else status.entity_id
    return session.questions.add(
        "allow writes",
        Question(
            subject=f"allow writes to {where}",
            text=f"Allow all writes to {where} without a question for {minutes:g} minutes?",
            facts=(
                ("Environment", status.environment.label),
                ("Host", status.environment.host),
                ("Entity", named or "none chosen"),
            ),
            act=allow,
            refusal=(f"Writes to {where} were not allowed.", "You are still asked before each write."),
            title="PRODUCTION" if status.environment.production else "May be PRODUCTION",
            yes="Allow writes",
            no="Keep asking",
        ),
    )
