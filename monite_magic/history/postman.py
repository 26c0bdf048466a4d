"""A session as a Postman collection 2.1 (schema.getpostman.com/json/collection/v2.1.0)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from monite_magic.history.recipe import BASE_URL, TOKEN, Pieces, Variable, render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monite_magic.history.recipe import Recipe

_SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def write_postman(recipes: Iterable[Recipe], *, name: str = "Monite session") -> str:
    """Return the calls as a collection.

    Secrets are variables, empty in the collection: Postman keeps their values apart, in an environment.

    Args:
        recipes: The calls.
        name: How the collection is called.
    """
    recipes = list(recipes)
    bases = dict.fromkeys(recipe.base_url for recipe in recipes)
    names = {base: BASE_URL if index == 0 else f"{BASE_URL}_{index + 1}" for index, base in enumerate(bases)}
    variables = {names[base]: "" if isinstance(base[0], Variable) else base[0] for base in bases}
    for recipe in recipes:
        variables |= {variable: "" for variable in recipe.variables if variable not in variables}
    collection = {
        "info": {"name": name, "schema": _SCHEMA},
        "auth": {
            "type": "bearer",
            "bearer": [{"key": "token", "value": f"{{{{{TOKEN}}}}}", "type": "string"}],
        },
        "variable": [{"key": key, "value": value, "type": "string"} for key, value in variables.items()],
        "item": [_item(recipe, names[recipe.base_url]) for recipe in recipes],
    }
    return json.dumps(collection, indent=2, ensure_ascii=False)


def _item(recipe: Recipe, base: str) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": recipe.method,
        "header": [{"key": name, "value": _text(value)} for name, value in recipe.headers],
        "url": _url(recipe, base),
    }
    if not recipe.secured:
        request["auth"] = {"type": "noauth"}
    if recipe.body:
        language = {"raw": {"language": "json"}}
        request["body"] = {"mode": "raw", "raw": _text(recipe.body), "options": language}
    elif recipe.files or recipe.fields:
        parts = [{"key": key, "value": value, "type": "text"} for key, value in recipe.fields]
        parts += [{"key": key, "src": path, "type": "file"} for key, path in recipe.files]
        request["body"] = {"mode": "formdata", "formdata": parts}
    return {"name": f"{recipe.method} {recipe.path}", "request": request, "response": []}


def _url(recipe: Recipe, base: str) -> dict[str, Any]:
    url: dict[str, Any] = {
        "raw": f"{{{{{base}}}}}{recipe.target}",
        "host": [f"{{{{{base}}}}}"],
        "path": urlsplit(recipe.path).path.lstrip("/").split("/"),
    }
    if recipe.query:
        url["query"] = [
            {"key": quote(key, safe=""), "value": quote(value, safe="")} for key, value in recipe.query
        ]
    return url


def _text(pieces: Pieces) -> str:
    return render(pieces, _plain, "{{{{{}}}}}".format)


def _plain(text: str) -> str:
    """Text in which `{{` opens no variable: in JSON an escape means the same, elsewhere it doesn't occur."""
    return text.replace("{{", "\\u007b\\u007b")
