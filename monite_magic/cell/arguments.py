"""Declare and parse a magic's line: its words, options, values and their columns.

`monite_magic.cell.options` has the table of all magics. Loading the extension runs the declarations, so
modules that only parsing needs are imported when a line is parsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.core import RequestError
from monite_magic.core.clean_text import DASHES
from monite_magic.core.words import either, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monite_magic.cell.line_words import LineWord


_MAX_SHOWN: Final = 30  # characters of user input to repeat in a message
_APOSTROPHE: Final = re.compile(r"(?<=\w)'(?=\w)")
_QUOTES_TO_BLANKS: Final = str.maketrans("'\"", "  ")


class Option(NamedTuple):
    """An option of a magic.

    Attributes:
        flags: The spellings, short form first: `("-q", "--query")`.
        help: What it does, in one line.
        metavar: The placeholder for its value in help texts; None for a switch.
        repeatable: Whether it can be given more than once.
        choices: The allowed values; empty if any value is allowed.
        positive: Whether the value must be a number above 0.
    """

    flags: tuple[str, ...]
    help: str
    metavar: str | None = None
    repeatable: bool = False
    choices: tuple[str, ...] = ()
    positive: bool = False

    @property
    def name(self) -> str:
        """The attribute that holds its value: the long flag with underscores."""
        return self.flags[-1].lstrip("-").replace("-", "_")

    @property
    def usage(self) -> str:
        """Its part of the usage line, such as `-q NAME=VALUE`."""
        return f"{self.flags[0]} {self.metavar}" if self.metavar else self.flags[0]


class Word(NamedTuple):
    """A positional argument of a magic.

    Attributes:
        name: The attribute that holds its value.
        metavar: Its placeholder in the usage line.
        help: What it is, in one line.
        required: Whether it is required.
        many: Whether it takes all remaining words.
        choices: The allowed words; empty if any word is allowed.
    """

    name: str
    metavar: str
    help: str
    required: bool = False
    many: bool = False
    choices: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        """Its part of the usage line, such as `[NAME …]`."""
        text = f"{self.metavar} …" if self.many else self.metavar
        return text if self.required else f"[{text}]"


def explained(part: Word | Option) -> str:
    """Return what a word or an option does, with its choices."""
    if part.choices and not all(choice in part.help for choice in part.choices):
        return f"{part.help} One of {', '.join(part.choices)}."
    return part.help


@dataclass(frozen=True)
class MagicSpec:
    """The words and options of one magic.

    Attributes:
        name: The magic's name without `%`.
        help: What it does, in one line.
        words: Its positional arguments.
        options: Its options.
        cell: Whether there is a `%%` form with a body.
        conflicts: Pairs of options that can't be combined.
        example: An example of a line.
        prose: Whether the line is free text, in which quotes are ordinary characters: `why can't a …`.
    """

    name: str
    help: str
    words: tuple[Word, ...] = ()
    options: tuple[Option, ...] = ()
    cell: bool = False
    conflicts: tuple[tuple[str, str], ...] = ()
    example: str = ""
    prose: bool = False

    @cached_property
    def by_flag(self) -> Mapping[str, Option]:
        """Flag -> option."""
        return {flag: option for option in self.options for flag in option.flags}

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """The value of each word and option when it is not given."""
        defaults: dict[str, Any] = {word.name: () if word.many else None for word in self.words}
        for option in self.options:
            defaults[option.name] = () if option.repeatable else None if option.metavar else False
        return defaults

    @property
    def advice(self) -> str:
        """A hint for a line that can't be parsed."""
        words = " ".join([f"%{self.name}", *(word.usage for word in self.words)])
        example = f", for instance %{self.name} {self.example}" if self.example else ""
        return f"Write {words}{example}; %{self.name} --help shows all."

    @property
    def usage(self) -> str:
        """The usage line."""
        words = " ".join(word.usage for word in self.words)
        options = " ".join(f"[{option.usage}]{'…' if option.repeatable else ''}" for option in self.options)
        return " ".join(part for part in (f"%{self.name}", words, options) if part)

    @property
    def help_text(self) -> str:
        """What `--help` shows."""
        rows = [(word.metavar, explained(word)) for word in self.words]
        for option in self.options:
            flags = ", ".join(option.flags)
            rows.append((f"{flags} {option.metavar}" if option.metavar else flags, explained(option)))
        width = max((len(left) for left, _ in rows), default=0)
        lines = [f"  {left:<{width}}  {right}" for left, right in rows]
        forms = f"%{self.name} or %%{self.name}" if self.cell else f"%{self.name}"
        return "\n".join([f"{forms}: {self.help}", "", self.usage, "", *lines]).rstrip()


