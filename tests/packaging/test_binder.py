"""What Binder does with binder/, in a fresh environment instead of its image."""

import http.client
import json
import shutil
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest

pytestmark = pytest.mark.packaging

MAIN = Path(__file__).parent.parent.parent
TUTORIAL = "notebooks/00_start_here.ipynb"


@pytest.fixture
def binder(fresh_environment):
    """An environment in which Binder's steps were taken."""
    fresh_environment.install("-r", "binder/requirements.txt")
    subprocess.run(
        ["binder/postBuild"],
        cwd=MAIN,
        env=fresh_environment.environ | {"NB_PYTHON_PREFIX": str(fresh_environment.bin.parent)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return fresh_environment


def test_binder_opens_the_map_with_the_extension_loaded_and_runs_all_tutorials(binder, tmp_path):
    assert landing_page(binder, tmp_path) == f"/lab/tree/{TUTORIAL}"

    bare = tmp_path / "bare.ipynb"
    cells = [nbformat.v4.new_code_cell("%monite_login --env local\n%monite GET /entities")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), bare)
    binder.run("jupyter", "execute", "--kernel_name=python3", str(bare), cwd=tmp_path)

    # 08 writes files beside itself.
    shutil.copytree(MAIN / "notebooks", tmp_path / "notebooks")
    tutorials = sorted(map(str, (tmp_path / "notebooks").glob("*.ipynb")))
    binder.run("jupyter", "execute", "--inplace", *tutorials, cwd=tmp_path)


def landing_page(binder, folder):
    """Start JupyterLab as Binder does and return where its root leads."""
    runtime = folder / "runtime"
    server = subprocess.Popen(
        [binder.bin / "jupyter-lab", "--no-browser", "--allow-root", "--port=0"],
        cwd=MAIN,
        env=binder.environ | {"JUPYTER_RUNTIME_DIR": str(runtime)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while not (infos := list(runtime.glob("jpserver-*.json"))):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        info = json.loads(infos[0].read_text())
        connection = http.client.HTTPConnection(urlsplit(info["url"]).netloc, timeout=20)
        connection.request("GET", f"/?token={info['token']}")
        location = connection.getresponse().headers["Location"]
        connection.close()
        return urlsplit(location).path
    finally:
        server.terminate()
        server.wait(20)
