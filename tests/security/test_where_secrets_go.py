"""A secret goes only to the host that its own source names, the start environment, or a person."""

import itertools
import os
import subprocess
import sys
import textwrap
import types

import httpx
import pytest

from monite_magic.api.credentials import find_profile
from monite_magic.api.dotenv import find_dotenv
from monite_magic.cell.arguments import read_line
from monite_magic.cell.options import MAGICS
from monite_magic.core.environments import ENVIRONMENTS
from monite_magic.core.errors import CredentialsError, MoniteError
from monite_magic.jupyter import login_magics
from monite_magic.jupyter.frontend import FrontEnd
from monite_magic.session import Session

ID = "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1"
SECRET = "canary-secret-of-places"
PAIR = {"MONITE_CLIENT_ID": ID, "MONITE_CLIENT_SECRET": SECRET}
EVIL = "https://evil.example/v1"
SANDBOX = "api.sandbox.monite.com"


class Places:
    """Everything that a log-in can find, and a network that remembers which host was told the secret."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.patch = folder, monkeypatch
        self.hosts, self.asked, self.started = set(), [], {}
        for name in [name for name in os.environ if name.startswith("MONITE_")]:
            monkeypatch.delenv(name)
        folder.chmod(0o700)
        monkeypatch.chdir(folder)
        self.keyring("")
        monkeypatch.setattr("monite_magic.api.sources.start_environment", lambda: self.started)
        monkeypatch.setattr(
            "monite_magic.session.connections.open_transport", lambda _: httpx.MockTransport(self._answer)
        )

    def _answer(self, request):
        if SECRET.encode() in request.read() or SECRET in str(request.headers):
            self.hosts.add(request.url.host)
        return httpx.Response(200, json={"access_token": "t0ken", "expires_in": 1800, "data": []})

    def keyring(self, entry):
        fake = types.ModuleType("keyring")
        fake.get_password = lambda *_: entry or None
        self.patch.setitem(sys.modules, "keyring", fake)

    def put(self, source, values):
        """Put variables into a source; the keyring can hold a pair only."""
        if source == "keyring":
            self.keyring(f"{values['MONITE_CLIENT_ID']}:{values['MONITE_CLIENT_SECRET']}")
        elif source in {"start", "cell"}:
            if source == "start":
                self.started.update(values)
            for name, value in values.items():
                self.patch.setenv(name, value)
        else:
            path = self.folder / source
            old = path.read_text() if path.exists() else ""
            path.write_text(old + "".join(f"{name}={value}\n" for name, value in values.items()))
            path.chmod(0o600)

    def log_in(self, line="", person=None):
        """Log in as the magic does; `person` answers y or n to what is asked, or is None without a person.

        Returns what was shown, or the error.
        """

        def said(prompt):
            self.asked.append(prompt)
            return person

        self.patch.setattr("builtins.input", said)
        who = FrontEnd.TERMINAL if person else FrontEnd.NOBODY
        try:
            panel = login_magics.run(Session(), read_line(MAGICS["monite_login"], line), who)
        except MoniteError as error:
            return error
        return panel._repr_mimebundle_()["text/plain"]


@pytest.fixture
def places(tmp_path, monkeypatch):
    return Places(tmp_path, monkeypatch)


# -- every combination --------------------------------------------------------------------------------------

NAMES = [None, "sandbox", "eu"]
#: Spelling -> the host that it leads to.
URLS = {
    None: None,
    EVIL: "evil.example",
    "https://EVIL.example.:443/v1/": "evil.example",
    "https://ｅvil.example": "evil.example",
    "https://API.monite.com:443/v1": "api.monite.com",
    "https://api.sandbox.monite.com./v1": SANDBOX,
    "http://127.0.0.1:9/v1": "127.0.0.1",
}
PAIRS = ["keyring", "start", "cell", ".env", "team.env"]
SAYERS = ["option", "start", "cell", ".env"]
PERSONS = [None, "y", "n"]


def destination(name, url):
    """The host that name and URL make, or None if they contradict each other."""
    if url is None:
        return ENVIRONMENTS[name or "sandbox"].host
    host = URLS[url]
    known = {environment.host for environment in ENVIRONMENTS.values()}
    return None if name and host in known and host != ENVIRONMENTS[name].host else host


def expected(name, url, pair, sayer, person):
    """The hosts that may be told the secret; written from the rule, not from the code."""
    if sayer not in {"option", pair} and (sayer != "start" or pair == "team.env"):
        return {SANDBOX}  # what was said doesn't count
    there = destination(name, url)
    unconfirmed = sayer == "option" and there == "evil.example" and person != "y"
    return set() if there is None or unconfirmed else {there}


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("sayer", SAYERS)
def test_every_combination_sends_the_secret_where_it_may_go(places, monkeypatch, tmp_path, pair, sayer):
    for number, (name, url, person) in enumerate(itertools.product(NAMES, URLS, PERSONS)):
        if name is url is None:
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        with monkeypatch.context() as patch:
            places = Places(folder, patch)
            places.put(pair, PAIR)
            line = f"--dotenv {pair}" if pair == "team.env" else ""
            if sayer == "option":
                line += f" --env {name}" if name else ""
                line += f" --base-url {url}" if url else ""
            else:
                given = {"MONITE_ENV": name, "MONITE_BASE_URL": url}
                places.put(sayer, {key: value for key, value in given.items() if value})
            shown = places.log_in(line, person)
        case = f"{name} {url} from {sayer}, the pair from {pair}, person {person}: {shown}"
        wanted = expected(name, url, pair, sayer, person)
        assert places.hosts == wanted, case
        asks = sayer == "option" and URLS[url] == "evil.example"
        assert bool(places.asked) == (asks and person is not None), case


# -- single rules -------------------------------------------------------------------------------------------


def test_a_stray_file_with_a_url_gets_nothing_and_the_panel_says_so(places):
    places.put("keyring", PAIR)
    places.put(".env", {"MONITE_BASE_URL": EVIL, "MONITE_INSECURE_HTTP": "1"})
    shown = " ".join(places.log_in().split())
    assert places.hosts == {SANDBOX}
    assert (
        "Ignored MONITE_BASE_URL, MONITE_INSECURE_HTTP in .env: the credentials come from the keyring."
        in shown
    )


def test_a_stray_insecure_switch_lets_no_url_of_the_start_be_plain(places):
    places.put("start", {**PAIR, "MONITE_BASE_URL": "http://inside.example/v1"})
    places.put("cell", {"MONITE_INSECURE_HTTP": "1"})
    assert "Plain http to inside.example" in str(places.log_in())
    assert places.hosts == set()


def test_what_a_cell_changed_is_ignored_and_said(places):
    places.put("start", PAIR)
    places.put("cell", {"MONITE_BASE_URL": EVIL})
    shown = " ".join(places.log_in().split())
    assert places.hosts == {SANDBOX}
    assert "Ignored MONITE_BASE_URL set in this kernel: the credentials come from the environment." in shown


def test_a_cell_that_changes_the_id_alone_does_not_get_the_secret(places):
    places.put("start", PAIR)
    places.put("cell", {"MONITE_CLIENT_ID": ID.replace("5", "6"), "MONITE_BASE_URL": EVIL})
    places.log_in()
    assert "evil.example" not in places.hosts


def test_a_cell_does_not_take_the_place_away_from_the_pair_of_the_start(places):
    places.put("start", {**PAIR, "MONITE_BASE_URL": "https://gateway.example/v1"})
    places.patch.delenv("MONITE_BASE_URL")
    places.log_in()
    assert places.hosts == {"gateway.example"}


def test_a_pair_of_a_cell_goes_where_the_start_says(places):
    places.put("start", {"MONITE_BASE_URL": "https://gateway.example/v1"})
    places.put("cell", PAIR)
    places.log_in()
    assert places.hosts == {"gateway.example"}


@pytest.mark.parametrize("blanks", ["", " ", "\t\n"])
@pytest.mark.parametrize("profile", ["", "ACME_"])
def test_a_cell_that_copies_the_secret_of_the_start_can_t_choose_its_host(places, blanks, profile):
    places.put("start", PAIR)
    copy = {name.replace("MONITE_", f"MONITE_{profile}"): value for name, value in PAIR.items()}
    secret = f"MONITE_{profile}CLIENT_SECRET"
    places.put("cell", {**copy, secret: blanks + SECRET + blanks, f"MONITE_{profile}BASE_URL": EVIL})
    places.log_in("--profile acme" if profile else "")
    assert places.hosts == {SANDBOX}


def test_a_pair_for_another_profile_stays_with_its_own_place(places):
    places.put(".env", {"MONITE_BASE_URL": EVIL, "MONITE_ACME_ENV": "eu"})
    places.put(".env", {name.replace("MONITE_", "MONITE_ACME_"): value for name, value in PAIR.items()})
    places.log_in("--profile acme")
    assert places.hosts == {"api.monite.com"}


@pytest.mark.parametrize(
    "url",
    [EVIL, "https://api.monite.com.evil.example", "https://xn--mnite-7ta.example", "https://mönite.example"],
)
def test_a_host_by_option_asks_in_clear_and_in_punycode(places, url):
    places.put("keyring", PAIR)
    assert "are not for" in str(places.log_in(f"--base-url {url}", "n"))
    (asked,) = places.asked
    host = httpx.URL(url).raw_host.decode()
    assert f"Send your client secret to {host}?" in asked
    assert ("Reads as" in asked) == ("xn--" in host)
    assert places.hosts == set()


def test_a_confirmed_host_is_remembered_for_the_session(places, monkeypatch):
    places.put("keyring", PAIR)
    session = Session()
    line = read_line(MAGICS["monite_login"], f"--base-url {EVIL}")
    answers = ["y"]
    monkeypatch.setattr("builtins.input", lambda _: answers.pop())
    login_magics.run(session, line, FrontEnd.TERMINAL)
    assert places.hosts == {"evil.example"}
    login_magics.run(session, line, FrontEnd.NOBODY)  # asks nobody
    with pytest.raises(MoniteError, match=r"are not for evil\.example"):
        login_magics.run(Session(), line, FrontEnd.NOBODY)


def test_the_session_itself_refuses_an_unconfirmed_host(places):
    places.put("keyring", PAIR)
    with pytest.raises(MoniteError, match=r"are not for evil\.example\. Nothing was sent"):
        Session().log_in(find_profile(base_url=EVIL))
    assert places.hosts == set()


# -- a real process -----------------------------------------------------------------------------------------


def test_a_real_process_knows_what_it_started_with(tmp_path):
    program = """
        import os
        os.environ["MONITE_BASE_URL"] = "https://evil.example/v1"
        from monite_magic.api import find_profile
        profile = find_profile(keyring=False)
        print(profile.environment.host, *profile.notes, sep="|")
    """
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MONITE_")}
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**environ, **PAIR, "MONITE_ENV": "eu"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    note = "Ignored MONITE_BASE_URL set in this kernel: the credentials come from the environment."
    expected_host = "api.monite.com" if sys.platform == "linux" else ran.stdout.partition("|")[0]
    assert ran.stdout.strip().partition("|") == (expected_host, "|", note)


# -- which files are believed -------------------------------------------------------------------------------

posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX")
as_root = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can give files to others"
)


@pytest.fixture
def stray(places):
    """A `.env` that has a pair and names its own host."""
    places.put(".env", {**PAIR, "MONITE_BASE_URL": EVIL})
    return places.folder / ".env"


def passed_over(places, reason):
    problem = places.log_in()
    assert isinstance(problem, CredentialsError)
    assert f"Skipped .env: {reason}." in str(problem)
    assert places.hosts == set()


def test_a_file_of_one_s_own_is_believed(places, stray):
    places.log_in()
    assert places.hosts == {"evil.example"}


@as_root
def test_a_file_of_another_user_is_passed_over(places, stray):
    os.chown(stray, 12345, -1)
    passed_over(places, "it belongs to another user")


@as_root
def test_root_believes_the_owner_of_the_notebook_s_folder_and_not_itself(places, stray):
    os.chown(places.folder, 12345, -1)
    passed_over(places, "it belongs to another user")
    os.chown(stray, 12345, -1)
    places.log_in()
    assert places.hosts == {"evil.example"}


@posix
def test_a_file_or_folder_that_everyone_can_write_is_passed_over(places, stray):
    stray.chmod(0o602)
    passed_over(places, "it can be written by everyone")
    stray.chmod(0o600)
    for mode in (0o777, 0o703, 0o1777):
        places.folder.chmod(mode)
        passed_over(places, "its folder can be written by everyone")


@as_root
@pytest.mark.parametrize("what", ["it", "its folder"])
def test_a_group_counts_only_if_it_has_other_members(places, stray, monkeypatch, what):
    grp, pwd = pytest.importorskip("grp"), pytest.importorskip("pwd")
    members = ["root", "colleague"]
    group = types.SimpleNamespace(gr_mem=members)
    monkeypatch.setattr(grp, "getgrgid", lambda _: group)
    monkeypatch.setattr(pwd, "getpwall", lambda: [pwd.getpwuid(0)])
    path = stray if what == "it" else places.folder
    os.chown(path, -1, 4321)
    path.chmod(path.stat().st_mode | 0o020)
    passed_over(places, f"{what} can be written by a group with other members")
    members.remove("colleague")
    places.log_in()
    assert places.hosts == {"evil.example"}


@as_root
def test_a_group_that_nobody_can_look_up_counts_as_shared(places, stray):
    os.chown(stray, -1, 54321)
    stray.chmod(0o660)
    passed_over(places, "it can be written by a group with other members")


@posix
def test_the_folder_of_a_link_s_target_counts_too(places, stray):
    shared = places.folder / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    stray.rename(shared / "real.env")
    stray.symlink_to(shared / "real.env")
    passed_over(places, "its folder can be written by everyone")
    shared.chmod(0o700)
    places.log_in()
    assert places.hosts == {"evil.example"}


@posix
@pytest.mark.parametrize("what", ["it", "its folder"])
def test_a_named_file_that_others_can_write_names_no_unknown_host(places, what):
    places.put("team.env", {**PAIR, "MONITE_BASE_URL": EVIL, "MONITE_PRODUCTION": "0"})
    (places.folder / "team.env").chmod(0o602 if what == "it" else 0o600)
    places.folder.chmod(0o777 if what == "its folder" else 0o700)
    said = " ".join(places.log_in("--dotenv team.env").split())
    assert f"MONITE_BASE_URL, MONITE_PRODUCTION in team.env: {what} can be written by everyone." in said
    assert places.hosts == {SANDBOX}
    places.log_in(f"--dotenv team.env --base-url {EVIL}", person="n")
    assert len(places.asked) == 1  # what the file says confirms nothing
    assert places.hosts == {SANDBOX}


@posix
@pytest.mark.parametrize("place", [{"MONITE_BASE_URL": "http://127.0.0.1:9/v1"}, {"MONITE_ENV": "eu"}])
def test_a_named_file_that_others_can_write_may_name_a_known_host(places, place):
    places.put("team.env", {**PAIR, **place})
    (places.folder / "team.env").chmod(0o602)
    places.log_in("--dotenv team.env")
    assert places.hosts == {"127.0.0.1" if "MONITE_BASE_URL" in place else "api.monite.com"}


@posix
def test_a_named_file_in_a_folder_such_as_tmp_is_believed(places):
    places.put("team.env", {**PAIR, "MONITE_BASE_URL": EVIL})
    places.folder.chmod(0o1777)
    places.log_in("--dotenv team.env")
    assert places.hosts == {"evil.example"}


def test_what_is_passed_over_is_said_beside_another_pair(places, stray):
    stray.chmod(0o606)
    places.put("keyring", PAIR)
    assert "Skipped .env: it can be written by everyone." in " ".join(places.log_in().split())
    assert places.hosts == {SANDBOX}


def below(folder):
    """A notebook's folder three levels down, with a `.env` on top."""
    deep = folder / "a" / "b" / "c"
    deep.mkdir(parents=True)
    for each in (folder, *folder.glob("**/*")):
        each.chmod(0o700)
    (folder / ".env").write_text("X=1\n")
    (folder / ".env").chmod(0o600)
    return deep


