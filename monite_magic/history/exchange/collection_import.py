"""Collections of Postman (2.0 and 2.1), Insomnia (4) and Bruno, read into `Imported`.

Variables that a collection sets are filled in; all others stay variables. What logs in is left to the session.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from monite_magic.core import RequestError, is_secret_field
from monite_magic.history.exchange.imported import Imported
from monite_magic.history.exchange.json_body import is_json_like
from monite_magic.history.exchange.marks import map_literal, python_name, variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_VARIABLE: Final = re.compile(r"\{\{\s*(?:_\.|process\.env\.)?([^{}\n]+?)\s*\}\}")
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
_KINDS: Final = {"json": "application/json", "xml": "application/xml", "html": "text/html", "text": "text/plain",
                 "javascript": "application/javascript"}  # fmt: skip
#: Ways to log in that become a header which the session writes by itself.
_TOKENS: Final = frozenset(
    {"bearer", "basic", "oauth2", "oauth1", "jwt", "digest", "ntlm", "hawk", "awsv4", "wsse"}
)


@dataclass(slots=True)
class _Collection:
    """What holds for all requests of a collection, and what was read of it."""

    values: dict[str, str]
    requests: list[Imported] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[RequestError] = field(default_factory=list)

    def fill(self, value: Any, depth: int = 8) -> str:
        """Return a text with its variables filled in, or marked."""

        def filled(match: re.Match[str]) -> str:
            name = match[1]
            if depth and name in self.values:
                return self.fill(self.values[name], depth - 1)
            return variable(name)

        return _VARIABLE.sub(filled, "" if value is None else str(value))

    def read(self, name: str, reader: Callable[[], Imported]) -> None:
        """Read one request; what is wrong with it leaves the others importable."""
        try:
            self.requests.append(reader())
        except RequestError as error:
            self.problems.append(RequestError(f"{name}: {error.message}", hint=error.hint))
        except (LookupError, TypeError, AttributeError, ValueError):
            self.problems.append(RequestError(f"{name}: it is no request."))

    def done(self) -> tuple[list[Imported], list[str]]:
        if not self.requests and self.problems:
            raise self.problems[0]
        return self.requests, [*self.notes, *(f"{problem} It was not imported." for problem in self.problems)]


def _values(pairs: Iterable[Any], name: str = "key") -> dict[str, str]:
    """Return the variables that a collection sets; those for secrets stay variables."""
    return {
        str(pair[name]): str(pair["value"])
        for pair in pairs
        if isinstance(pair, dict) and pair.get(name) and pair.get("value") not in {None, ""}
        and not pair.get("disabled") and pair.get("enabled", True)
        and isinstance(pair["value"], (str, int, float)) and not is_secret_field(str(pair[name]))
        and pair.get("type") != "secret"
    }  # fmt: skip


def _kept(pairs: Any, imported: Imported, what: str) -> Iterator[dict[str, Any]]:
    """Yield the entries of a list that are switched on, and note the others."""
    off: list[str] = []
    for pair in pairs or ():
        if not isinstance(pair, dict):
            continue
        if pair.get("disabled") or pair.get("enabled", True) is False:
            off.append(str(pair.get("key") or pair.get("name") or ""))
        else:
            yield pair
    if off:
        imported.note(f"The {what} {', '.join(off)} was left out: it is switched off.")


# -- Postman ------------------------------------------------------------------------------------------------


def read_postman(document: dict[str, Any]) -> tuple[list[Imported], list[str]]:
    """Return the requests of a Postman collection 2.0 or 2.1, and notes on what of it was left out.

    Raises:
        RequestError: Its only request can't be read.
    """
    collection = _Collection(_values(document.get("variable") or ()))
    _walk_postman(document, collection, document.get("auth"), "")
    return collection.done()


def _walk_postman(folder: dict[str, Any], collection: _Collection, auth: Any, place: str) -> None:
    _note_events(folder, collection, place or "The collection")
    for item in folder.get("item") or ():
        if not isinstance(item, dict):
            collection.problems.append(RequestError(f"An item of {place or 'the collection'} can't be read."))
            continue
        name = f"{place} / {item.get('name', 'request')}" if place else str(item.get("name", "request"))
        if "item" in item:
            collection.values |= _values(item.get("variable") or ())
            _walk_postman(item, collection, item.get("auth") or auth, name)
        else:
            _note_events(item, collection, name)
            request = item.get("request")
            collection.read(
                name, lambda request=request, name=name: _of_postman(request, name, auth, collection)
            )  # type: ignore[misc]


def _note_events(item: dict[str, Any], collection: _Collection, name: str) -> None:
    events = [event for event in item.get("event") or () if isinstance(event, dict)]
    scripts = [event for event in events if _lines_of(event.get("script"))]
    if scripts:
        collection.notes.append(f"{name}: its scripts were left out.")


def _lines_of(script: Any) -> str:
    lines = script.get("exec") if isinstance(script, dict) else script
    return "".join(map(str, lines)).strip() if isinstance(lines, list) else str(lines or "").strip()


def _of_postman(request: Any, name: str, auth: Any, collection: _Collection) -> Imported:
    if isinstance(request, str):
        request = {"url": request}
    imported = Imported(str(request.get("method") or "GET").upper(), None, "/", place=name)
    _set_postman_url(imported, request.get("url"), collection)
    headers = request.get("header") or []
    if isinstance(headers, str):
        lines = [line.partition(":") for line in headers.split("\n") if ":" in line]
        headers = [{"key": key.strip(), "value": value.strip()} for key, _, value in lines]
    for header in _kept(headers, imported, "header"):
        imported.headers.append(
            (collection.fill(header["key"]).strip(), collection.fill(header.get("value")).strip())
        )
    _set_postman_auth(imported, request.get("auth") or auth, collection)
    if isinstance(request.get("body"), dict) and not request["body"].get("disabled"):
        _set_postman_body(imported, request["body"], collection)
    return imported


def _set_postman_url(imported: Imported, url: Any, collection: _Collection) -> None:
    if isinstance(url, str):
        imported.set_url(collection.fill(url))
        return
    path_values = _values(url.get("variable") or ())
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
            f"{_in_query(collection.fill(pair.get('key')))}={_in_query(collection.fill(pair.get('value')))}"
            for pair in _kept(url["query"], imported, "parameter")
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


def _in_query(text: str) -> str:
    """Return a name or value of a query as Postman sends it: what is encoded already stays."""
    return map_literal(text, lambda piece: quote(piece, safe="%!$'()*,/:;?@-._~+[]"))


def _set_postman_auth(imported: Imported, auth: Any, collection: _Collection) -> None:
    """Take what logs in: a token is the session's own, and an API key is a header or parameter."""
    kind = auth.get("type") if isinstance(auth, dict) else None
    if kind in {None, "noauth", "inherit", "none"}:
        return
    given = auth.get(kind)
    values = (
        {str(pair.get("key")): pair.get("value") for pair in given}
        if isinstance(given, list)
        else given or {}
    )
    _set_auth(imported, str(kind), {key: collection.fill(value) for key, value in values.items()})


