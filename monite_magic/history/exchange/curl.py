"""A call as a curl command for a POSIX shell. Secrets are the shell's variables."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from monite_magic.history.exchange.literals import literal_json, literal_target
from monite_magic.history.recipe import TOKEN, Pieces, Variable, render

if TYPE_CHECKING:
    from monite_magic.history.recipe import Recipe

_FROM_ANSWER: Final = "jq --raw-output .access_token"

#: What means something inside double quotes; a `!` only to an interactive shell.
_NEEDS_CARE: Final = frozenset('"$`\\!')


def to_curl(recipe: Recipe, token_request: Recipe | None = None) -> str:
    """Return the call as a curl command, one option a line.

    Args:
        recipe: The call.
        token_request: The call that gets its token, to be made first; jq reads the token from the answer.
    """
    command = _command(recipe)
    if token_request is None:
        return command
    first = _command(token_request, "--silent --show-error --fail")
    return f"{TOKEN}=$({first} \\\n  | {_FROM_ANSWER})\n\n{command}"


def _command(recipe: Recipe, *options: str) -> str:
    words = [f"curl --request {recipe.method} {_quote((*recipe.base_url, literal_target(recipe.target)))}"]
    words += options
    if recipe.secured:
        words.append(f"--header {_quote(('Authorization: Bearer ', Variable(TOKEN)))}")
    words += [f"--header {_quote((f'{name}: ', *value))}" for name, value in recipe.headers]
    if recipe.body:
        body = tuple(literal_json(piece) if isinstance(piece, str) else piece for piece in recipe.body)
        words.append(f"--data-raw {_quote(body)}")
    words += [f"--form {_quote((f'{name}=@{_form_value(path)}',))}" for name, path in recipe.files]
    words += [f"--form-string {_quote((f'{name}={value}',))}" for name, value in recipe.fields]
    return " \\\n  ".join(words)


def _quote(pieces: Pieces) -> str:
    """One word of a shell: in single quotes, or in double ones if there are variables in it."""
    if not any(isinstance(piece, Variable) for piece in pieces):
        return shlex.quote("".join(str(piece) for piece in pieces))
    if not any(_NEEDS_CARE & set(piece) for piece in pieces if isinstance(piece, str)):
        return f'"{render(pieces, str, "${}".format)}"'
    return render(pieces, shlex.quote, '"${}"'.format)


def _form_value(path: str) -> str:
    """A path for `--form`, in which `;` and `,` would end it."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if set(path) & set(';,"\\') else path
