"""Parts of the forms: a secret field, a status line, a frame."""

from __future__ import annotations

import html
import logging
import time
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets
from traitlets import Unicode

from monite_magic.core import MASK, mask_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Layout and style of a labelled field, as wide as its form.
FIELD: Final = {"layout": {"width": "auto"}, "style": {"description_width": "9em"}}

#: The class of widgets that take keyboard input.
PANEL: Final = "monite-panel"

#: Layout of a button that is aligned with the fields.
BELOW_FIELDS: Final = {"margin": "4px 0 4px 9.9em", "width": "max-content"}

_TONES: Final = {
    "info": ("", "#5b7fa6"),
    "good": ("✓ ", "#2e7d4f"),
    "caution": ("⚠ ", "#b58105"),
    "bad": ("✗ ", "#b3452c"),
}


_secret_comms: set[str] = set()


def _hide_typed(record: logging.LogRecord) -> bool:
    """Hide messages of secret fields in logs: at DEBUG, ipywidgets' `Comm` logs every message completely."""
    if isinstance(record.args, tuple) and record.args and record.args[0] in _secret_comms:
        record.args = (record.args[0], MASK)
    return True


logging.getLogger("Comm").addFilter(_hide_typed)


class SecretField(widgets.Password):  # type: ignore[misc] # ipywidgets has no types
    """A password field that clears its value when it is read. The kernel doesn't echo the value.

    Args:
        on_enter: Called when the user has pressed Enter and the value has arrived.
        options: As for `ipywidgets.Password`.
    """

    value = Unicode("").tag(sync=True, echo_update=False)

    def __init__(self, on_enter: Callable[[], None], **options: Any) -> None:
        super().__init__(continuous_update=False, **options)
        _secret_comms.add(str(self.model_id))
        self._on_enter = on_enter
        self._entered_until = 0.0
        self.on_msg(self._on_message)
        self.observe(self._on_value, "value")

    def take(self) -> str:
        """Return the value and empty the field."""
        value, self.value = self.value, ""
        return str(value)

    # The browser sends the message "submit" first and the value after it, within the same keystroke.
    def _on_message(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        if content.get("event") != "submit":
            return
        if self.value:
            self._on_enter()
        else:
            self._entered_until = time.monotonic() + 1

    def _on_value(self, change: Any) -> None:
        entered, self._entered_until = time.monotonic() < self._entered_until, 0.0
        if change.new and entered:
            self._on_enter()


class StatusLine(widgets.HTML):  # type: ignore[misc] # ipywidgets has no types
    """A status line, empty at first."""

    def say(self, text: str, tone: str) -> None:
        """Show `text`, masked and escaped. The tone is `info`, `good`, `caution` or `bad`."""
        mark, colour = _TONES[tone]
        self.value = (
            f'<div role="status" style="border-left:4px solid {colour};padding:4px 10px;'
            f'line-height:1.5;white-space:normal">{mark}{html.escape(mask_text(text))}</div>'
        )

    def clear(self) -> None:
        """Say nothing."""
        self.value = ""


def button(label: str, on_click: Callable[[], None], **options: Any) -> widgets.Button:
    """Return a button as wide as its label. It calls `on_click` without arguments."""
    layout = {"width": "max-content", "flex": "0 0 auto"}
    made = widgets.Button(description=label, **{"layout": layout, **options})
    made.on_click(lambda _: on_click())
    return made


def prose(markup: str) -> widgets.HTML:
    """Return our own HTML text, with the line height of a notebook."""
    return widgets.HTML(f'<div style="line-height:1.5">{markup}</div>')


def framed(children: Sequence[widgets.Widget]) -> widgets.VBox:
    """Return the children in a frame with a readable width."""
    layout = {"border": "1px solid rgba(127,127,127,.4)", "padding": "12px 16px", "max_width": "40em"}
    return as_panel(widgets.VBox(list(children), layout=layout))


def as_panel(widget: widgets.Widget) -> widgets.Widget:
    """Mark the widget for the labextension, so that keys in it are not notebook shortcuts."""
    return widget.add_class(PANEL)


def show(widget: widgets.Widget, *, when: bool) -> None:
    """Show or hide a widget."""
    widget.layout.display = "" if when else "none"


def mimebundle(widget: widgets.Widget, fallback: str, **options: Any) -> dict[str, Any]:
    """Return the display data of a widget, with a text for front ends without widgets."""
    return {**widget._repr_mimebundle_(**options), "text/plain": fallback}
