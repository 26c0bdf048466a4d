"""Correct a body that fails the check. Values that can't be inferred become gaps to fill in.

Nothing is made up: each unknown value is a `Gap`, and every change is listed.
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

_MIN_LENGTH: Final = 3
_UNKNOWN_FIELD: Final = frozenset({"additionalProperties", "unevaluatedProperties"})


def correct(catalogue: Catalogue, schema: Schema, body: Any) -> Draft | None:
    """Return a corrected draft of the body, or None if the check finds no problem.

    Args:
        catalogue: Resolves references.
        schema: The operation's body schema.
        body: The parsed body; it is not changed.
    """
    writer = _Corrector(catalogue, schema, copy.deepcopy(body))
    try:
        errors = errors_of(catalogue, schema, writer.body)
        # A misspelled enum value often decides the kind of body, so fix those first.
        if [error for error in errors if writer.fix_misspelled(error)]:
            errors = errors_of(catalogue, schema, writer.body)
    except UncheckableError:
        return None
    if not errors and not writer.changes:
        return None
    for error in errors:
        writer.correct(error)
    return Draft(writer.body, tuple(writer.changes), tuple(writer.gaps))


class _Corrector:
    """Corrects a body and records the changes."""

    def __init__(self, catalogue: Catalogue, schema: Schema, body: Any) -> None:
        self._catalogue = catalogue
        self._schema = schema
        self.body = body
        self.changes: list[str] = []
        self.gaps: list[str] = []

    def fix_misspelled(self, error: ValidationError) -> bool:
        """Replace a wrong value if exactly one allowed value is similar."""
        path = tuple(error.absolute_path)
        values = self._values(error)
        near = near_values(error.instance, values) if path and values else []
        if len(near) != 1 or not _is_certain(str(error.instance), near[0]):
            return False
        value = next(each for each in values if shown(each) == near[0])
        self._put(path, value)
        self.changes.append(f"{dotted(path)} to {near[0]}")
        return True

    def correct(self, error: ValidationError) -> None:
        path = tuple(error.absolute_path)
        value: Any = error.instance
        if error.validator in _UNKNOWN_FIELD:
            self._rename_unknown(path, value)
        elif error.validator == "required":
            for name in error.validator_value:  # type: ignore[union-attr]
                self._fill(path, str(name))
        elif path:
            name = next((step for step in reversed(path) if isinstance(step, str)), "value")
            self._put(path, gap(self._catalogue, self._at(path), name))
            self.gaps.append(f"{dotted(path)} (was {_short(value)})")

    def _values(self, error: ValidationError) -> list[Any]:
        """Return the allowed text values for an `enum` or `const` error."""
        if error.validator not in ("enum", "const"):
            return []
        found = [value for schema in self._at(tuple(error.absolute_path)) for value in _listed(schema)]
        return list(dict.fromkeys(found)) if all(isinstance(each, str) for each in found) else []

    def _at(self, path: JsonPath) -> list[Schema]:
        """Return the schemas allowed at a path, regardless of the current value."""
        known = fields(descend(self._catalogue, self._schema, path[:-1])) if isinstance(path[-1], str) else {}
        if path[-1] in known:
            return variants(self._catalogue, known[str(path[-1])].schema)
        return descend(self._catalogue, self._schema, path)

    def _fill(self, path: JsonPath, name: str) -> None:
        place = self._get(path)
        known = fields(descend(self._catalogue, self._schema, path, self.body))
        for unknown in [each for each in place if each not in known]:
            if near_fields(unknown, known, place) == [name]:
                self._rename(path, unknown, name)
        if name in place:
            return
        place[name] = gap(self._catalogue, [known[name].schema] if name in known else [], name)
        self.gaps.append(dotted((*path, name)))

    def _rename_unknown(self, path: JsonPath, value: dict[str, Any]) -> None:
        place = self._get(path)
        known = fields(
            narrowed(self._catalogue, descend(self._catalogue, self._schema, path, self.body), place)
        )
        for unknown in [name for name in value if name not in known and name in place]:
            near = near_fields(unknown, known, place)
            if len(near) == 1:
                self._rename(path, unknown, near[0])
            else:
                del place[unknown]
                self.changes.append(f"{dotted((*path, unknown))} removed")

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


def _is_certain(word: str, near: str) -> bool:
    """Whether a correction is certain enough: a two-letter code must match except for case."""
    return len(near) >= _MIN_LENGTH or word.lower() == near.lower()


def _listed(schema: Schema) -> Sequence[Any]:
    return [schema["const"]] if "const" in schema else [v for v in schema.get("enum", ()) if v is not None]


def _short(value: Any) -> str:
    return shorten(shown(value), 30)
