"""On machines that others run, the first log-in with real credentials says so, once."""

from __future__ import annotations

import httpx
import pytest

import monite_magic
from monite_magic.core.environments import ENVIRONMENTS, find_environment
from monite_magic.jupyter import hosted

CLIENT_ID = "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1"
SANDBOX = ENVIRONMENTS["sandbox"]


@pytest.fixture(autouse=True)
def afresh(monkeypatch):
    monkeypatch.setattr(hosted, "_warned", False)
    for variable, _ in hosted.HOSTS:
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"BINDER_LAUNCH_HOST": "https://mybinder.org/", "JUPYTERHUB_API_URL": "http://hub"}, "Binder"),
        ({"COLAB_RELEASE_TAG": "release-colab", "COLAB_GPU": ""}, "Google Colab"),
        ({"COLAB_RELEASE_TAG": "x", "KAGGLE_KERNEL_RUN_TYPE": "Interactive"}, "Kaggle"),
        ({"CODESPACES": "true"}, "GitHub Codespaces"),
        ({"COCALC_PROJECT_ID": "x", "JUPYTERHUB_API_URL": "http://hub"}, "CoCalc"),
        ({"VERTEX_PRODUCT": "COLAB_ENTERPRISE"}, "Google Vertex AI"),
        ({"REPL_ID": "x"}, "Replit"),
        ({"JUPYTERHUB_API_URL": "http://hub"}, "a JupyterHub"),
        ({"HOME": "/home/me"}, None),
    ],
)
def test_hosts_are_known_by_what_they_set(variables, name):
    assert hosted.host_of(variables) == name


def test_it_is_said_once_and_for_real_credentials_alone(monkeypatch, recwarn):
    hosted.warn_once(SANDBOX)
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "https://mybinder.org/")
    hosted.warn_once(ENVIRONMENTS["local"])
    hosted.warn_once(find_environment(base_url="http://127.0.0.1:8123/v1"))
    assert not recwarn.list
    hosted.warn_once(SANDBOX)
    assert "runs on Binder" in str(recwarn.pop(UserWarning).message)
    hosted.warn_once(SANDBOX)
    assert not recwarn.list


@pytest.mark.parametrize("chosen", ["sandbox", "local"])  # another can be chosen in the form
def test_a_notebook_says_it_above_the_form(kernel, chosen):
    kernel.good("import os\nos.environ['BINDER_LAUNCH_HOST'] = 'https://mybinder.org/'")
    kernel.good("%load_ext monite_magic\n%monite_login --env local")
    assert "runs on Binder" not in "".join(kernel.said)
    kernel.good(f"%monite_login --form --env {chosen}")
    said = "".join(kernel.said)
    assert said.count("This kernel runs on Binder.") >= 1
    assert said.index("This kernel runs on Binder.") < said.index("Client secret")
    before = len(kernel.said)
    kernel.good(f"%monite_login --form --env {chosen}")
    assert "runs on Binder" not in "".join(kernel.said[before:])


@pytest.mark.parametrize("line", ["%monite_use --env sandbox", "%monite_history replay last --env sandbox"])
def test_it_is_said_before_credentials_leave_by_a_switch_or_a_replay(kernel, line):
    away = {"BINDER_LAUNCH_HOST": "x", "HTTPS_PROXY": "http://127.0.0.1:9", "MONITE_CLIENT_ID": CLIENT_ID}
    kernel.good(f"import os\nos.environ.update({away})\nos.environ['MONITE_CLIENT_SECRET'] = 'x' * 40")
    kernel.good("%load_ext monite_magic\n%monite_login --env local\n%monite GET /tags")
    assert "runs on Binder" not in "".join(kernel.said)
    kernel.run(line)
    assert "127.0.0.1:9" in kernel.said[-2], kernel.said[-2]  # the exchange was tried, at the dead proxy
    assert "This kernel runs on Binder." in "".join(kernel.said)


def test_a_client_of_its_own_says_it_too(monkeypatch, recwarn):
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "x")
    monkeypatch.setenv("MONITE_ENV", "sandbox")
    monkeypatch.setenv("MONITE_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("MONITE_CLIENT_SECRET", "s3cret-of-connect")
    exchanged = httpx.MockTransport(
        lambda _: httpx.Response(200, json={"access_token": "t0ken-of-connect", "expires_in": 1800})
    )
    monkeypatch.setattr("monite_magic.session.connections.open_transport", lambda _: exchanged)
    monite_magic.connect()
    assert "runs on Binder" in str(recwarn.pop(UserWarning).message)
    monite_magic.connect()
    assert not recwarn.list
