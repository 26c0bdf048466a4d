"""A call as Python code with the vendor's SDK, for the version of it that is installed.

Which function makes a call is read from the SDK's own source, not from a table of ours that would age: each
of its `raw_client.py` files holds functions that name a method, a path, and which parameter goes where.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import textwrap
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from monite_magic.core import MoniteError
from monite_magic.history.exchange.python_code import Code, body_value, call, expression, opened
from monite_magic.history.recipe import TOKEN, Variable

if TYPE_CHECKING:
    from monite_magic.history.recipe import Recipe

_REQUEST: Final = re.compile(r'_client\.(request|stream)\(\s*f?"([^"]*)",\s*method="([A-Z]+)"')
_FUNCTION: Final = re.compile(r"^(?:    @.*\n)?    def (\w+)\(", re.MULTILINE)
_ARGUMENT: Final = re.compile(r"\{jsonable_encoder\((\w+)\)\}")
_OWN_HEADERS: Final = frozenset({"content-type", "x-monite-version", "x-monite-entity-id"})


@dataclass(slots=True)
class _Function:
    """A function of the SDK.

    Attributes:
        name: How it is reached from the client: `counterparts.contacts.create`.
        path: Its path with `{}` for each argument.
        arguments: The names of the path's arguments, in order.
        query: Name of a query parameter -> (keyword, its type as it is annotated).
        body: Name of a body field -> keyword; None if one keyword, `request`, takes the whole body.
        files: Name of a field -> keyword.
        source: Its source.
        streams: Whether it gives the answer in pieces.
    """

    name: str
    path: str
    arguments: list[str]
    source: str
    streams: bool
    query: dict[str, tuple[str, str]] = field(default_factory=dict)
    body: dict[str, str] | None = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


def to_sdk(recipe: Recipe) -> str:
    """Return the call as a Python script with the SDK, which prints the answer.

    Raises:
        MoniteError: The SDK is not installed, has no function for this call, or not its dialect.
    """
    if recipe.header("x-monite-version") is None:
        raise MoniteError("The vendor's SDK speaks Monite's dialect only.", hint="Choose --as httpx.")
    function, values = _find(recipe.method, recipe.path)
    _read_keywords(function)
    lines = ["import os", ""] if recipe.variables else []
    arguments, options = _arguments(function, values, recipe)
    if any(isinstance(value, Code) and value.text.startswith("datetime.") for _, value in arguments):
        lines.insert(0, "import datetime")
        lines += [] if recipe.variables else [""]
    lines += ["from monite import Monite", "", f"client = {_client(recipe)}"]
    if options:
        arguments.append(("request_options", options))
    code = call(f"client.{function.name}", arguments)
    lines += [f'answer = b"".join({code})' if function.streams else f"answer = {code}", "print(answer)", ""]
    return "\n".join(lines)


def _client(recipe: Recipe) -> str:
    arguments: list[tuple[str | None, Any]] = [
        ("base_url", expression(recipe.base_url)),
        ("monite_version", recipe.header("x-monite-version")),
    ]
    if entity := recipe.header("x-monite-entity-id"):
        arguments.append(("monite_entity_id", entity))
    if recipe.secured:
        arguments.append(("token", expression((Variable(TOKEN),))))
    return call("Monite", arguments)


def _arguments(
    function: _Function, values: list[str], recipe: Recipe
) -> tuple[list[tuple[str | None, Any]], dict[str, Any]]:
    """Return the arguments of the call, and the request options for what no argument takes."""
    arguments: list[tuple[str | None, Any]] = [
        (name, unquote(value)) for name, value in zip(function.arguments, values, strict=True)
    ]
    options: dict[str, dict[str, Any]] = {}
    for name, texts in _grouped(recipe.query).items():
        if name in function.query:
            keyword, annotation = function.query[name]
            arguments.append((keyword, _query_value(texts, annotation)))
        else:
            options.setdefault("additional_query_parameters", {})[name] = (
                texts[0] if len(texts) == 1 else texts
            )
    if recipe.body:
        _add_body(function, body_value(recipe), arguments, options)
    for name, path in recipe.files:
        arguments.append((function.files.get(name, name), opened(path)))
    if recipe.fields:
        _add_body(function, dict(recipe.fields), arguments, options)
    headers = {name: expression(value) for name, value in recipe.headers if name.lower() not in _OWN_HEADERS}
    if headers:
        options["additional_headers"] = headers
    return arguments, options


def _add_body(
    function: _Function,
    body: dict[str, Any],
    arguments: list[tuple[str | None, Any]],
    options: dict[str, Any],
) -> None:
    if function.body is None:
        arguments.append(("request", body))
        return
    for name, value in body.items():
        if name in function.body:
            arguments.append((function.body[name], value))
        else:
            options.setdefault("additional_body_parameters", {})[name] = value


def _grouped(pairs: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def _query_value(texts: list[str], annotation: str) -> Any:
    values = [_typed(text, annotation) for text in texts]
    return values[0] if len(values) == 1 else values


def _typed(text: str, annotation: str) -> Any:
    """Return the value of a query parameter as the type that the SDK wants."""
    if "dt.datetime" in annotation:
        return Code(f"datetime.datetime.fromisoformat({text!r})")
    if "bool" in annotation and text in {"true", "false"}:
        return text == "true"
    if "int" in annotation and re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    return text


# -- reading the SDK's source -------------------------------------------------------------------------------


def _find(method: str, path: str) -> tuple[_Function, list[str]]:
    """Return the function that makes a call, and the values of its path's arguments."""
    segments = path.strip("/").split("/")
    found = [
        (function, values)
        for function_method, function in _functions()
        if function_method == method and (values := _match(function.path.split("/"), segments)) is not None
    ]
    if not found:
        raise MoniteError(
            f"The installed SDK has no function for {method} {path}.",
            hint="Use --as httpx, which needs none.",
        )
    return min(found, key=lambda pair: len(pair[1]))  # literal segments beat arguments


