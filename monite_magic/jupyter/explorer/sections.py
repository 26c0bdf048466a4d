"""The form as widgets: sections, objects and lists with their rows. Rebuilds parts that change."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets

from monite_magic.jupyter.explorer.rows import Row
from monite_magic.jupyter.forms.parts import button

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from monite_magic.cell.form import Control, Form, Notes
    from monite_magic.cell.form.controls import Path

_TITLES: Final = {
    "path": "In the path",
    "query": "In the query",
    "header": "In headers",
    "body": "Body",
    "form": "Form",
}
_INSIDE: Final = widgets.Layout(
    border_left="3px solid rgba(127,127,127,.4)", padding="0 0 0 10px", margin="2px 0 6px 4px", width="auto",
    overflow="visible",
)  # fmt: skip
_PLAIN: Final = widgets.Layout(width="auto", overflow="visible")
_WRAPPED: Final = widgets.Layout(flex_flow="row wrap", width="auto", overflow="visible")
_NARROW: Final = widgets.Layout(width="max-content", flex="0 0 auto")
_MENU: Final = widgets.Layout(width="auto", max_width="100%", flex="0 1 auto", min_width="14em")
_STYLE: Final = {"description_width": "initial"}


class FormView:
    """Shows a form, and updates it as the user fills it in.

    Args:
        form: The form.
        variables: The notebook's variables.
        on_change: Called after each change.
        on_search: Called with a row to look up its ID.
    """

    def __init__(
        self,
        form: Form,
        variables: Mapping[str, Any],
        on_change: Callable[[], None],
        on_search: Callable[[Row], None],
    ) -> None:
        self.form = form
        self._variables = variables
        self._on_change = on_change
        self._on_search = on_search
        self._rows: dict[Path, Row] = {}
        self._groups: dict[Path, _Group] = {}
        self._shape: Any = None
        self._longest_label = 0
        self.widget = widgets.VBox(layout=_PLAIN)
        self._build()

    # -- building -------------------------------------------------------------------------------------------

    def _build(self) -> bool:
        """Update rows and groups. Return whether the shape of the form has changed."""
        sections = [self.form.section(name) for name in self.form.sections]
        shape = [_shape_of(section) for section in sections]
        if shape == self._shape:
            for section in sections:
                for leaf in section.leaves():
                    if leaf.path in self._rows:
                        self._rows[leaf.path].show(leaf)
            return False
        self._shape = shape
        self._longest_label = max(
            (len(leaf.name) for section in sections for leaf in section.leaves()), default=0
        )
        kept: set[Path] = set()
        children = [self._widget_of(section, kept, is_section=True) for section in sections]
        self._rows = {path: row for path, row in self._rows.items() if path in kept}
        self._groups = {path: group for path, group in self._groups.items() if path in kept}
        for row in self._rows.values():
            row.align(self._longest_label)
        if tuple(children) != self.widget.children:
            self.widget.children = children
        return True

    def _widget_of(self, control: Control, kept: set[Path], *, is_section: bool = False) -> widgets.Widget:
        kept.add(control.path)
        is_group = control.kind in ("object", "list")
        if not is_group and not is_section and not control.kinds:
            row = self._rows.get(control.path)
            if row is None or _row_shape(row.control) != _row_shape(control):
                row = self._rows[control.path] = self._made_row(control, is_removable=control.removable)
            else:
                row.show(control)
            return row.widget
        group = self._groups.get(control.path)
        if group is None:
            group = self._groups[control.path] = _Group(self, control, is_section=is_section)
        inner = []
        if is_group:
            inner = [self._widget_of(child, kept) for child in control.children if not _is_fixed(child)]
        elif control.path != ("body",) or control.text:
            inner = [self._leaf_of_choice(control)]
        group.show(control, inner)
        return group.widget

    def _leaf_of_choice(self, control: Control) -> widgets.Widget:
        """Return the box of a value that can have several kinds."""
        row = self._rows.get(control.path)
        if row is None or _row_shape(row.control) != _row_shape(control):
            row = self._rows[control.path] = self._made_row(control, is_removable=False)
        else:
            row.show(control)
        return row.widget

    def _made_row(self, control: Control, *, is_removable: bool) -> Row:
        return Row(
            control,
            on_type=self._type,
            on_remove=self._remove if is_removable else None,
            on_search=self._on_search,
            variables=self._variables,
            longest_label=self._longest_label,
        )

    # -- changes --------------------------------------------------------------------------------------------

    def _type(self, path: Path, text: str) -> None:
        self.form.set(path, text)
        self.refresh()

    def _remove(self, path: Path) -> None:
        # The focused widget disappears, but the menu next to it stays.
        around = self._groups.get(path[:-1])
        self.form.remove(path)
        if around is not None:
            around.focus()
        self.refresh()

    def add(self, path: Path) -> None:
        """Add a field and go to it."""
        self.form.add(path)
        self.refresh()
        self._go_to(path)

    def add_item(self, path: Path) -> None:
        """Add an item to a list and go to it."""
        self.form.add_item(path)
        self.refresh()
        control = self.form.find(path)
        if control is not None and control.children:
            self._go_to(control.children[-1].path)

    def choose(self, path: Path, label: str) -> None:
        """Change the kind of a value."""
        self.form.choose(path, label)
        self.refresh()

    def remove(self, path: Path) -> None:
        """Remove a field, an object or an item."""
        self._remove(path)

    def _go_to(self, path: Path) -> None:
        control = self.form.find(path)
        for leaf in control.leaves() if control else ():
            if leaf.path in self._rows:
                self._rows[leaf.path].box.focus()
                return

    def focus_first(self) -> bool:
        """Focus the first field. Return whether there is one."""
        for leaf in self.form.leaves():
            if leaf.path in self._rows:
                self._rows[leaf.path].box.focus()
                return True
        return False

    def refresh(self) -> None:
        """Show the current form."""
        self._build()
        self._on_change()

    def say(self, notes: Notes) -> list[str]:
        """Show the findings at each field. Return those without a field."""
        rest = []
        for path, row in self._rows.items():
            row.say(notes.at.get(path, []), bad=True)
        for path, group in self._groups.items():
            if path not in self._rows:
                group.say(notes.at.get(path, []))
        for path, said in notes.at.items():
            if path not in self._rows and path not in self._groups:
                rest += said
        return [*notes.whole, *rest]


class _Group:
    """A section, an object or a list, with its heading, its content, and what can be added."""

    def __init__(self, view: FormView, control: Control, *, is_section: bool) -> None:
        self._view = view
        self._path = control.path
        self._is_section = is_section
        self._filling = False
        self._adds_body = False
        self._heading = widgets.HTML()
        self._kind = widgets.Dropdown(options=[""], description="kind", style=_STYLE, layout=_MENU)
        self._kind.observe(self._chosen, "value")
        self._inner = widgets.VBox(layout=_PLAIN if is_section else _INSIDE)
        self._note = widgets.HTML()
        self._menu = widgets.Dropdown(options=[""], description="Add a field", style=_STYLE, layout=_MENU)
        self._add = button("Add", self._added, layout=_NARROW)
        self._remove = button("Remove", lambda: view.remove(self._path), layout=_NARROW)
        self._top = widgets.HBox(layout=_WRAPPED)
        self._bottom = widgets.HBox(layout=_WRAPPED)
        self._said = ""
        self.widget = widgets.VBox([self._top, self._note, self._inner, self._bottom], layout=_PLAIN)

    def show(self, control: Control, inner: list[widgets.Widget]) -> None:
        self._filling = True
        title = _TITLES[str(control.path[0])] if self._is_section else control.name
        mark = " *" if control.required and not self._is_section else ""
        self._heading.value = f"<b>{html.escape(title)}</b>{mark}"
        top: list[widgets.Widget] = [self._heading]
        if control.kinds:
            self._kind.options = [*(() if control.chosen else ("",)), *control.kinds]
            self._kind.value = control.chosen
            self._kind.tooltip = f"Kind of {title}"
            top.append(self._kind)
        if control.removable and not self._is_section:
            self._remove.tooltip = f"Remove {title}"
            top.append(self._remove)
        _set_children(self._top, top)
        _set_children(self._inner, inner)
        bottom: list[widgets.Widget] = []
        self._adds_body = self._is_section and control.kind not in ("object", "list")
        if control.addable:
            self._menu.options = [("choose…", ""), *((name, name) for name in control.addable)]
            self._menu.value = ""
            self._menu.tooltip = f"Add a field to {title}"
            bottom = [self._menu, self._add]
            self._add.tooltip = f"Add the chosen field to {title}"
            self._add.description = "Add"
        elif control.kind == "list":
            self._add.description = f"Add to {title}"
            self._add.tooltip = f"Add an item to {title}"
            bottom = [self._add]
        elif self._adds_body:
            self._add.description = "Add a body"
            bottom = [self._add]
        _set_children(self._bottom, bottom)
        self._filling = False

    def focus(self) -> None:
        (self._menu if self._menu in self._bottom.children else self._add).focus()

    def say(self, problems: list[str]) -> None:
        words = "<br>".join(html.escape(problem) for problem in problems)
        said = f"<div role='status' style='line-height:1.4;white-space:normal'><b>✗</b> {words}</div>"
        said = said if words else ""
        if said != self._said:
            self._said = self._note.value = said

    def _chosen(self, change: Any) -> None:
        if not self._filling and change.new:
            self._view.choose(self._path, change.new)

    def _added(self) -> None:
        if self._menu in self._bottom.children:
            if self._menu.value:
                self._view.add((*self._path, self._menu.value))
        elif self._adds_body:
            self._view.add(self._path)
        else:
            self._view.add_item(self._path)


def _is_fixed(control: Control) -> bool:
    """Whether a field has its only possible value, such as the chosen kind of body."""
    return control.kind == "choice" and control.options == (control.text,)


def _set_children(box: widgets.Box, children: list[widgets.Widget]) -> None:
    if tuple(children) != box.children:
        box.children = children


def _row_shape(control: Control) -> tuple[Any, ...]:
    return (
        control.kind,
        control.options,
        control.currency,
        control.required,
        control.is_long,
        control.removable,
    )


def _shape_of(control: Control) -> Any:
    return (
        control.path, control.kinds, control.chosen, control.addable, _row_shape(control),
        [_shape_of(child) for child in control.children],
    )  # fmt: skip