@dataclass(frozen=True, slots=True)
class Arguments:
    """A parsed line. Each value is an attribute: `arguments.entity`, `arguments.dry_run`.

    Attributes:
        spec: The magic.
        values: Name -> value. A value is text, a tuple if it is repeatable, or a bool for a switch. A missing
            value is None or the empty tuple.
        columns: Name -> 1-based column of the value in the cell's first line; a tuple if it is repeatable.
        wants_help: Whether the line has `--help`; the rest is not parsed then.
    """

    spec: MagicSpec
    values: Mapping[str, Any]
    columns: Mapping[str, Any]
    wants_help: bool = False

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None

    def fill(self, names: Mapping[str, Any]) -> Arguments:
        """Return a copy with all `{{ placeholders }}` filled.

        Args:
            names: The notebook's variables.

        Raises:
            TemplateError: A placeholder can't be filled.
            RequestError: A filled value is not one of the option's choices.
        """
        return Arguments(self.spec, {name: self.filled(name, names) for name in self.values}, self.columns)

    def filled(self, name: str, names: Mapping[str, Any]) -> Any:
        """Return the value called `name` with its placeholders filled; see `fill`."""
        value, columns = self.values[name], self.columns.get(name, ())
        if not isinstance(value, str | tuple) or (isinstance(value, str) and "{{" not in value):
            return value
        from monite_magic.cell.template import fill_text

        if isinstance(value, tuple):
            pairs = zip(value, columns, strict=True)
            return tuple(fill_text(text, names, place="option", column=column) for text, column in pairs)
        value = fill_text(value, names, place="option", column=columns)
        for option in self.spec.options:
            if option.name == name:
                _check_value(option, value, columns)
        return value


# -- reading a line -----------------------------------------------------------------------------------------


def read_line(spec: MagicSpec, line: str, *, cell: bool = False) -> Arguments:
    """Read a magic's line.

    Raises:
        RequestError: An option or a word is unknown, missing or repeated, or the line contains a secret.
    """
    from monite_magic.cell.leaks import refuse_secrets
    from monite_magic.cell.line_words import split_words

    offset = len(spec.name) + (3 if cell else 2)
    refuse_secrets(line, offset=offset)
    if spec.prose and "{{" not in line:  # quotes in a placeholder are Python's
        # Keep apostrophes, so that the question is shown as it was typed.
        line = _APOSTROPHE.sub("’", line).translate(_QUOTES_TO_BLANKS)
    return _Reader(spec, split_words(line, offset=offset), offset).read()


