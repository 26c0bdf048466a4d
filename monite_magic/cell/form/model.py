"""The `Form`: the values of a call, their changes, and the resulting cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from monite_magic.catalogue.fields import variants
from monite_magic.catalogue.model import CatalogueError
from monite_magic.catalogue.skeleton import choices, draft_value, rivals, skeleton
from monite_magic.cell.arguments import Arguments, read_line
from monite_magic.cell.form.call_fields import SECTIONS, CallFields, Section
from monite_magic.cell.form.controls import Builder, Control, Path
from monite_magic.cell.form.line import as_text, decoded, encoded, other_words, query_pairs, word
from monite_magic.cell.form.texts import value_of
from monite_magic.cell.form.tree import EMPTY, Reference, put_at, read_tree, sent, value_at, write_tree
from monite_magic.cell.line_words import partition
from monite_magic.cell.options import MAGICS, METHODS
from monite_magic.cell.placeholders import sole_reference
from monite_magic.cell.reading import read
from monite_magic.core import RequestError
from monite_magic.core.api_path import is_placeholder, split_path
from monite_magic.core.words import either

if TYPE_CHECKING:
    from monite_magic.catalogue import Catalogue, Operation, Schema
    from monite_magic.catalogue.skeleton import KnownIds

# Changing one of these changes the meaning of the numbers next to it.
_STEERING: Final = frozenset({"currency", "type"})


def _no_ids(name: str) -> str | None:
    del name
    return None


class Form:
    """A call to fill in.

    Args:
        catalogue: The catalogue of the operation.
        operation: The operation to call.
        known: Returns IDs that the session has seen, for new fields.

    Attributes:
        tree: The values, by section.
        words: Other options of the line, as written.
    """

    def __init__(self, catalogue: Catalogue, operation: Operation, *, known: KnownIds = _no_ids) -> None:
        self.catalogue = catalogue
        self.operation = operation
        self.tree: dict[str, Any] = {"path": {}, "query": {}, "header": {}, "form": {}, "body": EMPTY}
        self.words: list[str] = []
        self._known = known
        self._builder = Builder(catalogue)
        self._fields = CallFields(catalogue, operation, self._builder)
        for parameter in operation.path_parameters:
            self.tree["path"][parameter.name] = EMPTY
        for parameter in operation.query_parameters:
            if parameter.required:
                self.tree["query"][parameter.name] = EMPTY
        for name, field in self._fields.of("form").items():
            if field.required:
                self.tree["form"][name] = EMPTY

    # -- from a cell --------------------------------------------------------------------------------------

    @classmethod
    def of_cell(cls, catalogue: Catalogue, text: str, *, known: KnownIds = _no_ids) -> Form:
        """Read a `%monite` line or a `%%monite` cell.

        Args:
            catalogue: The catalogue in use.
            text: The text of the cell. The magic's name may be left out.
            known: As for `Form`.

        Raises:
            RequestError: It can't be read.
            CatalogueError: The catalogue doesn't know the operation.
        """
        line, _, body = text.strip().partition("\n")
        first, _, rest = line.partition(" ")
        line = rest if first.startswith("%") else line
        return cls.of_call(catalogue, read_line(MAGICS["monite"], line, cell=bool(body)), body, known=known)

    @classmethod
    def of_call(
        cls, catalogue: Catalogue, arguments: Arguments, body: str | None, *, known: KnownIds = _no_ids
    ) -> Form:
        """Read a parsed line and the text below it; see `of_cell`."""
        request = read(arguments, body)
        target, _, query = partition(request.path, "?")
        match = catalogue.find(request.method, target)
        if match is None:
            raise _unknown(catalogue, request.method, target)
        form = cls(catalogue, match.operation, known=known)
        written = split_path(target)
        for template, segment in zip(match.operation.segments, written, strict=True):
            name = template[1:-1]
            if is_placeholder(template) and segment != template:
                form._put_text(("path", name), decoded(segment))
        for name, value in [*query_pairs(query), *request.query]:
            form._add_text("query", name, value)
        for name, value in request.headers:
            form.tree["header"][name] = value
        for name, value in [*request.files, *request.fields]:
            form._add_text("form", name, value)
        if request.body is not None:
            form.tree["body"] = read_tree(request.body)
        elif request.body_name is not None:
            form.tree["body"] = Reference(sole_reference(request.body_name) or request.body_name)
        form.words = list(other_words(arguments))
        return form

    @classmethod
    def draft(
        cls,
        catalogue: Catalogue,
        operation: Operation,
        *,
        known: KnownIds = _no_ids,
        choice: str | None = None,
        full: bool = False,
    ) -> Form:
        """Return a form filled with the draft of `%monite_new`."""
        drafted = skeleton(catalogue, operation, full=full, choice=choice, known=known)
        return cls.of_cell(catalogue, drafted.cell, known=known)

    # -- to a cell ----------------------------------------------------------------------------------------

    @property
    def line(self) -> str:
        """The line of the cell, without the magic's name."""
        path = self.operation.path
        for name, value in sent(self.tree["path"]).items():
            path = path.replace(f"{{{name}}}", encoded(as_text(value)))
        pairs = [
            f"{encoded(name, safe='[]')}={encoded(as_text(item))}"
            for name, value in sent(self.tree["query"]).items()
            for item in (value if isinstance(value, list) else [value])
        ]
        words = [self.operation.method, word(f"{path}?{'&'.join(pairs)}" if pairs else path)]
        for name, value in sent(self.tree["header"]).items():
            words += ["-H", word(f"{name}: {as_text(value)}")]
        files = self._fields.files
        given = [
            (name, as_text(item))
            for name, value in sent(self.tree["form"]).items()
            for item in (value if isinstance(value, list) else [value])
        ]
        for name, text in sorted(given, key=lambda each: each[0] not in files):
            words += ["--file" if name in files else "-d", word(f"{name}={text}")]
        if isinstance(self.tree["body"], Reference):
            words += ["--body", word(self.tree["body"].name)]
        return " ".join([*words, *self.words])

    @property
    def body(self) -> str | None:
        """The text of the body, or None if there is none in the cell."""
        body = self.tree["body"]
        return None if body is EMPTY or isinstance(body, Reference) else write_tree(body)

    @property
    def cell(self) -> str:
        """The text of the cell that sends the call."""
        body = self.body
        return f"%monite {self.line}" if body is None else f"%%monite {self.line}\n{body}"

    # -- what to show -------------------------------------------------------------------------------------

    def section(self, name: Section) -> Control:
        """Return the controls of a part of the request as an object; the body may be of another kind."""
        if name == "body":
            schema = self.operation.body.schema if self._fields.takes_json and self.operation.body else {}
            made = self._builder.control(("body",), "body", schema, self.tree["body"], required=True)
            root_choices = self._root_choices()
            return made if not root_choices else Control(**{**made.__dict__, **root_choices})
        fields = self._fields.of(name)
        values = self.tree[name]
        children = []
        order = [*fields, *values]
        for key in sorted(values, key=order.index):
            schema = fields[key].schema if key in fields else {"type": "string"}
            required = key in fields and fields[key].required
            made = self._builder.control(
                (name, key), key, schema, values[key], required=required, removable=not required
            )
            children.append(made)
        addable = tuple(key for key in fields if key not in values)
        return Control((name,), name, "object", children=tuple(children), addable=addable)

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections with fields, existing or addable."""
        shown = []
        for name in SECTIONS:
            control = self.section(name) if name != "body" or self._fields.takes_json else None
            if control and (name == "body" or control.children or control.addable):
                shown.append(name)
        return tuple(shown)

    def leaves(self) -> list[Control]:
        """Return all fields that have a box."""
        return [leaf for name in self.sections for leaf in self.section(name).leaves()]

    def find(self, path: Path) -> Control | None:
        """Return the control at a path, or None."""
        control: Control | None = self.section(cast("Section", path[0]))
        for depth in range(1, len(path)):
            children = control.children if control else ()
            control = next((each for each in children if each.path == path[: depth + 1]), None)
        return control

    # -- changes ------------------------------------------------------------------------------------------

    def set(self, path: Path, text: str) -> None:
        """Set the text of the box at a path; objects and lists around it are created.

        Args:
            path: The path of the field.
            text: The typed text.
        """
        before = self._units_around(path) if path[-1] in _STEERING else []
        control = self._leaf(path)
        value = value_of(control.kind, text, currency=control.currency, options=self._options(path))
        put_at(self.tree, path, value)
        if path[0] == "body" and path[-1] == "type":
            self._follow_type(path, value)
        for other, typed in before:  # keep the digits, update their meaning
            if (
                other != path
                and (now := self.find(other)) is not None
                and now.kind in ("money", "rate", "integer")
            ):
                put_at(self.tree, other, value_of(now.kind, typed, currency=now.currency))

    def add(self, path: Path) -> None:
        """Add an optional field: empty if it is plain, otherwise as `%monite_new` drafts it."""
        if path[0] != "body":
            schema = self._fields.schema(path, self.tree)
            is_list = any(each.get("type") == "array" for each in variants(self.catalogue, schema))
            self.tree[str(path[0])][path[1]] = [EMPTY] if is_list else EMPTY
            return
        put_at(self.tree, path, self._fresh(str(path[-1]), self._fields.schema(path, self.tree)))

    def add_item(self, path: Path) -> None:
        """Add an item to the list at a path; the first is drafted, the next ones are like the last, empty."""
        items = value_at(self.tree, path)
        if path[0] != "body":
            items.append(EMPTY)
            return
        name = str(path[-1])
        item = self._fresh(
            name.removesuffix("s") if name != "line_items" else name,
            self._fields.schema((*path, 0), self.tree),
        )
        items.append(item)

    def remove(self, path: Path) -> None:
        """Remove a field or an item."""
        del value_at(self.tree, path[:-1])[path[-1]]

    def choose(self, path: Path, label: str) -> None:
        """Change the kind of the value at a path; fields that both kinds have are kept.

        Args:
            path: The path of the value.
            label: One of the control's `kinds`.
        """
        before = value_at(self.tree, path)
        if path == ("body",) and label in choices(self.catalogue, self.operation):
            drafted = skeleton(self.catalogue, self.operation, choice=label, known=self._known)
            after = read_tree(write_tree(drafted.body))
        else:
            plain = self._builder.alternatives(self._fields.schema(path, self.tree))[label]
            after = self._fresh(str(path[-1]), plain)
        if isinstance(before, dict) and isinstance(after, dict):
            labels = (self.find(path) or self._leaf(path)).kinds
            after = {
                key: item if item in labels else _kept(before.get(key, EMPTY), item)
                for key, item in after.items()
            }
        put_at(self.tree, path, after)

    # -- pieces -------------------------------------------------------------------------------------------

    def _root_choices(self) -> dict[str, Any]:
        labels = choices(self.catalogue, self.operation) if self._fields.takes_json else []
        if len(labels) < 2:
            return {}
        body = self.tree["body"]
        named = body.get("type") if isinstance(body, dict) else None
        present = [label for label in labels if label == named] or [
            label for label in labels if isinstance(body, dict) and label in body
        ]
        return {"kinds": tuple(labels), "chosen": present[0] if present else ""}

    def _fresh(self, name: str, schema: Schema) -> Any:
        """A value for a new field: nothing for a plain one, the shape for an object or a list."""
        kinds = [each for each in variants(self.catalogue, schema) if each.get("type") != "null"]
        if not any(each.get("type") in ("object", "array") or "properties" in each for each in kinds[:1]):
            fixed = [each["const"] for each in kinds if "const" in each]
            return fixed[0] if len(fixed) == len(kinds) == 1 else EMPTY
        try:
            return read_tree(write_tree(draft_value(self.catalogue, name, schema, known=self._known)))
        except CatalogueError:
            return {}

    def _follow_type(self, path: Path, value: Any) -> None:
        """If `type` names a sibling field, add that field and remove its alternatives."""
        around = value_at(self.tree, path[:-1])
        for plain in variants(self.catalogue, self._fields.schema(path[:-1], self.tree)):
            others = rivals(self.catalogue, plain)
            if value in others and value not in around:
                for other in others:
                    around.pop(other, None)
                around[value] = self._fresh(str(value), plain["properties"][value])
                return
        control = self.find(path[:-1])
        known = self._builder.fields(self._fields.schema(path[:-1], self.tree), {path[-1]: value})
        if control is None or not known:
            return
        for name in [name for name in around if name not in known]:
            del around[name]
        for name, field in known.items():
            if field.required and name not in around:
                around[name] = self._fresh(name, field.schema)

    def _units_around(self, path: Path) -> list[tuple[Path, str]]:
        control = self.find(path[:-1])
        leaves = control.leaves() if control else []
        return [(leaf.path, leaf.text) for leaf in leaves if leaf.kind in ("money", "rate")]

    def _leaf(self, path: Path) -> Control:
        control = self.find(path)
        if control is not None:
            return control
        schema = self._fields.schema(path, self.tree) if path[0] == "body" else {}
        return self._builder.control(path, str(path[-1]), schema, EMPTY)

    def _options(self, path: Path) -> list[Any]:
        schema = self._fields.schema(path, self.tree)
        return self._builder.scalar(str(path[-1]), schema, EMPTY, {}, "")[1]

    # The line has text; the tree has values of the field's kind.

    def _put_text(self, path: Path, text: str) -> None:
        schema = self._fields.schema(path, self.tree)
        put_at(self.tree, path, self._read(str(path[1]), schema, text))

    def _add_text(self, section: Section, name: str, text: str) -> None:
        schema = self._fields.schema((section, name), self.tree)
        values = self.tree[section]
        is_list = any(each.get("type") == "array" for each in variants(self.catalogue, schema))
        value = self._read(name, self._builder.items(schema) if is_list else schema, text)
        before = values.get(name, EMPTY)
        if is_list or before is not EMPTY:
            earlier = before if isinstance(before, list) else [] if before is EMPTY else [before]
            values[name] = [*earlier, value]
        else:
            values[name] = value

    def _read(self, name: str, schema: Schema, text: str) -> Any:
        """Convert a text of the line: `10` becomes a number if the field is one."""
        kind, choice = self._builder.scalar(name, schema, EMPTY, {}, "EUR")
        if kind in ("money", "rate"):
            kind = "integer"
        if kind in ("integer", "number", "boolean", "choice"):
            value = value_of(kind, text, options=choice)
            return value if as_text(value) == text else text
        return text


def _kept(before: Any, after: Any) -> Any:
    """Return the value to keep when the kind changes: plain values of the same type."""
    same = type(before) is type(after) or isinstance(before, Reference) or after is EMPTY
    return before if same and before is not EMPTY and not isinstance(before, (dict, list)) else after


def _unknown(catalogue: Catalogue, method: str, path: str) -> Exception:
    others = [operation.method for operation in catalogue.at(path)]
    if others:
        return CatalogueError(f"{path} doesn't support {method}, only {', '.join(others)}.")
    near = catalogue.nearest(path)
    hint = f"Did you mean {either(near)}?" if near else f"The methods are {', '.join(METHODS)}."
    return RequestError(f"No form for {path}: the path is not in the catalogue.", hint=hint)
