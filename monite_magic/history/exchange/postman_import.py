"""Collections of Postman, 2.0 and 2.1, read into `Imported`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from monite_magic.core import RequestError
from monite_magic.history.exchange.collection import (
    KINDS,
    Collection,
    in_query,
    listed,
    set_auth,
    switched_on,
    values_of,
)
from monite_magic.history.exchange.imported import Imported
from monite_magic.history.exchange.json_body import is_json_like
from monite_magic.history.exchange.marks import map_literal, variable


def read_postman(document: dict[str, Any]) -> tuple[list[Imported], list[str]]:
    """Return the requests of a Postman collection 2.0 or 2.1, and notes on what of it was left out.

    Raises:
        RequestError: Its only request can't be read.
    """
    collection = Collection(values_of(listed(document.get("variable"))))
    _walk_postman(document, collection, document.get("auth"), "")
    return collection.done()


def _walk_postman(folder: dict[str, Any], collection: Collection, auth: Any, place: str) -> None:
    _note_events(folder, collection, place or "The collection")
    for item in listed(folder.get("item")):
        if not isinstance(item, dict):
            collection.problems.append(RequestError(f"An item of {place or 'the collection'} can't be read."))
            continue
        name = f"{place} / {item.get('name', 'request')}" if place else str(item.get("name", "request"))
        if "item" in item:
            with collection.within(values_of(listed(item.get("variable")))):
                _walk_postman(item, collection, item.get("auth") or auth, name)
        else:
            _note_events(item, collection, name)
            request = item.get("request")
            collection.read(name, _of_postman, request, name, auth, collection)


def _note_events(item: dict[str, Any], collection: Collection, name: str) -> None:
    events = [event for event in listed(item.get("event")) if isinstance(event, dict)]
    scripts = [event for event in events if _lines_of(event.get("script"))]
    if scripts:
        collection.notes.append(f"{name}: its scripts were left out.")


def _lines_of(script: Any) -> str:
    lines = script.get("exec") if isinstance(script, dict) else script
    return "".join(map(str, lines)).strip() if isinstance(lines, list) else str(lines or "").strip()


def _of_postman(request: Any, name: str, auth: Any, collection: Collection) -> Imported:
    if isinstance(request, str):
        request = {"url": request}
    imported = Imported(str(request.get("method") or "GET").upper(), None, "/", place=name)
    _set_postman_url(imported, request.get("url"), collection)
    headers = request.get("header") or []
    if isinstance(headers, str):
        lines = [line.partition(":") for line in headers.split("\n") if ":" in line]
        headers = [{"key": key.strip(), "value": value.strip()} for key, _, value in lines]
    for header in switched_on(headers, imported, "header"):
        imported.headers.append(
            (collection.fill(header["key"]).strip(), collection.fill(header.get("value")).strip())
        )
    _set_postman_auth(imported, request.get("auth") or auth, collection)
    body = request.get("body")
    if isinstance(body, dict) and body.get("disabled"):
        imported.note("The body was left out: it is switched off.")
    elif isinstance(body, dict):
        _set_postman_body(imported, body, collection)
    return imported


def _set_postman_url(imported: Imported, url: Any, collection: Collection) -> None:
    if isinstance(url, str):
        imported.set_url(collection.fill(url))
        return
    path_values = values_of(listed(url.get("variable")))
    raw = str(url.get("raw") or "") or _joined_url(url)
    before, _, _ = raw.partition("#")
    before, _, raw_query = before.partition("?")

    def segment(text: str) -> str:
        name = text[1:]
        if not text.startswith(":") or not name:
            return text
        return (
            map_literal(collection.fill(path_values[name]), _in_path)
            if name in path_values
            else variable(name)
        )

    scheme, separator, rest = before.partition("://")
    rest = rest if separator else before
    path = "/".join(segment(part) for part in rest.split("/"))
    imported.set_url(collection.fill(f"{scheme}{separator}{path}" if separator else path))
    if "query" in url:
        pairs = [
            f"{in_query(collection.fill(pair.get('key')))}={in_query(collection.fill(pair.get('value')))}"
            for pair in switched_on(url["query"], imported, "parameter")
        ]
        imported.query = "&".join(pairs)
    else:
        imported.query = collection.fill(raw_query)


def _joined_url(url: dict[str, Any]) -> str:
    host, path = url.get("host") or "", url.get("path") or ""
    host = ".".join(map(str, host)) if isinstance(host, list) else str(host)
    parts = (
        [str(part.get("value") if isinstance(part, dict) else part) for part in path]
        if isinstance(path, list)
        else []
    )
    path = "/".join(parts) if isinstance(path, list) else str(path)
    scheme = f"{url['protocol']}://" if url.get("protocol") else ""
    port = f":{url['port']}" if url.get("port") else ""
    return f"{scheme}{host}{port}/{path.removeprefix('/')}"


def _in_path(text: str) -> str:
    return quote(text, safe="%")


def _set_postman_auth(imported: Imported, auth: Any, collection: Collection) -> None:
    """Take what logs in: a token is the session's own, and an API key is a header or parameter."""
    kind = auth.get("type") if isinstance(auth, dict) else None
    if kind in (None, "noauth", "inherit", "none"):
        return
    given = auth.get(kind)
    values = (
        {str(pair.get("key")): pair.get("value") for pair in given}
        if isinstance(given, list)
        else given or {}
    )
    set_auth(imported, str(kind), {key: collection.fill(value) for key, value in values.items()})


def _set_postman_body(imported: Imported, body: dict[str, Any], collection: Collection) -> None:
    mode = body.get("mode")
    if mode == "raw":
        language = (
            body.get("options", {}).get("raw", {}).get("language")
            if isinstance(body.get("options"), dict)
            else None
        )
        text = collection.fill(body.get("raw"))
        kind = imported.header("content-type") or KINDS.get(str(language))
        if kind in {None, "text/plain"} and is_json_like(text):
            kind = "application/json"
        imported.set_content(text, kind)
    elif mode == "urlencoded":
        imported.is_form = True
        for pair in switched_on(body.get("urlencoded"), imported, "field"):
            imported.fields.append((collection.fill(pair["key"]), collection.fill(pair.get("value"))))
    elif mode == "formdata":
        for pair in switched_on(body.get("formdata"), imported, "field"):
            _add_postman_part(imported, pair, collection)
    elif mode == "file":
        source = body.get("file") or {}
        path = str(source.get("src") or "") if isinstance(source, dict) else str(source)
        imported.set_body_file(path or "?")
    elif mode:
        imported.note(f"The body ({mode}) was left out: a cell sends JSON objects, and files with --file.")


def _add_postman_part(imported: Imported, pair: dict[str, Any], collection: Collection) -> None:
    name = collection.fill(pair["key"])
    if pair.get("type") != "file":
        if pair.get("contentType"):
            imported.note(
                f"The field {name} loses its type {pair['contentType']}: a cell sends fields as text."
            )
        imported.fields.append((name, collection.fill(pair.get("value"))))
        return
    source = pair.get("src")
    for path in source if isinstance(source, list) and source else [source]:
        imported.add_file(
            name, collection.fill(path), filename=pair.get("fileName"), kind=pair.get("contentType")
        )
