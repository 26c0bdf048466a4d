"""Write the table of magics into the README: `python tests/docs/reference.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from monite_magic.options import MAGICS

if TYPE_CHECKING:
    from monite_magic.arguments import MagicSpec, Option, Word

README = Path(__file__).parent.parent.parent / "README.md"
BEGIN = "<!-- magics: written by tests/docs/reference.py -->"
END = "<!-- magics: end -->"


def reference() -> str:
    """Return the table of magics and their options, in Markdown."""
    return "\n".join(["| magic | what it does |", "|---|---|", *map(_row, MAGICS.values())])


def _row(spec: MagicSpec) -> str:
    name = f"`%{spec.name}`, `%%{spec.name}`" if spec.cell else f"`%{spec.name}`"
    parts = [spec.help, *map(_line, [*spec.words, *spec.options])]
    return f"| {name} | {'<br>'.join(parts)} |"


def _line(part: Word | Option) -> str:
    if hasattr(part, "flags"):
        written = ", ".join(part.flags) + (f" {part.metavar}" if part.metavar else "")
    else:
        written = part.metavar
    return f"`{written}` {part.help}".replace("|", "\\|")


def with_reference(text: str) -> str:
    """Return the README's text with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{reference()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(with_reference(README.read_text(encoding="utf-8")), encoding="utf-8")
