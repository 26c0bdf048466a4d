"""The processing of payables by approval policies, with requests to users and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.simulator.answers import conflict, invalid, not_found, problem, refuse
from monite_magic.simulator.monitescript import Ask, Effect, Script, read_script
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.rules.approval_policies import (
    POLICIES,
    PROCESS_KIND,
    condition_values,
    script_names,
)
from monite_magic.simulator.rules.approvers import check_approvers
from monite_magic.simulator.rules.payables import PAYABLES

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour("approval requests", "The partner's token approves or rejects for all users.", "unverified")
behaviour("approval requests", "A user who is not asked is refused with 403.", "unverified")

#: Object types whose kind of document has another name.
_KINDS = {"payables_credit_note": "payable_credit_note", "payables_purchase_order": "purchase_order"}


class ApprovalRequests(Resource):
    """Requests for approval to users and roles."""

    kind = "approval_request"
    path = "/approval_requests/{approval_request_id}"
    permission = "approval_request"
    creator = "created_by"
    creator_required = True
    event = "approval_request"
    initial = {"status": "waiting", "user_ids": [], "role_ids": [], "approved_by": []}
    fields = {"user_id": "user_ids[]", "role_id": "role_ids[]"}

    def prepare(self, call: Call, document: Document) -> None:
        """The document to approve must exist."""
        kind = str(_KINDS.get(document["object_type"], document["object_type"]))
        if call.store.get(kind, document["object_id"], owner=call.entity_id) is None:
            not_found(document["object_type"], document["object_id"])
        if document.get("_process_id") is None:
            users, roles = document["user_ids"], document["role_ids"]
            check_approvers(call, users, roles, document["required_approval_count"], _refuse_in_body)

    def decide(self, call: Call, *, approved: bool) -> Document:
        """Approve or reject the request of the call."""
        request = self.find(call)
        user = call.principal.user
        self._require_waiting(request)
        if user is None:
            request["status"] = "approved" if approved else "rejected"
        else:
            if user["id"] not in request["user_ids"] and user["role_id"] not in request["role_ids"]:
                refuse(403, "You are not an approver of this request.")
            if user["id"] in request["approved_by"]:
                conflict("You have already approved this request.")
            self._count(request, user["id"], approved=approved)
        self.save(call, request, request["status"] if request["status"] != "waiting" else "updated")
        if request["status"] != "waiting" and request.get("_process_id"):
            PROCESSES.go_on(call, request["_process_id"])
        return request

    def _count(self, request: Document, user_id: str, *, approved: bool) -> None:
        if not approved:
            request["rejected_by"], request["status"] = user_id, "rejected"
            return
        request["approved_by"].append(user_id)
        if len(request["approved_by"]) >= request["required_approval_count"]:
            request["status"] = "approved"

    def cancel(self, call: Call, request: Document) -> Document:
        """Cancel a request."""
        self._require_waiting(request)
        request["status"] = "canceled"
        return self.save(call, request, "canceled")

    def _require_waiting(self, request: Document) -> None:
        if request["status"] != "waiting":
            conflict(f"The approval request is {request['status']}")


def _refuse_in_body(member: str, text: str) -> None:
    name, _, index = member.partition("[")
    location: list[str | int] = ["body", name]
    invalid(
        problem([*location, int(index.rstrip("]"))] if index else location, f"{text[0].upper()}{text[1:]}.")
    )


class Processes(Resource):
    """The processing of one payable by a policy."""

    kind = PROCESS_KIND
    path = "/approval_policies/{approval_policy_id}/processes/{process_id}"
    permission = "approval_policy"
    event = "approval_policy_process"

    def start(self, call: Call, policy: Document, payable: Document) -> None:
        """Send the first requests."""
        process = self.add(
            call,
            {
                "status": "waiting",
                "input": {"invoice": {"id": payable["id"]}},
                "metadata": {"policy_name": policy["name"]},
                "script_snapshot": policy["script"],
                "_payable_id": payable["id"],
            },
            policy["id"],
        )
        self.go_on(call, process["id"])

    def script(self, call: Call, process: Document) -> Script:
        """The script of a process, as it was when the process started."""
        return read_script(process["script_snapshot"], script_names())

    def requests(self, call: Call, process: Document) -> dict[int, Document]:
        """The requests of a process, by the number of their question in the script."""
        return {found["_ask"]: found for found in REQUESTS.all(call, _process_id=process["id"])}

    def go_on(self, call: Call, process_id: str) -> None:
        """Send the next requests, or end the process."""
        process = self.get(call, process_id)
        payable = process and PAYABLES.get(call, process["_payable_id"])
        if process is None or payable is None or process["status"] != "waiting":
            return
        requests = self.requests(call, process)
        answers = {number: _ANSWERS.get(found["status"]) for number, found in requests.items()}
        progress = self.script(call, process).run(answers, condition_values(call, payable))
        for number, request in requests.items():
            if request["status"] == "waiting" and number not in progress.waiting:
                REQUESTS.cancel(call, request)
        if progress.outcome is not None:
            self.end(call, process, "succeeded" if progress.outcome else "failed")
            _conclude(call, payable, progress.effect or Effect("approve" if progress.outcome else "reject"))
            return
        for ask in progress.ask:
            self._ask(call, process, ask)
        self.save(call, process)

    def _ask(self, call: Call, process: Document, ask: Ask) -> None:
        REQUESTS.add(
            call,
            {
                "object_type": "payable",
                "object_id": process["_payable_id"],
                "user_ids": list(ask.user_ids),
                "role_ids": list(ask.role_ids),
                "required_approval_count": ask.count,
                "_process_id": process["id"],
                "_ask": ask.number,
            },
        )

    def end(self, call: Call, process: Document, status: str) -> Document:
        """End a process, and cancel its open requests."""
        process["status"] = status
        self._withdraw(call, process)
        return self.save(call, process)

    def _withdraw(self, call: Call, process: Document) -> None:
        for request in self.requests(call, process).values():
            if request["status"] == "waiting":
                REQUESTS.cancel(call, request)


#: The answer of a request by its status. A waiting request has none.
_ANSWERS = {"approved": True, "rejected": False, "canceled": False}


def _conclude(call: Call, payable: Document, effect: Effect) -> None:
    """Apply the result of a process to its payable."""
    if payable["status"] != "approve_in_progress":
        return
    if effect.name == "reject":
        PAYABLES.set_status(call, payable, "rejected", "rejected")
        return
    PAYABLES.set_status(call, payable, "waiting_to_be_paid", "approved")
    if effect.name == "mark_as_paid":
        payable["marked_as_paid_with_comment"] = effect.comment
        PAYABLES.pay(call, payable, payable["amount_due"] or 0, call.clock.timestamp())


Processes.parent = POLICIES
PROCESSES = Processes().serve("list", "read", status="documented")
REQUESTS = ApprovalRequests().serve("list", "create", "read", status="documented")


@PAYABLES.listen
def follow_payable(call: Call, payable: Document, before: str) -> None:
    """Start a process when a payable is submitted. End it if the payable leaves that status."""
    if payable["status"] == "approve_in_progress":
        tried = POLICIES.tried(call, payable)
        payable["_tried"] = {"at": call.clock.timestamp(), "policies": tried}
        chosen = next((row["policy_id"] for row in tried if row["applies"]), None)
        if chosen:
            payable["approval_policy_id"] = chosen
        call.store.replace(PAYABLES.kind, payable)
        policy = POLICIES.get(call, chosen)
        if policy:
            PROCESSES.start(call, policy, payable)
        elif any(row["matches"] for row in tried):
            call.emit("payable", "multiple_approval_policies_matched", payable)
    elif before == "approve_in_progress":
        for process in call.store.all(PROCESSES.kind, owner=call.entity_id, _payable_id=payable["id"]):
            if process["status"] == "waiting":
                PROCESSES.end(call, process, "canceled")


@PROCESSES.operation("POST", "cancel", may="update", status="documented")
def cancel_process(call: Call) -> Document:
    """Cancel a process. The payable keeps waiting."""
    process = PROCESSES.find(call)
    if process["status"] != "waiting":
        conflict(f"The approval process is {process['status']}")
    return PROCESSES.end(call, process, "canceled")


@PROCESSES.operation("GET", "steps", may="read", status="documented")
def list_steps(call: Call) -> Document:
    """The steps of a process: past and future requests."""
    process = PROCESSES.find(call)
    asked = PROCESSES.requests(call, process)
    found: list[Document] = []
    for ask in PROCESSES.script(call, process).asks:
        request = asked.get(ask.number)
        found.append({**request, "approval_request_id": request["id"]} if request else _to_come(process, ask))
    return {"data": found}


def _to_come(process: Document, ask: Ask) -> Document:
    return {
        "object_id": process["_payable_id"],
        "status": "not_started" if process["status"] == "waiting" else "skipped",
        "user_ids": list(ask.user_ids),
        "role_ids": list(ask.role_ids),
        "required_approval_count": ask.count,
        "approved_by": [],
    }


@REQUESTS.operation("POST", "approve", may="update", status="documented")
def approve(call: Call) -> Document:
    """Approve a request."""
    return REQUESTS.decide(call, approved=True)


@REQUESTS.operation("POST", "reject", may="update", status="documented")
def reject(call: Call) -> Document:
    """Reject a request."""
    return REQUESTS.decide(call, approved=False)


@REQUESTS.operation("POST", "cancel", may="update", status="documented")
def cancel_request(call: Call) -> Document:
    """Cancel a request."""
    request = REQUESTS.cancel(call, REQUESTS.find(call))
    if request.get("_process_id"):
        PROCESSES.go_on(call, request["_process_id"])
    return request
