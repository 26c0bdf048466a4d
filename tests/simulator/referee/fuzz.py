"""schemathesis against the served simulator, by the vendor's document, over all public operations.

    MONITE_OPENAPI=FOLDER python tests/simulator/referee/fuzz.py

is the full run: six minutes on two cores. `--short` takes half a minute and is part of the suite. `--version
2024-01-31` looks at another API version than the newest.
Further options go to `schemathesis run`, such as `--include-path /payables`.

It needs the extra `[referee]`. Its exit status is that of schemathesis: 0 if nothing was found.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import httpx
import vendor
from walk import Walk

from monite_magic.simulator import Simulator
from monite_magic.simulator.server import Server

# Not asked: whether each status is declared (the document leaves out those of the gateway, and 404 and 409 in
# many places), and whether each valid body is accepted (a rule may refuse it).
CHECKS = (
    "not_a_server_error",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "ignored_auth",
    "use_after_free",
)
SHORT = ("--phases", "fuzzing", "--max-examples", "8", "--seed", "20240525")
FULL = ("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "100")


def prepared(document):
    """The document as schemathesis gets it: repaired, with the public operations only.

    The headers that every call of ours carries are left out. schemathesis would change them and then send
    ours; what becomes of wrong ones is asked in test_simulator_gates.py.
    """
    document = vendor.public(vendor.fixed(document))
    for methods in document["paths"].values():
        for operation in methods.values():
            operation["parameters"] = [
                parameter
                for parameter in operation.get("parameters", ())
                if parameter["name"] not in ("x-monite-version", "x-monite-entity-id")
            ]
            if _is_only_optional_files(document, operation.get("requestBody", {})):
                del operation["requestBody"]
    return document


def _is_only_optional_files(document, body):
    """Whether a body is files of any content, and may lack each: schemathesis takes some bytes for wrong."""
    schema = body.get("content", {}).get("multipart/form-data", {}).get("schema", {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    fields = schema.get("properties", {}).values()
    return bool(fields) and not schema.get("required") and all(f.get("format") == "binary" for f in fields)


def settings(ids):
    """The configuration of schemathesis: real ids for the parameters of paths."""
    lines = ["[parameters]"]
    lines += [f'"path.{name}" = "{value}"' for name, value in ids.items() if name.isidentifier()]
    return "\n".join(lines) + "\n"


def main(arguments):
    """Serve a simulator with something of everything, and let schemathesis at it."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    reader.add_argument("--short", action="store_true", help="half a minute")
    reader.add_argument("--version", default=vendor.NEWEST, help="the API version")
    given, further = reader.parse_known_args(arguments)
    document = vendor.read(given.version)
    if document is None:
        sys.exit(vendor.MISSING)
    options = [*(SHORT if given.short else FULL), *further]
    version = given.version
    simulator = Simulator(seed="starter", token_lifetime=24 * 3600)
    server = Server(simulator)
    threading.Thread(target=server.run, daemon=True).start()
    given = simulator.credentials
    with httpx.Client(base_url=server.url, headers={"X-Monite-Version": version}) as api:
        token = api.post(
            "/auth/token",
            json={
                "grant_type": "client_credentials",
                "client_id": given["MONITE_CLIENT_ID"],
                "client_secret": given["MONITE_CLIENT_SECRET"],
            },
        ).json()["access_token"]
        api.headers.update(
            {"Authorization": f"Bearer {token}", "X-Monite-Entity-Id": given["MONITE_ENTITY_ID"]}
        )
        walk = Walk(api, given, simulator.clock.advance)
        for _ in walk(("POST",)):
            pass
        headers = [f"--header={name}:{api.headers[name]}" for name in _OURS]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "document.json").write_text(json.dumps(prepared(document)))
        Path(folder, "schemathesis.toml").write_text(settings(walk.ids))
        command = [sys.executable, "-m", "schemathesis.cli", "run", "document.json", "--url", server.url]
        command += [*headers, "--checks", ",".join(CHECKS), "--workers", "2", "--no-color", *options]
        command += ["--generation-database", "none", "--continue-on-failure", "--warnings", "off"]
        # schemathesis must not obey the warnings filter of our tests.
        status = subprocess.run(
            command, cwd=folder, env={**os.environ, "PYTHONWARNINGS": "ignore"}
        ).returncode
    server.close()
    simulator.close()
    return status


_OURS = ("Authorization", "X-Monite-Version", "X-Monite-Entity-Id")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
