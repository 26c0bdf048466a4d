"""What there is to read: the README and the tutorials, as their prose, their headings and their code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import nbformat

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(`+)(.+?)\1")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


class Page(NamedTuple):
    """One thing to read.

    Attributes:
        path: The file.
        prose: Its Markdown.
        cells: The code that is run in it; none in the README.
    """

    path: Path
    prose: str
    cells: tuple[str, ...] = ()

    def fenced(self, *languages: str) -> list[str]:
        """The blocks of code in the prose that are marked as one of these languages; `""` for none."""
        return [text for language, text in _FENCE.findall(self.prose) if language in languages]

    def inline(self) -> list[str]:
        """The pieces of code within sentences."""
        return [code.strip() for _, code in _INLINE.findall(_FENCE.sub("", self.prose))]

    def anchors(self) -> set[str]:
        """Where in the page a link can lead: as GitHub names a heading, or as Jupyter does."""
        titles = [title.replace("`", "") for title in _HEADING.findall(_FENCE.sub("", self.prose))]
        if self.path.suffix == ".ipynb":
            return {title.replace(" ", "-") for title in titles}
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}

    def lines(self) -> Iterator[str]:
        """Every line of code, wherever it stands."""
        for text in [*self.cells, *self.fenced("", "sh", "python"), *self.inline()]:
            yield from (line.strip() for line in text.splitlines())


def read(path: Path) -> Page:
    """Read a page."""
    if path.suffix == ".md":
        return Page(path, path.read_text(encoding="utf-8"))
    cells = nbformat.read(path, as_version=4).cells
    prose = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return Page(path, prose, tuple(cell.source for cell in cells if cell.cell_type == "code"))


PAGES = [read(path) for path in (README, *NOTEBOOKS)]
