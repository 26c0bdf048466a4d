"""The API over HTTP: credentials and profiles, tokens, the client, and an answer as data.

    credentials -> token -> auth -> client -> transport

This room doesn't import IPython, and doesn't display answers.
"""

from __future__ import annotations

from monite_magic.api.answer import Answer, ApiError, Headers, Note
from monite_magic.api.auth import MoniteAuth
from monite_magic.api.client import Client, Recorder
from monite_magic.api.credentials import (
    Credentials,
    NoCredentialsError,
    Profile,
    find_profile,
    profile_of_options,
    read_uuid,
    save_profile,
)
from monite_magic.api.dotenv import DotenvConflict, find_dotenv, read_dotenv, write_dotenv
from monite_magic.api.page_guard import EndlessListError, PageGuard, row_id, without_repeats
from monite_magic.api.prepared import Prepared
from monite_magic.api.retry import RetryPolicy, http_date, retry_after
from monite_magic.api.sources import DEFAULT_PROFILE
from monite_magic.api.token import TokenSource
from monite_magic.api.transport import HEADERS, open_transport

__all__ = [
    "DEFAULT_PROFILE",
    "HEADERS",
    "Answer",
    "ApiError",
    "Client",
    "Credentials",
    "DotenvConflict",
    "EndlessListError",
    "Headers",
    "MoniteAuth",
    "NoCredentialsError",
    "Note",
    "PageGuard",
    "Prepared",
    "Profile",
    "Recorder",
    "RetryPolicy",
    "TokenSource",
    "find_dotenv",
    "find_profile",
    "http_date",
    "open_transport",
    "profile_of_options",
    "read_dotenv",
    "read_uuid",
    "retry_after",
    "row_id",
    "save_profile",
    "without_repeats",
    "write_dotenv",
]
