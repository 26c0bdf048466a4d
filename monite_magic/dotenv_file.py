"""Read and write `.env` files without ever showing a value or touching `os.environ`.

The grammar is python-dotenv's, with interpolation off: a `$` in a secret is a `$`. What it would skip with a
log line (a malformed line) is an error here that names the line's number, never its content.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dotenv.parser import Binding, parse_stream

from monite_magic.errors import CredentialsError, without_frames
from monite_magic.masking import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FILE_NAME: Final = ".env"

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


def find_dotenv(start: Path) -> Path | None:
    """Return the nearest `.env` in the folder `start` or above it, or None.

    The search ends at the home directory, or at the root for a folder outside it.
    """
    home = Path("~").expanduser()
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / FILE_NAME).is_file():
            return candidate / FILE_NAME
        if candidate == home:
            return None
    return None


@without_frames
def read_dotenv(path: Path) -> dict[str, str]:
    """Return the variables of the file; of a name that stands there twice, the last value.

    Raises:
        CredentialsError: The file can't be read or a line of it is malformed.
    """
    return _values(_parse(_read(path), path))


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
        What a person should know about the file (see `exposure_notes`).

    Raises:
        DotenvConflict: Another value would be replaced, and `replace` is False.
        CredentialsError: The file can't be read or written, or a line of it is malformed.
    """
    path = path.resolve()
    bindings = _parse(_read(path), path) if path.exists() else []
    present = _values(bindings)
    wanted = {name: value.reveal() if isinstance(value, Secret) else value for name, value in values.items()}
    changed = {name: value for name, value in wanted.items() if present.get(name, "") != value}
    conflicts = tuple(name for name in changed if present.get(name))
    if conflicts and not replace:
        raise DotenvConflict(path, conflicts)
    if changed or not path.exists():
        _write(path, _with_values(bindings, changed))
    else:
        path.chmod(_OWNER_ONLY)
    return exposure_notes(path)


def exposure_notes(path: Path) -> tuple[str, ...]:
    """Return a warning for each way in which others can come to see the file; none is good."""
    notes = []
    if os.name == "posix" and path.stat().st_mode & _READABLE_BY_OTHERS:
        notes.append(f"{path.name} can be read by other users of this machine: run chmod 600 on it.")
    if _git_says_yes("ls-files", "--error-unmatch", path=path):
        notes.append(
            f"{path.name} is tracked by git: take it out (git rm --cached), ignore it, and renew the secret."
        )
    elif _git_says_yes("rev-parse", path=path) and not _git_says_yes("check-ignore", "--quiet", path=path):
        notes.append(f"{path.name} is not ignored by git: add it to .gitignore before the next commit.")
    return tuple(notes)


def _git_says_yes(*command: str, path: Path) -> bool:
    """Whether `git COMMAND -- FILE` in the file's folder succeeds; False without git."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(  # noqa: S603 - a fixed command, no shell
            ["git", *command, "--", path.name],  # noqa: S607 - the user's own git
            cwd=path.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=5,
            check=False,
        )
        return done.returncode == 0
    return False


def _read(path: Path) -> str:
    try:
        # Line ends are kept as they are, so that writing changes nothing else.
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.read()
    except UnicodeDecodeError:
        raise CredentialsError(f"{path.name} is not UTF-8 text.", hint="Save it as UTF-8.") from None
    except OSError as error:
        raise CredentialsError(
            f"{path.name} can't be read: {error.strerror}.", hint="Check its path and its permissions."
        ) from None


def _parse(text: str, path: Path) -> list[Binding]:
    bindings = list(parse_stream(io.StringIO(text, newline="")))
    for binding in bindings:
        if _is_malformed(binding):
            original = binding.original
            blank = original.string[: len(original.string) - len(original.string.lstrip())]
            line = original.line + len(re.findall(r"\r\n|\n|\r", blank))
            raise CredentialsError(
                f"Line {line} of {path.name} is malformed.",
                hint="Write NAME=value, with quotes closed and comments after a #.",
            )
    return bindings


def _is_malformed(binding: Binding) -> bool:
    if binding.error:
        return True
    if binding.key is None:
        return False  # blank lines and comments
    if binding.value is None:
        return not binding.original.string.lstrip().startswith("export")
    # A quote that is never closed swallows the lines up to the next one.
    return binding.key.startswith("MONITE_") and not binding.value.isprintable()


def _values(bindings: Iterable[Binding]) -> dict[str, str]:
    return {
        binding.key: binding.value
        for binding in bindings
        if binding.key is not None and binding.value is not None
    }


def _with_values(bindings: list[Binding], values: Mapping[str, str]) -> str:
    """Return the text of `bindings` with `values` set in place, and new names at the end."""
    missing = {name: value for name, value in values.items() if value}
    text = ""
    for binding in bindings:
        name, line = binding.key, binding.original.string
        if name is not None and name in values:
            line = _with_value(line, values[name])
            missing.pop(name, None)
        text += line
    end = "\r\n" if "\r\n" in text else "\n"
    if missing and text and not text.endswith(("\n", "\r")):
        text += end
    return text + "".join(f"{name}={_quoted(value)}{end}" for name, value in missing.items())


_ASSIGNMENT: Final = re.compile(
    r"""(?P<head>\s*(?:export[^\S\r\n]+)?[^=]+=[^\S\r\n]*)
        (?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^\r\n]*?)
        (?P<tail>(?:[^\S\r\n]+\#[^\r\n]*)?[^\S\r\n]*(?:\r\n|\n|\r)?)""",
    re.VERBOSE | re.DOTALL,
)


def _with_value(line: str, value: str) -> str:
    """Return the assignment with another value; `export`, spaces and a comment behind it are kept."""
    match = _ASSIGNMENT.fullmatch(line)
    assert match is not None  # noqa: S101 - python-dotenv has read the line by the same grammar
    return match["head"] + _quoted(value) + match["tail"]


def _quoted(value: str) -> str:
    """Return the value as it is written: bare, or in single quotes where a shell would read it otherwise.

    Of the forms, the first that is read back as the same value is taken.
    """
    forms = [value, f"'{value}'"] if _NEEDS_NO_QUOTES.fullmatch(value) else [f"'{value}'", value]
    for form in forms:
        if _values(parse_stream(io.StringIO(f"NAME={form}\n"))) == {"NAME": value}:
            return form
    raise CredentialsError(
        "A value can't be written to a .env file: it mixes quotes, spaces or line breaks.",
        hint="Check that it was copied whole and alone.",
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
            f"{path.name} can't be written: {error.strerror}.",
            hint="Check that the folder exists and is yours, or keep the credentials elsewhere.",
        ) from None
