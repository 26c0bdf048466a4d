"""Import jsonschema without its slow grammar for IRIs.

With the extra that Jupyter's server installs, `import jsonschema` loads `rfc3987_syntax`, which builds a
grammar for IRIs. That takes 0.4 to 0.9 s during the user's first call with a body, but the catalogue has no
IRIs. So a stand-in replaces the module during the import. It loads the real module when an IRI is checked, so
jsonschema works as usual for other code in this process.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

from monite_magic.catalogue.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

_SLOW = "rfc3987_syntax"


@contextmanager
def _deferred(name: str) -> Iterator[None]:
    """Replace a module with a stand-in during the block, unless it is already loaded or not installed."""
    if name in sys.modules or "jsonschema" in sys.modules or find_spec(name) is None:
        yield
        return
    stand_in = ModuleType(name)
    stand_in.is_valid_syntax = _is_valid_syntax  # type: ignore[attr-defined]
    sys.modules[name] = stand_in
    try:
        yield
    finally:
        del sys.modules[name]


def _is_valid_syntax(rule: str, text: str) -> bool:
    from rfc3987_syntax import is_valid_syntax

    return bool(is_valid_syntax(rule, text))


with _deferred(_SLOW):
    from jsonschema import Draft202012Validator, FormatChecker, ValidationError
    from jsonschema.validators import extend

__all__ = ["FORMAT_CHECKER", "Draft202012Validator", "ValidationError", "extend"]


def _format_checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, is_valid in FORMATS.items():
        checker.checks(name)(lambda value, is_valid=is_valid: not isinstance(value, str) or is_valid(value))
    return checker


#: Checks only the formats of this API.
FORMAT_CHECKER = _format_checker()
