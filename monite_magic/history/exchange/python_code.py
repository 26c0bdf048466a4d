"""A call as Python code with httpx. Secrets are read from the environment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from monite_magic.history.recipe import TOKEN, Pieces, Variable, render

if TYPE_CHECKING:
    from monite_magic.history.recipe import Recipe


_WIDTH: Final = 100
_FROM_ANSWER: Final = 'token = answer.raise_for_status().json()["access_token"]\n'
_PRINT_ANSWER: Final = "print(response.status_code, response.text)\n"


@dataclass(frozen=True, slots=True)
class Code:
    """Python code that stands for a value among others."""

    text: str


def to_httpx(recipe: Recipe, token_request: Recipe | None = None) -> str:
    """Return the call as a Python script with httpx, which prints the answer.

    Args:
        recipe: The call.
        token_request: The call that gets its token, to be made first.
    """
    if token_request is None:
        imports = "import os\n\nimport httpx" if recipe.variables else "import httpx"
        token = expression((Variable(TOKEN),))
        return f"{imports}\n\nresponse = {_request(recipe, token)}\n{_PRINT_ANSWER}"
    first = f"answer = {_request(token_request, None)}\n{_FROM_ANSWER}"
    return (
        f"import os\n\nimport httpx\n\n{first}\nresponse = {_request(recipe, Code('token'))}\n{_PRINT_ANSWER}"
    )


def _request(recipe: Recipe, token: Code | None) -> str:
    """Return the code of one request; `token` is the code of its token."""
    arguments: list[tuple[str | None, Any]] = [
        (None, recipe.method),
        (None, expression((*recipe.base_url, recipe.path))),
    ]
    if recipe.query:
        arguments.append(("params", list(recipe.query)))
    headers: dict[str, Any] = {}
    if recipe.secured and token:
        headers["Authorization"] = Code(f'"Bearer " + {token.text}')
    headers |= {name: expression(value) for name, value in recipe.headers}
    if recipe.body:
        headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        arguments.append(("json", body_value(recipe)))
    if headers:
        arguments.append(("headers", headers))
    if recipe.files:
        arguments.append(("files", [(name, opened(path)) for name, path in recipe.files]))
    if recipe.fields:
        arguments.append(("data", _grouped(recipe.fields)))
    return call("httpx.request", arguments)


def _grouped(fields: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    grouped: dict[str, Any] = {}
    for name, value in fields:
        grouped.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in grouped.items()}


def expression(pieces: Pieces) -> Any:
    """Return the literal or the Python expression that makes up `pieces`."""
    if not any(isinstance(piece, Variable) for piece in pieces):
        return "".join(str(piece) for piece in pieces)
    return Code(
        " + ".join(
            _variable(piece.name) if isinstance(piece, Variable) else _string(piece) for piece in pieces
        )
    )


def opened(path: str) -> Code:
    """Return the code that opens a file to be sent."""
    return Code(f'open({_string(path)}, "rb")')


def _variable(name: str) -> str:
    return f'os.environ["{name}"]'


def body_value(recipe: Recipe) -> Any:
    """Return the body as Python, with code for the variables in it."""
    marks: dict[str, str] = {}

    def mark(name: str) -> str:
        marks[name] = f"\ue000{name}\ue001"
        return marks[name]

    return _with_code(json.loads(render(recipe.body, str, mark)), marks)


def _with_code(value: Any, marks: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _with_code(item, marks) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_code(item, marks) for item in value]
    if isinstance(value, str):
        return expression(_split(value, marks))
    return value


def _split(text: str, marks: dict[str, str]) -> Pieces:
    pieces: list[str | Variable] = [text]
    for name, mark in marks.items():
        split: list[str | Variable] = []
        for piece in pieces:
            if isinstance(piece, Variable):
                split.append(piece)
                continue
            first, *others = piece.split(mark)
            split.append(first)
            for other in others:
                split += [Variable(name), other]
        pieces = split
    return tuple(piece for piece in pieces if piece) or ("",)


def call(function: str, arguments: list[tuple[str | None, Any]]) -> str:
    """Return the code of a call, one argument a line."""
    lines = [f"    {_argument(name, value)}," for name, value in arguments]
    return "\n".join([f"{function}(", *lines, ")"]) if lines else f"{function}()"


def _argument(name: str | None, value: Any) -> str:
    prefix = f"{name}=" if name else ""
    return prefix + literal(value, indent=4, used=len(prefix))


def literal(value: Any, *, indent: int = 0, used: int = 0) -> str:
    """Return `value` as Python code, broken into lines where it is long.

    Args:
        value: A JSON value, in which `Code` may lie.
        indent: Number of blanks before the line on which the code begins.
        used: Number of characters between those blanks and the code.
    """
    if isinstance(value, Code):
        return value.text
    if isinstance(value, str):
        return _string(value)
    if not isinstance(value, (dict, list, tuple)) or not value:
        return repr(value)
    inner = indent + 4
    if isinstance(value, dict):
        opening, closing = "{}"
        entries = [
            f"{_string(key)}: {literal(item, indent=inner, used=len(_string(key)) + 2)}"
            for key, item in value.items()
        ]
    else:
        opening, closing = "[]" if isinstance(value, list) else "()"
        entries = [literal(item, indent=inner) for item in value]
    one_line = f"{opening}{', '.join(entries)}{closing}"
    if indent + used + len(one_line) < _WIDTH and "\n" not in one_line:
        return one_line
    lines = "".join(f"\n{' ' * inner}{entry}," for entry in entries)
    return f"{opening}{lines}\n{' ' * indent}{closing}"


def _string(text: str) -> str:
    """A string literal, in double quotes where that needs no more escapes."""
    plain = repr(text)
    return f'"{plain[1:-1]}"' if plain[0] == "'" and '"' not in text else plain
