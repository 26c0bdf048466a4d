"""The control API of a served simulator: state, reset, clock, faults, outbox, rules.

Under `/control`, on loopback only, with a key of its own in the header `x-control-key`, and off unless asked
for. In the same process, `Simulator` offers the same without HTTP.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import Answer, invalid, problem, refuse
from monite_magic.simulator.faults import Fault
from monite_magic.simulator.hosts import is_loopback

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from monite_magic.simulator.core import Simulator

PREFIX = "/control"
KEY_HEADER = "x-control-key"

Command = Callable[["Simulator", dict[str, Any]], Any]


def answer_control(simulator: Simulator, request: Request) -> Answer:
    """Answer one request to the control API.

    Raises:
        Refusal: 404 where it is off, the caller is on another machine, or there is no such command; 401 for
            a wrong key; 422 for a value that can't be used.
    """
    key = simulator.control_key
    if key is None or not is_loopback(request.remote_addr or ""):
        refuse(404, "Not Found")
    if not secrets.compare_digest(request.headers.get(KEY_HEADER, "").encode(), key.encode()):
        refuse(401, f"The header {KEY_HEADER} must hold the control key.")
    command = _COMMANDS.get((request.method, request.path.removeprefix(PREFIX)))
    if command is None:
        refuse(404, "Not Found")
    try:
        body = json.loads(request.get_data() or b"{}")
        return Answer(200, command(simulator, body if isinstance(body, dict) else {}))
    except (ValueError, TypeError) as error:
        invalid(problem(["body"], str(error)))


def _reset(simulator: Simulator, body: dict[str, Any]) -> Any:
    simulator.reset(body.get("seed"))
    return simulator.state()


def _clock(simulator: Simulator, body: dict[str, Any]) -> Any:
    clock = simulator.clock
    if body.get("freeze"):
        clock.freeze(datetime.fromisoformat(str(body["at"])) if body.get("at") else None)
    if body.get("advance"):
        clock.advance(str(body["advance"]))
    if body.get("resume"):
        clock.resume()
    if body.get("reset"):
        clock.reset()
    return simulator.state()


def _add_fault(simulator: Simulator, body: dict[str, Any]) -> Any:
    simulator.faults.add(str(body["text"]) if "text" in body else Fault(**body))
    return _list_faults(simulator, body)


def _list_faults(simulator: Simulator, _body: dict[str, Any]) -> Any:
    return {"faults": simulator.faults.listed()}


def _clear_faults(simulator: Simulator, _body: dict[str, Any]) -> Any:
    simulator.faults.clear()
    return {"faults": []}


_COMMANDS: dict[tuple[str, str], Command] = {
    ("GET", "/state"): lambda simulator, _: simulator.state(),
    ("POST", "/reset"): _reset,
    ("POST", "/clock"): _clock,
    ("GET", "/faults"): _list_faults,
    ("POST", "/faults"): _add_fault,
    ("DELETE", "/faults"): _clear_faults,
    ("GET", "/outbox"): lambda simulator, _: {"mails": simulator.outbox, "webhooks": simulator.webhooks},
    ("GET", "/rules"): lambda simulator, _: {
        "rules": [
            {"subject": rule.subject, "text": rule.text, "status": rule.status} for rule in simulator.rules
        ]
    },
}
