"""A call of the history as the text of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from monite_magic.cell import escape_braces, escape_braces_in_json, quote_word
from monite_magic.cell.cell_text import checked_cell, encoded_target
from monite_magic.history.recipe import render

if TYPE_CHECKING:
    from monite_magic.history import Recipe

#: Headers of every call, or with their own option.
_LEFT_OUT: Final = frozenset({"content-type", "accept", "x-monite-version", "x-monite-entity-id"})


def cell_of_recipe(recipe: Recipe, entity_id: str | None = None) -> str:
    """Return the cell that makes a call. Secrets become placeholders.

    Args:
        recipe: The call. Its entity is left out.
        entity_id: The entity to name, or None for the session's own.

    Raises:
        RequestError: It can't be written as a cell.
    """
    words = [recipe.method, quote_word(escape_braces(encoded_target(recipe.target)))]
    if entity_id:
        words += ["--entity", entity_id]
    for name, value in recipe.headers:
        if name.lower() not in _LEFT_OUT:
            text = render(value, escape_braces, _placeholder)
            words += ["-H", quote_word(f"{name}: {text}")]
    words += [
        w for name, path in recipe.files for w in ("--file", quote_word(f"{name}={escape_braces(path)}"))
    ]
    words += [w for name, text in recipe.fields for w in ("-d", quote_word(f"{name}={escape_braces(text)}"))]
    line = f"monite {' '.join(words)}"
    if not recipe.body:
        return checked_cell(f"%{line}")
    return checked_cell(f"%%{line}\n{render(recipe.body, escape_braces_in_json, _placeholder)}")


def _placeholder(name: str) -> str:
    return f"{{{{ {name.lower()} }}}}"
