"""The vendor's React SDK, in Chromium, against the served simulator.

    python tests/react/__main__.py [FOLDER]

It needs node, npm, and Chromium (`CHROMIUM` names it, `/usr/bin/chromium` by default). The packages of
`package.json` are installed from the npm registry into `node_modules` next to it. Pictures of every step are
in FOLDER, `react-pictures` by default: look at them. Not a part of `.ci/run`.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import tempfile
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from dotenv import dotenv_values

HERE = Path(__file__).parent


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main(pictures: str = "react-pictures") -> int:
    """Build the page, serve it and the simulator, and drive it; return 1 if something went wrong."""
    if not (HERE / "node_modules").is_dir():
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"], cwd=HERE, check=True
        )
    subprocess.run(["npx", "vite", "build", "--logLevel", "error"], cwd=HERE, check=True)
    page = functools.partial(_Quiet, directory=HERE / "dist")
    with tempfile.TemporaryDirectory() as folder, ThreadingHTTPServer(("127.0.0.1", 0), page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        env_file = Path(folder, "simulator.env")
        options = ["--seed", "bakery", "--env-file", str(env_file)]
        simulator = subprocess.Popen([sys.executable, "-m", "monite_magic.simulator", *options])
        try:
            while not (env_file.exists() and env_file.read_text()):
                if simulator.poll() is not None:
                    return 1
                time.sleep(0.1)
            given = {name: value for name, value in dotenv_values(env_file).items() if value}
            told = {
                "PAGE_URL": f"http://127.0.0.1:{server.server_port}/index.html",
                "PICTURES": str(Path(pictures).resolve()),
                "CHROMIUM": os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            }
            drive = subprocess.run(
                ["node", "drive.mjs"], cwd=HERE, env={**os.environ, **given, **told}, check=False
            )
            return drive.returncode
        finally:
            simulator.terminate()
            simulator.wait()
            server.shutdown()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
