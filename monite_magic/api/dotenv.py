"""Read and write `.env` files without ever showing a value or touching `os.environ`.

The grammar is python-dotenv's, with interpolation off: a `$` in a secret is a `$`. What it would skip with a
log line (a malformed line) is an error here that names the line's number, never its content.
"""

from __future__ import annotations

import io
import logging
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dotenv import dotenv_values

from monite_magic.api.file_trust import GitState, git_state, why_not_believed
from monite_magic.core import CredentialsError, Secret, without_frames

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_NAME: Final = ".env"

#: What marks the folder of a project, above which no `.env` is looked for.
_MARKS: Final = (".git", "pyproject.toml")

_OWNER_ONLY: Final = 0o600
_READABLE_BY_OTHERS: Final = 0o044
_NEEDS_NO_QUOTES: Final = re.compile(r"[\w./:@%+,=~-]*", re.ASCII)


class DotenvConflict(CredentialsError):  # noqa: N818 - the name says what it is
    """Writing would have replaced values that stand in the file; nothing was written.

    Args:
        path: The file.
        names: The variables that have another value there.
    """

    def __init__(self, path: Path, names: tuple[str, ...]) -> None:
        self.path = path
        self.names = names
        super().__init__(
            f"{path.name} has other values for {', '.join(names)}.",
            hint="Confirm that they are to be replaced; nothing was written.",
        )


def find_dotenv(start: Path, passed_over: list[str] | None = None) -> Path | None:
    """Return the nearest `.env` in the folder `start` or above it that can be believed, or None.

    The search ends at the first folder with `.git` or `pyproject.toml`, or at the home directory. Where none
    of these is above `start`, only `start` itself is looked at.

    Args:
        start: Where the notebook is.
        passed_over: Takes a sentence for each file that can't be believed, with the reason.
    """
    start = start.resolve()
    for folder in _searched(start):
        path = folder / FILE_NAME
        if not path.is_file():
            continue
        reason = why_not_believed(path, start)
        if reason is None:
            return path
        if passed_over is not None:
            name = Path(os.path.relpath(path, start)).as_posix()
            passed_over.append(f"Passed over {name}: {reason}.")
    return None


def _searched(start: Path) -> list[Path]:
    home = Path("~").expanduser().resolve()
    folders = []
    for folder in (start, *start.parents):
        if folder == Path(folder.anchor):
            break
        folders.append(folder)
        if folder == home or any((folder / mark).exists() for mark in _MARKS):
            return folders
    return folders[:1]


@without_frames
def read_dotenv(path: Path) -> dict[str, str]:
    """Return the variables of the file; of a name that stands there twice, the last value.

    Raises:
        CredentialsError: The file can't be read or a line of it is malformed.
    """
    return _parse(_read(path), path)


@without_frames
def write_dotenv(path: Path, values: Mapping[str, str | Secret], *, replace: bool = False) -> tuple[str, ...]:
    """Set variables in the file, and make the file readable by its owner only.

    All other lines, comments and their order stay as they are. The file is replaced as a whole, so a reader
    sees the old or the new one. A symbolic link stays one; the file behind it is written.

    Args:
        path: The file; it need not exist.
        values: Names and values. An empty value blanks a line that is there and adds none.
        replace: Go on even if another value is replaced.

    Returns:
        What a person should know about the file: see `exposure_notes`, and whether a log-in will use it.

    Raises:
        DotenvConflict: Another value would be replaced, and `replace` is False.
        CredentialsError: The file can't be read or written, or a line of it is malformed.
    """
    path = path.resolve()
    text = _read(path) if path.exists() else ""
    present = _parse(text, path)
    wanted = {name: value.reveal() if isinstance(value, Secret) else value for name, value in values.items()}
    changed = {name: value for name, value in wanted.items() if present.get(name, "") != value}
    conflicts = tuple(name for name in changed if present.get(name))
    if conflicts and not replace:
        raise DotenvConflict(path, conflicts)
    if changed or not path.exists():
        _write(path, _with_values(text, changed, path))
    else:
        path.chmod(_OWNER_ONLY)
    unused = why_not_believed(path, path.parent)
    warning = f"%monite_login will pass over {path.name}: {unused}. Make the folder yours alone, or move it."
    return (*exposure_notes(path), *([warning] if unused else []))


def exposure_notes(path: Path) -> tuple[str, ...]:
    """Return a warning for each way in which others can come to see the file; none is good."""
    notes = []
    if os.name == "posix" and path.stat().st_mode & _READABLE_BY_OTHERS:
        notes.append(f"{path.name} can be read by other users of this machine: run chmod 600 on it.")
    match git_state(path):
        case GitState.TRACKED:
            notes.append(
                f"{path.name} is tracked by git: run git rm --cached on it, add it to .gitignore, and renew "
                "the secret."
            )
        case GitState.EXPOSED:
            notes.append(f"{path.name} is not ignored by git: add it to .gitignore before the next commit.")
        case _:
            pass
    return tuple(notes)


def _read(path: Path) -> str:
    try:
        # Line ends are kept as they are, so that writing changes nothing else.
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.read()
    except UnicodeDecodeError:
        raise CredentialsError(f"{path.name} is not UTF-8 text.", hint="Save it as UTF-8.") from None
    except OSError as error:
        raise CredentialsError(
            f"{path.name} can't be read: {(error.strerror or 'it failed').lower()}.",
            hint="Check its path and its permissions.",
        ) from None


