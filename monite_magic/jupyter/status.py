"""The panels of the login, the session and the catalogue, and the outcome of the login form."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from monite_magic import catalogue, display
from monite_magic.api.sources import DEFAULT_PROFILE
from monite_magic.core.errors import MoniteError
from monite_magic.core.words import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from monite_magic.api import Profile
    from monite_magic.core import Environment
    from monite_magic.display import Displayable
    from monite_magic.jupyter.forms.login import Outcome
    from monite_magic.session import Session, Status

_GRANTS: Final = {
    "client_credentials": "partner token (client_credentials)",
    "entity_user": "entity-user token (entity_user)",
}


def _tone(status: Status) -> Any:
    environment = status.environment
    if environment.production:
        return "production"
    if environment.insecure or environment.unverified:
        return "warning"
    return "simulated" if environment.simulated else "ok"


def _warnings(environment: Environment) -> list[str]:
    """Return the warnings about an environment, for all panels that name it."""
    warnings = []
    if environment.insecure:
        warnings.append("INSECURE: plain http, so anyone on the network can read the token.")
    if environment.unverified:
        warnings.append(
            "Unverified: this dialect is based only on the successor's public guides. The catalogue's "
            "checks are only warnings. User tokens, revocation, the SDK and the simulator don't support it."
        )
    return warnings


def _rows(status: Status) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = [
        ("Environment", status.environment.label),
        ("Base URL", status.environment.base_url),
        ("API version", _version(status.environment)),
        ("Profile", status.profile or DEFAULT_PROFILE),
        ("Credentials", f"{status.masked_id}, from {status.source}"),
        ("Token", _GRANTS[status.grant_type]),
        ("Time left", _time_left(status)),
        ("Entity", _called(status.entity_id, status.entity_name) or "none chosen"),
    ]
    if status.entity_user_id:
        rows.append(("Entity user", _called(status.entity_user_id, status.entity_user_name)))
    rows.append(("Calls made", status.calls))
    if status.environment.production:
        minutes = status.writes_allowed_for / 60
        allowed = f"allowed for another {minutes:.0f} min" if minutes else "asked about each time"
        rows.append(("Writes", allowed))
    return rows


def _version(environment: Environment) -> str:
    """Return the API version, and the catalogue's version if it is another one."""
    version = environment.api_version
    known = catalogue.nearest_version(version)
    return (
        version if known == version else f"{version} (checked with the catalogue of {known}, warnings only)"
    )


def _called(identifier: str | None, name: str) -> str | None:
    return f"{identifier} ({name})" if identifier and name else identifier


def _time_left(status: Status) -> str:
    seconds = status.seconds_left
    if seconds is None:
        return "no token yet"
    if seconds <= 0:
        return "expired; the next call renews it"
    assumed = " (assumed: the server didn't state a lifetime)" if status.lifetime_is_assumed else ""
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s, renewed automatically{assumed}"


def status_panel(status: Status) -> Displayable:
    """Return what `%monite_status` shows."""
    title = "PRODUCTION" if status.environment.production else "Logged in"
    notes = [*_warnings(status.environment), *_clock_notes(status.environment)]
    return display.panel(title, _rows(status), tone=_tone(status), notes=notes)


def _clock_notes(environment: Environment) -> list[str]:
    """Return a note if the simulator's clock, which decides about tokens, differs from "Time left"."""
    if not environment.in_process:
        return []
    from monite_magic import simulator

    clock = simulator.default().clock
    if not clock.frozen and clock.offset < timedelta(seconds=1):
        return []
    note = "The simulator's clock was changed. The time left is by this machine's clock."
    return [f"{note} The next call renews a token that has expired in the simulator."]


def switched_panel(status: Status, remarks: tuple[str, ...] = ()) -> Displayable:
    """Return the panel of `%monite_use`, with the current settings.

    Args:
        status: The session's status.
        remarks: Remarks on the credentials.
    """
    title = "PRODUCTION: switched" if status.environment.production else "Switched"
    told = ("Environment", "Profile", "Token", "Entity", "Entity user", "Writes")
    rows = [(label, value) for label, value in _rows(status) if label in told]
    notes = [*_warnings(status.environment), *remarks]
    return display.panel(title, rows, tone=_tone(status), notes=notes)


def logged_out_panel(calls: int) -> Displayable:
    """Return the panel of `%monite_status` without a login."""
    note = "Log in with %monite_login; %monite_login --env local needs no credentials."
    return display.panel("Logged out", [("Calls made", calls)], tone="neutral", notes=[note])


