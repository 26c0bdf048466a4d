"""Explain error answers and the next step: one `Problem` for each known kind of error.

Sources: the envelopes and status codes of the vendor's OpenAPI document 2024-05-25, and the messages in its
descriptions. The API also answers 409 if a permission is missing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from monite_magic.catalogue.lifecycles import action_of
from monite_magic.core.words import either
from monite_magic.display.problem import FieldProblem, Problem
from monite_magic.explain.corrected_cell import cell_at_nearest, corrected_cell, place_in_cell, same_cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.api import Answer

_PERMISSION: Final = re.compile(r"\bnot allowed\b|permissions? not found|at permissions", re.IGNORECASE)
_EXPIRED: Final = re.compile(r"\b(expired|invalid).{0,20}token|token.{0,30}(expired|invalid)", re.IGNORECASE)
_NEEDS_PARTNER: Final = re.compile(r"\bpartner(?:'s)?\b.{0,20}\btoken", re.IGNORECASE)
_NEEDS_USER: Final = re.compile(
    r"\btoken of an entity[ -]user|\bentity[ -]user(?:'s)? .{0,10}token", re.IGNORECASE
)
_OTHER_ENTITY: Final = re.compile(r"\b(?:belongs?|issued) to (?:another|a different) entity", re.IGNORECASE)
#: Data of the token's user. It needs no permission, so a refusal means that the token has no user.
_USER_PATHS: Final = ("/entity_users/me", "/entity_users/my_entity", "/entity_users/my_role")
#: A conflict with the status of the object, not with another object.
_ABOUT_STATUS: Final = re.compile(r"\bcurrent (?:state|status)\b|\brequest is \w+ed\b", re.IGNORECASE)
_VERSION: Final = re.compile(r"\b(?:API|Monite)[- ]version\b", re.IGNORECASE)
_ENTITY_HEADER: Final = re.compile(r"entity[ _-]?id", re.IGNORECASE)


def problem_of(response: Answer) -> Problem:
    """Explain an answer of 400 or above."""
    message = response.message or ""
    if response.status == 400 and _EXPIRED.search(message):
        return _unauthorized(response)
    if response.status == 400 and _ENTITY_HEADER.search(message):
        return _without_entity(response)
    if response.status == 400 and _VERSION.search(message):
        return _unknown_version(response)
    if response.status in {403, 409} and (response.status == 403 or _PERMISSION.search(message)):
        return _forbidden(response)
    if response.status == 501 and response.simulated:
        return Problem(
            "The simulator doesn't support this operation yet.",
            "It knows the operation's schema, but not its behaviour. Nothing was changed.",
            next_step="List what it supports:",
            cell="%monite_simulator rules",
        )
    family = _EXPLAINERS.get(response.status)
    if family:
        return family(response)
    return _server_error(response) if response.status >= 500 else _rejected(response)


def _rejected(response: Answer) -> Problem:
    words = _EXPLANATIONS.get(response.status, ("The API rejected the call.", ""))
    return Problem(*words, _fields(response), *_look_up(response))


def _look_up(response: Answer) -> tuple[str, str]:
    """Return the default next step: read the operation's help."""
    if response.template is None:
        return "", ""
    return "Check the operation's parameters:", f"%monite_help {response.request.method} {response.template}"


def _again(response: Answer, when: str) -> tuple[str, str]:
    """Return the next step for a call that may succeed later."""
    cell = same_cell(response)
    return (f"{when} send it again:", cell) if cell else (f"{when} run the cell again.", "")


def _unauthorized(response: Answer) -> Problem:
    if response.request.path == response.environment.token_path:
        return Problem(
            "The credentials were not accepted.",
            "The client ID and secret don't match, are for another environment than "
            f"{response.environment.name}, or were revoked.",
            next_step="Log in with valid credentials; the form hides the secret:",
            cell="%monite_login --form",
        )
    return Problem(
        "The token was not accepted.",
        "It has expired, was revoked, or is for another environment. The session already tried to renew an "
        "expired token, so you need to log in again.",
        next_step="Log in again, then run the cell again:",
        cell="%monite_login",
    )


def _without_entity(response: Answer) -> Problem:
    return Problem(
        "This call needs an entity.",
        f"The operation needs the header {response.environment.entity_header}.",
        next_step="Choose one of your entities, and run the cell again with --entity ID:",
        cell="%monite GET /entities",
    )


def _unknown_version(response: Answer) -> Problem:
    from monite_magic import catalogue

    own_header = response.api_version != response.environment.api_version
    return Problem(
        "The API version was not accepted.",
        f"The call used {response.api_version or 'none'}. "
        f"The documented versions are {', '.join(catalogue.versions())}.",
        next_step=f"Name one of them in {response.environment.version_header}, or leave that header out."
        if own_header
        else f"Log in again with --api-version {response.environment.usual_version}.",
    )


