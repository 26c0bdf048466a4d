"""The names that conditions use: `event_name`, and the fields of the payable, such as `invoice.amount`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from monite_magic.catalogue.fields import fields, variants
from monite_magic.catalogue.nearest import nearest_words
from monite_magic.core.words import either

if TYPE_CHECKING:
    from monite_magic.catalogue import Catalogue

#: The kind of a name's value. A list contains texts or numbers.
Kind = Literal["number", "text", "boolean", "list", "object", "any"]
Names = Mapping[str, Kind]

EVENT_NAME = "event_name"
#: The prefix of names. It is optional: without it, a name is a field of the payable too.
OBJECT = "invoice"
#: Names that read another field than their own: the field and its kind.
ALIASES: dict[str, tuple[str, Kind]] = {
    "amount": ("total_amount", "number"),
    "tags": ("tags.id", "list"),
    "counterpart.id": ("counterpart_id", "text"),
    "project.id": ("project_id", "text"),
}
_MAX_DEPTH = 4


def names_of(catalogue: Catalogue) -> Names:
    """The names of a catalogue's payable."""
    operation = next(
        found
        for found in catalogue.operations
        if (found.method, found.path) == ("GET", "/payables/{payable_id}")
    )
    found: dict[str, Kind] = {}
    _collect(catalogue, operation.answers[200].schema or {}, "", found, in_list=False)
    found.update({name: kind for name, (_, kind) in ALIASES.items()})
    return {EVENT_NAME: "text", **found}


def _collect(
    catalogue: Catalogue, schema: dict[str, Any], prefix: str, found: dict[str, Kind], *, in_list: bool
) -> None:
    if prefix.count(".") >= _MAX_DEPTH:
        return
    for name, field in fields(variants(catalogue, schema)).items():
        path = f"{prefix}{name}"
        for variant in variants(catalogue, field.schema):
            items = variant.get("items")
            kind = _kind(variant)
            if kind is None:
                continue
            found.setdefault(path, "list" if in_list and kind not in ("object", "any") else kind)
            if items:
                _collect(catalogue, items, f"{path}.", found, in_list=True)
            elif kind == "object":
                _collect(catalogue, variant, f"{path}.", found, in_list=in_list)


def _kind(schema: dict[str, Any]) -> Kind | None:
    match schema.get("type"):
        case "integer" | "number":
            return "number"
        case "string":
            return "text"
        case "boolean":
            return "boolean"
        case "array":
            return "list"
        case "null":
            return None
        case "object" if not schema.get("properties"):
            return "any"
        case _:
            return "object"


def field_of(name: str) -> str:
    """Remove the prefix from a name."""
    return name.removeprefix(f"{OBJECT}.")


def kind_of(name: str, names: Names) -> Kind | None:
    """Return the kind of a name's value, or `None` for an unknown name."""
    field = field_of(name)
    if field == EVENT_NAME:
        return "text" if name == EVENT_NAME else None
    if field in names:
        return names[field]
    # The fields of a free-form object, such as the partner's metadata.
    parents = (field.rsplit(".", cut)[0] for cut in range(1, field.count(".") + 1))
    return "any" if any(names.get(parent) == "any" for parent in parents) else None


def like(name: str, names: Names) -> str:
    """Return the known names closest to an unknown one, as the end of a message."""
    near = nearest_words(field_of(name)[:60], names, 2)
    words = [each if each == EVENT_NAME else f"{OBJECT}.{each}" for each in near]
    return f" (did you mean {either(words)}?)" if words else ""


def value_of(name: str, values: Mapping[str, Any]) -> Any:
    """Return the value of a name. For a field of a list's items, return the list of values."""
    field = field_of(name)
    found: Any = values
    for step in ALIASES[field][0].split(".") if field in ALIASES else field.split("."):
        found = _below(found, step)
    return found


def _below(value: Any, step: str) -> Any:
    if isinstance(value, list):
        return [part for part in (_below(each, step) for each in value) if part is not None]
    return value.get(step) if isinstance(value, Mapping) else None
