"""Write a template sheet for a push: headings, notes, menus for choices, and two example rows."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from monite_magic.catalogue.samples import sample
from monite_magic.catalogue.skeleton import skeleton
from monite_magic.catalogue.units import WORDS
from monite_magic.core import RequestError, write_private
from monite_magic.tables.frames.backends import need
from monite_magic.tables.push.cells import letter
from monite_magic.tables.push.fields import fields_of
from monite_magic.tables.push.values import is_reference

if TYPE_CHECKING:
    from pathlib import Path

    from monite_magic.tables.push.fields import Field, Fields

EXAMPLE: Final = "EXAMPLE, delete this row"
#: The fields to include, after the required ones.
_USUAL: Final = (
    "legal_name", "first_name", "last_name", "name", "document_id", "counterpart_id", "type", "email",
    "phone", "is_vendor", "is_customer", "address.line1", "address.line2", "address.postal_code",
    "address.city", "address.country", "tax_id", "external_reference", "currency", "issued_at",
    "due_date", "subtotal", "tax", "tax_amount", "total_amount", "description", "price.value",
    "price.currency", "measure_unit_id", "vat_ids.value", "vat_ids.country", "bank_accounts.iban",
    "bank_accounts.bic", "bank_accounts.currency", "bank_accounts.country",
    "bank_accounts.account_holder_name", "line_items.name", "line_items.quantity",
    "line_items.unit_price", "line_items.tax", "line_items.product_id", "line_items.vat_rate_id",
)  # fmt: skip
_ROWS_WITH_MENUS: Final = 2_000
_MAX_LIST: Final = 255  # maximum characters of a menu in a formula
_LEAST_WIDTH: Final = 14
_DAYS: Final = ("2024-05-25", "2024-06-24")


def write_sheet(
    method: str, path: str, file: Path, *, version: str, kind: str | None = None, full: bool = False
) -> list[str]:
    """Write a template sheet for a push, and return its headings.

    Args:
        method: `POST`, `PATCH` or `DELETE`.
        path: The list that will receive the rows.
        file: The .xlsx file. It must not exist.
        version: The API version.
        kind: The kind of body, if there are several.
        full: Include a column for each field.

    Raises:
        RequestError: The operation or kind is unknown, or the file can't be written.
    """
    if file.suffix.lower() != ".xlsx":
        raise RequestError(f"{file.name} is not an .xlsx file.", hint="Use a name like suppliers.xlsx.")
    if file.exists():
        raise RequestError(f"{file.name} already exists.", hint="Choose another name. Nothing was written.")
    fields = fields_of(method, path, version)
    if kind is not None and kind not in fields.kinds:
        raise RequestError(
            f"{fields.operation} has no kind {kind!r}.", hint=f"It has: {', '.join(fields.kinds)}."
        )
    chosen = _chosen(fields, kind or _usual_kind(fields), full=full)
    content = _workbook(fields, chosen, kind or _usual_kind(fields))
    try:
        write_private(file, content)
    except OSError as error:
        problem = (error.strerror or "it failed").lower()
    else:
        return [each.name for each in chosen]
    raise RequestError(f"{file.name} can't be written: {problem}.", hint="Check the folder.")


def _usual_kind(fields: Fields) -> str:
    if not fields.kinds:
        return ""
    return next((kind for kind in ("organization", "invoice") if kind in fields.kinds), fields.kinds[0])


def _chosen(fields: Fields, kind: str, *, full: bool) -> list[Field]:
    required = _required(fields, kind)
    possible = [each for each in fields.fields.values() if not each.kind or each.kind == kind]
    if fields.operation.method == "DELETE":
        return [each for each in possible if each.part == "path"]
    chosen = []
    for each in possible:
        is_usual = each.relative in _USUAL or each.name in _USUAL
        if each.part == "path" or each.name in required or is_usual or (full and not each.part):
            chosen.append(each)
    order = {name: at for at, name in enumerate(_USUAL)}
    chosen.sort(key=lambda e: (e.part != "path", bool(e.part), order.get(e.relative, order.get(e.name, 99))))
    return chosen


def _required(fields: Fields, kind: str) -> set[str]:
    """Return the fields of a minimal body."""
    if fields.operation.body is None:
        return set()
    choice = kind if kind in fields.kinds else None
    body = skeleton(fields.known, fields.operation, choice=choice).body
    return set(_leaves(body))


def _leaves(data: Any, prefix: str = "") -> list[str]:
    if isinstance(data, dict):
        return [name for key, value in data.items() for name in _leaves(value, f"{prefix}{key}.")]
    if isinstance(data, list) and data and isinstance(data[0], dict):
        return _leaves(data[0], prefix)
    return [prefix.rstrip(".")]


def _workbook(fields: Fields, chosen: list[Field], kind: str) -> bytes:
    openpyxl = need("openpyxl", "excel")
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.worksheet.datavalidation import DataValidation

    required = _required(fields, kind)
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Rows"
    choices = book.create_sheet("Choices")
    about = book.create_sheet("About")
    grey = PatternFill("solid", start_color="FFEFEFEF")
    for index, field in enumerate(chosen, 1):
        heading = page.cell(1, index, field.name)
        heading.font = Font(bold=field.name in required)
        heading.comment = Comment(_note(field, required=field.name in required), "monite-magic")
        page.column_dimensions[letter(index - 1)].width = max(_LEAST_WIDTH, len(field.name) + 2)
        cells = f"{letter(index - 1)}2:{letter(index - 1)}{_ROWS_WITH_MENUS}"
        if menu := _menu(field, choices, index):
            validation = DataValidation(type="list", formula1=menu, allow_blank=True, showErrorMessage=False)
            page.add_data_validation(validation)
            validation.add(cells)
        form = _format(field)
        for row in range(2, 4):
            cell = page.cell(row, index, _example(field, chosen, row - 2, kind))
            cell.fill = grey
        for row in range(2, _ROWS_WITH_MENUS // 10 + 1):
            page.cell(row, index).number_format = form
    page.freeze_panes = "A2"
    for row, line in enumerate(_about(fields), 1):
        about.cell(row, 1, line)
    about.column_dimensions["A"].width = 100
    choices.sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _about(fields: Fields) -> list[str]:
    return [
        f"Sheet for {fields.operation.method} {fields.path}.",
        "Bold headings are required. Hover over a heading to see what to enter.",
        "Delete the two grey example rows before you push.",
        "Write amounts in major units (119.00), rates as percentages (19 %), and dates as 2024-05-25.",
        "For several bank accounts or lines, repeat the row with the same key, and push with --key COLUMN.",
        f"Then: %monite_push {fields.operation.method} {fields.path} FILE.xlsx",
    ]


def _note(field: Field, *, required: bool) -> str:
    shape = field.shape
    words = ["Required." if required else "Optional."]
    if shape.unit == "money":
        words.append("An amount in major units: 119.00.")
    elif shape.unit == "rate":
        words.append("A percentage: 19 %.")
    elif shape.unit:
        words.append(WORDS[shape.unit].capitalize() + ".")
    elif is_reference(field):
        words.append("An ID, or the name of the row.")
    elif "date" in shape.formats:
        words.append("A date.")
    elif shape.types - {"null"} == {"boolean"}:
        words.append("Yes or no.")
    elif shape.enum:
        words.append("A choice of the menu, or its name.")
    return " ".join(words)


def _menu(field: Field, choices: Any, index: int) -> str:
    values = [str(value) for value in field.shape.enum if value is not None]
    if field.shape.types - {"null"} == {"boolean"}:
        values = ["yes", "no"]
    if not values:
        return ""
    text = ",".join(values)
    if len(text) <= _MAX_LIST - 2 and "," not in "".join(values):
        return f'"{text}"'
    for row, value in enumerate(values, 1):
        choices.cell(row, index, value)
    column = letter(index - 1)
    return f"Choices!${column}$1:${column}${len(values)}"


def _format(field: Field) -> str:
    shape = field.shape
    if shape.unit == "money":
        return "#,##0.00"
    if shape.unit == "rate":
        return "0.00%"
    if "date" in shape.formats:
        return "yyyy-mm-dd"
    return "@" if "string" in shape.types or is_reference(field) else "General"


def _example(field: Field, chosen: list[Field], row: int, kind: str) -> Any:
    """Return the example for a column. The first text marks the row as an example."""
    texts = [e for e in chosen if "string" in e.shape.types and not e.shape.enum and not e.shape.formats]
    if texts and field is texts[0]:
        return f"{EXAMPLE} ({row + 1})"
    shape = field.shape
    if field.leaf == "type" and kind:
        return kind
    if shape.unit == "money":
        return (119.00, 49.90)[row]
    if shape.unit == "rate":
        return 0.19
    if "date" in shape.formats:
        return _DAYS[row]
    if shape.types - {"null"} == {"boolean"}:
        return ("yes", "no")[row]
    if field.leaf == "currency":
        return "EUR"
    if field.leaf == "country":
        return "DE"
    if is_reference(field):
        return "name or id"
    if field.leaf == "iban":
        return "DE89370400440532013000"
    schema = {"type": "string", **({"enum": list(shape.enum)} if shape.enum else {})}
    if shape.types & {"number", "integer"}:
        return (1, 2.5)[row]
    value = sample(field.leaf, schema)
    return value if isinstance(value, str | int | float) else str(value)