def _forbidden(response: Answer) -> Problem:
    message, template = response.message or "", response.template
    denied = re.search(r"Action (\w+) for (\w+) not allowed", message)
    if _OTHER_ENTITY.search(message):
        return Problem(
            "An entity user's token works only for the user's own entity.",
            "%monite GET /entity_users/my_entity shows it; choose it with %monite_use --entity ID. "
            "The partner token works for all your entities.",
            next_step="Switch back to the partner token, then run the cell again:",
            cell="%monite_use --partner",
        )
    if _NEEDS_PARTNER.search(message) or (template == "/entities" and not denied):
        return Problem(
            "This operation needs the partner token, not an entity user's token.",
            next_step="Switch back to the partner token, then run the cell again:",
            cell="%monite_use --partner",
        )
    if _NEEDS_USER.search(message) or (template in _USER_PATHS and not denied):
        return Problem(
            "This operation needs an entity user's token, not the partner token.",
            next_step="List the users, and choose one with %monite_use --entity-user ID:",
            cell="%monite GET /entity_users",
        )
    if template == "/entity_users/my_role":
        return Problem(
            "The user's role can't read roles, not even its own.",
            next_step="Use the partner token to read them:",
            cell="%monite_use --partner",
        )
    what = f"to {denied[1].replace('_', ' ')} {denied[2].replace('_', ' ')}s" if denied else "for this call"
    return Problem(
        f"Missing permission {what}.",
        "With an entity user's token you can do what the user's role allows. Some operations need the "
        "partner token, others an entity user's token.",
        next_step="Check what your role allows:",
        cell="%monite GET /entity_users/my_role",
    )


def _not_found(response: Answer) -> Problem:
    if _names_the_entity(response):
        return Problem(
            "Entity not found.",
            "The ID is mistyped, or the entity belongs to another account or environment.",
            next_step="List your entities, and choose one with %monite_use --entity ID:",
            cell="%monite GET /entities",
        )
    template = response.template
    if template is None or _is_of_another_version(response):
        return _unknown_path(response)
    path = response.request.path
    if path.endswith("/"):
        cell = f"%monite GET {path.rstrip('/')}" if response.request.method == "GET" else ""
        step = "Remove the slash:" if cell else "Send it without the slash."
        return Problem("Path not found.", "It ends with a slash, but the API's paths don't.", (), step, cell)
    if "{" not in template:
        return Problem("Path not found.", "The environment may not offer this operation.")
    collection = _object_path(response).rpartition("/")[0]
    return Problem(
        "Object not found.",
        "The ID is mistyped, the object was deleted, or it belongs to another entity or environment."
        + _about_entity(response),
        next_step="List the objects:",
        cell=f"%monite GET {collection}",
    )


def _entity_of(response: Answer) -> str:
    header = response.environment.entity_header.lower()
    sent = {name.lower(): value for name, value in response.request.headers.items()}
    return sent.get(header, "")


def _about_entity(response: Answer) -> str:
    """Say which entity a call was about: what was made with --entity is found with it."""
    entity = _entity_of(response)
    return f" This call was about the entity {entity}; --entity ID asks another one." if entity else ""


def _names_the_entity(response: Answer) -> bool:
    """Whether the API could not find the entity in the header, rather than the object in the path."""
    entity = _entity_of(response)
    if not entity or entity in response.request.path:
        return False
    return entity in (response.message or "")


def _is_of_another_version(response: Answer) -> bool:
    from monite_magic import catalogue
    from monite_magic.catalogue.spans import span_of_operation

    known, request = catalogue.current(response.api_version), response.request
    if known.find(request.method, request.path) is None:
        return True
    return bool(span_of_operation(known, request.method, request.path))


def _diff_cell(one: str, other: str, path: str) -> str:
    """Return the cell that compares a path's resource in two API versions, older first."""
    older, newer = sorted((one, other))
    return f"%monite_catalogue diff {older} {newer} /{path.strip('/').partition('/')[0]}"


def _unknown_path(response: Answer) -> Problem:
    from monite_magic import catalogue
    from monite_magic.catalogue.spans import span_of_operation

    version, request = response.api_version, response.request
    known = catalogue.current(version)
    if span := span_of_operation(known, request.method, request.path):
        return Problem(
            "Path not found in this API version.",
            f"{request.method} {request.path} is in the API {span}, but the call used version {version}.",
            next_step="See the changes, or set another version with -H 'X-Monite-Version: …':",
            cell=_diff_cell(known.version, span.rpartition(" ")[2], request.path),
        )
    nearest = known.nearest(request.path)
    near = f" Similar paths: {', '.join(nearest)}." if nearest else ""
    cell = cell_at_nearest(response, nearest)
    return Problem(
        "Path not found.",
        f"The catalogue of API version {version} doesn't have this path.{near}",
        next_step="Did you mean:" if cell else "",
        cell=cell,
    )


def _wrong_method(response: Answer) -> Problem:
    from monite_magic import catalogue

    methods = [
        operation.method for operation in catalogue.current(response.api_version).at(response.request.path)
    ]
    why = f"This path supports {', '.join(methods)}." if methods else ""
    what = f"This path doesn't support {response.request.method}."
    if not methods:
        return Problem(what, why)
    call = f"{methods[0]} {response.request.path}"
    return Problem(what, why, next_step="See its help:", cell=f"%monite_help {call}")


