"""The statuses that a call expects: `--expect 422`, `4xx` or `200,404`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from monite_magic.core import RequestError


@dataclass(frozen=True, slots=True)
class Expect:
    """A set of HTTP statuses; `response.status in expect`.

    Attributes:
        text: The option's text.
        statuses: The statuses that it stands for.
    """

    text: str
    statuses: frozenset[int] = field(repr=False)

    def __contains__(self, status: int) -> bool:
        return status in self.statuses

    def __str__(self) -> str:
        return self.text


def read_expect(text: str, *, column: int | None = None) -> Expect:
    """Parse a comma-separated list of statuses and classes such as `4xx`.

    Raises:
        RequestError: A part is neither.
    """
    statuses: set[int] = set()
    for part in text.lower().split(","):
        match = re.fullmatch(r"([1-5])(xx|[0-9]{2})", part.strip())
        if not match:
            raise RequestError(
                f"Invalid value for --expect: {text[:30]!r}.",
                hint="Write one status or several, for instance 422, 4xx or 200,404.",
                line=1,
                column=column,
            )
        hundred, rest = int(match[1]) * 100, match[2]
        statuses.update(range(hundred, hundred + 100) if rest == "xx" else (hundred + int(rest),))
    return Expect(text, frozenset(statuses))
