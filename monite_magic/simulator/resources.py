"""The usual resource: create, read, list, update and delete as documented.

A family declares a subclass, serves the operations that it has, and overrides hooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from monite_magic.simulator import pages
from monite_magic.simulator.answers import conflict, invalid, not_found, problem
from monite_magic.simulator.filters import conditions, member
from monite_magic.simulator.principal import deny
from monite_magic.simulator.registry import Access, AnyHandler, Handler, Status, behaviour, operation
from monite_magic.simulator.store import Condition, Document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from monite_magic.simulator.call import Call

behaviour(
    "created_by",
    "Documents that the partner makes have no creator (null). If the schema requires one, it is the "
    "entity's first user.",
    "unverified",
)

Verb = Literal["list", "create", "read", "update", "replace", "delete"]

_METHODS: dict[str, tuple[str, str]] = {
    "list": ("GET", "read"),
    "create": ("POST", "create"),
    "read": ("GET", "read"),
    "update": ("PATCH", "update"),
    "replace": ("PUT", "update"),
    "delete": ("DELETE", "delete"),
}
# Families whose refusals for a missing permission are 409 and not 403: descriptions of 409 in the OpenAPI
# document 2024-05-25 ("Action ... not allowed"). That it is 403 elsewhere is unverified.
_CONFLICT_FAMILIES = ("/payables", "/payable_")


class Resource:
    """A kind of document and its usual operations.

    Class attributes, set by subclasses:
        kind: The kind under which documents are stored.
        path: The template of one item's path. Its last parameter is the item's ID.
        owner: Whether documents belong to the entity of the call or to the partner's project.
        parent: The resource that this one is a part of. The path contains its ID.
        permission: The object type in roles, or `None` for no permission check.
        partner_only: Whether only a partner's token is accepted.
        unique: Members that must be unique within one owner and parent.
        fields: Members to filter and sort by that differ in name from the parameter.
        initial: The initial members of a new document.
        event: The object type of its events, or `None` for no events.
        creator: The member with the entity user who created the document, or `None`.
        creator_required: Whether the schema requires a creator, even for the partner's documents.
        references: Members of a body that contain the ID of another document, with its resource. A create
            or an update that refers to a missing document is refused with 422.
    """

    kind: ClassVar[str]
    path: ClassVar[str]
    owner: ClassVar[Literal["entity", "project"]] = "entity"
    parent: ClassVar[Resource | None] = None
    permission: ClassVar[str | None] = None
    partner_only: ClassVar[bool] = False
    unique: ClassVar[Sequence[str]] = ()
    fields: ClassVar[Mapping[str, str]] = {}
    initial: ClassVar[Mapping[str, Any]] = {}
    event: ClassVar[str | None] = None
    creator: ClassVar[str | None] = None
    creator_required: ClassVar[bool] = False
    references: ClassVar[Mapping[str, Resource]] = {}

    # -- hooks for subclasses --------------------------------------------------------------------------

    def prepare(self, call: Call, document: Document) -> None:
        """Complete or refuse a new document before it is stored."""

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """Complete or refuse a change. `changes` will be merged into `document`."""

    def changed(self, call: Call, document: Document) -> None:
        """Complete a changed document before it is stored."""

    def before_delete(self, call: Call, document: Document) -> None:
        """Refuse the deletion, or delete dependent documents."""

    def view(self, call: Call, document: Document) -> Document:
        """Return the document to show. Members outside the schema are removed later."""
        return document

    def where(self, call: Call, query: Mapping[str, Any]) -> list[Condition]:
        """Return conditions for the parameters that `fields` maps to an empty path."""
        return []

    # -- for families --------------------------------------------------------------------------------

    @property
    def collection(self) -> str:
        """The path template of the list."""
        return self.path.rpartition("/")[0]

    @property
    def id_parameter(self) -> str:
        """The name of the path parameter with the item's ID."""
        return self.path.rpartition("/")[2].strip("{}")

    def access(self, action: str, *, own_entity: bool = False) -> Access:
        """Return who can perform `action` on this resource.

        Args:
            action: What the role must allow.
            own_entity: Whether the path contains an entity; users can only use their own.
        """
        if own_entity:
            return Access("entity", action, own_entity=True)
        refusal = 409 if self.path.startswith(_CONFLICT_FAMILIES) else 403
        return Access(self.permission, action, self.partner_only, refusal)

    def operation(
        self,
        method: str,
        tail: str = "",
        *,
        may: str,
        text: str = "",
        status: Status = "schema",
        own_entity: bool = False,
    ) -> Callable[[AnyHandler], AnyHandler]:
        """Register an operation on one item, at the item's path plus `tail`.

        Args:
            method: The HTTP method.
            tail: The path after the item's path, without the leading slash.
            may: The action that the role must allow.
            text: What happens, in one sentence; the function's docstring by default.
            status: What this rests on.
            own_entity: Whether the path contains an entity; users can only use their own.
        """
        path = f"{self.path}/{tail}" if tail else self.path
        access = self.access(may, own_entity=own_entity)
        return operation(method, path, text, status=status, access=access)

    def list_operation(
        self, method: str, tail: str = "", *, may: str, status: Status = "schema"
    ) -> Callable[[AnyHandler], AnyHandler]:
        """Register an operation on the collection; see `operation`."""
        path = f"{self.collection}/{tail}" if tail else self.collection
        return operation(method, path, status=status, access=self.access(may))

    def owner_id(self, call: Call) -> str:
        """The owner of the call's documents."""
        return call.entity_id if self.owner == "entity" else call.project

    def parent_id(self, call: Call) -> str:
        """The ID of the parent in the path, which must exist; "" without a parent."""
        return str(self.parent.find(call)["id"]) if self.parent else ""

    def get(self, call: Call, identifier: str | None) -> Document | None:
        """Return the owner's document with this ID, or `None`."""
        return call.store.get(self.kind, identifier, owner=self.owner_id(call)) if identifier else None

    def referred(self, call: Call, members: Document, name: str) -> Document | None:
        """Return the document whose ID is in a member of a body.

        Raises:
            Refusal: 422 if the document does not exist.
        """
        if members.get(name) is None:
            return None
        found = self.get(call, members[name])
        if found is None:
            words = self.kind.replace("_", " ")
            invalid(problem(["body", name], f"There is no {words} {members[name]}."))
        return found

    def check_references(self, call: Call, members: Document) -> None:
        """Refuse a body that refers to a missing document with 422."""
        for name, resource in self.references.items():
            named = members.get(name)
            for identifier in named if isinstance(named, list) else [named]:
                resource.referred(call, {name: identifier}, name)

    def find(self, call: Call, identifier: str | None = None) -> Document:
        """Return the document with this ID, or with the ID in the path.

        Raises:
            Refusal: 404 if it does not exist. A missing permission, if it belongs to another user and the
                role only allows the user's own documents.
        """
        wanted = identifier or call.path[self.id_parameter]
        parent = self.parent_id(call) if self.parent and identifier is None else None
        found = call.store.get(self.kind, wanted, owner=self.owner_id(call), parent=parent)
        if found is None:
            not_found(self.kind, wanted)
        restricted = call.own_only and call.access.object_type == self.permission
        if restricted and found.get("_created_by") != call.principal.user_id:
            deny(call.access)
        return found

    def all(self, call: Call, parent: str = "", **equal: Any) -> list[Document]:
        """Return the owner's documents under one parent whose members equal the given values."""
        return call.store.all(self.kind, owner=self.owner_id(call), parent=parent, **equal)

    def add(self, call: Call, members: Document, parent: str = "") -> Document:
        """Create, complete and store a document."""
        document = call.stamp({**self.initial, **members})
        if self.owner == "entity":
            document["entity_id"] = call.entity_id
        if self.creator:
            document[self.creator] = call.principal.user_id or self.stand_in(call)
        self.check_references(call, document)
        self.prepare(call, document)
        self._check_unique(call, document, parent)
        call.store.insert(self.kind, document, owner=self.owner_id(call), parent=parent)
        if self.event:
            call.emit(self.event, "created", document)
        return document

    def stand_in(self, call: Call) -> str | None:
        """Return the creator of the partner's documents: none, unless the schema requires one."""
        if not self.creator_required:
            return None
        user = call.store.first("entity_user", owner=self.owner_id(call))
        return user["id"] if user else None

    def save(self, call: Call, document: Document, action: str = "updated") -> Document:
        """Store a changed document and emit its event."""
        call.store.replace(self.kind, call.touch(document))
        if self.event:
            call.emit(self.event, action, document)
        return document

    def serve(self, *verbs: Verb, status: Status = "schema") -> Self:
        """Register the usual operations named by `verbs`."""
        handlers: dict[str, Handler] = {
            "list": self._list,
            "create": self._create,
            "read": lambda call: self.view(call, self.find(call)),
            "update": self._update,
            "replace": self._update,
            "delete": self._delete,
        }
        for verb in verbs:
            method, action = _METHODS[verb]
            path = self.collection if verb in ("list", "create") else self.path
            text = f"{verb.capitalize()} {self.kind.replace('_', ' ')}."
            operation(method, path, text, status=status, access=self.access(action))(handlers[verb])
        return self

    def check_change(self, call: Call, document: Document, changes: Document) -> None:
        """Refuse a change that the class attributes forbid."""
        self.check_references(call, changes)

    def check_delete(self, document: Document) -> None:
        """Refuse a deletion that the class attributes forbid."""

    # -- the usual operations -----------------------------------------------------------------------------

    def _list(self, call: Call) -> Document:
        paged = call.operation and any(known.name == "limit" for known in call.operation.query_parameters)
        return self.listed(call, call.query, paged=bool(paged))

    def listed(self, call: Call, query: Mapping[str, Any], *, paged: bool) -> Document:
        """Return the list for a query, as a page or as a whole."""
        if not paged:
            return {"data": [self.view(call, document) for document in self.matching(call, query)]}
        found = pages.page(
            call.store,
            self.kind,
            query,
            owner=self.owner_id(call),
            parent=self.parent_id(call),
            fields=self.fields,
            where=lambda counted: self._conditions(call, counted),
        )
        return found.envelope(lambda document: self.view(call, document))

    def matching(self, call: Call, query: Mapping[str, Any]) -> list[Document]:
        """Return all documents for a query, oldest first."""
        where = self._conditions(call, query)
        rows = call.store.select(
            self.kind, owner=self.owner_id(call), parent=self.parent_id(call), where=where
        )
        return [document for _, document in rows]

    def _conditions(self, call: Call, query: Mapping[str, Any]) -> list[Condition]:
        found = [*conditions(query, self.fields), *self.where(call, query)]
        if call.own_only:
            found.append(Condition(f"{member('_created_by')} = ?", (call.principal.user_id,)))
        return found

    def _create(self, call: Call) -> Document:
        return self.view(call, self.add(call, call.body or {}, self.parent_id(call)))

    def _update(self, call: Call) -> Document:
        document = self.find(call)
        changes = dict(call.body or {})
        self.check_change(call, document, changes)
        self.change(call, document, changes)
        merge(document, changes)
        self.changed(call, document)
        self._check_unique(call, document, self.parent_id(call))
        return self.view(call, self.save(call, document))

    def _delete(self, call: Call) -> None:
        document = self.find(call)
        self.check_delete(document)
        self.before_delete(call, document)
        call.store.delete(self.kind, document["id"])
        if self.event:
            call.emit(self.event, "deleted", document)

    def _check_unique(self, call: Call, document: Document, parent: str) -> None:
        for name in self.unique:
            same = self.all(call, parent, **{name: document.get(name)})
            if any(other["id"] != document["id"] for other in same):
                conflict(f"{self.kind.replace('_', ' ').capitalize()} with this {name} already exists.")


def merge(document: Document, changes: Mapping[str, Any]) -> Document:
    """Merge a partial change into a document. Objects are merged, other values replaced."""
    for name, value in changes.items():
        kept = document.get(name)
        if isinstance(value, dict) and isinstance(kept, dict):
            merge(kept, value)
        else:
            document[name] = value
    return document


_STAMPS = frozenset({"created_at", "updated_at", "_created_by", "entity_id", "entity_user_id"})


def snapshot(document: Document) -> Document:
    """Return a copy to embed in another document, without times, owner and creator."""
    return {name: value for name, value in document.items() if name not in _STAMPS}
