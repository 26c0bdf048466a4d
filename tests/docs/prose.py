"""Find turns of phrase that our style avoids: `python tests/docs/prose.py`.

It reads the package, the tests, the pages at the top of the repository and the notebooks.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
#: These name the turns in order to find them.
_EXEMPT = {"tests/docs/prose.py", "tests/docs/test_prose.py"}

#: A pattern, in which a blank also matches a line break -> what to write.
TURNS = {
    r"\bwhoever\b": "anyone who",
    r"\bwhat stands (?:in|at|on|below|above|beside)\b": "what is in",
    r"\b(?:stands?|lies?) (?:beside|below|above|twice|there|here|before)\b": "is next to, is below",
    r"\bbeside (?:it|them|this|the|its|us|a|an)\b": "next to",
    r"\bof (?:one's|its|their|our|his) own\b": "its own",
    r"\bthat is right\b": "(leave it out)",
    r"\bknows no\b": "unknown",
    r"(?<!there\s)\b(?:is|are) no (?=[a-z])(?!longer|more)": "is not a",
    r"\bhas (?:them|it|those|none) no more\b": "no longer has",
    r"\bno more(?=[.,;:])": "no longer",
    r"\b(?:this|the|a) word has no meaning\b": "unexpected argument",
    r"\bin silence\b": "silently",
    r"\bmend(?:s|ed|ing)?\b": "fix",
    r"\bas (?:it was|they were|was) told\b": "as configured",
    r"\bbegins? anew\b|\b(?:taken|made|written|write|seeded) anew\b": "starts over, again",
    r"\bin (?:whose|her|his) name\b": "on behalf of",
    r"\b(?:for|to) (?:the )?one who\b": "for anyone who",
    r"\bupwards\b|\bdownwards\b(?=[.,])": "up, down",
    r"\bis (?:it|there) told\b|\bsays? nothing of\b": "reports, doesn't mention",
    r"\bwill be that\b|\bshall be\b|\bshall not\b": "is, must be",
    r"\bclock stands\b|\bwhat stands there\b": "is set to, it",
    r"\banew\b": "again, over",
    r"\bwhat (?:came|comes|became) of\b": "the outcome, the result",
    r"\bg(?:ive|ives|ave) way\b": "is replaced",
    r"\bfor want of\b": "without, because there are no",
    r"\bthe like\b": "similar",
    r"\btells? rows apart\b": "identifies rows",
    r"\bmust be (?:known|said) of\b|\bis to be said\b": "(name it: notes, remarks, facts)",
    r"\brenew\w* by itself\b|\bby itself, (?:after|if|once)\b": "automatically",
    r"\bare asked about\b": "you are asked before",
    r"\bnames no kind\b": "unknown",
    r"\bheeds?\b|\bsuch that\b": "follows, so that",
    r"\b(?:is|are|was|were) asked of\b": "asks",
    r"\bbelongs to (?:--\w|show|diff|replay)": "can only be used with",
    r"\b(?:thereof|therein|whence|thereby|hence|hitherto)\b": "(use a current word)",
}
_GAP = r'[\s"#]+'
_COMPILED = [(re.compile(turn.replace(" ", _GAP), re.IGNORECASE), use) for turn, use in TURNS.items()]


class Found(NamedTuple):
    """One turn of phrase to replace."""

    line: int
    text: str
    use: str


def find(text: str) -> list[Found]:
    """Return the turns in a text, in order."""
    return sorted(
        Found(text.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), use)
        for pattern, use in _COMPILED
        for match in pattern.finditer(text)
    )


def pages() -> Iterator[tuple[str, str]]:
    """Each file that is read: its path in the repository, and its prose."""
    paths = [*ROOT.glob("*.md"), *ROOT.glob("notebooks/*.ipynb")]
    paths += [*ROOT.glob("monite_magic/**/*.py"), *ROOT.glob("tests/**/*.py")]
    for path in sorted(paths):
        name = path.relative_to(ROOT).as_posix()
        if name not in _EXEMPT and "node_modules" not in name:
            text = path.read_text("utf-8")
            if path.suffix == ".ipynb":
                text = "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
            yield name, text


def main() -> int:
    """Print what to rewrite; the status is 1 if there is anything."""
    status = 0
    for name, text in pages():
        for turn in find(text):
            print(f"{name}:{turn.line}: {turn.text!r}: write {turn.use}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
