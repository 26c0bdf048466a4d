"""Check a JSON body against its schema: jsonschema finds the errors, and this module explains them."""

from __future__ import annotations

import json
import re
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from monite_magic.catalogue.advice import advise, did_you_mean
from monite_magic.catalogue.currencies import currency_at
from monite_magic.catalogue.fields import allowed_values, descend, dotted, fields
from monite_magic.catalogue.findings import Finding, Locate
from monite_magic.catalogue.quick_jsonschema import FORMAT_CHECKER, Draft202012Validator, extend
from monite_magic.catalogue.schema_errors import matching_errors
from monite_magic.catalogue.text_values import nearest_of, range_problem, string_problem
from monite_magic.catalogue.units import hint_for, unit_of
from monite_magic.catalogue.wording import describe, listed
from monite_magic.core.words import either, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monite_magic.catalogue.fields import Field, JsonPath
    from monite_magic.catalogue.model import Catalogue, Schema
    from monite_magic.catalogue.quick_jsonschema import ValidationError

_MAX_FINDINGS = 25
_MAX_INSTEAD = 3
_MAX_STEPS = 100_000  # references followed; an invoice of 1,000 lines takes 32,000
_KINDS = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "null",
}


def check_body(catalogue: Catalogue, schema: Schema, body: Any, locate: Locate | None) -> list[Finding]:
    """Return the problems of a body and advice on it, in field order."""
    explainer = _Explainer(catalogue, schema, body, locate)
    try:
        errors = errors_of(catalogue, schema, body)
    except UncheckableError as problem:
        return [Finding("body", "", str(problem), "unchecked", refused=False)]
    findings = [finding for error in errors for finding in explainer.findings(error)]
    findings += [
        explainer.finding(advice.path, advice.message, advice.rule, refused=False, of_key=advice.of_key)
        for advice in advise(catalogue, schema, body)
    ]
    findings = list(dict.fromkeys(findings))
    findings.sort(key=lambda finding: (finding.line or 0, finding.column or 0))
    return findings[:_MAX_FINDINGS]


def errors_of(catalogue: Catalogue, schema: Schema, body: Any) -> list[ValidationError]:
    """Return jsonschema's errors for a body. For a choice, return those of the branch that was meant.

    Raises:
        UncheckableError: The schema has too many nested choices.
    """
    before = _steps.set(_Steps())
    try:
        return list(matching_errors(catalogue, _validator(catalogue, json.dumps(schema)).iter_errors(body)))
    finally:
        _steps.reset(before)


# -- jsonschema -----------------------------------------------------------------------------------------


class UncheckableError(Exception):
    """Checking a body would take too long."""


class _Steps:
    """Limits the number of references that one check follows."""

    def __init__(self) -> None:
        self._left = _MAX_STEPS

    def count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise UncheckableError("The body was not checked: its schema has too many nested choices.")


_steps: ContextVar[_Steps] = ContextVar("steps")
_follow = Draft202012Validator.VALIDATORS["$ref"]


def _counted_reference(validator: Any, reference: str, instance: Any, schema: Any) -> Any:
    _steps.get().count()
    return _follow(validator, reference, instance, schema)


_BoundedValidator = extend(Draft202012Validator, {"$ref": _counted_reference})  # type: ignore[no-untyped-call]


@lru_cache(maxsize=512)
def _validator(catalogue: Catalogue, schema: str) -> Any:
    """Return the compiled validator of a schema. The schema is JSON text, so that it can be a cache key."""
    return _BoundedValidator(catalogue.standalone(json.loads(schema)), format_checker=FORMAT_CHECKER)


# -- explanations ---------------------------------------------------------------------------------------


