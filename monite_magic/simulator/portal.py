"""The partner portal: from registration to credentials whose secret is shown once.

The same steps are available in Python (for the panel in the first tutorial) and over HTTP (`portal_http`).
Facts: docs.monite.com, "Get your credentials"; shapes of the `/portal/v1` operations in the OpenAPI document
2024-05-25. Emails go to an outbox that you can read. They never leave the simulator.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import conflict, invalid, not_found, problem, refuse
from monite_magic.simulator.auth import fingerprint
from monite_magic.simulator.registry import behaviour

if TYPE_CHECKING:
    from monite_magic.simulator.store import Document
    from monite_magic.simulator.world import World

SHORTEST_PASSWORD = 12
ENVIRONMENT, REGION = "EU sandbox", "Germany"

behaviour("portal", "A client secret is shown once, when the credentials are created.", "documented")
behaviour("portal", "A password has at least 12 characters.", "schema")
behaviour("portal", "A project can have several sets of credentials at a time.", "documented")


class Portal:
    """The portal of one simulator. Each method is one step of the user."""

    def __init__(self, world: World) -> None:
        self._world = world

    # -- the account --------------------------------------------------------------------------------------

    def register(
        self,
        email: str,
        password: str,
        fullname: str,
        company_name: str,
        company_website: str = "https://example.com",
    ) -> Document:
        """Create a partner account and send the confirmation email.

        Returns:
            The user; its status is `sent_confirmation` until `activate`.

        Raises:
            Refusal: 409 if the address is taken, 422 if the password is too short.
        """
        if len(password) < SHORTEST_PASSWORD:
            invalid(
                problem(
                    ["body", "password"],
                    f"String should have at least {SHORTEST_PASSWORD} characters",
                    "string_too_short",
                )
            )
        store = self._world.store
        with store.transaction():
            if store.first("portal_user", email=email):
                conflict("An account with this email address already exists.")
            company_id, user_id = self._new_id(), self._new_id()
            user = {
                "id": user_id,
                "created_at": self._now(),
                "email": email,
                "fullname": fullname,
                "status": "sent_confirmation",
                "role_id": None,
                "company": {
                    "id": company_id,
                    "name": company_name,
                    "website": company_website,
                    "status": "active",
                    "contact_email": email,
                    "created_by_user_id": user_id,
                },
                "_password": _password_hash(password, user_id),
            }
            store.insert("portal_user", user, owner=company_id)
            self._send_confirmation(user)
        return _shown(user)

    def resend_confirmation(self, email: str) -> None:
        """Send the confirmation email again, with a new token. Ignore an unknown address."""
        with self._world.store.transaction():
            user = self._world.store.first("portal_user", email=email)
            if user and user["status"] == "sent_confirmation":
                self._send_confirmation(user)

    def activate(self, token: str) -> str:
        """Confirm the address with the token from the email.

        Returns:
            A session token of the portal, as from `log_in`.

        Raises:
            Refusal: 400 if the token does not belong to an unconfirmed account.
        """
        store = self._world.store
        with store.transaction():
            user = store.first("portal_user", _confirmation=fingerprint(token))
            if user is None:
                refuse(400, "The confirmation token is invalid or has been used.")
            user["status"], user["_confirmation"] = "active", None
            store.replace("portal_user", user)
            return self._open_session(user)

    def log_in(self, email: str, password: str) -> str:
        """Open a session of the portal.

        Raises:
            Refusal: 401 for a wrong address or password, 403 before the address is confirmed.
        """
        store = self._world.store
        with store.transaction():
            user = store.first("portal_user", email=email)
            if user is None or user["_password"] != _password_hash(password, user["id"]):
                refuse(401, "The email address or password is incorrect.")
            if user["status"] != "active":
                refuse(403, "The email address has not been confirmed yet.")
            return self._open_session(user)

    def log_out(self, session: str) -> None:
        """End a session of the portal."""
        self._world.store.delete("portal_session", fingerprint(session))

    def profile(self, session: str) -> Document:
        """Return the user of a session."""
        return _shown(self._user(session))

    # -- projects and credentials -------------------------------------------------------------------------

    def create_project(self, session: str, name: str, description: str | None = None) -> Document:
        """Create a project. Credentials and entities belong to a project."""
        with self._world.store.transaction():
            user = self._user(session)
            project = {
                "id": self._new_id(),
                "created_at": self._now(),
                "name": name,
                "description": description,
                "environment": ENVIRONMENT,
                "region": REGION,
                "features": [],
                "company": user["company"],
                "created_by_user_id": user["id"],
            }
            self._world.store.insert("portal_project", project, owner=user["company"]["id"])
        return project

    def projects(self, session: str) -> list[Document]:
        """The projects of the user's company, oldest first."""
        return self._world.store.all("portal_project", owner=self._user(session)["company"]["id"])

    def create_credentials(self, session: str, project_id: str, name: str | None = None) -> Document:
        """Create credentials. This is the only time that the `client_secret` is shown."""
        with self._world.store.transaction():
            self._project(session, project_id)
            return add_credentials(self._world, project_id, name)

    def credentials(self, session: str, project_id: str) -> list[Document]:
        """Return the credentials of a project, with masked secrets."""
        self._project(session, project_id)
        found = self._world.store.all("credential", owner=project_id)
        return [self._listed(credential) for credential in found]

    def revoke_credentials(self, session: str, credential_id: str, delay_in_seconds: int = 0) -> Document:
        """Revoke credentials, now or after a delay by the simulator's clock."""
        store = self._world.store
        with store.transaction():
            found = store.first("credential", credential_id=credential_id) or not_found(
                "secret", credential_id
            )
            self._project(session, found["project_id"])
            moment = self._world.clock.now() + timedelta(seconds=delay_in_seconds)
            found["revoke_datetime"] = moment.isoformat(timespec="microseconds")
            store.replace("credential", found)
        return self._listed(found)

    # -- inside -------------------------------------------------------------------------------------------

    def _listed(self, credential: Document) -> Document:
        revoked_at = credential.get("revoke_datetime")
        revoked = revoked_at is not None and revoked_at <= self._now()
        return {
            "id": credential["credential_id"],
            "created_at": credential["created_at"],
            "client_id": credential["id"],
            "client_secret_mask": credential["client_secret_mask"],
            "last_used_at": credential.get("last_used_at"),
            "name": credential["name"],
            "revoke_datetime": revoked_at,
            "status": "revoked" if revoked else "active",
        }

    def _user(self, session: str) -> Document:
        store = self._world.store
        known = store.get("portal_session", fingerprint(session))
        user = store.get("portal_user", known["user_id"]) if known else None
        return user or refuse(401, "Log in to the portal first.")

    def _project(self, session: str, project_id: str) -> Document:
        owner = self._user(session)["company"]["id"]
        found = self._world.store.get("portal_project", project_id, owner=owner)
        return found or not_found("project", project_id)

    def _open_session(self, user: Document) -> str:
        token = secrets.token_urlsafe(24)
        session = {"id": fingerprint(token), "created_at": self._now(), "user_id": user["id"]}
        self._world.store.insert("portal_session", session, owner=user["company"]["id"])
        return token

    def _send_confirmation(self, user: Document) -> None:
        token = secrets.token_urlsafe(16)
        user["_confirmation"] = fingerprint(token)
        store = self._world.store
        store.replace("portal_user", user)
        mail = {
            "id": self._new_id(),
            "created_at": self._now(),
            "to": user["email"],
            "subject": "Confirm your email address",
            "text": f"Welcome, {user['fullname']}. Confirm your address with this token: {token}",
            "token": token,
        }
        store.insert("mail", mail, owner=user["company"]["id"])

    def _new_id(self) -> str:
        return self._world.new_id()

    def _now(self) -> str:
        return self._world.clock.timestamp()


