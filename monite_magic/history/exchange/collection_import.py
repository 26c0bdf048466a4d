"""Collections of Postman, Insomnia and Bruno: which one a document is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.core import RequestError
from monite_magic.history.exchange.bruno_import import read_bruno
from monite_magic.history.exchange.insomnia_import import read_insomnia
from monite_magic.history.exchange.postman_import import read_postman

if TYPE_CHECKING:
    from monite_magic.history.exchange.imported import Imported


def read_collection(document: Any) -> tuple[list[Imported], list[str]] | None:
    """Return the requests of a collection, and notes; None if it is not one.

    Raises:
        RequestError: It is a file of these tools that holds no requests, or its only request can't be read.
    """
    if not isinstance(document, dict):
        return None
    if (
        "collection" in document
        and isinstance(document["collection"], dict)
        and "item" in document["collection"]
    ):
        document = document["collection"]  # as Postman's own API returns it
    if isinstance(document.get("item"), list) and "info" in document:
        return read_postman(document)
    if document.get("_type") == "export" and isinstance(document.get("resources"), list):
        return read_insomnia(document)
    if isinstance(document.get("items"), list) and ("version" in document or "brunoConfig" in document):
        return read_bruno(document)
    if isinstance(document.get("requests"), list) and "order" in document:
        raise RequestError("This is a Postman collection 1.", hint="Export it from Postman as 2.1.")
    if "_postman_variable_scope" in document:
        raise RequestError("This is a Postman environment: it has variables and no calls.",
                           hint="Import the collection.")  # fmt: skip
    if "openapi" in document or "swagger" in document:
        raise RequestError("This is an OpenAPI document, not a list of calls.",
                           hint="Load it with %monite_catalogue load FILE.")  # fmt: skip
    return None
