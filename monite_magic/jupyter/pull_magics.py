"""`%monite_pull`: complete collections into DataFrames or files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.cell import check_output
from monite_magic.session import pull
from monite_magic.tables.pull import OVERLAP

if TYPE_CHECKING:
    from monite_magic.cell import Arguments
    from monite_magic.session import Session
    from monite_magic.tables.pull import Pulled


def run(session: Session, arguments: Arguments) -> Pulled:
    """Run `%monite_pull`.

    Args:
        session: The session, whose client makes the calls.
        arguments: The parsed line.

    Raises:
        RequestError: A collection, date or target is invalid, or another pull or program uses the target.
        MoniteError: A call failed. Files keep the rows so far.
    """
    if arguments.output:
        check_output(arguments.output, arguments.columns["output"])
    return pull(
        *arguments.words,
        client=session.client,
        entities="all" if arguments.all_entities else arguments.entity,
        since=arguments.since,
        to=arguments.to or "pandas",
        overlap=arguments.overlap or OVERLAP,
        whole=bool(arguments.whole),
    )


def value_of(pulled: Pulled) -> Any:
    """Return the value for `-o`: the DataFrame of a single collection, or else the complete result."""
    frames = list(pulled.frames.values())
    return frames[0] if len(frames) == 1 else pulled
