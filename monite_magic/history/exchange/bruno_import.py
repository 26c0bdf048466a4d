"""Collections that Bruno exports as JSON, and its `.bru` files, read into `Imported`."""

from __future__ import annotations

import re
import textwrap
from typing import Any, Final

from monite_magic.cell import METHODS
from monite_magic.core import RequestError
from monite_magic.history.exchange.collection import (
    KINDS,
    Collection,
    in_query,
    inherit_headers,
    listed,
    set_auth,
    switched_on,
    values_of,
    with_path_values,
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
    _walk_bruno(document, collection, "The collection", ())
    return collection.done()


def _walk_bruno(
    folder: dict[str, Any], collection: Collection, place: str, above: tuple[dict[str, Any], ...]
) -> None:
    """Read the requests of a folder; `above` is what its own folders set for all requests in them."""
    root = folder.get("root")
    shared = root.get("request") if isinstance(root, dict) else None
    if isinstance(shared, dict):
        above = (*above, shared)
        collection.notes += [f"{place}: {note}" for note in _left_out_of(shared)]
    with collection.within(_variables_of(root)):
        _walk_items(folder, collection, above)


def _walk_items(folder: dict[str, Any], collection: Collection, above: tuple[dict[str, Any], ...]) -> None:
    for item in listed(folder.get("items")):
        if not isinstance(item, dict):
            continue
        name = str(item.get("name") or "request")
        if item.get("type") == "folder":
            _walk_bruno(item, collection, name, above)
        elif str(item.get("type")) in {"http", "http-request"}:
            collection.read(name, _of_bruno, item.get("request"), name, collection, above)
        else:
            collection.notes.append(f"{name}: {item.get('type')} was left out.")


def _of_bruno(
    request: dict[str, Any], name: str, collection: Collection, above: tuple[dict[str, Any], ...] = ()
) -> Imported:
    imported = Imported(str(request.get("method") or "GET").upper(), None, "/", place=name)
    collection = Collection(collection.values | _variables_of({"request": request}))
    parameters = [each for each in listed(request.get("params")) if isinstance(each, dict)]
    in_path = {
        each["name"]: str(each.get("value") or "") for each in parameters if each.get("type") == "path"
    }
    url = str(request["url"]).partition("?")[0] if parameters else str(request["url"])
    imported.set_url(collection.fill(with_path_values(url, in_path)))
    if parameters:
        imported.query = "&".join(
            f"{in_query(collection.fill(pair['name']))}={in_query(collection.fill(pair.get('value')))}"
            for pair in switched_on(parameters, imported, "parameter")
            if pair.get("type") != "path"
        )
    for header in switched_on(request.get("headers"), imported, "header"):
        imported.headers.append((collection.fill(header["name"]), collection.fill(header.get("value"))))
    inherited = [
        header for folder in above for header in switched_on(folder.get("headers"), imported, "header")
    ]
    inherit_headers(imported, inherited, collection)
    auth, mode = _auth_of((request, *reversed(above)))
    if mode not in {"none", "inherit"}:
        values: dict[str, Any] = given if isinstance(given := auth.get(mode), dict) else {}
        set_auth(imported, mode, {key: collection.fill(value) for key, value in values.items()})
    for note in _left_out_of(request):
        imported.note(note)
    _set_bruno_body(imported, request.get("body") or {}, collection)
    return imported


def _auth_of(levels: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], str]:
    """Return how a request logs in, and its name: what it says itself, or the next folder that says it."""
    for level in levels:
        auth = level.get("auth") or {}
        mode = str(auth.get("mode") or "inherit")
        if mode != "inherit":
            return auth, mode
    return {}, "none"


def _left_out_of(request: dict[str, Any]) -> list[str]:
    """Return a note on each thing that is done before or after the call."""
    notes = [
        f"Its {what} {'was' if what == 'script' else 'were'} left out."
        for what in ("script", "tests", "assertions")
        if (given := request.get(what)) and (any(given.values()) if isinstance(given, dict) else True)
    ]
    if isinstance(request.get("vars"), dict) and request["vars"].get("res"):
        notes.append("The variables that it sets after the call were left out.")
    return notes


def _variables_of(document: Any) -> dict[str, str]:
    """Return the variables that are set before the call, of a request, a folder or the collection."""
    request = document.get("request") if isinstance(document, dict) else None
    found = request.get("vars") if isinstance(request, dict) else None
    return values_of(listed(found.get("req")), name="name") if isinstance(found, dict) else {}


def _set_bruno_body(imported: Imported, body: dict[str, Any], collection: Collection) -> None:
    mode = str(body.get("mode") or "none")
    if mode == "none":
        return
    if mode == "file":
        files = [each for each in listed(body.get("file")) if isinstance(each, dict) and each.get("filePath")]
        chosen = next((each for each in files if each.get("selected")), files[0] if files else {})
        imported.set_body_file(collection.fill(chosen.get("filePath")) or "?")
        return
    if mode in {"formUrlEncoded", "multipartForm"}:
        imported.is_form = mode == "formUrlEncoded"
        for pair in switched_on(body.get(mode), imported, "field"):
            value = pair.get("value")
            if pair.get("type") == "file":
                for path in value if isinstance(value, list) else [value]:
                    imported.add_file(
                        collection.fill(pair["name"]), collection.fill(path), kind=pair.get("contentType")
                    )
            else:
                if pair.get("contentType"):
                    imported.note(
                        f"The field {pair['name']} loses its type {pair['contentType']}: a cell sends text."
                    )
                imported.fields.append((collection.fill(pair["name"]), collection.fill(value)))
    else:
        imported.set_content(collection.fill(body.get(mode)), KINDS.get(mode, mode))


