"""Data exports: a real CSV, a ZIP of several, or a PDF, created a few seconds after the request."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING

from monite_magic.simulator import pdf
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.rules.counterparts import COUNTERPARTS
from monite_magic.simulator.rules.files import FILES
from monite_magic.simulator.timers import set_timer, timer

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour("data exports", "The columns, and the filter by day of creation, are unverified.", "unverified")

_COLUMNS = {
    "payable": "id document_id status counterpart_name issued_at due_date currency subtotal tax_amount "
    "total_amount",
    "receivable": "id type document_id status counterpart_name issue_date due_date currency subtotal "
    "total_vat_amount total_amount amount_due",
}
_DURATION = timedelta(seconds=2)


class DataExports(Resource):
    """The exports of an entity."""

    kind = "data_export"
    path = "/data_exports/{document_export_id}"
    permission = "export"
    creator = "created_by_entity_user_id"
    event = "export"
    initial = {"status": "requested", "count": 0, "language": "en"}


class ExtraData(Resource):
    """The accounting data of a counterpart."""

    kind = "extra_data"
    path = "/data_exports/extra_data/{extra_data_id}"
    permission = "export"
    creator = "created_by"
    references = {"object_id": COUNTERPARTS}

    def _delete(self, call: Call) -> Document:  # type: ignore[override]
        document = self.find(call)
        super()._delete(call)
        return document


DATA_EXPORTS = DataExports().serve("list", "read", status="documented")
EXTRA_DATA = ExtraData().serve("list", "create", "read", "update", "delete")


@DATA_EXPORTS.list_operation("POST", may="create", status="documented")
def create_export(call: Call) -> Document:
    """Request an export. It is ready a few seconds later."""
    start, end = (f"{call.body[name]}T00:00:00+00:00" for name in ("date_from", "date_to"))
    export = DATA_EXPORTS.add(
        call,
        {"format": call.body["format"], "start_datetime": start, "end_datetime": end, "_wanted": call.body},
    )
    set_timer(call, "data_export", call.clock.now() + _DURATION, export["id"])
    return {"id": export["id"]}


@timer("data_export")
def make_export(call: Call, identifier: str) -> None:
    """Write the file of an export."""
    export = DATA_EXPORTS.get(call, identifier)
    if export is None:
        return
    tables = {
        wanted["name"]: _rows(call, export["_wanted"], wanted) for wanted in export["_wanted"]["objects"]
    }
    name, content_type, data = _file(export["format"], tables)
    file = FILES.keep(call, name, content_type, data, "zip")
    export["source_url"], export["status"] = file["url"], "succeeded"
    export["count"] = sum(len(rows) for rows in tables.values())
    DATA_EXPORTS.save(call, export, "succeeded")


def _rows(call: Call, span: Document, wanted: Document) -> list[list[object]]:
    rows = []
    for document in call.store.all(wanted["name"], owner=call.entity_id):
        day = document["created_at"][:10]
        if document["status"] in wanted["statuses"] and span["date_from"] <= day <= span["date_to"]:
            name = (document.get("counterpart") or {}).get("name")
            known = {"counterpart_name": name, **document}
            rows.append([known.get(column) for column in _COLUMNS[wanted["name"]].split()])
    return rows


def _file(wanted: str, tables: dict[str, list[list[object]]]) -> tuple[str, str, bytes]:
    if wanted == "pdf":
        lines = [" | ".join(str(cell) for cell in row[1:]) for rows in tables.values() for row in rows]
        return "export.pdf", "application/pdf", pdf.write(lines)
    files = {f"{name}.csv": _csv(_COLUMNS[name].split(), rows) for name, rows in tables.items()}
    if len(files) == 1:
        [(name, data)] = files.items()
        return name, "text/csv", data
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return "export.zip", "application/zip", packed.getvalue()


def _csv(columns: list[str], rows: list[list[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _harmless(cell: object) -> object:
    """Put an apostrophe before text that a spreadsheet would run as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell


@DATA_EXPORTS.list_operation("GET", "supported_formats", may="read", status="unverified")
def list_formats(call: Call) -> list[Document]:
    """The exportable object types with their formats."""
    formats = {"csv": ["csv"], "pdf": ["pdf"]}
    return [{"object_type": name, "available_types": formats} for name in _COLUMNS]
