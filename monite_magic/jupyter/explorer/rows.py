"""The fields of a form as widgets: a box, buttons next to it, and the result of the check below."""

from __future__ import annotations

import functools
import html
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets

from monite_magic.cell import contains_secret
from monite_magic.cell.form.texts import unit_example, value_of
from monite_magic.core import Secret
from monite_magic.jupyter.forms.parts import button

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from monite_magic.cell.form import Control
    from monite_magic.cell.form.controls import Path as FieldPath

#: The last entry of a menu: type the value instead.
OTHER: Final = "other…"
UPLOADS: Final = "uploads"

# All rows share these, because layouts and styles are widgets too.
_LARGE: Final = widgets.Layout(flex="1 1 100%", width="auto", min_width="12em")
_NARROW: Final = widgets.Layout(width="max-content", flex="0 0 auto")
_ROW: Final = widgets.Layout(
    flex_flow="row wrap", align_items="flex-start", justify_content="flex-end", width="auto",
    overflow="visible",
)  # fmt: skip
_MENU: Final = widgets.Layout(flex="1 1 16em", width="auto", min_width="12em")
_EMS_A_LETTER: Final = 0.56
_LEAST_EMS: Final = 8
_PICKER: Final = widgets.Layout(width="13em", flex="0 0 auto")


def _label_width(longest_label: int) -> str:
    return f"{max(_LEAST_EMS, _EMS_A_LETTER * (longest_label + 2)):.0f}em"


@functools.cache
def _box_layout(label_width: str) -> widgets.Layout:
    """Return the layout of a box and its label. In a narrow window, what is next to them wraps first."""
    flex = f"1 1 calc({label_width} + 15em)"
    return widgets.Layout(flex=flex, width="auto", min_width="12em", height="auto", flex_flow="row wrap")


@functools.cache
def _note_layout(label_width: str) -> widgets.Layout:
    """Return the layout of a text below a box: it starts where the box does."""
    margin = f"0 0 6px calc({label_width} + 10px)"
    return widgets.Layout(flex="1 1 100%", width="auto", margin=margin, min_width="0")


def _muted(text: str) -> str:
    return f"<span style='opacity:0.75'>{html.escape(text)}</span>"