def _set_auth(imported: Imported, kind: str, values: dict[str, str]) -> None:
    if kind == "apikey":
        name, value = values.get("key", ""), values.get("value", "")
        if values.get("in") in {"query", "queryParams"}:
            imported.query = "&".join(filter(None, [imported.query, f"{name}={_in_query(value)}"]))
        else:
            imported.headers.append((name, value))
    elif kind == "bearer":
        imported.headers.append(("Authorization", f"Bearer {values.get('token', '')}"))
    elif kind in _TOKENS:
        imported.headers.append(("Authorization", kind))
    else:
        imported.note(f"The authorization {kind} was left out.")


def _set_postman_body(imported: Imported, body: dict[str, Any], collection: _Collection) -> None:
    mode = body.get("mode")
    if mode == "raw":
        language = (
            body.get("options", {}).get("raw", {}).get("language")
            if isinstance(body.get("options"), dict)
            else None
        )
        text = collection.fill(body.get("raw"))
        kind = imported.header("content-type") or _KINDS.get(str(language))
        if kind in {None, "text/plain"} and is_json_like(text):
            kind = "application/json"
        imported.set_content(text, kind)
    elif mode == "urlencoded":
        imported.is_form = True
        for pair in _kept(body.get("urlencoded"), imported, "field"):
            imported.fields.append((collection.fill(pair["key"]), collection.fill(pair.get("value"))))
    elif mode == "formdata":
        for pair in _kept(body.get("formdata"), imported, "field"):
            _add_postman_part(imported, pair, collection)
    elif mode == "file":
        source = body.get("file") or {}
        path = str(source.get("src") or "") if isinstance(source, dict) else str(source)
        imported.body_name = python_name(re.split(r"[/\\]", path)[-1].partition(".")[0] or "body")
        imported.note(f"The body is the file {path or '?'}: set {imported.body_name} to its JSON.")
    elif mode:
        imported.note(f"The body ({mode}) was left out: a cell sends JSON objects, and files with --file.")


