"""The magics. Each parses its line, calls the session and returns something to show, without logic.

Errors are shown without a traceback and fail the cell. An answer with a status of 400 or above is shown as a
card, and then the cell fails. `%monite_history show last` shows it again. The variable of `-o` stays
unchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, magics_class
from IPython.display import display

from monite_magic.core.clean_text import one_line
from monite_magic.core.errors import MoniteError, RequestError
from monite_magic.jupyter.frontend import FrontEnd, front_end, keep_last
from monite_magic.jupyter.magic import Cell, Stopped, magic

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.cell import Arguments, Filled
    from monite_magic.session import Confirm, MoniteResponse, Session


@magics_class
class MoniteMagics(Magics):
    """All magics of monite-magic. Their options are in `monite_magic.cell.options.MAGICS`."""

    shell: Any

    # -- calls ------------------------------------------------------------------------------------------

    @magic("monite")
    def monite(self, cell: Cell) -> Any:
        """Call the API."""
        from monite_magic.cell import reading
        from monite_magic.session import calling

        session = _session()
        filled = calling.prepare(
            reading.read(cell.arguments, cell.body), cell.names, session, lines_above=cell.caller.lines_above
        )
        if filled.as_format or filled.dry_run:
            from monite_magic.jupyter import shown_calls

            if filled.as_format:
                return shown_calls.as_code(session, filled, filled.as_format, with_token=filled.with_token)
            return shown_calls.dry_run(session, filled)
        if filled.all_pages:
            response = self._all_pages(session, filled)
        else:
            has_person = front_end(self.shell) is not FrontEnd.NOBODY
            response = calling.send(filled, session, self._confirmer(filled), has_person=has_person)
        if cell.caller.is_silent and cell.caller.drops_value:
            keep_last(self.shell, response)
        shown = self._show_answer(filled, response, cell)
        return Stopped(shown) if response.interrupted else shown

    def _all_pages(self, session: Session, filled: Filled) -> MoniteResponse:
        """Read all pages. If the list is endless, still keep the pages so far in the variable of `-o`."""
        from monite_magic.session import all_pages

        try:
            return all_pages(session, filled)
        except MoniteError as error:
            if filled.output and error.partial is not None:
                self.shell.user_ns[filled.output] = error.partial
            raise

    def _show_answer(self, filled: Filled, response: MoniteResponse, cell: Cell) -> MoniteResponse | None:
        """Keep and show an answer. Fail if its status is not the expected one."""
        from monite_magic.display import Raw, render_status_line

        self._keep(filled, response)
        if not _is_wanted(filled, response):
            _show(response)
            expected = str(filled.expect) if filled.expect else None
            raise _unwanted(response, expected=expected, kept=filled.output and self._kept(filled.output))
        returned = response if cell.caller.uses_value else None
        if filled.raw:
            _show(Raw(response))
            return returned
        if (filled.output or cell.caller.drops_value) and not filled.show:
            _show(render_status_line(response), raw=True)
            return returned
        if cell.caller.drops_value or (filled.show and cell.caller.uses_value):
            _show(response)
        return response

    def _keep(self, filled: Filled, response: MoniteResponse) -> None:
        """Keep an answer in the variable of `-o`, but don't replace a good answer with an error."""
        if filled.output and _is_wanted(filled, response):
            self.shell.user_ns[filled.output] = response

    def _kept(self, name: str) -> str:
        """Return a note on the variable of `-o` after an error."""
        return f"{name} is unchanged" if name in self.shell.user_ns else f"{name} was not set"

    # -- logging in and out -----------------------------------------------------------------------------

    @magic("monite_login")
    def monite_login(self, arguments: Arguments) -> None:
        """Log in."""
        from monite_magic.jupyter import login_magics

        _show(login_magics.run(_session(), arguments, front_end(self.shell)))

    @magic("monite_status")
    def monite_status(self, _arguments: Arguments) -> None:
        """Show who is logged in."""
        from monite_magic.jupyter.status import logged_out_panel, status_panel

        session = _session()
        _show(status_panel(session.status()) if session.logged_in else logged_out_panel(session.calls))

    @magic("monite_logout")
    def monite_logout(self, _arguments: Arguments) -> None:
        """Log out."""
        from monite_magic.jupyter.status import logout_panel

        session = _session()
        was_logged_in = session.logged_in
        _show(logout_panel(*session.log_out(), was_logged_in=was_logged_in))

    @magic("monite_use")
    def monite_use(self, arguments: Arguments) -> None:
        """Switch entity, user, profile or environment."""
        from monite_magic.jupyter import switching

        if not any(arguments.values.values()):
            raise RequestError(
                "Nothing to switch.",
                hint="For instance: %monite_use --entity ID. See %monite_use --help.",
            )
        _show(switching.run(_session(), arguments, front_end(self.shell)))

    # -- help -------------------------------------------------------------------------------------------

    @magic("monite_help")
    def monite_help(self, arguments: Arguments) -> None:
        """Show what the API can do."""
        from monite_magic.jupyter import assist

        with _catalogue_errors():
            words = " ".join(arguments.words)
            _show(assist.help_page(words, field=arguments.field, version=_session().api_version))

    @magic("monite_new")
    def monite_new(self, arguments: Arguments) -> None:
        """Draft the cell for a call."""
        if arguments.sheet or arguments.file:
            from monite_magic.jupyter import push_magics

            print(push_magics.write_sheet(_session(), arguments))
            return
        from monite_magic.cell.cell_text import checked_cell
        from monite_magic.jupyter import assist

        with _catalogue_errors():
            cell, remarks = assist.draft(
                arguments.method,
                arguments.path,
                full=arguments.full,
                kind=arguments.type,
                seen=_session().seen,
                version=_session().api_version,
            )
        cell = checked_cell(cell)
        self.shell.set_next_input(cell)
        # for front ends that can't set the next input
        print("\n".join([cell, *(f"# {one_line(remark)}" for remark in remarks)]))

    @magic("monite_explore")
    def monite_explore(self, cell: Cell) -> None:
        """Open the explorer."""
        from monite_magic.jupyter.explorer import explore

        with _catalogue_errors():
            _show(explore(_session(), cell.arguments, cell.body, self.shell, front_end(self.shell)))

    @magic("monite_catalogue")
    def monite_catalogue(self, arguments: Arguments) -> None:
        """Show or load a catalogue, or compare two."""
        from monite_magic.jupyter import status, version_changes

        session, form = _session(), arguments.values["as"]
        with _catalogue_errors():
            if arguments.action != "diff":
                if form:
                    raise RequestError("--as can only be used with diff.", line=1)
                _show(status.catalogue_panel(arguments.action, arguments.words, session.api_version))
            elif (shown := version_changes.run(session, arguments.words, form)) is not None:
                _show(shown)

    @magic("monite_simulator")
    def monite_simulator(self, arguments: Arguments) -> None:
        """Show and control the local simulator."""
        from monite_magic.jupyter.simulator_magics import run

        _show(run(_session(), arguments.action or "state", list(arguments.words)))

    # -- the history ------------------------------------------------------------------------------------

    @magic("monite_history")
    def monite_history(self, arguments: Arguments) -> Any:
        """Show the calls of this session."""
        from monite_magic.jupyter import history_magics
        from monite_magic.session import MoniteResponse

        result = history_magics.run(_session(), arguments, self._confirmer())
        if isinstance(result, MoniteResponse):
            if result.ok:
                return result
            _show(result)
            raise _unwanted(result, expected=None)
        if isinstance(result, str):
            return result
        _show(result)
        return None

    @magic("monite_export")
    def monite_export(self, arguments: Arguments) -> None:
        """Write the calls of this session to a file."""
        from monite_magic.jupyter import history_magics

        _show(history_magics.export(_session(), arguments))

    @magic("monite_import")
    def monite_import(self, cell: Cell) -> None:
        """Turn calls from elsewhere into cells."""
        from monite_magic.jupyter import history_magics

        cells, notes = history_magics.import_calls(
            _session(), cell.arguments.fill(cell.names), cell.body, lines_above=cell.caller.lines_above
        )
        self.shell.set_next_input(cells[0])
        print("\n\n".join([*cells, *(f"# {one_line(note)}" for note in notes)]))

    @magic("monite_pull")
    def monite_pull(self, arguments: Arguments) -> Any:
        """Read whole collections."""
        from monite_magic.jupyter import pull_magics

        try:
            pulled = pull_magics.run(_session(), arguments)
        except MoniteError as error:
            if arguments.output and error.partial is not None:
                self.shell.push({arguments.output: pull_magics.value_of(error.partial)})
            raise
        if arguments.output:
            self.shell.push({arguments.output: pull_magics.value_of(pulled)})
            pulled.kept_as = arguments.output
        return pulled if pulled.complete else Stopped(pulled)

    @magic("monite_push")
    def monite_push(self, arguments: Arguments) -> Any:
        """Send the rows of a table."""
        from monite_magic.jupyter import push_magics

        session, who = _session(), front_end(self.shell)
        plan = push_magics.plan_of(session, arguments, self.shell.user_ns)
        if not arguments.send:
            keep = self._keeper(arguments.output)
            view = push_magics.show_plan(session, plan, "the same line with --send", who, _show, keep)
            if arguments.output:
                self.shell.user_ns[arguments.output] = view
            return None
        confirm = self._asker(self._keeper(arguments.output))
        if plan.blocked:
            push_magics.show_plan(session, plan, "the same line with --send", who, _show, lambda _: None)
        pushed = push_magics.send(session, plan, arguments, confirm, has_person=who is not FrontEnd.NOBODY)
        if arguments.output:
            self.shell.user_ns[arguments.output] = pushed
            pushed.kept_as = arguments.output
        if pushed.interrupted:
            return Stopped(pushed)
        if pushed.failed:
            _show(pushed)
            pushed.raise_for_failures()
        return pushed

    @magic("monite_watch")
    def monite_watch(self, arguments: Arguments) -> Any:
        """Show events as they happen."""
        from monite_magic.jupyter import watch_magics

        return watch_magics.run(self.shell, _session(), arguments)

    # -- the notebook -----------------------------------------------------------------------------------

    def _keeper(self, output: str | None) -> Callable[[Any], None]:
        """Return a function that keeps a result in the variable `output`."""

        def keep(result: Any) -> None:
            if output:
                self.shell.user_ns[output] = result

        return keep

    def _confirmer(self, filled: Filled | None = None) -> Confirm:
        """Return a function that asks the user. An answer after a click is kept as the call says."""

        def keep(response: MoniteResponse) -> None:
            if filled:
                self._keep(filled, response)

        return self._asker(keep)

    def _asker(self, keep: Callable[[Any], None]) -> Confirm:
        """Return a function that asks the user, and passes the result of a click to `keep`."""
        from monite_magic.jupyter import asking

        return lambda question: asking.ask(question, front_end(self.shell), keep)


def _show(thing: Any, **how: Any) -> None:
    display(thing, **how)  # type: ignore[no-untyped-call]


def _session() -> Session:
    from monite_magic.jupyter import hosted
    from monite_magic.session import session

    current = session.current()
    current.before_credentials = hosted.warn_once
    return current


def _is_wanted(filled: Filled, response: MoniteResponse) -> bool:
    return response.ok if filled.expect is None else response.status in filled.expect


def _unwanted(response: MoniteResponse, *, expected: str | None, kept: str | None = None) -> MoniteError:
    """Return the error of the cell. It says where the answer is, because `_` has not changed."""
    error = response.error()
    message = f"{error.message.rstrip('.')}; expected {expected}." if expected else error.message
    hint = f"(See it again: %monite_history show last{f'; {kept}' if kept else ''}.)"
    return type(error)(message, response=response, hint=hint)


class _catalogue_errors:  # noqa: N801 - used like a function
    """Converts the catalogue's errors into ours."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        from monite_magic.catalogue import CatalogueError

        if isinstance(error, CatalogueError):
            raise MoniteError(str(error)) from None