@pytest.fixture
def _homeless(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))


@pytest.mark.usefixtures("_homeless")
@pytest.mark.parametrize("mark", [".git", "pyproject.toml"])
def test_the_search_ends_at_the_first_mark_of_a_project(tmp_path, mark):
    deep = below(tmp_path)
    assert find_dotenv(deep) is None  # no mark: this folder alone
    (tmp_path / mark).touch()
    assert find_dotenv(deep) == (tmp_path / ".env").resolve()
    (tmp_path / "a" / "b" / mark).touch()
    assert find_dotenv(deep) is None


def test_the_search_ends_at_the_home_folder_and_never_goes_above(tmp_path, monkeypatch):
    deep = below(tmp_path)
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "a"))
    assert find_dotenv(deep) is None
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".git").rmdir()
    assert find_dotenv(deep) == (tmp_path / ".env").resolve()


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_a_home_that_is_a_link_is_the_folder_behind_it(tmp_path, monkeypatch):
    deep = below(tmp_path)
    (tmp_path / ".git").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "a", target_is_directory=True)
    monkeypatch.setenv("HOME", str(link))
    assert find_dotenv(deep) is None


@pytest.mark.usefixtures("_homeless")
def test_a_file_that_is_passed_over_does_not_end_the_search(tmp_path):
    deep = below(tmp_path)
    (tmp_path / ".git").mkdir()
    (deep / ".env").write_text("X=2\n")
    (deep / ".env").chmod(0o666)
    said = []
    assert find_dotenv(deep, said) == (tmp_path / ".env").resolve()
    assert said == ["Skipped .env: it can be written by everyone."]


