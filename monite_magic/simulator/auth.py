"""Credentials, access tokens and permissions.

Facts: OpenAPI 2024-05-25, ObtainTokenPayload, AccessTokenResponse and RevokeTokenPayload; docs.monite.com,
"Authentication" (1800 seconds; 400 for an expired token in versions up to 2024-01-31, 401 since).
Only hashes of secrets and tokens are stored.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from monite_magic.simulator.answers import refuse
from monite_magic.simulator.clock import moment_from
from monite_magic.simulator.principal import Principal, deny
from monite_magic.simulator.registry import Access, behaviour

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monite_magic.simulator.clock import Clock
    from monite_magic.simulator.store import Document, Store

LAST_VERSION_WITH_EXPIRED_400 = "2024-01-31"

behaviour("authorization", "A missing or unknown bearer token is answered with 401.", "unverified")
behaviour(
    "authorization", "An expired token is answered with 401, up to version 2024-01-31 with 400.", "documented"
)
behaviour("authorization", "Revoking credentials revokes their tokens immediately.", "unverified")
behaviour(
    "permissions",
    "An entity user needs the permission for the object type and action. Without it the answer is 409 "
    "for payables and similar resources, 403 for others.",
    "unverified",
)
behaviour(
    "permissions",
    "Operations without an object type in roles are open to every user of the entity.",
    "unverified",
)
behaviour(
    "permissions",
    "Creating, listing and deactivating entities, the partner's settings and webhooks are for the partner's "
    "token alone.",
    "unverified",
)
behaviour(
    "permissions",
    "An entity user reads and changes its own entity, with settings, VAT ids and payment methods, as the "
    "role's permission for entity says; for VAT ids, that for entity_vat_ids goes first if the role has one.",
    "unverified",
)


def fingerprint(text: str) -> str:
    """The hash to store instead of a secret or a token."""
    return hashlib.sha256(text.encode()).hexdigest()


class Authority:
    """Issues, revokes and recognises tokens."""

    def __init__(self, store: Store, clock: Clock, lifetime: int) -> None:
        self.store = store
        self.clock = clock
        self.lifetime = lifetime

    def client(self, client_id: str, client_secret: str) -> Document:
        """Return the credentials with this ID and secret.

        Raises:
            Refusal: 401, with the same message for an unknown ID and a wrong secret.
        """
        known = self.store.get("credential", client_id)
        expected = known["secret_hash"] if known else fingerprint("")
        right = secrets.compare_digest(expected, fingerprint(client_secret))
        if known is None or not right or self._revoked(known):
            refuse(401, "Invalid client credentials.")
        return known

    def issue(self, client: Document, user_id: str | None = None) -> Document:
        """Issue a token to a client, or to a user of one of its entities (AccessTokenResponse)."""
        if user_id is not None and self._user(client["project_id"], user_id) is None:
            refuse(404, f"Entity user {user_id} not found.")
        token = secrets.token_urlsafe(32)
        now = self.clock.now()
        self._forget_old(now)
        self.store.insert(
            "token",
            {
                "id": fingerprint(token),
                "created_at": now.isoformat(timespec="microseconds"),
                "expires_at": (now + timedelta(seconds=self.lifetime)).isoformat(timespec="microseconds"),
                "client_id": client["id"],
                "user_id": user_id,
            },
            owner=client["project_id"],
        )
        client["last_used_at"] = now.isoformat(timespec="microseconds")
        self.store.replace("credential", client)
        return {"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime}

    def revoke(self, client: Document, token: str) -> None:
        """Revoke one of the client's tokens. Ignore unknown and expired tokens."""
        known = self.store.get("token", fingerprint(token), owner=client["project_id"])
        if known and known["client_id"] == client["id"]:
            self.store.delete("token", known["id"])

    def principal(self, authorization: str, version: str) -> Principal:
        """Return the caller that the Authorization header identifies.

        Raises:
            Refusal: 401 (or 400 for an expired token in old versions).
        """
        known = self._token(authorization)
        if known is None:
            refuse(401, "The access token is missing or not valid.", www_authenticate="Bearer")
        if self.clock.now() >= moment_from(known["expires_at"]):
            self.refuse_expired(version)
        client = self.store.get("credential", known["client_id"])
        if client is None or self._revoked(client):
            refuse(401, "The access token is missing or not valid.", www_authenticate="Bearer")
        if known["user_id"] is None:
            return Principal(client["project_id"], client["id"])
        return self._as_user(client, known["user_id"])

    def refuse_expired(self, version: str) -> NoReturn:
        """Refuse an expired token with the status of the call's API version."""
        old = version <= LAST_VERSION_WITH_EXPIRED_400
        refuse(400 if old else 401, "The token has been expired.")

    def client_of(self, authorization: str) -> str | None:
        """Return the client of the Authorization header's token, valid or not."""
        known = self._token(authorization)
        return known["client_id"] if known else None

    def permit(self, principal: Principal, access: Access, path: Mapping[str, str]) -> None:
        """Refuse a call that the caller is not allowed to make."""
        if principal.user is None:
            return
        if access.partner_only:
            refuse(403, "This operation needs the partner's access token.")
        if access.own_entity and path["entity_id"].lower() != principal.entity_id:
            refuse(403, "The access token belongs to another entity.")
        if access.object_type:
            said = principal.says(access.object_type, access.action)
            if said is None and access.or_else:
                said = principal.says(*access.or_else)
            if said in (None, "not_allowed"):
                deny(access)

    def _token(self, authorization: str) -> Document | None:
        scheme, _, token = authorization.partition(" ")
        return self.store.get("token", fingerprint(token.strip())) if scheme.lower() == "bearer" else None

    def _as_user(self, client: Document, user_id: str) -> Principal:
        found = self._user(client["project_id"], user_id)
        if found is None:
            refuse(401, "The entity user of this access token no longer exists.")
        user, entity_id = found
        role = self.store.get("role", user["role_id"], owner=entity_id)
        return Principal(client["project_id"], client["id"], user, entity_id, role)

    def _user(self, project: str, user_id: str) -> tuple[Document, str] | None:
        entity_id = self.store.owner_of("entity_user", user_id)
        if entity_id is None or self.store.get("entity", entity_id, owner=project) is None:
            return None
        user = self.store.get("entity_user", user_id)
        return (user, entity_id) if user else None

    def _revoked(self, client: Document) -> bool:
        at: Any = client.get("revoke_datetime")
        return at is not None and self.clock.now() >= moment_from(at)

    def _forget_old(self, now: datetime) -> None:
        """Delete tokens that expired more than a day ago. Newer ones are still answered as expired."""
        limit = (now - timedelta(days=1, seconds=self.lifetime)).isoformat(timespec="microseconds")
        self.store.forget_before("token", limit)
