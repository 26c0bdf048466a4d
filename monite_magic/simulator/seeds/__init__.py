"""Seeds: the data of new stores. A seed is a function that fills the store of a world.

It takes the secret of the credentials. It returns the credentials and IDs by the names of environment
variables. All names of companies and people are invented.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from monite_magic.simulator.world import World

Seed = Callable[["World", str], dict[str, str]]

DEFAULT_SEED = "starter"

#: Seed -> its content, in one sentence. Each seed is a module of this package.
SEEDS: Mapping[str, str] = {
    "empty": "one partner project with credentials, one entity, one role, one user, and nothing else",
    "starter": "the same with a few counterparts, so that your first calls return data",
    "bakery": "a small company with eighteen months of bills and invoices, late payers, disputes and "
    "duplicates",
    "large": "the starter with 100,000 payables, to test with many rows",
}


def find_seed(name: str) -> Seed:
    """Return the function of a seed.

    Raises:
        ValueError: The seed is unknown.
    """
    if name not in SEEDS:
        raise ValueError(f"unknown seed {name!r}; use one of {', '.join(SEEDS)}")
    module: Any = importlib.import_module(f"{__name__}.{name}")
    seed: Seed = module.seed
    return seed
