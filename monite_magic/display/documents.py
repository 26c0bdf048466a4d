"""Display answers that are not JSON: pictures, PDFs, CSV, text and other files."""

from __future__ import annotations

import base64
import csv
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from monite_magic.core import mask_json_fields
from monite_magic.display import style
from monite_magic.display.grid import Cell, Column, Grid
from monite_magic.display.options import options
from monite_magic.display.parts import Code, Part, Table, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monite_magic.api import Answer
    from monite_magic.display.budget import Budget

#: Media type and extension by the first bytes, since the server's content type may be wrong.
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"GIF87a", "image/gif", "gif"),
    (b"GIF89a", "image/gif", "gif"),
    (b"%PDF-", "application/pdf", "pdf"),
    (b"PK\x03\x04", "application/zip", "zip"),
)
_NAMES: Final = {
    "image/png": "PNG picture",
    "image/jpeg": "JPEG picture",
    "image/gif": "GIF picture",
    "image/webp": "WebP picture",
    "application/pdf": "PDF document",
    "application/zip": "ZIP archive",
}
_CSV_TYPES: Final = frozenset({"text/csv", "application/csv"})
_MAX_CSV_COLUMNS: Final = 30
_NUMBER: Final = re.compile(r"[+-]?[\d.,]+")
_TEXT_LENGTH: Final = 4_000
_TEXT_LINES: Final = 100


def document_parts(response: Answer) -> list[Part]:
    """Return the parts that display an answer that is not JSON."""
    media_type, extension = _sniff(response)
    if media_type in _NAMES:
        name = file_name(response, extension)
        return [Download(response.content, media_type, name), Words(_advice(name))]
    if response.content_type in _CSV_TYPES:
        return _csv_parts(response)
    if _is_text(response.content):
        return _text_parts(response)
    name = file_name(response, "bin")
    what = f"Binary content of type {response.content_type or 'unknown'}"
    return [Words(f"{what}, {len(response.content):,} bytes."), Words(_advice(name))]


def is_document(response: Answer) -> bool:
    """Whether to show an answer as a document even if it is valid JSON."""
    return response.content_type in _CSV_TYPES or _sniff(response)[0] in _NAMES


def file_name(response: Answer, extension: str) -> str:
    """Return a safe file name, from the answer's headers or the path."""
    stated = re.search(r'filename="?([^";]+)', response.headers.get("content-disposition", ""))
    segments = [s for s in response.request.path.split("/") if s and s != extension]
    segment = segments[-1] if segments else "answer"
    raw = stated[1] if stated else f"{segment}.{extension}"
    return re.sub(r"[^\w.-]+", "_", raw.replace("\\", "/").rpartition("/")[2]).strip("._")[-80:] or "answer"


def _advice(name: str) -> str:
    return f'To write it to a file, use .save("{name}").'


def _sniff(response: Answer) -> tuple[str, str]:
    beginning = response.content[:16]
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return "image/webp", "webp"
    found = ((kind, ext) for mark, kind, ext in _SIGNATURES if beginning.startswith(mark))
    return next(found, ("", ""))


@dataclass(frozen=True, slots=True)
class Download:
    """A file, as a small picture or a download link if it fits the budget.

    Attributes:
        content: The file.
        media_type: Its type, detected from its first bytes.
        name: A safe file name.
    """

    content: bytes
    media_type: str
    name: str

    def html(self, budget: Budget) -> str:
        """See `Part`."""
        words = style.block(style.escape(self._words()))
        budget.take(words)
        # Base64 takes four thirds. Don't encode what can't fit.
        if len(self.content) * 4 // 3 + 500 > budget.left:
            budget.exhausted = True
            return words
        url = f"data:{self.media_type};base64,{base64.b64encode(self.content).decode()}"
        name = style.escape_attribute(self.name)
        if self.media_type.startswith("image/"):
            shown = f"<img src='{url}' alt='{name}' style='max-width:320px;max-height:240px'>"
        else:
            shown = f"<a href='{url}' download='{name}'>{name}</a>"
        piece = style.block(shown)
        return words + piece if budget.take(piece) else words

    def plain(self, width: int, budget: Budget) -> str:  # noqa: ARG002 - it is one short line
        """See `Part`."""
        words = self._words()
        return words if budget.take(words) else ""

    def _words(self) -> str:
        size = f", {_dimensions(self.content)}" if self.media_type == "image/png" else ""
        return f"{_NAMES[self.media_type]}{size}, {len(self.content):,} bytes: {self.name}"


def _dimensions(png: bytes) -> str:
    width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    return f"{width} × {height} pixels"


def _csv_parts(response: Answer) -> list[Part]:
    lines = _text_lines(response.content)
    dialect = "excel"
    reader = csv.reader(lines, dialect, delimiter=_delimiter(response.content[:2_000]))
    try:
        head = next(reader, [])
        rows = list(islice(reader, options.max_rows))
    except csv.Error:  # a huge field or a NUL: show it as text
        return _text_parts(response)
    if not head:
        return [Words("The table is empty.")]
    head, left_out = head[:_MAX_CSV_COLUMNS], head[_MAX_CSV_COLUMNS:]
    cells = [[Cell(row[i] if i < len(row) else "") for i in range(len(head))] for row in rows]
    total = max(
        len(rows), response.content.count(b"\n") - (0 if response.content.endswith(b"\n") else -1) - 1
    )
    columns = [
        Column(name, "right" if _are_numbers(row[i] for row in cells) else "left")
        for i, name in enumerate(head)
    ]
    grid = Grid(columns, cells)
    name = file_name(response, "csv")
    return [Table(grid, len(rows), total, tuple(left_out), whole=f'All of them: .text, or .save("{name}").')]


def _are_numbers(cells: Iterable[Cell]) -> bool:
    texts = [cell.text for cell in cells if cell.text]
    return bool(texts) and all(_NUMBER.fullmatch(text) for text in texts)


def _text_lines(content: bytes) -> Iterator[str]:
    """Yield the lines of a text without decoding all of it."""
    start = 3 if content.startswith(b"\xef\xbb\xbf") else 0
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end + 1
        yield content[start:end].decode("utf-8", "replace")
        start = end


def _delimiter(beginning: bytes) -> str:
    first = beginning.partition(b"\n")[0]
    return max((",", ";", "\t"), key=lambda mark: first.count(mark.encode()))


def _is_text(content: bytes) -> bool:
    beginning = content[:2_000]
    return b"\x00" not in beginning and beginning.decode("utf-8", "ignore") != "" and _mostly_text(beginning)


def _mostly_text(beginning: bytes) -> bool:
    text = beginning.decode("utf-8", "replace")
    odd = sum(1 for character in text if character == "�" or (character < " " and character not in "\t\r\n"))
    return odd * 20 <= len(text)


def _text_parts(response: Answer) -> list[Part]:
    parts: list[Part] = []
    if response.content_type.endswith("json"):
        parts.append(Words("The answer's content type is JSON, but the content is not.", "note", "warning"))
    beginning = mask_json_fields(response.content[: _TEXT_LENGTH * 4].decode("utf-8", "replace"))
    shown = "\n".join(beginning[:_TEXT_LENGTH].split("\n")[:_TEXT_LINES])
    parts.append(Code(shown, caption=f"Text of type {response.content_type or 'unknown'}:"))
    if len(shown) < len(beginning):
        parts.append(
            Words(f"The beginning of {len(response.content):,} bytes. .text has the whole.", quiet=True)
        )
    return parts
