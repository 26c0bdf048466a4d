"""The answer in a notebook: `monite_magic.api.answer` with tables, charts, exports and a display."""

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

#: Table formats that `.save` doesn't support, and the call that writes them.
_OTHER_TABLES = {".feather": ".df().to_feather({0!r})"}


class MoniteResponse(Answer):
    """One answer of the API, with tables, charts and a display."""

    def df(
        self,
        *,
        backend: str = "pandas",
        money: Literal["major", "minor"] = "major",
        explode: str | None = None,
    ) -> Any:
        """Return the rows as a DataFrame. An empty list has the same columns and types as a full one.

        Amounts are in major units of the row's currency. Rates stay in percent × 100 as in the API, with a
        `…_percent` column next to each. `df.attrs["units"]` has the unit of each of these columns.
        `df.attrs["unexpected"]` lists values that don't match the catalogue.

        Args:
            backend: `pandas`, `polars` or `pyarrow`.
            money: `major` for amounts in major units: exact in polars and pyarrow, the nearest float in
                pandas, and empty if the currency is unknown. `minor` for the API's integers.
            explode: A list field, for instance `line_items`, to return one row for each of its items.

        Warns:
            IncompleteListWarning: The list has more pages.
            UnexpectedValuesWarning: Some values don't match the catalogue.

        Raises:
            ApiError: The status is 400 or above.
            RequestError: The backend is unknown or not installed, or `explode` is not a list field.
        """
        from monite_magic.tables.frames import frame

        self._warn_if_incomplete()
        return frame(self, backend=backend, money=money, explode=explode)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Let polars, pyarrow and DuckDB read the answer directly, with the types of `.df()`.

        Warns:
            IncompleteListWarning: The list has more pages.
        """
        return self.df(backend="pyarrow").__arrow_c_stream__(requested_schema)

    def __array__(self, *_: object, **__: object) -> Any:
        """Raise, so that `pandas.DataFrame(answer)` doesn't silently use amounts in minor units.

        Raises:
            RequestError: Always.
        """
        raise RequestError(
            "An answer can't be converted to an array: its raw fields have amounts in minor units.",
            hint="Call .df() for a DataFrame with amounts in major units, or use .items for the raw rows.",
        )

    def plot(self, kind: str | None = None, **options: Any) -> Chart:
        """Return a chart of the rows, as `monite_magic.tables.charts` draws it.

        Args:
            kind: `aging`, `aging_by_counterpart`, `cash_flow`, `concentration`, `days_overdue`, `days_to_pay`
                or `spend`; by default `aging`.
            options: Other arguments of that chart's function.

        Warns:
            IncompleteListWarning: The list has more pages; the chart says so too.

        Raises:
            RequestError: The chart is unknown, or the rows lack fields that it needs.
        """
        from monite_magic.tables.charts import plot

        self._warn_if_incomplete()
        return plot(self, kind, **options)

    def _warn_if_incomplete(self) -> None:
        if self.incomplete:
            warnings.warn(self.incomplete, IncompleteListWarning, stacklevel=3)

    def curl(self) -> Exported:
        """Return the call as a curl command, with variables in place of secrets.

        The result is a string. A notebook also shows how to get a token for it.
        """
        from monite_magic.history import export_call, recipe_of_sent

        return export_call(recipe_of_sent(self.request, self.environment), "curl")

    def save(self, path: str | Path) -> Path:
        """Write the answer to a file that only you can read, and return the file's path.

        If the name ends in `.xlsx`, `.csv` or `.parquet`, a JSON answer is saved as the table of `.df()`.
        Dates are dates, and amounts have their currency's decimals. Text that starts with `=`, `+`, `-` or
        `@` stays text; CSV has no types, so it gets a leading apostrophe there. Any other file gets the
        original body. You get a warning if it contains a secret, which is saved unmasked.

        Args:
            path: Where to write; `~` is expanded. An existing file is replaced.

        Warns:
            IncompleteListWarning: The saved table is incomplete: the list has more pages.
            SecretWarning: The file contains a secret.
            UnexpectedValuesWarning: Some values of the table don't match the catalogue.

        Raises:
            ApiError: You asked for a table, and the status is 400 or above.
            RequestError: The file can't be written, or `.save` doesn't support its format.
        """
        from monite_magic.tables.table_files import SUFFIXES

        target = Path(path).expanduser()
        if self.is_json and target.suffix.lower() in SUFFIXES:
            return self._save_table(target)
        if self.is_json and (method := _OTHER_TABLES.get(target.suffix.lower())):
            raise RequestError(
                f".save can't write {target.suffix} files.",
                hint=f"Use {method.format(str(path))} for a table, or .save('{target.stem}.json').",
            )
        write_private(target, self._content)
        if has_secret_fields(self._content):
            warnings.warn(
                f"{target} contains an unmasked secret. Only you can read it; delete it when you are done.",
                SecretWarning,
                stacklevel=2,
            )
        return target

    def _save_table(self, target: Path) -> Path:
        from monite_magic.tables.frames import columns_of_answers
        from monite_magic.tables.table_files import save_tables

        self._warn_if_incomplete()
        columns = columns_of_answers(self)
        if columns.unexpected:
            warnings.warn(" ".join(map(str, columns.unexpected)), UnexpectedValuesWarning, stacklevel=3)
        name = (self.template or self.request.path).partition("?")[0].strip("/").rpartition("/")[2]
        return save_tables(target, {name or "answer": columns})

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Return text/plain, which is complete by itself, and text/html for IPython."""
        from monite_magic.display import render

        if self.status < 400:
            return render(self)
        from monite_magic.explain import problem_of

        return render(self, problem_of(self))
