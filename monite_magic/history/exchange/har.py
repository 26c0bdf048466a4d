"""HTTP Archive 1.2 (w3c.github.io/web-performance/specs/HAR/Overview.html): written."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final

from monite_magic._version import __version__
from monite_magic.api import Headers
from monite_magic.core import mask_json_bytes
from monite_magic.history.recipe import TOKEN, Pieces, recipe_of_sent, render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monite_magic.history.record import Call

_TEXT_TYPES: Final = ("text/", "application/json", "application/problem+json", "application/xml")


def write_har(calls: Iterable[Call]) -> str:
    """Return the calls as a HAR. Where a secret stood, it holds the name of a variable: `$MONITE_TOKEN`."""
    archive = {
        "log": {
            "version": "1.2",
            "creator": {"name": "monite-magic", "version": __version__},
            "entries": [_entry(call) for call in calls],
        }
    }
    return json.dumps(archive, indent=2, ensure_ascii=False)


def _entry(call: Call) -> dict[str, Any]:
    milliseconds = round(call.elapsed * 1000, 3)
    return {
        "startedDateTime": call.started.isoformat(timespec="milliseconds"),
        "time": milliseconds,
        "request": _request(call),
        "response": _response(call),
        "cache": {},
        "timings": _timings(call, milliseconds),
        **({"comment": call.error} if call.error else {}),
    }


def _text(pieces: Pieces) -> str:
    return render(pieces, str, "${}".format)


def _request(call: Call) -> dict[str, Any]:
    recipe = recipe_of_sent(call.request, call.environment)
    headers = [("Authorization", f"Bearer ${TOKEN}")] if recipe.secured else []
    headers += [(name, _text(value)) for name, value in recipe.headers]
    body = _text(recipe.body)
    request: dict[str, Any] = {
        "method": recipe.method,
        "url": f"{call.environment.base_url}{recipe.target}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers),
        "queryString": _pairs(recipe.query),
        "headersSize": -1,
        "bodySize": len(body.encode()) if body else 0,
    }
    if body:
        request["postData"] = {"mimeType": recipe.header("content-type") or "application/json", "text": body}
    elif recipe.files:
        params = [{"name": name, "fileName": path} for name, path in recipe.files]
        request["postData"] = {"mimeType": "multipart/form-data", "params": params}
    return request


def _response(call: Call) -> dict[str, Any]:
    answer = call.response
    if answer is None:  # HAR has no entry without a response: browsers write status 0
        status, reason, headers, content = 0, "", Headers(), b""
        content_type = ""
    else:
        status, reason, headers, content = answer.status, answer.reason, answer.headers, answer.content
        content_type = answer.headers.get("content-type", "")
    body: dict[str, Any] = {"size": len(content), "mimeType": content_type or "x-unknown"}
    if content and content_type.startswith(_TEXT_TYPES):
        body["text"] = mask_json_bytes(content).decode("utf-8", errors="replace")
    elif content:  # of a kind that is JSON all the same, perhaps
        body |= {"text": base64.b64encode(mask_json_bytes(content)).decode(), "encoding": "base64"}
    return {
        "status": status,
        "statusText": reason,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers.items()),
        "content": body,
        "redirectURL": headers.get("location", ""),
        "headersSize": -1,
        "bodySize": len(content),
    }


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _timings(call: Call, milliseconds: float) -> dict[str, float]:
    """Phases in milliseconds; -1 for what was not measured, or did not happen."""
    phases = call.attempts[-1].phases if call.attempts else {}
    known = {
        name: round(phases[name] * 1000, 3)
        for name in ("connect", "ssl", "send", "wait", "receive")
        if name in phases
    }
    if "ssl" in known:
        known["connect"] = known.get("connect", 0) + known["ssl"]  # HAR counts TLS into connect as well
    required = {"send": 0.0, "wait": milliseconds if not known else 0.0, "receive": 0.0}
    return {"blocked": -1, "dns": -1, "connect": -1, "ssl": -1, **required, **known}
