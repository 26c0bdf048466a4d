"""What an error answer means and what to do next, in our words: one `Problem` for each known family.

Facts: the envelopes and status codes of the vendor's OpenAPI document 2024-05-25, and the messages that its
descriptions name. 409 is also how a missing permission is answered.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from monite_magic.catalogue.lifecycles import action_of
from monite_magic.display.problem import FieldProblem, Problem
from monite_magic.explain.mending import cell_at_nearest, mended_cell, place_in_cell, same_cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.api import Answer

_PERMISSION: Final = re.compile(r"\bnot allowed\b|permissions? not found|at permissions", re.IGNORECASE)
_EXPIRED: Final = re.compile(r"\b(expired|invalid).{0,20}token|token.{0,30}(expired|invalid)", re.IGNORECASE)
_PARTNER_ALONE: Final = re.compile(r"\bpartner(?:'s)?\b.{0,20}\btoken", re.IGNORECASE)
_USER_ALONE: Final = re.compile(
    r"\btoken of an entity[ -]user|\bentity[ -]user(?:'s)? .{0,10}token", re.IGNORECASE
)
_OTHER_ENTITY: Final = re.compile(r"\b(?:belongs?|issued) to (?:another|a different) entity", re.IGNORECASE)
#: What is told of the user of the token: it needs no permission, so a refusal means that there is no user.
_OF_THE_USER: Final = ("/entity_users/me", "/entity_users/my_entity", "/entity_users/my_role")
_ENTITY_HEADER: Final = re.compile(r"entity[ _-]?id", re.IGNORECASE)


def problem_of(response: Answer) -> Problem:
    """Return what an answer of 400 or above amounts to."""
    message = response.message or ""
    if response.status == 400 and _EXPIRED.search(message):
        return _unauthorized(response)
    if response.status == 400 and _ENTITY_HEADER.search(message):
        return _without_entity(response)
    if response.status in {403, 409} and (response.status == 403 or _PERMISSION.search(message)):
        return _forbidden(response)
    if response.status == 501 and response.simulated:
        return Problem(
            "The simulator does not simulate this operation yet.",
            "It knows the operation and its contract, but has no rules for it. Nothing was changed.",
            next_step="See what it does simulate:",
            cell="%monite_simulator rules",
        )
    family = _FAMILIES.get(response.status)
    if family:
        return family(response)
    return _server_error(response) if response.status >= 500 else _refused(response)


def _refused(response: Answer) -> Problem:
    words = _WORDS.get(response.status, ("The API refused the call.", ""))
    return Problem(*words, _fields(response), *_look_up(response))


def _look_up(response: Answer) -> tuple[str, str]:
    """The next step where nothing better is known: read what the operation takes."""
    if response.template is None:
        return "", ""
    return "See what the call takes:", f"%monite_help {response.request.method} {response.template}"


def _again(response: Answer, when: str) -> tuple[str, str]:
    """The next step where the same call may do better later."""
    cell = same_cell(response)
    return (f"{when} send it again:", cell) if cell else (f"{when} run the cell again.", "")


def _unauthorized(response: Answer) -> Problem:
    if response.request.path == response.environment.token_path:
        return Problem(
            "The credentials were not accepted.",
            "The client ID and the secret don't belong together, or to this environment "
            f"({response.environment.name}), or they were revoked.",
            next_step="Log in with the right ones; nothing is shown of them:",
            cell="%monite_login --form",
        )
    return Problem(
        "The token was not accepted.",
        "It has expired, was revoked, or belongs to another environment. An expired one is renewed by itself "
        "and the call repeated once, so a new log-in is needed.",
        next_step="Log in again, then run the cell again:",
        cell="%monite_login",
    )


def _without_entity(response: Answer) -> Problem:
    return Problem(
        "The API wants to know which entity this call is about.",
        f"The operation needs the header {response.environment.entity_header}.",
        next_step="Choose one of your entities, and run the cell again with --entity ID:",
        cell="%monite GET /entities",
    )


def _forbidden(response: Answer) -> Problem:
    message, template = response.message or "", response.template
    said = re.search(r"Action (\w+) for (\w+) not allowed", message)
    if _OTHER_ENTITY.search(message):
        return Problem(
            "The token of an entity user is for the user's own entity alone.",
            "Choose that with %monite_use --entity ID; %monite GET /entity_users/my_entity shows it. "
            "The partner's token is for each of your entities.",
            next_step="Go back to the partner's token, then run the cell again:",
            cell="%monite_use --partner",
        )
    if _PARTNER_ALONE.search(message) or (template == "/entities" and not said):
        return Problem(
            "This takes the partner's token, not that of an entity user.",
            next_step="Go back to the partner's token, then run the cell again:",
            cell="%monite_use --partner",
        )
    if _USER_ALONE.search(message) or (template in _OF_THE_USER and not said):
        return Problem(
            "This takes the token of an entity user, not the partner's.",
            next_step="See which there are, and take the token of one with %monite_use --entity-user ID:",
            cell="%monite GET /entity_users",
        )
    if template == "/entity_users/my_role":
        return Problem(
            "The user's role does not allow to read roles, not even its own.",
            next_step="The partner's token may read them:",
            cell="%monite_use --partner",
        )
    what = f"to {said[1].replace('_', ' ')} {said[2].replace('_', ' ')}s" if said else "for this"
    return Problem(
        f"There is no permission {what}.",
        "A token of an entity user may do what the user's role allows; some operations take only the "
        "partner's token, others only an entity user's.",
        next_step="See what your role allows:",
        cell="%monite GET /entity_users/my_role",
    )


def _not_found(response: Answer) -> Problem:
    if _names_the_entity(response):
        return Problem(
            "There is no such entity here.",
            "The ID is mistyped, or the entity belongs to another account or environment.",
            next_step="See which there are, and choose one with %monite_use --entity ID:",
            cell="%monite GET /entities",
        )
    template = response.template
    if template is None or _is_of_another_version(response):
        return _unknown_path(response)
    path = response.request.path
    if path.endswith("/"):
        cell = f"%monite GET {path.rstrip('/')}" if response.request.method == "GET" else ""
        step = "Without it:" if cell else "Send it without."
        return Problem(
            "There is nothing at this path.", "It ends with a slash; the API's paths don't.", (), step, cell
        )
    if "{" not in template:
        return Problem("There is nothing at this path.", "The environment may not offer this operation.")
    parts = response.request.path.split("/")
    places = [i for i, segment in enumerate(template.split("/")) if segment.startswith("{")]
    collection = "/".join(parts[: places[-1]])
    return Problem(
        "There is no such object here.",
        "The id is mistyped, the object was deleted, or it belongs to another entity or environment.",
        next_step="See which there are:",
        cell=f"%monite GET {collection}",
    )


def _names_the_entity(response: Answer) -> bool:
    """Whether what the API could not find is the entity of the header, and not the path's object."""
    header = response.environment.entity_header.lower()
    sent = {name.lower(): value for name, value in response.request.headers.items()}
    entity = sent.get(header)
    if not entity or entity in response.request.path:
        return False
    return entity in (response.message or "")