class _Complaints(logging.Handler):
    """Notes the lines that python-dotenv couldn't parse: it only logs them."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[int] = []

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        self.lines += [number for number in _arguments(record) if isinstance(number, int)]


def _arguments(record: logging.LogRecord) -> tuple[object, ...]:
    return record.args if isinstance(record.args, tuple) else ()


def _parse(text: str, path: Path) -> dict[str, str]:
    """Return the variables in `text`, as python-dotenv reads them.

    Raises:
        CredentialsError: A line is malformed.
    """
    text = _EXPORT.sub("", text)  # shell: it exports what is assigned elsewhere
    log, complaints = logging.getLogger("dotenv.main"), _Complaints()
    propagated, log.propagate = log.propagate, False
    log.addHandler(complaints)
    try:
        values = dotenv_values(stream=io.StringIO(text, newline=""), interpolate=False)
    finally:
        log.removeHandler(complaints)
        log.propagate = propagated
    lines = [_next_filled_line(text, line) for line in complaints.lines]
    for name, value in values.items():
        # A quote that is never closed takes in the lines up to the next one.
        if value is None or (name.startswith("MONITE_") and not value.isprintable()):
            lines.append(_line_of(name, text))
    if lines:
        raise CredentialsError(
            f"Line {min(lines)} of {path.name} is malformed.",
            hint="Write NAME=value, with quotes closed and comments after a #.",
        )
    return {name: value for name, value in values.items() if value is not None}


_EXPORT: Final = re.compile(r"^[ \t]*export[ \t]+\w+[ \t]*$", re.MULTILINE)


def _next_filled_line(text: str, line: int) -> int:
    """Return the first line from `line` on that isn't blank; python-dotenv names the blank ones before it."""
    lines = re.split(r"\r\n|\n|\r", text)
    return next((number for number in range(line, len(lines) + 1) if lines[number - 1].strip()), line)


def _line_of(name: str, text: str) -> int:
    found = re.search(rf"^[ \t]*(?:export[ \t]+)?['\"]?{re.escape(name)}\b", text, re.MULTILINE)
    return len(re.findall(r"\r\n|\n|\r", text[: found.start()])) + 1 if found else 1


def _with_values(text: str, values: Mapping[str, str], path: Path) -> str:
    """Return `text` with `values` set in place, and new names at the end.

    What comes out is read again: it must hold these values, and all others as they were.
    """
    wanted = {**_parse(text, path), **values}
    missing = {name: value for name, value in values.items() if value}
    for name, value in values.items():
        assignment = re.compile(_ASSIGNMENT.format(re.escape(name)), re.VERBOSE | re.MULTILINE)
        text, count = assignment.subn(lambda match, v=value: f"{match[1]}{_quoted(v)}{match[2]}", text)  # type: ignore[misc]
        if count:
            missing.pop(name, None)
    end = "\r\n" if "\r\n" in text else "\n"
    if missing and text and not text.endswith(("\n", "\r")):
        text += end
    text += "".join(f"{name}={_quoted(value)}{end}" for name, value in missing.items())
    if {name: value for name, value in _parse(text, path).items() if value} != {
        name: value for name, value in wanted.items() if value
    }:
        raise CredentialsError(
            f"{path.name} can't be changed without changing other lines.",
            hint=f"Set {', '.join(values)} in it by hand.",
        )
    return text


#: An assignment on a line: what is before its value, and the comment after it.
_ASSIGNMENT: Final = r"""
    ^([^\S\r\n]*(?:export[^\S\r\n]+)?{}[^\S\r\n]*=[^\S\r\n]*)
    (?:'(?:\\.|[^'\\\r\n])*'|"(?:\\.|[^"\\\r\n])*"|[^\r\n]*?)
    ((?:[^\S\r\n]+\#[^\r\n]*)?[^\S\r\n]*)(?=\r?\n|\r|\Z)
"""


def _quoted(value: str) -> str:
    """Return the value as it is written: bare, or in single quotes where a shell would read it otherwise.

    Of the forms, the first that is read back as the same value is taken.
    """
    if len(value.splitlines()) > 1:
        raise CredentialsError(
            "A value can't be written to a .env file: it holds a line break.",
            hint="Check that it was copied whole and alone.",
        )
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    forms = [value, f"'{value}'"] if _NEEDS_NO_QUOTES.fullmatch(value) else [f"'{value}'", value]
    for form in (*forms, f"'{escaped}'"):
        if dotenv_values(stream=io.StringIO(f"NAME={form}\n"), interpolate=False) == {"NAME": value}:
            return form
    raise CredentialsError(
        "A value can't be written to a .env file.", hint="Check that it was copied whole and alone."
    )


def _write(path: Path, text: str) -> None:
    """Replace the file by one with this text, readable by its owner only from its first byte."""
    temporary = None
    try:
        # mkstemp gives mode 0600.
        handle, temporary = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
        with open(handle, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - a descriptor
            file.write(text)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise CredentialsError(
            f"{path.name} can't be written: {(error.strerror or 'it failed').lower()}.",
            hint="Check that the folder exists and is yours, or keep the credentials elsewhere.",
        ) from None
