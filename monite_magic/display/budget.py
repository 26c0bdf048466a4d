"""Limit the bytes that an answer adds to the notebook."""

from __future__ import annotations

import sys
from json.encoder import encode_basestring  # the C one where there is one

#: Extra cost of a line end, since a notebook file stores each line as a separate string.
_LINE_COST = 14
_MIN_PART = 2_000


def cost(text: str) -> int:
    """Return the size of `text` in a notebook file (JSON in UTF-8), in bytes."""
    written = encode_basestring(text)
    size = len(written) if written.isascii() else len(written.encode("utf-8", "surrogatepass"))
    return size - 2 + _LINE_COST * text.count("\n")


class Budget:
    """The remaining bytes. Renderers call `take` before each piece, and stop when it returns False.

    Args:
        limit: The initial number of bytes.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.left = limit
        self.exhausted = False

    def take(self, piece: str) -> bool:
        """Subtract the cost of `piece` and return True; return False if too little is left."""
        price = cost(piece)
        if price > self.left:
            self.exhausted = True
            return False
        self.left -= price
        return True

    def part(self) -> Budget:
        """Return a budget with half of the rest, so that one value leaves room for the next ones.

        A small rest is not halved, since small answers can be deeply nested.
        """
        return Budget(max(self.left // 2, min(self.left, _MIN_PART)))

    def settle(self, part: Budget) -> None:
        """Subtract what a `part` has used."""
        self.left -= part.limit - part.left
        self.exhausted = self.exhausted or part.exhausted


class Unlimited(Budget):
    """A budget without a limit, for small output that is measured afterwards."""

    def __init__(self) -> None:
        super().__init__(sys.maxsize)

    def take(self, piece: str) -> bool:  # noqa: ARG002 - nothing is counted
        """Return True."""
        return True

    def part(self) -> Budget:
        """Return this budget."""
        return self

    def settle(self, part: Budget) -> None:
        """Do nothing."""
