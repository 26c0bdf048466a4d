"""A note, once, before real credentials are given to a kernel that runs on somebody else's machine."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Final

from monite_magic.core import is_loopback, origin_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.core import Environment

#: Variables that hosts set, and the names of the hosts. The first that is set counts: Kaggle's images set
#: Colab's too, and Binder is a JupyterHub.
HOSTS: Final = (
    ("KAGGLE_KERNEL_RUN_TYPE", "Kaggle"),
    ("COLAB_RELEASE_TAG", "Google Colab"),
    ("COLAB_GPU", "Google Colab"),
    ("BINDER_LAUNCH_HOST", "Binder"),
    ("BINDER_REPO_URL", "Binder"),
    ("BINDER_SERVICE_HOST", "Binder"),
    ("CODESPACES", "GitHub Codespaces"),
    ("GITPOD_WORKSPACE_ID", "Gitpod"),
    ("DEEPNOTE_PROJECT_ID", "Deepnote"),
    ("DATALORE_USER", "Datalore"),
    ("DATABRICKS_RUNTIME_VERSION", "Databricks"),
    ("SAGEMAKER_INTERNAL_IMAGE_URI", "Amazon SageMaker"),
    ("JUPYTERHUB_API_URL", "a JupyterHub"),
)

_told = False


def host_of(variables: Mapping[str, str]) -> str | None:
    """Return what this kernel runs on, if that is a service others run; None if nothing says so."""
    return next((name for variable, name in HOSTS if variable in variables), None)


def warn_once(environment: Environment) -> None:
    """Say before the first log-in with real credentials that others run this kernel, if they do."""
    global _told
    host = host_of(os.environ)
    is_real = not environment.simulated and not is_loopback(origin_of(environment.base_url)[1])
    if host is None or _told or not is_real:
        return
    _told = True
    what = f"This kernel runs on {host}. Whoever runs or shares it can read what you log in with."
    how = (
        "Use credentials of the sandbox, or %monite_login --env local; run %monite_logout when you are done."
    )
    _show(what, how)


def _show(what: str, how: str) -> None:
    from IPython.core.getipython import get_ipython

    if get_ipython() is None:
        warnings.warn(f"{what} {how}", stacklevel=4)
        return
    from IPython.display import display

    from monite_magic.display import panel

    display(panel("Before you log in", tone="warning", notes=[what, how]))  # type: ignore[no-untyped-call]
