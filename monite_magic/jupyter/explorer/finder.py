"""The upper part of the panel: a search for operations, and the resources."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets

from monite_magic.core.words import counted
from monite_magic.jupyter.assist.phrases import purpose, resource
from monite_magic.jupyter.assist.search import search
from monite_magic.jupyter.forms.parts import button, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.catalogue import Catalogue, Operation

_MAX_SHOWN: Final = 60
_ROWS: Final = 8
_WIDE: Final = {"width": "auto"}
_STYLE: Final = {"description_width": "initial"}


class Finder:
    """Finds an operation.

    Args:
        catalogue: The catalogue in use.
        on_open: Called with the chosen operation.
        words: The initial search words.
    """

    def __init__(self, catalogue: Catalogue, on_open: Callable[[Operation], None], words: str = "") -> None:
        self._catalogue = catalogue
        self._on_open = on_open
        counts: dict[str, int] = {}
        for operation in catalogue.operations:
            counts[resource(operation)] = counts.get(resource(operation), 0) + 1
        self._words = widgets.Text(
            value=words, description="Find", placeholder="approve a bill, vat number, /payables …",
            style=_STYLE, layout={"flex": "1 1 16em", "width": "auto"},
            tooltip="Words, fields, questions, or a path",
        )  # fmt: skip
        self._resource = widgets.Dropdown(
            options=[("all resources", ""), *((f"{name} ({count})", name) for name, count in counts.items())],
            description="in", style=_STYLE, layout={"width": "auto", "flex": "0 1 auto", "max_width": "100%"},
            tooltip="Resource",
        )  # fmt: skip
        self._found = widgets.Select(
            options=[],
            rows=_ROWS,
            description="Operations",
            style=_STYLE,
            layout={"width": "auto"},
            tooltip="Operations",
        )
        self._said = widgets.HTML()
        self._open = button("Open", self._opened, button_style="primary", tooltip="Open the form")
        self._again = button("Find another", self.unfold)
        self._inner = widgets.VBox(
            [
                widgets.HBox(
                    [self._words, self._resource], layout={"flex_flow": "row wrap", "width": "100%"}
                ),
                self._found,
                widgets.HBox([self._open, self._said], layout={"flex_flow": "row wrap"}),
            ],
            layout=_WIDE,
        )
        self.widget = widgets.VBox([self._again, self._inner], layout=_WIDE)
        show(self._again, when=False)
        self._words.observe(lambda _: self._search(), "value")
        self._resource.observe(lambda _: self._search(), "value")
        self._words.on_msg(self._entered)
        self._search()

    def _search(self) -> None:
        words, name = self._words.value.strip(), self._resource.value
        found = search(self._catalogue, words) if words else None
        operations = found.operations if found else self._catalogue.operations
        method, _, path = words.partition(" ")
        if match := self._catalogue.find(method, path.strip()) if path.strip().startswith("/") else None:
            operations = (match.operation, *(each for each in operations if each != match.operation))
        listed = [each for each in operations if not name or resource(each) == name]
        self._found.options = [
            (f"{each.method} {each.path} — {purpose(each)}", each) for each in listed[:_MAX_SHOWN]
        ]
        self._found.value = listed[0] if listed else None
        said = counted(len(listed), "operation")
        if len(listed) > _MAX_SHOWN:
            said += f", {_MAX_SHOWN} shown: add a word to narrow them"
        if found and found.also:
            said += "; the API's word: " + ", ".join(f"{said_} = {word}" for said_, word in found.also)
        if found and found.unknown:
            said += f"; found without {', '.join(found.unknown)}"
        self._said.value = f"<span role='status'>{html.escape(said)}</span>"
        self._open.disabled = not listed

    def _entered(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        if content.get("event") == "submit":
            self._opened()

    def _opened(self) -> None:
        if self._found.value is not None:
            self._on_open(self._found.value)

    def fold(self) -> None:
        """Hide the search, and show a button to bring it back."""
        show(self._inner, when=False)
        show(self._again, when=True)

    def unfold(self) -> None:
        """Show the search again."""
        show(self._inner, when=True)
        show(self._again, when=False)
        self._words.focus()
