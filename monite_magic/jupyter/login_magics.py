"""`%monite_login`: find credentials, or ask for them in the front end."""

from __future__ import annotations

import functools
import getpass
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from monite_magic.api import Credentials, NoCredentialsError, find_dotenv, find_profile, profile_of_options
from monite_magic.core import (
    DEFAULT_ENVIRONMENT,
    ENVIRONMENTS,
    CredentialsError,
    NetworkError,
    RequestError,
    Secret,
    TokenError,
)
from monite_magic.jupyter import asking, hosted, status
from monite_magic.jupyter.frontend import FrontEnd
from monite_magic.session import Question, unconfirmed_host

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.api import Profile
    from monite_magic.cell import Arguments
    from monite_magic.jupyter.forms.login import FormValues, Outcome
    from monite_magic.session import Session


_UNKNOWN_HOST: Final = (
    "Neither your credentials nor the environment at the kernel's start name this host. "
    "Log in only if you trust the people who run it."
)


_NOT_SIMULATED: Final = "--seed and --at only work with the simulator. They were ignored."


def run(session: Session, arguments: Arguments, who: FrontEnd) -> Any:
    """Run `%monite_login` and return what to show: a panel or the form.

    Args:
        session: The session to log in.
        arguments: The parsed line.
        who: The user to ask for credentials.

    Raises:
        CredentialsError: The credentials are missing or invalid.
        TokenError: The token exchange was refused.
        NetworkError: The token exchange got no answer.
        RequestError: `--seed` or `--at` without the simulator.
    """
    try:
        return _run(session, arguments, who)
    except (CredentialsError, TokenError, NetworkError) as error:
        if isinstance(error, CredentialsError):
            _show(status.refused_panel(error.settings if isinstance(error, NoCredentialsError) else None))
        if session.logged_in:
            error.advise(_still_logged_in(session))
        raise


def _still_logged_in(session: Session) -> str:
    """Say where calls go until the login succeeds. Empty if you are not logged in."""
    return f"Calls still go to {session.profile.environment.label}." if session.logged_in else ""


def _run(session: Session, arguments: Arguments, who: FrontEnd) -> Any:
    options = {
        "env": arguments.env,
        "base_url": arguments.base_url,
        "insecure_http": arguments.insecure_http,
        "production": False if arguments.not_production else None,
        "api_version": arguments.api_version,
        "entity": arguments.entity,
        "entity_user": arguments.entity_user,
    }
    if arguments.form:
        settings = profile_of_options(profile=arguments.profile, **options)
        return _let_user_enter(session, settings, who)
    try:
        profile = find_profile(profile=arguments.profile, dotenv=arguments.dotenv, **options)
    except NoCredentialsError as error:
        nothing = error
    else:
        if arguments.partner:
            profile = replace(profile, entity_user_id=None)
        remarks = _simulator_set_up(session, profile, arguments)
        log_in = functools.partial(_logged_in, session, profile, remarks, or_local=arguments.or_local)
        if session.knows_host(profile):
            return log_in()
        return asking.ask(_host_question(session, profile, log_in), who)
    if arguments.or_local:
        profile = find_profile(**{**options, "env": "local", "base_url": None})
        remarks = _simulator_set_up(session, profile, arguments)
        return status.login_panel(session.log_in(profile), profile, remarks, fell_back=True)
    if arguments.seed or arguments.at:
        raise _not_simulated(nothing.settings)
    if arguments.profile or arguments.dotenv:
        raise nothing
    return _ask_for_credentials(session, nothing.settings, who)


def _not_simulated(profile: Profile) -> RequestError:
    return RequestError(
        f"--seed and --at only work with the simulator in this kernel, not with {profile.environment.label}.",
        hint="Add --env local.",
    )


def _simulator_set_up(session: Session, profile: Profile, arguments: Arguments) -> list[str]:
    """Set the simulator's clock and data. Return notes about it."""
    if not (arguments.seed or arguments.at):
        return []
    if not profile.environment.in_process:
        if arguments.or_local:
            return [_NOT_SIMULATED]
        raise _not_simulated(profile)
    from monite_magic import simulator
    from monite_magic.jupyter.simulator_magics import start_over, stop_clock

    notes = []
    if arguments.at:
        stop_clock(arguments.at)
        now = simulator.default().clock.now()
        notes.append(f"The simulator's clock is set to {now:%Y-%m-%d %H:%M} UTC.")
    if arguments.seed:
        deleted = start_over(arguments.seed)
        session.simulator_started_over()
        notes.append(f"The simulator started over with the seed {arguments.seed}. Deleted: {deleted}.")
    return notes


