"""wget's commands, read into `Imported`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from monite_magic.core import RequestError
from monite_magic.history.exchange.imported import Imported, shown_text, with_host
from monite_magic.history.exchange.shell_command import at_line, make_dash_plain

if TYPE_CHECKING:
    from monite_magic.history.exchange.shell_command import Command

#: Options whose value may be the next word, from the documentation of wget 1.21; one letter, a colon and the
#: long name for those that have both.
_TABLE: Final = """
e:execute o:output-file a:append-output report-speed i:input-file B:base config rejected-log t:tries
retry-on-http-error O:output-document start-pos progress T:timeout dns-timeout connect-timeout read-timeout
w:wait waitretry Q:quota bind-address limit-rate restrict-file-names prefer-family user password use-askpass
local-encoding remote-encoding P:directory-prefix cut-dirs http-user http-password default-page header
compression max-redirect proxy-user proxy-password referer U:user-agent load-cookies save-cookies post-data
post-file method body-data body-file secure-protocol certificate certificate-type private-key
private-key-type ca-certificate ca-directory crl-file pinnedpubkey ciphers hsts-file ftp-user ftp-password
warc-file warc-header warc-max-size warc-dedup warc-tempdir l:level backups A:accept R:reject accept-regex
reject-regex regex-type D:domains exclude-domains follow-tags ignore-tags I:include-directories
X:exclude-directories
"""
#: Names of options that take a value.
WITH_VALUE: Final = frozenset(entry.rpartition(":")[2] for entry in _TABLE.split())
#: Letter -> long name, of options that take a value.
LETTERS: Final = {entry[0]: entry[2:] for entry in _TABLE.split() if entry[1] == ":"}
_READ: Final = frozenset(
    {"method", "body-data", "post-data", "body-file", "post-file", "user-agent", "referer", "timeout"}
)


def read_wget(command: Command) -> tuple[list[Imported], list[str]]:
    """Return the requests that a wget command makes, and notes on what of it was left out.

    Raises:
        RequestError: It has no URL.
    """
    notes: list[str] = []
    for word in command.words[1:]:
        make_dash_plain(word, notes)
    left_off: list[str] = []
    given: dict[str, str] = {}
    headers: list[tuple[str, str]] = []
    urls: list[str] = []
    rest = [word.text for word in command.words[1:]]
    while rest:
        text = rest.pop(0)
        if not text.startswith("-") or text == "-":
            urls.append(text)
            continue
        name, equals, value = text[2:].partition("=")
        if not text.startswith("--"):
            letter = next((letter for letter in text[1:] if letter in LETTERS), None)
            name, value = (LETTERS[letter], text.partition(letter)[2]) if letter else (text[1:], "")
            equals = value
        if name in WITH_VALUE and not equals:
            value = rest.pop(0) if rest else ""
        if name == "header":
            header, _, content = value.partition(":")
            headers.append((header.strip(), content.strip()))
        elif name in _READ:
            given[name] = value
        elif name == "spider":
            given.setdefault("method", "HEAD")
        else:
            given[name] = value
            left_off.append(shown_text(text.partition("=")[0]))
    if left_off:
        notes.append(
            at_line(command.line, f"Options of wget left out: {', '.join(dict.fromkeys(left_off))}.")
        )
    if not urls and "input-file" in given:
        raise RequestError(
            f"Line {command.line}: the URLs of the wget command are in a file, which isn't read.",
            hint="Write a URL in the command.",
        )
    if not urls:
        raise RequestError(
            f"Line {command.line}: the wget command has no URL.", hint="Copy the whole command."
        )
    return [_request(command, url, given, headers) for url in urls], notes


def _request(command: Command, url: str, given: dict[str, str], headers: list[tuple[str, str]]) -> Imported:
    posts = "post-data" in given or "post-file" in given
    imported = Imported("GET", None, "/", place=f"Line {command.line}")
    imported.method = given.get("method", "POST" if posts else "GET").upper()
    imported.set_url(with_host(url))
    imported.headers = list(headers)
    for name, header in (("user-agent", "User-Agent"), ("referer", "Referer")):
        if given.get(name):
            imported.headers.append((header, given[name]))
    if re.fullmatch(r"\d+(?:\.\d+)?", given.get("timeout", "")) and float(given["timeout"]) > 0:
        imported.timeout = given["timeout"]
    data = given.get("body-data", given.get("post-data"))
    file = given.get("body-file", given.get("post-file"))
    if data is not None:
        imported.set_posted(data)
    elif file is not None:
        imported.set_body_file(file)
    return imported
