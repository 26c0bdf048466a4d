"""Reading and writing `.env`: nothing but the wanted values changes, and nothing is ever shown."""

import errno
import os
import shutil
import stat
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monite_magic.api.dotenv import DotenvConflict, exposure_notes, read_dotenv, write_dotenv
from monite_magic.core.errors import CredentialsError
from monite_magic.core.masking import Secret

SECRET = "canary-secret-7a1f"


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".env"


def test_a_dollar_is_a_dollar(path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/x")
    path.write_text("A=${HOME}\nB=\"$HOME\"\nC='a b' # note\nexport D=1\nA_B=x#y\n")
    assert read_dotenv(path) == {"A": "${HOME}", "B": "$HOME", "C": "a b", "D": "1", "A_B": "x#y"}


def test_windows_editors_are_fine(path):
    path.write_bytes(b"\xef\xbb\xbfA=1\r\nB=2\r\n")
    assert read_dotenv(path) == {"A": "1", "B": "2"}


@pytest.mark.parametrize(
    "bad",
    [
        SECRET,
        f"MONITE_CLIENT_SECRET: {SECRET}",
        f'MONITE_CLIENT_SECRET="{SECRET}',
        f"MONITE_CLIENT_SECRET='{SECRET}' {SECRET}",
        f'MONITE_CLIENT_SECRET="{SECRET}\nB="2"',
    ],
)
def test_a_malformed_line_is_named_by_its_number_only(path, bad):
    path.write_text(f"# comment\nA=1\n\n{bad}\nZ=1\n")
    with pytest.raises(CredentialsError, match=r"Line 4 of \.env is malformed\. Write NAME=value") as caught:
        read_dotenv(path)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value.__context__)


def test_an_export_without_a_value_is_shell_and_fine(path):
    path.write_text("A=1\nexport A\n")
    assert read_dotenv(path) == {"A": "1"}


def test_what_is_not_text_is_said(path):
    path.write_bytes(b"A=\xff\xfe")
    with pytest.raises(CredentialsError, match=r"\.env is not UTF-8"):
        read_dotenv(path)


def test_a_new_file_is_the_owners_alone(path):
    assert write_dotenv(path, {"A": "1", "S": Secret(SECRET), "EMPTY": ""}) == ()
    assert path.read_text() == f"A=1\nS={SECRET}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == [".env"]


