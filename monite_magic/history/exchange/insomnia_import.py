"""Exports of Insomnia in its format 4, read into `Imported`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.history.exchange.collection import (
    Collection,
    in_query,
    inherit_headers,
    listed,
    set_auth,
    switched_on,
    values_of,
    with_path_values,
)
from monite_magic.history.exchange.imported import FORM_TYPE, Imported, percent_encoded

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_insomnia(document: dict[str, Any]) -> tuple[list[Imported], list[str]]:
    """Return the requests of an Insomnia export (format 4), and notes.

    Raises:
        RequestError: Its only request can't be read.
    """
    resources = [each for each in listed(document.get("resources")) if isinstance(each, dict)]
    collection = Collection({})
    collection.values = _values_of_environments(resources, collection)
    by_id = {str(each["_id"]): each for each in resources if "_id" in each}
    for each in resources:
        kind, name = each.get("_type"), str(each.get("name") or "request")
        if kind == "request":
            folders = _folders_of(each, by_id)
            values: dict[str, str] = {}
            for folder in folders:
                values |= values_of(_pairs_in(folder.get("environment")))
            with collection.within(values):
                collection.read(name, _of_insomnia, each, name, collection, folders)
        elif str(kind) in {"grpc_request", "websocket_request", "socketio_request", "unit_test"}:
            collection.notes.append(f"{name}: {kind} was left out.")
    return collection.done()


def _values_of_environments(resources: list[dict[str, Any]], collection: Collection) -> dict[str, str]:
    """Return what the environments set; where they differ, nothing is chosen."""
    found: dict[str, dict[str, str]] = {}
    for each in resources:
        if each.get("_type") == "environment":
            for name, value in values_of(_pairs_in(each.get("data"))).items():
                found.setdefault(name, {}).setdefault(value, str(each.get("name") or "environment"))
    for name, values in found.items():
        if len(values) > 1:
            choices = ", ".join(f"{value} ({where})" for value, where in values.items())
            collection.notes.append(f"{name} has several values in the environments: {choices}.")
    return {name: next(iter(values)) for name, values in found.items() if len(values) == 1}


def _folders_of(request: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the folders of a request, the outermost first."""
    folders: list[dict[str, Any]] = []
    folder = by_id.get(str(request.get("parentId")))
    while folder is not None and not any(folder is other for other in folders):
        folders.insert(0, folder)
        folder = by_id.get(str(folder.get("parentId")))
    return folders


def _pairs_in(data: Any, prefix: str = "") -> Iterator[dict[str, Any]]:
    """Yield what an environment sets; what is inside another value is named `outer.inner`."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield {"key": f"{prefix}{key}", "value": value}
            yield from _pairs_in(value, f"{prefix}{key}.")


def _of_insomnia(
    request: dict[str, Any], name: str, collection: Collection, folders: list[dict[str, Any]]
) -> Imported:
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
    inherited = [
        header for folder in folders for header in switched_on(folder.get("headers"), imported, "header")
    ]
    inherit_headers(imported, inherited, collection)
    given = [each.get("authentication") or {} for each in (request, *reversed(folders))]
    auth = next((each for each in given if isinstance(each, dict) and each.get("type")), {})
    if auth.get("type") not in {None, "none"} and not auth.get("disabled"):
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
    elif body.get("fileName"):
        if kind and imported.header("content-type") is None:
            imported.headers.append(("Content-Type", kind))
        imported.set_body_file(collection.fill(body["fileName"]))
    elif body.get("text"):
        imported.set_content(collection.fill(body["text"]), kind or None)
    return imported