class _Reader:
    """Parses the words of one line in order."""

    def __init__(self, spec: MagicSpec, line_words: list[LineWord], offset: int) -> None:
        self.spec = spec
        self.line_words: Iterator[LineWord] = iter(line_words)
        self.offset = offset
        self.values: dict[str, Any] = dict(spec.defaults)
        self.columns: dict[str, Any] = {}
        self.words = iter(spec.words)
        self.many: Word | None = None

    def read(self) -> Arguments:
        for typed in self.line_words:
            if typed.quoted or not _is_option(typed.text):
                self.take_word(typed)
            elif typed.text in {"--help", "-h"}:
                return Arguments(self.spec, self.spec.defaults, {}, wants_help=True)
            else:
                self.option(typed)
        self.require_words()
        self.refuse_conflicts()
        return Arguments(self.spec, self.values, self.columns)

    def take_word(self, typed: LineWord) -> None:
        word = self.many or next(self.words, None)
        if word is None:
            raise self.error("Unexpected argument.", self.correction(typed.text) or self.spec.advice, typed)
        if word.choices and not self.many and typed.text not in word.choices and "{{" not in typed.text:
            raise self.error(
                f"Unknown {word.name}: {shorten(typed.text, _MAX_SHOWN)}.",
                _one_of(typed.text, word.choices),
                typed,
            )
        if word.many:
            self.many = word
        self.store(word.name, typed.text, typed.start, repeatable=word.many)

    def option(self, typed: LineWord) -> None:
        typed = self.with_plain_dashes(typed)
        flag, equals, text = (
            typed.text.partition("=") if typed.text.startswith("--") else (typed.text, "", "")
        )
        option = self.spec.by_flag.get(flag)
        if option is None:
            raise self.unknown_option(flag, typed)
        value: Any = True
        start = typed.start
        if not option.metavar:
            if equals:
                raise self.error(f"{flag} takes no value.", None, typed)
        elif equals:
            value, start = text, typed.start + len(flag) + 1
        else:
            value, start = self.value_of(option, flag, typed)
        if not option.repeatable and option.name in self.columns:
            raise self.error(f"{flag} can be given only once.", "Remove one of them.", typed)
        self.store(option.name, value, start, repeatable=option.repeatable)
        if option.metavar and "{{" not in value:
            _check_value(option, value, self.offset + start + 1)

    def with_plain_dashes(self, typed: LineWord) -> LineWord:
        """Return the option with ASCII dashes: word processors turn -- into —."""
        if typed.text.isascii() or typed.text[0] not in DASHES:
            return typed
        name, equals, value = typed.text.lstrip(DASHES).partition("=")
        for flag in (f"--{name}", f"-{name}"):
            if flag in self.spec.by_flag:
                return replace(typed, text=f"{flag}{equals}{value}")
        return typed

    def value_of(self, option: Option, flag: str, typed: LineWord) -> tuple[str, int]:
        following = next(self.line_words, None)
        if following is None or (
            not following.quoted and following.text.partition("=")[0] in self.spec.by_flag
        ):
            raise self.error(f"{flag} needs a value.", f"Write {flag} {option.metavar}.", typed)
        return following.text, following.start

    def store(self, name: str, value: Any, start: int, *, repeatable: bool) -> None:
        column = self.offset + start + 1
        if repeatable:
            self.values[name] = (*self.values[name], value)
            self.columns[name] = (*self.columns.get(name, ()), column)
        else:
            self.values[name] = value
            self.columns[name] = column

    def require_words(self) -> None:
        for word in self.words:
            if word.required and word.name == "path" and self.values["method"].startswith("/"):
                raise RequestError("The method is missing.", hint=self.spec.advice, line=1)
            if word.required:
                raise RequestError(f"{word.metavar} is missing.", hint=self.spec.advice, line=1)

    def refuse_conflicts(self) -> None:
        for first, second in self.spec.conflicts:
            if self.values[first] and self.values[second]:
                names = [
                    next(o.flags[-1] for o in self.spec.options if o.name == name) for name in (first, second)
                ]
                raise RequestError(
                    f"{names[0]} and {names[1]} can't be combined.", hint="Remove one of them.", line=1
                )

    def unknown_option(self, flag: str, typed: LineWord) -> RequestError:
        from monite_magic.cell.leaks import HINT, SECRET_OPTIONS

        name = flag.lstrip("-").lower().replace("_", "-")
        if name in SECRET_OPTIONS:
            return self.error(f"Unknown option: {flag}. Don't put a secret on the line.", HINT, typed)
        hint = _one_of(flag, tuple(self.spec.by_flag))
        if "query" in self.values:
            hint += f" To send a query parameter, write -q {shorten(flag.lstrip('-'), _MAX_SHOWN)}=…"
        return self.error(f"Unknown option: {shorten(flag, _MAX_SHOWN)}.", hint, typed)

    def correction(self, text: str) -> str | None:
        """Say where an extra word on a call's line belongs: in the query or in the body."""
        if "query" not in self.values:
            return None
        name, equals, _ = text.partition("=")  # the value is not repeated: it may be a secret
        if equals and name.replace("_", "").isalnum():
            pair = f"{shorten(name, _MAX_SHOWN)}=…"
            return f"To send a query parameter, write ?{pair} in the path, or -q {pair}"
        if text.startswith(("{", "[")):
            return f"Put the body below the line, and start the line with %%{self.spec.name}."
        return None

    def error(self, message: str, hint: str | None, typed: LineWord) -> RequestError:
        return RequestError(message, hint=hint, line=1, column=self.offset + typed.start + 1)


def _is_option(text: str) -> bool:
    """Whether a bare word is an option; `-1d` and `-` are words."""
    return len(text) > 1 and text[0] in DASHES and not text[1].isdigit()


def _check_value(option: Option, value: str, column: int) -> None:
    flag = option.flags[-1]
    if option.choices and value not in option.choices:
        message = f"Invalid value for {flag}: {shorten(value, _MAX_SHOWN)}."
        raise RequestError(message, hint=_one_of(value, option.choices), line=1, column=column)
    if option.positive and not _is_positive(value):
        message = f"{flag} must be a number above 0, not {shorten(value, _MAX_SHOWN)}."
        raise RequestError(message, line=1, column=column)


def _is_positive(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False


def _one_of(text: str, choices: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(text, choices, n=2)
    return f"Did you mean {either(near)}?" if near else f"Choose one of {', '.join(choices)}."
