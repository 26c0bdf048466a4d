"""What `pip install .` brings and what it weighs."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from monite_magic._version import __version__

pytestmark = pytest.mark.packaging

MAIN = Path(__file__).parent.parent.parent
MEGABYTE = 1_000_000


def test_installing_adds_little_to_jupyter(fresh_environment):
    fresh_environment.install("ipython", "ipykernel", "ipywidgets")
    before = fresh_environment.sizes()
    fresh_environment.install(".")
    after = fresh_environment.sizes()
    added = {name: size for name, size in after.items() if name not in before}
    assert "monite-magic" in added
    assert {name for name in before if name not in after} == set()
    assert len(added) <= 18, sorted(added)
    # About 15.0 with bytecode; each path of the environment is in it, so longer paths weigh more.
    assert sum(added.values()) <= 15.5 * MEGABYTE, added
    line = "%load_ext monite_magic\nassert 'monite' in get_ipython().magics_manager.magics['cell']"
    fresh_environment.run("ipython", "--colors=nocolor", "-c", line)


def test_the_wheel_holds_the_package_and_nothing_else(tmp_path):
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(tmp_path),
        ".",
    ]
    subprocess.run(command, check=True, cwd=MAIN)
    (path,) = tmp_path.glob("*.whl")
    assert path.name == f"monite_magic-{__version__}-py3-none-any.whl"
    assert path.stat().st_size < 1.5 * MEGABYTE
    with zipfile.ZipFile(path) as wheel:
        infos = wheel.infolist()
    names = {info.filename for info in infos}
    tops = {name.split("/")[0] for name in names}
    data_folder = f"monite_magic-{__version__}.data"
    assert tops == {"monite_magic", f"monite_magic-{__version__}.dist-info", data_folder}
    # The labextension, where JupyterLab and Notebook look for it.
    extension = f"{data_folder}/data/share/jupyter/labextensions/monite-magic"
    sizes = {info.filename: info.file_size for info in infos if info.filename.startswith(data_folder)}
    assert set(sizes) == {
        f"{extension}/{name}" for name in ("package.json", "install.json", "static/remoteEntry.js")
    }
    assert sum(sizes.values()) < 20_000
    assert "monite_magic/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    data = [info for info in infos if "/data/" in info.filename and info.filename.endswith(".gz")]
    assert data
    assert all(info.file_size < 150_000 for info in data)
