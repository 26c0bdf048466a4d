"""Show the whole text of an answer, unformatted; secrets stay masked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.core import clean, mask_json_fields
from monite_magic.display import style
from monite_magic.display.card import StatusLine
from monite_magic.display.parts import Card

if TYPE_CHECKING:
    from monite_magic.api import Answer


class Raw:
    """Shows the whole text of an answer, whatever its size, for `--raw`.

    Args:
        response: The answer.
    """

    def __init__(self, response: Answer) -> None:
        self.response = response

    def __repr__(self) -> str:
        return f"{self._head().plain()}\n\n{self._text()}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        html = self._head().html() + style.preformatted(self._text())
        return {"text/plain": repr(self), "text/html": html}

    def _head(self) -> Card:
        return Card("neutral", [StatusLine(self.response)])

    def _text(self) -> str:
        return clean(mask_json_fields(self.response.text))
