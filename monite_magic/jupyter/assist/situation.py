"""The context of help: the catalogue, the known IDs, and the notebook's variables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

from monite_magic.catalogue.formats import has_format
from monite_magic.session import Seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from monite_magic.catalogue import Catalogue
    from monite_magic.history import Call

_MAX_REFERENCES = 20
_VERSION_HEADER = re.compile(
    r"(?:-H|--header)[ =]['\"]?\s*x-monite-version:\s*(\d{4}-\d\d-\d\d)", re.IGNORECASE
)
# IPython's own names in a notebook.
_NOT_VARIABLES = frozenset({"In", "Out", "get_ipython", "exit", "quit", "open"})


@dataclass(frozen=True)
class Situation:
    """The context of one request for help.

    Attributes:
        catalogue: The catalogue in use.
        seen: The IDs in this session's answers.
        names: The notebook's variables.
        history: The calls of this session, oldest first.
    """

    catalogue: Catalogue
    seen: Seen = field(default_factory=Seen)
    names: Mapping[str, Any] = field(default_factory=dict)
    history: Iterable[Call] = ()

    def for_version_in(self, words: Iterable[str]) -> Situation:
        """Return this context with the catalogue of the API version that a header on the line names."""
        version = _VERSION_HEADER.search(" ".join(words))
        if version is None:
            return self
        from monite_magic import catalogue

        return replace(self, catalogue=catalogue.current(version[1]))

    def variables(self) -> Iterator[tuple[str, Any]]:
        """Yield the notebook's variables that contain data, newest last."""
        for name, value in list(self.names.items()):
            is_users_own = not name.startswith("_") and name not in _NOT_VARIABLES
            if is_users_own and not callable(value) and not isinstance(value, ModuleType):
                yield name, value

    def references(self, name: str) -> list[tuple[str, str]]:
        """Return a placeholder and a label for each variable that contains an ID for this field.

        Args:
            name: The parameter's or field's name, for instance `payable_id`.
        """
        labels = {seen.id: seen.label for seen in self.seen.ids(name)}
        found = []
        for variable, value in self.variables():
            reference, identifier = _id_in(variable, value)
            if identifier in labels:
                found.append((f"{{{{ {reference} }}}}", labels[identifier] or identifier))
        return found[::-1][:_MAX_REFERENCES]


def _id_in(variable: str, value: Any) -> tuple[str, str]:
    """Return the reference to the ID in a variable, and the ID, or empty texts."""
    if isinstance(value, str):
        return (variable, value) if has_format(value, "uuid") else ("", "")
    data = data_of(value)
    own = data.get("id") if isinstance(data, dict) else None
    return (f"{variable}.id", own) if isinstance(own, str) else ("", "")


def data_of(value: Any) -> Any:
    """Return the data of a variable: the data of a response, or the value itself."""
    from monite_magic.session import MoniteResponse

    return value.data if isinstance(value, MoniteResponse) else value
