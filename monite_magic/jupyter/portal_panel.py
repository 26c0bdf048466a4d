"""The partner portal as a panel in a notebook: register, confirm, create a project, create credentials.

It is labelled as a SIMULATION and uses `monite_magic.simulator`. No real account is created. The real portal
is a web site with the same steps. As there, a secret is shown once, with a button to copy it. The widget only
has it until the next click, because a notebook could save it. Each pair is written to a file and to
`PortalPanel.credentials`. Imported only when the panel is shown.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets

from monite_magic import simulator
from monite_magic.api import Credentials, Profile, save_profile
from monite_magic.core import LOCAL, MASK, MoniteError, Secret
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
from monite_magic.simulator.answers import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monite_magic.simulator import Simulator

PRACTICE_FILE: Final = ".env.practice"

_TITLE: Final = (
    "<b>Partner portal</b> — <b>SIMULATION</b>"
    "<div>No account is made anywhere and no mail is sent: all of it happens in this notebook's kernel.</div>"
)
_ADVICE: Final = "Create a separate set for each program. Then you can revoke one, and the others still work."
#: Suggested names for the first sets.
_LABELS: Final = ("My notebook", "My server")
#: The profile that the cells below the panel create.
_LESSON_PROFILE: Final = "tutorial"
_GOES_ON: Final = (
    f"The tutorial continues with the profile <code>{_LESSON_PROFILE}</code>, which the cells below create."
)
# Copies the secret in the page. If the clipboard can't be written, it selects the text.
_COPY: Final = (
    "const s=this.previousElementSibling;const m=()=>getSelection().selectAllChildren(s);"
    "if(navigator.clipboard)navigator.clipboard.writeText(s.textContent).then(()=>this.textContent='Copied',m);"
    "else m();"
)
_FALLBACK: Final = (
    "The partner portal, SIMULATED, as a panel of widgets. If you see this line and no panel, widgets don't "
    "show here: the cells below take the same steps in code."
)


@dataclass(frozen=True, slots=True)
class _Set:
    """A set of credentials that was made; `profile` is its name in the file."""

    label: str
    credentials: Credentials
    profile: str


class PortalPanel:
    """The panel to display.

    Args:
        portal_of: The simulator. By default, this kernel's own.
        path: The file for the credentials.

    Attributes:
        credentials: The newest pair, or None.
    """

    def __init__(self, portal_of: Simulator | None = None, *, path: Path | str = PRACTICE_FILE) -> None:
        self._simulator = portal_of or simulator.default()
        self._portal = self._simulator.portal
        self._path = Path(path)
        self._session = self._project_id = ""
        self.credentials: Credentials | None = None

        self._name = widgets.Text(description="Your name", value="Robin Baker", **FIELD)
        self._company = widgets.Text(description="Company", value="Practice Bakery", **FIELD)
        self._email = widgets.Text(description="E-mail", value="robin@example.com", **FIELD)
        self._password = SecretField(
            lambda: self._take(self._register),
            description="Password",
            placeholder="12 characters or more; make one up",
            **FIELD,
        )
        self._mail = prose(
            "The e-mail is in the outbox. A real one arrives in your inbox, with a link that works only once."
        )
        self._project = widgets.Text(description="Project", value="Tutorial", **FIELD)
        self._label = widgets.Text(description="Name of the set", value=_LABELS[0], **FIELD)
        self._sets: list[_Set] = []
        self._made = widgets.HTML()
        self._list = widgets.HTML()

        self._steps = [
            self._step(
                "1. Register a partner account",
                [self._name, self._company, self._email, self._password],
                "Register",
                self._register,
            ),
            self._step("2. Confirm your e-mail address", [self._mail], "Follow the link", self._confirm),
            self._step("3. Create a project", [self._project], "Create project", self._create_project),
            self._step(
                "4. Add credentials",
                [prose(_ADVICE), self._label],
                "Create credentials",
                self._create_credentials,
            ),
            self._step("Copy the secret now", [self._made], "I have copied it", self._hide_secret),
            self._last_step(),
            prose(f"<b>Done.</b> {_GOES_ON}"),
        ]
        self._status = StatusLine()
        self.widget = framed([prose(_TITLE), *self._steps, self._list, self._status])
        self._go_to(0)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        return mimebundle(self.widget, _FALLBACK, **options)

    def _step(
        self, title: str, fields: list[widgets.Widget], label: str, action: Callable[[], str]
    ) -> widgets.VBox:
        send = button(label, lambda: self._take(action), button_style="primary", layout=BELOW_FIELDS)
        return widgets.VBox([prose(f"<b>{title}</b>"), *fields, send])

    def _last_step(self) -> widgets.VBox:
        another = button("Add another set", lambda: self._take(self._add_another))
        done = button("Done", lambda: self._take(self._finish), button_style="primary")
        return widgets.VBox([prose("<b>Your sets of credentials</b>"), widgets.HBox([another, done])])

    def _go_to(self, number: int) -> None:
        for index, step in enumerate(self._steps):
            show(step, when=index == number)

    def _take(self, action: Callable[[], str]) -> None:
        """Run a step. If the portal refuses it, show the reason, so that the user can correct it."""
        try:
            self._status.say(action(), "good")
        except Refusal as refusal:
            self._status.say(_reason(refusal), "bad")
        except MoniteError as error:
            self._status.say(str(error), "bad")

    # -- the steps; each returns a message -------------------------------------------------------------

    def _register(self) -> str:
        email = self._email.value.strip()
        self._portal.register(
            email, self._password.take(), self._name.value.strip(), self._company.value.strip()
        )
        self._go_to(1)
        return f"Registered. An e-mail was sent to {email}."

    def _confirm(self) -> str:
        mail = next(mail for mail in reversed(self._simulator.outbox) if "token" in mail)
        self._session = self._portal.activate(mail["token"])
        self._go_to(2)
        return "Confirmed, and logged in to the portal."

    def _create_project(self) -> str:
        project = self._portal.create_project(self._session, self._project.value.strip())
        self._project_id = project["id"]
        self._go_to(3)
        return f"The project {project['name']} was created. Credentials and entities belong to it."

    def _create_credentials(self) -> str:
        label = self._label.value.strip()
        made = self._portal.create_credentials(self._session, self._project_id, label)
        self.credentials = Credentials(made["client_id"], Secret(made.pop("client_secret")))
        self._made.value = _shown_once(self.credentials)
        self._go_to(4)
        profile = self._new_profile(label)
        notes = save_profile(Profile(profile, LOCAL, self.credentials), self._path, replace=True)
        self._sets.append(_Set(label, self.credentials, profile))
        return " ".join([f"Both are also in {self._path}, as the profile {profile}.", *notes])

    def _hide_secret(self) -> str:
        self._made.value = ""
        self._list.value = _listed(self._sets)
        self._go_to(5)
        return "The secret is hidden. The portal never shows it again. If you lose it, create another set."

    def _add_another(self) -> str:
        self._label.value = _LABELS[min(len(self._sets), len(_LABELS) - 1)]
        self._go_to(3)
        return "Your existing sets stay valid."

    def _finish(self) -> str:
        self._go_to(6)
        if not self._sets:
            return f"No set is in {self._path}."
        last = self._sets[-1].profile
        return f"To use one of yours: %monite_login --dotenv {self._path} --profile {last}"

    def _new_profile(self, label: str) -> str:
        """Return a unique profile name for a set."""
        name = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_") or "set"
        taken = {_LESSON_PROFILE, *(each.profile for each in self._sets)}
        numbered = (f"{name}_{number}" for number in range(2, len(taken) + 3))
        return name if name not in taken else next(each for each in numbered if each not in taken)


def _shown_once(credentials: Credentials) -> str:
    """Return a new pair in plain text, as HTML."""
    secret = html.escape(credentials.client_secret.reveal())
    return (
        '<div style="line-height:1.6;overflow-wrap:anywhere">'
        f"Client ID: <code>{html.escape(credentials.client_id)}</code><br>"
        f'Client secret: <code>{secret}</code> <button type="button" class="jupyter-button" '
        f'title="Copy the secret" onclick="{_COPY}">Copy</button><br>'
        "It is shown only once. Hide it before you save the notebook.</div>"
    )


def _listed(sets: Sequence[_Set]) -> str:
    """Return the list of sets, as HTML."""
    cell = '<td style="text-align:left;padding:2px 12px 2px 0">'
    head = "".join(f"{cell}<b>{name}</b></td>" for name in ("name", "client ID", "secret", "profile"))
    rows = "".join(
        "<tr>"
        + "".join(
            f"{cell}{html.escape(text)}</td>"
            for text in (each.label, each.credentials.masked_id, MASK, each.profile)
        )
        + "</tr>"
        for each in sets
    )
    return f'<table style="border-collapse:collapse"><tbody><tr>{head}</tr>{rows}</tbody></table>'


def _reason(refusal: Refusal) -> str:
    """Return the portal's reason for refusing."""
    data = refusal.answer.data
    if "detail" in data:
        return " ".join(f"{problem['loc'][-1]}: {problem['msg']}." for problem in data["detail"])
    return str(data["error"]["message"])
