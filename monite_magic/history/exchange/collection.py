"""What the collections of Postman, Insomnia and Bruno have in common.

Variables that a collection sets are filled in; all others stay variables. What logs in is left to the
session.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from monite_magic.cell.placeholders import python_name
from monite_magic.core import RequestError, is_secret_field
from monite_magic.history.exchange.imported import shown_text
from monite_magic.history.exchange.marks import map_literal, names_in, variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from monite_magic.history.exchange.imported import Imported

# The second is a tag of Insomnia.
_VARIABLE: Final = re.compile(r"\{\{\s*(?:_\.|process\.env\.)?([^{}\n]+?)\s*\}\}|\{%-?\s*([^%\n]+?)\s*-?%\}")
_NAME_IN_PATH: Final = re.compile(r"(?<=/):([^/?#]+)")
KINDS: Final = {
    "json": "application/json",
    "xml": "application/xml",
    "html": "text/html",
    "text": "text/plain",
    "javascript": "application/javascript",
}
#: Ways to log in that become a header which the session writes by itself.
_TOKENS: Final = frozenset(
    {"bearer", "basic", "oauth2", "oauth1", "jwt", "digest", "ntlm", "hawk", "awsv4", "wsse"}
)


@dataclass(slots=True)
class Collection:
    """What holds for all requests of a collection, and what was read of it."""

    values: dict[str, str]
    requests: list[Imported] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[RequestError] = field(default_factory=list)

    def fill(self, value: Any, depth: int = 8) -> str:
        """Return a text with its variables filled in, or marked."""

        def filled(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            if depth and name in self.values:
                return self.fill(self.values[name], depth - 1)
            return variable(name)

        return _VARIABLE.sub(filled, "" if value is None else str(value))

    @contextmanager
    def within(self, values: dict[str, str]) -> Iterator[None]:
        """Let the variables of a folder hold for what is read in it, and for nothing else."""
        outer = self.values
        self.values = outer | values
        try:
            yield
        finally:
            self.values = outer

    def read(self, name: str, reader: Callable[..., Imported], *arguments: Any) -> None:
        """Read one request; what is wrong with it leaves the others importable."""
        try:
            self.requests.append(reader(*arguments))
        except RequestError as error:
            self.problems.append(RequestError(f"{name}: {error.message}", hint=error.hint))
        except (LookupError, TypeError, AttributeError, ValueError):
            self.problems.append(RequestError(f"{name}: it is not a request."))

    def done(self) -> tuple[list[Imported], list[str]]:
        """Return the requests and the notes.

        Raises:
            RequestError: No request could be read.
        """
        if not self.requests and self.problems:
            raise self.problems[0]
        return self.requests, [*self.notes, *(f"{problem} It was not imported." for problem in self.problems)]


def values_of(pairs: Iterable[Any], name: str = "key") -> dict[str, str]:
    """Return the variables that a collection sets; those for secrets stay variables."""
    values: dict[str, str] = {}
    secrets: set[str] = set()
    for pair in pairs:
        if not isinstance(pair, dict) or not pair.get(name) or pair.get("value") in (None, ""):
            continue
        if not isinstance(pair["value"], (str, int, float)):
            continue
        if is_secret_field(str(pair[name])) or pair.get("type") == "secret" or pair.get("secret"):
            secrets.add(str(pair["value"]))
        elif not pair.get("disabled") and pair.get("enabled", True):
            values[str(pair[name])] = str(pair["value"])
    # The same secret may be there under another name.
    return {name: value for name, value in values.items() if value not in secrets}


def listed(value: Any) -> list[Any]:
    """Return a value that should be a list; an empty one where it is not one."""
    return value if isinstance(value, list) else []


def switched_on(pairs: Any, imported: Imported, what: str) -> Iterator[dict[str, Any]]:
    """Yield the entries of a list that are switched on, and note the others."""
    off: list[str] = []
    for pair in listed(pairs):
        if not isinstance(pair, dict):
            continue
        if pair.get("disabled") or pair.get("enabled", True) is False:
            off.append(str(pair.get("key") or pair.get("name") or ""))
        else:
            yield pair
    if off:
        imported.note(f"The {what} {', '.join(off)} was left out: it is switched off.")


def inherit_headers(imported: Imported, headers: Iterable[Mapping[str, Any]], collection: Collection) -> None:
    """Add the headers of a request's folders, outer ones first. The innermost wins."""
    pairs = [(collection.fill(each.get("name")), collection.fill(each.get("value"))) for each in headers]
    found = {name.lower(): (name, value) for name, value in pairs if name}
    own = {name.lower() for name, _ in imported.headers}
    imported.headers = [pair for name, pair in found.items() if name not in own] + imported.headers


def with_path_values(url: str, values: Mapping[str, str]) -> str:
    """Put values in place of the segments `:name`; one without a value stays."""
    return _NAME_IN_PATH.sub(lambda match: values.get(match[1]) or match[0], url)


def in_query(text: str) -> str:
    """Return a name or value of a query as Postman sends it: what is encoded already stays."""
    return map_literal(text, lambda piece: quote(piece, safe="%!$'()*,/:;?@-._~+[]"))


def set_auth(imported: Imported, kind: str, values: dict[str, str]) -> None:
    """Take what logs in: a token is the session's own, and an API key is a header or parameter."""
    if kind == "apikey":
        name, value = values.get("key", ""), values.get("value", "")
        if not names_in(value):  # a key is a secret, whatever its name
            value = variable(python_name(shown_text(name)))
        if values.get("in", values.get("placement")) in {"query", "queryParams", "queryparams"}:
            imported.query = "&".join(filter(None, [imported.query, f"{name}={in_query(value)}"]))
        else:
            imported.headers.append((name, value))
    elif kind == "bearer":
        imported.headers.append(("Authorization", f"Bearer {values.get('token', '')}"))
    elif kind in _TOKENS:
        imported.headers.append(("Authorization", kind))
    else:
        imported.note(f"The authorization {kind} was left out.")
