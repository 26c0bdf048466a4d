"""The tutorials without an installation: a site that runs in the browser, and pages to read.

    python -m monite_magic.tutorials.lite build DIR    # a JupyterLite site
    python -m monite_magic.tutorials.lite html DIR     # plain HTML

Any static host can serve them. They load nothing from other hosts.
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
    """The build failed. The message has one sentence about the problem, and one about the fix."""


def find_notebooks(folder: Path | None) -> list[Path]:
    """Return the notebooks to publish, in reading order.

    Args:
        folder: The folder. By default, the folder `notebooks` of the package's repository.

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
    """Refuse a folder that is not empty.

    Raises:
        BuildError: It is not empty, or not a folder.
    """
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise BuildError(f"{target} is not an empty folder. Choose a new folder, or delete it first.")


def first_of(notebooks: list[Path]) -> Path:
    """Return the first notebook for readers: the map, if it is included."""
    return next((path for path in notebooks if path.name == _FIRST), notebooks[0])


def write_index(target: Path, first: str, head: str = "") -> None:
    """Write the index page of the folder.

    Args:
        target: The folder.
        first: The address to redirect to.
        head: Additional HTML for its head.
    """
    (target / "index.html").write_text(_INDEX.format(first=first, head=head), "utf-8")
