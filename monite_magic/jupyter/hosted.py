"""Warn once before you enter real credentials in a kernel on someone else's machine."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Final

from monite_magic.core import is_loopback, origin_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.core import Environment

#: Host names by the variables that they set. The first match counts, because Kaggle's images also set Colab's
#: variable, and Binder is a JupyterHub.
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
    ("VERTEX_PRODUCT", "Google Vertex AI"),
    ("COCALC_PROJECT_ID", "CoCalc"),
    ("REPL_ID", "Replit"),
    ("JUPYTERHUB_API_URL", "a JupyterHub"),
)

_warned = False


def host_of(variables: Mapping[str, str]) -> str | None:
    """Return the hosted service that this kernel runs on, or None if it isn't known to be hosted."""
    return next((name for variable, name in HOSTS if variable in variables), None)


def warn_once(environment: Environment) -> None:
    """Before the first login with real credentials, warn if someone else runs this kernel."""
    global _warned
    host = host_of(os.environ)
    is_real = not environment.simulated and not is_loopback(origin_of(environment.base_url)[1])
    if host is None or _warned or not is_real:
        return
    _warned = True
    what = f"This kernel runs on {host}. Anyone who runs or shares it can read the credentials you enter."
    how = "Use sandbox credentials or %monite_login --env local, and run %monite_logout when you are done."
    _show(what, how)


def _show(what: str, how: str) -> None:
    from IPython.core.getipython import get_ipython

    if get_ipython() is None:
        warnings.warn(f"{what} {how}", stacklevel=4)
        return
    from IPython.display import display

    from monite_magic.display import panel

    display(panel("Before you log in", tone="warning", notes=[what, how]))  # type: ignore[no-untyped-call]
