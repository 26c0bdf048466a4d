"""The fields that a call can have, by part of the request, with their schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, cast

from monite_magic.catalogue.fields import Field, fields, is_file, variants
from monite_magic.cell.form.tree import EMPTY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.catalogue import Catalogue, Operation, Parameter, Schema
    from monite_magic.cell.form.controls import Builder, Path

#: The parts of a request, by the first step of a path.
Section = Literal["path", "query", "header", "body", "form"]
SECTIONS: Final[tuple[Section, ...]] = ("path", "query", "header", "body", "form")

_JSON: Final = "application/json"


class CallFields:
    """The fields of an operation.

    Args:
        catalogue: The catalogue of the operation.
        operation: The operation to call.
        builder: Reads schemas.
    """

    def __init__(self, catalogue: Catalogue, operation: Operation, builder: Builder) -> None:
        self._catalogue = catalogue
        self._operation = operation
        self._builder = builder

    @property
    def takes_json(self) -> bool:
        """Whether the call has a JSON body."""
        body = self._operation.body
        return body is not None and body.content_type == _JSON

    @property
    def files(self) -> list[str]:
        """The fields of the form that are files."""
        return [name for name, field in self.of("form").items() if is_file(self._catalogue, field.schema)]

    def of(self, section: Section) -> dict[str, Field]:
        """Return the fields that a section can have, first the required ones. A JSON body is read by path."""
        operation = self._operation
        if section == "form":
            if operation.body is None or self.takes_json:
                return {}
            return fields(variants(self._catalogue, operation.body.schema)[:1])
        parameters: tuple[Parameter, ...] = {
            "path": operation.path_parameters,
            "query": operation.query_parameters,
            "header": operation.header_parameters,
        }.get(section, ())
        found = [Field(each.name, each.schema, each.required) for each in parameters]
        return {field.name: field for field in sorted(found, key=lambda field: not field.required)}

    def schema(self, path: Path, tree: Mapping[str, Any]) -> Schema:
        """Return the schema of the value at a path, as far as the other values decide it."""
        if path[0] == "body":
            return self._body_schema(path[1:], tree["body"])
        known = self.of(cast("Section", path[0])).get(str(path[1]))
        schema = known.schema if known else {}
        return self._builder.items(schema) if len(path) > 2 else schema

    def _body_schema(self, path: Path, value: Any) -> Schema:
        assert self._operation.body is not None  # noqa: S101 - called only for bodies
        schema: Schema = self._operation.body.schema
        for step in path:
            if isinstance(step, int):
                schema = self._builder.items(schema)
                inside = isinstance(value, list) and step < len(value)
            else:
                known = self._builder.fields(schema, value)
                schema = known[step].schema if step in known else {}
                inside = isinstance(value, dict) and step in value
            value = value[step] if inside else EMPTY
        return schema
