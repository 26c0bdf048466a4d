"""The findings of the check before sending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from monite_magic.catalogue.fields import JsonPath

Where = Literal["call", "path", "query", "header", "body"]


class Locate(Protocol):
    """Returns the 1-based line and column of a path in the body, as typed in the cell."""

    def __call__(self, path: JsonPath, *, of_key: bool = False) -> tuple[int, int]:
        """Return the line and column of the value at `path`, or of its key."""
        ...


class Finding(NamedTuple):
    """A problem or a doubtful value in a call.

    Attributes:
        where: `path`, `query`, `header`, `body`, or `call` for the call as a whole.
        field: The parameter's name, or the field's path in the body: `organization.address.country`.
        message: The problem and a likely fix, in one or two sentences that don't repeat the field.
        rule: The violated rule: `required`, `unknown`, `type`, `choice`, `format`, `length`, `range`,
            `pattern`, `items`, `content_type`; or, for advice, `money`, `rate`, `deprecated`, `ignored`,
            `unchecked`.
        refused: Whether the call is held back, because the API would refuse it or ignore a filter. False for
            a warning.
        line: 1-based line in the cell, if there is one.
        column: 1-based column in that line.
    """

    where: Where
    field: str
    message: str
    rule: str
    refused: bool = True
    line: int | None = None
    column: int | None = None

    @property
    def text(self) -> str:
        """The field and the message in one line."""
        return f"{self.field}: {self.message}" if self.field else self.message
