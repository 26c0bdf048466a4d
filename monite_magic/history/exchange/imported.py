"""Requests from elsewhere, turned into cells: `Imported`, and what becomes of the secrets in it.

A curl command, a .http file and a HAR are each read into `Imported`; all text in it is in the syntax of our
own templates. A token is left out, as the session adds its own. A client secret is handed to whoever can
keep it, or the import is refused; it never gets into a cell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from monite_magic.cell.cell_text import checked_cell, encoded_target
from monite_magic.cell.leaks import contains_secret
from monite_magic.cell.line_words import escape_braces, quote_word
from monite_magic.cell.options import METHODS
from monite_magic.cell.placeholders import sole_reference
from monite_magic.core.clean_text import is_clean, one_line
from monite_magic.core.environments import DEFAULT_API_VERSION, ENVIRONMENTS, is_loopback, origin_of
from monite_magic.core.errors import RequestError
from monite_magic.core.masking import Secret
from monite_magic.core.refused_headers import why_refused

#: Keeps a secret: gets `MONITE_CLIENT_ID` and `MONITE_CLIENT_SECRET` with their values.
Keep = Callable[[Mapping[str, "str | Secret"]], object]

#: The file that `%monite_login` finds by itself.
USUAL_FILE: Final = ".env"

_URL: Final = re.compile(
    r"""(?P<base>https?://[^/?#]+ | \{\{[^{}]*\}\} | \$\{\w+\} | \$\w+
        | (?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d+)?)?
        (?P<path>/[^?#]*)? (?:\?(?P<query>[^#]*))? (?:\#.*)?""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
# The last part is the host and port, without a name and password before them; a variable is none.
_HOST: Final = re.compile(r"(?:(https?)://(?:[^@]*@)?)?([\w.-]+(?::\d{1,5})?)", re.IGNORECASE)
_BRACES: Final = re.compile(r"(\\*)\{\{")
_LITERAL_BRACES: Final = "\ue000"
_PLACEHOLDER_BRACES: Final = "\ue001"
_SINGLE_BRACES: Final = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
_NAMES: Final = re.compile(r"(?<!\\)\{\{ (\w+)")
#: What documentation prints in place of a secret or an ID.
_STAND_IN: Final = re.compile(
    r"""(?:your|my|the|some)[\s_-].* | <.*> | \\?\{.*\} | \$.* | %.*% | [*•.…xX-]+
        | [A-Z]+(?:[_\s-][A-Z]+)* | client[_-]secret | access[_-]token | (?:your|my)[A-Z]\w*""",
    re.VERBOSE | re.DOTALL,
)
#: Headers (lower case) that say nothing: our client writes them itself.
_LEFT_OUT: Final = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "host",
        "content-length",
        "connection",
        "user-agent",
        "origin",
    }
    | {"referer", "accept-encoding", "accept-language", "transfer-encoding", "priority", "dnt", "pragma"}
    | {"cache-control", "content-type"}
)


@dataclass(slots=True)
class Imported:
    """One request from elsewhere.

    Attributes:
        method: HTTP method.
        base_url: What stood before the path: a URL, a variable, or None.
        path: The path, percent-encoded, without `/v1`.
        query: The query, percent-encoded.
        headers: Pairs of name and value.
        body: The body's text, or None.
        files: Pairs of field and path.
        fields: Pairs of field and value of a form.
        notes: What a person should know, each one sentence.
    """

    method: str
    base_url: str | None
    path: str
    query: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str | None = None
    files: list[tuple[str, str]] = field(default_factory=list)
    fields: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def header(self, name: str) -> str | None:
        """Return the value of a header, or None."""
        return next((value for other, value in self.headers if other.lower() == name), None)


@dataclass(frozen=True, slots=True)
class Cells:
    """What an import gives.

    Attributes:
        cells: The text of each cell.
        notes: What a person should know, each one sentence.
        origins: Where the calls were made to, each once: `https://api.sandbox.monite.com`. Not told are those
            that a log-in among the cells leads to, and those that stand in a variable.
    """

    cells: tuple[str, ...]
    notes: tuple[str, ...]
    origins: tuple[str, ...] = ()


