"""The HTTP methods of the API."""

from __future__ import annotations

from typing import Final

METHODS: Final = ("GET", "POST", "PATCH", "PUT", "DELETE")

#: Methods that change nothing. Only these are sent again without being asked.
READING_METHODS: Final = frozenset({"GET", "HEAD"})
