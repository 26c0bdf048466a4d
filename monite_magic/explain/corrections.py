"""A body that the check refuses, nearer to right: what is known is corrected, what is not is left as a gap.

Nothing is made up: what only a person can know stands in the draft as a `Gap`, and every change is named.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from monite_magic.catalogue.advice import near_fields
from monite_magic.catalogue.body_check import UncheckableError, errors_of
from monite_magic.catalogue.fields import descend, dotted, fields, narrowed, variants
from monite_magic.catalogue.text_values import near_values
from monite_magic.catalogue.wording import shown
from monite_magic.core.words import shorten
from monite_magic.explain.gaps import Draft, gap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monite_magic.catalogue.fields import JsonPath
    from monite_magic.catalogue.model import Catalogue, Schema
    from monite_magic.catalogue.quick_jsonschema import ValidationError

_SHORTEST: Final = 3
_STRANGERS: Final = frozenset({"additionalProperties", "unevaluatedProperties"})


def correct(catalogue: Catalogue, schema: Schema, body: Any) -> Draft | None:
    """Return a body that is nearer to right, or None if the check finds nothing wrong.

    Args:
        catalogue: Where references lead.
        schema: The operation's body schema.
        body: The body as Python; it is left as it is.
    """
    writer = _Corrector(catalogue, schema, copy.deepcopy(body))
    try:
        errors = errors_of(catalogue, schema, writer.body)
        # A value that is nearly one of a list often says which kind of body is meant: it goes first.
        if [error for error in errors if writer.take_nearest(error)]:
            errors = errors_of(catalogue, schema, writer.body)
    except UncheckableError:
        return None
    if not errors and not writer.changes:
        return None
    for error in errors:
        writer.correct(error)
    return Draft(writer.body, tuple(writer.changes), tuple(writer.gaps))


class _Corrector:
    """Changes a body, and notes what it changed."""

    def __init__(self, catalogue: Catalogue, schema: Schema, body: Any) -> None:
        self._catalogue = catalogue
        self._schema = schema
        self.body = body
        self.changes: list[str] = []
        self.gaps: list[str] = []

    def take_nearest(self, error: ValidationError) -> bool:
        """Where one value alone is near to the wrong one, it is meant."""
        path = tuple(error.absolute_path)
        values = self._values(error)
        near = near_values(error.instance, values) if path and values else []
        if len(near) != 1 or not _is_sure(str(error.instance), near[0]):
            return False
        value = next(each for each in values if shown(each) == near[0])
        self._put(path, value)
        self.changes.append(f"{dotted(path)} to {near[0]}")
        return True

    def correct(self, error: ValidationError) -> None:
        path = tuple(error.absolute_path)
        value: Any = error.instance
        if error.validator in _STRANGERS:
            self._rename_strangers(path, value)
        elif error.validator == "required":
            for name in error.validator_value:  # type: ignore[union-attr]
                self._fill(path, str(name))
        elif path:
            name = next((step for step in reversed(path) if isinstance(step, str)), "value")
            self._put(path, gap(self._catalogue, self._at(path), name))
            self.gaps.append(f"{dotted(path)} (was {_short(value)})")

    def _values(self, error: ValidationError) -> list[Any]:
        """The values that may stand where an error says that one of a list must."""
        if error.validator not in ("enum", "const"):
            return []
        found = [value for schema in self._at(tuple(error.absolute_path)) for value in _listed(schema)]
        return list(dict.fromkeys(found)) if all(isinstance(each, str) for each in found) else []

    def _at(self, path: JsonPath) -> list[Schema]:
        """What may stand at a place, whatever stands there now."""
        known = fields(descend(self._catalogue, self._schema, path[:-1])) if isinstance(path[-1], str) else {}
        if path[-1] in known:
            return variants(self._catalogue, known[str(path[-1])].schema)
        return descend(self._catalogue, self._schema, path)

    def _fill(self, path: JsonPath, name: str) -> None:
        place = self._get(path)
        known = fields(descend(self._catalogue, self._schema, path, self.body))
        for stranger in [each for each in place if each not in known]:
            if near_fields(stranger, known, place) == [name]:
                self._rename(path, stranger, name)
        if name in place:
            return
        place[name] = gap(self._catalogue, [known[name].schema] if name in known else [], name)
        self.gaps.append(dotted((*path, name)))

    def _rename_strangers(self, path: JsonPath, value: dict[str, Any]) -> None:
        place = self._get(path)
        known = fields(
            narrowed(self._catalogue, descend(self._catalogue, self._schema, path, self.body), place)
        )
        for stranger in [name for name in value if name not in known and name in place]:
            near = near_fields(stranger, known, place)
            if len(near) == 1:
                self._rename(path, stranger, near[0])
            else:
                del place[stranger]
                self.changes.append(f"{dotted((*path, stranger))} left out")

    def _rename(self, path: JsonPath, name: str, new: str) -> None:
        place = self._get(path)
        renamed = {new if key == name else key: value for key, value in place.items()}
        place.clear()
        place.update(renamed)
        self.changes.append(f"{dotted((*path, name))} to {new}")

    def _get(self, path: JsonPath) -> Any:
        place = self.body
        for step in path:
            place = place[step]
        return place

    def _put(self, path: JsonPath, value: Any) -> None:
        self._get(path[:-1])[path[-1]] = value


def _is_sure(word: str, near: str) -> bool:
    """Whether a value was meant by a word: of two letters, such as a country's, no other code is."""
    return len(near) >= _SHORTEST or word.lower() == near.lower()


def _listed(schema: Schema) -> Sequence[Any]:
    return [schema["const"]] if "const" in schema else [v for v in schema.get("enum", ()) if v is not None]


def _short(value: Any) -> str:
    return shorten(shown(value), 30)
