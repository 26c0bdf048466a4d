"""Text for a shell, as documents print it and people copy it: which shell it is for, and the calls in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from monite_magic.core import RequestError
from monite_magic.history.exchange.cmd_shell import read_cmd
from monite_magic.history.exchange.curl_import import read_curl_command
from monite_magic.history.exchange.fences import Block, fenced_blocks, outside_of_fences
from monite_magic.history.exchange.httpie_import import read_httpie
from monite_magic.history.exchange.imported import Imported, shown_text
from monite_magic.history.exchange.marks import map_literal, names_in, sole_variable, variable
from monite_magic.history.exchange.posix_shell import read_posix
from monite_magic.history.exchange.powershell import read_powershell
from monite_magic.history.exchange.powershell_import import WEB_REQUESTS, read_web_request
from monite_magic.history.exchange.powershell_values import ShellTables
from monite_magic.history.exchange.shell_command import (
    Command,
    Script,
    Word,
    at_line,
    listed_with_lines,
    placed,
)
from monite_magic.history.exchange.wget_import import read_wget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TOOLS: Final = (
    r"(?:[\"'\\]?(?:[\w.~-]*[/\\])*(?:curl|wget)(?:\.exe)?[\"']?|(?-i:https?|xhs?)"
    r"|Invoke-(?:WebRequest|RestMethod)|iwr|irm)(?=[\s^]|$)"
)
_TOOL: Final = re.compile(_TOOLS, re.IGNORECASE)
#: What may come before a call on its line: words such as `time`, and what is given its output.
_BEFORE_CALL: Final = re.compile(
    r"""(?: (?:sudo|time|do|then|else|if|while|until|exec|command|nohup|env|export|!|\{|\()[ \t]+
        | \$?[A-Za-z_][\w:]*[ \t]*=[ \t]*["']?(?:\$\(|`|\()[ \t]*
        | [A-Za-z_]\w*=(?:"[^"\n]*"|'[^'\n]*'|[^\s"']+)[ \t]+
        | \$[A-Za-z_][\w:]*[ \t]*=[ \t]* )""",
    re.VERBOSE,
)
_PROMPT: Final = re.compile(
    r"""[ \t]*(?:[$%][ \t]+ | [\w.-]+@[\w.-]+[^$\#%\n]*[$\#%][ \t]+ | PS[ ][^>\n]*>[ \t]*
        | [A-Za-z]:\\[^>\n]*>[ \t]* | [~/][\w./-]*[ ]?[$\#%>][ \t]+ | >[ \t]+(?=curl|wget|http)
        | (?:[-*•]|@|RUN)[ \t]*(?=(?:curl|wget)[ \t]))(?=\S)""",
    re.VERBOSE,
)
_SECOND_PROMPT: Final = re.compile(r"^[ \t]*(?:>>?|dquote>|quote>|pipe>)[ \t]")
#: An option whose value, or a URL that, is in the quotes of a word processor; in plain quotes they are text.
_FOREIGN_QUOTE: Final = re.compile(
    r"[ \t](?:(?:-|--|[–—−])[A-Za-z][\w-]*[ \t=]?[“”„‘’]|[“”„‘’](?=https?://))"
)
_PLAIN_QUOTES: Final = str.maketrans("“”„‘’", '"""\'\'')
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=")
_PIPED: Final = re.compile(
    rf"(?:[|;&`{{]|\$\(|\b(?:do|then|else))[ \t]*(?:xargs[ \t]+(?:[^\s|;&]+[ \t]+)*?)?{_TOOLS}"
)
#: A call that another program makes: `docker exec x curl …`, `xargs curl …`, `bash -c 'curl …'`.
_WRAPPED: Final = re.compile(
    r"^[ \t]*(?!import\b|run\b)[a-z][\w./-]*(?=[ \t(])(?:[^\n]|\\\n)*?(?<=[ \t\"'{])"
    r"(?:[\w.~-]*/)*(?:curl|wget)(?:\.exe)?(?::[\w.-]+)?[ \t]+(?:-|[\"']?(?:https?://|\$))",
    re.MULTILINE,
)
#: Programs that are given a whole command as one word.
_RUNS_TEXT: Final = frozenset(
    {"bash", "sh", "zsh", "dash", "watch", "ssh", "su", "eval", "docker", "podman", "kubectl", "oc", "xargs"}
)
#: Programs that put each of the things that they are given in place of `{}`.
_FILLS_IN: Final = frozenset({"xargs", "parallel", "find", "fd"})
_PREFIXES: Final = frozenset({"sudo", "time", "command", "exec", "nohup", "env"})
_SHOWS_TEXT: Final = frozenset({"echo", "printf", "alias", "write-host", "write-output"})
_POWERSHELL: Final = re.compile(
    r"(?<=[ \t])`[ \t]*\n"
    r"|^[ \t]*(?:\$\w+[ \t]*=[ \t]*)?(?:iwr|irm)\b|[({][ \t]*(?:iwr|irm)\b|Invoke-(?:WebRequest|RestMethod)\b"
    r"|^PS [^>\n]*>"
    r"|^[ \t]*\$[\w:]+[ \t]*="
    r"|\bcurl[ \t][^\n]*?[ \t]-(?:Uri|Method|Headers|Body|ContentType|UseBasicParsing)[ \t]",
    re.MULTILINE | re.IGNORECASE,
)
_CMD: Final = re.compile(
    r"\^[ \t]*\n|(?:^|[ \t])\^\"|^[A-Za-z]:\\[^>\n]*>|(?<=[\s\"/=:])%[A-Z][A-Z_]+%", re.MULTILINE
)
_SHELL_FENCES: Final = frozenset(
    {"", "bash", "sh", "shell", "console", "curl", "zsh", "shell-session", "shellsession",
     "powershell", "ps1",
     "pwsh", "bat", "cmd", "batch", "text", "terminal", "http", "https", "cli", "httpie"}
)  # fmt: skip


def is_shell_text(text: str) -> bool:
    """Whether a text holds commands that make calls."""
    return any(map(_begins_call, text.split("\n"))) or bool(_PIPED.search(text) or _WRAPPED.search(text))


def _begins_call(line: str) -> bool:
    """Whether a line begins with a call, below prompts, assignments and words such as `time`."""
    prompt = _PROMPT.match(line)
    rest = line[prompt.end() :] if prompt else line.lstrip()
    while before := _BEFORE_CALL.match(rest):
        rest = rest[before.end() :]
    return bool(_TOOL.match(rest))


def read_shell_text(text: str, *, first_line: int = 1) -> tuple[list[Imported], list[str]]:
    r"""Return the requests of all commands in a text, and notes on what of it was left out.

    Args:
        text: The text, its line ends `\n`.
        first_line: The number of its first line.

    Raises:
        RequestError: The only command can't be read.
    """
    reading = _Reading()
    for block, line in _blocks(text, first_line, reading.notes):
        for script, tables in _scripts(block, line, reading.problems):
            reading.notes += script.notes
            reading.decisions += script.decisions
            for command in script.commands:
                try:
                    reading.take(command, tables)
                except RequestError as error:
                    reading.problems.append(placed(error, command.line))
    if not reading.requests and reading.problems:
        raise reading.problems[0]
    return reading.requests, reading.all_notes()


@dataclass(slots=True)
class _Reading:
    """What was read of a text so far.

    Attributes:
        requests: The requests.
        notes: What a person should know, each one sentence.
        problems: What could not be read.
        others: The programs that make no call, each with its line.
        decisions: The words with which the shell decides what runs, each with its line.
    """

    requests: list[Imported] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[RequestError] = field(default_factory=list)
    others: list[tuple[str, int]] = field(default_factory=list)
    decisions: list[tuple[str, int]] = field(default_factory=list)

    def all_notes(self) -> list[str]:
        notes = [*self.notes, *(f"{problem} It was not imported." for problem in self.problems)]
        functions = {name for name, _ in self.decisions if name.endswith("()")}
        for name, line in self.others:
            if f"{name}()" in functions:
                notes.append(at_line(line, f"{name} was left out: it is a function of the script."))
        self.others = [other for other in self.others if f"{other[0]}()" not in functions]
        if len(self.others) == 1:
            name, line = self.others[0]
            notes.append(at_line(line, f"{name} was left out: it makes no call."))
        elif self.others:
            notes.append(f"Commands that make no call were left out: {listed_with_lines(self.others)}.")
        if self.decisions:
            notes.append(
                "Conditions, loops and functions were left out, so each call is one cell: "
                f"{listed_with_lines(self.decisions)}."
            )
        return notes

    def take(self, command: Command, tables: ShellTables) -> None:
        """Take what one command sends; one that makes no call is named.

        Raises:
            RequestError: The command can't be read.
        """
        self.unwrap(command)
        program = command.program
        reader = _READERS.get(program)
        if program in WEB_REQUESTS or (program in {"curl", "wget"} and _is_alias(command)):
            requests, notes = read_web_request(command, tables)
        elif reader is not None:
            requests, notes = reader(command)
        elif program in _RUNS_TEXT and (inside := _text_to_run(command)):
            requests, notes = read_shell_text(inside.text, first_line=inside.line)
        else:
            name = shown_text(command.words[0].text)[:40]
            if not command.feeds and re.search(r"\w", name) and not sole_variable(command.words[0].text):
                self.others.append((name, command.line))
            return
        self.requests += requests
        self.notes += notes
        self.notes += [
            at_line(line, f"{shown_text(what)[:60]} was left out: it is for the shell.")
            for what, line in command.left_off
        ]

    def unwrap(self, command: Command) -> None:
        """Take away what runs the call: `sudo`, `A=1`, and `docker exec x` and similar, which are named."""
        words = command.words
        while command.program in _PREFIXES and len(words) > 1:
            del words[0]
            while len(words) > 1 and _ASSIGNMENT.match(words[0].text):
                del words[0]
        if command.program in {*_READERS, *WEB_REQUESTS, *_SHOWS_TEXT, "eval"}:
            return
        for index, word in enumerate(words):
            program, _, _ = word.program.partition(":")  # an image of Docker, `curlimages/curl:8.5.0`
            if word.quoted or program not in {"curl", "wget"}:
                continue
            runner = words[0].program
            if runner == "xargs" or any(
                "://" in each.text or names_in(each.text) for each in words[index + 1 :]
            ):
                shown = shown_text(" ".join(each.text for each in words[:index]))[:60]
                self.notes.append(at_line(command.line, f"{shown} was left out: it only runs the call."))
                options = " ".join(each.text for each in words[1:index])
                words[: index + 1] = [Word(program, word.line)]
                if runner in _FILLS_IN:
                    _fill_in(command, options, runner)
                return


def _fill_in(command: Command, options: str, runner: str) -> None:
    """Put what a program such as xargs is given in its place: at a mark such as `{}`, or at the end."""
    mark = re.search(r"(?:^| )(?:-I ?|--replace=)(\S+)|(?:^| )(-i|--replace)(?: |$)", options)
    given = (command.input or "").strip()
    if runner != "xargs" or mark:
        place = (mark[1] if mark else None) or "{}"
        item = given if given and "\n" not in given else variable("item")
        for word in command.words:
            word.text = map_literal(word.text, lambda text: text.replace(place, item))
    else:
        command.words += [Word(text, command.line) for text in given.split()]
        command.input = None


def _text_to_run(command: Command) -> Word | None:
    """Return the text that a program such as `bash -c` runs, if it makes a call."""
    if command.program == "eval":
        text = " ".join(word.text for word in command.words[1:])
        return Word(text, command.line) if is_shell_text(text) else None
    found = next((word for word in command.words[1:] if word.quoted and is_shell_text(word.text)), None)
    if found is None and command.input and is_shell_text(command.input):  # `ssh host <<E`
        return Word(command.input, command.line + 1)
    return found


_READERS: Final[dict[str, Callable[[Command], tuple[list[Imported], list[str]]]]] = {
    "curl": read_curl_command,
    "wget": read_wget,
    **dict.fromkeys(("http", "https", "xh", "xhs"), read_httpie),
}


def _is_alias(command: Command) -> bool:
    """Whether curl is PowerShell's old alias of Invoke-WebRequest, as its options tell."""
    options = {word.text.lower() for word in command.words if not word.quoted}
    return bool(options & {"-uri", "-method", "-headers", "-body", "-contenttype", "-usebasicparsing"})


# -- which shell --------------------------------------------------------------------------------------------


def _scripts(text: str, line: int, problems: list[RequestError]) -> Iterator[tuple[Script, ShellTables]]:
    """Yield the commands of a text; where it can't be read as a whole, of each command in it that can."""
    variables: dict[str, str] = {}
    try:
        yield _read(text, line, variables)
    except RequestError:
        for part, number in _cut(text, line):
            try:
                yield _read(part, number, variables)
            except RequestError as error:
                problems.append(error)


def _cut(text: str, first_line: int) -> Iterator[tuple[str, int]]:
    """Cut a text before each call that begins a line, and after the first operator of an unreadable one."""
    starts = [0]
    position = 0
    for line in text.split("\n"):
        if position and _begins_call(line):
            starts.append(position)
        position += len(line) + 1
    for start, end in pairwise([*starts, len(text)]):
        number = first_line + text.count("\n", 0, start)
        part = text[start:end]
        head, operator, tail = _first_operator(part)
        yield head, number
        if operator:
            yield tail, number + head.count("\n")


def _first_operator(text: str) -> tuple[str, str, str]:
    match = re.search(r"\s(\|\|?|&&|;)\s", text)
    if match is None or text.count("'", 0, match.start()) % 2 or text.count('"', 0, match.start()) % 2:
        return text, "", ""
    return text[: match.start()], match[1], text[match.end() :]


def _read(text: str, line: int, variables: dict[str, str]) -> tuple[Script, ShellTables]:
    tables = ShellTables()
    flavour = _flavour(text)
    text = _without_prompts(text)
    if _FOREIGN_QUOTE.search(text):
        script = read_posix(text.translate(_PLAIN_QUOTES), variables, first_line=line)
        script.notes.append(at_line(line, "Typographic quotes were read as plain ones."))
        return script, tables
    if flavour == "cmd":
        return read_cmd(text, first_line=line), tables
    if flavour == "powershell":
        script = read_powershell(text, tables, first_line=line)
        _unescape_for_old_powershell(script)
        return script, tables
    script = read_posix(text, variables, first_line=line)
    if re.search(r"\bcurl\.exe\b", text):
        _unescape_for_old_powershell(script)
    return script, tables


def _flavour(text: str) -> str:
    """Return which shell a text is written for: `posix`, `cmd` or `powershell`."""
    if re.search(r"\\[ \t]*\n", text) and not re.search(
        r"(?:\^|(?<=[ \t])`)[ \t]*\n|^[ \t]*\$\w+[ \t]*=", text, re.MULTILINE
    ):
        return "posix"
    if _CMD.search(text) and not re.search(r"(?<=[ \t])`[ \t]*\n", text):
        return "cmd"
    return "powershell" if _POWERSHELL.search(text) else "posix"


def _unescape_for_old_powershell(script: Script) -> None:
    r"""Read `\"` in words as a quote: PowerShell up to 7.2 doesn't escape quotes by itself."""
    for command in script.commands:
        if command.program != "curl":
            continue
        for word in command.words:
            if '\\"' in word.text and not re.search(r'(?<!\\)"', word.text):
                word.text = word.text.replace('\\"', '"')


def _without_prompts(text: str) -> str:
    """Take away the prompts that were copied with the commands; line numbers stay."""
    lines = text.split("\n")
    if not any(_PROMPT.match(line) for line in lines):
        return text
    for index, line in enumerate(lines):
        if (match := _PROMPT.match(line)) or (index and (match := _SECOND_PROMPT.match(line))):
            lines[index] = line[match.end() :]
    return "\n".join(lines)


# -- documents ------------------------------------------------------------------------------------------


def _blocks(text: str, first_line: int, notes: list[str]) -> list[tuple[str, int]]:
    """Return the blocks of a document between fences, each with the number of its first line; or the text."""
    blocks, outside = fenced_blocks(text, first_line)
    if not blocks:
        return [(text, first_line)]
    if outside is not None:
        notes.append(outside_of_fences(outside))
    notes += [block.left_out() for block in blocks if not is_shell_block(block)]
    return [(block.text, block.line) for block in blocks if is_shell_block(block)]


def is_shell_block(block: Block) -> bool:
    """Whether a block of a document holds commands that make calls."""
    return block.language in _SHELL_FENCES and is_shell_text(block.text)
