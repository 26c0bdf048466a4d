"""The pages of `%monite_help`: an operation, one of its fields, the resources, a search.

Each page is a card, shown as HTML or plain text. No session is needed.
"""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import httpx

from monite_magic.catalogue import CatalogueError
from monite_magic.catalogue.fields import allowed_values, descend, field_schemas, fields, variants
from monite_magic.catalogue.nearest import nearest_words
from monite_magic.catalogue.skeleton import choices, skeleton
from monite_magic.catalogue.spans import span_of_field, span_of_query
from monite_magic.catalogue.wording import about, describe, listed, shown
from monite_magic.cell.cell_text import checked_cell
from monite_magic.core.errors import RequestError
from monite_magic.core.words import counted, either
from monite_magic.display.grid import Cell, Column, Grid
from monite_magic.display.parts import Card, Code, Facts, Table, Title, Words
from monite_magic.jupyter.assist.phrases import entity_need, purpose, resource, token_kind
from monite_magic.jupyter.assist.recipes import NOTEBOOK
from monite_magic.jupyter.assist.search import find_recipes, search
from monite_magic.jupyter.assist.topics import Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monite_magic.catalogue import Catalogue, Operation, Parameter, Schema
    from monite_magic.catalogue.fields import Field
    from monite_magic.display.parts import Part

_TONE = "info"
_MAX_DEPTH = 2  # levels of nested fields on an operation's page
_MAX_FIELDS = 120
_LINE = 90  # characters
_MAX_FOUND = 15
_MAX_RECIPES = 3


def resources_page(catalogue: Catalogue) -> Card:
    """Return the list of resources with their number of operations.

    Args:
        catalogue: The catalogue in use.
    """
    groups: dict[str, list[Operation]] = {}
    for operation in catalogue.operations:
        groups.setdefault(resource(operation), []).append(operation)
    rows = [
        (name, str(len(group)), ", ".join(dict.fromkeys(o.tag for o in group)))
        for name, group in groups.items()
    ]
    return Card(
        _TONE,
        [
            Title(f"Monite API {catalogue.version}: {len(catalogue.operations)} operations", _TONE),
            _table(("resource", "operations", "about"), rows),
            Words(
                "Ask in your own words: %monite_help which bills are due. %monite_help METHOD /path explains "
                "a call.",
                quiet=True,
            ),
        ],
    )


def search_page(catalogue: Catalogue, text: str) -> Card:
    """Return the operations, commands and recipes for a search, best first.

    Args:
        catalogue: The catalogue in use.
        text: Everyday words: `pay a bill`, `how do I log in?`.
    """
    found = search(catalogue, text)
    recipes = [] if text.startswith("/") else find_recipes(text)[:_MAX_RECIPES]
    if not found.hits and not recipes:
        nothing = "Nothing found. Try other words, or run %monite_help to list all resources."
        return Card(_TONE, [Title(text, _TONE), Words(nothing)])
    parts: list[Part] = [
        Title(f"{text}: {counted(len(found.hits), 'operation' if text.startswith('/') else 'result')}", _TONE)
    ]
    if found.also:
        meant = ", ".join(f"{said} = {word}" for said, word in found.also)
        parts.append(Words(f"In the API: {meant}."))
    if found.unknown:
        parts.append(Words(f"Ignored words: {', '.join(found.unknown)}."))
    rows = [_hit_row(hit) for hit in found.hits[:_MAX_FOUND]]
    if rows:
        parts.append(_table(("type this", "what it does"), rows))
    if recipes:
        # Headings alone: with the notebook's name before them, the longest are cut.
        names = [(recipe.heading.replace("`", ""),) for recipe in recipes]
        parts += [Words("Recipes, each a cell to copy:"), _table((f"heading in {NOTEBOOK}",), names)]
    if (more := len(found.hits) - len(rows)) > 0:
        parts.append(Words(f"{more} more. Add a word to narrow the results.", quiet=True))
    parts.append(Words("%monite_help METHOD /path explains a call; %monite_new drafts its cell.", quiet=True))
    return Card(_TONE, parts)


