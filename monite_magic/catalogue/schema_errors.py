"""Select jsonschema's relevant errors: for a choice without a match, those of the branch that was meant.

jsonschema reports the errors of all branches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.catalogue.fields import CHOICES, matching_branch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monite_magic.catalogue.fields import JsonPath
    from monite_magic.catalogue.model import Catalogue
    from monite_magic.catalogue.quick_jsonschema import ValidationError


def matching_errors(catalogue: Catalogue, errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """Replace the error of a choice with the errors of the branch that was meant."""
    errors = list(errors)
    failed_choices = {_schema_place(error) for error in errors if error.validator in CHOICES}
    for error in errors:
        if error.validator == "unevaluatedProperties" and _schema_place(error) in failed_choices:
            continue  # a consequence of the failed choice
        if error.validator in CHOICES and error.context:
            yield from matching_errors(catalogue, _of_matching_branch(catalogue, error))
        else:
            yield error


def _schema_place(error: ValidationError) -> tuple[JsonPath, JsonPath]:
    return tuple(error.absolute_path), tuple(error.absolute_schema_path)[:-1]


def _of_matching_branch(catalogue: Catalogue, error: ValidationError) -> list[ValidationError]:
    branches: Any = error.validator_value
    index = matching_branch(catalogue, branches, error.instance)
    return [below for below in error.context or () if below.schema_path[0] == index]
