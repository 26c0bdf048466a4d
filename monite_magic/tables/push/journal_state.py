"""Compare documents with the journal: which are still to send, and which must not be sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from monite_magic.tables.push.engine import PENDING, Job, Step
from monite_magic.tables.push.journal import ACCEPTED, NOT_SENT, REFUSED, SENDING, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.tables.push.documents import Document
    from monite_magic.tables.push.fields import Fields
    from monite_magic.tables.push.journal import Entry


def jobs_of(
    documents: list[Document],
    fields: Fields,
    entries: Mapping[tuple[str, str], Entry],
    *,
    has_key: bool,
    retry_refused: bool,
) -> list[Job]:
    """Return the calls of documents with their journal entries.

    Args:
        documents: The documents of the table.
        fields: The fields of the operation.
        entries: The journal.
        has_key: Whether a column identifies rows.
        retry_refused: Send unchanged rows again that were refused.
    """
    keys = {document.key for document in documents}
    orphans = [
        entry
        for (key, part), entry in entries.items()
        if not part and key not in keys and entry.state in {ACCEPTED, SENDING, UNKNOWN}
    ]
    by_digest = {entry.digest: entry for entry in orphans}
    # With a key column, only rows of pushes without one can be confused.
    by_identity = {
        entry.identity: entry
        for entry in orphans
        if entry.identity and (not has_key or _is_digest(entry.key))
    }
    parts: dict[str, list[Entry]] = {}
    for (key, part), child in entries.items():
        if part:
            parts.setdefault(key, []).append(child)
    jobs = []
    for document in documents:
        entry = entries.get((document.key, ""))
        if entry is None and fields.operation.method == "POST":
            same = by_digest.get(document.digest)
            if same is not None:  # pushed before with another key, or without one
                document.key, entry = same.key, same
            elif document.identity in by_identity:
                _hold(document, by_identity[document.identity])
        job = _job(document, fields, entries, entry, retry_refused=retry_refused)
        _hold_changed_children(job, parts.get(document.key, []))
        jobs.append(job)
    return jobs


def _is_digest(key: str) -> bool:
    return len(key) == 64 and all(each in "0123456789abcdef" for each in key)


def _hold(document: Document, entry: Entry) -> None:
    was = f"was accepted before as {entry.id}" if entry.state == ACCEPTED else "was sent before"
    text = (
        f"a row with this name {was} and has changed since: update it with PATCH, or identify rows with --key"
    )
    document.hold(text)


def _job(
    document: Document,
    fields: Fields,
    entries: Mapping[tuple[str, str], Entry],
    entry: Entry | None,
    *,
    retry_refused: bool,
) -> Job:
    main = Step("", document.path, "", document.body, document.digest)
    _recall(main, entry, retry_refused=retry_refused)
    if entry is not None and entry.digest != main.digest and entry.state == ACCEPTED:
        if fields.operation.method == "POST":
            text = f"was accepted before as {entry.id} and has changed since: update it with PATCH"
            document.warn(text)
        else:
            main.state, main.before = PENDING, False
    steps = [main]
    counts: dict[str, int] = {}
    for child in document.children:
        counts[child.digest] = counts.get(child.digest, 0) + 1
        name = f"{child.part}/{child.digest[:40]}" + (f"#{n}" if (n := counts[child.digest]) > 1 else "")
        parameter = fields.parts[child.part].parameter
        step = Step(name, child.template, parameter, child.body, child.digest)
        _recall(step, entries.get((document.key, name)), retry_refused=retry_refused)
        steps.append(step)
    return Job(document, steps)


def _recall(step: Step, entry: Entry | None, *, retry_refused: bool) -> None:
    if entry is None or entry.state == NOT_SENT:
        return
    if entry.state == REFUSED and (retry_refused or entry.digest != step.digest):
        return
    step.state, step.id, step.problem = entry.state, entry.id, entry.problem
    step.request_id, step.before = entry.request_id, True
    step.sent_at, step.unsure_since = entry.sent_at, entry.came_at or entry.sent_at
    if step.is_open and entry.digest != step.digest and entry.sent:
        step.before_data = json.loads(entry.sent)
    if entry.state == ACCEPTED:
        step.problem = ""


def _hold_changed_children(job: Job, entries: list[Entry]) -> None:
    """Hold follow-up rows whose accepted version is no longer in the table: they probably changed."""
    now = {step.part for step in job.steps}
    for entry in entries:
        name = entry.part.partition("/")[0]
        if entry.part in now or entry.state not in {ACCEPTED, SENDING, UNKNOWN}:
            continue
        if any(step.state == PENDING and step.part.partition("/")[0] == name for step in job.steps[1:]):
            was = f"was accepted before as {entry.id}" if entry.state == ACCEPTED else "was sent before"
            text = f"{name}: a row {was} and has changed since: update it with PATCH"
            job.document.hold(text)
            return