def _host_question(session: Session, profile: Profile, log_in: Callable[[], Any]) -> Question:
    """Return the question whether to send credentials to a host that only the line names."""
    environment = profile.environment
    error = unconfirmed_host(profile)

    def confirmed() -> Any:
        session.confirm_host(profile)
        return log_in()

    facts = [("Host", environment.host), ("Credentials", f"from {profile.source}")]
    readable = environment.readable_host
    if readable != environment.host:
        facts.insert(1, ("Reads as", readable))
    return session.questions.add(
        f"log in to {environment.host}",
        Question(
            subject=f"log in to {environment.host}",
            text=f"Send your client secret to {environment.host}?",
            facts=tuple(facts),
            act=confirmed,
            refusal=(error.message, error.hint or ""),
            title="Unknown host",
            tone="warning",
            notes=(_UNKNOWN_HOST,),
            yes="Log in",
            no="Don't log in",
        ),
    )


def _logged_in(session: Session, profile: Profile, remarks: list[str], *, or_local: bool) -> Any:
    try:
        return status.login_panel(session.log_in(profile), profile, remarks)
    except NetworkError:
        _show(status.refused_panel(profile))
        raise
    except TokenError as error:
        _show(status.refused_panel(profile))
        if or_local:
            more = (
                "--or-local only helps without credentials. To use the simulator: %monite_login --env local."
            )
            error.advise(more)
        raise


def _show(panel: Any) -> None:
    from IPython.display import display

    display(panel)  # type: ignore[no-untyped-call]


def _ask_for_credentials(session: Session, settings: Profile, who: FrontEnd) -> Any:
    """Ask the user for credentials. `settings` has everything else."""
    if who is not FrontEnd.NOBODY:
        return _let_user_enter(session, settings, who)
    hint = (
        "Set MONITE_CLIENT_ID and MONITE_CLIENT_SECRET in the environment, write them into a .env file "
        "next to the notebook, or store them in the system keyring. Or use the simulator with --env local."
    )
    raise NoCredentialsError(
        f"No credentials for {settings.environment.label}.",
        settings=settings,
        hint=" ".join([*settings.notes, hint]),
    )


def _let_user_enter(session: Session, settings: Profile, who: FrontEnd) -> Any:
    """Let the user enter credentials. A host that only the line names must be confirmed first."""
    enter = functools.partial(_prompt if who is FrontEnd.TERMINAL else _form, session, settings)
    if session.knows_host(settings):
        return enter()
    return asking.ask(_host_question(session, replace(settings, source="your next input"), enter), who)


def _prompt(session: Session, settings: Profile) -> Any:
    environment = settings.environment
    hosted.warn_once(environment)
    profile = settings
    if not environment.in_process:
        try:
            client_id = input(f"Client ID for {environment.label}: ")
            secret = Secret(getpass.getpass("Client secret: ").strip())
        except EOFError:
            raise CredentialsError("No credentials entered.", hint="Run %monite_login again.") from None
        credentials = Credentials.parse(client_id, secret, is_uuid=environment.ids_are_uuids)
        profile = replace(settings, credentials=credentials, source="your input")
    return status.login_panel(session.log_in(profile), profile)


def _form(session: Session, settings: Profile) -> Any:
    from monite_magic.jupyter.forms.login import LoginForm

    hosted.warn_once(ENVIRONMENTS[DEFAULT_ENVIRONMENT])  # the form lets the user choose any
    submit = functools.partial(_submit, session, settings)
    remark = " ".join([*settings.notes, _still_logged_in(session)]).strip()
    return LoginForm(submit, environment=settings.environment, remark=remark)


def _submit(session: Session, settings: Profile, values: FormValues) -> Outcome:
    """Log in with the values of the form."""
    profile = replace(
        settings,
        environment=values.environment,
        credentials=values.credentials,
        source="the form",
        foreign=settings.foreign and values.environment.origin == settings.environment.origin,
    )
    # The first file that the next login reads: the nearest one, or a new one next to the notebook.
    file = (find_dotenv(Path.cwd()) or Path(".env")) if values.write_dotenv else None
    return status.form_outcome(session, profile, file)
