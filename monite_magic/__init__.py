"""monite-magic: the Monite API in IPython.

In a notebook:

    %load_ext monite_magic
    %monite_login --env local
    %monite GET /counterparts

In Python, with the same session or a separate one:

    import monite_magic
    monite_magic.current_client().get("/counterparts")
    monite_magic.connect(env="local").get("/counterparts")

Nothing heavy is imported here: loading the extension costs a few milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic._version import __version__
from monite_magic.core.lazy import lazily

if TYPE_CHECKING:
    from monite_magic import display
    from monite_magic.api.auth import MoniteAuth
    from monite_magic.api.credentials import Credentials, Profile, save_profile
    from monite_magic.api.retry import RetryPolicy
    from monite_magic.core.bounds import limits
    from monite_magic.core.environments import ENVIRONMENTS, Environment
    from monite_magic.core.errors import (
        IncompleteListWarning,
        MoniteError,
        SecretWarning,
        UnexpectedValuesWarning,
    )
    from monite_magic.core.masking import Secret
    from monite_magic.jupyter.portal_panel import PortalPanel
    from monite_magic.session.client import MoniteClient
    from monite_magic.session.pulling import pull
    from monite_magic.session.pushing import push
    from monite_magic.session.response import MoniteResponse
    from monite_magic.session.sharing import async_client, current_auth, httpx_client, sdk
    from monite_magic.session.sql import sql
    from monite_magic.tables import charts
    from monite_magic.tables.frames import frame
    from monite_magic.tables.table_files import save_tables
    from monite_magic.tutorials import exercises

__all__ = [
    "ENVIRONMENTS",
    "Credentials",
    "Environment",
    "IncompleteListWarning",
    "MoniteAuth",
    "MoniteClient",
    "MoniteError",
    "MoniteResponse",
    "PortalPanel",
    "Profile",
    "RetryPolicy",
    "Secret",
    "SecretWarning",
    "UnexpectedValuesWarning",
    "__version__",
    "async_client",
    "charts",
    "connect",
    "current_auth",
    "current_client",
    "display",
    "exercises",
    "frame",
    "httpx_client",
    "last",
    "limits",
    "load_ipython_extension",
    "pull",
    "push",
    "save_profile",
    "save_tables",
    "sdk",
    "sql",
    "unload_ipython_extension",
]

# Nothing heavy is imported until it is used: loading the extension takes some milliseconds.
__getattr__ = lazily(
    __name__,
    {
        "monite_magic.display": (),
        "monite_magic.api.auth": ("MoniteAuth",),
        "monite_magic.api.retry": ("RetryPolicy",),
        "monite_magic.session.client": ("MoniteClient",),
        "monite_magic.api.credentials": ("Credentials", "Profile", "save_profile"),
        "monite_magic.core.bounds": ("limits",),
        "monite_magic.core.environments": ("ENVIRONMENTS", "Environment"),
        "monite_magic.core.errors": (
            "IncompleteListWarning",
            "MoniteError",
            "SecretWarning",
            "UnexpectedValuesWarning",
        ),
        "monite_magic.core.masking": ("Secret",),
        "monite_magic.jupyter.portal_panel": ("PortalPanel",),
        "monite_magic.session.pulling": ("pull",),
        "monite_magic.session.pushing": ("push",),
        "monite_magic.session.response": ("MoniteResponse",),
        "monite_magic.session.sql": ("sql",),
        "monite_magic.tables.table_files": ("save_tables",),
        "monite_magic.session.sharing": ("async_client", "current_auth", "httpx_client", "sdk"),
        "monite_magic.tables.charts": (),
        "monite_magic.tables.frames": ("frame",),
        "monite_magic.tutorials.exercises": (),
    },
)


def connect(
    *,
    profile: str | None = None,
    dotenv: str | None = None,
    env: str | None = None,
    base_url: str | None = None,
    insecure_http: bool = False,
    api_version: str | None = None,
    entity: str | None = None,
    entity_user: str | None = None,
) -> MoniteClient:
    """Return a client that is logged in, separate from the session of the magics.

    Args:
        profile: Name of a profile, as for `%monite_login --profile`.
        dotenv: A file to read the variables from.
        env: `local`, `sandbox`, `eu`, `us`, or another of `monite_magic.core.environments.ENVIRONMENTS`.
        base_url: Another base URL than the environment's.
        insecure_http: Allow plain http to another machine: all on the way see the token.
        api_version: Date `YYYY-MM-DD`.
        entity: ID of the entity that calls are about.
        entity_user: ID of the user whose token to use.

    Raises:
        CredentialsError: No credentials were found.
        OriginError: `base_url` has an unknown host, which only a person can confirm, with `%monite_login`.
        TokenError: The token exchange was refused.
        NetworkError: The token exchange got no answer.
    """
    from monite_magic.api import find_profile
    from monite_magic.jupyter import hosted
    from monite_magic.session import Session
    from monite_magic.session import session as sessions

    found = find_profile(
        profile=profile,
        dotenv=dotenv,
        env=env,
        base_url=base_url,
        insecure_http=insecure_http,
        api_version=api_version,
        entity=entity,
        entity_user=entity_user,
    )
    session = Session(
        records=False,
        confirmed_hosts=sessions.current().confirmed_hosts,
        before_credentials=hosted.warn_once,
    )
    session.log_in(found)
    return session.client


def current_client() -> MoniteClient:
    """Return the client of the session that the magics use.

    Raises:
        CredentialsError: You are not logged in.
    """
    from monite_magic.session import session

    return session.current().client


def last() -> MoniteResponse | None:
    """Return the session's last answer, good or bad; None before the first call."""
    from monite_magic.session import session

    return session.current().last


def load_ipython_extension(ip: Any) -> None:
    """Load the extension (`%load_ext monite_magic`).

    Args:
        ip: The running IPython shell.
    """
    from monite_magic.jupyter import extension

    extension.load(ip)


def unload_ipython_extension(ip: Any) -> None:
    """Take the extension out again (`%unload_ext monite_magic`); nothing of it is left.

    Args:
        ip: The shell that it was loaded into.
    """
    from monite_magic.jupyter import extension

    extension.unload(ip)
