"""Approval policies, their processes, and the requests that they make of users and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import conflict, invalid, not_found, problem, refuse
from monite_magic.simulator.clock import moment_from
from monite_magic.simulator.monitescript import Ask, ScriptError, Step, is_true, steps
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.rules.payables import PAYABLES
from monite_magic.simulator.store import Condition
from monite_magic.simulator.timers import set_timer, timer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "approval policies",
    "The matching policy of the highest priority applies; of several, none does.",
    "documented",
)
behaviour(
    "approval policies",
    "A rejected request rejects the payable and ends the process as failed.",
    "unverified",
)
behaviour("approval requests", "The partner's token approves or rejects for everybody.", "unverified")
behaviour("approval requests", "Whoever is not asked is refused with 403.", "unverified")

#: The kind of document that an object type stands for, where they are called differently.
_KINDS = {"payables_credit_note": "payable_credit_note", "payables_purchase_order": "purchase_order"}
_EVENTS = ("submit_for_approval", "payable.submitted_for_approval")


class ApprovalPolicies(Resource):
    """Who has to approve what."""

    kind = "approval_policy"
    path = "/approval_policies/{approval_policy_id}"
    permission = "approval_policy"
    creator = "created_by"
    event = "approval_policy"
    initial = {"status": "active", "priority": 0}
    fields = {"process_id": ""}

    def prepare(self, call: Call, document: Document) -> None:
        """Understand the script, and wait for the start."""
        self._check(document)
        starts_at = document.get("starts_at")
        if starts_at and moment_from(starts_at) > call.clock.now():
            document["status"] = "pending"
            set_timer(call, "policy_starts", moment_from(starts_at), document["id"])

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """Understand the script."""
        self._check({**document, **changes})
        for name in ("script", "trigger"):
            if name in changes:
                document[name] = changes.pop(name)
        document["updated_by"] = call.principal.user_id

    def where(self, call: Call, query: Mapping[str, Any]) -> list[Condition]:
        """The policy of a process."""
        if query.get("process_id") is None:
            return []
        sql = (
            "id = (SELECT process.parent FROM documents AS process WHERE process.kind = ? AND process.id = ?)"
        )
        return [Condition(sql, (Processes.kind, query["process_id"]))]

    def _check(self, document: Document) -> None:
        try:
            steps(document["script"])
            is_true(document.get("trigger"), {})
        except ScriptError as error:
            refuse(400, f"Script validation error: {error}.")
        starts_at: str | None = document.get("starts_at")
        ends_at: str | None = document.get("ends_at")
        if ends_at and not (starts_at and moment_from(starts_at) < moment_from(ends_at)):
            invalid(problem(["body", "ends_at"], "A policy ends after it has started: give starts_at too."))

    def applying(self, call: Call, payable: Document) -> list[Document]:
        """The policies that apply to a payable: those of the highest priority that match."""
        values = {f"invoice.{name}": value for name, value in payable.items() if not name.startswith("_")}
        values.update(
            {"invoice.amount": payable.get("total_amount"), "invoice.tags": payable.get("tag_ids") or []}
        )
        found = [
            policy
            for policy in self.all(call, status="active")
            if not self._ended(call, policy)
            and any(is_true(policy.get("trigger"), {**values, "event_name": name}) for name in _EVENTS)
        ]
        best = max((policy["priority"] for policy in found), default=0)
        return [policy for policy in found if policy["priority"] == best]

    def _ended(self, call: Call, policy: Document) -> bool:
        ends_at = policy.get("ends_at")
        return ends_at is not None and moment_from(ends_at) <= call.clock.now()


class ApprovalRequests(Resource):
    """Questions to users and roles whether something is approved."""

    kind = "approval_request"
    path = "/approval_requests/{approval_request_id}"
    permission = "approval_request"
    creator = "created_by"
    event = "approval_request"
    initial = {"status": "waiting", "user_ids": [], "role_ids": [], "approved_by": []}
    fields = {"user_id": "user_ids[]", "role_id": "role_ids[]"}

    def prepare(self, call: Call, document: Document) -> None:
        """What is to be approved must be there."""
        kind = str(_KINDS.get(document["object_type"], document["object_type"]))
        if call.store.get(kind, document["object_id"], owner=call.entity_id) is None:
            not_found(document["object_type"], document["object_id"])

    def decide(self, call: Call, *, approved: bool) -> Document:
        """Approve or reject the request of the call."""
        request = self.find(call)
        user = call.principal.user
        self._require_waiting(request)
        if user is None:
            request["status"] = "approved" if approved else "rejected"
        else:
            if user["id"] not in request["user_ids"] and user["role_id"] not in request["role_ids"]:
                refuse(403, "This approval is not asked of you.")
            if user["id"] in request["approved_by"]:
                conflict("You have approved this already.")
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
        """Withdraw a request."""
        self._require_waiting(request)
        request["status"] = "canceled"
        return self.save(call, request, "canceled")

    def _require_waiting(self, request: Document) -> None:
        if request["status"] != "waiting":
            conflict(f"The approval request is {request['status']}")


class Processes(Resource):
    """A policy at work on one payable."""

    kind = "approval_process"
    path = "/approval_policies/{approval_policy_id}/processes/{process_id}"
    permission = "approval_policy"
    event = "approval_policy_process"

    def start(self, call: Call, policy: Document, payable: Document) -> None:
        """Ask the first step's questions."""
        process = self.add(
            call,
            {
                "status": "running",
                "input": {"invoice": {"id": payable["id"]}},
                "metadata": {"policy_name": policy["name"]},
                "script_snapshot": policy["script"],
                "_payable_id": payable["id"],
                "_step": 0,
            },
            policy["id"],
        )
        self._ask(call, process)

    def _ask(self, call: Call, process: Document) -> None:
        step = steps(process["script_snapshot"])[process["_step"]]
        for ask in step.asks:
            REQUESTS.add(
                call,
                {
                    "object_type": "payable",
                    "object_id": process["_payable_id"],
                    "user_ids": list(ask.user_ids),
                    "role_ids": list(ask.role_ids),
                    "required_approval_count": ask.count,
                    "_process_id": process["id"],
                    "_step": process["_step"],
                },
            )
        process["status"] = "waiting"
        self.save(call, process)

    def requests(self, call: Call, process: Document, step: int) -> list[Document]:
        """The requests of one step."""
        return REQUESTS.all(call, _process_id=process["id"], _step=step)

    def go_on(self, call: Call, process_id: str) -> None:
        """See whether a step is over, and do what follows."""
        process = self.get(call, process_id)
        if process is None or process["status"] != "waiting":
            return
        script = steps(process["script_snapshot"])
        outcome = _outcome(script[process["_step"]], self.requests(call, process, process["_step"]))
        if outcome is None:
            return
        if outcome and process["_step"] + 1 < len(script):
            self._withdraw(call, process)
            process["_step"] += 1
            self._ask(call, process)
            return
        self.end(call, process, "succeeded" if outcome else "failed")
        payable = PAYABLES.get(call, process["_payable_id"])
        if payable and payable["status"] == "approve_in_progress":
            status, event = ("waiting_to_be_paid", "approved") if outcome else ("rejected", "rejected")
            PAYABLES.set_status(call, payable, status, event)

    def end(self, call: Call, process: Document, status: str) -> Document:
        """End a process, and withdraw what it still asks."""
        process["status"] = status
        self._withdraw(call, process)
        return self.save(call, process)

    def _withdraw(self, call: Call, process: Document) -> None:
        for request in self.requests(call, process, process["_step"]):
            if request["status"] == "waiting":
                REQUESTS.cancel(call, request)


