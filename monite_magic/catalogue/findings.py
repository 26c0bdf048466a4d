"""What the check finds: `Finding`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from monite_magic.catalogue.fields import JsonPath

Where = Literal["call", "path", "query", "header", "body"]


class Locate(Protocol):
    """Gives line and column, both 1-based, of a place in the body as typed in the cell."""

    def __call__(self, path: JsonPath, *, of_key: bool = False) -> tuple[int, int]:
        """Return the line and column of the value at `path`, or of its key."""
        ...


class Finding(NamedTuple):
    """Something wrong or doubtful with a call.

    Attributes:
        where: `path`, `query`, `header`, `body`, or `call` for the call as a whole.
        field: The parameter's name, or the field's path in the body: `organization.address.country`.
        message: What is wrong and what was meant, in a sentence or two that do not repeat the field.
        rule: What it offends: `required`, `unknown`, `type`, `choice`, `format`, `length`, `range`,
            `pattern`, `items`, `content_type`; or, as advice, `money`, `rate`, `deprecated`, `ignored`,
            `unchecked`.
        refused: Whether the call is held back: it is sure to be refused, or a filter of it to be ignored;
            False for a warning.
        line: 1-based line in the cell, where it is about one.
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
