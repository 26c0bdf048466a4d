"""HTML with inline styles that works everywhere.

Notebooks can be untrusted, converted by nbconvert, and in light or dark themes. So this uses no script, style
element, ID, class, SVG or CSS variable. Text keeps the page's colour, muted by opacity, and lines are half
transparent grey. Only chips have a background, with a contrast of at least 4.5:1 for their white text.
Attributes use single quotes, which notebook files don't escape.
"""

from __future__ import annotations

from typing import Final

from monite_magic.core import clean, mask_text

#: Backgrounds of chips by tone; white text on them has a contrast of at least 4.5:1.
TONES: Final = {
    "ok": "#1a7340",
    "info": "#0b5cad",
    "neutral": "#5a6068",
    "warning": "#8a5a00",
    "error": "#b3261e",
    "production": "#c70000",
    "simulated": "#6a3fb5",
}
CHIP_TEXT: Final = "#ffffff"
#: Muted text. Black at 87 % (JupyterLab's light theme) stays above 4.5:1 with it, and so does white on dark.
MUTED: Final = "opacity:0.72"
LINE: Final = "1px solid rgba(127,127,127,0.4)"
_CARD: Final = (
    f"border:{LINE};border-left:4px solid {{color}};border-radius:4px;padding:8px 12px;margin:2px 0;"
    "overflow-wrap:break-word;text-align:left;line-height:1.5"
)
_CHIP: Final = (
    "background-color:{background};color:" + CHIP_TEXT + ";border-radius:3px;padding:1px 7px;font-weight:600"
)
_UNBROKEN_CHIP: Final = 40  # characters; longer texts wrap
_PRE: Final = (
    f"border:{LINE};border-radius:4px;padding:6px 10px;margin:4px 0;white-space:pre-wrap;"
    "overflow-wrap:anywhere;text-align:left"
)

_MAX_URL: Final = 2_000
_TRANSPARENT: Final = "background-color:transparent;padding:0"
# The most common tags.
_CODE: Final = f"<code style='{_TRANSPARENT}'>"
_MUTED: Final = f"<span style='{MUTED}'>"


def escape(text: str) -> str:
    """Escape `text` for use between tags."""
    text = clean(text)
    if not ("<" in text or "&" in text or ">" in text):
        return text
    text = mask_text(text)  # escaped secrets would not be found later
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_attribute(text: str) -> str:
    """Escape `text` for use in a quoted attribute."""
    return escape(mask_text(text)).replace("'", "&#39;").replace('"', "&quot;")


def tag(name: str, inner: str, style: str = "", title: str = "") -> str:
    """Return an element.

    Args:
        name: The element's name.
        inner: Its content, as HTML.
        style: Inline style.
        title: Text to show on hover, not escaped yet.
    """
    attributes = f" style='{style}'" if style else ""
    if title:
        attributes += f" title='{escape_attribute(title)}'"
    return f"<{name}{attributes}>{inner}</{name}>"


def chip(text: str, tone: str = "neutral", title: str = "") -> str:
    """Return a short text with a coloured background. The text must make sense without the colour."""
    look = _CHIP.format(background=TONES[tone])
    return tag(
        "span", escape(text), look if len(text) > _UNBROKEN_CHIP else f"{look};white-space:nowrap", title
    )


def muted(text: str, title: str = "") -> str:
    """Return a muted text."""
    inner = escape(text)
    return tag("span", inner, MUTED, title) if title else f"{_MUTED}{inner}</span>"


def code(text: str, title: str = "") -> str:
    """Return a text as code, with a transparent background."""
    inner = escape(text)
    return tag("code", inner, _TRANSPARENT, title) if title else f"{_CODE}{inner}</code>"


def link(url: str, inner: str) -> str:
    """Return a link, or only `inner` if the URL is not http(s) or is very long."""
    if len(url) > _MAX_URL or not url.startswith(("https://", "http://")):
        return inner
    return f"<a href='{escape_attribute(url)}' target='_blank' rel='noopener noreferrer'>{inner}</a>"


def block(inner: str, style: str = "margin:4px 0") -> str:
    """Return a block of HTML."""
    return tag("div", inner, style)


def preformatted(text: str) -> str:
    """Return preformatted text."""
    return tag("pre", escape(text), _PRE)


def fold(summary: str, inner: str, *, is_open: bool = False) -> str:
    """Return a foldable element; both arguments are HTML. It works with the keyboard and without scripts."""
    mark = " open" if is_open else ""
    return f"<details{mark}><summary style='cursor:pointer'>{summary}</summary>{inner}</details>"


def card(inner: str, tone: str) -> str:
    """Return the frame around one answer."""
    return tag("div", inner, _CARD.format(color=TONES[tone]))
