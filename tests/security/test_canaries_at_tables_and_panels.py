"""Canaries through pushes, pulls, the explorer, the watch and borrowed clients."""

from __future__ import annotations

import json
import zipfile

import pytest

from monite_magic.core.secret_fields import SECRETS

MARK = "c4n4ry"
CLIENT_ID = "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1"
ENTITY = "11111111-1111-4111-8111-111111111111"
FIELDS = sorted(SECRETS)
SENT = {name: f"{MARK}-sent-{name}" for name in FIELDS}
ANSWERED = {name: f"{MARK}-answered-{name}" for name in FIELDS}
PLAID = {
    **dict.fromkeys(
        ("account.id", "account.mask", "account.name", "institution.id", "institution.name"), "x"
    ),
    "mandate.email": "a@b.example",
    "mandate.signatory": "x",
    "mandate.type": "us_ach_debit",
    "mandate.version": "1.0",
}

pytestmark = pytest.mark.slow


@pytest.fixture
def at_work(kernel, canaries):
    def own_token():
        return f"{MARK}-token-{canaries.tokens}"

    def answer(status=200):
        def respond(handler):
            got = canaries.server.received[-1]
            body = got.body.decode("utf-8", "replace")
            row = {
                "id": ENTITY,
                "name": f"Row of {own_token()}",
                "currency": "EUR",
                "status": "draft",
                **ANSWERED,
            }
            content = {**row, "data": [row], "settings": ANSWERED, "echo": f"{body} {own_token()}"}
            if status >= 400:
                content["error"] = {"message": f"{body} {own_token()}", "fields": ANSWERED}
            headers = {"X-Echo": own_token(), "Set-Cookie": f"session={MARK}", "x-request-id": own_token()}
            canaries._send(handler, status, json.dumps(content).encode(), headers=headers)

        return respond

    def events(handler):
        number = len(canaries.server.received)
        row = {"id": str(number), "created_at": f"2026-01-01T00:{number:02d}:00Z", "action": own_token()}
        event = {**row, "object_type": "payable", "object": {"id": own_token()}, **ANSWERED}
        canaries._send(handler, 200, json.dumps({"data": [event]}).encode())

    for path in ("payables", "tags", f"payables/{ENTITY}", "bank_accounts/complete_verification"):
        canaries.server.does(f"/v1/{path}", answer(201 if path == "tags" else 200))
    canaries.server.does("/v1/products", answer(422))
    canaries.server.does("/v1/events", events)
    (kernel.folder / "own.env").write_text(
        f"MONITE_CLIENT_ID={CLIENT_ID}\nMONITE_CLIENT_SECRET={MARK}-secret-of-file\nMONITE_ENTITY_ID={ENTITY}\n"
    )
    (kernel.folder / "sent.json").write_text(json.dumps(SENT))
    columns = {"name": ["one", "two"], **{name: [value, f"{value}-2"] for name, value in SENT.items()}}
    lines = [",".join(columns), *(",".join(row) for row in zip(*columns.values(), strict=True))]
    (kernel.folder / "rows.csv").write_text("\n".join(lines))
    kernel.good(
        "%load_ext monite_magic\n%xmode Verbose\nimport json, pathlib, watch\nwatch.start(get_ipython())\n"
        "import monite_magic\nsent = json.loads(pathlib.Path('sent.json').read_text())"
    )
    kernel.good(f"%monite_login --dotenv own.env --base-url {canaries.url}")
    return kernel


def check_files(folder, *patterns):
    """Each file has mode 0600 and no canary, neither plain nor in the parts of a workbook."""
    found = [path for pattern in patterns for path in folder.glob(pattern)]
    assert len(found) >= len(patterns), found
    for path in found:
        assert path.stat().st_mode & 0o077 == 0, path
        assert MARK.encode() not in path.read_bytes(), path
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as archive:
                assert all(MARK.encode() not in archive.read(name) for name in archive.namelist()), path