# -- nothing is run -----------------------------------------------------------------------------------------


def test_logging_in_starts_no_program(places, stray, monkeypatch):
    (places.folder / ".git").mkdir()
    mark = places.folder / "ran"
    (places.folder / ".git" / "config").write_text(
        f"[core]\n\trepositoryformatversion = 0\n\tfsmonitor = touch {mark}; false\n"
    )
    (places.folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    for name in ("objects", "refs"):
        (places.folder / ".git" / name).mkdir()
    started = []

    def refused(*arguments, **_):
        started.append(arguments)
        raise OSError("no program may be started")

    for name in ("system", "posix_spawn", "posix_spawnp", "fork"):
        if hasattr(os, name):
            monkeypatch.setattr(os, name, refused)
    monkeypatch.setattr(subprocess, "Popen", refused)
    shown = places.log_in()
    assert places.hosts == {"evil.example"}
    assert started == []
    assert not mark.exists()
    assert ".env is not ignored by git" in shown


def test_without_proc_the_variables_are_those_of_loading():
    code = textwrap.dedent("""
        import os, pathlib
        from IPython.core.interactiveshell import InteractiveShell

        def without_proc(path):
            raise FileNotFoundError(path)

        shell = InteractiveShell.instance()
        shell.run_line_magic("load_ext", "monite_magic")
        os.environ["MONITE_BASE_URL"] = "https://evil.example/v1"
        from monite_magic.api import sources
        pathlib.Path.read_bytes = without_proc
        print(dict(sources.start_environment()))
    """)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MONITE_")}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**environ, "MONITE_PROFILE": "one"},
    )
    assert ran.stdout.strip() == "{'MONITE_PROFILE': 'one'}"
