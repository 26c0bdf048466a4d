"""The log-in form: client ID, secret, environment, API version, and whether to write them to `.env`.

It takes values and shows outcomes; what a log-in is, its caller says with one function. The secret is never
put into the form from Python, and leaves it at once when the form is sent: the widget's state, which a
notebook can save, holds it only while a person types. Imported only when the form is shown.
"""

from __future__ import annotations

import html
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets
from traitlets import Unicode

from monite_magic.credentials import Credentials
from monite_magic.environments import DEFAULT_ENVIRONMENT, ENVIRONMENTS, Environment
from monite_magic.errors import MoniteError
from monite_magic.masking import mask_text

if TYPE_CHECKING:
    from collections.abc import Callable

_FALLBACK: Final = (
    "The log-in form of monite-magic. If you see this line and no form, widgets don't show here. Put "
    "MONITE_CLIENT_ID and MONITE_CLIENT_SECRET into a .env file beside the notebook (.env.example shows "
    "how) and run %monite_login; or run %monite_login --env local, which needs no credentials."
)
_WIDE: Final = {"width": "auto"}
_ALIGNED: Final = {"description_width": "9em"}
_TONES: Final = {
    "info": ("", "#5b7fa6"),
    "good": ("✓ ", "#2e7d4f"),
    "caution": ("⚠ ", "#b58105"),
    "bad": ("✗ ", "#b3452c"),
}


@dataclass(frozen=True, slots=True)
class FormValues:
    """What a person entered.

    Attributes:
        environment: The chosen environment with the entered API version.
        credentials: The pair; None for the simulator, which needs none.
        write_dotenv: Whether they are to be written to `.env`.
    """

    environment: Environment
    credentials: Credentials | None
    write_dotenv: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it.

    Attributes:
        ok: False leaves the form open, so that a wrong pair can be corrected.
        message: Shown in the form.
        question: A step that needs a yes, for instance `Replace MONITE_CLIENT_ID in .env?`, or None.
        on_yes: Called on yes; returns the final outcome.
    """

    ok: bool
    message: str
    question: str | None = None
    on_yes: Callable[[], Outcome] | None = None


class _SecretField(widgets.Password):  # type: ignore[misc] # ipywidgets has no types
    """A password field whose value the kernel doesn't echo to other front ends."""

    value = Unicode("").tag(sync=True, echo_update=False)


