"""Answers: success, refusals, and the API's three shapes of error.

The shapes are those of the OpenAPI document 2024-05-25 (ErrorSchemaResponse, HTTPValidationError) and of
the gateway in front of the API, which answers 429 and 413 with a flat message.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, before it is written out.

    Attributes:
        status: The HTTP status code.
        data: The JSON body. The body is empty if this and `content` are `None`.
        content: A body of raw bytes, such as a PDF.
        content_type: The media type of `content`.
        headers: Extra headers.
    """

    status: int
    data: Any = None
    content: bytes | None = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure
    """Raised anywhere below the application to end a call with an error answer."""

    def __init__(self, status: int, data: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {data}")
        self.answer = Answer(status, data, headers=headers or {})


def refuse(status: int, message: str, *, kind: str | None = None, **headers: str) -> NoReturn:
    """End the call with the error envelope `{"error": {"message": ...}}`.

    Args:
        status: The HTTP status code.
        message: One sentence.
        kind: The `type` that a few errors have next to their message.
        headers: Extra headers, with underscores for hyphens.
    """
    error = {"type": kind, "message": message} if kind else {"message": message}
    raise Refusal(
        status, {"error": error}, {name.replace("_", "-"): value for name, value in headers.items()}
    )


def not_found(kind: str, identifier: str | None = None) -> NoReturn:
    """End the call with 404. The API may word the message differently."""
    words = kind.replace("_", " ").capitalize()
    refuse(404, f"{words} {identifier} not found." if identifier else f"{words} not found.")


def conflict(message: str) -> NoReturn:
    """End the call with 409: the current state does not allow the action."""
    refuse(409, message)


def problem(location: list[str | int], message: str, kind: str = "value_error") -> dict[str, Any]:
    """One entry of a 422 answer (OpenAPI 2024-05-25, ValidationError)."""
    return {"loc": location, "msg": message, "type": kind}


def invalid(*problems: dict[str, Any]) -> NoReturn:
    """End the call with 422 and its list of problems (OpenAPI 2024-05-25, HTTPValidationError)."""
    raise Refusal(422, {"detail": list(problems)})
