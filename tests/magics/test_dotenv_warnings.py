"""What is wrong with a `.env` reaches the person who logs in with it."""

from __future__ import annotations

import subprocess


def test_a_file_that_others_read_and_git_tracks(kernel, server, variables, folder):
    own = folder / "tracked"
    own.mkdir()
    lines = {**variables, "MONITE_BASE_URL": server.url}
    (own / ".env").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    (own / ".env").chmod(0o644)
    for command in (["init", "-q"], ["add", "-f", ".env"]):
        subprocess.run(["git", *command], cwd=own, check=True)
    kernel.good(f"os.chdir({str(own)!r})")
    ran = kernel.good("%monite_login")
    for words in (".env can be read by other users of this machine", ".env is tracked by git"):
        assert words in ran.text
        assert words in ran.html
    (own / ".env").chmod(0o600)
    subprocess.run(["git", "rm", "-q", "--cached", ".env"], cwd=own, check=True)
    (own / ".gitignore").write_text(".env\n")
    said = kernel.good("%monite_login").text
    assert "git" not in said
    assert "other users" not in said
