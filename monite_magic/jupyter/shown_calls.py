"""A call that is shown instead of sent: `--dry-run` and `--as`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic import display
from monite_magic.core import LOCAL, MASK, mask_json_fields
from monite_magic.history import export_call, recipe_of_filled
from monite_magic.history.recipe import render

if TYPE_CHECKING:
    from monite_magic.core import Environment
    from monite_magic.display import Displayable
    from monite_magic.history import Exported, Recipe
    from monite_magic.session import Call, Session


def as_code(session: Session, call: Call, form: str) -> Exported:
    """Return a call in another form; nothing is sent.

    Args:
        session: Its environment and entity are used; without a log-in, the simulator's.
        call: The call.
        form: `curl`, `httpx`, `sdk` or `http`.

    Raises:
        MoniteError: The call has no such form.
    """
    return export_call(_recipe(session, call), form)


def dry_run(session: Session, call: Call) -> Displayable:
    """Return what would be sent, with everything secret in it masked; nothing is sent."""
    recipe = _recipe(session, call)
    environment = _environment(session)
    url = environment.base_url + recipe.target
    rows = [("Environment", environment.label)]
    rows += [(name, render(value, str, lambda _: MASK)) for name, value in recipe.headers]
    if recipe.secured:
        rows.append(("Authorization", f"Bearer {MASK}"))
    rows += [(f"field {name}", value) for name, value in recipe.fields]
    rows += [(f"file {name}", path) for name, path in recipe.files]
    body = call.filled.body
    refusal = ["It would not be sent: fix it, or add --no-check."] if call.refused else []
    return display.panel(
        "Not sent",
        [("Request", f"{recipe.method} {url}"), *rows],
        tone="neutral",
        notes=["This is a dry run: nothing was sent.", *(note.text for note in call.notes), *refusal],
        code=mask_json_fields(body.text) if body else "",
    )


def _environment(session: Session) -> Environment:
    return session.profile.environment if session.logged_in else LOCAL


def _recipe(session: Session, call: Call) -> Recipe:
    entity = session.profile.entity_id if session.logged_in else None
    version = _environment(session).version_of(call.filled.headers)
    if entity and not _takes_entity(call, version):
        entity = None
    return recipe_of_filled(call.filled, _environment(session), entity_id=entity)


def _takes_entity(call: Call, version: str) -> bool:
    from monite_magic.catalogue.spans import find

    found = find(version, call.filled.method, call.filled.path)
    return found is None or found[1].operation.entity_header != "absent"