def _outcome(step: Step, requests: list[Document]) -> bool | None:
    """Whether a step is approved (True), rejected (False), or not over yet."""
    states = [request["status"] for request in requests]
    if step.every:
        if any(state in ("rejected", "canceled") for state in states):
            return False
        return True if all(state == "approved" for state in states) else None
    if "approved" in states:
        return True
    return False if all(state in ("rejected", "canceled") for state in states) else None


POLICIES = ApprovalPolicies().serve("list", "create", "read", "update", "delete", status="documented")
Processes.parent = POLICIES
PROCESSES = Processes().serve("list", "read", status="documented")
REQUESTS = ApprovalRequests().serve("list", "create", "read", status="documented")


@timer("policy_starts")
def policy_starts(call: Call, identifier: str) -> None:
    """A policy that has waited for its start is active."""
    policy = POLICIES.get(call, identifier)
    if policy and policy["status"] == "pending":
        policy["status"] = "active"
        POLICIES.save(call, policy)


@PAYABLES.listen
def follow_payable(call: Call, payable: Document, before: str) -> None:
    """Start the policy of a payable that is submitted; end it where the payable goes another way."""
    if payable["status"] == "approve_in_progress":
        found = POLICIES.applying(call, payable)
        if len(found) == 1:
            payable["approval_policy_id"] = found[0]["id"]
            call.store.replace(PAYABLES.kind, payable)
            PROCESSES.start(call, found[0], payable)
        elif found:
            call.emit("payable", "multiple_approval_policies_matched", payable)
    elif before == "approve_in_progress":
        for process in call.store.all(PROCESSES.kind, owner=call.entity_id, _payable_id=payable["id"]):
            if process["status"] == "waiting":
                PROCESSES.end(call, process, "canceled")


@PROCESSES.operation("POST", "cancel", may="update", status="documented")
def cancel_process(call: Call) -> Document:
    """End a process before its time; the payable waits on."""
    process = PROCESSES.find(call)
    if process["status"] != "waiting":
        conflict(f"The approval process is {process['status']}")
    return PROCESSES.end(call, process, "canceled")


@PROCESSES.operation("GET", "steps", may="read", status="documented")
def list_steps(call: Call) -> Document:
    """The steps of a process: what has been asked, and what is still to be asked."""
    process = PROCESSES.find(call)
    found: list[Document] = []
    for number, step in enumerate(steps(process["script_snapshot"])):
        requests = PROCESSES.requests(call, process, number)
        if requests:
            found.extend({**request, "approval_request_id": request["id"]} for request in requests)
        else:
            found.extend(_to_come(process, ask) for ask in step.asks)
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
    """Approve what is asked."""
    return REQUESTS.decide(call, approved=True)


@REQUESTS.operation("POST", "reject", may="update", status="documented")
def reject(call: Call) -> Document:
    """Reject what is asked."""
    return REQUESTS.decide(call, approved=False)


@REQUESTS.operation("POST", "cancel", may="update", status="documented")
def cancel_request(call: Call) -> Document:
    """Withdraw what is asked."""
    request = REQUESTS.cancel(call, REQUESTS.find(call))
    if request.get("_process_id"):
        PROCESSES.go_on(call, request["_process_id"])
    return request
