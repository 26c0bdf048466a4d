"""monite-magic: the Monite API in IPython.

In a notebook:

    %load_ext monite_magic
    %monite_login --env local
    %monite GET /counterparts

In Python, with the same session or one of its own:

    import monite_magic
    monite_magic.current_client().get("/counterparts")
    monite_magic.connect(env="local").get("/counterparts")

Nothing heavy is imported here: loading the extension costs a few milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic._version import __version__

if TYPE_CHECKING:
    from monite_magic.api import MoniteAuth, MoniteClient
    from monite_magic.core import IncompleteListWarning, MoniteError, Secret
    from monite_magic.session import MoniteResponse, async_client, current_auth, httpx_client, sdk

__all__ = [
    "IncompleteListWarning",
    "MoniteAuth",
    "MoniteClient",
    "MoniteError",
    "MoniteResponse",
    "Secret",
    "__version__",
    "async_client",
    "connect",
    "current_auth",
    "current_client",
    "httpx_client",
    "last",
    "load_ipython_extension",
    "sdk",
    "unload_ipython_extension",
]

_LAZY = {
    "MoniteAuth": "monite_magic.api.auth",
    "MoniteClient": "monite_magic.api.client",
    "IncompleteListWarning": "monite_magic.core.errors",
    "MoniteError": "monite_magic.core.errors",
    "MoniteResponse": "monite_magic.session.response",
    "Secret": "monite_magic.core.masking",
    **dict.fromkeys(("async_client", "current_auth", "httpx_client", "sdk"), "monite_magic.session.sharing"),
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


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
    """Return a client that is logged in, beside the session of the magics.

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
        TokenError: The token exchange was refused.
        NetworkError: The token exchange got no answer.
    """
    from monite_magic.api import find_profile
    from monite_magic.jupyter import hosted
    from monite_magic.session import Session

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
    hosted.warn_once(found.environment)
    session = Session(records=False)
    session.log_in(found)
    return session.client


def current_client() -> MoniteClient:
    """Return the client of the session that the magics use.

    Raises:
        CredentialsError: Nobody is logged in.
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
