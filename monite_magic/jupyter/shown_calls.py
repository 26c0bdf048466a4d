"""Show a call instead of sending it: `--dry-run` and `--as`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic import display
from monite_magic.core import LOCAL, MASK, mask_json_fields
from monite_magic.history import export_call, recipe_of_filled, token_recipe
from monite_magic.history.recipe import render

if TYPE_CHECKING:
    from monite_magic.cell import Filled
    from monite_magic.core import Environment
    from monite_magic.display import Displayable
    from monite_magic.history import Exported, Recipe
    from monite_magic.session import Session


def as_code(session: Session, filled: Filled, form: str, *, with_token: bool = False) -> Exported:
    """Return a call in another form, without sending it.

    Args:
        session: The session with the environment and entity. Without a login, the simulator's are used.
        filled: The call.
        form: `curl`, `httpx`, `sdk` or `http`.
        with_token: Start with the call that gets the token.

    Raises:
        MoniteError: The call has no such form.
    """
    token_request = token_call(session, _environment(session)) if with_token else None
    return export_call(_recipe(session, filled), form, token_request)


def token_call(session: Session, environment: Environment) -> Recipe:
    """Return the call that gets the kind of token that the session uses in an environment."""
    is_there = session.logged_in and session.profile.environment.base_url == environment.base_url
    return token_recipe(environment, entity_user_id=session.profile.entity_user_id if is_there else None)


def dry_run(session: Session, filled: Filled) -> Displayable:
    """Return the request with masked secrets, without sending it."""
    recipe = _recipe(session, filled)
    environment = _environment(session)
    url = environment.base_url + recipe.target
    rows = [("Environment", environment.label)]
    rows += [(name, render(value, str, lambda _: MASK)) for name, value in recipe.headers]
    if recipe.secured:
        rows.append(("Authorization", f"Bearer {MASK}"))
    rows += [(f"field {name}", value) for name, value in recipe.fields]
    rows += [(f"file {name}", path) for name, path in recipe.files]
    body = filled.body
    refusal = ["It would not be sent: fix it, or add --no-check."] if filled.held_back else []
    return display.panel(
        "Not sent",
        [("Request", f"{recipe.method} {url}"), *rows],
        tone="neutral",
        notes=["This is a dry run: nothing was sent.", *(each.text for each in filled.findings), *refusal],
        code=mask_json_fields(body.text) if body else "",
    )


def _environment(session: Session) -> Environment:
    return session.profile.environment if session.logged_in else LOCAL


def _recipe(session: Session, filled: Filled) -> Recipe:
    entity = session.profile.entity_id if session.logged_in else None
    version = _environment(session).version_of(filled.headers)
    if entity and not _takes_entity(filled, version):
        entity = None
    return recipe_of_filled(filled, _environment(session), entity_id=entity)


def _takes_entity(filled: Filled, version: str) -> bool:
    from monite_magic.catalogue import find

    found = find(version, filled.method, filled.path)
    return found is None or found[1].operation.entity_header != "absent"