def check_nothing_is_left(kernel):
    assert kernel.value("watch.found(watch.log.getvalue())") == "[]"
    assert kernel.value("[leak for leak in watch.leaks]") == "[]"


def test_pushes(at_work, canaries):
    kernel = at_work
    kernel.good("%monite_push POST /tags rows.csv -o plan")
    kernel.good("plan, plan.df(), plan.problems, repr(plan)")
    kernel.good("%monite_push POST /tags rows.csv --send -o pushed")
    kernel.good("pushed, pushed.df(), repr(pushed), pushed.ids")
    assert len(canaries.server.calls("/v1/tags")) == 2
    check_files(kernel.folder, "rows.push-journal*", "rows.result.*")
    kernel.run(
        "%monite_push POST /products rows.csv --send --set currency=EUR --set price=1 --set type=product"
    )
    kernel.run("%monite_push POST /products rows.csv")
    # A secret that the API takes is sent, and shown nowhere.
    sets = " ".join(f"--set airwallex_plaid.{name}={value}" for name, value in PLAID.items())
    kernel.run(
        '%monite_push POST /bank_accounts/complete_verification rows.csv --map "public_token='
        f'airwallex_plaid.public_token" --map name= --set type=airwallex_plaid {sets} --send'
    )
    before = len(canaries.server.received)
    kernel.bad(f"%monite_push POST /tags rows.csv --send --set airwallex_plaid.public_token={MARK}-typed")
    assert len(canaries.server.received) == before
    assert canaries.server.calls("/v1/bank_accounts/complete_verification")
    check_files(kernel.folder, "*.push-journal", "*.result.*")
    check_nothing_is_left(kernel)


def test_borrowed_clients(at_work, canaries):
    kernel = at_work
    kernel.good("with monite_magic.httpx_client() as client:\n    got = client.post('/tags', json=sent)")
    kernel.good("with monite_magic.httpx_client() as client:\n    got = client.post('/products', json=sent)")
    kernel.good(
        "with monite_magic.httpx_client() as client, client.stream('GET', '/payables') as got:\n"
        "    next(got.iter_bytes())"
    )
    kernel.good(
        "async with monite_magic.async_client() as client:\n    got = await client.post('/tags', json=sent)"
    )
    assert len(canaries.server.calls("/v1/tags")) == 2
    kernel.good("%monite_history")
    for number in (1, 2, 3):
        kernel.good(f"%monite_history show {number}")
        kernel.run(f"%monite_explore --from {number}")
    for name in ("all.har", "all.http", "all.json"):
        kernel.good(f"%monite_export {name}")
    check_files(kernel.folder, "all.har", "all.http", "all.json")
    check_nothing_is_left(kernel)


def test_the_explorer_and_the_watch(at_work, canaries):
    kernel = at_work
    kernel.has_person = True
    kernel.good("%monite_explore GET /payables")
    kernel.click("Send")
    assert len(canaries.server.calls("/v1/payables")) == 1
    kernel.type("Use as", "kept")
    kernel.click("Keep")
    kernel.good("kept")
    kernel.click("Open")
    kernel.click("Send")
    assert len(canaries.server.calls(f"/v1/payables/{ENTITY}")) == 1
    kernel.good("seen = %monite_watch --for 5\nseen")
    kernel.good("import asyncio; await asyncio.sleep(7)")
    assert int(kernel.value("len(seen.events)")) > 0
    kernel.good("%monite_watch stop")
    check_nothing_is_left(kernel)


def test_pulls_and_sql(at_work):
    kernel = at_work
    kernel.good("%monite_pull payables --to books.parquet -o books")
    kernel.good("books\nmonite_magic.sql('SELECT * FROM payables')")
    kernel.good("%monite GET /payables -o bills")
    kernel.good("monite_magic.sql('SELECT * FROM bills')")
    files = [path for path in (kernel.folder / "books.parquet").rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert MARK.encode() not in path.read_bytes(), path
    check_nothing_is_left(kernel)
