"""How many bytes an answer may still put into the notebook."""

from __future__ import annotations

import sys
from json.encoder import encode_basestring  # the C one where there is one

#: What a line end costs beyond itself: a notebook file keeps each line as a string of its own.
_LINE_COST = 14
_NOT_HALVED = 2_000


def cost(text: str) -> int:
    """Return how many bytes `text` takes in a notebook file (JSON in UTF-8)."""
    written = encode_basestring(text)
    size = len(written) if written.isascii() else len(written.encode("utf-8", "surrogatepass"))
    return size - 2 + _LINE_COST * text.count("\n")


class Budget:
    """Bytes that are left. Who renders asks before each piece, and stops at the first that does not fit.

    Args:
        limit: Bytes to begin with.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.left = limit
        self.exhausted = False

    def take(self, piece: str) -> bool:
        """Take what `piece` costs and return True; or, if that is not left, take nothing and return False."""
        price = cost(piece)
        if price > self.left:
            self.exhausted = True
            return False
        self.left -= price
        return True

    def part(self) -> Budget:
        """Return a budget of half of what is left, so that one value leaves room for those after it.

        Little is not halved: small answers nest deep too.
        """
        return Budget(max(self.left // 2, min(self.left, _NOT_HALVED)))

    def settle(self, part: Budget) -> None:
        """Take what was used of a `part`."""
        self.left -= part.limit - part.left
        self.exhausted = self.exhausted or part.exhausted


class Unlimited(Budget):
    """A budget that allows all: for what is small, and is counted when it is done."""

    def __init__(self) -> None:
        super().__init__(sys.maxsize)

    def take(self, piece: str) -> bool:  # noqa: ARG002 - nothing is counted
        """Return True."""
        return True

    def part(self) -> Budget:
        """Return itself."""
        return self

    def settle(self, part: Budget) -> None:
        """Take nothing."""
