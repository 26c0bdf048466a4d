"""The shape of an answer: its fields and their types, as far as the catalogue knows them.

A `Shape` describes one value by one or more schemas without references. Shapes cache their fields, so the
second answer of an operation only costs a few dictionary look-ups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from monite_magic.catalogue.asked import units_asked
from monite_magic.catalogue.fields import likeness, listed_texts
from monite_magic.catalogue.fields import variants as unfolded
from monite_magic.catalogue.model import Catalogue
from monite_magic.catalogue.units import KEYWORD, guessed_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monite_magic.catalogue.units import DocumentedUnit
    from monite_magic.core.sent import SentRequest

Schema = dict[str, Any]

_NO_COMPONENTS = Catalogue("", (), {})
_NOTHING_ASKED: Mapping[str, DocumentedUnit] = {}


class Shape:
    """The possible forms of a value.

    Args:
        catalogue: The catalogue of the schemas.
        variants: Schemas without `$ref`, `anyOf`, `oneOf` and `allOf`. Empty if unknown.
        asked: Units that the call's query determines, by field name.
    """

    def __init__(
        self,
        catalogue: Catalogue | None,
        variants: tuple[Schema, ...] = (),
        asked: Mapping[str, DocumentedUnit] = _NOTHING_ASKED,
    ) -> None:
        self._catalogue = catalogue
        self._variants = variants
        self._asked = asked
        self._fields: dict[str, Shape] = {}
        self._items: Shape | None = None
        self._narrowed: dict[tuple[int, ...], Shape] = {}
        self._listed: list[dict[str, frozenset[str]]] | None = None
        self.types = frozenset(_types(variants))
        self.formats = frozenset(v["format"] for v in variants if "format" in v)
        units = {v[KEYWORD] for v in variants if KEYWORD in v}
        self.unit: DocumentedUnit | None = units.pop() if len(units) == 1 else None
        self.enum = tuple(dict.fromkeys(value for v in variants for value in v.get("enum", ())))

    @property
    def properties(self) -> tuple[str, ...]:
        """The field names of an object, in the document's order."""
        return tuple(dict.fromkeys(name for v in self._variants for name in v.get("properties", ())))

    def field(self, name: str) -> Shape:
        """Return the shape of an object's field."""
        known = self._fields.get(name)
        if known is None:
            found = [v["properties"][name] for v in self._variants if name in v.get("properties", ())]
            known = self._fields[name] = self._part(found)
            if found and name in self._asked:
                known.unit = self._asked[name]
        return known

    @property
    def items(self) -> Shape:
        """The shape of the items of a list."""
        if self._items is None:
            found = [v["items"] for v in self._variants if isinstance(v.get("items"), dict)]
            self._items = self._part(found)
        return self._items

    def _part(self, schemas: list[Schema]) -> Shape:
        return _shape(self._catalogue, *schemas, asked=self._asked) if schemas else UNKNOWN

    def unit_of(self, name: str, around: Mapping[str, Any]) -> DocumentedUnit | None:
        """Return the unit of a field with this shape, or a guess if the catalogue doesn't know the field.

        Args:
            name: The field's name.
            around: The object around the field.
        """
        return self.unit if self.types else guessed_unit(name, around)

    def of(self, data: Any) -> Shape:
        """Return the shape with only the variants that match `data`, by their listed texts."""
        if len(self._variants) < 2 or not isinstance(data, dict):
            return self
        if self._listed is None:
            known = self._catalogue or _NO_COMPONENTS
            self._listed = [listed_texts(known, variant) for variant in self._variants]
        pairs = enumerate(zip(self._variants, self._listed, strict=True))
        fitting = tuple(i for i, (variant, listed) in pairs if likeness(variant, listed, data).agrees)
        if not fitting or len(fitting) == len(self._variants):
            return self
        if fitting not in self._narrowed:
            variants = tuple(self._variants[i] for i in fitting)
            self._narrowed[fitting] = Shape(self._catalogue, variants, self._asked)
        return self._narrowed[fitting]


_known: dict[tuple[Any, ...], tuple[Catalogue, Shape]] = {}


class Answered(Protocol):
    """An answer, as far as it is needed here."""

    @property
    def request(self) -> SentRequest:
        """The request."""

    @property
    def template(self) -> str | None:
        """The operation's path template."""

    @property
    def status(self) -> int:
        """HTTP status code."""

    @property
    def api_version(self) -> str:
        """The API version of the call."""


def shape_of(response: Answered) -> Shape:
    """Return the shape of an answer, or `UNKNOWN` if the catalogue doesn't have the operation."""
    if response.template is None:
        return UNKNOWN
    from monite_magic.catalogue import find

    found = find(response.api_version, response.request.method, response.template)
    if found is None:
        return UNKNOWN
    known, match = found
    asked = units_asked(response.request.url, response.template)
    key = (id(known), response.request.method, response.template, response.status, *asked.items())
    if key not in _known:  # keep the catalogue with its shapes, so that its id() is not reused
        answer = match.operation.answers.get(response.status)
        shape = _shape(known, answer.schema, asked=asked) if answer and answer.schema else UNKNOWN
        _known[key] = known, shape
    return _known[key][1]


def shape_from(catalogue: Catalogue, schema: Schema) -> Shape:
    """Return the shape for a schema of the catalogue."""
    return _shape(catalogue, schema)


def rows_shape(shape: Shape) -> Shape:
    """Return the shape of one row of a list answer."""
    return shape.field("data").items if "data" in shape.properties else shape.items


def _shape(
    catalogue: Catalogue | None, *schemas: Schema, asked: Mapping[str, DocumentedUnit] = _NOTHING_ASKED
) -> Shape:
    plain = (v for schema in schemas for v in unfolded(catalogue or _NO_COMPONENTS, schema))
    return Shape(catalogue, tuple(v for v in plain if v.get("type") != "null"), asked)


def _types(variants: tuple[Schema, ...]) -> Iterator[str]:
    for variant in variants:
        kind = variant.get("type", ())
        yield from [kind] if isinstance(kind, str) else kind


#: The shape of an unknown value.
UNKNOWN = Shape(None)
