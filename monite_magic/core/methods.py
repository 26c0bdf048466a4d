"""The HTTP methods of the API."""

from __future__ import annotations

from typing import Final

METHODS: Final = ("GET", "POST", "PATCH", "PUT", "DELETE")

#: Methods that change nothing. Only these are retried automatically.
READING_METHODS: Final = frozenset({"GET", "HEAD"})
