"""The modes of the files that this package writes, and what they say of secrets in them."""

from __future__ import annotations

import os
import warnings

import pytest

from monite_magic import simulator
from monite_magic.api.credentials import Profile
from monite_magic.core.environments import LOCAL
from monite_magic.core.errors import SecretWarning
from monite_magic.core.sent import SentRequest
from monite_magic.session import session
from monite_magic.session.response import MoniteResponse
from monite_magic.tables.pull import pull

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


@pytest.fixture(autouse=True)
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode_of(path):
    return path.stat().st_mode & 0o777


def answer_of(content):
    return MoniteResponse(
        request=SentRequest("GET", LOCAL.base_url + "/x", "/x"),
        status=200, headers={"Content-Type": "application/json"},
        content=content, elapsed=0.1, environment=LOCAL,
    )  # fmt: skip


@pytest.mark.parametrize("before", [None, 0o644])
def test_a_saved_answer_is_for_its_owner(tmp_path, before):
    file = tmp_path / "answer.json"
    if before:
        file.write_text("something longer that was there before")
        file.chmod(before)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer_of(b'{"pagination_token": "x"}').save(file)
    assert file.read_bytes() == b'{"pagination_token": "x"}'
    assert mode_of(file) == 0o600


def test_a_saved_answer_with_a_secret_says_so(tmp_path):
    with pytest.warns(SecretWarning, match=r"webhook\.json contains an unmasked secret"):
        answer_of(b'{"secret": "canary-1"}').save(tmp_path / "webhook.json")
    assert mode_of(tmp_path / "webhook.json") == 0o600


@pytest.fixture
def logged_in():
    simulator.default().reset()
    session.current().log_in(Profile(None, LOCAL, None))
    yield session.current()
    session.current().log_out()


@pytest.mark.parametrize("name", ["session.har", "session.http", "session.json"])
def test_an_export_is_for_its_owner(logged_in, tmp_path, name):
    from monite_magic.cell.arguments import read_line
    from monite_magic.cell.options import MAGICS
    from monite_magic.jupyter import history_magics as history_face

    logged_in.call("GET", "/counterparts")
    (tmp_path / name).touch(0o644)
    history_face.export(logged_in, read_line(MAGICS["monite_export"], str(tmp_path / name)).fill({}))
    assert (tmp_path / name).stat().st_size > 100
    assert mode_of(tmp_path / name) == 0o600


@pytest.mark.parametrize(("folder", "file"), [(0o700, 0o600), (0o770, 0o660), (0o755, 0o644)])
def test_a_pull_follows_its_folder(logged_in, tmp_path, folder, file):
    pytest.importorskip("pyarrow")
    place = tmp_path / "data"
    place.mkdir()
    place.chmod(folder)
    pull("counterparts", client=logged_in.client, progress=False, to=str(place))
    made = list(place.rglob("*"))
    assert {mode_of(path) for path in made if path.is_file()} == {file}
    assert {mode_of(path) for path in made if path.is_dir()} == {folder}
    assert any(path.suffix == ".parquet" for path in made)


def test_a_pull_into_a_database_follows_its_folder(logged_in, tmp_path):
    pytest.importorskip("duckdb")
    tmp_path.chmod(0o770)
    pull("counterparts", client=logged_in.client, progress=False, to=str(tmp_path / "data.duckdb"))
    assert mode_of(tmp_path / "data.duckdb") == 0o660
