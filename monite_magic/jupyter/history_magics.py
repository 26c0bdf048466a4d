"""`%monite_history`, `%monite_export` and `%monite_import`: show, export and import calls."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from monite_magic import catalogue, display, history
from monite_magic.api import Note
from monite_magic.cell import contains_secret
from monite_magic.core import (
    ENVIRONMENTS,
    LOCAL,
    MoniteError,
    RequestError,
    is_loopback,
    origin_of,
    write_private,
)
from monite_magic.core.words import counted
from monite_magic.display.parts import Card, Code, Facts, Folded, Title, Words
from monite_magic.history.exchange.cells import unknown_host
from monite_magic.history.recipe import SERVED_SIMULATOR
from monite_magic.jupyter.shown_calls import token_call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monite_magic.cell import Arguments
    from monite_magic.core import Environment
    from monite_magic.display import Displayable
    from monite_magic.display.parts import Part
    from monite_magic.history import Call, Cells, Exported
    from monite_magic.session import Confirm, MoniteResponse, Session

_MAX_REASONS: Final = 3  # maximum reasons for missing answers below the list


def run(session: Session, arguments: Arguments, confirm: Confirm) -> Displayable | MoniteResponse | Exported:
    """Run `%monite_history` and return what to show.

    Args:
        session: The session with the calls.
        arguments: The parsed line.
        confirm: Asks before repeating a call that changes production data.

    Raises:
        RequestError: The arguments are invalid, or the call doesn't exist.
        MoniteError: A repeated call got no answer.
    """
    words = list(arguments.words)
    action = arguments.action or "list"
    wanted = {"list": 0, "show": 1, "replay": 1, "diff": 2, "clear": 0}[action]
    if len(words) != wanted:
        numbers = {0: "no call number", 1: "a call number, or last", 2: "two call numbers"}[wanted]
        hint = "Look them up with %monite_history."
        if ">" in words:
            hint = "%monite_export FILE last writes a call to a file."
        raise RequestError(f"{action} takes {numbers}, and nothing else.", hint=hint, line=1)
    calls = [session.history[_number(word)] for word in words]
    form = arguments.values["as"]
    if form and action != "show":
        raise RequestError(
            "--as can only be used with show.", hint="Write %monite_history show N --as FORM.", line=1
        )
    if arguments.with_token and not form:
        raise RequestError(
            "--with-token can only be used with --as.",
            hint="Write %monite_history show N --as curl --with-token.",
            line=1,
        )
    if arguments.folded and (action != "show" or form):
        raise RequestError(
            "--folded can only be used with show.", hint="Write %monite_history show N --folded.", line=1
        )
    if arguments.api_version and action != "replay":
        raise RequestError(
            "--api-version can only be used with replay.",
            hint="Write %monite_history replay N --api-version VERSION.",
            line=1,
        )
    if action == "show":
        if form:
            return _as_code(session, calls[0], form, with_token=arguments.with_token)
        return _shown(calls[0], folded=arguments.folded)
    if action == "replay":
        return _replayed(session, calls[0], arguments, confirm)
    if action == "diff":
        return _difference(calls[0], calls[1], arguments.ignore)
    if action == "clear":
        count = session.history.clear()
        return display.panel("History", [("Deleted", counted(count, "call"))], tone="neutral")
    found = session.history.find(
        method=arguments.method,
        path=arguments.path,
        status=arguments.status,
        entity=arguments.entity,
        environment=arguments.env,
    )
    notes = [
        *_reasons(found),
        "%monite_history show N shows a complete call; replay N sends it again; diff N M compares two.",
        "show last --as curl exports the last call.",
    ]
    return display.table(
        history.COLUMNS,
        history.rows(found),
        title="History",
        right=("#", "status", "ms", "bytes", "tries"),
        notes=notes,
    )


def _reasons(calls: list[Call]) -> list[str]:
    """Return the reasons why the last calls got no answer, which are too long for a column."""
    unanswered = [call for call in calls if call.response is None]
    left_out = len(unanswered) - _MAX_REASONS
    reasons = [f"Call {call.number} got no answer: {call.error}" for call in unanswered[-_MAX_REASONS:]]
    if left_out > 0:
        reasons.insert(0, f"{counted(left_out, 'earlier call')} got no answer either.")
    return reasons


def _as_code(session: Session, call: Call, form: str, *, with_token: bool) -> Exported:
    recipe = history.recipe_of_sent(call.request, call.environment)
    return history.export_call(recipe, form, token_call(session, call.environment) if with_token else None)


def _number(word: str) -> int:
    if word == "last":
        return -1
    try:
        return int(word)
    except ValueError:
        problem = f"Unknown call number: {word[:20]}."
    raise RequestError(problem, hint="Look it up with %monite_history.", line=1)


def _shown(call: Call, *, folded: bool = False) -> Displayable:
    """Return a complete call: the request, the attempts and the answer."""
    request, response = call.request, call.response
    if folded:
        return _shown_folded(call)
    parts: list[Part] = [Title(f"Call {call.number}", "info")]
    parts.append(Facts([("Sent", call.started.isoformat(timespec="milliseconds")), *_attempts(call)]))
    start = f"{request.method} {request.url}"
    parts += [Words("Request"), Code(_message(start, request.headers, request.body))]
    if response is None:
        parts.append(Words(f"No answer: {call.error}"))
    else:
        start = f"{response.status} {response.reason}".strip()
        parts += [Words("Answer"), Code(_message(start, response.headers, response.text.encode()))]
        parts += [Words(note.text) for note in response.notes]
    return Card("info", parts)


def _shown_folded(call: Call) -> Displayable:
    """Return the request and the answer, folded in HTML and complete in plain text."""
    request, response = call.request, call.response
    start = f"{request.method} {request.url}"
    sent = Code(_message(start, request.headers, request.body), "Request")
    parts: list[Part] = [
        Title(f"Call {call.number} as HTTP", "info"),
        Folded("Request", sent, in_plain=True),
    ]
    if response is None:
        parts.append(Words(f"No answer: {call.error}"))
    else:
        start = f"{response.status} {response.reason}".strip()
        came = Code(_message(start, response.headers, response.text.encode()), "Answer")
        parts.append(Folded("Answer", came, in_plain=True))
    return Card("info", parts)


def _attempts(call: Call) -> list[tuple[str, str]]:
    if not call.attempts:
        return [("Took", f"{call.elapsed * 1000:.1f} ms")]
    return [(f"Attempt {number}", str(attempt)) for number, attempt in enumerate(call.attempts, start=1)]


def _message(start: str, headers: Any, body: bytes | None) -> str:
    lines = [start, *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines += ["", body.decode("utf-8", errors="replace")]
    return "\n".join(lines)


def _replayed(session: Session, call: Call, arguments: Arguments, confirm: Confirm) -> MoniteResponse:
    """Send a call again to its original environment, because its IDs are only valid there."""
    replay = history.replay_of(call)
    environment, there = arguments.env, call.environment
    headers = dict(replay.headers)
    if version := arguments.api_version or _own_version(call):
        where = ENVIRONMENTS.get(environment or "", there)
        headers[where.version_header] = where.with_version(version).api_version
    entity = arguments.entity or (None if environment else replay.entity_id)
    notes: tuple[Note, ...] = ()
    if environment is None and there.base_url != session.profile.environment.base_url:
        environment = there
        notes = (Note(f"Sent to {there.label} again, like call {call.number}. --env sends it elsewhere."),)
    outgoing = session.prepare(
        replay.method,
        replay.path,
        environment=environment,
        notes=notes,
        params=replay.query,
        headers=headers,
        content=replay.content,
        entity_id=entity,
    )
    if not outgoing.needs_yes:
        return session.send(outgoing)
    once_confirmed = functools.partial(session.send, outgoing, confirmed=True)
    answer: MoniteResponse = confirm(session.ask(outgoing, once_confirmed))
    return answer


def _own_version(call: Call) -> str | None:
    """Return the API version in a header of the call, or None if it is the environment's."""
    version = call.environment.version_of(call.request.headers)
    return None if version == call.environment.api_version else version


