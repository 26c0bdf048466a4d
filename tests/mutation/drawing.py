"""Draw mutants of a module: mutmut's operators, applied to one place at a time.

mutmut's own runner changes the bodies of undecorated functions only, so it would leave out properties, class
members and tables. Its operators have the same chance here: most changes drop an argument, which hardly any
test can miss.
"""

from __future__ import annotations

import ast
import difflib
import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: What a person reads: to change its words changes no behaviour.
_PROSE = re.compile(r"[^\W\d_]\S*\s|\s\S*[^\W\d_]")
_NO_BEHAVIOUR = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom)
_FOR_TYPES = {"cast", "Literal", "TypeVar"}


@dataclass(frozen=True)
class Mutant:
    """One change of one module.

    Attributes:
        path: The module, from the root of the repository.
        first: The first line of the changed statement.
        last: Its last line.
        in_function: Whether the statement runs when a function is called, not on import.
        before: The lines that change.
        after: What they become.
        code: The whole changed module.
    """

    path: str
    first: int
    last: int
    in_function: bool
    before: str
    after: str
    code: str

    def __str__(self) -> str:
        return f"{self.path}:{self.first}\n  - {self.before}\n  + {self.after}"


def draw(root: Path, paths: list[str], number: int, seed: str, *, tables_in: str = "") -> list[Mutant]:
    """Draw mutants at random.

    Args:
        root: The repository.
        paths: The modules, from the root.
        number: How many.
        seed: The same seed draws the same mutants of the same code.
        tables_in: Of modules in this folder, only what runs on import is changed.
    """
    modules = {path: MetadataWrapper(cst.parse_module((root / path).read_text("utf-8"))) for path in paths}
    changes: dict[str, list[_Change]] = {}
    for path, wrapper in modules.items():
        places = _Places(path, wrapper.resolve(PositionProvider))
        wrapper.module.visit(places)
        for change in places.changes:
            if not (change.in_function and tables_in and path.startswith(tables_in)):
                changes.setdefault(change.operator, []).append(change)
    random_order = random.Random(seed)
    for each in changes.values():
        random_order.shuffle(each)
    drawn: list[Mutant] = []
    while changes and len(drawn) < number:
        operator = random_order.choice(sorted(changes))
        mutant = _mutant(modules, changes[operator].pop())
        if not changes[operator]:
            del changes[operator]
        if mutant is not None and mutant not in drawn:
            drawn.append(mutant)
    return drawn


class _Change(NamedTuple):
    """What an operator makes of a node, and the first and last line of the statement that has it."""

    path: str
    operator: str
    node: cst.CSTNode
    changed: cst.CSTNode
    first: int
    last: int
    in_function: bool


def _mutant(modules: dict[str, MetadataWrapper], change: _Change) -> Mutant | None:
    module = modules[change.path].module
    code, changed = module.code, module.deep_replace(change.node, change.changed).code
    try:
        if ast.dump(ast.parse(code)) == ast.dump(ast.parse(changed)):
            return None
    except SyntaxError:
        return None
    lines = list(difflib.unified_diff(code.splitlines(), changed.splitlines(), n=0))[2:]
    before, after = (" ".join(line[1:].strip() for line in lines if line.startswith(mark)) for mark in "-+")
    return Mutant(change.path, change.first, change.last, change.in_function, before, after, changed)


class _Places(cst.CSTVisitor):
    """Collects the changes that the operators know, with the lines of their statements."""

    def __init__(self, path: str, positions) -> None:
        super().__init__()
        self.changes: list[_Change] = []
        self._path = path
        self._positions = positions
        self._statements: list[tuple[int, int]] = []
        self._functions = 0

    def on_visit(self, node: cst.CSTNode) -> bool:
        if _has_no_behaviour(node):
            return False
        if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
            where = self._positions[node]
            body = getattr(node, "body", None)
            last = (
                self._positions[body].start.line - 1
                if isinstance(body, cst.IndentedBlock)
                else where.end.line
            )
            self._statements.append((where.start.line, max(where.start.line, last)))
        self._functions += isinstance(node, (cst.FunctionDef, cst.Lambda))
        if self._statements:
            for operator, changed in _changed(node):
                where = (*self._statements[-1], self._functions > 0)
                self.changes.append(_Change(self._path, operator, node, changed, *where))
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if _has_no_behaviour(original_node):
            return
        if isinstance(original_node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
            self._statements.pop()
        self._functions -= isinstance(original_node, (cst.FunctionDef, cst.Lambda))


def _changed(node: cst.CSTNode) -> Iterator[tuple[str, cst.CSTNode]]:
    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            changed = list(operator(node))
            # Of the changes of a text the first is enough: other cases of letters are often the same name.
            found = changed[:1] if isinstance(node, cst.SimpleString) else changed
            yield from ((operator.__name__, each) for each in found)


def _has_no_behaviour(node: cst.CSTNode) -> bool:
    if isinstance(node, _NO_BEHAVIOUR):
        return True
    if isinstance(node, cst.SimpleString):
        return _PROSE.search(str(node.evaluated_value)) is not None
    if isinstance(node, cst.Expr):  # a docstring
        return isinstance(node.value, (cst.SimpleString, cst.ConcatenatedString))
    if isinstance(node, cst.If):
        return isinstance(node.test, cst.Name) and node.test.value == "TYPE_CHECKING"
    if isinstance(node, cst.Assign):
        target = node.targets[0].target
        return isinstance(target, cst.Name) and target.value in {"__all__", "__slots__"}
    if isinstance(node, cst.Call):
        return isinstance(node.func, cst.Name) and node.func.value in _FOR_TYPES
    return (
        isinstance(node, cst.Subscript)
        and isinstance(node.value, cst.Name)
        and node.value.value in _FOR_TYPES
    )
