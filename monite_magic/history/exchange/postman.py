"""A session as a Postman collection 2.1 (schema.getpostman.com/json/collection/v2.1.0)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from monite_magic.history.exchange.literals import literal_json, literal_target, literal_value
from monite_magic.history.recipe import TOKEN, Pieces, render, told_apart

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monite_magic.history.recipe import Recipe

_SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def write_postman(recipes: Iterable[Recipe]) -> str:
    """Return the calls as a collection.

    Secrets are variables, empty in the collection: Postman keeps their values apart, in an environment.

    Args:
        recipes: The calls.
    """
    recipes, variables = told_apart(recipes)
    for recipe in recipes:
        variables |= {variable: "" for variable in recipe.variables if variable not in variables}
    collection = {
        "info": {"name": "Monite session", "schema": _SCHEMA},
        "auth": _bearer(TOKEN),
        "variable": [{"key": key, "value": value, "type": "string"} for key, value in variables.items()],
        "item": [_item(recipe) for recipe in recipes],
    }
    return json.dumps(collection, indent=2, ensure_ascii=False)


def _bearer(variable: str) -> dict[str, Any]:
    token = {"key": "token", "value": f"{{{{{variable}}}}}", "type": "string"}
    return {"type": "bearer", "bearer": [token]}


def _item(recipe: Recipe) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": recipe.method,
        "header": [{"key": name, "value": _text(value)} for name, value in recipe.headers],
        "url": _url(recipe),
    }
    if not recipe.secured:
        request["auth"] = {"type": "noauth"}
    elif recipe.token != TOKEN:
        request["auth"] = _bearer(recipe.token)
    if recipe.body:
        language = {"raw": {"language": "json"}}
        request["body"] = {
            "mode": "raw",
            "raw": render(recipe.body, literal_json, "{{{{{}}}}}".format),
            "options": language,
        }
    elif recipe.files or recipe.fields:
        parts = [{"key": key, "value": value, "type": "text"} for key, value in recipe.fields]
        parts += [{"key": key, "src": path, "type": "file"} for key, path in recipe.files]
        request["body"] = {"mode": "formdata", "formdata": parts}
    return {"name": f"{recipe.method} {recipe.path}", "request": request, "response": []}


def _url(recipe: Recipe) -> dict[str, Any]:
    base = _text(recipe.base_url)
    url: dict[str, Any] = {
        "raw": f"{base}{literal_target(recipe.target)}",
        "host": [base],
        "path": literal_target(recipe.path).lstrip("/").split("/"),
    }
    if recipe.query:
        url["query"] = [
            {"key": quote(key, safe=""), "value": literal_value(quote(value, safe=""))}
            for key, value in recipe.query
        ]
    return url


def _text(pieces: Pieces) -> str:
    return render(pieces, _plain, "{{{{{}}}}}".format)


def _plain(text: str) -> str:
    """Text in which `{{` opens no variable: in JSON an escape means the same, elsewhere it doesn't occur."""
    return text.replace("{{", "\\u007b\\u007b")