def _difference(left: Call, right: Call, ignore: tuple[str, ...]) -> Displayable:
    for call in (left, right):
        if call.response is None:
            raise MoniteError(f"Call {call.number} has no answer to compare.", hint="Choose another.")
    changes = history.diff(history.body_of(left), history.body_of(right), ignore=ignore)
    rows = [
        (change.kind, change.path or "the whole", _value(change, "before"), _value(change, "after"))
        for change in changes
    ]
    notes = [f"status {left.status} and {right.status}"]
    versions = [call.environment.version_of(call.request.headers) for call in (left, right)]
    if versions[0] != versions[1]:
        path = left.response.template if left.response and left.response.template else left.request.path
        notes.append(f"API versions {versions[0]} and {versions[1]}.")
        known = sorted({catalogue.nearest_version(version) for version in versions})
        if len(known) > 1:
            notes.append(f"%monite_catalogue diff {' '.join(known)} {path} shows the documented changes.")
    if not ignore:
        notes.append("--ignore volatile skips dates and other fields that always differ.")
    title = f"Calls {left.number} and {right.number}: {counted(len(changes), 'difference')}"
    return display.table(("what", "where", "left", "right"), rows, title=title, notes=notes)


def _value(change: history.Change, side: str) -> str:
    value = getattr(change, side)
    absent = change.kind == ("added" if side == "before" else "removed")
    return "" if absent else repr(value)