def _is_of_another_version(response: Answer) -> bool:
    from monite_magic import catalogue

    request = response.request
    return catalogue.current(response.api_version).find(request.method, request.path) is None


def _diff_cell(one: str, other: str, path: str) -> str:
    """The cell that shows what two versions have of a path's resource, in the order of time."""
    older, newer = sorted((one, other))
    return f"%monite_catalogue diff {older} {newer} /{path.strip('/').partition('/')[0]}"


def _unknown_path(response: Answer) -> Problem:
    from monite_magic import catalogue
    from monite_magic.catalogue.spans import span_of_operation

    version, request = response.api_version, response.request
    known = catalogue.current(version)
    if span := span_of_operation(known, request.method, request.path):
        return Problem(
            "There is nothing at this path in this API version.",
            f"{request.method} {request.path} is in the API {span}; the call was made with {version}.",
            next_step="See what changed, or give the call another version with -H 'X-Monite-Version: …':",
            cell=_diff_cell(known.version, span.rpartition(" ")[2], request.path),
        )
    nearest = known.nearest(request.path)
    near = f" Nearest: {', '.join(nearest)}." if nearest else ""
    cell = cell_at_nearest(response, nearest)
    return Problem(
        "There is nothing at this path.",
        f"The API version {version} has no such path, as far as known here.{near}",
        next_step="Did you mean:" if cell else "",
        cell=cell,
    )