class _Explainer:
    """Turns errors into findings with their place in the cell."""

    def __init__(self, catalogue: Catalogue, schema: Schema, body: Any, locate: Locate | None) -> None:
        self._catalogue = catalogue
        self._schema = schema
        self._body = body
        self._locate = locate

    def finding(
        self, path: JsonPath, message: str, rule: str, *, refused: bool = True, of_key: bool = False
    ) -> Finding:
        line, column = self._locate(path, of_key=of_key) if self._locate else (None, None)
        return Finding("body", dotted(path), message, rule, refused, line, column)

    def findings(self, error: ValidationError) -> Iterator[Finding]:
        path: JsonPath = tuple(error.absolute_path)
        word = str(error.validator)
        value: Any = error.instance
        limit: Any = error.validator_value
        if word == "required":
            yield from self._missing(path, [name for name in limit if name not in value])
        elif word in ("additionalProperties", "unevaluatedProperties"):
            yield from self._unknown_fields(path, value)
        elif word == "type":
            yield self._wrong_type(path, value, limit, error.schema)
        elif word in ("enum", "const"):
            values = self._choices(path) or (limit if word == "enum" else [limit])
            message = f"{_quoted(value)} is not one of {listed(values)}{nearest_of(value, values)}."
            yield self.finding(path, message, "choice")
        else:
            rule, text = _limit_problem(error)
            yield self.finding(path, f"{text}.", rule)

    def _missing(self, path: JsonPath, names: list[str]) -> Iterator[Finding]:
        known = self._fields(path)
        for name in names:
            what = f" ({describe(self._catalogue, known[name].schema)})" if name in known else ""
            line, column = self._locate(path) if self._locate else (None, None)
            message = f"This field is required{what}.{self._instead(path, name)}"
            yield Finding("body", dotted((*path, name)), message, "required", True, line, column)

    def _instead(self, path: JsonPath, name: str) -> str:
        """Return the fields that other variants require instead of a missing one."""
        needed = [
            set(variant.get("required", ()))
            for variant in descend(self._catalogue, self._schema, path, self._body)
        ]
        others = (
            set()
            .union(*(names for names in needed if name not in names))
            .difference(*(names for names in needed if name in names))
        )
        return f" Or use {either(sorted(others))} instead." if 0 < len(others) <= _MAX_INSTEAD else ""

    def _unknown_fields(self, path: JsonPath, value: dict[str, Any]) -> Iterator[Finding]:
        known = self._fields(path)
        for name in value:
            if name not in known:
                message = f"Unknown field.{did_you_mean(name, known, value)}"
                yield self.finding((*path, name), message, "unknown", of_key=True)

    def _wrong_type(self, path: JsonPath, value: Any, expected: str | list[str], schema: Any) -> Finding:
        kinds = [expected] if isinstance(expected, str) else expected
        wanted = either(_KINDS[kind] for kind in kinds)
        unit = unit_of(schema, self._object_around(path))
        hint = f" {hint_for(unit, value, currency_at(self._body, path))}" if unit else ""
        return self.finding(
            path, f"{_quoted(value)} is not {wanted}.{hint}", "type", refused=not _is_coerced(value, kinds)
        )

    def _object_around(self, path: JsonPath) -> dict[str, Any]:
        """Return the object that contains the field at a path, or an empty one for a list item."""
        around = self._body
        for step in path[:-1]:
            around = around[step]
        return around if isinstance(around, dict) else {}

    def _choices(self, path: JsonPath) -> list[Any]:
        """Return all values that a path allows in any variant."""
        if not path or not isinstance(path[-1], str):
            return []
        known = fields(descend(self._catalogue, self._schema, path[:-1]))
        return allowed_values(self._catalogue, known[path[-1]].schema) if path[-1] in known else []

    def _fields(self, path: JsonPath) -> dict[str, Field]:
        return fields(descend(self._catalogue, self._schema, path, self._body))


def _limit_problem(error: ValidationError) -> tuple[str, str]:
    """Return the rule and the message for a value outside its limits."""
    value: Any = error.instance
    schema: Any = error.schema
    problem = None
    if isinstance(value, str):
        problem = string_problem(schema, value)
    elif isinstance(value, (int, float)):
        problem = range_problem(schema, value)
    if problem:
        return problem.rule, f"{_quoted(value)} {problem.text}"
    if error.validator == "minItems":
        return "items", f"The list has {len(value)} items, but needs at least {schema['minItems']}"
    if error.validator == "maxItems":
        return "items", f"The list has {len(value)} items, but at most {schema['maxItems']} are allowed"
    if error.validator == "uniqueItems":
        return "items", "The list contains duplicates"
    return "other", error.message


def _is_coerced(value: Any, kinds: list[str]) -> bool:
    """Whether the API converts such a value, as pydantic does: `"5"` to 5, 5 to `"5"`."""
    if isinstance(value, str):
        if "boolean" in kinds:
            return value.lower() in ("true", "false")
        return bool({"integer", "number"} & set(kinds)) and re.fullmatch(r"-?\d+", value) is not None
    return isinstance(value, (int, float)) and "string" in kinds


def _quoted(value: Any) -> str:
    """Return a value as JSON, shortened for a message."""
    return shorten(json.dumps(value, ensure_ascii=False, default=str), 40)
