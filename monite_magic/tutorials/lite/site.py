"""Build a JupyterLite site: JupyterLab, Python in the browser (Pyodide), this package, and the tutorials.

Everything comes from package registries: Pyodide from npm, and JupyterLite and our dependencies from PyPI. We
build two wheels from installed packages: this one, and MarkupSafe, a dependency of Werkzeug. PyPI has no
wheel of MarkupSafe for Pyodide, and its compiled part is optional. jsonschema is resolved to 4.17, the last
version without compiled dependencies.

pandas, matplotlib and DuckDB are not in the site. For the Pyodide of JupyterLite's kernel (314), PyPI has no
wheels of numpy, pandas, Pillow, kiwisolver and matplotlib (pandas has some for Pyodide 0.27 only), and the
package `pyodide` on npm has only the runtime. Pyodide's own distribution has them, on another host.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from monite_magic.tutorials.lite import BuildError, first_of, wheels, write_index

_TOOLS: Final = ("jupyterlite_core", "jupyterlite_pyodide_kernel", "pyodide_lock", "uv", "wheel", "pkginfo")
_RUNTIME: Final = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
_LOCK: Final = "pyodide-lock.json"
_EXTENSIONS: Final = ("@jupyterlite/pyodide-kernel-extension", "@jupyter-widgets/jupyterlab-manager")
_OWN_EXTENSION: Final = Path(__file__).parents[2] / "jupyter" / "labextension"
_MADE_HERE: Final = ("monite-magic", "markupsafe")
# Packages that a Pyodide kernel needs to start, in addition to ours. Without jedi it hangs.
_KERNEL: Final = ["ipython", "jedi", "micropip"]

# JupyterLite reads its configuration from this element of the root page.
_ROOT: Final = (
    '<script id="jupyter-config-data" type="application/json" data-jupyter-lite-root=".">{}</script>'
)
# Shown until JupyterLab has loaded. Its main element hides this.
_LOADING: Final = """\
<style>
#monite-loading { position: fixed; inset: auto 0 0 0; padding: 1rem; text-align: center; z-index: 2000;
  font: 16px/1.5 system-ui, sans-serif; background: #fff; color: #222; }
@media (prefers-color-scheme: dark) { #monite-loading { background: #222; color: #eee; } }
body:has(#main) #monite-loading { display: none; }
</style>
<div id="monite-loading" role="status">Loading the notebooks. The first time, this takes up to a minute,
because Python runs in your browser. It has no pandas, matplotlib, DuckDB and openpyxl.</div>
"""
_SETTINGS: Final = {
    # so that the page's search also finds hidden cells
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
}


def build(target: Path, notebooks: list[Path]) -> None:
    """Build the site.

    Args:
        target: A new or empty folder.
        notebooks: The notebooks.

    Raises:
        BuildError: A tool or the network is missing, or a tool failed.
    """
    missing = [name.replace("_", "-") for name in _TOOLS if find_spec(name) is None]
    if missing:
        raise BuildError(
            f"The build needs {', '.join(missing)}. Install the extra: pip install 'monite-magic[lite]' "
            "(in a clone of the repository: pip install -e '.[lite]')."
        )
    with tempfile.TemporaryDirectory(prefix="monite-magic-lite-") as temporary:
        work = Path(temporary)
        _fetch_pyodide(work / "static" / "pyodide")
        (work / "wheels").mkdir()
        for name in _MADE_HERE:
            wheels.pack(name, work / "wheels")
        (work / "contents").mkdir()
        for path in notebooks:
            shutil.copy(path, work / "contents")
        _write(work / "jupyter_lite_config.json", _configuration())
        _write(work / "overrides.json", _SETTINGS)
        _run_jupyterlite(work)
        write_index(work / "site", f"lab/index.html?path={first_of(notebooks).name}", _ROOT)
        _say_that_it_loads(work / "site" / "lab" / "index.html")
        shutil.copytree(work / "site", target, dirs_exist_ok=True)


def _say_that_it_loads(page: Path) -> None:
    """Add a message to JupyterLab's page, which is empty until its scripts are loaded."""
    text = page.read_text("utf-8")
    page.write_text(re.sub(r"<body[^>]*>", lambda body: f"{body[0]}\n{_LOADING}", text, count=1), "utf-8")


def _fetch_pyodide(folder: Path) -> None:
    """Put the Pyodide version of JupyterLite's kernel into `folder`, with a lock file without packages."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION

    npm = shutil.which("npm")
    if npm is None:
        raise BuildError(
            "npm is missing, which Pyodide is fetched with. Install Node.js, for instance with "
            "apt-get install npm, and run this again."
        )
    folder.mkdir(parents=True)
    fetch = [npm, "pack", "--silent", "--ignore-scripts", f"pyodide@{PYODIDE_VERSION}"]
    done = subprocess.run(fetch, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - own words
    if done.returncode:
        raise BuildError(
            f"npm could not fetch pyodide {PYODIDE_VERSION}. Look whether the npm registry can be reached: "
            f"{_last_lines(done.stderr)}"
        )
    [archive] = folder.glob("*.tgz")
    with tarfile.open(archive) as content:
        content.extractall(folder, filter="data")
    archive.unlink()
    unpacked = folder / "package"
    lock = json.loads((unpacked / _LOCK).read_text("utf-8"))
    for name in _RUNTIME:
        (unpacked / name).rename(folder / name)
    shutil.rmtree(unpacked)
    # Packages on Pyodide's own host are not used. npm's file lacks the version.
    lock["packages"] = {}
    lock["info"].setdefault("version", PYODIDE_VERSION)
    _write(folder / _LOCK, lock)


def _configuration() -> dict[str, Any]:
    return {
        "LiteBuildConfig": {
            "apps": ["lab"],
            "contents": ["contents"],
            "output_dir": "site",
            "no_sourcemaps": True,
            # Not all installed extensions: some need a server.
            "ignore_sys_prefix": ["federated_extensions"],
            "federated_extensions": [*(str(_extension(name)) for name in _EXTENSIONS), str(_OWN_EXTENSION)],
        },
        "PyodideLockAddon": {
            "enabled": True,
            "specs": _KERNEL,
            "wheels": ["wheels"],
            "prefetch_extra": ["monite-magic"],
        },
    }


def _extension(name: str) -> Path:
    from jupyter_core.paths import jupyter_path

    for place in jupyter_path("labextensions"):
        if (folder := Path(place) / name).is_dir():
            return folder
    raise BuildError(f"The extension {name} of JupyterLab is missing. Install again: pip install ipywidgets")


def _run_jupyterlite(folder: Path) -> None:
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(folder)]
    done = subprocess.run(  # noqa: S603 - own words
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise BuildError(
            "JupyterLite could not build the site. Look whether PyPI can be reached, and whether the tools "
            f"are those of the extra [lite]: {_last_lines(done.stdout)}"
        )


def _last_lines(text: str) -> str:
    return "\n".join(["", *text.strip().splitlines()[-12:]])


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1), "utf-8")