def _add_postman_part(imported: Imported, pair: dict[str, Any], collection: _Collection) -> None:
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


# -- Insomnia -----------------------------------------------------------------------------------------------


def read_insomnia(document: dict[str, Any]) -> tuple[list[Imported], list[str]]:
    """Return the requests of an Insomnia export (format 4), and notes.

    Raises:
        RequestError: Its only request can't be read.
    """
    resources = [each for each in document.get("resources") or () if isinstance(each, dict)]
    values: dict[str, str] = {}
    for each in resources:
        if each.get("_type") == "environment" and isinstance(each.get("data"), dict):
            values |= _values({"key": key, "value": value} for key, value in each["data"].items())
    collection = _Collection(values)
    for each in resources:
        kind, name = each.get("_type"), str(each.get("name") or "request")
        if kind == "request":
            collection.read(name, lambda each=each, name=name: _of_insomnia(each, name, collection))  # type: ignore[misc]
        elif kind in {"grpc_request", "websocket_request", "socketio_request", "unit_test"}:
            collection.notes.append(f"{name}: {kind} was left out.")
    return collection.done()


def _of_insomnia(request: dict[str, Any], name: str, collection: _Collection) -> Imported:
    imported = Imported(str(request.get("method") or "GET").upper(), None, "/", place=name)
    imported.set_url(collection.fill(request["url"]))
    query = [imported.query] if imported.query else []
    for pair in _kept(request.get("parameters"), imported, "parameter"):
        query.append(
            f"{_in_query(collection.fill(pair['name']))}={_in_query(collection.fill(pair.get('value')))}"
        )
    imported.query = "&".join(query)
    for header in _kept(request.get("headers"), imported, "header"):
        if header.get("name"):
            imported.headers.append((collection.fill(header["name"]), collection.fill(header.get("value"))))
    auth = request.get("authentication") or {}
    if isinstance(auth, dict) and auth.get("type") not in {None, "none"} and not auth.get("disabled"):
        where = {"in": {"queryParams": "query"}.get(str(auth.get("addTo")), "header")}
        _set_auth(
            imported, str(auth["type"]), {key: collection.fill(value) for key, value in auth.items()} | where
        )
    body = request.get("body") or {}
    kind = str(body.get("mimeType") or "")
    if kind in {_FORM_TYPE, "multipart/form-data"}:
        imported.is_form = kind == _FORM_TYPE
        for pair in _kept(body.get("params"), imported, "field"):
            if pair.get("type") == "file":
                imported.add_file(collection.fill(pair["name"]), collection.fill(pair.get("fileName")))
            else:
                imported.fields.append((collection.fill(pair["name"]), collection.fill(pair.get("value"))))
    elif body.get("text"):
        imported.set_content(collection.fill(body["text"]), kind or None)
    return imported


# -- Bruno --------------------------------------------------------------------------------------------------


def read_bruno(document: dict[str, Any]) -> tuple[list[Imported], list[str]]:
    """Return the requests of a collection that Bruno exported as JSON, and notes.

    Raises:
        RequestError: Its only request can't be read.
    """
    values: dict[str, str] = {}
    environments = [each for each in document.get("environments") or () if isinstance(each, dict)]
    if len(environments) == 1:
        values = _values(environments[0].get("variables") or (), name="name")
    collection = _Collection(values)
    if len(environments) > 1:
        names = ", ".join(str(each.get("name")) for each in environments)
        collection.notes.append(
            f"The variables of the environments {names} were left out: there are several."
        )
    _walk_bruno(document, collection)
    return collection.done()


