"""The fields of a form, derived from schemas and the current values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from monite_magic.catalogue.currencies import code_of
from monite_magic.catalogue.fields import allowed_values, fields, is_file, narrowed, variants
from monite_magic.catalogue.skeleton import kind_names
from monite_magic.catalogue.units import KEYWORD, resolved_unit
from monite_magic.catalogue.wording import describe, shown
from monite_magic.catalogue.wording import kind as kind_word
from monite_magic.cell.form.texts import Kind, text_of
from monite_magic.cell.form.tree import EMPTY, Reference
from monite_magic.core.secret_fields import is_secret_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.catalogue import Catalogue, Schema
    from monite_magic.catalogue.fields import Field

Path = tuple[str | int, ...]

_FORMATS: Final[Mapping[str, Kind]] = {
    "date": "date",
    "date-time": "datetime",
    "uuid": "id",
    "binary": "file",
}
_LONG: Final = 255  # characters; longer texts get a larger box
_LONG_NAMES: Final = frozenset(
    {"body", "comment", "description", "memo", "message", "note", "template", "terms"}
)


@dataclass(frozen=True)
class Control:
    """One field of a form, or an object or list with its fields.

    Attributes:
        path: Its path: `("body", "line_items", 0, "price")`.
        name: Its label.
        kind: The kind of its value.
        text: The text in its box; empty for an object or a list.
        required: Whether it is required.
        about: Its schema in words.
        options: The texts of a choice.
        currency: The currency of money.
        is_long: Whether a text can have several lines.
        kinds: The labels of its possible kinds; at most one if you can't choose.
        chosen: The label of its current kind.
        children: The fields in it.
        addable: The names of fields that can be added.
        removable: Whether it can be removed.
    """

    path: Path
    name: str
    kind: Kind
    text: str = ""
    required: bool = False
    about: str = ""
    options: tuple[str, ...] = ()
    currency: str = ""
    is_long: bool = False
    kinds: tuple[str, ...] = ()
    chosen: str = ""
    children: tuple[Control, ...] = ()
    addable: tuple[str, ...] = ()
    removable: bool = False

    def leaves(self) -> list[Control]:
        """Return all fields with a box, including this one."""
        if self.kind in ("object", "list"):
            return [leaf for child in self.children for leaf in child.leaves()]
        return [self]


@dataclass(frozen=True)
class Builder:
    """Makes controls.

    Args:
        catalogue: Resolves references.
    """

    catalogue: Catalogue
    _about: dict[int, str] = field(default_factory=dict, repr=False)

    def control(
        self, path: Path, name: str, schema: Schema, value: Any, *, around: Mapping[str, Any] | None = None,
        currency: str = "", required: bool = False, removable: bool = False,
    ) -> Control:  # fmt: skip
        """Return the control of a value.

        Args:
            path: Where it stands.
            name: Its label.
            schema: Its schema.
            value: What is filled in.
            around: The object that it is a field of.
            currency: That of amounts here.
            required: Whether it must be there.
            removable: Whether it may be taken away.
        """
        kinds = self.kinds(schema)
        chosen = self.chosen(schema, value)
        about = describe(self.catalogue, schema)
        if isinstance(value, dict):
            return self._object(path, schema, value, currency, Control(
                path, name, "object", required=required, about=about, kinds=kinds, chosen=chosen,
                removable=removable))  # fmt: skip
        if isinstance(value, list):
            items = self.items(schema)
            children = tuple(
                self.control((*path, index), f"{name} {index + 1}", items, item, currency=currency,
                             removable=True)
                for index, item in enumerate(value)
            )  # fmt: skip
            return Control(path, name, "list", required=required, about=about, kinds=kinds, chosen=chosen,
                           children=children, removable=removable)  # fmt: skip
        kind, options = self.scalar(name, schema, value, around or {}, currency)
        return Control(
            path, name, kind,
            text=text_of(kind, value, currency=currency, options=options),
            required=required, about=about,
            options=tuple(map(shown, options)),
            currency=currency if kind == "money" else "",
            is_long=kind == "text" and self._is_long(name, schema, value),
            kinds=kinds, chosen=chosen, removable=removable,
        )  # fmt: skip

    def _object(
        self, path: Path, schema: Schema, value: dict[str, Any], currency: str, bare: Control
    ) -> Control:
        known = self.fields(schema, value)
        currency = _currency_in(value) or currency
        children = [
            self.control(
                (*path, key), key, known[key].schema if key in known else {}, value[key],
                around=value, currency=currency,
                required=key in known and known[key].required,
                removable=key not in known or not known[key].required,
            )
            for key in [*(key for key in known if key in value), *(key for key in value if key not in known)]
        ]  # fmt: skip
        addable = tuple(key for key in known if key not in value)
        return Control(**{**bare.__dict__, "children": tuple(children), "addable": addable})

    # -- schemas ------------------------------------------------------------------------------------------

    def fields(self, schema: Schema, value: Any) -> dict[str, Field]:
        """Return the possible fields of an object."""
        plain = [each for each in variants(self.catalogue, schema) if each.get("type") != "null"]
        return fields(narrowed(self.catalogue, plain, _written(value)))

    def items(self, schema: Schema) -> Schema:
        """Return the schema of a list's items."""
        found = [
            each["items"] for each in variants(self.catalogue, schema) if isinstance(each.get("items"), dict)
        ]
        return found[0] if len(found) == 1 else {"anyOf": found} if found else {}

    def alternatives(self, schema: Schema) -> dict[str, Schema]:
        """Return the kinds that a schema allows, by label; plain values count as one kind."""
        found: dict[str, Schema] = {}
        plain_schemas = [each for each in variants(self.catalogue, schema) if each.get("type") != "null"]
        objects = [each for each in plain_schemas if "properties" in each]
        names = iter(kind_names(self.catalogue, objects))
        for plain in plain_schemas:
            if "properties" in plain:
                label = ", ".join(next(names)) or "object"
            elif plain.get("type") == "array":
                label = kind_word(self.catalogue, plain)
            else:
                label = "object" if plain.get("type") == "object" else "value"
            found.setdefault(label, plain)
        return found

    def kinds(self, schema: Schema) -> tuple[str, ...]:
        """Return the labels of the kinds that a schema allows; empty if there is only one."""
        found = tuple(self.alternatives(schema))
        return found if len(found) > 1 else ()

    def chosen(self, schema: Schema, value: Any) -> str:
        """Return the label of a value's kind; empty if you can't choose."""
        alternatives = self.alternatives(schema)
        if len(alternatives) < 2:
            return ""
        if not isinstance(value, (dict, list)):
            return "value" if "value" in alternatives else ""
        fitting = narrowed(self.catalogue, list(alternatives.values()), _written(value))
        return next((label for label, plain in alternatives.items() if plain in fitting), "")

    def scalar(
        self, name: str, schema: Schema, value: Any, around: Mapping[str, Any], currency: str
    ) -> tuple[Kind, list[Any]]:
        """Return the kind of a plain value, and the values of a choice."""
        plain = [each for each in variants(self.catalogue, schema) if each.get("type") != "null"]
        if value is not EMPTY and not isinstance(value, Reference) and value is not None:
            plain = narrowed(self.catalogue, plain, value) if plain else plain
        plain = [each for each in plain if each.get("type") not in ("object", "array")] or plain
        if not plain:
            return "any", []
        first = plain[0]
        if is_secret_field(name) and first.get("type") == "string":
            return "secret", []
        if all("enum" in each or "const" in each for each in plain):
            return "choice", allowed_values(self.catalogue, {"anyOf": plain})
        kind = first.get("type")
        if kind in ("integer", "number"):
            unit = resolved_unit(first.get(KEYWORD), around)
            if unit == "money" and not currency:
                return "integer", []
            return unit or kind, []
        if kind == "boolean":
            return "boolean", []
        if kind == "string":
            if is_file(self.catalogue, first):
                return "file", []
            by_name: Kind = "id" if name.endswith(("_id", "_ids")) else "text"
            return _FORMATS.get(first.get("format", ""), by_name), []
        return "any", []

    def _is_long(self, name: str, schema: Schema, value: Any) -> bool:
        most = [each.get("maxLength", 0) for each in variants(self.catalogue, schema)]
        return (
            name in _LONG_NAMES or max(most, default=0) > _LONG or (isinstance(value, str) and "\n" in value)
        )


def _written(value: Any) -> Any:
    """Return the values of an object that help to choose its kind."""
    if not isinstance(value, dict):
        return value
    return {key: item for key, item in value.items() if item is not EMPTY}


def _currency_in(value: Mapping[str, Any]) -> str:
    return code_of(value.get("currency")) or ""
