"""Collections that Bruno exports as JSON, and its `.bru` files, read into `Imported`."""

from __future__ import annotations

import re
from typing import Any, Final

from monite_magic.cell import METHODS
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


def read_bruno(document: dict[str, Any]) -> tuple[list[Imported], list[str]]:
    """Return the requests of a collection that Bruno exported as JSON, and notes.

    Raises:
        RequestError: Its only request can't be read.
    """
    values: dict[str, str] = {}
    environments = [each for each in listed(document.get("environments")) if isinstance(each, dict)]
    if len(environments) == 1:
        values = values_of(listed(environments[0].get("variables")), name="name")
    collection = Collection(values)
    if len(environments) > 1:
        names = ", ".join(str(each.get("name")) for each in environments)
        collection.notes.append(
            f"The variables of the environments {names} were left out: there are several."
        )
    _walk_bruno(document, collection)
    return collection.done()


def _walk_bruno(folder: dict[str, Any], collection: Collection) -> None:
    for item in listed(folder.get("items")):
        if not isinstance(item, dict):
            continue
        name = str(item.get("name") or "request")
        if item.get("type") == "folder":
            _walk_bruno(item, collection)
        elif str(item.get("type")) in {"http", "http-request"}:
            collection.read(name, _of_bruno, item.get("request"), name, collection)
        else:
            collection.notes.append(f"{name}: {item.get('type')} was left out.")


def _of_bruno(request: dict[str, Any], name: str, collection: Collection) -> Imported:
    imported = Imported(str(request.get("method") or "GET").upper(), None, "/", place=name)
    parameters = [each for each in listed(request.get("params")) if isinstance(each, dict)]
    in_path = {
        each["name"]: str(each.get("value") or "") for each in parameters if each.get("type") == "path"
    }
    url = str(request["url"]).partition("?")[0] if parameters else str(request["url"])
    for key, value in in_path.items():
        if value:
            url = re.sub(rf"(?<=/):{re.escape(key)}(?=/|$)", value.replace("\\", r"\\"), url)
    imported.set_url(collection.fill(url))
    if parameters:
        imported.query = "&".join(
            f"{in_query(collection.fill(pair['name']))}={in_query(collection.fill(pair.get('value')))}"
            for pair in switched_on(parameters, imported, "parameter")
            if pair.get("type") != "path"
        )
    for header in switched_on(request.get("headers"), imported, "header"):
        imported.headers.append((collection.fill(header["name"]), collection.fill(header.get("value"))))
    auth = request.get("auth") or {}
    mode = str(auth.get("mode") or "none")
    if mode not in {"none", "inherit"}:
        values: dict[str, Any] = given if isinstance(given := auth.get(mode), dict) else {}
        set_auth(imported, mode, {key: collection.fill(value) for key, value in values.items()})
    for what in ("script", "tests", "assertions", "vars"):
        if request.get(what) and any(
            request[what].values() if isinstance(request[what], dict) else request[what]
        ):
            imported.note(f"Its {what} {'was' if what == 'script' else 'were'} left out.")
    _set_bruno_body(imported, request.get("body") or {}, collection)
    return imported


def _set_bruno_body(imported: Imported, body: dict[str, Any], collection: Collection) -> None:
    mode = str(body.get("mode") or "none")
    if mode == "none":
        return
    if mode in {"formUrlEncoded", "multipartForm"}:
        imported.is_form = mode == "formUrlEncoded"
        for pair in switched_on(body.get(mode), imported, "field"):
            value = pair.get("value")
            if pair.get("type") == "file":
                for path in value if isinstance(value, list) else [value]:
                    imported.add_file(collection.fill(pair["name"]), collection.fill(path))
            else:
                imported.fields.append((collection.fill(pair["name"]), collection.fill(value)))
    else:
        imported.set_content(collection.fill(body.get(mode)), KINDS.get(mode, mode))


_BRU_BLOCK: Final = re.compile(r"^([\w:-]+)[ \t]*\{[ \t]*\n(.*?)^\}[ \t]*$", re.MULTILINE | re.DOTALL)
_BRU_METHODS: Final = frozenset(method.lower() for method in (*METHODS, "HEAD", "OPTIONS"))


def is_bru(text: str) -> bool:
    """Whether a text is a request as Bruno keeps it, a `.bru` file."""
    return any(match[1] in _BRU_METHODS for match in _BRU_BLOCK.finditer(text))


def read_bru(text: str) -> tuple[list[Imported], list[str]]:
    """Return the request of a `.bru` file, and notes.

    Raises:
        RequestError: It can't be read.
    """
    blocks = {match[1]: match[2] for match in _BRU_BLOCK.finditer(text)}
    method = next(name for name in blocks if name in _BRU_METHODS)
    call = {pair["name"]: pair["value"] for pair in _bru_pairs(blocks[method])}
    mode = call.get("body", "none")
    names = {"form-urlencoded": "formUrlEncoded", "multipart-form": "multipartForm"}
    body: dict[str, Any] = {"mode": names.get(mode, mode)}
    source = blocks.get(f"body:{mode}", blocks.get("body", ""))
    if mode in names:
        body[names[mode]] = [_bru_file(pair) for pair in _bru_pairs(source)]
    else:
        body[mode] = "\n".join(line.removeprefix("  ") for line in source.split("\n")).rstrip("\n")
    auth = call.get("auth", "none")
    parameters = [
        pair | {"type": kind}
        for kind in ("query", "path")
        for pair in _bru_pairs(blocks.get(f"params:{kind}", ""))
    ]
    login = {pair["name"]: pair["value"] for pair in _bru_pairs(blocks.get(f"auth:{auth}", ""))}
    scripts = [name for name in blocks if name.startswith(("script", "tests", "assert", "vars"))]
    request = {
        "method": method,
        "url": call.get("url", ""),
        "headers": _bru_pairs(blocks.get("headers", "")),
        "params": parameters,
        "auth": {"mode": auth, auth: login},
        "body": body,
        "script": scripts,
    }
    collection = Collection({})
    meta = {pair["name"]: pair["value"] for pair in _bru_pairs(blocks.get("meta", ""))}
    name = meta.get("name", "request")
    collection.read(name, _of_bruno, request, name, collection)
    return collection.done()


def _bru_pairs(block: str) -> list[dict[str, Any]]:
    pairs = []
    for line in block.split("\n"):
        name, colon, value = line.strip().partition(":")
        if colon:
            pairs.append(
                {
                    "name": name.lstrip("~").strip(),
                    "value": value.strip(),
                    "enabled": not name.startswith("~"),
                }
            )
    return pairs


def _bru_file(pair: dict[str, Any]) -> dict[str, Any]:
    match = re.fullmatch(r"@file\((.*)\)", pair["value"])
    return pair | {"type": "file", "value": match[1].split("|")} if match else pair
