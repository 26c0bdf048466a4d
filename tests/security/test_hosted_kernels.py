"""On machines that others run, the first log-in with real credentials says so, once."""

from __future__ import annotations

import pytest

from monite_magic.core.environments import ENVIRONMENTS, find_environment
from monite_magic.jupyter import hosted

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


def test_a_notebook_says_it_above_the_form(kernel):
    kernel.good("import os\nos.environ['BINDER_LAUNCH_HOST'] = 'https://mybinder.org/'")
    kernel.good("%load_ext monite_magic\n%monite_login --env local")
    assert "runs on Binder" not in "".join(kernel.said)
    kernel.good("%monite_login --form --env sandbox")
    said = "".join(kernel.said)
    assert said.count("This kernel runs on Binder.") >= 1
    assert said.index("This kernel runs on Binder.") < said.index("Client secret")
    before = len(kernel.said)
    kernel.good("%monite_login --form --env sandbox")
    assert "runs on Binder" not in "".join(kernel.said[before:])
