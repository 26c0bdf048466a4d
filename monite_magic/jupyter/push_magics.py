"""`%monite_push`: push the rows of a table to the API. The first run shows the plan."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from monite_magic.cell import check_output
from monite_magic.core import RequestError
from monite_magic.jupyter.frontend import FrontEnd
from monite_magic.session.pushing import advice_for, question_for, send_with
from monite_magic.tables.push import Forms, PlanView, make_plan, read_mapping_file
from monite_magic.tables.push import send as send_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from monite_magic.cell import Arguments
    from monite_magic.session import Confirm, Session
    from monite_magic.tables.push import Plan, Pushed

_FILES = (".xlsx", ".csv", ".parquet", ".xls", ".xlsm", ".xlsb", ".ods", ".xltm", ".numbers")


def plan_of(session: Session, arguments: Arguments, names: Mapping[str, Any]) -> Plan:
    """Return the plan for a line.

    Args:
        session: The session, whose client would send it.
        arguments: The parsed line.
        names: The notebook's variables.

    Raises:
        RequestError: The source, a mapping or an option is invalid.
        MoniteError: A list couldn't be read to find IDs by names.
    """
    if arguments.output:
        check_output(arguments.output, arguments.columns["output"])
    mapping = read_mapping_file(arguments.map_file) if arguments.map_file else {}
    mapping |= dict(_pairs("--map", arguments.map))
    source, name = _source(arguments.source, names)
    lines = arguments.lines
    if lines is not None and lines in names:
        lines = names[lines]
    return make_plan(
        arguments.method,
        arguments.path,
        source,
        client=session.client,
        mapping=mapping,
        constants=dict(_pairs("--set", arguments.set)),
        key=arguments.key,
        sheet=arguments.sheet,
        header_row=int(float(arguments.header_row)) if arguments.header_row else None,
        lines=lines,
        forms=Forms(arguments.dates, arguments.decimal, arguments.percent),
        journal=arguments.journal,
        entity_id=arguments.entity,
        valid_only=arguments.valid_only,
        retry_refused=arguments.retry_refused,
        name=name,
    )


def _pairs(option: str, texts: Iterable[str]) -> Iterable[tuple[str, str]]:
    for text in texts:
        left, equals, right = text.rpartition("=") if option == "--map" else text.partition("=")
        if not equals or not left.strip():
            example = '--map "Company name=organization.legal_name"'
            raise RequestError(
                f"{option} {text!r} has no =.", hint=f"For instance {example}, or --set currency=EUR."
            )
        yield left.strip(), right.strip()


def _source(word: str, names: Mapping[str, Any]) -> tuple[Any, str]:
    """Return the source for a word: a variable of the notebook, or else a file."""
    if word in names and not word.lower().endswith(_FILES):
        return names[word], word
    if word.isidentifier():
        raise RequestError(
            f"Variable not found: {word}.",
            hint="Use a DataFrame, an answer, or a file such as suppliers.xlsx.",
        )
    return word, ""


def write_sheet(session: Session, arguments: Arguments) -> str:
    """Write the template sheet of `%monite_new --sheet`. Return a message.

    Raises:
        RequestError: The operation is unknown, or the file can't be written.
    """
    from pathlib import Path

    from monite_magic.tables.push.template import write_sheet as write

    if not arguments.sheet:
        raise RequestError(
            f"Unexpected argument: {arguments.file}.", hint="To write a template sheet, add --sheet."
        )
    if not arguments.file:
        raise RequestError(
            "--sheet needs a file.", hint="%monite_new --sheet POST /counterparts suppliers.xlsx"
        )
    headings = write(
        arguments.method,
        arguments.path,
        Path(arguments.file).expanduser(),
        version=session.api_version,
        kind=arguments.type,
        full=arguments.full,
    )
    return (
        f"{arguments.file} has {len(headings)} columns and two example rows. Fill it in and delete them, "
        f"then: %monite_push {arguments.method} {arguments.path} {arguments.file}"
    )


def show_plan(
    session: Session,
    plan: Plan,
    line: str,
    who: FrontEnd,
    show: Callable[[Any], None],
    keep: Callable[[Any], None],
) -> PlanView:
    """Show a plan, with a button to send it in a notebook.

    Args:
        session: The session that would send it.
        plan: The plan.
        line: The line that sends it.
        who: The user who can click a button.
        show: Shows an object.
        keep: Called with the result of a click.
    """
    how = "the button below, or " if who is FrontEnd.NOTEBOOK else ""
    view = PlanView(plan, advice_for(plan, f"{how}{line}"))
    view.write_result()
    show(view)
    if who is FrontEnd.NOTEBOOK and plan.count and not plan.blocked:
        from monite_magic.jupyter.forms.confirm import ConfirmForm

        act = functools.partial(send_plan, plan, digest=plan.digest)
        ConfirmForm(question_for(session, plan, act), keep).show()
    return view


def send(session: Session, plan: Plan, arguments: Arguments, confirm: Confirm, *, has_person: bool) -> Pushed:
    """Send a plan, after a question if necessary.

    Raises:
        ConfirmationError: The user declined, hasn't answered yet, or can't be asked.
        RequestError: The plan has problems, or another push uses the journal.
    """
    return send_with(session, plan, confirm, yes=arguments.yes, has_person=has_person)
