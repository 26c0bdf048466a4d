"""The kernel's session: who is logged in, where calls go, and how a call is made.

This room doesn't import IPython. It describes questions to the user; `monite_magic.jupyter` asks them.
"""

from __future__ import annotations

from monite_magic.session.confirming import Confirm, Question
from monite_magic.session.paging import all_pages
from monite_magic.session.profiles import unconfirmed_host
from monite_magic.session.pulling import pull
from monite_magic.session.response import MoniteResponse
from monite_magic.session.seen import Seen, label_of, wanted_kind
from monite_magic.session.session import Session, current
from monite_magic.session.sharing import async_client, current_auth, httpx_client, sdk
from monite_magic.session.status import Status

__all__ = [
    "Confirm",
    "MoniteResponse",
    "Question",
    "Seen",
    "Session",
    "Status",
    "all_pages",
    "async_client",
    "current",
    "current_auth",
    "httpx_client",
    "label_of",
    "pull",
    "sdk",
    "unconfirmed_host",
    "wanted_kind",
]