_BLOCK: Final = re.compile(r"^([\w:-]+)[ \t]*([{\[])[ \t]*\n(.*?)^[}\]][ \t]*$", re.MULTILINE | re.DOTALL)
#: How the files of a collection and of its folders begin, and those of other calls.
_BEGINS: Final = re.compile(
    r"\s*(?:meta|headers|query|tests|docs|(?:auth|vars|script)(?::[\w-]+)?)[ \t]*[{\[(][ \t]*(?:\n|@)"
)
_METHODS: Final = frozenset(method.lower() for method in (*METHODS, "HEAD", "OPTIONS", "http"))
_NOT_HTTP: Final = {"grpc": "a gRPC call", "ws": "a WebSocket", "graphql": "a GraphQL call"}
#: What Bruno writes for a kind of body in a `.bru` file -> what it writes in its JSON.
_MODES: Final = {"form-urlencoded": "formUrlEncoded", "multipart-form": "multipartForm"}
_LINE_OF_PAIR: Final = re.compile(
    r"""[ \t]*(?P<off>~)?(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s:"@][^:\n]*?))[ \t]*:[ \t]*
        (?P<value>\'\'\'\n.*?\'\'\'|[^\n]*)""",
    re.VERBOSE | re.DOTALL,
)
_ANNOTATIONS: Final = re.compile(r"(?:\s*@(?:contentType|description)\((?:[^()]|\([^()]*\))*\))+\s*$")


def is_bru(text: str) -> bool:
    """Whether a text is a file of Bruno, a `.bru` file."""
    names = {match[1] for match in _BLOCK.finditer(text)}
    return bool(names & _METHODS) or bool(_BEGINS.match(text))


def read_bru(text: str) -> tuple[list[Imported], list[str]]:
    """Return the request of a `.bru` file, and notes.

    Raises:
        RequestError: It can't be read, or is not a request.
    """
    blocks = {match[1]: match[3] for match in _BLOCK.finditer(text)}
    method = next((name for name in blocks if name in _METHODS), None)
    if method is None:
        what = next((what for name, what in _NOT_HTTP.items() if name in blocks), "not a request")
        raise RequestError(f"This file of Bruno is {what}.", hint="Import the .bru file of a call over HTTP.")
    call = {pair["name"]: pair["value"] for pair in _pairs(blocks[method])}
    auth = call.get("auth", "none")
    request = {
        "method": call.get("method", "GET") if method == "http" else method,
        "url": call.get("url", ""),
        "headers": _pairs(blocks.get("headers", "")),
        "params": [
            pair | {"type": kind}
            for kind in ("query", "path")
            for pair in _pairs(blocks.get(f"params:{kind}", ""))
        ],
        "auth": {
            "mode": auth,
            auth: {pair["name"]: pair["value"] for pair in _pairs(blocks.get(f"auth:{auth}", ""))},
        },
        "body": _body_of(blocks, call.get("body", "none")),
        "script": [name for name in blocks if name.startswith("script")],
        "tests": blocks.get("tests", "").strip(),
        "assertions": blocks.get("assert", "").strip(),
        "vars": {
            "req": _pairs(blocks.get("vars:pre-request", "")),
            "res": _pairs(blocks.get("vars:post-response", "")),
        },
    }
    collection = Collection({})
    meta = {pair["name"]: pair["value"] for pair in _pairs(blocks.get("meta", ""))}
    name = meta.get("name", "request")
    collection.read(name, _of_bruno, request, name, collection)
    return collection.done()


def _body_of(blocks: dict[str, str], mode: str) -> dict[str, Any]:
    """Return the body that a call names, as Bruno's JSON has it."""
    written = next((name for name, other in _MODES.items() if other == mode), mode)
    source = blocks.get(f"body:{written}", blocks.get("body", ""))
    mode = _MODES.get(written, written)
    if written == "file":
        files = [_file(pair) for pair in _pairs(source) if pair["enabled"]]
        return {
            "mode": mode,
            "file": [{"filePath": path} for file in files for path in listed(file["value"])],
        }
    if written in _MODES:
        return {"mode": mode, mode: [_file(pair) for pair in _pairs(source)]}
    return {
        "mode": mode,
        mode: "\n".join(line.removeprefix("  ") for line in source.split("\n")).rstrip("\n"),
    }


def _pairs(block: str) -> list[dict[str, Any]]:
    """Return the lines `name: value` of a block; a name may be in quotes, and a value in three."""
    pairs = []
    for match in _LINE_OF_PAIR.finditer(block):
        name = match["plain"] if match["quoted"] is None else re.sub(r"\\(.)", r"\1", match["quoted"])
        value = match["value"].strip()
        if value.startswith("'''"):
            value = textwrap.dedent(value[4:-3]).rstrip("\n")
        pairs.append({"name": name, "value": value, "enabled": not match["off"]})
    return pairs


def _file(pair: dict[str, Any]) -> dict[str, Any]:
    """Return a pair of a form with its file and type, if it has them."""
    annotations = _ANNOTATIONS.search(pair["value"])
    value = pair["value"][: annotations.start()].strip() if annotations else pair["value"]
    kind = re.search(r"@contentType\(([^()]*)\)", annotations[0]) if annotations else None
    pair = pair | {"value": value} | ({"contentType": kind[1]} if kind else {})
    match = re.fullmatch(r"@file\((.*)\)", value)
    return pair | {"type": "file", "value": match[1].split("|")} if match else pair
