"""Send a recorded call again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monite_magic.core import RequestError
from monite_magic.history.recipe import Variable, recipe_of_sent

if TYPE_CHECKING:
    from monite_magic.history.record import Call


@dataclass(frozen=True, slots=True)
class Replay:
    """Arguments for the client: `client.request(replay.method, replay.path, params=replay.query, …)`.

    Attributes:
        method: HTTP method.
        path: Path relative to the base URL.
        query: Pairs of name and value.
        headers: Additional headers of the call.
        content: The JSON body, or None.
        entity_id: The entity that the call was for, or None.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    content: bytes | None
    entity_id: str | None


def replay_of(call: Call) -> Replay:
    """Return the arguments to send a recorded call again.

    Raises:
        RequestError: The call had a secret or a file, which the history doesn't store.
    """
    recipe = recipe_of_sent(call.request, call.environment)
    parts = [*recipe.body, *(piece for _, value in recipe.headers for piece in value)]
    if any(isinstance(piece, Variable) for piece in parts):
        raise RequestError(
            f"Call {call.number} had a secret, which the history doesn't store.", hint="Write the call again."
        )
    if recipe.files:
        raise RequestError(
            f"Call {call.number} had a file, which the history doesn't store.", hint="Write the call again."
        )
    # The client sets these for the environment and entity of the replay.
    set_by_client = {
        call.environment.version_header.lower(),
        call.environment.entity_header.lower(),
        "content-type",
    }
    headers = {
        name: "".join(str(piece) for piece in value)
        for name, value in recipe.headers
        if name.lower() not in set_by_client
    }
    body = "".join(str(piece) for piece in recipe.body)
    return Replay(
        method=recipe.method,
        path=recipe.path,
        query=recipe.query,
        headers=headers,
        content=body.encode() if body else None,
        entity_id=call.entity_id,
    )
