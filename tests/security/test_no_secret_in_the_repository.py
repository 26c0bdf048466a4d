"""A scan of every file under version control, notebooks with their outputs included, for shapes of secrets.

A stand-in is not a secret: a placeholder, a variable, dots, a word that says that it is made up.
What a test needs as a secret says so in its value.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LARGEST = 5_000_000

SHAPES = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{16,}"),
    "a JSON web token": re.compile(r"\b(eyJ[\w-]{16,}\.eyJ[\w-]{8,}\.[\w-]{16,})"),
    "a bearer token": re.compile(r"\bBearer\s+([A-Za-z0-9._~+/-]{16,}=*)"),
    "a client secret": re.compile(
        r"(?:client_secret|access_token|refresh_token|CLIENT_SECRET|MONITE_TOKEN)[\\\"']{0,4}\]?\s*[:=]\s*"
        r"(?:f?[\\\"']{1,4})?([A-Za-z0-9._~+/-]{12,})"
    ),
    "a cloud key": re.compile(
        r"\b((?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[baprs]-[\w-]{10,})\b"
    ),
    "a password in a URL": re.compile(r"\bhttps?://[^\s/:@\"'{}<]+:([^\s/@\"'{}<]{6,})@"),
}

#: A high share of digits, and no words: how secrets look and names don't.
_RANDOM = re.compile(r"(?=(?:[^\d]*\d){4})(?=(?:[^a-zA-Z]*[a-zA-Z]){4})")
_MADE_UP = re.compile(
    r"canary|c4n4ry|secret|token|example|test|wrong|hunter|stand-?in|dummy|abcdef", re.IGNORECASE
)


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def secrets_in(text):
    for what, shape in SHAPES.items():
        for found in shape.finditer(text):
            value = found[1] if shape.groups else found[0]
            if what in {"a private key", "a cloud key", "a JSON web token"}:
                looks_real = not _MADE_UP.search(value)
            else:
                looks_real = bool(_RANDOM.match(value)) and not _MADE_UP.search(value)
            if looks_real:
                yield what, text.count("\n", 0, found.start()) + 1


def test_no_file_holds_a_secret():
    found = []
    for path in tracked():
        if not path.is_file() or path.stat().st_size > LARGEST:
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(ROOT)}:{line}: {what}" for what, line in secrets_in(text)]
    assert found == []


def test_no_file_that_keeps_secrets_is_tracked():
    names = [path.name for path in tracked()]
    assert "pyproject.toml" in names
    keys = r".*\.(pem|key|p12|pfx|sqlite|kdbx)|id_(rsa|ed25519)"
    others = r"\.env(\.(?!example$).*)?|\.netrc|\.pypirc"
    assert [name for name in names if re.fullmatch(f"{keys}|{others}", name)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {}",
        '"Authorization": "Bearer {}"',
        '{{"client_secret": "{}"}}',
        '\\"client_secret\\": \\"{}\\"',
        "MONITE_CLIENT_SECRET={}",
        "client_secret='{}'",
        'os.environ["MONITE_ACME_CLIENT_SECRET"] = "{}"',
        "https://someone:{}@api.monite.com",
    ],
)
def test_the_scan_sees_what_it_is_for(text):
    real = "7f3b9e" + "02-41d8-4c6a-9b55-d0e1f2a3b4c5"
    assert next(iter(secrets_in(f"first\n{text.format(real)}")))[1] == 2
    assert list(secrets_in(text.format("{{ secret }}"))) == []
    assert list(secrets_in(text.format("••••••••"))) == []
    assert list(secrets_in(text.format("$MONITE_TOKEN"))) == []


def test_the_scan_sees_keys():
    begin = "-----BEGIN " + "PRIVATE KEY-----\n"
    assert list(secrets_in(begin + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC")) == [("a private key", 1)]
    assert list(secrets_in("AKIA" + "Q3EGRIFT7JUNK5XP")) == [("a cloud key", 1)]
