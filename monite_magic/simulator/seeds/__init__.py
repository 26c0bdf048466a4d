"""What a new store starts with. A seed is a function that fills the store of a world.

It gets the secret of the ready-made credentials, and returns these and the ready-made ids by the names of
environment variables. All names of firms and people are invented.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from monite_magic.simulator.world import World

Seed = Callable[["World", str], dict[str, str]]

DEFAULT_SEED = "starter"

#: Seed -> what it holds, in one sentence; each is the module of this package of the same name.
SEEDS: Mapping[str, str] = {
    "empty": "one partner project with credentials, one entity, one role, one user, and nothing else",
    "starter": "the same with a few counterparts, so that the first calls show something",
    "bakery": "a small firm with eighteen months of bills and invoices, late payers, disputes and duplicates",
    "large": "the starter with 100,000 payables, for what has to deal with many rows",
}


def find_seed(name: str) -> Seed:
    """The function of a seed.

    Raises:
        ValueError: There is no such seed.
    """
    if name not in SEEDS:
        raise ValueError(f"there is no seed {name!r}; choose one of {', '.join(SEEDS)}")
    module: Any = importlib.import_module(f"{__name__}.{name}")
    seed: Seed = module.seed
    return seed
