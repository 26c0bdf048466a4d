"""Export calls: one as a command or code, a session as a file for another tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from monite_magic.core import RequestError
from monite_magic.history.exchange.curl import to_curl
from monite_magic.history.exchange.har import write_har
from monite_magic.history.exchange.http_file import to_http, write_http
from monite_magic.history.exchange.postman import write_postman
from monite_magic.history.exchange.python_code import to_httpx
from monite_magic.history.exchange.sdk_code import to_sdk
from monite_magic.history.recipe import (
    BASE_URL,
    CLIENT_ID,
    CLIENT_SECRET,
    SERVE,
    SERVED_SIMULATOR,
    TOKEN,
    TOKEN_HELP,
    recipe_of_sent,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from monite_magic.history.recipe import Recipe
    from monite_magic.history.record import Call

#: The formats of one call, and their writers.
FORMS: Final[dict[str, Callable[[Recipe], str]]] = {
    "curl": to_curl,
    "httpx": to_httpx,
    "sdk": to_sdk,
    "http": to_http,
}


#: The forms that can begin with the call that gets the token.
_FORMS_WITH_TOKEN: Final[dict[str, Callable[[Recipe, Recipe], str]]] = {"curl": to_curl, "httpx": to_httpx}
#: What to add to a line so that it has that call, and so needs no MONITE_TOKEN.
_HOW_TO_SEE_IT: Final = "(--with-token writes that call, too.)"


class Exported(str):  # noqa: SLOT000 - it has an attribute
    """A text that IPython shows as it is, not as a Python string, and below it what to set first.

    Attributes:
        needs: The names of the variables in it that hold what is not written down.
        token_option: Whether its form can begin with the call that gets the token.
    """

    needs: tuple[str, ...] = ()
    token_option: bool = False

    def __repr__(self) -> str:
        notes = "\n".join(self._notes())
        return f"{self}\n\n{notes}" if notes else str(self)

    def _notes(self) -> Iterator[str]:
        if TOKEN in self.needs:
            more = f" {_HOW_TO_SEE_IT}" if self.token_option else ""
            yield f"# {TOKEN}: {TOKEN_HELP}{more}"
        if BASE_URL in self.needs:
            option = " --env-file simulator.env" if CLIENT_ID in self.needs else ""
            yield f"# {BASE_URL}: {SERVED_SIMULATOR}, once the simulator is served: {SERVE}{option}"
        if CLIENT_ID in self.needs:
            where = "in simulator.env" if BASE_URL in self.needs else "from the partner portal"
            yield f"# {CLIENT_ID}, {CLIENT_SECRET}: your pair, {where}."


def export_call(recipe: Recipe, form: str, token_request: Recipe | None = None) -> Exported:
    """Return a call in one of `FORMS`.

    Args:
        recipe: The call; see `recipe_of_sent` and `recipe_of_filled`.
        form: `curl`, `httpx`, `sdk` or `http`.
        token_request: The call that gets the token, to be written first; see `token_recipe`.

    Raises:
        RequestError: The form can't begin with the call that gets the token.
        MoniteError: The SDK is not installed, or has no function for the call.
    """
    if token_request and form not in _FORMS_WITH_TOKEN:
        raise RequestError(
            f"--with-token doesn't go with --as {form}.", hint="Use --as curl or --as httpx.", line=1
        )
    if token_request and recipe.secured:
        code = Exported(_FORMS_WITH_TOKEN[form](recipe, token_request))
        own = (name for name in recipe.variables if name != recipe.token)
        code.needs = tuple(dict.fromkeys([*token_request.variables, *own]))
        return code
    code = Exported(FORMS[form](recipe))
    if form != "http":  # which says it itself
        code.needs = recipe.variables
        code.token_option = form in _FORMS_WITH_TOKEN
    return code


def export_session(calls: Iterable[Call], path: Path) -> str:
    """Return a session as the text of a file of the kind that the path's ending names.

    Args:
        calls: The calls.
        path: `*.har` for HAR 1.2, `*.http` or `*.rest` for VS Code and JetBrains, `*.json` for a Postman
            collection 2.1. Nothing is written there.

    Raises:
        RequestError: The file's ending is unknown.
    """
    if path.suffix == ".har":
        return write_har(calls)
    if path.suffix not in {".http", ".rest", ".json"}:
        raise RequestError(
            f"The ending of {path.name} is unknown.", hint="Use .har, .http or .json (for Postman)."
        )
    recipes = [recipe_of_sent(call.request, call.environment) for call in calls]
    return write_postman(recipes) if path.suffix == ".json" else write_http(recipes)
