"""Approval policies: when they apply, and which one applies to a payable."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from monite_magic import catalogue
from monite_magic.simulator.answers import invalid, problem, refuse
from monite_magic.simulator.clock import moment_from
from monite_magic.simulator.monitescript import (
    EVENT_NAME,
    Ask,
    Names,
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

behaviour(
    "approval policies",
    "A policy that is given the status deleted is deleted; the answer shows it as it was.",
    "unverified",
)

#: The kind of the documents that process a payable by a policy.
PROCESS_KIND: Final = "approval_process"
#: Names of the submit event in triggers. All spellings mean the same.
_EVENT = "submitted_for_approval"
_SPELLINGS = ("submit_for_approval", "payable.submitted_for_approval")


@lru_cache(maxsize=4)
def _names(catalogue: Catalogue) -> Names:
    return names_of(catalogue)


def script_names() -> Names:
    """Return the names that scripts and triggers can use."""
    return _names(catalogue.load(API_VERSION))


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
        if changes.get("status") == "deleted":
            del changes["status"]
        for name in ("script", "trigger"):
            if name in changes:
                document[name] = changes.pop(name)
        document["updated_by"] = call.principal.user_id

    def _update(self, call: Call) -> Document:
        shown = super()._update(call)
        if call.body and call.body.get("status") == "deleted":
            self._delete(call)
        return shown

    def where(self, call: Call, query: Mapping[str, Any]) -> list[Condition]:
        """The policy of a process."""
        if query.get("process_id") is None:
            return []
        sql = (
            "id = (SELECT process.parent FROM documents AS process WHERE process.kind = ? AND process.id = ?)"
        )
        return [Condition(sql, (PROCESS_KIND, query["process_id"]))]

    def _check(self, call: Call, document: Document) -> None:
        try:
            script = read_script(document["script"], script_names())
            read_trigger(document.get("trigger"), script_names())
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
        trigger = read_trigger(policy.get("trigger"), script_names())
    except ScriptError as error:  # a policy in the file of an earlier simulator version
        return Verdict(False, (str(error),))
    values = condition_values(call, payable)
    verdict = trigger.judge(values)
    if verdict.holds:
        return verdict
    others = (trigger.judge({**values, EVENT_NAME: spelling}) for spelling in _SPELLINGS)
    return next((other for other in others if other.holds), verdict)


def condition_values(call: Call, payable: Document) -> Document:
    """Return the values of the names in conditions."""
    return {**PAYABLES.view(call, dict(payable)), EVENT_NAME: _EVENT}


POLICIES = ApprovalPolicies().serve("list", "create", "read", "update", "delete", status="documented")


@timer("policy_starts")
def policy_starts(call: Call, identifier: str) -> None:
    """Activate a policy when it starts."""
    policy = POLICIES.get(call, identifier)
    if policy and policy["status"] == "pending":
        policy["status"] = "active"
        POLICIES.save(call, policy)
