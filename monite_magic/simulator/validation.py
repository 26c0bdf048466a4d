"""Validates requests against the catalogue: path, query, headers and body. Errors are answered with 422.

The answer is `{"detail": [{"loc", "msg", "type"}]}`, with the messages and types of pydantic, which the
API uses (OpenAPI 2024-05-25, HTTPValidationError). Unknown query parameters are ignored. Unknown members
of a body are refused if the document says so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from monite_magic.catalogue.fields import choices, flat
from monite_magic.catalogue.quick_jsonschema import FORMAT_CHECKER, Draft202012Validator
from monite_magic.catalogue.schema_errors import matching_errors
from monite_magic.simulator.answers import invalid, problem
from monite_magic.simulator.money import LARGEST
from monite_magic.simulator.shape import Schema, with_defaults

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage
    from werkzeug.wrappers import Request

    from monite_magic.catalogue import Catalogue, Operation, Parameter
    from monite_magic.catalogue.quick_jsonschema import ValidationError

Problem = dict[str, Any]

# jsonschema reports all unknown members in one message. Only the first ones are listed.
_MAX_EXTRAS = 100


@dataclass(frozen=True)
class UploadedFile:
    """A file of a multipart body."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Checked:
    """The content of a valid request."""

    path: dict[str, str]
    query: dict[str, Any]
    body: Any
    files: dict[str, UploadedFile]


