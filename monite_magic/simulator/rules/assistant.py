"""The assistant (Monite AI): conversations and prompts. A stand-in with a fixed answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import Answer, not_found
from monite_magic.simulator.filters import member
from monite_magic.simulator.registry import behaviour, operation
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.store import Condition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour("assistant", "Every answer is the same: it says that it is simulated.", "unverified")

behaviour("assistant", "Only the user who started a conversation can see it: 404 for others.", "documented")

_REPLY = "This answer is simulated: the simulator has no assistant."


class Conversations(Resource):
    """The conversations of an entity."""

    kind = "ai_conversation"
    path = "/ai/conversations/{conversation_id}"
    initial = {"title": "New conversation", "is_starred": False, "messages": []}

    def find(self, call: Call, identifier: str | None = None) -> Document:
        """Return the conversation. Those of other users are not found."""
        found = super().find(call, identifier)
        return found if self._is_own(call, found) else not_found(self.kind, found["id"])

    def where(self, call: Call, _query: Mapping[str, Any]) -> list[Condition]:
        """The caller's own conversations."""
        return [Condition(f"{member('_created_by')} IS ?", (call.principal.user_id,))]

    def _is_own(self, call: Call, found: Document) -> bool:
        return bool(found.get("_created_by") == call.principal.user_id)


class Prompts(Resource):
    """Saved prompts."""

    kind = "ai_prompt"
    path = "/ai/prompts/{prompt_id}"


CONVERSATIONS = Conversations().serve("list", "create", "read", status="schema")
PROMPTS = Prompts().serve("list", "create", "read", "delete", status="schema")


@operation("PATCH", "/ai/prompts/{prompt_id}", status="schema")
def update_prompt(call: Call) -> Answer:
    """Change a saved prompt."""
    prompt = PROMPTS.find(call)
    PROMPTS.save(call, {**prompt, **call.body})
    return Answer(204)


@operation("POST", "/ai/conversations/{conversation_id}/messages", status="unverified")
def say(call: Call) -> Answer:
    """Send a message. The answer is always the same, as a stream of one event."""
    conversation = CONVERSATIONS.find(call)
    for role, content in (("user", call.body["text_prompt"]), ("assistant", _REPLY)):
        conversation["messages"].append(call.stamp({"role": role, "content": content}))
    CONVERSATIONS.save(call, conversation)
    event = json.dumps({"role": "assistant", "content": _REPLY})
    return Answer(201, content=f"data: {event}\n\n".encode(), content_type="text/event-stream")


def _message(call: Call) -> Document:
    wanted = call.body["message_id"]
    for conversation in CONVERSATIONS.all(call):
        for message in conversation["messages"]:
            if message["id"] == wanted:
                return dict(message)
    return not_found("message", wanted)


@operation("POST", "/ai/message_feedbacks", status="schema")
def rate(call: Call) -> Answer:
    """Like or dislike an answer."""
    _message(call)
    return Answer(204)


@operation("POST", "/ai/message_feedbacks/commentary", status="schema")
def comment(call: Call) -> Answer:
    """Give feedback on an answer."""
    _message(call)
    return Answer(204)
