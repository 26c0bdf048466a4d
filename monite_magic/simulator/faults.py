"""Simulated faults: failures between a client and the API, on demand.

A fault has a pattern of calls (`POST /payables*`), a count, and one or more actions:

- `status`: answer with this status instead (429 with Retry-After; 502 to 504 as a page that is not JSON);
- `retry_after`: the seconds to wait, for a 429 or 503;
- `delay`: wait this many seconds first;
- `drop`: break the connection in the middle of the answer;
- `truncate`: send only the first half of the body;
- `expired_token`: answer as if the token had expired;
- `changed_schema`: change the answer as a later version might: a new field, and an unknown status.
"""

from __future__ import annotations

import re
import threading
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import Answer, Refusal
from monite_magic.simulator.clock import parse_span

if TYPE_CHECKING:
    from collections.abc import Iterator

UNKNOWN_STATUS = "status_of_a_later_version"
_PAGE = "<html><head><title>{0} {1}</title></head><body>{1} (simulated)</body></html>"
_SWITCHES = ("drop", "truncate", "expired_token", "changed_schema")
_TYPES: dict[str, Any] = {
    "pattern": str,
    "count": int | None,
    "status": int | None,
    "delay": int | float,
    "retry_after": int | None,
    **dict.fromkeys(_SWITCHES, bool),
}


@dataclass
class Fault:
    """One fault.

    Attributes:
        pattern: `METHOD /path` with `*` for any text; without a method, any.
        count: The number of calls left; `None` for no limit.
        status: The status to answer with instead.
        retry_after: Seconds for the header `Retry-After`. A 429 has 1 by default, other statuses have no
            header.
        delay: Seconds to wait first.
        drop: Whether to break the connection.
        truncate: Whether to cut the body.
        expired_token: Whether to answer as if the token had expired.
        changed_schema: Whether to change the fields of the answer.
    """

    pattern: str = "*"
    count: int | None = 1
    status: int | None = None
    retry_after: int | None = None
    delay: float = 0
    drop: bool = False
    truncate: bool = False
    expired_token: bool = False
    changed_schema: bool = False

    def __post_init__(self) -> None:
        for name, kinds in _TYPES.items():
            if not isinstance(getattr(self, name), kinds):
                raise TypeError(f"{name} of a fault can't be {getattr(self, name)!r}")
        if self.status is None and not self.delay and not any(getattr(self, name) for name in _SWITCHES):
            raise ValueError(f"a fault needs an action: status, delay, {', '.join(_SWITCHES)}")
        if self.status is not None and not 400 <= self.status <= 599:
            raise ValueError("the status of a fault must be from 400 to 599")
        if self.retry_after is not None and (self.status is None or self.retry_after < 0):
            raise ValueError("retry_after must be a number of seconds, together with a status")

    def matches(self, method: str, path: str) -> bool:
        """Whether the fault applies to this call."""
        wanted, _, pattern = self.pattern.rpartition(" ")
        return (not wanted or wanted.upper() == method) and fnmatchcase(path, pattern)

    def effects(self) -> list[str]:
        """The fault as text that `parse_fault` reads."""
        found = [f"status={self.status}"] if self.status is not None else []
        found += [f"retry_after={self.retry_after}"] if self.retry_after is not None else []
        found += [f"delay={self.delay:g}s"] if self.delay else []
        return found + [name for name in _SWITCHES if getattr(self, name)]

    def refusal(self) -> Refusal:
        """Return the answer of a fault with a status."""
        status = self.status or 500
        seconds = 1 if status == 429 and self.retry_after is None else self.retry_after
        headers = {} if seconds is None else {"Retry-After": str(seconds)}
        if status == 429:
            return Refusal(429, {"message": "API rate limit exceeded"}, headers)
        refusal = Refusal(status, {"error": {"message": f"Simulated fault {status}"}}, headers)
        if status in (502, 503, 504):
            page = _PAGE.format(status, HTTPStatus(status).phrase)
            refusal.answer = Answer(status, headers=headers, content=page.encode(), content_type="text/html")
        return refusal


def parse_fault(text: str) -> Fault:
    """Parse a fault such as `POST /payables* status=500 count=2`, `delay=2s` or `drop`.

    Raises:
        ValueError: The text is not a fault.
    """
    members: dict[str, Any] = {}
    pattern = []
    for word in text.split():
        name, sign, value = word.partition("=")
        if not sign and name not in _SWITCHES:
            pattern.append(word)
        elif name in _SWITCHES:
            members[name] = value.lower() not in ("no", "false", "0")
        elif name == "delay":
            members[name] = parse_span(value if re.search(r"[a-z]", value) else f"{value}s").total_seconds()
        elif name == "count":
            members[name] = None if value == "all" else int(value)
        elif name in ("status", "retry_after"):
            members[name] = int(value)
        else:
            known = ", ".join(("count", *list(_TYPES)[2:]))
            raise ValueError(f"unknown fault option {name!r}; use {known}")
    return Fault(" ".join(pattern) or "*", **members)


class Faults:
    """The faults that are waiting for their calls."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._faults))

    def add(self, fault: Fault | str) -> Fault:
        """Add a fault.

        Raises:
            ValueError: The text is not a fault.
        """
        made = parse_fault(fault) if isinstance(fault, str) else fault
        with self._lock:
            self._faults.append(made)
        return made

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault for a call, if there is one, and count it."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(method, path):
                    continue
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self._faults.remove(fault)
                return fault
        return None

    def listed(self) -> list[dict[str, Any]]:
        """The faults as plain data."""
        return [asdict(fault) for fault in self]


def changed(data: Any) -> Any:
    """Change the data as a later version of the API might."""
    if isinstance(data, list):
        return [changed(part) for part in data]
    if not isinstance(data, dict):
        return data
    members = {name: changed(value) for name, value in data.items()}
    if "status" in members:
        members["status"] = UNKNOWN_STATUS
    return {**members, "member_of_a_later_version": True}


def broken(body: bytes) -> Iterator[bytes]:
    """A body that breaks the connection halfway."""
    yield body[: len(body) // 2] or b"{"
    raise ConnectionResetError("the simulator broke the connection (simulated fault)")