def _hit_row(hit: Operation | Topic) -> tuple[str, str]:
    if isinstance(hit, Topic):
        return hit.command, hit.purpose
    return f"{hit.method} {hit.path}", purpose(hit)


def operation_page(catalogue: Catalogue, operation: Operation, *, remark: str = "") -> Card:
    """Return the page of one operation.

    Args:
        catalogue: The catalogue of the operation.
        operation: The operation.
        remark: A remark to show, or an empty text.
    """
    parts: list[Part] = [Title(str(operation), _TONE), Words(f"{purpose(operation)}.")]
    parts += [Words(remark, strong=True)] if remark else []
    facts = [
        ("group", operation.tag),
        ("token", token_kind(operation)),
        ("entity", entity_need(operation)),
    ]
    if operation.deprecated:
        facts.insert(0, ("deprecated", "yes: avoid it in new code"))
    parts.append(Facts(facts))
    parts += _parameters(catalogue, "In the path", operation.path_parameters)
    parts += _parameters(catalogue, "In the query", operation.query_parameters)
    parts += _parameters(catalogue, "In headers", operation.header_parameters)
    parts += _body(catalogue, operation)
    parts += answers(catalogue, operation)
    if operation.method in ("GET", "POST", "PATCH") and (below := catalogue.below(operation.path)):
        names = ", ".join(f"…/{path.rpartition('/')[2]}" for path in below)
        parts.append(Words(f"Separate records below {below[0].rpartition('/')[0]}: {names}."))
    try:
        parts.append(Code(checked_cell(skeleton(catalogue, operation).cell), "The shortest call:"))
    except (CatalogueError, RequestError) as problem:
        parts.append(Words(str(problem)))
    return Card(_TONE, parts)


def field_page(catalogue: Catalogue, operation: Operation, field_path: str, *, remark: str = "") -> Card:
    """Return the page of a field of an operation's body, or of a parameter.

    Args:
        catalogue: The catalogue that it comes from.
        operation: The operation.
        field_path: `organization.address.country`, `line_items.quantity`, or a parameter's name.
        remark: A remark on the operation to show, or an empty text.

    Raises:
        CatalogueError: The field is unknown. The message names the closest ones, or a version that has it.
    """
    for parameter in operation.parameters:
        if parameter.name == field_path:
            required = _yes_or_no(required=parameter.required)
            return _field_card(catalogue, operation, field_path, parameter.schema, required, remark)
    *above, name = field_path.split(".")
    body = operation.body
    known = fields(field_schemas(catalogue, body.schema, above)) if body else {}
    field = known.get(name.partition("[")[0])
    if field is None:
        span = span_of_field(catalogue, operation, field_path.split(".")) or span_of_query(
            catalogue, operation, field_path
        )
        if span:
            raise CatalogueError(
                f"{operation} has no field {field_path} in API version {catalogue.version}, only {span}."
            )
        near = nearest_words(name, known) or list(known)[:8]
        hint = f" Did you mean {either(near)}?" if near else ""
        raise CatalogueError(f"{operation} has no field {field_path}.{hint}")
    required = _yes_or_no(required=field.required, partly=field.partly)
    return _field_card(catalogue, operation, field_path, field.schema, required, remark)


# -- pieces of pages ------------------------------------------------------------------------------------


def _yes_or_no(*, required: bool, partly: bool = False) -> str:
    return "yes" if required else "for some kinds of body" if partly else "no"


def _field_card(
    catalogue: Catalogue, operation: Operation, path: str, schema: Schema, required: str, remark: str
) -> Card:
    facts = [
        ("of", str(operation)),
        ("required", required),
        ("value", describe(catalogue, schema)),
    ]
    values = allowed_values(catalogue, schema)
    if values:
        facts[-1] = ("value", f"one of {len(values)} values" if len(values) > 1 else facts[-1][1])
    parts: list[Part] = [Title(path, _TONE), Facts(facts)]
    parts += [Words(remark, strong=True)] if remark else []
    if values:
        parts.append(Code(fill(", ".join(map(shown, values)), _LINE), "Values:"))
    inner = _rows(catalogue, variants(catalogue, schema), "")
    if inner:
        parts += [Words("Fields in it:"), _table(("field", "", "value"), inner)]
    return Card(_TONE, parts)


