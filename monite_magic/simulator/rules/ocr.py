"""OCR, a stand-in: the same file has the same result, after three seconds.

It recognises nothing. The result is made from a hash of the file, and says that it is simulated.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monite_magic.simulator.answers import conflict, refuse
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.rules.files import FILES
from monite_magic.simulator.rules.payables import PAYABLES
from monite_magic.simulator.timers import set_timer, timer

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.rules.payables import Payables
    from monite_magic.simulator.store import Document
    from monite_magic.simulator.validation import UploadedFile

behaviour("OCR", "Nothing is recognised: the result is made from a hash of the file.", "unverified")

behaviour("OCR", "A file whose first bytes are not PDF, PNG or JPEG is refused with 415.", "schema")
behaviour(
    "OCR",
    "A payable that can't be edited any more once its file is read stays as it is, and OCR is canceled.",
    "unverified",
)
behaviour("OCR", "A URL whose host ends with .invalid can't be reached: 421.", "unverified")

DURATION = timedelta(seconds=3)
_FIRST_BYTES = (b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


def reading(call: Call, data: bytes) -> Document:
    """The OCR result of a file: the same bytes give the same result."""
    print_ = hashlib.sha256(data).digest()
    price = 1000 + int.from_bytes(print_[:2], "big")
    issued = call.clock.today()
    return {
        "document_id": f"OCR-{print_.hex()[:6].upper()}",
        "currency": "EUR",
        "issued_at": issued.isoformat(),
        "due_date": (issued + timedelta(days=14 + print_[2] % 30)).isoformat(),
        "description": "Made by the simulator: no real OCR",
        "line_items": [{"name": "Simulated line", "quantity": 1, "unit_price": price, "tax": 1900}],
    }


def read_file(call: Call, resource: Payables, source: str, timer_name: str) -> Document:
    """Create a draft from the uploaded file, and set the timer that ends OCR.

    Args:
        call: The call with the file.
        resource: The resource of the draft.
        source: The member with the source of the data.
        timer_name: The timer that ends OCR.
    """
    document = resource.add(call, {source: "ocr", "ocr_status": "processing"})
    document["ocr_request_id"] = call.new_id()
    file = call.files["file"]
    resource.attach(call, document, file.name, file.content_type, file.data)
    document["_reading"] = reading(call, file.data)
    call.store.replace(resource.kind, document)
    set_timer(call, timer_name, call.clock.now() + DURATION, document["id"])
    return resource.view(call, document)


def stop_reading(call: Call, resource: Payables) -> Document:
    """Cancel OCR; 409 if it isn't running."""
    document = resource.find(call)
    if document.get("ocr_status") != "processing":
        conflict(f"The file of this {resource.noun.lower()} is not being read.")
    document["ocr_status"] = "canceled"
    return resource.view(call, resource.save(call, document))


@PAYABLES.list_operation("POST", "upload_from_file", may="create", status="documented")
def upload_from_file(call: Call) -> Document:
    """Create a draft from a file. OCR fills it in a few seconds later."""
    return read_file(call, PAYABLES, "source_of_payable_data", "payable_ocr")


@timer("payable_ocr")
def finish_payable(call: Call, identifier: str) -> None:
    """Fill the empty fields of a payable with the OCR result."""
    from monite_magic.simulator.rules.payable_lines import PAYABLE_LINE_ITEMS

    payable = PAYABLES.get(call, identifier)
    if payable is None or payable.get("ocr_status") != "processing":
        return
    found = payable.pop("_reading")
    if payable["status"] not in PAYABLES.editable_in:
        payable["ocr_status"] = "canceled"
        PAYABLES.save(call, payable)
        return
    lines = found.pop("line_items")
    payable.update({name: value for name, value in found.items() if payable.get(name) is None})
    payable["ocr_status"] = "success"
    call.path = {"payable_id": payable["id"]}
    call.store.replace(PAYABLES.kind, payable)
    if not PAYABLE_LINE_ITEMS.all(call, payable["id"]):
        for line in lines:
            PAYABLE_LINE_ITEMS.add(call, line, payable["id"])
    PAYABLES.refresh(call, payable)
    PAYABLES.save(call, payable, "ocr_finished")


@PAYABLES.operation("POST", "cancel_ocr", may="update", status="schema")
def cancel_ocr(call: Call) -> Document:
    """Cancel OCR while it is running."""
    return stop_reading(call, PAYABLES)


class OcrTasks(Resource):
    """OCR tasks without a payable."""

    kind = "ocr_task"
    path = "/ocr_tasks/{task_id}"
    permission = "ocr_task"
    initial = {"status": "processing", "recognized_data": None}
    event = "ocr_task"

    def owner_id(self, call: Call) -> str:
        """The entity of the call, or else the partner."""
        return call.entity_id or call.project

    def start(self, call: Call, document_type: str, data: bytes) -> Document:
        """Start OCR."""
        read = reading(call, data)
        [line] = read["line_items"]
        members = {
            "document_type": document_type,
            "_reading": {
                "type": document_type,
                "document_number": read["document_id"],
                "receipt_number": read["document_id"],
                "currency": read["currency"],
                "issue_date": read["issued_at"],
                "due_date": read["due_date"],
                "subtotal": line["unit_price"] / 100,
                "sender": {"name": "Simulated Sender"},
                "recipient": {"name": "Simulated Recipient"},
                "line_items": [],
            },
        }
        task = self.add(call, members)
        set_timer(call, "ocr_task", call.clock.now() + DURATION, task["id"])
        return task


OCR_TASKS = OcrTasks().serve("list", "read")


@timer("ocr_task")
def finish_task(call: Call, identifier: str) -> None:
    """Store the OCR result."""
    task = OCR_TASKS.get(call, identifier)
    if task and task["status"] == "processing":
        task["status"] = "success"
        task["recognized_data"] = task.pop("_reading")
        OCR_TASKS.save(call, task, "finished")


@OCR_TASKS.list_operation("POST", may="create", status="unverified")
def create_task(call: Call) -> Document:
    """Run OCR on a document at a URL. The URL is not opened: the result is made from its text."""
    url = call.body["file_url"]
    if (urlsplit(url).hostname or "").endswith(".invalid"):
        refuse(421, f"The URL {url} can't be reached.")
    return OCR_TASKS.start(call, call.body.get("document_type") or "invoice", url.encode())


@OCR_TASKS.list_operation("POST", "upload_from_file", may="create", status="unverified")
def create_task_from_file(call: Call) -> Document:
    """Run OCR on an uploaded document."""
    file = call.files["file"]
    _require_readable(file)
    FILES.upload(call, "ocr_files")
    return OCR_TASKS.start(call, call.body.get("document_type") or "invoice", file.data)


def _require_readable(file: UploadedFile) -> None:
    if not file.data.startswith(_FIRST_BYTES):
        refuse(415, "Only PDF, PNG and JPEG files can be read.")
