"""jsonschema, imported without the grammar that takes it nearly a second.

With the extra that Jupyter's server asks for, `import jsonschema` loads `rfc3987_syntax`, which builds a
grammar of IRIs: 0.4 to 0.9 s in the middle of a person's first call with a body. The catalogue has no IRIs.
So a stand-in is there during the import; it loads the real one when an IRI is checked after all, and
jsonschema behaves for everyone in this process as it always does.
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
    """A stand-in for the module while the block runs; nothing if it is loaded already or not installed."""
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
    for name, is_right in FORMATS.items():
        checker.checks(name)(lambda value, right=is_right: not isinstance(value, str) or right(value))
    return checker


#: Checks the formats of this API, and no others.
FORMAT_CHECKER = _format_checker()