def _walk_bruno(folder: dict[str, Any], collection: _Collection) -> None:
    for item in folder.get("items") or ():
        if not isinstance(item, dict):
            continue
        name = str(item.get("name") or "request")
        if item.get("type") == "folder":
            _walk_bruno(item, collection)
        elif item.get("type") in {"http", "http-request"}:
            collection.read(name, lambda item=item, name=name: _of_bruno(item["request"], name, collection))  # type: ignore[misc]
        else:
            collection.notes.append(f"{name}: {item.get('type')} was left out.")


def _of_bruno(request: dict[str, Any], name: str, collection: _Collection) -> Imported:
    imported = Imported(str(request.get("method") or "GET").upper(), None, "/", place=name)
    parameters = [each for each in request.get("params") or () if isinstance(each, dict)]
    in_path = {
        each["name"]: str(each.get("value") or "") for each in parameters if each.get("type") == "path"
    }
    url = str(request["url"]).partition("?")[0] if parameters else str(request["url"])
    for key, value in in_path.items():
        url = re.sub(rf"(?<=/):{re.escape(key)}(?=/|$)", lambda _, value=value: value or f":{key}", url)  # noqa: B023
    imported.set_url(collection.fill(url))
    if parameters:
        imported.query = "&".join(
            f"{_in_query(collection.fill(pair['name']))}={_in_query(collection.fill(pair.get('value')))}"
            for pair in _kept(parameters, imported, "parameter")
            if pair.get("type") != "path"
        )
    for header in _kept(request.get("headers"), imported, "header"):
        imported.headers.append((collection.fill(header["name"]), collection.fill(header.get("value"))))
    auth = request.get("auth") or {}
    mode = str(auth.get("mode") or "none")
    if mode not in {"none", "inherit"}:
        values = auth.get(mode) if isinstance(auth.get(mode), dict) else {}
        _set_auth(imported, mode, {key: collection.fill(value) for key, value in values.items()})
    for what in ("script", "tests", "assertions", "vars"):
        if request.get(what) and any(
            request[what].values() if isinstance(request[what], dict) else request[what]
        ):
            imported.note(f"Its {what} {'was' if what == 'script' else 'were'} left out.")
    _set_bruno_body(imported, request.get("body") or {}, collection)
    return imported


def _set_bruno_body(imported: Imported, body: dict[str, Any], collection: _Collection) -> None:
    mode = str(body.get("mode") or "none")
    if mode == "none":
        return
    if mode in {"formUrlEncoded", "multipartForm"}:
        imported.is_form = mode == "formUrlEncoded"
        for pair in _kept(body.get(mode), imported, "field"):
            value = pair.get("value")
            if pair.get("type") == "file":
                for path in value if isinstance(value, list) else [value]:
                    imported.add_file(collection.fill(pair["name"]), collection.fill(path))
            else:
                imported.fields.append((collection.fill(pair["name"]), collection.fill(value)))
    else:
        imported.set_content(collection.fill(body.get(mode)), _KINDS.get(mode, mode))


_BRU_BLOCK: Final = re.compile(r"^([\w:-]+)[ \t]*\{[ \t]*\n(.*?)^\}[ \t]*$", re.MULTILINE | re.DOTALL)
_BRU_METHODS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})


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
    request = {
        "method": method, "url": call.get("url", ""), "headers": _bru_pairs(blocks.get("headers", "")),
        "params": [pair | {"type": kind} for kind in ("query", "path") for pair in _bru_pairs(blocks.get(f"params:{kind}", ""))],
        "auth": {"mode": auth, auth: {pair["name"]: pair["value"] for pair in _bru_pairs(blocks.get(f"auth:{auth}", ""))}},
        "body": body,
        "script": {name: blocks[name] for name in blocks if name.startswith(("script", "tests", "assert", "vars"))},
    }  # fmt: skip
    collection = _Collection({})
    meta = {pair["name"]: pair["value"] for pair in _bru_pairs(blocks.get("meta", ""))}
    collection.read(
        meta.get("name", "request"), lambda: _of_bruno(request, meta.get("name", "request"), collection)
    )
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


# -- which one ----------------------------------------------------------------------------------------------


def read_collection(document: Any) -> tuple[list[Imported], list[str]] | None:
    """Return the requests of a collection, and notes; None if it is none.

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
