"""The language of a cell: a line and a body become a request.

`options` is the table of all magics. `arguments` parses a line with it, and `reading` parses the line and
the body. `template` and `placeholders` insert notebook values. This room sends nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.core.lazy import lazily

if TYPE_CHECKING:
    from monite_magic.cell.arguments import Arguments, MagicSpec, Option
    from monite_magic.cell.expect import read_expect
    from monite_magic.cell.json_text import outline
    from monite_magic.cell.leaks import contains_secret, is_about_the_api
    from monite_magic.cell.line_words import escape_braces, escape_braces_in_json, is_silenced, quote_word
    from monite_magic.cell.options import MAGICS, METHODS
    from monite_magic.cell.request import Filled, Request, check_output
    from monite_magic.cell.stray_words import scrub

__all__ = [
    "MAGICS",
    "METHODS",
    "Arguments",
    "Filled",
    "MagicSpec",
    "Option",
    "Request",
    "check_output",
    "contains_secret",
    "escape_braces",
    "escape_braces_in_json",
    "is_about_the_api",
    "is_silenced",
    "outline",
    "quote_word",
    "read_expect",
    "scrub",
]

# Loading the extension needs only some of these modules.
__getattr__ = lazily(
    __name__,
    {
        "monite_magic.cell.arguments": (
            "Arguments",
            "MagicSpec",
            "Option",
        ),
        "monite_magic.cell.expect": ("read_expect",),
        "monite_magic.cell.request": ("Filled", "Request", "check_output"),
        "monite_magic.cell.json_text": ("outline",),
        "monite_magic.cell.leaks": (
            "contains_secret",
            "is_about_the_api",
        ),
        "monite_magic.cell.line_words": (
            "escape_braces",
            "escape_braces_in_json",
            "is_silenced",
            "quote_word",
        ),
        "monite_magic.cell.options": (
            "MAGICS",
            "METHODS",
        ),
        "monite_magic.cell.stray_words": ("scrub",),
    },
)
