"""Mutation testing: change the code in 300 places, and see which changes the tests catch.

    python tests/mutation                    # all modules of plan.toml
    python tests/mutation token masking      # some of them
    python tests/mutation --again FILE       # only what survived in an earlier run; FILE is its record

`plan.toml` has the seed and the tests of each module, `survivors.toml` the mutants that no test has to catch,
and why. The exit status is 1 if another mutant survives, or if less than 90 % of a module's mutants are
caught, not counting those that are equivalent to the code.

Tests that pass through a changed line run first, then the others of its module. A test that hangs counts as
one that fails.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import traceback
import warnings
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest
from coverage import CoverageData
from drawing import Mutant, draw

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
LEAST = 0.9
#: Loaded once, before a process is forked for each mutant. Nothing of ours, and nothing that starts threads.
PRELOADED = (
    "httpx",
    "hypothesis",
    "IPython",
    "jsonschema",
    "pandas",
    "werkzeug.routing",
    "pytest_cov.plugin",
)
MAX_MEMORY = 12 * 2**30
PYTEST = (
    *("-x", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=ci", "--timeout=120"),
    *("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"),
)

_NO_PYTEST = 70  # an exit status that pytest doesn't have


@dataclass
class Module:
    """A module's row in the plan, and what is known of its tests.

    Attributes:
        seconds: How long its tests take.
        passing: By path and line, the tests that pass through it.
    """

    name: str
    paths: list[str]
    tests: list[str]
    mutants: int
    seconds: float = 0.0
    passing: dict[str, dict[int, list[str]]] = field(default_factory=dict)

    def tests_of(self, mutant: Mutant) -> list[str]:
        """The tests that pass through the changed lines, or through the file if those run on import."""
        lines = self.passing.get(mutant.path, {})
        changed = range(mutant.first, mutant.last + 1) if mutant.in_function else lines
        found = Counter(test for line in changed for test in lines.get(line, ()) if test)
        return [test for test, _ in found.most_common()]


@dataclass
class Trial:
    """A process that runs tests in a copy of the repository."""

    mutant: Mutant
    module: Module
    copy: Path
    pid: int
    until: float
    whole: bool
    renamed: bool = False


class Runner:
    """Runs tests in copies of the repository, each in a forked process."""

    def __init__(self, folder: Path, processes: int) -> None:
        self._folder = folder
        self._free = [folder / str(number) for number in range(processes)]
        files = _git("ls-files", "--cached", "--others", "--exclude-standard").splitlines()
        for copy in self._free:
            for name in files:
                if (ROOT / name).is_file():
                    (copy / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(ROOT / name, copy / name)

    def measure(self, module: Module) -> None:
        """Run a module's tests, which have to pass, and note the lines that each passes through."""
        data = self._folder / f"{module.name}.coverage"
        settings = self._folder / "coveragerc"
        settings.write_text(f"[run]\nsource = monite_magic\ndata_file = {data}\n", "utf-8")
        begun = time.monotonic()
        arguments = ["--cov=monite_magic", "--cov-context=test", "--cov-report=", f"--cov-config={settings}"]
        copy = self._free[0]
        _, status = os.waitpid(self._fork(copy, [*arguments, *module.tests]), 0)
        if status:
            print((copy / "output.txt").read_text("utf-8", "replace"), file=sys.stderr)
            sys.exit(f"The tests of {module.name} fail without a change.")
        module.seconds = time.monotonic() - begun
        measured = CoverageData(str(data))
        measured.read()
        for path in module.paths:
            contexts = measured.contexts_by_lineno(str(copy / path))
            module.passing[path] = {
                line: [context.rpartition("|")[0] for context in found] for line, found in contexts.items()
            }

    def outcomes(self, module: Module, drawn: list[Mutant]):
        """Yield each mutant with `caught`, `hung` or `survived`, and the test that caught it."""
        running: list[Trial] = []
        try:
            yield from self._outcomes(module, drawn[::-1], running)
        finally:
            for trial in running:
                _kill(trial.pid)

    def _outcomes(self, module: Module, waiting: list[Mutant], running: list[Trial]):
        while waiting or running:
            while waiting and self._free:
                running.append(self._start(module, waiting.pop(), self._free.pop()))
            time.sleep(0.05)
            for trial in list(running):
                outcome = self._outcome(trial)
                if outcome is None:
                    continue
                running.remove(trial)
                if outcome == "survived" and not trial.whole:
                    running.append(self._go_on(trial))
                    continue
                told = (trial.copy / "output.txt").read_text("utf-8", "replace").splitlines()
                by = next((line for line in told if line.startswith(("FAILED ", "ERROR "))), "")
                shutil.copy2(ROOT / trial.mutant.path, trial.copy / trial.mutant.path)
                self._free.append(trial.copy)
                yield trial.mutant, outcome, by if outcome == "caught" else ""

    def _start(self, module: Module, mutant: Mutant, copy: Path) -> Trial:
        (copy / mutant.path).write_text(mutant.code, "utf-8")
        tests = module.tests_of(mutant)
        return self._run(module, mutant, copy, tests or module.tests, whole=not tests)

    def _go_on(self, trial: Trial) -> Trial:
        """Run the tests of the module that have not run yet."""
        done = [] if trial.renamed else trial.module.tests_of(trial.mutant)
        tests = [*trial.module.tests, *(f"--deselect={test}" for test in done)]
        return self._run(trial.module, trial.mutant, trial.copy, tests, whole=True)

    def _run(self, module: Module, mutant: Mutant, copy: Path, arguments: list[str], *, whole: bool) -> Trial:
        listed = copy / "arguments.txt"
        listed.write_text("\n".join(arguments), "utf-8")
        until = time.monotonic() + 60 + 3 * module.seconds
        return Trial(mutant, module, copy, self._fork(copy, [f"@{listed}"]), until, whole)

    def _outcome(self, trial: Trial) -> str | None:
        pid, status = os.waitpid(trial.pid, os.WNOHANG)
        if not pid:
            if time.monotonic() < trial.until:
                return None
            _kill(trial.pid)
            os.waitpid(trial.pid, 0)
            return "hung"
        _kill(trial.pid)  # what its tests have left behind
        code = os.waitstatus_to_exitcode(status)
        if code == _NO_PYTEST:
            raise RuntimeError((trial.copy / "output.txt").read_text("utf-8", "replace"))
        # Tests that are named after what has changed are not found: all tests of the module decide.
        trial.renamed = not trial.whole and code == pytest.ExitCode.USAGE_ERROR
        passed = code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        return "survived" if passed or trial.renamed else "caught"

    def _fork(self, copy: Path, arguments: list[str]) -> int:
        pid = os.fork()
        if pid:
            return pid
        code = _NO_PYTEST
        try:
            os.setsid()
            resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
            output = os.open(copy / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.chdir(copy)
            os.environ.update(PYTHONPATH=str(copy))
            sys.path[0] = str(copy)
            code = int(pytest.main([*PYTEST, *arguments]))
            sys.stdout.flush()
        except BaseException:  # noqa: BLE001 - the parent reads it
            traceback.print_exc()
        finally:
            os._exit(code)


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def _key(mutant: Mutant | dict[str, str]) -> tuple[str, str, str]:
    told = asdict(mutant) if isinstance(mutant, Mutant) else mutant
    return told["path"], told["before"], told["after"]


def read_plan(names: list[str]) -> tuple[list[Module], str, str]:
    """The modules with these names, or all; the seed; the folder of tables."""
    plan = tomllib.loads((FOLDER / "plan.toml").read_text("utf-8"))
    unknown = set(names) - set(plan["modules"])
    if unknown:
        sys.exit(f"Unknown: {', '.join(sorted(unknown))}. The modules are {', '.join(plan['modules'])}.")
    modules = []
    for name in names or plan["modules"]:
        row = plan["modules"][name]
        paths = sorted(str(path.relative_to(ROOT)) for glob in row["paths"] for path in ROOT.glob(glob))
        modules.append(Module(name, paths, row["tests"], row["mutants"]))
    return modules, plan["seed"], plan["tables_in"]


def main() -> int:
    """Draw, try and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--again", type=Path, metavar="FILE")
    parser.add_argument("--record", type=Path, metavar="FILE", default=Path("mutation.jsonl"))
    parser.add_argument("--most", type=int, metavar="N", help="try the first N mutants of each module")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--list", action="store_true", help="show the mutants and try none")
    chosen = parser.parse_args()
    modules, seed, tables_in = read_plan(chosen.modules)
    survived_before = None
    if chosen.again:
        records = map(json.loads, chosen.again.read_text("utf-8").splitlines())
        survived_before = {_key(record) for record in records if record["outcome"] == "survived"}
    reasons = tomllib.loads((FOLDER / "survivors.toml").read_text("utf-8"))["survivors"]
    explained = {_key(row) for row in reasons}
    equivalent = {_key(row) for row in reasons if row.get("equivalent")}

    # Few threads when a process is forked; those that there are wait in libraries that expect it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    for name in PRELOADED:
        importlib.import_module(name)
    counts = {module.name: Counter[str]() for module in modules}
    unexplained = 0
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder, chosen.record.open("w") as record:
        runner = None if chosen.list else Runner(Path(folder), chosen.processes)
        for module in modules:
            number = min(module.mutants, chosen.most or module.mutants)
            drawn = draw(ROOT, module.paths, number, f"{seed} {module.name}", tables_in=tables_in)
            if survived_before is not None:
                drawn = [mutant for mutant in drawn if _key(mutant) in survived_before]
            if runner is None:
                print(*drawn, sep="\n")
                continue
            if not drawn:
                continue
            runner.measure(module)
            print(f"{module.name}: {len(drawn)} mutants; its tests take {module.seconds:.0f} s.", flush=True)
            for mutant, outcome, by in runner.outcomes(module, drawn):
                kind = "equivalent" if outcome == "survived" and _key(mutant) in equivalent else outcome
                counts[module.name][kind] += 1
                path, before, after = _key(mutant)
                row = {"module": module.name, "path": path, "line": mutant.first}
                row |= {"before": before, "after": after, "outcome": outcome, "by": by}
                record.write(json.dumps(row, ensure_ascii=False) + "\n")
                record.flush()
                if outcome == "survived":
                    known = _key(mutant) in explained
                    unexplained += not known
                    print(f"survived{' (explained)' if known else ''}: {mutant}", flush=True)
    if runner is None:
        return 0
    print("\n| module | mutants | equivalent | caught | survived | share |\n|---|---|---|---|---|---|")
    shares = []
    for name, count in counts.items():
        if able := count.total() - count["equivalent"]:
            caught = able - count["survived"]
            shares.append(caught / able)
            row = (name, count.total(), count["equivalent"], caught, count["survived"], f"{shares[-1]:.0%}")
            print(f"| {' | '.join(map(str, row))} |")
    return 1 if unexplained or min(shares, default=1.0) < LEAST else 0


if __name__ == "__main__":
    sys.exit(main())
