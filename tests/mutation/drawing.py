"""Draw mutants of a module: mutmut's operators, applied to one place at a time.

mutmut's own runner changes the bodies of undecorated functions only, so it would leave out properties, class
members and tables.
"""

from __future__ import annotations

import ast
import difflib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

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
    changes = []
    for path, wrapper in modules.items():
        places = _Places(wrapper.resolve(PositionProvider))
        wrapper.module.visit(places)
        tables_only = bool(tables_in) and path.startswith(tables_in)
        changes += [(path, *change) for change in places.changes if not (tables_only and change[-1])]
    random.Random(seed).shuffle(changes)
    drawn: list[Mutant] = []
    for path, node, changed, (first, last), in_function in changes:
        if len(drawn) == number:
            break
        module = modules[path].module
        mutant = _mutant(path, module.code, module.deep_replace(node, changed).code, first, last, in_function)
        if mutant is not None and mutant not in drawn:
            drawn.append(mutant)
    return drawn


def _mutant(path: str, code: str, changed: str, first: int, last: int, in_function: bool) -> Mutant | None:
    try:
        if ast.dump(ast.parse(code)) == ast.dump(ast.parse(changed)):
            return None
    except SyntaxError:
        return None
    lines = list(difflib.ndiff(code.splitlines(), changed.splitlines()))
    before, after = (
        " ".join(line[2:].strip() for line in lines if line.startswith(mark)) for mark in ("- ", "+ ")
    )
    return Mutant(path, first, last, in_function, before, after, changed)


class _Places(cst.CSTVisitor):
    """Collects the changes that the operators know, with the lines of their statements."""

    def __init__(self, positions) -> None:
        super().__init__()
        self.changes: list[tuple[cst.CSTNode, cst.CSTNode, tuple[int, int], bool]] = []
        self._positions = positions
        self._statements: list[tuple[int, int]] = []
        self._functions = 0

    def on_visit(self, node: cst.CSTNode) -> bool:
        if _has_no_behaviour(node):
            return False
        if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
            where = self._positions[node]
            body = getattr(node, "body", None)
            last = self._positions[body].start.line - 1 if isinstance(body, cst.IndentedBlock) else where.end.line
            self._statements.append((where.start.line, max(where.start.line, last)))
        self._functions += isinstance(node, (cst.FunctionDef, cst.Lambda))
        if self._statements:
            for changed in _changed(node):
                self.changes.append((node, changed, self._statements[-1], self._functions > 0))
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if _has_no_behaviour(original_node):
            return
        if isinstance(original_node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
            self._statements.pop()
        self._functions -= isinstance(original_node, (cst.FunctionDef, cst.Lambda))


def _changed(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            changed = list(operator(node))
            # Of the changes of a text, the first is enough: it can't be another spelling of the same name.
            yield from changed[:1] if isinstance(node, cst.SimpleString) else changed


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
    return isinstance(node, cst.Subscript) and isinstance(node.value, cst.Name) and node.value.value in _FOR_TYPES
