"""Files: uploaded, described, and served back at the URL that their description names."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from monite_magic.simulator.answers import Answer, invalid, not_found, problem
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document, Store

behaviour("GET /files", "A user sees the files of its own entity, the partner all.", "unverified")
behaviour(
    "POST /files", "A file that is no image and no PDF is served as an attachment, not shown.", "unverified"
)
behaviour(
    "files", "The URL of a file is made when it is read, for the address that was called.", "unverified"
)
behaviour("POST /files", "The URL of a file leads to the simulator and needs no token.", "unverified")

REGION, BUCKET = "simulator", "simulator"
#: Where files are served, outside `/v1`.
FILES_PREFIX = "/files/"
_CONTENT = "file_content"
# What a browser shows without running anything in it: an SVG image can hold scripts.
_SHOWN = frozenset({"application/pdf", "image/gif", "image/jpeg", "image/png", "image/webp"})
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,60}/[\w!#$&^.+-]{1,60}", re.ASCII)
_UNKNOWN_TYPE = "application/octet-stream"


class Files(Resource):
    """The files of a partner."""

    kind = "file"
    path = "/files/{file_id}"
    owner = "project"

    def keep(self, call: Call, name: str, content_type: str, data: bytes, file_type: str) -> Document:
        """Keep a file; the document describes it."""
        described: Document = {
            "file_type": file_type,
            "name": name,
            "mimetype": content_type if _MEDIA_TYPE.fullmatch(content_type) else _UNKNOWN_TYPE,
            "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
            "size": len(data),
            "region": REGION,
            "s3_bucket": BUCKET,
            "_entity_id": call.entity_id,
        }
        document = call.stamp(described)
        # Anyone who has the URL has the file, so it can't be guessed, not even from a known seed.
        key = secrets.token_urlsafe(24)
        document["s3_file_path"] = f"{key}/{name}"
        # It is made absolute when it is read, as the server may be at another port by then.
        document["url"] = f"{FILES_PREFIX}{key}"
        call.store.insert(self.kind, document, owner=call.project)
        # The content is kept apart, so that it need not be read where the file is only described.
        content = {
            "id": key,
            "name": name,
            "mimetype": document["mimetype"],
            "data": base64.b64encode(data).decode(),
        }
        call.store.insert(_CONTENT, content, owner=call.project, parent=document["id"])
        return document

    def upload(self, call: Call, file_type: str, field: str = "file") -> Document:
        """Keep the file of a multipart call."""
        file = call.files[field]
        return self.keep(call, file.name, file.content_type, file.data, file_type)

    def get(self, call: Call, identifier: str | None) -> Document | None:
        """The file that a document refers to: the entity's own, or one that the partner has uploaded."""
        found = super().get(call, identifier)
        return found if found and found["_entity_id"] in ("", call.entity_id) else None

    def find(self, call: Call, identifier: str | None = None) -> Document:
        """The file; that of another entity is not found."""
        found = super().find(call, identifier)
        return found if self._is_own(call, found) else not_found(self.kind, found["id"])

    def matching(self, call: Call, query: Mapping[str, Any]) -> list[Document]:
        """The files of the caller."""
        return [found for found in super().matching(call, query) if self._is_own(call, found)]

    def _is_own(self, call: Call, file: Document) -> bool:
        return not call.entity_id or file["_entity_id"] == call.entity_id

    def _create(self, call: Call) -> Document:
        return self.upload(call, call.body["file_type"])


def decoded(text: str) -> bytes:
    """The file that a body carries as Base64.

    Raises:
        Refusal: 422 where it is something else.
    """
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        invalid(problem(["body", "base64_encoded_file"], "The file is not encoded in Base64."))


FILES = Files().serve("list", "create", "read", "delete", status="documented")


def served_file(store: Store, key: str) -> Answer | None:
    """The answer with the file that is served under a key."""
    found = store.get(_CONTENT, key)
    if found is None:
        return None
    shown = found["mimetype"] in _SHOWN
    name = quote(found.get("name") or key, safe="")
    disposition = f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}"
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    content = base64.b64decode(found["data"])
    return Answer(200, headers=headers, content=content, content_type=found["mimetype"])