class Validation:
    """Checks requests against one catalogue. Each validator is compiled once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._validators: dict[int, tuple[Schema, Draft202012Validator]] = {}

    def check(self, operation: Operation, request: Request, path: Mapping[str, str]) -> Checked:
        """Check a whole request.

        Returns:
            The parameters with their documented types, and the body with its documented defaults. A PATCH
            gets no defaults, because missing members stay unchanged.

        Raises:
            Refusal: 422 with all errors.
        """
        problems: list[Problem] = []
        found_path = self._parameters(operation.path_parameters, {k: [v] for k, v in path.items()}, problems)
        sent = {name: request.args.getlist(name) for name in request.args}
        query = self._parameters(operation.query_parameters, sent, problems)
        headers = {name.lower(): [value] for name, value in request.headers.items()}
        self._parameters(operation.header_parameters, headers, problems)
        body, files = self._body(operation, request, problems)
        if problems:
            invalid(*problems)
        return Checked(found_path, query, body, files)

    def problems_of(self, schema: Schema, value: Any, place: str | int) -> list[Problem]:
        """Return the errors of one value."""
        errors = matching_errors(self._catalogue, self._validator(schema).iter_errors(value))
        return _unique(entry for error in errors for entry in _explain(error, [place]))

    def _validator(self, schema: Schema) -> Draft202012Validator:
        kept = self._validators.get(id(schema))
        if kept is None:
            compiled = Draft202012Validator(self._catalogue.standalone(schema), format_checker=FORMAT_CHECKER)
            kept = self._validators[id(schema)] = (schema, compiled)
        return kept[1]

    def _parameters(
        self, parameters: Iterable[Parameter], sent: Mapping[str, list[str]], problems: list[Problem]
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for parameter in parameters:
            texts = sent.get(parameter.name)
            if not texts:
                if parameter.required:
                    problems.append(problem([parameter.place, parameter.name], "Field required", "missing"))
                elif "default" in parameter.schema:
                    values[parameter.name] = parameter.schema["default"]
                continue
            value = self._coerce(parameter.schema, texts)
            found = self.problems_of(parameter.schema, value, parameter.place)
            for entry in found:
                entry["loc"][1:1] = [parameter.name]
            problems.extend(found)
            values[parameter.name] = value
        return values

    def _coerce(self, schema: Schema, texts: list[str]) -> Any:
        """Convert text from a URL to the type in the schema. Invalid text is refused later."""
        branches = choices(self._catalogue, schema)
        if branches:
            return self._coerce(branches[0], texts)
        plain = flat(self._catalogue, schema)
        if plain.get("type") == "array":
            return [self._coerce(plain.get("items", {}), [text]) for text in texts]
        text = texts[-1]
        if plain.get("format") == "uuid":
            return text.lower()
        try:
            match plain.get("type"):
                case "integer":
                    return int(text)
                case "number":
                    return float(text)
                case "boolean":
                    return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        except (ValueError, KeyError):
            return text
        return text

    def _body(
        self, operation: Operation, request: Request, problems: list[Problem]
    ) -> tuple[Any, dict[str, UploadedFile]]:
        wanted = operation.body
        if wanted is None:
            return None, {}
        files: dict[str, UploadedFile] = {}
        if wanted.content_type.startswith("multipart/"):
            value, files = self._form(wanted.schema, request)
        else:
            if not _may_be_json(request.mimetype):
                problems.append(problem(["body"], "Input should be a valid dictionary", "dict_type"))
                return None, {}
            raw = request.get_data()
            if not raw.strip():
                if wanted.required:
                    problems.append(problem(["body"], "Field required", "missing"))
                return None, {}
            try:
                value = _parse(raw)
            except (ValueError, RecursionError) as error:
                place = getattr(error, "pos", 0)
                problems.append(problem(["body", place], "JSON decode error", "json_invalid"))
                return None, {}
        found = self.problems_of(wanted.schema, value, "body")
        problems.extend(found)
        if found or request.method == "PATCH":
            return value, files
        return with_defaults(self._catalogue, wanted.schema, value), files

    def _form(self, schema: Schema, request: Request) -> tuple[dict[str, Any], dict[str, UploadedFile]]:
        properties = flat(self._catalogue, schema).get("properties", {})
        value: dict[str, Any] = {
            name: self._coerce(properties.get(name, {}), request.form.getlist(name)) for name in request.form
        }
        files = {name: _read(storage) for name, storage in request.files.items()}
        # In the document, a file is a string of format "binary".
        value.update(dict.fromkeys(files, ""))
        return value, files


def _may_be_json(media_type: str) -> bool:
    return not media_type or media_type == "application/json" or media_type.endswith("+json")


def _read(storage: FileStorage) -> UploadedFile:
    return UploadedFile(storage.filename or "file", storage.mimetype, storage.read())


def _parse(raw: bytes) -> Any:
    value = json.loads(raw, parse_constant=_no_such_number, parse_float=_number)
    if b"\\ud" in raw.lower():
        # JSON allows half a surrogate pair, but it can't be encoded again.
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _number(text: str) -> float:
    """Parse a decimal number. As in JSON Schema, 634.0 is the integer 634."""
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is out of range")
    return int(number) if number.is_integer() and abs(number) < LARGEST else number


def _no_such_number(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _unique(problems: Iterable[Problem]) -> list[Problem]:
    seen: dict[str, Problem] = {}
    for entry in problems:
        seen.setdefault(json.dumps([entry["loc"], entry["type"]]), entry)
    return list(seen.values())


def _explain(error: ValidationError, prefix: list[str | int]) -> list[Problem]:
    location = [*prefix, *error.absolute_path]
    limit: Any = error.validator_value
    instance: Any = error.instance
    if error.validator == "required":
        missing = [name for name in limit if name not in instance]
        return [problem([*location, name], "Field required", "missing") for name in missing]
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        return _extras(error, location)
    kind, message = _wording(error)
    return [problem(location, message, kind)]


def _extras(error: ValidationError, location: list[str | int]) -> list[Problem]:
    known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
    instance: Any = error.instance
    extras = (name for name in instance if name not in known and repr(name) in error.message)
    return [
        problem([*location, name], "Extra inputs are not permitted", "extra_forbidden")
        for name in islice(extras, _MAX_EXTRAS)
    ]


_TYPES = {
    "string": ("string_type", "Input should be a valid string"),
    "integer": ("int_type", "Input should be a valid integer"),
    "number": ("float_type", "Input should be a valid number"),
    "boolean": ("bool_type", "Input should be a valid boolean"),
    "array": ("list_type", "Input should be a valid list"),
    "object": ("dict_type", "Input should be a valid dictionary"),
    "null": ("none_required", "Input should be None"),
}
_PARSINGS = {"integer": "int_parsing", "number": "float_parsing", "boolean": "bool_parsing"}
_FORMATS = {
    "uuid": ("uuid_parsing", "Input should be a valid UUID"),
    "date": ("date_from_datetime_parsing", "Input should be a valid date"),
    "date-time": ("datetime_from_date_parsing", "Input should be a valid datetime"),
    "email": ("value_error", "value is not a valid email address"),
    "uri": ("url_parsing", "Input should be a valid URL"),
}
_LIMITS = {
    "minimum": ("greater_than_equal", "Input should be greater than or equal to {}"),
    "maximum": ("less_than_equal", "Input should be less than or equal to {}"),
    "exclusiveMinimum": ("greater_than", "Input should be greater than {}"),
    "exclusiveMaximum": ("less_than", "Input should be less than {}"),
    "minLength": ("string_too_short", "String should have at least {} characters"),
    "maxLength": ("string_too_long", "String should have at most {} characters"),
    "minItems": ("too_short", "List should have at least {} items"),
    "maxItems": ("too_long", "List should have at most {} items"),
    "pattern": ("string_pattern_mismatch", "String should match pattern '{}'"),
    "multipleOf": ("multiple_of", "Input should be a multiple of {}"),
    "uniqueItems": ("value_error", "the list has duplicated items"),
}


def _wording(error: ValidationError) -> tuple[str, str]:
    """Return pydantic's type and message for this kind of error."""
    limit: Any = error.validator_value
    match error.validator:
        case "type":
            kind, message = _TYPES.get(str(limit), ("value_error", "Input is not valid"))
            if isinstance(error.instance, str) and limit in _PARSINGS:
                return _PARSINGS[limit], message
            return kind, message
        case "format":
            return _FORMATS.get(str(limit), ("value_error", "Input is not valid"))
        case "enum":
            return "enum", "Input should be " + ", ".join(repr(choice) for choice in limit)
        case "const":
            return "literal_error", f"Input should be {limit!r}"
        case _ if error.validator in _LIMITS:
            kind, message = _LIMITS[str(error.validator)]
            return kind, message.format(limit)
        case _:
            return "value_error", "Input is not valid"
