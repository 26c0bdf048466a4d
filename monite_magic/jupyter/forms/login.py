"""The login form: client ID, secret, environment, API version, and whether to write them to `.env`.

It takes values and shows results. Its caller provides the login as a function. Python never puts the
secret into the form, and sending the form clears it. So the widget's state, which a notebook can save,
only contains the secret while you type. Imported only when the form is shown.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets

from monite_magic.api import Credentials
from monite_magic.core import DEFAULT_ENVIRONMENT, ENVIRONMENTS, Environment, MoniteError, Secret
from monite_magic.jupyter.forms.parts import (
    BELOW_FIELDS,
    FIELD,
    SecretField,
    StatusLine,
    button,
    framed,
    mimebundle,
    prose,
    show,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_FALLBACK: Final = (
    "The log-in form of monite-magic. If you see this line instead of a form, widgets can't be shown "
    "here. Put "
    "MONITE_CLIENT_ID and MONITE_CLIENT_SECRET into a .env file next to the notebook (.env.example shows "
    "how) and run %monite_login; or run %monite_login --env local, which needs no credentials."
)


@dataclass(frozen=True, slots=True)
class FormValues:
    """The values that the user entered.

    Attributes:
        environment: The chosen environment with the entered API version.
        credentials: The client ID and secret; None for the simulator.
        write_dotenv: Whether to write them to `.env`.
    """

    environment: Environment
    credentials: Credentials | None
    write_dotenv: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a step.

    Attributes:
        ok: False leaves the form open, so that the user can correct the credentials.
        message: Shown in the form.
        question: A question, for instance `Replace MONITE_CLIENT_ID in .env?`, or None.
        on_yes: Called on yes; returns the final result.
    """

    ok: bool
    message: str
    question: str | None = None
    on_yes: Callable[[], Outcome] | None = None


class LoginForm:
    """The form to display.

    Args:
        on_submit: Logs in with the values and returns the result. A `MoniteError` is shown in the form.
        environment: The initial environment. It is added to the list if necessary.
        remark: A remark to show, as plain text.
    """

    def __init__(
        self,
        on_submit: Callable[[FormValues], Outcome],
        *,
        environment: Environment | None = None,
        remark: str = "",
    ) -> None:
        environment = environment or ENVIRONMENTS[DEFAULT_ENVIRONMENT]
        self._on_submit = on_submit
        self._on_yes: Callable[[], Outcome] | None = None
        plain = environment.with_version(environment.usual_version)
        self._client_id = widgets.Text(description="Client ID", placeholder="a UUID", **FIELD)
        self._secret = SecretField(
            self.submit, description="Client secret", placeholder="the portal shows it once", **FIELD
        )
        self._environment = widgets.Dropdown(
            description="Environment", options=_choices(plain), value=plain, **FIELD
        )
        self._version = widgets.Text(description="API version", value=environment.api_version, **FIELD)
        self._write = widgets.Checkbox(description="Write to .env, readable only by you", **FIELD)
        self._send = button("Log in", self.submit, button_style="primary", layout=BELOW_FIELDS)
        self._fields = widgets.VBox(
            [
                prose(f"<b>Log in to Monite</b> {html.escape(remark)}".rstrip()),
                self._client_id,
                self._secret,
                self._environment,
                self._version,
                self._write,
                self._send,
            ]
        )
        self._status = StatusLine()
        self._question = widgets.HBox(
            [
                button("Replace", self._confirm, button_style="warning"),
                button("Keep the file as it is", self._decline),
            ]
        )
        show(self._question, when=False)
        self.widget = framed([self._fields, self._status, self._question])
        self._environment.observe(lambda change: self._on_environment(change.old), "value")
        self._on_environment(plain)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        return mimebundle(self.widget, _FALLBACK, **options)

    def submit(self) -> None:
        """Send the form, like its button and Enter in the secret field."""
        secret = Secret(self._secret.take().strip())
        self._take(lambda: self._on_submit(self._values(secret)))

    def _values(self, secret: Secret) -> FormValues:
        environment = self._environment.value.with_version(self._version.value.strip())
        credentials = None
        if not environment.in_process:
            is_uuid = environment.ids_are_uuids
            credentials = Credentials.parse(self._client_id.value, secret, is_uuid=is_uuid)
        return FormValues(environment, credentials, write_dotenv=self._write.value)

    def _take(self, step: Callable[[], Outcome]) -> None:
        """Run a step and show its result in the form."""
        self._send.disabled = True
        self._status.say("Logging in …", "info")
        try:
            outcome = step()
        except MoniteError as error:
            outcome = Outcome(ok=False, message=str(error))
        except Exception as error:  # noqa: BLE001 - a callback's traceback would be seen by nobody
            outcome = Outcome(ok=False, message=f"Unexpected {type(error).__name__}: {error}")
        finally:
            self._send.disabled = False
        self._show(outcome)

    def _show(self, outcome: Outcome) -> None:
        text = f"{outcome.message} {outcome.question}" if outcome.question else outcome.message
        self._status.say(text, "good" if outcome.ok else "bad")
        self._on_yes = outcome.on_yes
        show(self._question, when=outcome.on_yes is not None)
        if outcome.ok:
            show(self._fields, when=False)
            # A notebook can save the widgets' state, so clear all values in it.
            self._client_id.value = ""

    def _confirm(self) -> None:
        if self._on_yes is not None:
            self._take(self._on_yes)

    def _decline(self) -> None:
        self._show(Outcome(ok=True, message="Logged in. The file was not changed."))

    def _on_environment(self, before: Environment) -> None:
        environment = self._environment.value
        if self._version.value == before.api_version:
            self._version.value = environment.api_version
        for widget in (self._client_id, self._secret, self._write):
            widget.disabled = environment.in_process
        if environment.production:
            self._status.say(f"{environment.name} is production: calls there touch real money.", "caution")
        elif environment.in_process:
            self._status.say("The simulator needs no credentials. Nothing leaves this machine.", "info")
        else:
            self._status.clear()


def _choices(asked: Environment) -> list[tuple[str, Environment]]:
    """Return the choices with labels: the known environments and the requested one."""
    choices = {known.label: known for known in ENVIRONMENTS.values()}
    if asked not in choices.values():
        choices = {f"{asked.label}: {asked.base_url}": asked, **choices}
    # The simulator comes last, because it does not need this form.
    return sorted(choices.items(), key=lambda choice: choice[1].simulated)