def _parameters(catalogue: Catalogue, heading: str, parameters: Sequence[Parameter]) -> list[Part]:
    rows = [
        (parameter.name, _mark(required=parameter.required, deprecated=parameter.deprecated),
         describe(catalogue, parameter.schema))
        for parameter in sorted(parameters, key=lambda each: not each.required)
    ]  # fmt: skip
    return [Words(f"{heading}:"), _table(("name", "", "value"), rows)] if rows else []


def _body(catalogue: Catalogue, operation: Operation) -> list[Part]:
    body = operation.body
    if body is None:
        return []
    kinds = choices(catalogue, operation)
    heading = f"Body ({body.content_type}{'' if body.required else ', optional'}):"
    if kinds:
        heading += f" one of {listed(kinds)} (%monite_new {operation} --type …)"
    rows = _rows(catalogue, descend(catalogue, body.schema, ()), "")
    return (
        [Words(heading), _table(("field", "", "value"), rows[:_MAX_FIELDS], total=len(rows))] if rows else []
    )


def answers(catalogue: Catalogue, operation: Operation) -> list[Part]:
    """Return the answers of an operation: status codes with their fields.

    Args:
        catalogue: The catalogue of the operation.
        operation: The operation.
    """
    rows = []
    for status, answer in sorted(operation.answers.items()):
        what = answer.content_type or "no content"
        if answer.schema and status < 400:
            names = list(fields(descend(catalogue, answer.schema, ())))
            what = listed(names, 12) if names else what
        rows.append((str(status), httpx.codes.get_reason_phrase(status), what))
    return [Words("Answers:"), _table(("status", "", "what"), rows)]


def _rows(
    catalogue: Catalogue, schemas: Iterable[Schema], prefix: str, depth: int = 0
) -> list[tuple[str, str, str]]:
    """Return one row per field, including the fields of objects and of lists of objects."""
    rows = []
    for field in fields(_objects(catalogue, schemas)).values():
        rows.append(_row(catalogue, field, prefix))
        if depth < _MAX_DEPTH:
            below = variants(catalogue, field.schema)
            mark = "[]" if any(each.get("type") == "array" for each in below) else ""
            rows += _rows(catalogue, below, f"{prefix}{field.name}{mark}.", depth + 1)
    return rows


def _objects(catalogue: Catalogue, schemas: Iterable[Schema]) -> list[Schema]:
    """Return the object schemas, including those of list items."""
    found = []
    for schema in schemas:
        if "properties" in schema:
            found.append(schema)
        elif isinstance(schema.get("items"), dict):
            found += [each for each in variants(catalogue, schema["items"]) if "properties" in each]
    return found


def _row(catalogue: Catalogue, field: Field, prefix: str) -> tuple[str, str, str]:
    deprecated = bool(field.schema.get("deprecated"))
    mark = _mark(required=field.required, partly=field.partly, deprecated=deprecated)
    return f"{prefix}{field.name}", mark, about(catalogue, field._replace(required=False))


def _mark(*, required: bool, deprecated: bool, partly: bool = False) -> str:
    marks = (("required", required), ("required in some", partly), ("deprecated", deprecated))
    return " ".join(word for word, holds in marks if holds)


def _table(names: Sequence[str], rows: Sequence[Sequence[str]], total: int | None = None) -> Table:
    grid = Grid(
        [Column(name, wrap=index == len(names) - 1) for index, name in enumerate(names)],
        [
            [Cell(cell, look="code" if not index else "text") for index, cell in enumerate(row)]
            for row in rows
        ],
    )
    return Table(grid, len(rows), total if total is not None else len(rows))