class LoginForm:
    """The form, to be displayed.

    Args:
        on_submit: Logs in with the values and says what came of it. A `MoniteError` is shown as it is.
        environment: The environment chosen at first; one that is not in the list is added to it.
    """

    def __init__(
        self, on_submit: Callable[[FormValues], Outcome], *, environment: Environment | None = None
    ) -> None:
        environment = environment or ENVIRONMENTS[DEFAULT_ENVIRONMENT]
        self._on_submit = on_submit
        self._on_yes: Callable[[], Outcome] | None = None
        self._entered = _Moment()
        self._client_id = widgets.Text(
            description="Client ID", placeholder="a UUID", layout=_WIDE, style=_ALIGNED
        )
        self._secret = _SecretField(
            description="Client secret",
            placeholder="shown once by the portal",
            continuous_update=False,
            layout=_WIDE,
            style=_ALIGNED,
        )
        self._environment = widgets.Dropdown(
            description="Environment",
            options=_choices(environment),
            value=environment.with_version(ENVIRONMENTS[DEFAULT_ENVIRONMENT].api_version),
            layout=_WIDE,
            style=_ALIGNED,
        )
        self._version = widgets.Text(
            description="API version", value=environment.api_version, layout=_WIDE, style=_ALIGNED
        )
        self._write = widgets.Checkbox(
            description="Write to .env, readable by you alone",
            indent=True,
            layout=_WIDE,
            style=_ALIGNED,
        )
        self._send = widgets.Button(
            description="Log in", button_style="primary", layout={"margin": "4px 0 4px 9.9em"}
        )
        self._yes = widgets.Button(description="Replace", button_style="warning")
        self._no = widgets.Button(description="Keep the file as it is", layout=_WIDE)
        self._message = widgets.HTML()
        self._fields = widgets.VBox(
            [
                widgets.HTML("<b>Log in to Monite</b>"),
                self._client_id,
                self._secret,
                self._environment,
                self._version,
                self._write,
                self._send,
            ]
        )
        self._confirm = widgets.HBox([self._yes, self._no], layout={"display": "none"})
        self.widget = widgets.VBox(
            [self._fields, self._message, self._confirm],
            layout={
                "border": "1px solid rgba(127,127,127,.4)",
                "padding": "12px 16px",
                "max_width": "36em",
            },
        )
        self._send.on_click(lambda _: self.submit())
        self._yes.on_click(lambda _: self._finish(self._on_yes))
        self._no.on_click(lambda _: self._decline())
        self._secret.on_msg(self._on_secret_message)
        self._secret.observe(self._on_secret_value, "value")
        self._environment.observe(self._on_environment, "value")
        self._on_environment()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        return {**self.widget._repr_mimebundle_(**kwargs), "text/plain": _FALLBACK}

    def submit(self) -> None:
        """Send the form, as its button and Enter in the secret field do."""
        secret, self._secret.value = self._secret.value, ""
        self._finish(lambda: self._on_submit(self._values(secret)))

    def _values(self, secret: str) -> FormValues:
        environment = self._environment.value.with_version(self._version.value.strip())
        credentials = None
        if not environment.simulated:
            credentials = Credentials.parse(self._client_id.value, secret)
        return FormValues(environment, credentials, write_dotenv=self._write.value)

    def _finish(self, step: Callable[[], Outcome] | None) -> None:
        """Take a step and show what came of it, in place."""
        if step is None:
            return
        self._send.disabled = True
        self._say("Logging in …", "info")
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
        self._say(text, "good" if outcome.ok else "bad")
        self._on_yes = outcome.on_yes
        self._confirm.layout.display = "none" if outcome.on_yes is None else ""
        if outcome.ok:
            self._fields.layout.display = "none"
            # A notebook can save the widgets' state: nothing of the person stays in it.
            self._client_id.value = ""

    def _decline(self) -> None:
        self._on_yes = None
        self._confirm.layout.display = "none"
        self._say("Logged in. The file was left as it is.", "good")

    def _say(self, text: str, tone: str) -> None:
        mark, colour = _TONES[tone]
        self._message.value = (
            f'<div role="status" style="border-left:4px solid {colour};padding:4px 10px;'
            f'line-height:1.5;white-space:normal">{mark}{html.escape(mask_text(text))}</div>'
        )

    def _on_environment(self, _change: Any = None) -> None:
        environment = self._environment.value
        for widget in (self._client_id, self._secret, self._write):
            widget.disabled = environment.simulated
        if environment.production:
            self._say(f"{environment.name} is production: calls there touch real money.", "caution")
        elif environment.simulated:
            self._say("The simulator needs no credentials. Nothing leaves this machine.", "info")
        else:
            self._message.value = ""

    # Enter in a text field sends the message "submit" first and the value after it.
    def _on_secret_message(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        if content.get("event") != "submit":
            return
        if self._secret.value:
            self.submit()
        else:
            self._entered.mark()

    def _on_secret_value(self, change: Any) -> None:
        if change.new and self._entered.is_recent():
            self.submit()


class _Moment:
    """Remembers for a second that something happened, once."""

    def __init__(self) -> None:
        self._until = 0.0

    def mark(self) -> None:
        self._until = time.monotonic() + 1

    def is_recent(self) -> bool:
        recent, self._until = time.monotonic() < self._until, 0.0
        return recent


def _choices(environment: Environment) -> list[tuple[str, Environment]]:
    """Return the choices with their labels: the known environments and the one that was asked for."""
    choices = {known.label: known for known in ENVIRONMENTS.values()}
    plain = environment.with_version(ENVIRONMENTS[DEFAULT_ENVIRONMENT].api_version)
    if plain not in choices.values():
        choices = {f"{plain.label}: {plain.base_url}": plain, **choices}
    # The simulator comes last: it is the one that needs nothing of this form.
    return sorted(choices.items(), key=lambda choice: choice[1].simulated)
