"""Canaries in every secret field of the API, sent and answered, through every door."""

from __future__ import annotations

import json

import pytest
import vendor

from monite_magic import catalogue
from monite_magic.core.secret_fields import SECRETS

MARK = "c4n4ry"
CLIENT_ID = "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1"

#: The secret fields of all versions; `test_secret_fields` holds them against the vendor's documents.
FIELDS = sorted(SECRETS)
SENT = {name: f"{MARK}-sent-{name}" for name in FIELDS}
ANSWERED = {name: f"{MARK}-answered-{name}" for name in FIELDS}


def test_the_fields_are_those_of_the_catalogue():
    found = {
        name
        for version in catalogue.versions()
        for name, schema in vendor.fields_of(vendor.packaged(version))
        if vendor.may_be_secret(name, schema)
    } & SECRETS.keys()
    assert len(found) >= 8
    assert found <= set(FIELDS)


@pytest.fixture
def at_work(kernel, canaries):
    def respond(status):
        def answer(handler):
            body = canaries.server.received[-1].body.decode("utf-8", "replace")
            said = f"{ANSWERED} {body}" if status >= 400 else ""
            content = {"data": [{"id": "1", **ANSWERED}], "nested": {"settings": ANSWERED}, "echo": body}
            # What an error says in prose is known by value alone: by what was sent, that is.
            content |= {"error": {"message": body, "fields": ANSWERED}} if said else {}
            headers = {f"X-{name.replace('_', '-')}": f"{MARK} {name}" for name in FIELDS}
            cookie = {"Set-Cookie": f"session={MARK}; Path=/", "X-Api-Key": f"{MARK} k2"}
            canaries._send(handler, status, json.dumps(content).encode(), headers={**headers, **cookie})

        return answer

    canaries.server.does("/v1/all", respond(200))
    canaries.server.does("/v1/refused", respond(422))
    canaries.server.answers("/v1/once", {"secret": f"{MARK}-answered-once"})
    (kernel.folder / "own.env").write_text(
        f"MONITE_CLIENT_ID={CLIENT_ID}\nMONITE_CLIENT_SECRET={MARK}-secret-of-file\n"
    )
    (kernel.folder / "sent.json").write_text(json.dumps(SENT))
    kernel.good(
        "%load_ext monite_magic\n%xmode Verbose\nimport json, pathlib, pickle, watch\n"
        "watch.start(get_ipython())\nimport monite_magic\n"
        "sent = json.loads(pathlib.Path('sent.json').read_text())\n"
        "globals().update({f'a_{name}': value for name, value in sent.items()})"
    )
    kernel.good(f"%monite_login --dotenv own.env --base-url {canaries.url}")
    return kernel


BODY = json.dumps({name: f"{{{{ a_{name} }}}}" for name in FIELDS}, indent=1)


def test_every_secret_field_through_every_door(at_work, canaries):
    kernel = at_work
    kernel.good(f"%%monite POST /all --no-check\n{BODY}")
    kernel.good(f"%%monite POST /all --no-check --raw\n{BODY}")
    kernel.good(f"%%monite POST /all --no-check -o answer\n{BODY}")
    carried = json.loads(canaries.server.received[-1].body)
    assert carried == SENT
    for form in ("--dry-run", "--as curl", "--as httpx", "--as http", "--as sdk"):
        kernel.run(f"%%monite POST /all --no-check {form}\n{BODY}")
    kernel.bad(f"%%monite POST /refused --no-check\n{BODY}")
    kernel.good("answer\n")
    kernel.good("answer.data, answer.items, answer.text, answer.headers, answer.request, repr(answer)")
    kernel.good("answer.df(), answer.df().to_csv(), answer.curl()")
    kernel.good("pickle.loads(pickle.dumps(answer)).text, str(pickle.loads(pickle.dumps(answer)).data)")
    assert kernel.value("watch.MARK.encode() in pickle.dumps(answer)") == "False"
    kernel.good("%monite GET /all")
    kernel.good("%monite_history")
    for number in range(1, 6):
        kernel.good(f"%monite_history show {number}")
    kernel.good("%monite_history diff 1 4")
    for name in ("session.har", "session.http", "session.json"):
        kernel.good(f"%monite_export {name}")
        assert MARK not in (kernel.folder / name).read_text()
    for name in FIELDS:
        before = len(canaries.server.received)
        kernel.bad(f"%monite GET /all -q {name}={{{{ a_{name} }}}}")
        assert len(canaries.server.received) == before, "no secret goes into a URL"
    kernel.good("monite_magic.current_client().get('/once').save('answer.json')")
    assert MARK in (kernel.folder / "answer.json").read_text()
    assert (kernel.folder / "answer.json").stat().st_mode & 0o777 == 0o600
    assert "SecretWarning" in "".join(kernel.said[-6:])
    assert kernel.value("watch.found(watch.log.getvalue())") == "[]"


def test_a_secret_field_that_is_typed_is_refused_and_not_kept(at_work, canaries):
    kernel = at_work
    before = len(canaries.server.received)
    for name in FIELDS:
        for value in (f"{MARK}-4y7x-{name}", f"{MARK} 4y7x"):
            kernel.bad("%%monite POST /all --no-check\n" + json.dumps({name: value}))
            kernel.bad("%%monite POST /all --no-check\n" + json.dumps({"a": {name: value}}, indent=1))
        kernel.bad(f"%monite GET /all?{name}={MARK}-4y7x")
    assert len(canaries.server.received) == before
    for name in ("In", "_ih", "_i", "_ii", "_iii"):
        assert kernel.value(f"watch.found(globals().get({name!r}))") == "[]", name
    kernel.good("%save -f saved.py 1-999")
    assert MARK not in (kernel.folder / "saved.py").read_text()