# -- export and import --------------------------------------------------------------------------------------


_SUSPICIOUS: Final = (
    "It contains what looks like a secret, in the text of a call or an answer. Check it before you share it."
)


def export(session: Session, arguments: Arguments) -> Displayable:
    """Write the session's calls to a file, with variables instead of secrets.

    Raises:
        RequestError: The file's suffix is unknown, or there are no calls to write.
        MoniteError: The file can't be written.
    """
    path = Path(arguments.file).expanduser()
    calls = session.history.find(
        method=arguments.method, path=arguments.path, status=arguments.status, entity=arguments.entity
    )
    if arguments.words:
        chosen = {session.history[_number(word)].number for word in arguments.words}
        calls = [call for call in calls if call.number in chosen]
    text = history.export_session(calls, path)
    if not calls and len(session.history):
        hint = "List them with %monite_history, or remove --method, --path, --status or --entity."
        raise RequestError("No call of this session matches.", hint=hint)
    if not calls:
        raise RequestError("No calls are recorded.", hint="Make one with %monite.")
    _write(path, text)
    rows = [("File", arguments.file), ("Calls", len(calls))]
    if contains_secret(text):
        return display.panel("Exported", rows, tone="warning", notes=[_SUSPICIOUS])
    note = "It contains no secrets, but variables such as MONITE_TOKEN."
    return display.panel("Exported", rows, notes=[note])


def _write(path: Path, text: str) -> None:
    try:
        write_private(path, text.encode("utf-8"))
    except OSError as error:
        reason = (error.strerror or "it failed").lower()
        raise MoniteError(f"{path} can't be written: {reason}.", hint="Check the folder.") from None


def import_calls(
    session: Session, arguments: Arguments, cell: str | None, *, lines_above: int = 0
) -> tuple[tuple[str, ...], list[str]]:
    """Turn commands, a .http file, a HAR or a collection into cells.

    Args:
        session: Where calls go now, which may not be where the imported ones went.
        arguments: The parsed line, which can name a file.
        cell: The text below the line, or None.
        lines_above: The number of lines above the magic's line.

    Returns:
        The text of each cell, and remarks.

    Raises:
        RequestError: There is nothing to import, or it contains a secret and no file to store it.
    """
    if (cell is not None and cell.strip()) == bool(arguments.file):
        raise RequestError(
            "Nothing to import, or both a file and a text.",
            hint="Write %monite_import FILE, or %%monite_import with the text to import below it.",
        )
    in_cell = bool(cell and cell.strip())
    file = arguments.dotenv
    taken = history.import_text(
        cell if cell and in_cell else _text_of(arguments.file),
        keep=_keeper(file),
        kept_in=file or ".env",
        folder=None if in_cell else Path(arguments.file).expanduser().parent,
        first_line=lines_above + 2 if in_cell else 1,
        api_version=session.api_version,
    )
    return taken.cells, list(_remarks(session, taken))


def _remarks(session: Session, taken: Cells) -> Iterator[str]:
    count = len(taken.cells)
    if count > 1:
        yield f"The first of these {count} cells is below, ready to run. Copy the others from here."
    yield from taken.notes
    here = session.profile.environment if session.logged_in else None
    for origin in taken.origins:
        there = _environment_at(origin)
        if here is None or here.origin not in {origin_of(origin), there.origin if there else None}:
            yield _switch(origin, there, here, f"{'Calls were' if count > 1 else 'The call was'} made to")


def _environment_at(origin: str) -> Environment | None:
    """Return the environment at an origin. A served simulator counts as the simulator in this kernel."""
    where = origin_of(origin)
    if where == origin_of(SERVED_SIMULATOR):
        return LOCAL
    return next((each for each in ENVIRONMENTS.values() if each.origin == where), None)


def _switch(origin: str, there: Environment | None, here: Environment | None, what: str) -> str:
    if there is None and not is_loopback(origin_of(origin).host):
        return f"{what} {origin}. {unknown_host(origin)}"
    option = f"--env {there.name}" if there else f"--base-url {origin}/v1"
    now = f"and you are logged in to {here.label}" if here else "and you are not logged in"
    return f"{what} {there.label if there else origin}, {now}. To switch: %monite_login {option}."


def _text_of(file: str) -> str:
    try:
        return Path(file).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = f"{file} can't be read: {(getattr(error, 'strerror', None) or 'it is not text').lower()}."
    raise RequestError(problem, hint="Check the path; it is relative to the notebook's folder.")


def _keeper(file: str | None) -> Any:
    if file is None:
        return None
    from monite_magic.api import write_dotenv

    return lambda values: write_dotenv(Path(file).expanduser(), values)
