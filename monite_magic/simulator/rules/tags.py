"""Tags, comments and projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import not_found
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.store import Condition

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour("tags", "The name of a tag must be unique (case-sensitive): 409.", "documented")
behaviour("DELETE /tags/{tag_id}", "Deleting a tag removes it from all documents.", "documented")
behaviour("POST /comments", "A comment on a payable that does not exist is answered with 404.", "unverified")


#: The kinds of documents that can have tags.
_TAGGED = ("payable", "payable_credit_note", "receivable", "counterpart", "project")


class Tags(Resource):
    """The tags of an entity. Names are unique and case-sensitive."""

    kind = "tag"
    path = "/tags/{tag_id}"
    permission = "tag"
    unique = ("name",)
    creator = "created_by_entity_user_id"
    event = "tag"

    def shown(self, call: Call, identifiers: list[str] | None) -> list[Document]:
        """The tags with these ids that still exist, in full."""
        found = (self.get(call, identifier) for identifier in identifiers or ())
        return [tag for tag in found if tag]

    def before_delete(self, call: Call, document: Document) -> None:
        """Remove the tag from all documents."""
        named = Condition("instr(body, ?) > 0", (document["id"],))
        for kind in _TAGGED:
            for _, tagged in call.store.select(kind, owner=call.entity_id, where=[named]):
                call.store.replace(kind, _without(tagged, document["id"]))

    def check(self, call: Call, members: Document) -> None:
        """Refuse `tag_ids` with a tag that does not exist."""
        for tag_id in members.get("tag_ids") or ():
            self.referred(call, {"tag_ids": tag_id}, "tag_ids")


def _without(value: Any, tag_id: str) -> Any:
    """Remove a tag from `tag_ids` at any depth of the value."""
    if not isinstance(value, dict):
        return value
    found = {name: _without(inner, tag_id) for name, inner in value.items()}
    if found.get("tag_ids"):
        found["tag_ids"] = [one for one in found["tag_ids"] if one != tag_id]
    return found


class Comments(Resource):
    """Comments on payables."""

    kind = "comment"
    path = "/comments/{comment_id}"
    permission = "comment"
    initial = {"status": "active"}
    creator = "created_by_entity_user_id"
    creator_required = True
    event = "comment"

    def prepare(self, call: Call, document: Document) -> None:
        """The commented object must exist."""
        if call.store.get(document["object_type"], document["object_id"], owner=call.entity_id) is None:
            not_found(document["object_type"], document["object_id"])


class Projects(Resource):
    """Projects that documents can be assigned to."""

    kind = "project"
    path = "/projects/{project_id}"
    permission = "project"
    creator = "created_by_entity_user_id"
    event = "project"

    def view(self, call: Call, document: Document) -> Document:
        """Show tags in full."""
        return {**document, "tags": TAGS.shown(call, document.get("tag_ids"))}


TAGS = Tags().serve("list", "create", "read", "update", "delete", status="documented")
COMMENTS = Comments().serve("list", "create", "read", "update", "delete", status="documented")
PROJECTS = Projects().serve("list", "create", "read", "update", "delete")
Projects.references = {"parent_id": PROJECTS, "tag_ids": TAGS}
