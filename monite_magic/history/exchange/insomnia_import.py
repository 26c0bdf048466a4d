"""Exports of Insomnia in its format 4, read into `Imported`."""

from __future__ import annotations

from typing import Any

from monite_magic.history.exchange.collection import (
    Collection,
    in_query,
    listed,
    set_auth,
    switched_on,
    values_of,
    with_path_values,
)
from monite_magic.history.exchange.imported import FORM_TYPE, Imported, percent_encoded


def read_insomnia(document: dict[str, Any]) -> tuple[list[Imported], list[str]]:
    """Return the requests of an Insomnia export (format 4), and notes.

    Raises:
        RequestError: Its only request can't be read.
    """
    resources = [each for each in listed(document.get("resources")) if isinstance(each, dict)]
    values: dict[str, str] = {}
    for each in resources:
        if each.get("_type") == "environment" and isinstance(each.get("data"), dict):
            values |= values_of({"key": key, "value": value} for key, value in each["data"].items())
    collection = Collection(values)
    for each in resources:
        kind, name = each.get("_type"), str(each.get("name") or "request")
        if kind == "request":
            collection.read(name, _of_insomnia, each, name, collection)
        elif str(kind) in {"grpc_request", "websocket_request", "socketio_request", "unit_test"}:
            collection.notes.append(f"{name}: {kind} was left out.")
    return collection.done()


def _of_insomnia(request: dict[str, Any], name: str, collection: Collection) -> Imported:
    imported = Imported(str(request.get("method") or "GET").upper(), None, "/", place=name)
    in_path = {
        str(pair.get("name")): percent_encoded(collection.fill(pair.get("value")))
        for pair in switched_on(request.get("pathParameters"), imported, "parameter")
    }
    imported.set_url(with_path_values(collection.fill(request["url"]), in_path))
    query = [imported.query] if imported.query else []
    query += [
        f"{in_query(collection.fill(pair['name']))}={in_query(collection.fill(pair.get('value')))}"
        for pair in switched_on(request.get("parameters"), imported, "parameter")
    ]
    imported.query = "&".join(query)
    for header in switched_on(request.get("headers"), imported, "header"):
        if header.get("name"):
            imported.headers.append((collection.fill(header["name"]), collection.fill(header.get("value"))))
    auth = request.get("authentication") or {}
    if isinstance(auth, dict) and auth.get("type") not in {None, "none"} and not auth.get("disabled"):
        where = {"in": {"queryParams": "query"}.get(str(auth.get("addTo")), "header")}
        set_auth(
            imported, str(auth["type"]), {key: collection.fill(value) for key, value in auth.items()} | where
        )
    body = request.get("body") or {}
    kind = str(body.get("mimeType") or "")
    if kind in {FORM_TYPE, "multipart/form-data"}:
        imported.is_form = kind == FORM_TYPE
        for pair in switched_on(body.get("params"), imported, "field"):
            if pair.get("type") == "file":
                imported.add_file(collection.fill(pair["name"]), collection.fill(pair.get("fileName")))
            else:
                imported.fields.append((collection.fill(pair["name"]), collection.fill(pair.get("value"))))
    elif body.get("text"):
        imported.set_content(collection.fill(body["text"]), kind or None)
    return imported
