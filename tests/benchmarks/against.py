"""Compare this working tree with an earlier commit: loading, a cell, completion and a large answer.

    python tests/benchmarks/against.py COMMIT

Both run in fresh processes and take turns, through nothing but IPython's cells and completions, so that any
version can be compared. A round takes the least CPU time of each work, which a busy machine hardly changes.
It prints the medians of the rounds and their ratios, and holds nothing against a bound.
"""

from __future__ import annotations

import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import uuid
from pathlib import Path

from bench_pull import served

ROOT = Path(__file__).parents[2]
ROUNDS = 9
LARGE = 25_000  # rows; about 20 MB
CELLS = """
import json, statistics, sys, time
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

LINES = ("%monite GET /pay", "%monite GET /payables?", "%monite POST /counterparts/", "%monite_login --")
BODIES = ("%%monite POST /tags\\n{", '%%monite POST /counterparts\\n{"type": "individual", "individual": {')

def run(cell):
    assert shell.run_cell(cell).success, cell

def complete(text):
    with provisionalcompleter():
        assert list(shell.Completer.completions(text, len(text))), text

def least(work, value, times):
    work(value)
    taken = []
    for _ in range(times):
        started = time.process_time()
        work(value)
        taken.append((time.process_time() - started) * 1000)
    return min(taken)

shell = InteractiveShell.instance()
with capture_output():
    run("%load_ext monite_magic")
    run(f"%monite_login --base-url {sys.argv[1]} --entity {sys.argv[2]}")
    took = {
        "a cell, 1 kB answer": least(run, "%monite GET /payables/8f14e45f-ceea-467a-9575-6d1f3c2b7e01", 200),
        "completion of a line": statistics.mean(least(complete, text, 50) for text in LINES),
        "completion in a body": statistics.mean(least(complete, text, 50) for text in BODIES),
        "a list of 20 MB": least(run, f"%monite GET /payables?limit={sys.argv[3]} --no-check", 4),
    }
print(json.dumps(took))
"""


def started(code: str, tree: Path, folder: str, *arguments: str) -> str:
    """Run Python with the package of a tree, and return what it prints."""
    variables = {**os.environ, "IPYTHONDIR": folder, "MONITE_CLIENT_ID": str(uuid.uuid4())}
    variables |= {"MONITE_CLIENT_SECRET": str(uuid.uuid4()), "PYTHONPATH": str(tree)}
    variables |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": f"{folder}/bytecode"}
    command = [sys.executable, *(("-c", code) if arguments else ("-m", "IPython", "--no-banner", "-c", code))]
    done = subprocess.run(
        [*command, *arguments], env=variables, cwd=folder, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def loading(code: str, tree: Path, folder: str) -> float:
    """Return the milliseconds of CPU time that IPython takes to start, run a cell and end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started(code, tree, folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def one_round(tree: Path, folder: str, url: str) -> dict[str, float]:
    """Return the milliseconds of each work, with the package of `tree`."""
    bare = loading("1", tree, folder)
    loaded = loading("%load_ext monite_magic", tree, folder)
    printed = started(CELLS, tree, folder, url, str(uuid.uuid4()), str(LARGE))
    return {"%load_ext, over bare IPython": loaded - bare, **json.loads(printed)}


def main() -> None:
    """Take turns, and print a table."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    command = ["git", "archive", "--format=tar", sys.argv[1], "monite_magic"]
    archive = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    with tempfile.TemporaryDirectory() as folder, served(LARGE) as url:
        before = Path(folder) / "before"
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(before, filter="data")
        for tree in (before, ROOT):  # the first time writes what later ones read
            one_round(tree, folder, url)
        rounds = [(one_round(before, folder, url), one_round(ROOT, folder, url)) for _ in range(ROUNDS)]
    print(f"Medians of {ROUNDS} rounds, in ms of CPU time\n")
    print(f"| work | {sys.argv[1]} | now | ratio |\n|---|---|---|---|")
    for work in rounds[0][0]:
        earlier, now = (statistics.median(pair[side][work] for pair in rounds) for side in (0, 1))
        print(f"| {work} | {earlier:.2f} | {now:.2f} | {now / earlier:.2f} |")


if __name__ == "__main__":
    main()
