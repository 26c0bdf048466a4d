"""The tutorials for people who install nothing: a site that runs in the browser, and pages to read.

    python -m monite_magic.tutorials.lite build DIR    # a JupyterLite site
    python -m monite_magic.tutorials.lite html DIR     # plain HTML

Either can be served from any static host, and asks no other host for anything.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_FIRST: Final = "00_start_here.ipynb"
_INDEX: Final = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>monite-magic</title>
<meta http-equiv="refresh" content="0; url={first}">
{head}
<p><a href="{first}">Open the tutorials</a></p>
</html>
"""


class BuildError(Exception):
    """Nothing was built. The message says in one sentence why, and in another what to do."""


def find_notebooks(folder: Path | None) -> list[Path]:
    """Return the notebooks to publish, in reading order.

    Args:
        folder: Where they lie; None for the folder `notebooks` of the repository that this package runs from.

    Raises:
        BuildError: There are none.
    """
    place = folder or Path(__file__).parents[3] / "notebooks"
    found = sorted(place.glob("*.ipynb"))
    if not found:
        raise BuildError(
            f"There are no notebooks in {place}. The tutorials come with the repository, not with the "
            "installed package: name their folder with --notebooks DIR."
        )
    return found


def check_target(target: Path) -> None:
    """Refuse a folder in which something lies already.

    Raises:
        BuildError: It does, or it is no folder.
    """
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise BuildError(f"{target} is not an empty folder. Name a new one, or delete it first.")


def first_of(notebooks: list[Path]) -> Path:
    """Return the notebook that a reader should see first: the map, if it is among them."""
    return next((path for path in notebooks if path.name == _FIRST), notebooks[0])


def write_index(target: Path, first: str, head: str = "") -> None:
    """Write the page that a host shows for the folder itself.

    Args:
        target: The folder.
        first: The address that it leads on to.
        head: What else its head must hold.
    """
    (target / "index.html").write_text(_INDEX.format(first=first, head=head), "utf-8")
