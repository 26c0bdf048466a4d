"""The words and options of every magic, in one table.

The parser, `--help`, completion and the generated reference all read this table, so they always agree.
Every magic is in `MAGICS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from monite_magic.cell.arguments import MagicSpec, Option, Word
from monite_magic.core.methods import METHODS as METHODS

if TYPE_CHECKING:
    from collections.abc import Mapping

# The formats that a call can be exported to.
_FORMS: Final = ("curl", "httpx", "sdk", "http")

# The names of environments and of the simulator's seeds; their tables aren't imported here, for the sake of a
# quick start. Tests compare them.
_ENVIRONMENTS: Final = ("local", "sandbox", "eu", "us", "tesouro-sandbox", "tesouro")
_SEEDS: Final = ("empty", "starter", "bakery", "large")

_ENTITY: Final = Option(("--entity",), "The entity that calls are about.", "ID")
_ENTITY_USER: Final = Option(("--entity-user",), "Use this user's token instead of the partner's.", "ID")
_PROFILE: Final = Option(("--profile",), "Use the variables MONITE_<NAME>_… of this profile.", "NAME")
_ENVIRONMENT: Final = Option(
    ("--env",), "The environment: " + ", ".join(_ENVIRONMENTS) + ".", "NAME", choices=_ENVIRONMENTS
)

_WITH_TOKEN: Final = Option(
    ("--with-token",), "With --as curl or httpx, include the call that gets the token."
)

_MONITE: Final = MagicSpec(
    "monite",
    "Call the API.",
    words=(
        Word("method", "METHOD", "One of " + ", ".join(METHODS) + ".", required=True),
        Word("path", "PATH", "The path below the base URL, for instance /payables?limit=10.", required=True),
    ),
    options=(
        Option(
            ("-q", "--query"),
            "Add a query parameter; a list repeats it for each item.",
            "NAME=VALUE",
            True,
        ),
        Option(("-H", "--header"), "Add a header.", "'NAME: VALUE'", True),
        Option(("--entity",), "The entity that this call is about.", "ID"),
        Option(
            ("-o", "--output"), "Store the answer in this variable, and show only its status line.", "NAME"
        ),
        Option(("--show",), "Show the whole answer, even with -o or when it is not the cell's last."),
        Option(("--expect",), "Expect this status, for instance 422, 4xx or 200,404.", "STATUS"),
        Option(("--all",), "Read all pages of a list."),
        Option(("--body",), "Send this notebook variable as the JSON body.", "NAME"),
        Option(("--file",), "Send a file, as multipart/form-data.", "FIELD=PATH", True),
        Option(("-d", "--field"), "Send a form field next to the files.", "FIELD=VALUE", True),
        Option(("--timeout",), "Give up if no answer comes in this time.", "SECONDS", positive=True),
        Option(("--raw",), "Show the answer unformatted."),
        Option(("--no-check",), "Send the call even if the check finds a problem."),
        Option(("--yes",), "Change production data without being asked."),
        Option(("--dry-run",), "Show what would be sent, and send nothing."),
        Option(
            ("--as",),
            "Show the call as a curl command, Python code, or a .http request, and send nothing.",
            "FORM",
            choices=_FORMS,
        ),
        _WITH_TOKEN,
    ),
    cell=True,
    example="GET /payables?limit=10",
    conflicts=(("body", "file"), ("body", "field"), ("dry_run", "as")),
)

_LOGIN: Final = MagicSpec(
    "monite_login",
    "Log in with credentials from the options, the environment, .env, the keyring, or a form.",
    options=(
        _ENVIRONMENT,
        Option(("--base-url",), "Use this base URL instead of the environment's.", "URL"),
        Option(
            ("--insecure-http",),
            "Allow plain http to another machine; anyone on the network can read the token.",
        ),
        Option(("--not-production",), "Treat an unknown host as non-production: don't ask before writes."),
        _PROFILE,
        Option(("--dotenv",), "Read the variables from this file.", "FILE"),
        Option(("--form",), "Ask for the credentials in a form."),
        _ENTITY,
        _ENTITY_USER,
        Option(("--api-version",), "The version of the API.", "YYYY-MM-DD"),
        Option(("--partner",), "Use the partner's token, also if the credentials come with a user."),
        Option(("--or-local",), "Use the simulator if no credentials are found."),
        Option(("--seed",), "Start the simulator over with this data.", "NAME", choices=_SEEDS),
        Option(("--at",), "Stop the simulator's clock at this date or time (UTC).", "DATE"),
    ),
    conflicts=(("partner", "entity_user"), ("form", "seed"), ("form", "at")),
)

_STATUS: Final = MagicSpec("monite_status", "Show who is logged in, where, and for how long.")

_LOGOUT: Final = MagicSpec("monite_logout", "Revoke the token, and clear it and the credentials from memory.")

_USE: Final = MagicSpec(
    "monite_use",
    "Switch entity, user, profile or environment without logging in again.",
    options=(
        _ENTITY,
        _ENTITY_USER,
        Option(("--partner",), "Switch back from a user's token to the partner's."),
        _PROFILE,
        _ENVIRONMENT,
        Option(
            ("--allow-writes",),
            "Don't ask before changing production data for this long.",
            "MINUTES",
            positive=True,
        ),
    ),
    conflicts=(("partner", "entity_user"),),
)

_CATALOGUE: Final = MagicSpec(
    "monite_catalogue",
    "Show which API version the catalogue has, load another, or compare two.",
    words=(
        Word("action", "load|reset|diff",
             "Load an OpenAPI document, go back to the packaged ones, or compare two API versions.",
             choices=("load", "reset", "diff")),
        Word("words", "WORD",
             "The FILE or URL to load. For diff, two versions, then a path or a word to filter by.",
             many=True),
    ),
    options=(
        Option(("--as",), "With diff, print the changes as Markdown, for a ticket.", "FORM",
               choices=("markdown",)),
    ),
    example="diff 2024-01-31 2024-05-25 /payables",
)  # fmt: skip

_SIMULATOR: Final = MagicSpec(
    "monite_simulator",
    "Inspect and control the local simulator.",
    words=(
        Word("action", "ACTION",
             "state, reset, seed, clock, fault, outbox, events, explain or rules; reset and seed delete your "
             "data.",
             choices=("state", "reset", "seed", "clock", "fault", "outbox", "events", "explain", "rules")),
        Word("words", "WORD",
             "Arguments of the action: clock advance 31 minutes; fault POST /payables status=500; explain "
             "payable ID.",
             many=True),
    ),
)  # fmt: skip

_WATCH: Final = MagicSpec(
    "monite_watch",
    "Show events as they happen, in a table below the cell. To end it, use stop.",
    words=(Word("words", "OBJECT or EVENT",
                "What to watch, such as payable or receivable.paid; all by default. Or stop.", many=True),),
    options=(
        Option(("--for",), "Stop after this time; 30 by default.", "MINUTES", positive=True),
        Option(("--webhooks",), "Receive webhooks on this machine instead of polling; simulator only."),
    ),
    example="payable receivable.paid --for 10",
)  # fmt: skip

_HELP: Final = MagicSpec(
    "monite_help",
    "Show the API's resources, search its operations, or describe one of them or a document's states.",
    words=(Word("words", "WORD", "Words to search for, a method and a path, or payable states.", many=True),),
    options=(Option(("--field",), "Show this field of the operation's body.", "FIELD"),),
    example="POST /counterparts --field organization.address",
    prose=True,
)

_NEW: Final = MagicSpec(
    "monite_new",
    "Draft the cell for a call.",
    words=(
        Word("method", "METHOD", "One of " + ", ".join(METHODS) + ".", required=True),
        Word("path", "PATH", "The path, for instance /payables.", required=True),
        Word("file", "FILE", "With --sheet, the .xlsx file to write."),
    ),
    options=(
        Option(("--full",), "Write all fields, not only the required ones."),
        Option(("--type",), "The kind of body, if the operation has several.", "KIND"),
        Option(("--sheet",), "Write a template sheet for %monite_push instead of a cell."),
    ),
    example="POST /counterparts --type organization",
)

_EXPLORE: Final = MagicSpec(
    "monite_explore",
    "Find an operation, fill in its form, and send it or keep it as a cell.",
    words=(Word("words", "WORD", "Words to search for, a method and a path, or payable states.", many=True),),
    options=(Option(("--from",), "Open this call from the history: its number, or last.", "N"),),
    cell=True,
    example="POST /counterparts",
)

_METHOD_FILTER: Final = Option(("--method",), "Only calls with this method.", "METHOD", choices=METHODS)
_PATH_FILTER: Final = Option(("--path",), "Only calls whose path contains this; * is a wildcard.", "TEXT")
_STATUS_FILTER: Final = Option(("--status",), "Only calls with this status: 404, 4xx, or none.", "STATUS")

_HISTORY: Final = MagicSpec(
    "monite_history",
    "Show the calls of this session, send one again, or compare two.",
    words=(
        Word("action", "ACTION", "list, show N, replay N, diff N M or clear.",
             choices=("list", "show", "replay", "diff", "clear")),
        Word("words", "N", "The number of a call; use -1 or last for the latest.", many=True),
    ),
    options=(
        _METHOD_FILTER,
        _PATH_FILTER,
        _STATUS_FILTER,
        Option(("--entity",), "Only calls about this entity; with replay, the entity to send it for.", "ID"),
        Option(("--env",), "Only calls to this environment; with replay, where to send it instead.", "NAME",
               choices=(*_ENVIRONMENTS, "custom")),
        Option(("--as",), "With show, the call as a curl command, Python code, or a .http request.", "FORM",
               choices=_FORMS),
        _WITH_TOKEN,
        Option(("--folded",), "With show, the request and the answer folded away; click to open."),
        Option(("--api-version",), "With replay, the API version to send it with instead.", "YYYY-MM-DD"),
        Option(("--ignore",), "With diff, ignore this field; volatile means dates, IDs and similar fields.",
               "FIELD", True),
    ),
    example="show 3",
)  # fmt: skip

_EXPORT: Final = MagicSpec(
    "monite_export",
    "Write the calls of this session to a file for another tool, with variables instead of secrets.",
    words=(
        Word("file", "FILE", "A .har, .http or .json (Postman) file.", required=True),
        Word("words", "N", "The numbers of the calls, or last; all of them by default.", many=True),
    ),
    options=(
        _METHOD_FILTER,
        _PATH_FILTER,
        _STATUS_FILTER,
        Option(("--entity",), "Only calls about this entity.", "ID"),
    ),
    example="session.har",
)

_IMPORT: Final = MagicSpec(
    "monite_import",
    "Turn curl commands, a .http file, a HAR or a Postman collection into cells.",
    words=(Word("file", "FILE", "The file. Without one, put the text below the line."),),
    options=(Option(("--dotenv",), "Move the client ID and secret from the import to this file.", "FILE"),),
    cell=True,
    example="session.http",
)

_PULL: Final = MagicSpec(
    "monite_pull",
    "Pull complete collections in parallel into DataFrames, a Parquet dataset or a DuckDB file.",
    words=(Word("words", "COLLECTION", "The collections to read, for instance payables.", many=True),),
    options=(
        Option(("--entity",), "The entity whose rows are read.", "ID"),
        Option(("--all-entities",), "Read the rows of all entities."),
        Option(
            ("--since",),
            "Only rows changed since this date; created since, if the API has no change dates.",
            "DATE",
        ),
        Option(("--overlap",), "How far back to look for late changes: 90s, 2h; 10m by default.", "TIME"),
        Option(("--whole",), "Read everything again, to find deleted rows."),
        Option(
            ("--to",),
            "pandas, polars, pyarrow, DIR.parquet, DIR.delta, s3://… or FILE.duckdb.",
            "TARGET",
        ),
        Option(("-o", "--output"), "Store the DataFrame, or all results, in this variable.", "NAME"),
    ),
    conflicts=(("entity", "all_entities"),),
    example="payables receivables --to monite.duckdb",
)

_PUSH: Final = MagicSpec(
    "monite_push",
    "Push the rows of a table to the API, each exactly once; the first run shows a plan.",
    words=(
        Word("method", "METHOD", "POST, PATCH or DELETE.", required=True,
             choices=("POST", "PATCH", "DELETE")),
        Word("path", "PATH", "The list that the rows go to, for instance /counterparts.", required=True),
        Word("source", "SOURCE", "The name of a DataFrame or an answer, or an .xlsx, .csv or .parquet file.",
             required=True),
    ),
    options=(
        Option(("--send",), "Send the planned rows."),
        Option(("--map",), "Map a column to a field; an empty field skips it.", "'COLUMN=FIELD'", True),
        Option(("--map-file",), "Read the mappings from a JSON file.", "FILE"),
        Option(("--set",), "Set a field in every row that has no value for it.", "FIELD=VALUE", True),
        Option(("--key",), "The column that identifies a row; rows with the same key are grouped.", "COLUMN"),
        Option(("--sheet",), "The sheet of a workbook.", "NAME"),
        Option(("--header-row",), "The row with the headings.", "ROW", positive=True),
        Option(("--lines",), "A sheet, file or DataFrame with line items that have the same key.", "SOURCE"),
        Option(("--dates",), "How to read dates like 3/4/2024.", "FORM",
               choices=("day-first", "month-first")),
        Option(("--decimal",), "The decimal separator in text.", "MARK", choices=("comma", "point")),
        Option(("--percent",), "How rates are written: 19, 0.19 or 1900.", "FORM",
               choices=("percent", "fraction", "api")),
        Option(("--valid-only",), "Send only the rows without problems."),
        Option(("--retry-refused",), "Send refused rows again even if they haven't changed."),
        Option(("--entity",), "The entity to create or change the rows for.", "ID"),
        Option(("--journal",), "The file that records what was sent; next to the source by default.", "FILE"),
        Option(("--yes",), "Change production data without being asked."),
        Option(("-o", "--output"), "Store the plan or the result in this variable.", "NAME"),
    ),
    example="POST /counterparts suppliers.xlsx",
)  # fmt: skip

#: Every magic, by its name without `%`.
MAGICS: Final[Mapping[str, MagicSpec]] = {
    spec.name: spec
    for spec in (
        *(_MONITE, _LOGIN, _STATUS, _LOGOUT, _USE, _HELP, _NEW, _EXPLORE),
        *(_HISTORY, _EXPORT, _IMPORT, _PULL, _PUSH, _WATCH, _CATALOGUE, _SIMULATOR),
    )
}
