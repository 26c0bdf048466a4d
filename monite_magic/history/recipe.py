"""A request for export, with a `Variable` in place of each secret.

Each export format writes variables in its own way: `$MONITE_TOKEN` in a shell, `os.environ["MONITE_TOKEN"]`
in Python, `{{MONITE_TOKEN}}` in a .http file.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from monite_magic.core import (
    MASK,
    RequestError,
    is_secret_field,
    mask_headers,
    mask_json_fields,
    mask_text,
    mask_url,
)
from monite_magic.core.api_path import clean_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from monite_magic.cell import Filled
    from monite_magic.core import Environment, SentRequest

TOKEN: Final = "MONITE_TOKEN"  # noqa: S105 - the name of a variable
CLIENT_ID: Final = "MONITE_CLIENT_ID"
CLIENT_SECRET: Final = "MONITE_CLIENT_SECRET"  # noqa: S105 - the name of a variable
BASE_URL: Final = "MONITE_BASE_URL"
#: The address of `python -m monite_magic.simulator`; the simulator in a kernel has no address.
SERVED_SIMULATOR: Final = "http://127.0.0.1:8123/v1"
SERVE: Final = "python -m monite_magic.simulator --port 8123"
TOKEN_HELP: Final = "Get one from POST /auth/token; the session's own token is never shown."  # noqa: S105

#: Headers to leave out, in lower case: they belong to the connection, or contain the token.
_OMITTED: Final = frozenset(
    {"host", "accept-encoding", "connection", "user-agent", "content-length", "authorization", "cookie"}
    | {"transfer-encoding", "proxy-authorization"}
)
_KNOWN_NAMES: Final = {"client_secret": CLIENT_SECRET, "access_token": TOKEN, "token": TOKEN}
_MASKED: Final = re.compile(rf'(?:"(\w+)"\s*:\s*")?({MASK})')
_UPLOAD: Final = re.compile(r"(.*?): (.*) \([\d,]+ bytes\)")


@dataclass(frozen=True, slots=True)
class Variable:
    """A placeholder for a secret: the name of its environment variable."""

    name: str


#: Text with variables in it.
Pieces = tuple[str | Variable, ...]


def render(pieces: Pieces, text: Callable[[str], str], variable: Callable[[str], str]) -> str:
    """Join `pieces`, with one function to format text and another to format variables."""
    return "".join(variable(piece.name) if isinstance(piece, Variable) else text(piece) for piece in pieces)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A request to export.

    Attributes:
        method: `GET`, `POST`, …
        base_url: The base URL; a variable for the simulator in this process.
        path: The path, percent-encoded.
        query: Pairs of name and value, decoded.
        headers: Names and values, without the token.
        body: The JSON body; empty if there is none.
        files: Fields of a multipart body and the names of their files.
        fields: Other fields of the multipart body and their values.
        secured: Whether it is sent with a token.
        token: The name of the token's variable.
    """

    method: str
    base_url: Pieces
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, Pieces], ...] = ()
    body: Pieces = ()
    files: tuple[tuple[str, str], ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    secured: bool = True
    token: str = TOKEN

    @property
    def target(self) -> str:
        """The path with its query, encoded."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @property
    def url(self) -> Pieces:
        """The whole URL."""
        return (*self.base_url, self.target)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of its variables, in order."""
        pieces = [*self.base_url, *(piece for _, value in self.headers for piece in value), *self.body]
        names = [piece.name for piece in pieces if isinstance(piece, Variable)]
        return tuple(dict.fromkeys([*names, self.token] if self.secured else names))

    def header(self, name: str) -> str | None:
        """Return the value of a header without variables, or None."""
        for other, value in self.headers:
            if other.lower() == name.lower() and not any(isinstance(piece, Variable) for piece in value):
                return "".join(str(piece) for piece in value)
        return None


def told_apart(recipes: Iterable[Recipe]) -> tuple[list[Recipe], dict[str, str]]:
    """Rename variables so that each base URL has its own, for a file with calls to several base URLs.

    The first has `MONITE_BASE_URL` and `MONITE_TOKEN`, the second `MONITE_BASE_URL_2` and so on.

    Returns:
        The recipes with variables for their base URLs, and the values of these variables.
    """
    recipes = list(recipes)
    endings = {
        base: f"_{number}" if number > 1 else ""
        for number, base in enumerate(dict.fromkeys(recipe.base_url for recipe in recipes), start=1)
    }
    urls = {
        BASE_URL + ending: SERVED_SIMULATOR if isinstance(base[0], Variable) else base[0]
        for base, ending in endings.items()
    }
    return [_renamed(recipe, endings[recipe.base_url]) for recipe in recipes], urls


def _renamed(recipe: Recipe, ending: str) -> Recipe:
    def pieces(before: Pieces) -> Pieces:
        return tuple(Variable(each.name + ending) if isinstance(each, Variable) else each for each in before)

    return replace(
        recipe,
        base_url=(Variable(BASE_URL + ending),),
        headers=tuple((name, pieces(value)) for name, value in recipe.headers),
        body=pieces(recipe.body),
        token=recipe.token + ending,
    )


def recipe_of_sent(sent: SentRequest, environment: Environment) -> Recipe:
    """Return the recipe of a sent request.

    Args:
        sent: The masked request.
        environment: Where the request went.
    """
    is_upload = sent.headers.get("content-type", "").startswith("multipart/") or any(
        name.lower() == "content-type" and value.startswith("multipart/")
        for name, value in sent.headers.items()
    )
    body = (sent.body or b"").decode("utf-8", errors="replace")
    uploads = (
        [match.groups() for line in body.splitlines() if (match := _UPLOAD.fullmatch(line))]
        if is_upload
        else []
    )
    return Recipe(
        method=sent.method,
        base_url=_base(environment),
        path=sent.path,
        query=tuple(parse_qsl(urlsplit(sent.url).query, keep_blank_values=True)),
        headers=tuple(_exported_headers(sent.headers.items(), is_upload=is_upload)),
        body=() if is_upload else with_variables(body),
        files=tuple((field, name) for field, name in uploads),
        secured=any(name.lower() == "authorization" for name in sent.headers),
    )


def recipe_of_filled(filled: Filled, environment: Environment, *, entity_id: str | None = None) -> Recipe:
    """Return the recipe of a call that was not sent.

    Args:
        filled: The call.
        environment: Where the call would go.
        entity_id: The session's entity, unless the call has its own.
    """
    path = clean_path(filled.path, environment.base_url)
    headers = [(environment.own_name(name), value) for name, value in filled.headers]
    given = {name.lower() for name, _ in headers}
    entity = filled.entity or entity_id
    if entity and environment.entity_header.lower() not in given:
        headers.insert(0, (environment.entity_header, entity))
    if environment.version_header.lower() not in given:
        headers.insert(0, (environment.version_header, environment.api_version))
    if filled.body and "content-type" not in given:
        headers.append(("Content-Type", "application/json"))
    is_upload = bool(filled.files)
    return Recipe(
        method=filled.method,
        base_url=_base(environment),
        path=mask_url(path),
        query=_without_secrets(filled.query),
        headers=tuple(_exported_headers(headers, is_upload=is_upload)),
        body=with_variables(filled.body.content.decode()) if filled.body else (),
        files=tuple((field, str(file)) for field, file in filled.files),
        fields=_without_secrets(filled.fields),
        secured=path not in {environment.token_path, environment.revoke_path},
    )


def token_recipe(environment: Environment, *, entity_user_id: str | None = None) -> Recipe:
    """Return the recipe of the call that gets a token; client ID and secret are variables.

    Args:
        environment: Where the token is for.
        entity_user_id: The user whose token it is; None for the partner's.

    Raises:
        RequestError: The environment has another way to get tokens.
    """
    if environment.tokens_as_form:
        raise RequestError(
            f"--with-token can't write the token request of {environment.label}.",
            hint="Leave it out, and set MONITE_TOKEN.",
        )
    grant = {"grant_type": "entity_user" if entity_user_id else "client_credentials"}
    user = {"entity_user_id": entity_user_id} if entity_user_id else {}
    before, between, after = json.dumps(
        {**grant, **user, "client_id": MASK, "client_secret": MASK}, ensure_ascii=False
    ).split(MASK)
    return Recipe(
        method="POST",
        base_url=_base(environment),
        path=environment.token_path,
        headers=(
            (environment.version_header, (environment.api_version,)),
            ("Content-Type", ("application/json",)),
        ),
        body=(before, Variable(CLIENT_ID), between, Variable(CLIENT_SECRET), after),
        secured=False,
    )


def _without_secrets(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the pairs with secret values as dots; variables are not supported here."""
    return tuple(
        (name, MASK if value and is_secret_field(name) else mask_text(value)) for name, value in pairs
    )


def _base(environment: Environment) -> Pieces:
    return (Variable(BASE_URL),) if environment.in_process else (environment.base_url,)


def _exported_headers(headers: Iterable[tuple[str, str]], *, is_upload: bool) -> Iterable[tuple[str, Pieces]]:
    for name, value in headers:
        lowered = name.lower()
        if lowered in _OMITTED or (lowered == "accept" and value == "*/*"):
            continue
        if is_upload and lowered == "content-type":
            continue  # the sender sets it with a new boundary
        yield name, _with_variable(lowered, mask_headers({name: value})[name])


def _with_variable(name: str, value: str) -> Pieces:
    before, masked, after = value.partition(MASK)
    return (
        tuple(piece for piece in (before, Variable(_variable_name(name)), after) if piece)
        if masked
        else (value,)
    )


def with_variables(text: str) -> Pieces:
    """Return a JSON text with a variable in place of each secret.

    Secrets are the values of secret fields such as `client_secret`, and the secrets in use.
    """
    masked = mask_json_fields(text)
    pieces: list[str | Variable] = []
    done = 0
    for match in _MASKED.finditer(masked):
        pieces.append(masked[done : match.start(2)])
        pieces.append(Variable(_variable_name(match.group(1) or "secret")))
        done = match.end()
    pieces.append(masked[done:])
    return tuple(piece for piece in pieces if piece)


def _variable_name(field: str) -> str:
    return _KNOWN_NAMES.get(field) or "MONITE_" + re.sub(r"\W+", "_", field).upper()
