"""Calls handed on: one as a command or code, a session as a file for another tool."""

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
    SERVE,
    SERVED_SIMULATOR,
    TOKEN,
    WHENCE_TOKENS,
    recipe_of_sent,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from monite_magic.history.recipe import Recipe
    from monite_magic.history.record import Call

#: The forms of one call, and what writes them.
FORMS: Final[dict[str, Callable[[Recipe], str]]] = {
    "curl": to_curl,
    "httpx": to_httpx,
    "sdk": to_sdk,
    "http": to_http,
}


class Exported(str):  # noqa: SLOT000 - it has an attribute
    """A text that IPython shows as it is, not as a Python string, and below it what to set first.

    Attributes:
        needs: The names of the variables in it that hold what is not written down.
    """

    needs: tuple[str, ...] = ()

    def __repr__(self) -> str:
        text = str(self)
        if TOKEN in self.needs:
            text += f"\n\n# {TOKEN}: {WHENCE_TOKENS}"
        if BASE_URL in self.needs:
            text += f"\n# {BASE_URL}: {SERVED_SIMULATOR}, once the simulator is served: {SERVE}"
        return text


def export_call(recipe: Recipe, form: str) -> Exported:
    """Return a call in one of `FORMS`.

    Args:
        recipe: The call; see `recipe_of_sent` and `recipe_of_filled`.
        form: `curl`, `httpx`, `sdk` or `http`.

    Raises:
        MoniteError: The SDK is not installed, or has no function for the call.
    """
    code = Exported(FORMS[form](recipe))
    if form != "http":  # which says it itself
        code.needs = recipe.variables
    return code


def export_session(calls: Iterable[Call], path: Path) -> str:
    """Return a session as the text of a file of the kind that the path's ending names.

    Args:
        calls: The calls.
        path: `*.har` for HAR 1.2, `*.http` or `*.rest` for VS Exported and JetBrains, `*.json` for a Postman
            collection 2.1. Nothing is written there.

    Raises:
        RequestError: The ending names no kind of file.
    """
    if path.suffix == ".har":
        return write_har(calls)
    if path.suffix not in {".http", ".rest", ".json"}:
        raise RequestError(
            f"{path.name} names no kind of file.", hint="Its name ends with .har, .http or .json (Postman)."
        )
    recipes = [recipe_of_sent(call.request, call.environment) for call in calls]
    return write_postman(recipes) if path.suffix == ".json" else write_http(recipes)