def test_everything_else_stays_as_it_was(path):
    path.write_text(
        "# mine\n\nOTHER = 'x'  # why\nexport A= \"old\"   # keep me\n# A=commented\nB=\nC=same\n\n# end"
    )
    path.chmod(0o644)
    write_dotenv(path, {"A": "new value", "B": "2", "C": "same", "D": "4", "E": ""}, replace=True)
    assert path.read_text() == (
        "# mine\n\nOTHER = 'x'  # why\nexport A= 'new value'   # keep me\n# A=commented\n"
        "B=2\nC=same\n\n# end\nD=4\n"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_line_ends_stay_as_they_were(path):
    path.write_bytes(b"A=1\r\nB=2\r\n")
    write_dotenv(path, {"B": "3", "C": "4"}, replace=True)
    assert path.read_bytes() == b"A=1\r\nB=3\r\nC=4\r\n"


def test_every_line_of_a_name_gets_the_value(path):
    path.write_text("A=old\nB=1\nA=older\n")
    write_dotenv(path, {"A": "new"}, replace=True)
    assert path.read_text() == "A=new\nB=1\nA=new\n"


def test_replacing_needs_a_word_and_shows_names_only(path):
    text = f"A=1\nB={SECRET}\nC=3\nD=\n"
    path.write_text(text)
    with pytest.raises(DotenvConflict) as caught:
        write_dotenv(path, {"A": "9", "B": "other", "C": "3", "D": "4", "E": "5"})
    assert caught.value.names == ("A", "B")
    assert SECRET not in str(caught.value)
    assert path.read_text() == text
    write_dotenv(path, {"D": "4"})
    assert read_dotenv(path)["D"] == "4"


def test_the_same_again_closes_an_open_file(path):
    path.write_text("A=1\n")
    path.chmod(0o644)
    assert write_dotenv(path, {"A": "1"}) == ()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_malformed_file_is_not_written(path):
    path.write_text("A=1\nnonsense\n")
    with pytest.raises(CredentialsError, match="Line 2"):
        write_dotenv(path, {"B": "1"})
    assert path.read_text() == "A=1\nnonsense\n"


def test_a_link_stays_a_link(path, tmp_path):
    real = tmp_path / "real"
    real.write_text("A=1\n")
    path.symlink_to(real)
    write_dotenv(path, {"B": "2"})
    assert path.is_symlink()
    assert read_dotenv(real) == {"A": "1", "B": "2"}


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(CredentialsError, match=r"\.env can't be written: no such file"):
        write_dotenv(tmp_path / "gone" / ".env", {"A": "1"})


def test_a_folder_of_that_name_is_no_file(path):
    path.mkdir()
    with pytest.raises(CredentialsError, match="can't be read"):
        write_dotenv(path, {"A": "1"})


def test_a_failed_write_leaves_the_old_file_and_no_litter(path, monkeypatch):
    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    path.write_text("A=1\n")
    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(CredentialsError, match="can't be written: no space left"):
        write_dotenv(path, {"B": "2"})
    assert path.read_text() == "A=1\n"
    assert list(path.parent.iterdir()) == [path]


@example('"\\').via("an opening quote and a backslash")
@example('it\'s a "mix" \\')
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1))
def test_what_is_written_is_read_back(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("any") / ".env"
    for written in (value, "other", value):
        write_dotenv(path, {"A": written, "Z": "end"}, replace=True)
        assert read_dotenv(path) == {"A": written, "Z": "end"}


@pytest.mark.parametrize(("value", "written"), [("a$b", "'a$b'"), ("it's", "it's"), ("a b", "'a b'")])
def test_quotes_where_a_shell_needs_them(path, value, written):
    write_dotenv(path, {"A": value})
    assert path.read_text() == f"A={written}\n"


def test_a_line_break_is_refused(path):
    with pytest.raises(CredentialsError, match="copied exactly the value"):
        write_dotenv(path, {"A": "it's\ntwo"})


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
@pytest.mark.parametrize(("mode", "warned"), [(0o777, True), (0o1777, True), (0o755, False), (0o700, False)])
def test_a_file_that_a_log_in_would_pass_over_is_told_when_it_is_written(path, mode, warned):
    path.parent.chmod(mode)
    told = " ".join(write_dotenv(path, {"A": "1"}))
    assert ("skip .env: its folder can be written by everyone" in told) is warned


def test_a_browser_has_one_user(path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.delattr(os, "geteuid", raising=False)
    path.parent.chmod(0o777)
    assert write_dotenv(path, {"A": "1"}) == ()


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_git_is_asked_who_sees_the_file(path):
    def git(*command):
        subprocess.run(["git", "-C", path.parent, *command], check=True, capture_output=True)

    assert write_dotenv(path, {"A": "1"}) == ()
    git("init")
    assert "not ignored by git" in exposure_notes(path)[0]
    (path.parent / ".gitignore").write_text(".env\n")
    assert exposure_notes(path) == ()
    git("add", "--force", ".env")
    assert "tracked by git" in exposure_notes(path)[0]


def test_without_git_there_is_nothing_to_say(path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert write_dotenv(path, {"A": "1"}) == ()


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_file_whose_name_ends_the_same_is_another_and_a_worktree_has_an_index_of_its_own(path, tmp_path):
    def git(*command, at=path.parent):
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
        subprocess.run(["git", *identity, "-C", at, *command], check=True, capture_output=True)

    git("init")
    (path.parent / "test.env").write_text("A=1\n")
    (path.parent / ".gitignore").write_text(".env\n")
    git("add", "test.env")
    assert write_dotenv(path, {"A": "1"}) == ()
    git("commit", "-m", "x")
    git("worktree", "add", tmp_path / "tree")
    write_dotenv(tmp_path / "tree" / ".env", {"A": "1"})
    git("add", "--force", ".env", at=tmp_path / "tree")
    assert "tracked by git" in exposure_notes(tmp_path / "tree" / ".env")[0]
