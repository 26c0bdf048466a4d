"""How much is shown. One record, `options`, that a person can set in a notebook.

    from monite_magic import display
    display.options.max_rows = 50

It holds for this kernel.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass


@dataclass(slots=True)
class Options:
    """Limits of what an answer puts on the screen, and so into the saved notebook.

    Attributes:
        max_bytes: Bytes that one answer may put into the notebook file, HTML and plain text together.
        max_rows: Rows of a list that are shown.
        max_columns: Columns of a list that are shown.
        max_items: Items of one list or object inside an answer that are shown.
        max_depth: Levels of nesting that are shown.
        max_text: Characters of one text that are shown at once; up to ten times as many unfold.
        width: Columns of plain text; None fits the terminal, and is 100 where there is none.
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
        """Columns that plain text may take."""
        return max(20, self.width or shutil.get_terminal_size((100, 24)).columns)


options = Options()
