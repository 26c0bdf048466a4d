"""A recorded call, sent again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monite_magic.core import RequestError
from monite_magic.history.recipe import Variable, recipe_of_sent

if TYPE_CHECKING:
    from monite_magic.history.record import Call


@dataclass(frozen=True, slots=True)
class Replay:
    """What to hand to the client: `client.request(replay.method, replay.path, params=replay.query, …)`.

    Attributes:
        method: HTTP method.
        path: Path below the base URL.
        query: Pairs of name and value.
        headers: Headers that the call had beyond those of every call.
        content: The JSON body, or None.
        entity_id: The entity that the call was about, or None.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    content: bytes | None
    entity_id: str | None


def replay_of(call: Call) -> Replay:
    """Return what it takes to send a recorded call again.

    Raises:
        RequestError: The call carried a secret or a file, which the history does not keep.
    """
    recipe = recipe_of_sent(call.request, call.environment)
    parts = [*recipe.body, *(piece for _, value in recipe.headers for piece in value)]
    if any(isinstance(piece, Variable) for piece in parts):
        raise RequestError(
            f"Call {call.number} carried a secret, which the history does not keep.", hint="Write it again."
        )
    if recipe.files:
        raise RequestError(
            f"Call {call.number} carried a file, which the history does not keep.", hint="Write it again."
        )
    # These the client writes anew, for the environment and the entity of the second time.
    anew = {call.environment.version_header.lower(), call.environment.entity_header.lower(), "content-type"}
    headers = {
        name: "".join(str(piece) for piece in value)
        for name, value in recipe.headers
        if name.lower() not in anew
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
