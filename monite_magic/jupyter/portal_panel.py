"""The partner portal as a panel in a notebook: register, confirm, create a project, create credentials.

It is a SIMULATION over `monite_magic.simulator`, and says so: no account is made anywhere. The real portal
is a web site; its steps are the same. The panel never shows the secret, since a notebook could save it: the
pair goes into a file, and into `PortalPanel.credentials`. Imported only when the panel is shown.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets

from monite_magic import simulator
from monite_magic.api import Credentials, Profile, save_profile
from monite_magic.core import LOCAL, MoniteError, Secret
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
    from collections.abc import Callable

    from monite_magic.simulator import Simulator

PRACTICE_FILE: Final = ".env.practice"

_TITLE: Final = (
    "<b>Partner portal</b> — <b>SIMULATION</b>"
    "<div>No account is made anywhere and no mail is sent: all of it happens in this notebook's kernel.</div>"
)
_FALLBACK: Final = (
    "The partner portal, SIMULATED, as a panel of widgets. If you see this line and no panel, widgets don't "
    "show here: the cells below take the same steps in code."
)


class PortalPanel:
    """The panel, to be displayed.

    Args:
        portal_of: The simulator whose portal it is; by default this kernel's own.
        path: The file that the credentials are written to.

    Attributes:
        credentials: The pair that was made last, or None.
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
            placeholder="12 characters or more; any will do here",
            **FIELD,
        )
        self._mail = prose(
            "A mail lies in the outbox. The real one comes to your inbox, with a link that can be used once."
        )
        self._project = widgets.Text(description="Project", value="Tutorial", **FIELD)
        self._label = widgets.Text(description="Name of the set", value="My notebook", **FIELD)

        self._steps = [
            self._step(
                "1. Register a partner account",
                [self._name, self._company, self._email, self._password],
                "Register",
                self._register,
            ),
            self._step("2. Confirm your e-mail address", [self._mail], "Follow the link", self._confirm),
            self._step("3. Create a project", [self._project], "Create project", self._create_project),
            self._step("4. Add credentials", [self._label], "Create credentials", self._create_credentials),
        ]
        self._status = StatusLine()
        self.widget = framed([prose(_TITLE), *self._steps, self._status])
        self._go_to(0)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        return mimebundle(self.widget, _FALLBACK, **options)

    def _step(
        self, title: str, fields: list[widgets.Widget], label: str, action: Callable[[], str]
    ) -> widgets.VBox:
        send = button(label, lambda: self._take(action), button_style="primary", layout=BELOW_FIELDS)
        return widgets.VBox([prose(f"<b>{title}</b>"), *fields, send])

    def _go_to(self, number: int) -> None:
        for index, step in enumerate(self._steps):
            show(step, when=index == number)

    def _take(self, action: Callable[[], str]) -> None:
        """Take a step; what the portal refuses is said in place, and can be corrected."""
        try:
            self._status.say(action(), "good")
        except Refusal as refusal:
            self._status.say(_reason(refusal), "bad")
        except MoniteError as error:
            self._status.say(str(error), "bad")

    # -- the steps; each returns what to say -----------------------------------------------------------

    def _register(self) -> str:
        email = self._email.value.strip()
        self._portal.register(
            email, self._password.take(), self._name.value.strip(), self._company.value.strip()
        )
        self._go_to(1)
        return f"Registered. A mail went to {email}."

    def _confirm(self) -> str:
        mail = next(mail for mail in reversed(self._simulator.outbox) if "token" in mail)
        self._session = self._portal.activate(mail["token"])
        self._go_to(2)
        return "Confirmed, and logged in to the portal."

    def _create_project(self) -> str:
        project = self._portal.create_project(self._session, self._project.value.strip())
        self._project_id = project["id"]
        self._go_to(3)
        return f"The project {project['name']} is there. Credentials and entities belong to it."

    def _create_credentials(self) -> str:
        made = self._portal.create_credentials(self._session, self._project_id, self._label.value.strip())
        self.credentials = Credentials(made["client_id"], Secret(made["client_secret"]))
        profile = Profile(None, LOCAL, self.credentials)
        notes = save_profile(profile, self._path, replace=True)
        pair = f"Client ID {self.credentials.masked_id}, secret {self.credentials.client_secret}"
        said = (
            f"{pair}: both are in {self._path}. The real portal shows the secret in clear, this once; here "
            "it is not shown, as a notebook can be saved."
        )
        return " ".join([said, *notes])


def _reason(refusal: Refusal) -> str:
    """Return in words why the portal refused."""
    data = refusal.answer.data
    if "detail" in data:
        return " ".join(f"{problem['loc'][-1]}: {problem['msg']}." for problem in data["detail"])
    return str(data["error"]["message"])
