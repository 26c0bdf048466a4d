"""The errors that a person at the notebook can meet.

Each says in one sentence what is wrong and in another what to do. IPython shows that and no traceback,
and still fails the cell, so that "Run All", nbclient and papermill stop where they should.
"""

from __future__ import annotations

import functools
import re
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, Self, TypeVar

from monite_magic.core.clean_text import clean
from monite_magic.core.masking import mask_json_fields, mask_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.core.sent import SentRequest


#: A word that nobody reads to its end, such as a file's content where its name belongs.
_ENDLESS_WORD: Final = re.compile(r"\S{400,}")


def _readable(text: str) -> str:
    return _ENDLESS_WORD.sub(lambda word: f"{word[0][:100]}…", clean(mask_text(text)))


class MoniteError(Exception):
    """Something that went wrong in a way we foresaw.

    Args:
        message: What is wrong and where, one sentence.
        hint: What to do about it, one sentence, or None.

    Both are masked by value: a secret that finds its way into a message is shown as dots. Control characters
    and marks of writing direction are shown as escapes, since a server may have written them.

    Attributes:
        partial: What came before the error, for instance the rows of a list without end; None if nothing did.
    """

    partial: Any = None

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        self.message = _readable(message)
        self.hint = _readable(hint) if hint else None
        super().__init__(str(self))

    def advise(self, more: str) -> None:
        """Add a sentence to what is to be done."""
        self.hint = _readable(f"{self.hint} {more}" if self.hint else more)
        self.args = (str(self),)

    def __str__(self) -> str:
        if not self.hint:
            return self.message
        # What an API says may end without a full stop.
        stop = "." if self.message[-1:].isalnum() and self.hint[0].isalpha() else ""
        between = "\n" if "\n" in self.message else " "
        return f"{self.message}{stop}{between}{self.hint}"

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback (its hook for exceptions that show themselves)."""
        return [f"{type(self).__name__}: {self}"]


_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def without_frames(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Make `function` raise its errors from here, so that no frame that holds a secret hangs on them.

    What shows the variables of frames (`%xmode Verbose`, a debugger, a crash reporter) then finds none.
    """

    @functools.wraps(function)
    def guarded(*args: _Arguments.args, **options: _Arguments.kwargs) -> _Result:
        try:
            return function(*args, **options)
        except MoniteError as error:
            problem = error
        problem.__context__ = problem.__cause__ = None
        raise problem.with_traceback(None)

    return guarded


class UnforeseenError(MoniteError):
    """A fault of this package. Where it happened is told, without the variables of that place."""

    @classmethod
    def of(cls, error: Exception) -> UnforeseenError:
        """Return the error to show in place of one that nobody foresaw."""
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}, line {last.lineno}, in {last.name}"
        return cls(
            f"{type(error).__name__}: {mask_json_fields(str(error))} ({place}).",
            hint="That is a fault of monite-magic; the session can be used on.",
        )


class RequestError(MoniteError):
    """The line or the cell can't be read as a request.

    Args:
        message: What is wrong.
        hint: What to do.
        line: 1-based line in the cell (the magic's own line is 1), where known.
        column: 1-based column in that line, where known.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, line: int | None = None, column: int | None = None
    ) -> None:
        self.line = line
        self.column = column
        self._without_place = message
        if line is not None:
            place = f"line {line}" if column is None else f"line {line}, column {column}"
            message = f"{message.rstrip('.')} ({place})."
        super().__init__(message, hint=hint)

    def moved(self, lines: int, columns: int) -> Self:
        """Return this error for a magic with `lines` above it, and `columns` before it in its own line."""
        if self.line is None or not (lines or columns):
            return self
        column = self.column + columns if self.column is not None and self.line == 1 else self.column
        return type(self)(self._without_place, hint=self.hint, line=self.line + lines, column=column)


class TemplateError(RequestError):
    """A `{{ placeholder }}` can't be filled; nothing was sent."""


class CredentialsError(MoniteError):
    """No usable credentials were found, or a file that should hold them is malformed."""


class OriginError(MoniteError):
    """A call or a redirect would have carried the token to another origin; it was refused."""


class ConfirmationError(MoniteError):
    """A call that changes production data was not confirmed; nothing was sent."""


class NetworkError(MoniteError):
    """No answer came: the host is unknown or unreachable, the connection broke, or time ran out.

    Args:
        message: What is wrong.
        hint: What to do.
        maybe_done: True if the request may have reached the server, so a write may have happened.

    Attributes:
        request: What was sent, masked; None for a token exchange.
    """

    def __init__(self, message: str, *, hint: str | None = None, maybe_done: bool = False) -> None:
        self.maybe_done = maybe_done
        self.request: SentRequest | None = None
        super().__init__(message, hint=hint)


class TokenError(MoniteError):
    """The token exchange was refused or gave no token.

    Args:
        message: What is wrong.
        hint: What to do.
        status: HTTP status of the exchange, or None if no answer came.
        request_id: The answer's `x-request-id`, to quote to the vendor's support, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        self.status = status
        self.request_id = request_id
        super().__init__(message, hint=hint)


class IncompleteListWarning(UserWarning):
    """A table or a chart is made of some pages of a list, and more follow: its sums are not the list's."""


class SecretWarning(UserWarning):
    """A file was written that holds a secret in clear."""


class UnexpectedValuesWarning(UserWarning):
    """Values are not what the API's contract says; `df.attrs["unexpected"]` has them."""