def _match(template: list[str], segments: list[str]) -> list[str] | None:
    if len(template) != len(segments):
        return None
    values = []
    for expected, segment in zip(template, segments, strict=True):
        if expected == "{}":
            values.append(segment)
        elif expected != segment:
            return None
    return values


@cache
def _functions() -> tuple[tuple[str, _Function], ...]:
    """Return every function of the installed SDK with its method."""
    spec = importlib.util.find_spec("monite")
    if spec is None or not spec.submodule_search_locations:
        raise MoniteError(
            "The SDK is not installed here.", hint="Run %pip install monite, or use --as httpx."
        )
    root = Path(spec.submodule_search_locations[0])
    return tuple(pair for file in sorted(root.rglob("raw_client.py")) for pair in _functions_of(file, root))


def _functions_of(file: Path, root: Path) -> list[tuple[str, _Function]]:
    source = file.read_text(encoding="utf-8").partition("\nclass Async")[0]
    prefix = ".".join(file.parent.relative_to(root).parts)
    starts = list(_FUNCTION.finditer(source))
    functions = []
    for index, start in enumerate(starts):
        end = starts[index + 1].start() if index + 1 < len(starts) else len(source)
        text = source[start.start() : end]
        if match := _REQUEST.search(text):
            sends, path, method = match.groups()
            name, arguments = f"{prefix}.{start.group(1)}", _ARGUMENT.findall(path)
            function = _Function(name, _ARGUMENT.sub("{}", path), arguments, text, sends == "stream")
            functions.append((method, function))
    return functions


def _read_keywords(function: _Function) -> None:
    """Find out which keyword of the function becomes which field of the request."""
    tree = ast.parse(textwrap.dedent(function.source))
    definition = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    types = {
        argument.arg: ast.unparse(argument.annotation) if argument.annotation else ""
        for argument in (*definition.args.args, *definition.args.kwonlyargs)
    }
    request = next(node for node in ast.walk(definition) if isinstance(node, ast.Call) and _is_request(node))
    for keyword in request.keywords:
        entries = _entries(keyword.value, types)
        if keyword.arg == "params":
            function.query = entries
        elif keyword.arg == "files":
            function.files = {name: entry[0] for name, entry in entries.items()}
        elif keyword.arg == "json" and not isinstance(keyword.value, ast.Dict):
            function.body = None
        elif keyword.arg in {"json", "data"}:
            function.body = {name: entry[0] for name, entry in entries.items()}


def _is_request(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr in {"request", "stream"}


def _entries(value: ast.expr, types: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Read `{"name": writer(keyword)}` as name -> (keyword, its type as it is annotated)."""
    entries: dict[str, tuple[str, str]] = {}
    if not isinstance(value, ast.Dict):
        return entries
    for key, item in zip(value.keys, value.values, strict=True):
        used = (node.id for node in ast.walk(item) if isinstance(node, ast.Name))
        keyword = next((name for name in used if name in types), None)
        if isinstance(key, ast.Constant) and keyword:
            entries[str(key.value)] = (keyword, types[keyword])
    return entries
