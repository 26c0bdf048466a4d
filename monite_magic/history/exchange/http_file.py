"""The .http format that VS Code's REST Client, JetBrains' HTTP Client and httpYac read.

It is described in the README of the REST Client (github.com/Huachao/vscode-restclient) and in JetBrains'
"Exploring the HTTP request syntax"; we write what both have in common. Variables are `{{NAME}}`; an editor
finds their values in its own settings or environment files.
"""

from __future__ import annotations

import mimetypes
import re
from typing import TYPE_CHECKING

from monite_magic.history.exchange.literals import literal_json, literal_target
from monite_magic.history.recipe import SERVE, SERVED_SIMULATOR, TOKEN_HELP, Pieces, render, told_apart

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monite_magic.history.recipe import Recipe


def to_http(recipe: Recipe) -> str:
    """Return the call as a .http file of one request."""
    return write_http([recipe])


def write_http(recipes: Iterable[Recipe]) -> str:
    """Return the calls as one .http file.

    The file holds base URLs, as `@MONITE_BASE_URL`. The token and other secrets are variables that the
    editor must know; each place has its own, and the file begins with their names.
    """
    recipes, urls = told_apart(recipes)
    secrets = dict.fromkeys(name for recipe in recipes for name in recipe.variables if name not in urls)
    settings = [f"@{name} = {url}\n" for name, url in urls.items()]
    if SERVED_SIMULATOR in urls.values():
        settings.insert(0, f"# The simulator is there once it is served: {SERVE}\n")
    if secrets:
        settings.insert(0, f"# Set in the editor, not here: {', '.join(secrets)}. {TOKEN_HELP}\n")
    return "\n".join([*settings, *map(_block, recipes)])


def _block(recipe: Recipe) -> str:
    lines = [
        f"### {recipe.method} {recipe.path}",
        f"{recipe.method} {_text(recipe.base_url)}{literal_target(recipe.target)}",
    ]
    if recipe.secured:
        lines.append(f"Authorization: Bearer {{{{{recipe.token}}}}}")
    lines += [f"{name}: {_text(value)}" for name, value in recipe.headers]
    if recipe.files or recipe.fields:
        lines += _multipart(recipe)
    elif recipe.body:
        lines += ["", render(recipe.body, literal_json, "{{{{{}}}}}".format)]
    return "\n".join(lines) + "\n"


def _text(pieces: Pieces) -> str:
    return render(pieces, _plain, "{{{{{}}}}}".format)


def _plain(text: str) -> str:
    """Text in which `{{` opens no variable: in JSON an escape means the same, elsewhere it doesn't occur."""
    return text.replace("{{", "\\u007b\\u007b")


def _multipart(recipe: Recipe) -> list[str]:
    boundary = "monite-magic-part"
    lines = [f"Content-Type: multipart/form-data; boundary={boundary}", ""]
    for name, value in recipe.fields:
        lines += [f"--{boundary}", f'Content-Disposition: form-data; name="{name}"', "", value]
    for name, path in recipe.files:
        filename = re.split(r"[/\\]", path)[-1]
        lines += [f"--{boundary}", f'Content-Disposition: form-data; name="{name}"; filename="{filename}"']
        # As httpx sends it.
        kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        lines += [f"Content-Type: {kind}", "", f"< {path}"]
    return [*lines, f"--{boundary}--"]
