"""Imported requests as the cells of a notebook, and what becomes of the secrets in them.

A token is left out, as the session adds its own. A client secret is handed to what can keep it, or the
request is refused; it never gets into a cell. What a cell can't say is named in a note.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote

from monite_magic.cell.cell_text import checked_cell, encoded_target
from monite_magic.cell.leaks import contains_secret, redact
from monite_magic.cell.line_words import quote_word
from monite_magic.cell.options import METHODS
from monite_magic.cell.placeholders import python_name
from monite_magic.cell.reading import parse
from monite_magic.core.clean_text import INVISIBLE, is_clean
from monite_magic.core.environments import DEFAULT_API_VERSION, ENVIRONMENTS, origin_of
from monite_magic.core.errors import MoniteError, RequestError
from monite_magic.core.loopback import is_loopback
from monite_magic.core.masking import Secret
from monite_magic.core.refused_headers import why_parameter_refused
from monite_magic.history.exchange.header_words import header_words
from monite_magic.history.exchange.import_notes import each_once, with_place
from monite_magic.history.exchange.imported import Imported, decoded, dump_fields, named, shown_text
from monite_magic.history.exchange.json_body import as_cell_body, is_object, mark_stand_ins
from monite_magic.history.exchange.marks import (
    SINGLE_BRACES,
    as_line,
    is_stand_in,
    map_literal,
    names_in,
    sole_variable,
    stand_in,
    variable,
    whole_json,
)

#: Keeps a secret: gets `MONITE_CLIENT_ID` and `MONITE_CLIENT_SECRET` with their values.
Keep = Callable[[Mapping[str, "str | Secret"]], object]

#: The file that `%monite_login` finds by itself.
USUAL_FILE: Final = ".env"

# The last part is the host and port, without a name and password before them; a variable is not a host.
_HOST: Final = re.compile(r"(?:(https?)://(?:[^@]*@)?)?([\w.-]+(?::\d{1,5})?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cells:
    """What an import gives.

    Attributes:
        cells: The text of each cell.
        notes: What a person should know, each one sentence.
        origins: Where the calls were made to, each once: `https://api.sandbox.monite.com`. Not told are those
            that a log-in among the cells leads to, and those in a variable.
    """

    cells: tuple[str, ...]
    notes: tuple[str, ...]
    origins: tuple[str, ...] = ()


def to_cells(
    requests: list[Imported],
    notes: list[str],
    keep: Keep | None = None,
    kept_in: str = USUAL_FILE,
    *,
    api_version: str = DEFAULT_API_VERSION,
) -> Cells:
    """Turn requests into cells; one that can't be a cell is named in a note, unless it is the only one.

    Args:
        requests: What was read.
        notes: What a person should know of what was read.
        keep: Where to put a client ID and secret from a request; None refuses them.
        kept_in: The file that `keep` writes to.
        api_version: The version that the session sends, until a log-in among the cells names another.

    Raises:
        RequestError: No request can be a cell, for instance because of a secret that nothing can keep.
    """
    cells: list[str] = []
    placed = [with_place(note) for note in notes]
    names: list[str] = []
    bodies = {request.body_name for request in requests}
    origins: list[str | None] = []
    logged_in_to: set[str | None] = {None}
    refused: RequestError | None = None
    for request in requests:
        try:
            cell = _cell_of(request, keep, kept_in, api_version)
        except RequestError as error:
            refused = refused or error
            placed += [with_place(note, request.place) for note in request.notes]
            placed.append(("", f"{_place(request)} was not imported: {error}"))
            continue
        if cell.startswith("%monite_login"):
            logged_in_to.add(_origin(request.base_url))
            api_version = _dated_version(request) or api_version
        elif cell != "%monite_logout":
            origins.append(_origin(request.base_url))
        names += _names_of(cell)
        cells.append(cell)
        placed += [with_place(note, request.place) for note in request.notes]
    if not cells and refused is not None:
        raise refused
    used = bodies.union(names)
    placed = [note for note in placed if not (about := _SET.match(note[1])) or about[1] in used]
    notes = each_once(placed)
    if names:
        notes.append(f"Set these variables in a cell above: {', '.join(dict.fromkeys(names))}.")
    elsewhere = dict.fromkeys(origin for origin in origins if origin and origin not in logged_in_to)
    shown = dict.fromkeys(redact(shown_text(note)) for note in notes)  # a note may quote what it is about
    return Cells(tuple(cells), tuple(shown), tuple(elsewhere))


#: A note on a variable; one that no cell has is of no use.
_SET: Final = re.compile(r"Set (\w+) to ")
_NAMES: Final = re.compile(r"(?<!\\)(?:\\\\)*\{\{ (\w+) \}\}")


def _names_of(cell: str) -> list[str]:
    return _NAMES.findall(cell)


def _place(request: Imported) -> str:
    call = f"{request.method} {shown_text(request.path)}"
    return f"{request.place} ({call})" if request.place else call


def _cell_of(request: Imported, keep: Keep | None, kept_in: str, api_version: str) -> str:
    path = request.path.rstrip("/")
    if path == "/auth/token":
        cell = _login_cell(request, keep, kept_in, api_version)
    elif path == "/auth/revoke":
        cell = "%monite_logout"
    else:
        cell = _call_cell(request, api_version)
    cell = checked_cell(cell)
    if contains_secret(cell):
        raise _refusal(f"{request.method} {shown_text(request.path)}")
    if cell.lstrip("%").startswith("monite "):
        _try(cell, request)
    return cell


def _try(cell: str, request: Imported) -> None:
    """Note what would keep the cell from running once its variables are set."""
    if any(names_in(path) for _, path in request.files):
        return  # which files they are isn't known
    line, _, body = cell.partition("\n")
    names: dict[str, Any] = dict.fromkeys(_names_of(cell), "1")
    if request.body_name:
        names[request.body_name] = {}
    try:
        parse(line.lstrip("%").removeprefix("monite "), body or None).fill(names)
    except MoniteError as error:
        request.note(f"Fix the cell before you run it: {error}")


def _origin(base_url: str | None) -> str | None:
    """Return scheme and host of what preceded a path; None if that is not known."""
    match = _HOST.fullmatch(base_url or "")
    if not match:
        return None
    host = match[2].lower()
    scheme = match[1] or ("http" if is_loopback(host.partition(":")[0]) else "https")
    return f"{scheme.lower()}://{host}"


def _refusal(what: str) -> RequestError:
    return RequestError(
        f"{what} contains a secret, and a secret doesn't belong in a notebook.",
        hint="Take it out, or move a client secret to .env with --dotenv FILE.",
    )


# -- the token call -----------------------------------------------------------------------------------------


def _login_cell(request: Imported, keep: Keep | None, kept_in: str, api_version: str) -> str:
    """Turn the token call into a log-in, which makes the same call with credentials from elsewhere."""
    words = ["%monite_login", *_environment_words(request.base_url)]
    if "--base-url" in words and not is_loopback(origin_of(request.base_url or "").host):
        request.notes.append(unknown_host(request.base_url or ""))
    sent = _sent_fields(request)
    client_id, secret = str(sent.get("client_id", "")), str(sent.get("client_secret", ""))
    if is_stand_in(secret):
        request.notes.append(
            "Put your credentials (MONITE_CLIENT_ID, MONITE_CLIENT_SECRET) into .env for %monite_login."
        )
    elif keep is None:
        raise _refusal("The token call")
    else:
        keep({"MONITE_CLIENT_ID": client_id, "MONITE_CLIENT_SECRET": Secret(secret)})
        request.notes.append(f"The client ID and secret were moved to {kept_in}.")
        if kept_in != USUAL_FILE:
            words += ["--dotenv", quote_word(as_line(kept_in))]
    user = str(sent.get("entity_user_id") or "")
    if sent.get("grant_type") == "entity_user":
        name = sole_variable(user) or (stand_in(user) or "entity_user_id" if is_stand_in(user) else "")
        words += ["--entity-user", quote_word(as_line(variable(name) if name else user))]
    version = _dated_version(request)
    if version not in {None, api_version}:
        words += ["--api-version", version]
    return " ".join(words)


def _dated_version(request: Imported) -> str | None:
    """Return the API version that a request names, if it is a date."""
    version = request.header("x-monite-version")
    return version if version and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", version) else None


def _sent_fields(request: Imported) -> Mapping[str, Any]:
    """Return the fields of a body, in JSON or as a form."""
    if request.body is None:
        return dict(request.fields)
    try:
        sent = json.loads(whole_json(request.body))
    except (ValueError, RecursionError):
        sent = dict(parse_qsl(request.body.strip(), errors="surrogatepass"))
    return sent if isinstance(sent, dict) else {}


def unknown_host(base_url: str) -> str:
    """Return what a person should know before logging in at a host that is not known here."""
    host = origin_of(base_url).host
    spelled = "" if host in base_url.lower() else f" ({host})"  # punycode shows look-alikes
    return (
        f"The host of {base_url}{spelled} is unknown here: log in there only if you trust the people who run "
        "it. Credentials go there only after you confirm the host."
    )


def _environment_words(base_url: str | None) -> list[str]:
    if base_url is None or not base_url.startswith("http") or names_in(base_url):
        return []
    for environment in ENVIRONMENTS.values():
        if environment.origin == origin_of(base_url) and not environment.simulated:
            return ["--env", environment.name]
    return ["--base-url", quote_word(f"{base_url}/v1")]


# -- any other call -----------------------------------------------------------------------------------------


def _call_cell(request: Imported, api_version: str) -> str:
    if request.method not in METHODS:
        raise RequestError(
            f"The API has no method {request.method[:10]}.", hint=f"It has {', '.join(METHODS)}."
        )
    words = [request.method, quote_word(_target(request)), *header_words(request, api_version)]
    if request.timeout:
        words += ["--timeout", request.timeout]
    body, fields = request.body, request.fields
    if request.body_name and not (request.files or fields):
        words += ["--body", request.body_name]
    if fields and not request.files and request.is_form and body is None:
        body, fields = dump_fields(fields), []
        request.note("The form was turned into JSON, which the API takes.")
    if body is not None and (request.files or fields):
        request.note("The body was left out: a call has a body or a form.")
        body = None
    words += _form_words(request, fields)
    line = f"monite {' '.join(words)}"
    if body is None:
        return f"%{line}"
    if request.has_stand_ins and not request.is_form:
        body = mark_stand_ins(body)
    if not is_object(body):
        request.note("The body was left out: a cell sends JSON objects, and this is not one.")
        return f"%{line}"
    return f"%%{line}\n{as_cell_body(body).strip()}"


def _target(request: Imported) -> str:
    """Return path and query as they are written in the cell."""
    path, query = request.path, request.query
    if request.has_stand_ins:
        path = SINGLE_BRACES.sub(lambda match: variable(match[1]), path)
        path = "/".join(_marked(segment) for segment in path.split("/"))
        query = "&".join(_marked_value(pair) for pair in query.split("&"))
    kept = [pair for pair in query.split("&") if pair and not _refused_parameter(pair, request)]
    if any("=" not in shown_text(pair) and names_in(pair) for pair in kept):
        request.note(
            "A variable in the query holds a whole parameter: write it as NAME=VALUE if it is empty."
        )
    if odd := re.search(f"[{INVISIBLE}]", shown_text(decoded(f"{path}?{query}"))):
        request.note(f"The URL has an invisible character, {named(odd[0])}: check that it is meant.")
    target = map_literal(path, _encoded) + ("?" + map_literal("&".join(kept), _encoded) if kept else "")
    return as_line(target)


def _encoded(text: str) -> str:
    """Return a piece of a URL with unsafe characters percent-encoded."""
    text = re.sub(r"%(?![0-9a-fA-F]{2})", "%25", text)
    text = re.sub(r"%(?:3\d|[46][1-9a-fA-F]|[57][0-9aA])", lambda match: unquote(match[0]), text)
    return encoded_target(re.sub(r"[\s{}]", lambda match: quote(match[0]), text))


def _marked(text: str) -> str:
    """Mark a piece of a URL that is a placeholder."""
    name = stand_in(text)
    return variable(name) if name else text


def _marked_value(pair: str) -> str:
    name, equals, value = pair.partition("=")
    return f"{name}{equals}{_marked(value)}" if equals else pair


def _refused_parameter(pair: str, request: Imported) -> bool:
    name = decoded(pair.partition("=")[0])
    if why_parameter_refused(name) is None:
        return False
    request.note(f"The parameter {name} was left out: it would change the method.")
    return True


def _form_words(request: Imported, fields: list[tuple[str, str]]) -> list[str]:
    words: list[str] = []
    for name, path in request.files:
        words += ["--file", quote_word(f"{as_line(name)}={as_line(path)}")]
    for name, value in fields:
        words += ["-d", quote_word(f"{as_line(name)}={as_line(_held(name, value, request))}")]
    return words


def _held(name: str, value: str, request: Imported) -> str:
    """Return a field's value; one that a line can't hold is left to a variable."""
    if is_clean(shown_text(value)):
        return value
    held = python_name(name)
    request.note(f"Set {held} = {shown_text(value)!a} in a cell above: a line can't hold the value.")
    return variable(held)
