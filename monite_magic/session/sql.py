"""Query answers and pulls with SQL, using DuckDB."""

from __future__ import annotations

import json
import re
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
_WORD: Final = re.compile(r'"((?:[^"]|"")+)"|(\w+)')


def sql(query: str, /, **tables: Any) -> Any:
    """Query pulled collections and answers with DuckDB's SQL.

        sql("SELECT c.name, sum(p.total_amount) FROM payables p JOIN counterparts c ON … GROUP BY 1")
        sql("SELECT * FROM bills WHERE currency = 'EUR'", bills=answer)

    Table names are looked up in this order: `tables`; the collections of the newest complete pull from the
    current environment; your variables, such as the one that `-o` names. `data_exports/extra_data` has the
    table name `data_exports_extra_data`, and rows deleted at the API are in `payables_deleted`. An answer has
    the columns and types of `.df(backend="pyarrow")`: amounts are exact decimals in major units.

    Args:
        query: The query.
        tables: Name -> an answer, a pandas or polars DataFrame, or a pyarrow Table.

    Returns:
        A DuckDB relation with the computed result. It displays as a table, and has `.df()`, `.pl()`,
        `.to_arrow_table()` and `.fetchall()`. None for statements without a result.

    Warns:
        IncompleteListWarning: An answer is a page of a longer list.

    Raises:
        RequestError: The query fails, or names an unknown table.
    """
    duckdb = need("duckdb", "duckdb")
    caller = sys._getframe(1)  # noqa: SLF001 - DuckDB finds variables in the same way
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
    """Return the newest complete pull of each table from the current environment."""
    session = current()
    base_url = session.profile.environment.base_url if session.logged_in else None
    return session.pulls.get(base_url or "", {})


def _names_in(connection: Any, query: str) -> list[str]:
    """Return the table names in a query, in order. Of other statements, such as COPY, return all words."""
    [(text,)] = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchall()
    tree = json.loads(text)
    if tree.get("error_type") == "not implemented":
        return [found[1].replace('""', '"') if found[1] else found[2] for found in _WORD.finditer(query)]
    return list(_base_tables(tree))


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
    """Looks up the table names of a query."""

    def __init__(
        self, given: Mapping[str, Any], pulls: Mapping[str, Pulled], variables: Mapping[str, Any]
    ) -> None:
        self._given = {name.lower(): table for name, table in given.items()}
        self._pulls = pulls
        self._variables = variables

    def find(self, name: str) -> Any:
        """Return the table with this name for DuckDB, or None."""
        given = self._given.get(name.lower())
        if given is not None:
            table = _readable(given)
            if table is None:
                kind = type(given).__name__
                raise RequestError(f"{name}={kind} is not a table.", hint="Pass an answer or a DataFrame.")
            return table
        if name.lower() in self._pulls:
            return self._pulls[name.lower()].source(name.lower())
        return _readable(self._variables.get(name), name)

    def hint(self) -> str:
        """Return a hint with the available tables."""
        names = sorted({*self._given, *self._pulls})
        available = f"Available tables: {', '.join(names)}. " if names else ""
        return f"{available}Pull a collection with %monite_pull, or pass an answer: sql(query, name=answer)."


def _readable(value: Any, name: str = "") -> Any:
    if isinstance(value, Answer):
        return value.df(backend="pyarrow") if hasattr(value, "df") else None
    if isinstance(value, Pulled):
        return value.source(name) if name in value.names() else None
    if isinstance(value, (str, Path)):
        return None
    return value if type(value).__module__.partition(".")[0] in _FRAMES else None


def keep_pull(pulls: dict[str, dict[str, Pulled]], base_url: str, pulled: Pulled) -> None:
    """Remember a pull for queries, if it is complete.

    Args:
        pulls: Base URL -> newest pull of each table.
        base_url: The base URL of the pull's environment.
        pulled: The pull.
    """
    if pulled.complete:
        pulls.setdefault(base_url, {}).update(dict.fromkeys(pulled.names(), pulled))
