"""Read and write `.env` files without showing a value or changing `os.environ`.

The syntax is python-dotenv's without interpolation, so a `$` in a secret stays a `$`. python-dotenv logs and
skips a malformed line. Here it is an error with the line's number, never its content.
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

#: A folder with one of these is a project's root, where the search for `.env` stops.
_ROOT_MARKERS: Final = (".git", "pyproject.toml")

_OWNER_ONLY: Final = 0o600
_READABLE_BY_OTHERS: Final = 0o044
_NEEDS_NO_QUOTES: Final = re.compile(r"[\w./:@%+,=~-]*", re.ASCII)


class DotenvConflict(CredentialsError):  # noqa: N818 - the name says what it is
    """The file already has other values; nothing was written.

    Args:
        path: The file.
        names: The variables with other values.
    """

    def __init__(self, path: Path, names: tuple[str, ...]) -> None:
        self.path = path
        self.names = names
        super().__init__(
            f"{path.name} already has other values for {', '.join(names)}. Nothing was written.",
            hint="Confirm to replace them.",
        )


def find_dotenv(start: Path, passed_over: list[str] | None = None) -> Path | None:
    """Return the nearest trusted `.env` in `start` or its parents, or None.

    The search stops at the first folder with `.git` or `pyproject.toml`, or at the home directory. If none of
    these is above `start`, only `start` is searched.

    Args:
        start: The notebook's folder.
        passed_over: Receives a sentence for each untrusted file, with the reason.
    """
    start = start.resolve()
    for folder in _folders_to_search(start):
        path = folder / FILE_NAME
        if not path.is_file():
            continue
        reason = why_not_believed(path, start)
        if reason is None:
            return path
        if passed_over is not None:
            name = Path(os.path.relpath(path, start)).as_posix()
            passed_over.append(f"Skipped {name}: {reason}.")
    return None


def _folders_to_search(start: Path) -> list[Path]:
    home = Path("~").expanduser().resolve()
    folders = []
    for folder in (start, *start.parents):
        if folder == Path(folder.anchor):
            break
        folders.append(folder)
        if folder == home or any((folder / mark).exists() for mark in _ROOT_MARKERS):
            return folders
    return folders[:1]


@without_frames
def read_dotenv(path: Path) -> dict[str, str]:
    """Return the variables of the file. The last value of a duplicate name wins.

    Raises:
        CredentialsError: The file can't be read or a line of it is malformed.
    """
    return _parse(_read(path), path)


@without_frames
def write_dotenv(path: Path, values: Mapping[str, str | Secret], *, replace: bool = False) -> tuple[str, ...]:
    """Set variables in the file, and make it readable only by its owner.

    Other lines, comments and the order don't change. The file is replaced atomically. If it is a symbolic
    link, its target is written.

    Args:
        path: The file; it is created if needed.
        values: Names and values. An empty value clears an existing line, and adds none.
        replace: Whether to replace other values.

    Returns:
        Warnings: see `exposure_notes`, and one if a log-in would skip the file.

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
    warning = f"%monite_login will skip {path.name}: {unused}. Restrict the folder to you, or move the file."
    return (*exposure_notes(path), *([warning] if unused else []))


def exposure_notes(path: Path) -> tuple[str, ...]:
    """Return a warning for each way in which others can read the file."""
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
        # Keep line ends, so that writing changes nothing else.
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.read()
    except UnicodeDecodeError:
        raise CredentialsError(f"{path.name} is not UTF-8 text.", hint="Save it as UTF-8.") from None
    except OSError as error:
        raise CredentialsError(
            f"{path.name} can't be read: {(error.strerror or 'it failed').lower()}.",
            hint="Check its path and its permissions.",
        ) from None


class _ParseErrors(logging.Handler):
    """Collects the lines that python-dotenv can't parse and only logs."""

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
    text = _EXPORT.sub("", text)  # a bare `export NAME` assigns nothing
    log, parse_errors = logging.getLogger("dotenv.main"), _ParseErrors()
    propagated, log.propagate = log.propagate, False
    log.addHandler(parse_errors)
    try:
        values = dotenv_values(stream=io.StringIO(text, newline=""), interpolate=False)
    finally:
        log.removeHandler(parse_errors)
        log.propagate = propagated
    lines = [_next_filled_line(text, line) for line in parse_errors.lines]
    for name, value in values.items():
        # An unclosed quote swallows the lines up to the next quote.
        if value is None or (name.startswith("MONITE_") and not value.isprintable()):
            lines.append(_line_of(name, text))
    if lines:
        raise CredentialsError(
            f"Line {min(lines)} of {path.name} is malformed.",
            hint="Write NAME=value, close all quotes, and start comments with #.",
        )
    return {name: value for name, value in values.items() if value is not None}


_EXPORT: Final = re.compile(r"^[ \t]*export[ \t]+\w+[ \t]*$", re.MULTILINE)


def _next_filled_line(text: str, line: int) -> int:
    """Return the first non-blank line from `line` on; python-dotenv reports the blank lines before it."""
    lines = re.split(r"\r\n|\n|\r", text)
    return next((number for number in range(line, len(lines) + 1) if lines[number - 1].strip()), line)


def _line_of(name: str, text: str) -> int:
    found = re.search(rf"^[ \t]*(?:export[ \t]+)?['\"]?{re.escape(name)}\b", text, re.MULTILINE)
    return len(re.findall(r"\r\n|\n|\r", text[: found.start()])) + 1 if found else 1


def _with_values(text: str, values: Mapping[str, str], path: Path) -> str:
    """Return `text` with `values` set in place, and new names at the end.

    The result is parsed again, to make sure that it has these values and that no others changed.
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
            f"{path.name} can't be updated without changing other lines.",
            hint=f"Set {', '.join(values)} in it by hand.",
        )
    return text


#: An assignment: the text before its value, and the comment after it.
_ASSIGNMENT: Final = r"""
    ^([^\S\r\n]*(?:export[^\S\r\n]+)?{}[^\S\r\n]*=[^\S\r\n]*)
    (?:'(?:\\.|[^'\\\r\n])*'|"(?:\\.|[^"\\\r\n])*"|[^\r\n]*?)
    ((?:[^\S\r\n]+\#[^\r\n]*)?[^\S\r\n]*)(?=\r?\n|\r|\Z)
"""


def _quoted(value: str) -> str:
    """Return the value bare, or in single quotes if a shell would change it.

    The first form that parses to the same value wins.
    """
    if len(value.splitlines()) > 1:
        raise CredentialsError(
            "A value can't be written to a .env file: it contains a line break.",
            hint="Check that you copied exactly the value.",
        )
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    forms = [value, f"'{value}'"] if _NEEDS_NO_QUOTES.fullmatch(value) else [f"'{value}'", value]
    for form in (*forms, f"'{escaped}'"):
        if dotenv_values(stream=io.StringIO(f"NAME={form}\n"), interpolate=False) == {"NAME": value}:
            return form
    raise CredentialsError(
        "A value can't be written to a .env file.", hint="Check that you copied exactly the value."
    )


def _write(path: Path, text: str) -> None:
    """Replace the file atomically; the new file is readable only by its owner from the start."""
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
            hint="Check that the folder exists and that you own it, or save the credentials elsewhere.",
        ) from None
