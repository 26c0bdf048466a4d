"""A sent request, with all secrets masked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A sent request, with all secrets masked.

    Attributes:
        method: `GET`, `POST`, …
        url: The whole URL with its query.
        path: The path relative to the base URL, without the query.
        headers: Header names and values; secret values are dots.
        body: The masked body, or None. For multipart, only the names of the parts.
    """

    method: str
    url: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