def login_panel(
    status: Status, profile: Profile, remarks: Sequence[str] = (), *, fell_back: bool = False
) -> Displayable:
    """Return the panel of `%monite_login`.

    Args:
        status: The session's status.
        profile: The profile, whose notes are shown.
        remarks: Other remarks.
        fell_back: Whether the simulator is used because there are no credentials.
    """
    notes = [*_warnings(status.environment), *profile.notes, *remarks]
    if fell_back:
        notes.insert(0, "No credentials found, so this is the simulator: nothing here is real.")
    elif status.environment.in_process:
        notes.insert(0, "This is the simulator: nothing here is real, and nothing leaves this machine.")
    if status.environment.production:
        notes.insert(0, "This is PRODUCTION: calls affect real money. You are asked before each write.")
    if status.entity_user_id:
        notes.append("Calls are made with this user's role; %monite_use --partner uses the partner token.")
    title = "PRODUCTION: logged in" if status.environment.production else "Logged in"
    return display.panel(title, _rows(status), tone=_tone(status), notes=notes)


def refused_panel(profile: Profile | None) -> Displayable:
    """Return the panel above the error of a failed login: what was tried.

    Args:
        profile: The profile that was tried, or None if it is unknown.
    """
    rows = []
    if profile is not None:
        environment, credentials = profile.environment, profile.credentials
        rows = [
            ("Environment", environment.label),
            ("Base URL", environment.base_url),
            ("API version", environment.api_version),
            ("Credentials", f"{credentials.masked_id}, from {profile.source}" if credentials else "none"),
        ]
    notes = ["%monite_login --form asks for other credentials; %monite_login --env local needs none."]
    return display.panel("Login failed", rows, tone="error", notes=notes)


def logout_panel(revoked: int, problems: list[str], *, was_logged_in: bool) -> Displayable:
    """Return the panel of `%monite_logout`.

    Args:
        revoked: The number of tokens that were revoked at the server.
        problems: Problems, as sentences.
        was_logged_in: Whether there was a login.
    """
    if not was_logged_in:
        return display.panel("Logged out", tone="neutral", notes=["You were not logged in."])
    tokens = "1 token was" if revoked == 1 else f"{revoked} tokens were"
    notes = [
        f"{tokens} revoked at the server.",
        "Tokens and credentials were deleted from memory.",
        *problems,
    ]
    return display.panel("Logged out", tone="warning" if problems else "neutral", notes=notes)


def form_outcome(session: Session, profile: Profile, file: Path | None) -> Outcome:
    """Log in with the values of the form, and write them to a file if requested.

    Args:
        session: The session to log in.
        profile: The entered profile.
        file: The file for the credentials, or None.

    Raises:
        MoniteError: The login failed. The form shows the error and stays open.
    """
    from monite_magic.api import DotenvConflict, save_profile
    from monite_magic.jupyter.forms.login import Outcome

    status = session.log_in(profile)
    message = f"Logged in to {status.environment.label} with the {_GRANTS[status.grant_type]}."
    if file is None:
        return Outcome(ok=True, message=message)

    def write(*, replacing: bool) -> Outcome:
        notes = save_profile(profile, file, replace=replacing)
        return Outcome(ok=True, message=" ".join([message, f"Written to {file.name}.", *notes]))

    try:
        return write(replacing=False)
    except DotenvConflict as conflict:
        question = f"{conflict.message} Replace it?"
        return Outcome(ok=True, message=message, question=question, on_yes=lambda: write(replacing=True))
    except MoniteError as error:
        return Outcome(ok=True, message=f"{message} But {file.name} was not written: {error}")


def catalogue_panel(action: str | None, words: Sequence[str], version: str) -> Displayable:
    """Run `%monite_catalogue` and return what to show.

    Args:
        action: `load`, `reset`, or None to show the catalogue.
        words: The file or URL to load.
        version: The API version of calls.

    Raises:
        CatalogueError: The catalogue can't be read.
        MoniteError: The arguments are invalid.
    """
    if action == "load":
        if len(words) != 1:
            problem = "The file or URL to load is missing." if not words else "load takes one file or URL."
            raise MoniteError(problem, hint="Write %monite_catalogue load FILE-or-URL.")
        catalogue.use(catalogue.load_file_or_url(words[0]))
    elif words:
        raise MoniteError(f"Unexpected argument: {words[0]}.", hint="See %monite_catalogue --help.")
    elif action == "reset":
        catalogue.use(None)
    known = catalogue.current(version)
    in_package = catalogue.is_packaged(known)
    rows = [
        ("API version", known.version),
        ("Operations", len(known.operations)),
        ("Resources", len({operation.tag for operation in known.operations})),
        ("Schemas", len(known.schemas)),
        ("Source", "packaged" if in_package else known.source or "made in this kernel"),
    ]
    notes = ["%monite_help lists its operations."]
    if in_package and known.version != version:
        notes.append(
            f"Calls use API version {version}, which has no catalogue here, so the check only warns."
        )
    if in_package:
        others = ", ".join(catalogue.versions())
        notes.append(f"Packaged: {others}. %monite_catalogue diff shows what changes between two.")
    if known.skipped_patterns:
        patterns = shorten(", ".join(known.skipped_patterns), 200)
        notes.append(f"Patterns that are not checked, because they could be very slow: {patterns}.")
    return display.panel("Catalogue", rows, notes=notes)
