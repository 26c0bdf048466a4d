"""`pull` that uses the session's client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.session.session import current
from monite_magic.session.sql import keep_pull
from monite_magic.tables.pull import pull as pull_with

if TYPE_CHECKING:
    from monite_magic.session.client import MoniteClient
    from monite_magic.tables.pull import Pulled


def pull(*collections: str, client: MoniteClient | None = None, **options: Any) -> Pulled:
    """Read whole collections in parallel, into DataFrames or files.

    Args:
        collections: Names of collections, for instance `payables` and `receivables`.
        client: Makes the calls; by default the session's client.
        options: `entities`, `since`, `to`, `rate`, `workers`, `overlap`, `whole`, `progress`, as for
            `tables.pull.pull`.

    Raises:
        CredentialsError: No client was given, and you are not logged in.
        RequestError: A collection, date or target is invalid.
        MoniteError: A call failed. Rows read before it stay in the files.
    """
    session = current()
    client = client or session.client
    pulled = pull_with(*collections, client=client, **options)
    keep_pull(session.pulls, client.environment.base_url, pulled)
    return pulled