def add_credentials(world: World, project_id: str, name: str | None, secret: str | None = None) -> Document:
    """Create credentials for a project, and return them with their secret, by default a new one."""
    secret = secret or new_secret()
    credential: Document = {
        "id": world.new_id(),
        "credential_id": world.new_id(),
        "created_at": world.clock.timestamp(),
        "project_id": project_id,
        "name": name,
        **_without_secret(secret),
        "revoke_datetime": None,
    }
    world.store.insert("credential", credential, owner=project_id)
    return {
        "id": credential["credential_id"],
        "created_at": credential["created_at"],
        "client_id": credential["id"],
        "client_secret": secret,
        "client_secret_mask": credential["client_secret_mask"],
        "name": name,
    }


def replace_secret(world: World, client_id: str, secret: str) -> None:
    """Replace the secret of credentials."""
    credential = world.store.get("credential", client_id) or not_found("credential", client_id)
    world.store.replace("credential", {**credential, **_without_secret(secret)})


def _without_secret(secret: str) -> Document:
    """Return the masked secret to store."""
    return {"secret_hash": fingerprint(secret), "client_secret_mask": f"{secret[:3]}{'*' * 8}"}


def new_secret() -> str:
    """Return a new random secret."""
    return secrets.token_urlsafe(32)


def _password_hash(password: str, salt: str) -> str:
    return fingerprint(f"{salt}:{password}")


def _shown(user: Document) -> dict[str, Any]:
    return {name: value for name, value in user.items() if not name.startswith("_")}
