"""Approval policies, their processes, and their requests to users and roles."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from monite_magic import catalogue
from monite_magic.simulator.answers import conflict, invalid, not_found, problem, refuse
from monite_magic.simulator.clock import moment_from
from monite_magic.simulator.monitescript import (
    EVENT_NAME,
    Ask,
    Effect,
    Names,
    Script,
    ScriptError,
    Verdict,
    names_of,
    read_script,
    read_trigger,
)
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.rules.approvers import check_approvers
from monite_magic.simulator.rules.payables import PAYABLES
from monite_magic.simulator.store import Condition
from monite_magic.simulator.timers import set_timer, timer
from monite_magic.simulator.world import API_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.catalogue import Catalogue
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "approval policies",
    "The matching policy with the highest priority applies. If several have it, none applies.",
    "documented",
)
behaviour(
    "approval policies",
    "Rejecting a request rejects the payable and ends the process as failed.",
    "unverified",
)
behaviour(
    "approval policies",
    "A policy applies between its start and its end. An end needs an earlier start: 422.",
    "documented",
)
behaviour("approval requests", "The partner's token approves or rejects for all users.", "unverified")
behaviour("approval requests", "A user who is not asked is refused with 403.", "unverified")
behaviour(
    "approval policies",
    "A trigger or script that can't be evaluated is refused with 400 and the place, for example: unknown "
    "names, texts compared with numbers, Currency.convert.",
    "unverified",
)
behaviour(
    "approval policies",
    "A name, with or without the prefix invoice., is a field of the payable. amount is its total, tags "
    "are tag IDs.",
    "unverified",
)
behaviour(
    "approval policies",
    "all and any ask at the same time, or one after the other with run_concurrently false.",
    "unverified",
)
behaviour(
    "approval policies",
    "A script without Payables.approve, reject or mark_as_paid approves or rejects by its result.",
    "unverified",
)

#: Object types whose kind of document has another name.
_KINDS = {"payables_credit_note": "payable_credit_note", "payables_purchase_order": "purchase_order"}
#: Names of the submit event in triggers. All spellings mean the same.
_EVENT = "submitted_for_approval"
_SPELLINGS = ("submit_for_approval", "payable.submitted_for_approval")


@lru_cache(maxsize=4)
def _names(catalogue: Catalogue) -> Names:
    return names_of(catalogue)


class ApprovalPolicies(Resource):
    """Approval policies."""

    kind = "approval_policy"
    path = "/approval_policies/{approval_policy_id}"
    permission = "approval_policy"
    creator = "created_by"
    creator_required = True
    event = "approval_policy"
    initial = {"status": "active", "priority": 0}
    fields = {"process_id": ""}

    def prepare(self, call: Call, document: Document) -> None:
        """Parse the script, and wait for the start."""
        self._check(call, document)
        starts_at = document.get("starts_at")
        if starts_at and moment_from(starts_at) > call.clock.now():
            document["status"] = "pending"
            set_timer(call, "policy_starts", moment_from(starts_at), document["id"])

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """Parse the script."""
        self._check(call, {**document, **changes})
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

    def _check(self, call: Call, document: Document) -> None:
        try:
            script = read_script(document["script"], _names(catalogue.load(API_VERSION)))
            read_trigger(document.get("trigger"), _names(catalogue.load(API_VERSION)))
            for ask in script.asks:
                check_approvers(call, ask.user_ids, ask.role_ids, ask.count, _refuse_at(ask))
        except ScriptError as error:
            refuse(400, f"Script validation error: {error}.")
        starts_at: str | None = document.get("starts_at")
        ends_at: str | None = document.get("ends_at")
        if ends_at and not (starts_at and moment_from(starts_at) < moment_from(ends_at)):
            invalid(problem(["body", "ends_at"], "ends_at needs an earlier starts_at."))

    def tried(self, call: Call, payable: Document) -> list[Document]:
        """Return each policy, and whether and why it applies to a payable that is submitted now.

        The match with the highest priority applies. If several have it, none applies.
        """
        rows = [self._try(call, policy, payable) for policy in self.all(call)]
        matching = [row for row in rows if row["matches"]]
        best = max((row["priority"] for row in matching), default=0)
        first = [row for row in matching if row["priority"] == best]
        for row in matching:
            row["applies"] = len(first) == 1 and row is first[0]
            if row["priority"] < best:
                row["why"].append(f"priority {row['priority']} is lower than {best}")
            elif not row["applies"]:
                row["why"].append(f"{len(first)} policies of priority {best} match, so none applies")
        return rows

    def _try(self, call: Call, policy: Document, payable: Document) -> Document:
        if policy["status"] != "active":
            verdict = Verdict(False, (f"it starts at {policy.get('starts_at')}",))
        elif self._ended(call, policy):
            verdict = Verdict(False, (f"it ended at {policy['ends_at']}",))
        else:
            verdict = _judge(call, policy, payable)
        return {
            "policy_id": policy["id"],
            "name": policy["name"],
            "priority": policy["priority"],
            "matches": verdict.holds,
            "applies": False,
            "why": list(verdict.why),
        }

    def _ended(self, call: Call, policy: Document) -> bool:
        ends_at = policy.get("ends_at")
        return ends_at is not None and moment_from(ends_at) <= call.clock.now()


def _refuse_at(ask: Ask) -> Any:
    """Return a function that refuses approvers, with their place in the script."""

    def refuse_at(member: str, text: str) -> None:
        raise ScriptError(f"{ask.place}.{member}", text)

    return refuse_at


def _judge(call: Call, policy: Document, payable: Document) -> Verdict:
    try:
        trigger = read_trigger(policy.get("trigger"), _names(catalogue.load(API_VERSION)))
    except ScriptError as error:  # a policy in the file of an earlier simulator version
        return Verdict(False, (str(error),))
    values = _values(call, payable)
    verdict = trigger.judge(values)
    if verdict.holds:
        return verdict
    others = (trigger.judge({**values, EVENT_NAME: spelling}) for spelling in _SPELLINGS)
    return next((other for other in others if other.holds), verdict)


def _values(call: Call, payable: Document) -> Document:
    """The values of the names in conditions."""
    return {**PAYABLES.view(call, dict(payable)), EVENT_NAME: _EVENT}


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

    kind = "approval_process"
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
        return read_script(process["script_snapshot"], _names(catalogue.load(API_VERSION)))

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
        progress = self.script(call, process).run(answers, _values(call, payable))
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


POLICIES = ApprovalPolicies().serve("list", "create", "read", "update", "delete", status="documented")
Processes.parent = POLICIES
PROCESSES = Processes().serve("list", "read", status="documented")
REQUESTS = ApprovalRequests().serve("list", "create", "read", status="documented")


@timer("policy_starts")
def policy_starts(call: Call, identifier: str) -> None:
    """Activate a policy when it starts."""
    policy = POLICIES.get(call, identifier)
    if policy and policy["status"] == "pending":
        policy["status"] = "active"
        POLICIES.save(call, policy)


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