class Row:
    """One field.

    Args:
        control: The field.
        on_type: Called with the path and the text when the user types or chooses.
        on_remove: Called with the path when the field is removed; None if it can't be.
        on_search: Called with the row to look up an ID.
        variables: The notebook's variables.
        longest_label: Length of the longest label nearby, to align the boxes.
    """

    def __init__(
        self,
        control: Control,
        *,
        on_type: Callable[[FieldPath, str], None],
        on_remove: Callable[[FieldPath], None] | None,
        on_search: Callable[[Row], None],
        variables: Mapping[str, Any],
        longest_label: int,
    ) -> None:
        self.control = control
        self._label_width = _label_width(longest_label)
        self._on_type = on_type
        self._variables = variables
        self._text = control.text
        self._said = ""
        self.note = widgets.HTML(layout=_note_layout(self._label_width))
        self.box = self._made_box(control)
        extras: list[widgets.Widget] = []
        if control.kind == "money":
            extras.append(widgets.Label(control.currency, layout=_NARROW))
        elif control.kind == "rate":
            extras.append(widgets.Label("%", layout=_NARROW))
        elif control.kind in ("date", "datetime"):
            extras.append(self._picker(control))
        elif control.kind == "file":
            extras.append(self._upload())
        elif control.kind == "id":
            extras.append(
                button(
                    "Search", lambda: on_search(self), layout=_NARROW, tooltip=f"Search for {control.name}"
                )
            )
        if on_remove is not None:
            remove = button("Remove", lambda: on_remove(control.path), layout=_NARROW)
            remove.tooltip = f"Remove {control.name}"
            extras.append(remove)
        self._base = (self.box, *extras)
        self.widget = widgets.Box([*self._base, self.note], layout=_ROW)
        self.say([])

    @property
    def typed(self) -> str:
        """The text in the box."""
        return str(self.box.value).strip()

    # -- the box --------------------------------------------------------------------------------------------

    def _made_box(self, control: Control) -> widgets.Widget:
        label = f"{control.name} *" if control.required else control.name
        common: dict[str, Any] = {
            "description": label,
            "style": {"description_width": self._label_width},
            "tooltip": f"{label}: {control.about}",
        }
        if control.kind in ("choice", "boolean", "secret"):
            made = widgets.Dropdown(options=self._menu(control), value=control.text, layout=_MENU, **common)
        elif control.is_long:
            made = widgets.Textarea(value=control.text, layout=_LARGE, rows=2, **common)
        else:
            made = widgets.Text(
                value=control.text,
                layout=_box_layout(self._label_width),
                placeholder=_hint(control),
                **common,
            )
        made.observe(self._typed, "value")
        return made

    def _menu(self, control: Control) -> list[tuple[str, str]]:
        values = ("true", "false") if control.kind == "boolean" else control.options
        entries = ["", *values, *_references(control, self._variables)]
        if control.text not in entries:
            entries.append(control.text)
        menu = [(entry or "(not sent)", entry) for entry in dict.fromkeys(entries)]
        return menu if control.kind == "secret" else [*menu, (OTHER, OTHER)]

    def _typed(self, change: Any) -> None:
        if change.new == OTHER:
            self._replace_menu()
            return
        text = change.new
        if "{{" not in text and contains_secret(f'"{self.control.name}": "{text}"'):
            self.box.value = ""
            self.say(["Don't type secrets here. Write {{ name }} for a variable that contains it."], bad=True)
            return
        self._text = text
        self._on_type(self.control.path, text)

    def _replace_menu(self) -> None:
        """Replace the menu with a text box."""
        before = self.box
        label = before.description
        self.box = widgets.Text(
            description=label, style={"description_width": self._label_width},
            layout=_box_layout(self._label_width), placeholder="a value, or {{ name }}",
            tooltip=before.tooltip,
        )  # fmt: skip
        self.box.observe(self._typed, "value")
        self._base = (self.box, *self._base[1:])
        self.widget.children = (*self._base, self.note)
        self.box.focus()
        self._on_type(self.control.path, "")
        before.close()

    def _picker(self, control: Control) -> widgets.Widget:
        picker = widgets.DatePicker(
            description="pick", style={"description_width": "initial"}, layout=_PICKER,
            tooltip=f"Pick {control.name}",
        )  # fmt: skip

        def picked(change: Any) -> None:
            if change.new is not None:
                day, separator, time = self.typed.partition("T")
                time = time if separator and "{{" not in day else "00:00:00Z"
                self.box.value = change.new.isoformat() + (f"T{time}" if control.kind == "datetime" else "")

        picker.observe(picked, "value")
        return picker

    def _upload(self) -> widgets.Widget:
        upload = widgets.FileUpload(description="Upload", layout=_NARROW)

        def uploaded(change: Any) -> None:
            for each in change.new:
                self.box.value = str(store(each["name"], bytes(each["content"])))

        upload.observe(uploaded, "value")
        return upload

    def align(self, longest_label: int) -> None:
        """Move the box to where the boxes of its neighbours start now."""
        width = _label_width(longest_label)
        if width == self._label_width:
            return
        self._label_width = width
        self.box.style.description_width = width
        if isinstance(self.box, widgets.Text):
            self.box.layout = _box_layout(width)
        self.note.layout = _note_layout(width)

    # -- messages ---------------------------------------------------------------------------------------

    def show(self, control: Control) -> None:
        """Show the current field. Keep the text that the user just typed."""
        self.control = control
        if control.text != self._text:
            self._text = control.text
            self.box.unobserve(self._typed, "value")
            if isinstance(self.box, widgets.Dropdown):
                self.box.options = self._menu(control)
            self.box.value = control.text
            self.box.observe(self._typed, "value")

    def say(self, problems: list[str], *, bad: bool = True) -> None:
        """Show the problem, or else the meaning of the value."""
        if problems:
            mark = "✗" if bad else "⚠"
            self._note(f"<b>{mark}</b> {'<br>'.join(map(html.escape, problems))}")
        else:
            self._note(_muted(self._meaning()), is_said=False)

    def _note(self, markup: str, *, is_said: bool = True) -> None:
        """Show a text below the box; what is said is read aloud by screen readers."""
        role = " role='status'" if is_said else ""
        said = f"<div{role} style='line-height:1.4;white-space:normal'>{markup}</div>"
        if said != self._said:
            self._said = self.note.value = said

    def _meaning(self) -> str:
        control = self.control
        if control.kind in ("money", "rate") and control.text:
            value = value_of(control.kind, control.text, currency=control.currency)
            if isinstance(value, int):
                unit = f"minor units of {control.currency}" if control.kind == "money" else "percent × 100"
                return f"sent as {value}, {unit}"
        return control.about if len(control.about) < 120 else ""

    def offer(self, found: list[tuple[str, str]], said: str) -> None:
        """Show the result of a search for an ID: labels and IDs."""
        if not found:
            self.widget.children = (*self._base, self.note)
            self.say([said], bad=False)
            return
        listed = widgets.Select(
            options=[("", ""), *found],
            rows=min(8, len(found) + 1),
            description=f"{len(found)} found",
            style={"description_width": self.box.style.description_width},
            layout=_LARGE,
        )

        def chosen(change: Any) -> None:
            if change.new:
                self.box.value = change.new
                label = next((text for text, value in found if value == change.new), "")
                self._note(f"<b>✓</b> {html.escape(label)}")

        listed.observe(chosen, "value")
        self.widget.children = (*self._base, listed, self.note)
        listed.focus()


def _hint(control: Control) -> str:
    return {
        "money": f"{control.currency}, for instance {unit_example('money', control.currency)}",
        "rate": f"percent, for instance {unit_example('rate')}",
        "date": "YYYY-MM-DD", "datetime": "YYYY-MM-DDThh:mm:ssZ", "id": "an ID, or words to search for",
        "file": "path of a file",
    }.get(control.kind, "")  # fmt: skip


def _references(control: Control, variables: Mapping[str, Any]) -> Iterable[str]:
    """Return placeholders of the notebook's variables with a value for a menu."""
    for name, value in list(variables.items()):
        if name.startswith("_"):
            continue
        if control.kind == "secret":
            fits = isinstance(value, Secret)
        elif control.kind == "boolean":
            fits = isinstance(value, bool)
        else:
            fits = isinstance(value, str) and value in control.options
        if fits:
            yield f"{{{{ {name} }}}}"


def store(name: str, content: bytes) -> Path:
    """Write an uploaded file into the upload folder. Don't overwrite other files."""
    folder = Path(UPLOADS)
    folder.mkdir(exist_ok=True)
    plain = Path(name).name or "file"
    path, number = folder / plain, 1
    while path.exists() and path.read_bytes() != content:
        number += 1
        path = folder / f"{Path(plain).stem}-{number}{Path(plain).suffix}"
    path.write_bytes(content)
    return path
