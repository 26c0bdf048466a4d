"""PowerShell's Invoke-WebRequest and Invoke-RestMethod, read into `Imported`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from monite_magic.core import RequestError
from monite_magic.history.exchange.imported import Imported, with_host
from monite_magic.history.exchange.marks import names_in, sole_variable
from monite_magic.history.exchange.shell_command import at_line

if TYPE_CHECKING:
    from monite_magic.history.exchange.powershell_values import ShellTables
    from monite_magic.history.exchange.shell_command import Command

#: The commands and their short names, in lower case.
WEB_REQUESTS: Final = frozenset({"invoke-webrequest", "invoke-restmethod", "iwr", "irm"})
_READ: Final = (
    "uri", "method", "custommethod", "headers", "body", "contenttype", "infile", "form", "useragent",
    "timeoutsec", "authentication", "token", "credential",
)  # fmt: skip
_SWITCHES: Final = frozenset(
    {"usebasicparsing", "skipcertificatecheck", "skipheadervalidation", "skiphttperrorcheck", "passthru",
     "disablekeepalive", "allowunencryptedauthentication", "nocontent", "resume", "verbose"}
)  # fmt: skip
#: Names that HTTP/2 writes with a colon.
_PSEUDO: Final = frozenset({"authority", "method", "path", "scheme"})


def read_web_request(command: Command, tables: ShellTables) -> tuple[list[Imported], list[str]]:
    """Return the request that Invoke-WebRequest or Invoke-RestMethod makes, and notes on what was left out.

    Raises:
        RequestError: It has no URL.
    """
    given: dict[str, str] = {}
    left_off: list[str] = []
    notes: list[str] = []
    rest = command.words[1:]
    while rest:
        word = rest.pop(0)
        match = None if word.quoted else re.fullmatch(r"-([A-Za-z]+)(?::(.*))?", word.text, re.DOTALL)
        if match is None:
            given.setdefault("uri", word.text)
            continue
        name = match[1].lower()
        near = [known for known in _READ if known.startswith(name)]
        value = match[2] or ("" if name in _SWITCHES or not rest else rest.pop(0).text)
        if name in _READ or len(near) == 1:
            given[name if name in _READ else near[0]] = value
        else:
            left_off.append(word.text)
    if left_off:
        notes.append(at_line(command.line, f"Options of PowerShell left out: {', '.join(left_off)}."))
    if "uri" not in given:
        name = command.words[0].text
        raise RequestError(f"Line {command.line}: {name} has no URL.", hint="Copy the whole command.")
    return [_request(command, given, tables, notes)], notes


def _request(command: Command, given: dict[str, str], tables: ShellTables, notes: list[str]) -> Imported:
    imported = Imported("GET", None, "/", place=f"Line {command.line}")
    imported.method = (given.get("custommethod") or given.get("method") or "GET").upper()
    imported.set_url(with_host(given["uri"]))
    headers = given.get("headers", "")
    if headers in tables.by_word:
        imported.headers = list(tables.by_word[headers].pairs)
        if "authority" in {name.lower() for name, _ in imported.headers}:  # as browsers copy a call of HTTP/2
            imported.headers = [
                (f":{name}" if name.lower() in _PSEUDO else name, value) for name, value in imported.headers
            ]
    elif headers:
        names = ", ".join(names_in(headers))
        notes.append(at_line(command.line, f"The headers in {names or 'a variable'} are not known."))
    for option, name in (("contenttype", "Content-Type"), ("useragent", "User-Agent")):
        if given.get(option):
            imported.headers.append((name, given[option]))
    if "token" in given or "credential" in given:
        imported.headers.append(("Authorization", given.get("token") or given["credential"]))
    if re.fullmatch(r"[1-9]\d*", given.get("timeoutsec", "")):
        imported.timeout = given["timeoutsec"]
    _set_body(imported, command, given, tables, notes)
    return imported


def _set_body(
    imported: Imported, command: Command, given: dict[str, str], tables: ShellTables, notes: list[str]
) -> None:
    body = given.get("body", "")
    if given.get("form") in tables.by_word:
        form = tables.by_word[given["form"]]
        for name, value in form.pairs:
            if name in form.files:
                imported.add_file(name, value)
            else:
                imported.fields.append((name, value))
    elif body in tables.by_word:
        pairs = tables.by_word[body].pairs
        if imported.method == "GET":
            imported.query = "&".join([imported.query, *(f"{name}={value}" for name, value in pairs)]).strip(
                "&"
            )
        else:
            imported.fields, imported.is_form = list(pairs), True
    elif held := sole_variable(body):
        imported.body_name = held
        notes.append(at_line(command.line, f"The body is in {held}: set it to an object in a cell above."))
    elif body:
        imported.set_posted(body)
    elif "infile" in given:
        imported.set_body_file(given["infile"])
