"""The line items of payables. Their amounts are computed, and each change updates the payable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from monite_magic.simulator.answers import invalid, problem
from monite_magic.simulator.money import LARGEST, line_amounts
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.rules.payables import PAYABLES

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour("payable line items", "subtotal, tax_amount and total are computed and read-only.", "schema")
behaviour("payable line items", "The default quantity is 1, the default price is 0.", "unverified")


class LineItems(Resource):
    """Lines of a payable or a similar document, which needs them to be complete."""

    smallest: ClassVar[int] = -LARGEST
    parent: ClassVar[Any]
    reference: ClassVar[str]

    def prepare(self, call: Call, document: Document) -> None:
        """Compute the amounts."""
        document[self.reference] = self._document(call)["id"]
        self._compute(document)

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """The document must be editable."""
        self._document(call)

    def changed(self, call: Call, document: Document) -> None:
        """Compute the amounts again."""
        self._compute(document)

    def before_delete(self, call: Call, document: Document) -> None:
        """The document must be editable."""
        self._document(call)

    def _compute(self, line: Document) -> None:
        quantity, price = line.get("quantity"), line.get("unit_price")
        amounts = line_amounts(1 if quantity is None else quantity, price or 0, line.get("tax") or 0)
        if not self.smallest <= min(*amounts, line.get("tax") or 0) <= max(amounts) <= LARGEST:
            invalid(problem(["body"], "The amounts of this line are out of range."))
        line.update(amounts._asdict())

    def _document(self, call: Call) -> Document:
        """Return the document of the lines, which must be editable."""
        found: Document = self.parent.find(call)
        self.parent.require(found, self.parent.editable_in)
        return found

    def _refreshed(self, call: Call) -> None:
        document = self.parent.find(call)
        self.parent.refresh(call, document)
        self.parent.save(call, document)

    def _create(self, call: Call) -> Document:
        answer = super()._create(call)
        self._refreshed(call)
        return answer

    def _update(self, call: Call) -> Document:
        answer = super()._update(call)
        self._refreshed(call)
        return answer

    def _delete(self, call: Call) -> None:
        super()._delete(call)
        self._refreshed(call)

    def replace_all(self, call: Call) -> list[Document]:
        """Replace all lines with those of the body."""
        parent = self._document(call)["id"]
        for line in self.all(call, parent):
            call.store.delete(self.kind, line["id"])
        lines = [self.add(call, line, parent) for line in call.body["data"]]
        self._refreshed(call)
        return lines


class PayableLineItems(LineItems):
    """The lines of a payable."""

    kind = "payable_line_item"
    path = "/payables/{payable_id}/line_items/{line_item_id}"
    parent = PAYABLES
    permission = "payable"
    creator = "was_created_by_user_id"
    event = "payable.line_item"
    reference = "payable_id"


PAYABLE_LINE_ITEMS = PayableLineItems().serve(
    "list", "create", "read", "update", "delete", status="documented"
)


@PAYABLE_LINE_ITEMS.list_operation("PUT", may="update", status="documented")
def replace_lines(call: Call) -> Document:
    """Replace all lines of a payable."""
    return {"data": PAYABLE_LINE_ITEMS.replace_all(call)}
