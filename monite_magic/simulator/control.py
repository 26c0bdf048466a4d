"""The control API of a served simulator: state, reset, clock, faults, outbox, events, rules, why.

It is served under `/control`, on loopback only, and is off by default. Requests need the control key in
the header `x-control-key`. In the same process, use `Simulator` instead.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from monite_magic.core.loopback import is_loopback
from monite_magic.simulator.answers import Answer, invalid, problem, refuse
from monite_magic.simulator.events import happenings
from monite_magic.simulator.faults import Fault
from monite_magic.simulator.registry import RULES
from monite_magic.simulator.state import describe, mails, reset, webhooks

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from monite_magic.simulator.world import World

PREFIX = "/control"
KEY_HEADER = "x-control-key"

Command = Callable[["World", dict[str, Any]], Any]


def answer_control(world: World, request: Request) -> Answer:
    """Answer one request to the control API.

    Raises:
        Refusal: 404 if it is off, the caller is on another machine, or the command is unknown; 401 for a
            wrong key; 422 for an invalid value.
    """
    key = world.control_key
    if key is None or not is_loopback(request.remote_addr or ""):
        refuse(404, "Not Found")
    if not secrets.compare_digest(request.headers.get(KEY_HEADER, "").encode(), key.encode()):
        refuse(401, f"The header {KEY_HEADER} must hold the control key.")
    command = _COMMANDS.get((request.method, request.path.removeprefix(PREFIX)))
    if command is None:
        refuse(404, "Not Found")
    try:
        body = json.loads(request.get_data() or b"{}")
        return Answer(200, command(world, body if isinstance(body, dict) else {}))
    except (ValueError, TypeError) as error:
        invalid(problem(["body"], str(error)))


def _reset(world: World, body: dict[str, Any]) -> Any:
    reset(world, body.get("seed"))
    return describe(world)


def _clock(world: World, body: dict[str, Any]) -> Any:
    clock = world.clock
    if body.get("freeze"):
        clock.freeze(datetime.fromisoformat(str(body["at"])) if body.get("at") else None)
    if body.get("advance"):
        clock.advance(str(body["advance"]))
    if body.get("resume"):
        clock.resume()
    if body.get("reset"):
        clock.reset()
    return describe(world)


def _add_fault(world: World, body: dict[str, Any]) -> Any:
    world.faults.add(str(body["text"]) if "text" in body else Fault(**body))
    return _list_faults(world, body)


def _list_faults(world: World, _body: dict[str, Any]) -> Any:
    return {"faults": world.faults.listed()}


def _clear_faults(world: World, _body: dict[str, Any]) -> Any:
    world.faults.clear()
    return {"faults": []}


def _explain(world: World, body: dict[str, Any]) -> Any:
    from monite_magic.simulator.explain import explain_payable

    try:
        return explain_payable(world, str(body.get("id")))
    except LookupError as error:
        refuse(404, str(error))


_COMMANDS: dict[tuple[str, str], Command] = {
    ("GET", "/state"): lambda world, _: describe(world),
    ("POST", "/reset"): _reset,
    ("POST", "/clock"): _clock,
    ("GET", "/faults"): _list_faults,
    ("POST", "/faults"): _add_fault,
    ("DELETE", "/faults"): _clear_faults,
    ("GET", "/outbox"): lambda world, _: {"mails": mails(world), "webhooks": webhooks(world)},
    ("GET", "/events"): lambda world, _: {"events": happenings(world)},
    ("POST", "/explain"): _explain,
    ("GET", "/rules"): lambda _world, _: {
        "rules": [{"subject": rule.subject, "text": rule.text, "status": rule.status} for rule in RULES]
    },
}
