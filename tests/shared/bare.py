"""What a person has who starts with nothing."""

import os

PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}


def bare_environ(folder, **more):
    """An environment without credentials, proxies and keyring; IPython keeps its files in the folder."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MONITE_") and name.lower() not in PROXIES
    }
    return {
        **kept,
        "IPYTHONDIR": str(folder / ".ipython"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        **more,
    }
