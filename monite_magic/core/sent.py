"""A request as it is remembered: what went out, with every secret in it masked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request as it went out, with everything secret in it masked.

    Attributes:
        method: `GET`, `POST`, …
        url: The whole URL with its query.
        path: The path below the base URL, without the query, for instance `/payables/{id}` filled in.
        headers: Header names and values; secret ones show dots.
        body: The body as bytes, masked, or None. For multipart the parts' names, not the files' content.
    """

    method: str
    url: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
