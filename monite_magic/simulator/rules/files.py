"""Files: upload, read, and download at their URL."""

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

behaviour("GET /files", "A user sees the files of its entity, the partner sees all.", "unverified")
behaviour(
    "POST /files", "Only images and PDF files are shown inline. Other files are attachments.", "unverified"
)
behaviour("files", "The URL of a file depends on the address that the client called.", "unverified")
behaviour("POST /files", "The URL of a file is on the simulator and needs no token.", "unverified")

REGION, BUCKET = "simulator", "simulator"
#: The path of file contents, outside `/v1`.
FILES_PREFIX = "/files/"
_CONTENT = "file_content"
# Types that a browser can show safely. SVG is not one: it can contain scripts.
_SHOWN = frozenset({"application/pdf", "image/gif", "image/jpeg", "image/png", "image/webp"})
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,60}/[\w!#$&^.+-]{1,60}", re.ASCII)
_UNKNOWN_TYPE = "application/octet-stream"


class Files(Resource):
    """The files of a partner."""

    kind = "file"
    path = "/files/{file_id}"
    owner = "project"

    def keep(self, call: Call, name: str, content_type: str, data: bytes, file_type: str) -> Document:
        """Store a file and return its document."""
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
        # The URL gives access to the file, so it must not be guessable, not even from a known seed.
        key = secrets.token_urlsafe(24)
        document["s3_file_path"] = f"{key}/{name}"
        # It is made absolute when it is read: by then the server can have another port.
        document["url"] = f"{FILES_PREFIX}{key}"
        call.store.insert(self.kind, document, owner=call.project)
        # The content is stored separately, so that reading the document does not load it.
        content = {
            "id": key,
            "name": name,
            "mimetype": document["mimetype"],
            "data": base64.b64encode(data).decode(),
        }
        call.store.insert(_CONTENT, content, owner=call.project, parent=document["id"])
        return document

    def upload(self, call: Call, file_type: str) -> Document:
        """Store the file of a multipart call."""
        file = call.files["file"]
        return self.keep(call, file.name, file.content_type, file.data, file_type)

    def get(self, call: Call, identifier: str | None) -> Document | None:
        """Return a document's file, which the entity or the partner has uploaded."""
        found = super().get(call, identifier)
        return found if found and found["_entity_id"] in ("", call.entity_id) else None

    def find(self, call: Call, identifier: str | None = None) -> Document:
        """Return the file. Files of other entities are not found."""
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
    """Decode a Base64 file in a body.

    Raises:
        Refusal: 422 if it is invalid.
    """
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        invalid(problem(["body", "base64_encoded_file"], "The file is not valid Base64."))


FILES = Files().serve("list", "create", "read", "delete", status="documented")


def served_file(store: Store, key: str) -> Answer | None:
    """Return the content of the file with this key."""
    found = store.get(_CONTENT, key)
    if found is None:
        return None
    shown = found["mimetype"] in _SHOWN
    name = quote(found.get("name") or key, safe="")
    disposition = f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}"
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    content = base64.b64decode(found["data"])
    return Answer(200, headers=headers, content=content, content_type=found["mimetype"])
