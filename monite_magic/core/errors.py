"""The errors that you can see in a notebook.

Each has one sentence about the problem and one about the fix. IPython shows these without a traceback. The
cell still fails, so "Run All", nbclient and papermill stop.
"""

from __future__ import annotations

import functools
import re
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, Self, TypeVar

from monite_magic.core.clean_text import clean
from monite_magic.core.masking import mask_json_fields, mask_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.core.sent import SentRequest


#: A very long word, such as a file's content in place of its name.
_ENDLESS_WORD: Final = re.compile(r"\S{400,}")


def _readable(text: str) -> str:
    return _ENDLESS_WORD.sub(lambda word: f"{word[0][:100]}…", clean(mask_text(text)))


class MoniteError(Exception):
    """The base class of all errors of this package.

    Args:
        message: The problem and its location, in one sentence.
        hint: The fix, in one sentence, or None.

    Known secrets in both are masked. Control characters and direction marks are escaped, since the text may
    come from a server.

    Attributes:
        partial: Results from before the error, for instance the rows of an endless list, or None.
    """

    partial: Any = None

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        self.message = _readable(message)
        self.hint = _readable(hint) if hint else None
        super().__init__(str(self))

    def advise(self, more: str) -> None:
        """Add a sentence to the hint."""
        self.hint = _readable(f"{self.hint} {more}" if self.hint else more)
        self.args = (str(self),)

    def __str__(self) -> str:
        if not self.hint:
            return self.message
        # An API's message may end without a full stop.
        stop = "." if self.message[-1:].isalnum() and self.hint[0].isalpha() else ""
        between = "\n" if "\n" in self.message else " "
        return f"{self.message}{stop}{between}{self.hint}"

    def _render_traceback_(self) -> list[str]:
        """Return the text that IPython shows instead of a traceback (its hook for custom errors)."""
        return [f"{type(self).__name__}: {self}"]


_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def without_frames(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Make `function` raise errors without its frames, which may contain secrets.

    Tools that show local variables (`%xmode Verbose`, a debugger, a crash reporter) then can't find them.
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
    """A bug in this package. The message has its location, without local variables."""

    @classmethod
    def of(cls, error: Exception) -> UnforeseenError:
        """Wrap an unexpected error."""
        if isinstance(error, ModuleNotFoundError) and not str(error.name).startswith(
            __package__.split(".")[0]
        ):
            return cls(
                f"{error.name} is not installed in this kernel's Python, {sys.executable}.",
                hint="Choose the kernel that monite-magic was installed for, or install it here, with all it "
                "needs: python -m pip install -e CLONE, the folder of the clone.",
            )
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}, line {last.lineno}, in {last.name}"
        return cls(
            f"{type(error).__name__}: {mask_json_fields(str(error))} ({place}).",
            hint="This is a bug in monite-magic. You can continue to use the session.",
        )


class RequestError(MoniteError):
    """The line or the cell is not a valid request.

    Args:
        message: The problem.
        hint: The fix.
        line: 1-based line in the cell, if known; the magic is on line 1.
        column: 1-based column in that line, if known.
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
        """Return this error for a magic with `lines` above it and `columns` before it."""
        if self.line is None or not (lines or columns):
            return self
        column = self.column + columns if self.column is not None and self.line == 1 else self.column
        return type(self)(self._without_place, hint=self.hint, line=self.line + lines, column=column)


class TemplateError(RequestError):
    """A `{{ placeholder }}` can't be filled; nothing was sent."""


class CredentialsError(MoniteError):
    """No usable credentials were found, or a file that should hold them is malformed."""


class OriginError(MoniteError):
    """A call or a redirect to another origin was refused, to protect the token."""


class ConfirmationError(MoniteError):
    """A call that changes production data was not confirmed; nothing was sent."""


class NetworkError(MoniteError):
    """No answer came: the host is unknown or unreachable, the connection broke, or it timed out.

    Args:
        message: The problem.
        hint: The fix.
        maybe_done: Whether the request may have reached the server, so that a write may have taken effect.

    Attributes:
        request: The request, masked; None for a token exchange.
    """

    def __init__(self, message: str, *, hint: str | None = None, maybe_done: bool = False) -> None:
        self.maybe_done = maybe_done
        self.request: SentRequest | None = None
        super().__init__(message, hint=hint)


class TokenError(MoniteError):
    """The token exchange was refused or returned no token.

    Args:
        message: The problem.
        hint: The fix.
        status: HTTP status of the exchange, or None if no answer came.
        request_id: The answer's `x-request-id`, for the vendor's support, or None.
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
    """A table or a chart has only some pages of a list, so its sums are incomplete."""


class SecretWarning(UserWarning):
    """A saved file contains an unmasked secret."""


class UnexpectedValuesWarning(UserWarning):
    """Some values don't match the API's contract; see `df.attrs["unexpected"]`."""
