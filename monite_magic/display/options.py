"""Display limits. Change `options` in a notebook.

    from monite_magic import display
    display.options.max_rows = 50

The change lasts for this kernel.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass


@dataclass(slots=True)
class Options:
    """Display limits for answers, which also limit the saved notebook.

    Attributes:
        max_bytes: Maximum bytes of one answer in the notebook file, HTML and plain text together.
        max_rows: Maximum rows of a list.
        max_columns: Maximum columns of a list.
        max_items: Maximum items of a nested list or object.
        max_depth: Maximum nesting depth.
        max_text: Maximum characters of a text; up to ten times as many can be unfolded.
        width: Width of plain text in columns; None uses the terminal's width, or 100 without a terminal.
    """

    max_bytes: int = 65_536
    max_rows: int = 20
    max_columns: int = 7
    max_items: int = 100
    max_depth: int = 12
    max_text: int = 200
    width: int | None = None

    @property
    def text_width(self) -> int:
        """The width of plain text, in columns."""
        return max(20, self.width or shutil.get_terminal_size((100, 24)).columns)


options = Options()
