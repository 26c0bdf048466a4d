"""Access tokens: `POST /auth/token` for both grants, and `POST /auth/revoke`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.simulator.answers import invalid, problem
from monite_magic.simulator.registry import behaviour, operation

if TYPE_CHECKING:
    from monite_magic.simulator.auth import Authority
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "POST /auth/token", "The grant entity_user without entity_user_id is answered with 422.", "unverified"
)
behaviour(
    "POST /auth/token", "Wrong credentials are answered with 401. The message is unverified.", "unverified"
)


@operation("POST", "/auth/token", status="documented")
def obtain_token(call: Call) -> Document:
    """Exchange credentials for an access token of the partner or of an entity user."""
    client = call.world.authority.client(call.body["client_id"], call.body["client_secret"])
    if call.body["grant_type"] == "client_credentials":
        return call.world.authority.issue(client)
    if not call.body.get("entity_user_id"):
        invalid(problem(["body", "entity_user_id"], "Field required", "missing"))
    return call.world.authority.issue(client, call.body["entity_user_id"])


@operation("POST", "/auth/revoke", status="schema")
def revoke_token(call: Call) -> Document:
    """Revoke an access token."""
    authority: Authority = call.world.authority
    client = authority.client(call.body["client_id"], call.body["client_secret"])
    authority.revoke(client, call.body["token"])
    return {"message": "The token has been revoked."}
