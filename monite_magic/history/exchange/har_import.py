"""An HTTP Archive, as Chrome, Firefox, Safari and proxies save it, read into `Imported`.

What it holds was really sent, so that nothing in it stands for something else: `{{x}}` is text.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

from monite_magic.cell import METHODS
from monite_magic.core import RequestError
from monite_magic.history.exchange.imported import FORM_TYPE, Imported


def read_har(document: dict[str, Any]) -> tuple[list[Imported], list[str]]:
    """Return the API's requests in a HAR, and notes; those for pages, scripts and pictures are left out.

    Raises:
        RequestError: It is not a HAR, or its only entry can't be read.
    """
    log = document.get("log")
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise RequestError(
            "This JSON is neither a HAR nor a collection of Postman, Insomnia or Bruno.",
            hint='A HAR begins with {"log": …}.',
        )
    requests: list[Imported] = []
    notes: list[str] = []
    others: Counter[str] = Counter()
    for number, entry in enumerate(entries, start=1):
        try:
            request = entry["request"]
            call = _why_not(request)
            if call is None:
                requests.append(_imported(request, f"Entry {number}"))
            else:
                others[call] += 1
        except RequestError as error:
            notes.append(f"Entry {number} was not imported: {error}")
        except (LookupError, TypeError, AttributeError, ValueError):
            notes.append(f"Entry {number} was not imported: it is not a request.")
    if not requests and notes:
        problem = notes[0].partition(": ")[2]
        if len(entries) == len(notes) and problem == "it is not a request.":
            raise RequestError("This is not a HAR.", hint="Its entries hold requests.")
        raise RequestError(notes[0])
    if others:
        counted = sum(others.values())
        kinds = ", ".join(f"{count} {kind}" for kind, count in others.most_common())
        what = (
            "1 request that is not an API call was"
            if counted == 1
            else f"{counted} requests that are not API calls were"
        )
        notes.append(f"{what} left out: {kinds}.")
    return requests, notes


def _why_not(request: dict[str, Any]) -> str | None:
    """Return why a request is not an API call; None if it is one."""
    method = str(request["method"]).upper()
    parts = urlsplit(str(request["url"]))
    if not parts.path.startswith("/v1/"):
        return f"to {parts.hostname or parts.scheme}"
    return None if method in METHODS else f"with {method}"


def _imported(request: dict[str, Any], place: str) -> Imported:
    imported = Imported(str(request["method"]).upper(), None, "/", place=place, has_stand_ins=False)
    imported.set_url(str(request["url"]))
    imported.place = f"{place} ({imported.method} {imported.path})"
    imported.headers = [
        (str(header["name"]), str(header["value"])) for header in request.get("headers") or ()
    ]
    data = request.get("postData") or {}
    text = _text_of(data)
    kind = imported.header("content-type") or str(data.get("mimeType") or "")
    parameters = [] if text and not _is_parts(kind) else data.get("params") or []
    if parameters:
        imported.is_form = kind.startswith(FORM_TYPE)
        for parameter in parameters:
            name, value = str(parameter["name"]), str(parameter.get("value") or "")
            if parameter.get("fileName"):
                imported.add_file(name, str(parameter["fileName"]), kind=parameter.get("contentType"))
            else:
                imported.fields.append((name, value))
    elif text:
        imported.set_content(text, kind or None)
    elif data.get("text"):
        imported.note(f"The body ({kind or 'bytes'}) was left out: it is not text.")
    elif _had_body(imported, request):
        imported.note(
            "The body is not in the HAR: write it into the cell, or add its files with --file FIELD=PATH."
        )
    return imported


def _had_body(imported: Imported, request: dict[str, Any]) -> bool:
    """Whether a body was sent; browsers leave out those of uploads and redirected calls."""
    sizes = (imported.header("content-length"), request.get("bodySize"))
    return any(re.fullmatch("0*[1-9][0-9]*", str(size)) for size in sizes)


def _is_parts(kind: str) -> bool:
    return kind.startswith("multipart/")


def _text_of(data: dict[str, Any]) -> str:
    text = str(data.get("text") or "")
    if (data.get("encoding") or data.get("_encoding")) == "base64":
        try:
            return base64.b64decode(text).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return text
