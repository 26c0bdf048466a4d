"""SQL over answers and pulls, through DuckDB."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from monite_magic.api import Answer
from monite_magic.core import RequestError
from monite_magic.session.session import current
from monite_magic.tables.frames.backends import need
from monite_magic.tables.pull import Pulled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FRAMES: Final = ("pandas", "polars", "pyarrow")


def sql(query: str, /, **tables: Any) -> Any:
    """Run SQL (DuckDB's) over pulled collections and answers.

        sql("SELECT c.name, sum(p.total_amount) FROM payables p JOIN counterparts c ON … GROUP BY 1")
        sql("SELECT * FROM bills WHERE currency = 'EUR'", bills=answer)

    A table's name in the query means, in this order: one of `tables`; a collection of the newest complete
    pull from the environment that you are logged in to (`data_exports_extra_data` for
    `data_exports/extra_data`, `payables_deleted` for rows that were deleted at the API); a variable of that
    name, for instance the one that `-o` names. An answer's columns and types are those of
    `.df(backend="pyarrow")`: amounts are exact decimals in major units.

    Args:
        query: The query.
        tables: Name to an answer, a DataFrame of pandas or polars, or a pyarrow Table.

    Returns:
        A DuckDB relation with the result, computed already: it shows itself as a table, and has `.df()`,
        `.pl()`, `.to_arrow_table()` and `.fetchall()`. None for statements without a result.

    Warns:
        IncompleteListWarning: An answer is a page of a longer list.

    Raises:
        RequestError: The query can't be run, or names a table that isn't there.
    """
    duckdb = need("duckdb", "duckdb")
    caller = sys._getframe(1)  # noqa: SLF001 - as DuckDB itself finds variables
    known = _Tables(tables, _newest_pulls(), {**caller.f_globals, **caller.f_locals})
    connection = duckdb.connect()
    try:
        for name in dict.fromkeys(_names_in(connection, query)):
            if (found := known.find(name)) is not None:
                connection.register(name, found)
        result = connection.sql(query)
        table = None if result is None else result.to_arrow_table()
    except duckdb.Error as error:
        raise RequestError(f"SQL: {error}", hint=known.hint()) from None
    finally:
        connection.close()
    return None if table is None else duckdb.connect().from_arrow(table)


def _newest_pulls() -> dict[str, Pulled]:
    """Return the newest complete pull of each table, from the present environment."""
    session = current()
    base_url = session.profile.environment.base_url if session.logged_in else None
    return session.pulls.get(base_url or "", {})


def _names_in(connection: Any, query: str) -> list[str]:
    """Return the names of tables in a query, in its order; none if it isn't a SELECT, which needs none."""
    [(text,)] = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchall()
    return list(_base_tables(json.loads(text)))


def _base_tables(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE":
            yield str(node["table_name"])
        for value in node.values():
            yield from _base_tables(value)
    elif isinstance(node, list):
        for value in node:
            yield from _base_tables(value)


class _Tables:
    """What a name in a query can mean."""

    def __init__(
        self, given: Mapping[str, Any], pulls: Mapping[str, Pulled], variables: Mapping[str, Any]
    ) -> None:
        self._given = given
        self._pulls = pulls
        self._variables = variables

    def find(self, name: str) -> Any:
        """Return the table of a name as DuckDB takes it, or None."""
        if name in self._given:
            table = _readable(self._given[name])
            if table is None:
                kind = type(self._given[name]).__name__
                raise RequestError(f"{name}={kind} is not a table.", hint="Give an answer or a DataFrame.")
            return table
        if name.lower() in self._pulls:
            return self._pulls[name.lower()].source(name.lower())
        return _readable(self._variables.get(name), name)

    def hint(self) -> str:
        """Return which tables there are."""
        names = sorted({*self._given, *self._pulls})
        there = f"Tables here: {', '.join(names)}. " if names else ""
        return f"{there}Pull a collection with %monite_pull, or give an answer: sql(query, name=answer)."


def _readable(value: Any, name: str = "") -> Any:
    if isinstance(value, Answer):
        return value.df(backend="pyarrow") if hasattr(value, "df") else None
    if isinstance(value, Pulled):
        return value.source(name) if name in value.names() else None
    if isinstance(value, (str, Path)):
        return None
    return value if type(value).__module__.partition(".")[0] in _FRAMES else None


def keep_pull(pulls: dict[str, dict[str, Pulled]], base_url: str, pulled: Pulled) -> None:
    """Keep a pull for queries, if it is complete.

    Args:
        pulls: Base URL to the newest pull of each table.
        base_url: Where it came from.
        pulled: The pull.
    """
    if pulled.complete:
        pulls.setdefault(base_url, {}).update(dict.fromkeys(pulled.names(), pulled))
