"""Fresh virtual environments, for tests of what is shipped. They install from a package index."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

MAIN = Path(__file__).parent.parent.parent


class FreshEnvironment:
    """A new virtual environment with the interpreter that runs the tests."""

    def __init__(self, folder):
        venv.create(folder, with_pip=True)
        self.bin = folder / ("Scripts" if sys.platform == "win32" else "bin")
        # Neither this suite's coverage nor the machine's Jupyter settings reach into it.
        self.environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MONITE_", "COVERAGE_", "JUPYTER", "PYTHON"))
        } | {"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder)}

    def run(self, command, *arguments, cwd=MAIN, **environ):
        """Run a command of the environment and return what it printed."""
        done = subprocess.run(
            [self.bin / command, *arguments],
            cwd=cwd,
            env=self.environ | environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def install(self, *requirements):
        self.run("python", "-m", "pip", "install", "--quiet", *requirements, HOME=os.environ.get("HOME", ""))

    def sizes(self):
        """Return the installed distributions and the bytes of each one's files."""
        return json.loads(self.run("python", "-c", _SIZES))


_SIZES = """
import importlib.metadata, json
print(json.dumps({
    distribution.name: sum(
        path.stat().st_size for path in map(distribution.locate_file, distribution.files) if path.is_file()
    )
    for distribution in importlib.metadata.distributions()
}))
"""


@pytest.fixture
def fresh_environment(tmp_path):
    return FreshEnvironment(tmp_path / "venv")
