"""The answer that a person holds: `monite_magic.api.answer` with tables, charts, exports and a look."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from monite_magic.api import Answer
from monite_magic.core import (
    IncompleteListWarning,
    RequestError,
    SecretWarning,
    UnexpectedValuesWarning,
    has_secret_fields,
    write_private,
)

if TYPE_CHECKING:
    from monite_magic.history import Exported
    from monite_magic.tables.charts import Chart

#: Table files that `.save` doesn't write, and what writes them.
_OTHER_TABLES = {".feather": ".df().to_feather({0!r})"}


class MoniteResponse(Answer):
    """One answer of the API, as a person at the notebook holds it."""

    def df(
        self,
        *,
        backend: str = "pandas",
        money: Literal["major", "minor"] = "major",
        explode: str | None = None,
    ) -> Any:
        """Return the rows as a DataFrame; an empty list has the same columns and types as a full one.

        Amounts are in major units of the row's currency. Rates are in percent × 100 as the API has them, with
        a column `…_percent` next to each. `df.attrs["units"]` names the unit of each such column, and
        `df.attrs["unexpected"]` has the values that are not what the catalogue says.

        Args:
            backend: `pandas`, `polars` or `pyarrow`.
            money: `major`: amounts in major units (exact in polars and pyarrow, in pandas the nearest float),
                empty where the currency is not known; `minor`: the API's own integers.
            explode: A field that holds a list, for instance `line_items`: one row for each of its items.

        Warns:
            IncompleteListWarning: More pages of the list follow.
            UnexpectedValuesWarning: Values are not what the catalogue says.

        Raises:
            ApiError: The status is 400 or above.
            RequestError: The backend is unknown or not installed, or there is no such list.
        """
        from monite_magic.tables.frames import frame

        self._warn_if_incomplete()
        return frame(self, backend=backend, money=money, explode=explode)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Let polars, pyarrow and DuckDB take the answer as it is, with the types of `.df()`.

        Warns:
            IncompleteListWarning: More pages of the list follow.
        """
        return self.df(backend="pyarrow").__arrow_c_stream__(requested_schema)

    def __array__(self, *_: object, **__: object) -> Any:
        """Refuse: without it, `pandas.DataFrame(answer)` would give the raw fields, amounts in minor units.

        Raises:
            RequestError: Always.
        """
        raise RequestError(
            "pandas and NumPy would take the answer's raw fields, with amounts in minor units.",
            hint="Call .df() for a DataFrame with types and amounts in major units; .items are the raw rows.",
        )

    def plot(self, kind: str | None = None, **options: Any) -> Chart:
        """Return a chart of the rows, as `monite_magic.tables.charts` draws it.

        Args:
            kind: `aging`, `aging_by_counterpart`, `cash_flow`, `concentration`, `days_overdue`, `days_to_pay`
                or `spend`; by default `aging`.
            options: What that chart's function takes besides.

        Warns:
            IncompleteListWarning: More pages of the list follow; the picture says it, too.

        Raises:
            RequestError: There is no such chart, or the rows have not what it needs.
        """
        from monite_magic.tables.charts import plot

        self._warn_if_incomplete()
        return plot(self, kind, **options)

    def _warn_if_incomplete(self) -> None:
        if self.incomplete:
            warnings.warn(self.incomplete, IncompleteListWarning, stacklevel=3)

    def curl(self) -> Exported:
        """Return the call as a curl command, secrets as variables, for somebody who has no notebook.

        It is a text; a notebook shows it as it is, and says below it where a token comes from.
        """
        from monite_magic.history import export_call, recipe_of_sent

        return export_call(recipe_of_sent(self.request, self.environment), "curl")

    def save(self, path: str | Path) -> Path:
        """Write the answer to a file that only you can read, and return the file's path.

        A JSON answer becomes a table as `.df()` has it if the name ends in `.xlsx`, `.csv` or `.parquet`,
        with dates, and amounts with their currency's decimals. Text that begins with `=`, `+`, `-` or `@`
        stays text; in CSV, which has no types, it gets an apostrophe in front. Any other file has the body as
        it came; a warning says so if that holds a secret, which is written in clear.

        Args:
            path: Where to write; `~` is expanded. An existing file is replaced.

        Warns:
            IncompleteListWarning: A table was written, and more pages of the list follow.
            UnexpectedValuesWarning: Values of the table are not what the catalogue says.

        Raises:
            ApiError: A table was asked for, and the status is 400 or above.
            RequestError: The file can't be written, or is of a kind that `.save` doesn't know.
        """
        from monite_magic.tables.files import SUFFIXES

        target = Path(path).expanduser()
        if self.is_json and target.suffix.lower() in SUFFIXES:
            return self._save_table(target)
        if self.is_json and (method := _OTHER_TABLES.get(target.suffix.lower())):
            raise RequestError(
                f".save writes the answer as it came, which is JSON and no {target.suffix} file.",
                hint=f"The table: {method.format(str(path))}; the JSON: .save('{target.stem}.json').",
            )
        write_private(target, self._content)
        if has_secret_fields(self._content):
            warnings.warn(
                f"{target} holds a secret in clear. Only you can read it; delete it when you are done.",
                SecretWarning,
                stacklevel=2,
            )
        return target

    def _save_table(self, target: Path) -> Path:
        from monite_magic.tables.files import save_tables
        from monite_magic.tables.frames import columns_of_answers

        self._warn_if_incomplete()
        columns = columns_of_answers(self)
        if columns.unexpected:
            warnings.warn(" ".join(map(str, columns.unexpected)), UnexpectedValuesWarning, stacklevel=3)
        name = (self.template or self.request.path).partition("?")[0].strip("/").rpartition("/")[2]
        return save_tables(target, {name or "answer": columns})

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """What IPython shows: text/plain, complete by itself, and text/html."""
        from monite_magic.display import render
        from monite_magic.explain import problem_of

        return render(self, problem_of(self) if self.status >= 400 else None)