def split_url(url: str) -> tuple[str | None, str, str]:
    """Return what stands before the path, the path without `/v1`, and the query.

    Raises:
        RequestError: It is no URL.
    """
    match = _URL.fullmatch(url.strip())
    if not match or not (match["base"] or match["path"]):
        raise RequestError(
            f"{url.strip()[:40]!r} is no URL.", hint="It begins with https:// or with a slash."
        )
    path = match["path"] or "/"
    if path == "/v1" or path.startswith("/v1/"):
        path = path[3:] or "/"
    return match["base"], _SINGLE_BRACES.sub(r"{{ \1 }}", path), match["query"] or ""


def literal_url(url: str) -> str:
    """Return a URL in which no `{{` opens a placeholder."""
    return url.replace("{{", "%7B%7B").replace("}}", "%7D%7D")


def literal_pairs(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return pairs of name and value in which no `{{` opens a placeholder."""
    return [(escape_braces(name), escape_braces(value)) for name, value in pairs]


def is_stand_in(value: str) -> bool:
    """Whether a secret of this value is none: `YOUR_CLIENT_SECRET`, `<secret>`, `$SECRET`, `***`."""
    return not value or bool(_STAND_IN.fullmatch(value))


def _origin(base_url: str | None) -> str | None:
    """Return scheme and host of what stood before a path; None if that is not known."""
    match = _HOST.fullmatch(base_url or "")
    if not match:
        return None
    host = match[2].lower()
    scheme = match[1] or ("http" if is_loopback(host.partition(":")[0]) else "https")
    return f"{scheme.lower()}://{host}"


def to_cells(requests: list[Imported], keep: Keep | None = None, kept_in: str = USUAL_FILE) -> Cells:
    """Turn requests into cells.

    Args:
        requests: What was read.
        keep: Where to put a client ID and secret that stand in a request; None refuses them.
        kept_in: The file that `keep` writes to.

    Raises:
        RequestError: A request holds a secret that nothing can keep, or can't be a cell.
    """
    cells: list[str] = []
    notes: list[str] = []
    origins: list[str | None] = []
    logged_in_to: set[str | None] = {None}
    for request in requests:
        path = request.path.rstrip("/")
        if path == "/auth/token":
            cell = _login_cell(request, keep, kept_in, notes)
            logged_in_to.add(_origin(request.base_url))
        elif path == "/auth/revoke":
            cell = "%monite_logout"
        else:
            cell = _call_cell(request, notes)
            origins.append(_origin(request.base_url))
        cell = checked_cell(cell)
        if contains_secret(cell):
            raise _refusal(f"{request.method} {request.path}")
        cells.append(cell)
        notes += request.notes
    names = dict.fromkeys(name for cell in cells for name in _NAMES.findall(cell))
    if names:
        notes.append(f"Set these variables in a cell above: {', '.join(names)}.")
    elsewhere = dict.fromkeys(origin for origin in origins if origin and origin not in logged_in_to)
    return Cells(tuple(cells), tuple(dict.fromkeys(notes)), tuple(elsewhere))


def _refusal(what: str) -> RequestError:
    return RequestError(
        f"{what} holds a secret, and a secret does not belong into a notebook.",
        hint="Take it out, or have a client secret moved to .env with --dotenv FILE.",
    )


# -- the token call -----------------------------------------------------------------------------------------


def _login_cell(request: Imported, keep: Keep | None, kept_in: str, notes: list[str]) -> str:
    """Turn the token call into a log-in, which makes the same call with credentials from elsewhere."""
    words = ["%monite_login", *_environment_words(request.base_url)]
    if "--base-url" in words and not is_loopback(origin_of(request.base_url or "").host):
        notes.append(unknown_host(request.base_url or ""))
    sent = _sent_fields(request)
    client_id, secret = str(sent.get("client_id", "")), str(sent.get("client_secret", ""))
    if is_stand_in(secret):
        notes.append("Put MONITE_CLIENT_ID and MONITE_CLIENT_SECRET into .env for %monite_login.")
    elif keep is None:
        raise _refusal("The token call")
    else:
        keep({"MONITE_CLIENT_ID": client_id, "MONITE_CLIENT_SECRET": Secret(secret)})
        notes.append(f"The client ID and secret were moved to {kept_in}.")
        if kept_in != USUAL_FILE:
            words += ["--dotenv", quote_word(escape_braces(kept_in))]
    user = str(sent.get("entity_user_id") or "")
    if sent.get("grant_type") == "entity_user":
        words += ["--entity-user", quote_word(_placeholder_for(user, "entity_user_id"))]
    version = request.header("x-monite-version")
    if version and re.fullmatch(r"\d{4}-\d\d-\d\d", version) and version != DEFAULT_API_VERSION:
        words += ["--api-version", version]
    return " ".join(words)


def _sent_fields(request: Imported) -> Mapping[str, Any]:
    """Return the fields of a body, in JSON or as a form."""
    if request.body is None:
        return dict(request.fields)
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        sent = dict(parse_qsl(request.body.strip()))
    return sent if isinstance(sent, dict) else {}


def unknown_host(base_url: str) -> str:
    """Return what a person should know before logging in at a host that is not known here."""
    return (
        f"The host of {base_url} is unknown here: log in there only if you trust the people who run it. "
        "Credentials go there only after you confirm the host."
    )


def _environment_words(base_url: str | None) -> list[str]:
    if base_url is None or not base_url.startswith("http"):
        return []
    for environment in ENVIRONMENTS.values():
        if environment.origin == origin_of(base_url) and not environment.simulated:
            return ["--env", environment.name]
    return ["--base-url", quote_word(f"{base_url}/v1")]


def _placeholder_for(value: str, name: str) -> str:
    """Return an ID as it is, or a placeholder where only a stand-in for it was given."""
    return f"{{{{ {name} }}}}" if is_stand_in(value) and sole_reference(value) is None else value


# -- any other call -----------------------------------------------------------------------------------------


def _call_cell(request: Imported, notes: list[str]) -> str:
    if request.method not in METHODS:
        raise RequestError(
            f"The API has no method {request.method[:10]}.", hint=f"It has {', '.join(METHODS)}."
        )
    target = f"{request.path}?{request.query}" if request.query else request.path
    words = [request.method, quote_word(encoded_target(target)), *_header_words(request, notes)]
    for name, path in request.files:
        words += ["--file", quote_word(f"{name}={path}")]
    fields, body = request.fields, request.body
    if fields and not request.files and body is None:
        body, fields = _form_as_json(dict(fields)), []
        request.notes.append("The form became JSON, which the API takes.")
    for name, value in fields:
        if not is_clean(f"{name}={value}"):
            notes.append(f"The field {one_line(name)} was left out: {_UNWRITABLE}.")
            continue
        words += ["-d", quote_word(f"{name}={value}")]
    line = f"monite {' '.join(words)}"
    return f"%{line}" if body is None else f"%%{line}\n{body.strip()}"


def _form_as_json(fields: dict[str, str]) -> str:
    """Write a form as JSON. A backslash before `{{` means the same there, but those before it are JSON's."""
    marked = {_mark_braces(name): _mark_braces(value) for name, value in fields.items()}
    text = json.dumps(marked, indent=2, ensure_ascii=False)
    return text.replace(_LITERAL_BRACES, "\\{{").replace(_PLACEHOLDER_BRACES, "{{")


def _mark_braces(text: str) -> str:
    def mark(match: re.Match[str]) -> str:
        count = len(match.group(1))
        return "\\" * (count // 2) + (_LITERAL_BRACES if count % 2 else _PLACEHOLDER_BRACES)

    return _BRACES.sub(mark, text)


def _header_words(request: Imported, notes: list[str]) -> list[str]:
    words: list[str] = []
    for name, value in request.headers:
        lowered = name.lower()
        if lowered == "authorization":
            if not is_stand_in(value.partition(" ")[2] or value):
                notes.append("The token was left out: the session adds its own. Revoke it if others saw it.")
        elif lowered == "x-monite-entity-id":
            if is_stand_in(value) and sole_reference(value) is None:
                notes.append("The entity's ID was left out: choose the entity with %monite_use --entity.")
            else:
                words += ["--entity", quote_word(value)]
        elif not is_clean(f"{name}: {value}"):
            notes.append(f"The header {one_line(name)} was left out: {_UNWRITABLE}.")
        elif lowered not in _LEFT_OUT and why_refused(name):
            notes.append(f"The header {name} was left out: a call can't set it.")
        elif not _says_nothing(lowered, value):
            words += ["-H", quote_word(f"{name}: {value}")]
    return words


_UNWRITABLE: Final = "a line can't hold its line break or control character"


def _says_nothing(name: str, value: str) -> bool:
    if name == "accept":
        return value.strip() in {"*/*", "application/json", "application/json, text/plain, */*"}
    if name == "x-monite-version":
        return value == DEFAULT_API_VERSION
    return name in _LEFT_OUT or name.startswith(("sec-", ":"))
