"""One command for each habit: `nox -s check`, `test`, `test-all`, `mutation`, `docs`, `nightly`, and so on.

Environments are kept between runs; add `-R` to also skip installing into them again.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "venv"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["check", "test"]

ROOT = Path(__file__).parent
LOCK = "binder/requirements.txt"
PARALLEL = ("-n", "auto", "--dist", "loadscope")
QUICK = ("-m", "not packaging and not slow")
#: Each of these takes more than half a minute: `nox -s test-all` runs them.
SLOW = ("browser", "docs", "faults", "lite", "notebooks", "packaging", "simulator/referee")


@nox.session
def check(session: nox.Session) -> None:
    """Style, types, spelling, imports and prose; under a minute once installed."""
    session.install("--editable", ".[test]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("codespell")
    session.run("lint-imports")
    session.run("python", "tests/docs/prose.py")


@nox.session
def test(session: nox.Session) -> None:
    """The quick tests, in parallel. Arguments after `--` are passed to pytest."""
    session.install("--editable", ".[test]")
    session.run("pytest", *PARALLEL, *QUICK, *(f"--ignore=tests/{room}" for room in SLOW), *session.posargs)


@nox.session(name="test-all")
def test_all(session: nox.Session) -> None:
    """Everything that `.ci/run` runs, with every API version and 10,000 commands through bash and curl."""
    longer = {"MONITE_FUZZ": "all", "MONITE_SHELL_COMMANDS": "10000"}
    session.run("bash", ".ci/run", external=True, env=longer)


@nox.session
def mutation(session: nox.Session) -> None:
    """Change the code in 300 places, and list what no test catches. Arguments after `--` are passed on."""
    # Another release may draw other mutants.
    session.install("--editable", ".[test]", "mutmut==3.8.1")
    session.run("python", "tests/mutation/__main__.py", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Write the reference anew, then test the README and run every tutorial."""
    session.install("--editable", ".[test,lab]")
    session.run("python", "tests/docs/reference.py")
    session.run("pytest", *PARALLEL, "tests/docs", "tests/notebooks")


@nox.session
def nightly(session: nox.Session) -> None:
    """The quick tests against pre-releases of what we depend on; httpx stays below 1, where it has `Auth`."""
    session.install("--pre", "--upgrade", "--editable", ".[test]", "httpx>=0.28,<0.99")
    session.run("pytest", *PARALLEL, *QUICK, *(f"--ignore=tests/{room}" for room in SLOW), *session.posargs)


@nox.session
def pins(session: nox.Session) -> None:
    """Renew Binder's pins: every package that the tutorials use, by version and hash."""
    session.install("uv>=0.9")
    build = Path(session.create_tmp()) / "build.in"
    build.write_text("\n".join(nox.project.load_toml(ROOT / "pyproject.toml")["build-system"]["requires"]))
    session.run(
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--upgrade",
        "--universal",
        "--python-version=3.11",
        "--extra=lab",
        "--generate-hashes",
        "--no-annotate",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--custom-compile-command=nox -s pins",
        f"--output-file={LOCK}",
        "pyproject.toml",
        str(build),
    )


@nox.session
def release(session: nox.Session) -> None:
    """Check, build and tag the version in monite_magic/_version.py. Nothing is uploaded."""
    session.install("build", "twine", "hatchling")
    if session.run("git", "status", "--porcelain", external=True, silent=True):
        session.error("Commit or stash your changes first.")
    version = session.run("hatchling", "version", silent=True).strip()
    if f"## [{version}] - " not in (ROOT / "CHANGELOG.md").read_text("utf-8"):
        session.error(f"CHANGELOG.md has no dated section for {version}.")
    session.run("bash", ".ci/run", external=True)
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    session.run("python", "-m", "build")
    session.run("twine", "check", "--strict", *map(str, (ROOT / "dist").iterdir()))
    session.run("git", "tag", "--annotate", f"v{version}", "--message", f"Version {version}", external=True)
    session.log(f"dist/ and the tag v{version} are ready. Upload and push them yourself.")