def _wrong_method(response: Answer) -> Problem:
    from monite_magic import catalogue

    methods = [
        operation.method for operation in catalogue.current(response.api_version).at(response.request.path)
    ]
    why = f"This path takes {', '.join(methods)}." if methods else ""
    what = f"The path does not take {response.request.method}."
    if not methods:
        return Problem(what, why)
    call = f"{methods[0]} {response.request.path}"
    return Problem(what, why, next_step="See what it does:", cell=f"%monite_help {call}")


def _conflict(response: Answer) -> Problem:
    action = action_of(response.request.method, response.template)
    path = response.request.path
    if action is None:
        return Problem(
            "The state of things does not allow this now.",
            "Another object has the same unique value, this one is in use, or its status rules the call out.",
            (),
            *_look_up(response),
        )
    name = path.rpartition("/")[2] if response.request.method == "POST" else response.request.method
    target = path.rpartition("/")[0] if response.request.method == "POST" else path
    if path.endswith("/line_items"):
        target = path.removesuffix("/line_items")
    draft = ""
    if path.startswith("/payables/") and "draft" not in action.possible_in:
        draft = (
            f" A draft is new by itself once it is complete; what it lacks: %monite POST {target}/validate"
        )
    moves = f", and leads to {action.leads_to}" if response.request.method != "PATCH" else ""
    return Problem(
        "The object's status does not allow this now.",
        f"{name} is possible in {_either(action.possible_in)}{moves}.{draft}",
        next_step="See which status it has:",
        cell=f"%monite GET {target}",
    )


def _either(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _invalid(response: Answer) -> Problem:
    fields = _fields(response)
    mended = mended_cell(response)
    count = f"{len(fields)} fields were" if len(fields) > 1 else "A field was"
    return Problem(
        f"{count} not accepted.",
        "Nothing was changed.",
        fields,
        *((mended.advice, mended.cell) if mended else _look_up(response)),
    )


def _too_many(response: Answer) -> Problem:
    seconds = response.headers.get("retry-after", "")
    wait = f"Wait {seconds} s" if seconds.isdecimal() and len(seconds) < 6 else "Wait a moment"
    return Problem(
        "There were too many calls in a short time.",
        "The limit counts for each set of credentials, by default 30 calls a second. The call did nothing.",
        (),
        *_again(response, f"{wait}, then"),
    )


def _server_error(response: Answer) -> Problem:
    request = response.request
    quoted = f" Quote the request id {response.request_id} to the support." if response.request_id else ""
    if request.method in {"GET", "HEAD"}:
        return Problem(
            "The server failed.",
            "That is not the fault of the call." + quoted,
            (),
            *_again(response, "Wait a while, then"),
        )
    path = request.path if request.method != "POST" else request.path.rpartition("/")[0] or request.path
    path = request.path if request.path.count("/") == 1 else path
    return Problem(
        "The server failed, and it is not known whether the call took effect.",
        "It was sent once and is not repeated by itself." + quoted,
        next_step="Look whether it took effect before you send it again:",
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


_FAMILIES: Final[dict[int, Callable[[Answer], Problem]]] = {
    401: _unauthorized,
    404: _not_found,
    405: _wrong_method,
    409: _conflict,
    422: _invalid,
    429: _too_many,
}
_WORDS: Final = {
    400: ("The API refused the call.", "Something in it does not fit; its own words are above."),
    406: ("The API can't answer in a form that was asked for.", ""),
    408: ("The API waited too long for the rest of the request.", ""),
    413: ("What was sent is too large.", "Files may have some 20 MB, pictures 10 MB."),
    415: ("The API does not take content of this type here.", "Document recognition takes PNG, JPG and PDF."),
    416: ("The limit is out of range.", "A page of most lists has 1 to 100 rows."),
    421: ("The API can't reach the address that the call names.", ""),
    424: ("The address that the call names answered with an error.", ""),
}
