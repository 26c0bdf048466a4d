"""The .http format that VS Code's REST Client, JetBrains' HTTP Client and httpYac read: write it and read it.

It is described in the README of the REST Client (github.com/Huachao/vscode-restclient) and in JetBrains'
"Exploring the HTTP request syntax"; we write and read what both have in common. Variables are `{{NAME}}`;
an editor finds their values in its own settings or environment files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from monite_magic.history.exchange.imported import Imported, split_url
from monite_magic.history.recipe import SERVE, SERVED_SIMULATOR, WHENCE_TOKENS, Pieces, render, told_apart

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monite_magic.history.recipe import Recipe

_SEPARATOR: Final = re.compile(r"^###.*$", re.MULTILINE)
_SETTING: Final = re.compile(r"^@(\w[\w.-]*)\s*=\s*(.*)$")
_REQUEST_LINE: Final = re.compile(r"(?:([A-Za-z]+)\s+)?(\S.*)")
_VERSION: Final = re.compile(r"\s+HTTP/[\d.]+$")
_HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*(.*)")
_VARIABLE: Final = re.compile(r"\{\{\s*(?:\$(?:processEnv|dotenv)\s+%?)?([^{}\n]*?)\s*\}\}")


def to_http(recipe: Recipe) -> str:
    """Return the call as a .http file of one request."""
    return write_http([recipe])


def write_http(recipes: Iterable[Recipe]) -> str:
    """Return the calls as one .http file.

    Base URLs stand in the file, as `@MONITE_BASE_URL`. The token and other secrets are variables that the
    editor must know; each place has its own, and the file begins with their names.
    """
    recipes, urls = told_apart(recipes)
    secrets = dict.fromkeys(name for recipe in recipes for name in recipe.variables if name not in urls)
    settings = [f"@{name} = {url}\n" for name, url in urls.items()]
    if SERVED_SIMULATOR in urls.values():
        settings.insert(0, f"# The simulator is there once it is served: {SERVE}\n")
    if secrets:
        settings.insert(0, f"# Set in the editor, not here: {', '.join(secrets)}. {WHENCE_TOKENS}\n")
    return "\n".join([*settings, *map(_block, recipes)])


def _block(recipe: Recipe) -> str:
    lines = [
        f"### {recipe.method} {recipe.path}",
        f"{recipe.method} {_text(recipe.base_url)}{_plain(recipe.target)}",
    ]
    if recipe.secured:
        lines.append(f"Authorization: Bearer {{{{{recipe.token}}}}}")
    lines += [f"{name}: {_text(value)}" for name, value in recipe.headers]
    if recipe.files or recipe.fields:
        lines += _multipart(recipe)
    elif recipe.body:
        lines += ["", _text(recipe.body)]
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
        lines += ["Content-Type: application/octet-stream", "", f"< {path}"]
    return [*lines, f"--{boundary}--"]


# -- reading ------------------------------------------------------------------------------------------------


def read_http(text: str) -> list[Imported]:
    """Return the requests of a .http file.

    Scripts (`> {% … %}`) and saved answers are left out. Variables that the file sets are filled in; others
    stay variables.
    """
    text = text.replace("\r\n", "\n")
    settings = {match[1]: match[2] for line in text.splitlines() if (match := _SETTING.match(line))}
    blocks = (_read_block(block.splitlines(), settings) for block in _SEPARATOR.split(text))
    return [block for block in blocks if block]


def _read_block(lines: list[str], settings: dict[str, str]) -> Imported | None:
    rest = iter(lines)
    request_line = next((line for line in rest if line.strip() and not _is_beside(line)), None)
    if request_line is None:
        return None
    match = _REQUEST_LINE.fullmatch(_VERSION.sub("", request_line.strip()))
    method, url = match.groups() if match else (None, request_line)
    headers: list[tuple[str, str]] = []
    for line in rest:
        if not line.strip():
            break
        if line.lstrip().startswith(("?", "&")) and line[0].isspace():
            url += _VERSION.sub("", line.strip())
        elif not _is_beside(line) and (header := _HEADER.fullmatch(line.strip())):
            headers.append((header[1], _resolve(header[2], settings)))
    body = _without_scripts("\n".join(rest))
    base, path, query = split_url(_resolve(url, settings))
    imported = Imported(
        method=(method or "GET").upper(), base_url=base, path=path, query=query, headers=headers
    )
    content_type = imported.header("content-type") or ""
    if content_type.startswith("multipart/"):
        imported.notes.append("A multipart body was left out: give its files with --file.")
    elif content_type.startswith("application/x-www-form-urlencoded"):
        imported.fields = parse_qsl(_resolve(body.replace("\n", ""), settings), keep_blank_values=True)
    elif body.startswith("< "):
        imported.notes.append("The body stands in another file: read it in Python and give it with --body.")
    else:
        imported.body = _resolve(body, settings) or None
    return imported


def _is_beside(line: str) -> bool:
    """Whether a line before the body is a comment or a setting."""
    return line.lstrip().startswith(("#", "//", "@"))


def _without_scripts(body: str) -> str:
    """Leave off what stands after the body: scripts, and where to save the answer."""
    return re.split(r"^(?:> |>>|<> ).*", body, maxsplit=1, flags=re.MULTILINE)[0].strip()


def _resolve(text: str, settings: dict[str, str], depth: int = 5) -> str:
    """Put in the variables that the file sets; they may hold others."""
    filled = _VARIABLE.sub(lambda match: settings.get(match[1], match.group()), text)
    if filled == text or depth == 0:
        return _VARIABLE.sub(lambda match: f"{{{{ {_name(match[1])} }}}}", text)
    return _resolve(filled, settings, depth - 1)


def _name(variable: str) -> str:
    """Return a variable's name as Python can have it: `$guid` and `base-url` can't be."""
    name = re.sub(r"\W+", "_", variable).strip("_")
    return f"_{name}" if not name or name[0].isdigit() else name
