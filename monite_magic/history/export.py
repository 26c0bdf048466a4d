"""Calls handed on: one as a command or code, a session as a file for another tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from monite_magic.errors import RequestError
from monite_magic.history.curl import to_curl
from monite_magic.history.har import write_har
from monite_magic.history.http_file import to_http, write_http
from monite_magic.history.postman import write_postman
from monite_magic.history.python_code import to_httpx
from monite_magic.history.recipe import recipe_of_sent
from monite_magic.history.sdk_code import to_sdk

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


def export_call(recipe: Recipe, form: str) -> str:
    """Return a call in one of `FORMS`.

    Args:
        recipe: The call; see `recipe_of_sent` and `recipe_of_filled`.
        form: `curl`, `httpx`, `sdk` or `http`.

    Raises:
        MoniteError: The SDK is not installed, or has no function for the call.
    """
    return FORMS[form](recipe)


def export_session(calls: Iterable[Call], path: Path) -> str:
    """Return a session as the text of a file of the kind that the path's ending names.

    Args:
        calls: The calls.
        path: `*.har` for HAR 1.2, `*.http` or `*.rest` for VS Code and JetBrains, `*.json` for a Postman
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
