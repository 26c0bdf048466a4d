"""Import a package's names on first use (PEP 562), to keep loading fast."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def lazily(package: str, names: Mapping[str, Iterable[str]]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package.

    Args:
        package: The package's name.
        names: Module -> its names. An empty list provides the module itself, under the last part of its name.
    """
    homes = {name: module for module, provided in names.items() for name in provided}
    modules = {module.rpartition(".")[2]: module for module, provided in names.items() if not tuple(provided)}

    def get(name: str) -> Any:
        if name in homes:
            value = getattr(importlib.import_module(homes[name]), name)
        elif name in modules:
            value = importlib.import_module(modules[name])
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        setattr(sys.modules[package], name, value)  # so that Python asks only once
        return value

    return get
