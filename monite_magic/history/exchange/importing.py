"""Calls from elsewhere, turned into cells: commands, .http files, HARs and collections."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from monite_magic.core import RequestError
from monite_magic.core.clean_text import INVISIBLE, clean
from monite_magic.core.environments import DEFAULT_API_VERSION
from monite_magic.history.exchange.bruno_import import is_bru, read_bru
from monite_magic.history.exchange.cells import USUAL_FILE, to_cells
from monite_magic.history.exchange.collection_import import read_collection
from monite_magic.history.exchange.fences import Block, fenced_blocks, outside_of_fences
from monite_magic.history.exchange.har_import import read_har
from monite_magic.history.exchange.http_import import read_http
from monite_magic.history.exchange.marks import whole_json, whole_text
from monite_magic.history.exchange.shell_command import at_line
from monite_magic.history.exchange.shell_text import is_shell_block, is_shell_text, read_shell_text

if TYPE_CHECKING:
    from pathlib import Path

    from monite_magic.history.exchange.cells import Cells, Keep
    from monite_magic.history.exchange.imported import Imported


#: Documents in YAML, by how they begin.
_YAML: Final = (
    (r"type:\s*collection\.insomnia\.rest/|_type:\s*export",
     "This is a collection of Insomnia in YAML.", "Export it in the format Insomnia v4 (JSON)."),
    (r"(?:opencollection:|info:\n(?:[ ]+.*\n)*[ ]+type:\s*(?:http|folder|graphql)\b)",
     "This is a collection of Bruno in YAML.", "Export it as JSON, or import a .bru file."),
    (r"(?:openapi|swagger):\s*['\"]?\d",
     "This is an OpenAPI document in YAML, not a list of calls.",
     "Load its JSON with %monite_catalogue load FILE."),
)  # fmt: skip

#: Code that makes calls, by what is in it.
_CODE: Final = (
    ("a fetch call of JavaScript", r"\bfetch\("),
    ("code of JavaScript", r"\baxios\b|\bXMLHttpRequest\(|\brequire\(['\"]"),
    ("code of C#", r"\b(?:HttpClient|HttpRequestMessage|RestClient)\("),
    ("code of Java", r"\bHttpRequest\.newBuilder\(|\bOkHttpClient\b|\bUnirest\."),
    ("code of Go", r"\bhttp\.(?:NewRequest|Get|Post)\("),
    ("code of PHP", r"<\?php|\bcurl_(?:init|setopt\w*)\(|\bGuzzleHttp\b"),
    ("code of Ruby", r"\bNet::HTTP\b|\bFaraday\b"),
    ("code of Python", r"\b(?:requests|httpx|aiohttp|urllib3?|http\.client)\b"),
)
_HTTP_FENCES: Final = frozenset({"", "http", "https", "rest", "httpspec", "text"})
_REQUEST_LINE: Final = re.compile(r"^(?:(?:GET|POST|PUT|PATCH|DELETE)[ \t]+\S|https?://)", re.MULTILINE)
#: The first word of a line with characters that pages and word processors put there, below a prompt.
_ODD_WORD: Final = re.compile(
    rf"^([ \t]*(?:[$%>][ \t]+)?)(\S*[{INVISIBLE}\u2010-\u2015\u2212]\S*)(?=\s|$)", re.MULTILINE
)
_BEGINS_CALL: Final = re.compile(
    r"(?:[\w.~/-]*/)?(?:curl|wget)(?:\.exe)?|https?|xhs?|invoke-(?:webrequest|restmethod)|iwr|irm"
    r"|get|post|put|patch|delete|head|options",
    re.IGNORECASE,
)
#: A line number that was copied with its line, as pages show them.
_LINE_NUMBER: Final = re.compile(r"[ \t]*(\d+)(?:[ \t]*[.:|)][ \t]?|[ \t]|$)")


def import_text(
    text: str,
    *,
    keep: Keep | None = None,
    kept_in: str = USUAL_FILE,
    folder: Path | None = None,
    first_line: int = 1,
    api_version: str = DEFAULT_API_VERSION,
) -> Cells:
    """Turn a text into cells. Its beginning shows the format.

    Args:
        text: Commands of curl, wget, HTTPie or PowerShell; a .http file; a HAR; a collection of Postman,
            Insomnia or Bruno.
        keep: Puts a client ID and secret that it holds somewhere safe, for instance
            `lambda values: write_dotenv(path, values)`; None refuses them.
        kept_in: The file that `keep` writes to, as the log-in cell should name it.
        folder: Where the text came from; environment files of .http files there are read.
        first_line: The number of its first line in the cell, for notes.
        api_version: The version that the session sends; a call of another version names its own.

    Returns:
        The cells, and remarks about what was changed or left out.

    Raises:
        RequestError: It is none of them, holds nothing to import, or nothing in it can be imported.
    """
    whole, was_broken = whole_text(text)
    text = re.sub(r"\r\n?", "\n", whole.removeprefix("\ufeff"))
    text, odd_words = _with_plain_first_words(text, first_line)
    unnumbered = _without_line_numbers(text)
    try:
        requests, notes = _read(unnumbered, folder, first_line)
    except RecursionError:
        raise RequestError("The text is nested too deeply to be read.", hint="Import a part of it.") from None
    notes = [*odd_words, *notes]
    if unnumbered != text:
        notes = ["The numbers of the lines were left out.", *notes]
    if was_broken:
        notes = ["Half a character (a lone surrogate) was replaced by �.", *notes]
    if not requests:
        raise RequestError(
            f"It contains no API call. {notes[0]}" if notes else "It contains no API call.",
            hint="Give a curl command, a .http file, a HAR or a Postman collection.",
        )
    return to_cells(requests, notes, keep, kept_in, api_version=api_version)


def _with_plain_first_words(text: str, first_line: int) -> tuple[str, list[str]]:
    """Read words that begin a call without invisible characters and with plain hyphens, and note each."""
    notes: list[str] = []

    def plain(match: re.Match[str]) -> str:
        word = re.sub("[\u2010-\u2015\u2212]", "-", re.sub(f"[{INVISIBLE}]", "", match[2]))
        if not _BEGINS_CALL.fullmatch(word):
            return match[0]
        line = first_line + text.count("\n", 0, match.start())
        notes.append(at_line(line, f"{clean(match[2])} was read as {word}."))
        return match[1] + word

    return _ODD_WORD.sub(plain, text), notes


def _read(text: str, folder: Path | None, first_line: int) -> tuple[list[Imported], list[str]]:
    start = text.lstrip()
    if start.startswith(("{", "[")) and not re.match(r"\{\{|\[[A-Za-z.]+\][ \t]*\$", start):
        return _read_json(text, first_line)
    if is_bru(text):
        return read_bru(text)
    if re.match(r"%%?monite\b", start):
        raise RequestError("This is a cell already, and needs no import.", hint="Run it as it is.")
    for pattern, what, hint in _YAML:
        if re.match(pattern, start, re.MULTILINE):
            raise RequestError(what, hint=hint)
    blocks, outside = fenced_blocks(text, first_line)
    if any(map(_is_http_block, blocks)):
        return _read_blocks(blocks, outside, folder, first_line)
    if is_shell_text(text) and not _is_http_file(text):
        return read_shell_text(text, first_line=first_line)
    if code := _code_in(text):
        raise RequestError(
            f"This is {code}.", hint="In the browser, Postman or the documentation, choose Copy as cURL."
        )
    return read_http(text, folder=folder, first_line=first_line)


def _is_http_block(block: Block) -> bool:
    """Whether a block of a document writes calls as a .http file does."""
    return (
        block.language in _HTTP_FENCES
        and not is_shell_block(block)
        and bool(_REQUEST_LINE.search(block.text))
    )


def _read_blocks(
    blocks: list[Block], outside: int | None, folder: Path | None, first_line: int
) -> tuple[list[Imported], list[str]]:
    """Read a document: its blocks of a .http file are one file, and those of commands are read one by one."""
    notes = [] if outside is None else [outside_of_fences(outside)]
    requests: list[Imported] = []
    lines: list[str] = []
    for block in blocks:
        if is_shell_block(block):
            try:
                read, remarks = read_shell_text(block.text, first_line=block.line)
            except RequestError as error:
                notes.append(f"{error} It was not imported.")
                continue
            requests += read
            notes += remarks
        elif _is_http_block(block):
            above = block.line - first_line - len(lines)  # so that the numbers of the lines stay
            lines += ["###"] * above + block.text.split("\n")
        else:
            notes.append(block.left_out())
    try:
        read, remarks = read_http("\n".join([*lines, "###"]), folder=folder, first_line=first_line)
    except RequestError as error:
        if not requests:
            raise
        read, remarks = [], [f"{error} It was not imported."]
    requests += read
    requests.sort(key=lambda request: int(request.place.removeprefix("Line ")))
    return requests, [*notes, *remarks]


def _code_in(text: str) -> str | None:
    """Return what a text is that makes its calls in code; None if calls are written out in it."""
    if re.search(r"^(?:#{3}|(?:GET|POST|PUT|PATCH|DELETE)[ \t])", text, re.MULTILINE):
        return None
    return next((what for what, code in _CODE if re.search(code, text)), None)


def _without_line_numbers(text: str) -> str:
    """Take away the numbers of lines that were copied with them, if each line has its own."""
    lines = text.split("\n")
    found = [_LINE_NUMBER.match(line) for line in lines if line.strip()]
    numbers = [int(match[1]) for match in found if match and len(match[1]) < 6]
    if len(numbers) < 2 or numbers != list(range(numbers[0], numbers[0] + len(found))):
        return text
    return "\n".join(_LINE_NUMBER.sub("", line, 1) for line in lines)


def _is_http_file(text: str) -> bool:
    """Whether requests are written out; a .http file may hold a curl command, too."""
    return bool(re.search(r"^#{3,}(?:[ \t]|$)", text, re.MULTILINE)) and not re.search(
        "^(?:```|~~~)", text, re.MULTILINE
    )


def _read_json(text: str, first_line: int) -> tuple[list[Imported], list[str]]:
    try:
        document = json.loads(whole_json(text))
    except (ValueError, RecursionError):
        if is_shell_text(text):  # `{ curl …; }`, `[ -n "$ID" ] && curl …`
            return read_shell_text(text, first_line=first_line)
        raise RequestError("This is not a HAR or a collection: it is not valid JSON.",
                           hint="Export it again.") from None  # fmt: skip
    read = read_collection(document)
    if read is not None:
        return read
    return read_har(document if isinstance(document, dict) else {})