def _conflict(response: Answer) -> Problem:
    action = action_of(response.request.method, response.template)
    path = response.request.path
    if action is None and _ABOUT_STATUS.search(response.message or "") and (object_ := _object_of(response)):
        return Problem(
            "The object's status doesn't allow this.",
            next_step="Check its status:",
            cell=f"%monite GET {object_}",
        )
    if action is None:
        return Problem(
            "The call conflicts with existing data.",
            "Another object has the same unique value, this object is in use, or its status doesn't allow "
            "the call.",
            (),
            *_look_up(response),
        )
    name = path.rpartition("/")[2] if response.request.method == "POST" else response.request.method
    target = path.rpartition("/")[0] if response.request.method == "POST" else path
    if path.endswith("/line_items"):
        target = path.removesuffix("/line_items")
    draft = ""
    if path.startswith("/payables/") and "draft" not in action.possible_in:
        draft = f" A complete draft becomes new automatically. To check it: %monite POST {target}/validate"
    moves = f", and changes it to {action.leads_to}" if response.request.method != "PATCH" else ""
    return Problem(
        "The object's status doesn't allow this.",
        f"{name} works only in status {either(action.possible_in)}{moves}.{draft}",
        next_step="Check its status:",
        cell=f"%monite GET {target}",
    )


def _object_of(response: Answer) -> str:
    """Return the path of the object that a call is about; or an empty text if it can't be read."""
    from monite_magic import catalogue

    path = _object_path(response)
    return path if path and catalogue.current(response.api_version).find("GET", path) else ""


def _object_path(response: Answer) -> str:
    """Return the path up to its last ID; or an empty text if it has none."""
    template = (response.template or "").split("/")
    places = [i for i, segment in enumerate(template) if segment.startswith("{")]
    return "/".join(response.request.path.split("/")[: places[-1] + 1]) if places else ""


def _invalid(response: Answer) -> Problem:
    fields = _fields(response)
    draft = corrected_cell(response)
    count = f"{len(fields)} fields were" if len(fields) > 1 else "A field was"
    return Problem(
        f"{count} rejected.",
        "Nothing was changed.",
        fields,
        *((draft.advice, draft.cell) if draft else _look_up(response)),
    )


def _too_many(response: Answer) -> Problem:
    seconds = response.headers.get("retry-after", "")
    wait = f"Wait {seconds} s" if seconds.isdecimal() and len(seconds) < 6 else "Wait a moment"
    return Problem(
        "Too many requests.",
        "The rate limit is per set of credentials, 30 calls per second by default. Nothing was changed.",
        (),
        *_again(response, f"{wait}, then"),
    )


def _server_error(response: Answer) -> Problem:
    request = response.request
    quoted = (
        f" To report it, give support the request ID {response.request_id}." if response.request_id else ""
    )
    if request.method in {"GET", "HEAD"}:
        return Problem(
            "Server error.",
            "Your call did not cause it." + quoted,
            (),
            *_again(response, "Wait a while, then"),
        )
    path = request.path if request.method != "POST" else request.path.rpartition("/")[0] or request.path
    path = request.path if request.path.count("/") == 1 else path
    return Problem(
        "Server error: the call may or may not have taken effect.",
        "It was sent once, and is not retried." + quoted,
        next_step="Check whether it took effect before you send it again:",
        cell=f"%monite GET {path}",
    )


def _fields(response: Answer) -> tuple[FieldProblem, ...]:
    data = response.data
    detail = data.get("detail") if isinstance(data, dict) else None
    if not isinstance(detail, list):
        return ()
    return tuple(_field(response, item) for item in detail[:50])


def _field(response: Answer, item: object) -> FieldProblem:
    if not isinstance(item, dict):
        return FieldProblem("", "", str(item)[:500])
    location = item.get("loc")
    location = tuple(location) if isinstance(location, list) else ()
    where, path = (location[0], location[1:]) if location else ("", ())
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    if where not in {"body", ""}:
        name = f"{where} {name}".strip()
    place = place_in_cell(response, path, str(item.get("type"))) if where == "body" else ""
    return FieldProblem(name or str(where), place, str(item.get("msg", "")))


_EXPLAINERS: Final[dict[int, Callable[[Answer], Problem]]] = {
    401: _unauthorized,
    404: _not_found,
    405: _wrong_method,
    409: _conflict,
    422: _invalid,
    429: _too_many,
}
_EXPLANATIONS: Final = {
    400: ("The API rejected the call.", "See its message above."),
    406: ("The API can't answer in the requested format.", ""),
    408: ("The request took too long to arrive.", ""),
    413: ("The request is too large.", "Files can have about 20 MB, pictures 10 MB."),
    415: (
        "This operation doesn't accept this content type.",
        "Document recognition accepts PNG, JPG and PDF.",
    ),
    416: ("The limit is out of range.", "Most lists allow 1 to 100 rows per page."),
    421: ("The API can't reach the address in the call.", ""),
    424: ("The address in the call answered with an error.", ""),
}
