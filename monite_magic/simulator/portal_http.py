"""The portal over HTTP, under `/portal/v1`, for clients in other processes.

It has the operations that lead to credentials, of the 46 under that path in the OpenAPI document 2024-05-25.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request

from monite_magic.simulator.answers import Answer, invalid, problem, refuse
from monite_magic.simulator.portal import Portal

PREFIX = "/portal/v1"

Step = Callable[[Portal, Request], Any]


def answer_portal(portal: Portal, request: Request) -> Answer:
    """Answer one request to the portal.

    Raises:
        Refusal: The request can't be fulfilled.
    """
    path = request.path.removeprefix(PREFIX)
    step = _STEPS.get((request.method, path))
    if step is not None:
        return Answer(200, step(portal, request))
    identifier = path.removeprefix("/secrets/")
    if request.method == "DELETE" and identifier != path:
        delay = request.args.get("delay_in_seconds", 0, type=int)
        return Answer(200, portal.revoke_credentials(_session(request), identifier, delay))
    known = any(path == other for _, other in _STEPS)
    return refuse(405, "Method Not Allowed") if known else refuse(404, "Not Found")


def _body(request: Request, *required: str) -> dict[str, Any]:
    try:
        body = json.loads(request.get_data())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        invalid(problem(["body"], "Input should be a valid dictionary", "dict_type"))
    missing = [name for name in required if not body.get(name)]
    if missing:
        invalid(*(problem(["body", name], "Field required", "missing") for name in missing))
    return body


def _session(request: Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()


def _token(session: str) -> dict[str, Any]:
    return {"auth": {"access_token": session, "token_type": "Bearer"}, "deactivated_by_default": False}


def _register(portal: Portal, request: Request) -> Any:
    names = ("email", "password", "fullname", "company_name", "company_website")
    body = _body(request, *names)
    return portal.register(**{name: str(body[name]) for name in names})


def _log_in(portal: Portal, request: Request) -> Any:
    body = _body(request, "email", "password")
    return _token(portal.log_in(str(body["email"]), str(body["password"])))


def _create_project(portal: Portal, request: Request) -> Any:
    body = _body(request, "name")
    return portal.create_project(_session(request), body["name"], body.get("description"))


def _create_credentials(portal: Portal, request: Request) -> Any:
    body = _body(request, "project_id")
    return portal.create_credentials(_session(request), body["project_id"], body.get("name"))


def _credentials(portal: Portal, request: Request) -> Any:
    return {"secrets": portal.credentials(_session(request), request.args.get("project_id", ""))}


_STEPS: dict[tuple[str, str], Step] = {
    ("POST", "/register"): _register,
    ("POST", "/register/resend_registration_email"): lambda portal, request: portal.resend_confirmation(
        str(_body(request, "email")["email"])
    ),
    ("POST", "/auth/activate"): lambda portal, request: _token(
        portal.activate(request.args.get("token", ""))
    ),
    ("POST", "/auth/token"): _log_in,
    ("DELETE", "/auth/logout"): lambda portal, request: portal.log_out(_session(request)),
    ("GET", "/profile"): lambda portal, request: portal.profile(_session(request)),
    ("POST", "/projects"): _create_project,
    ("GET", "/projects"): lambda portal, request: portal.projects(_session(request)),
    ("POST", "/secrets"): _create_credentials,
    ("GET", "/secrets"): _credentials,
}
