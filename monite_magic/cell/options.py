"""The words and options of every magic, in one table.

The table is the source for the parser, for `--help`, for completion and for the generated reference, so that
none of them can say anything else. A magic that is not in `MAGICS` does not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from monite_magic.cell.arguments import Arguments, MagicSpec, Option, Word, read_line
from monite_magic.core import CUSTOM, ENVIRONMENTS
from monite_magic.core.methods import METHODS as METHODS

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The methods that the API's operations use (OpenAPI 2024-05-25).

# The forms in which a call can be handed on.
_FORMS: Final = ("curl", "httpx", "sdk", "http")

# The simulator's seeds; the table in the simulator isn't imported here, for the sake of a quick start.
_SEEDS: Final = ("empty", "starter", "bakery", "large")

_ENTITY: Final = Option(("--entity",), "The entity that calls are about.", "ID")
_ENTITY_USER: Final = Option(("--entity-user",), "Use this user's token instead of the partner's.", "ID")
_PROFILE: Final = Option(("--profile",), "Use the variables MONITE_<NAME>_… of this profile.", "NAME")
_ENVIRONMENT: Final = Option(
    ("--env",), "The environment: " + ", ".join(ENVIRONMENTS) + ".", "NAME", choices=tuple(ENVIRONMENTS)
)

_WITH_TOKEN: Final = Option(
    ("--with-token",), "With --as curl or httpx, write the call that gets the token, too."
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
            "Add a query parameter; a list gives it once for each item.",
            "NAME=VALUE",
            True,
        ),
        Option(("-H", "--header"), "Add a header.", "'NAME: VALUE'", True),
        Option(("--entity",), "The entity that this call is about.", "ID"),
        Option(("-o", "--output"), "Keep the answer under this name, and show its status line only.", "NAME"),
        Option(
            ("--show",), "Show the whole answer also where it is kept with -o, or is not the cell's last."
        ),
        Option(("--expect",), "The status that is wanted, for instance 422, 4xx or 200,404.", "STATUS"),
        Option(("--all",), "Follow the pages of a list to the last."),
        Option(("--body",), "Send this object of the notebook as the JSON body.", "NAME"),
        Option(("--file",), "Send a file, as multipart/form-data.", "FIELD=PATH", True),
        Option(("-d", "--field"), "Send a form field beside the files.", "FIELD=VALUE", True),
        Option(("--timeout",), "Wait no longer than this for the answer.", "SECONDS", positive=True),
        Option(("--raw",), "Show the answer as it came."),
        Option(("--no-check",), "Send the call even if it is sure to be refused."),
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
        Option(("--base-url",), "Another base URL than the environment's.", "URL"),
        Option(("--insecure-http",), "Allow plain http to another machine: all on the way see the token."),
        Option(("--not-production",), "Don't ask before writes at a host that is not known here."),
        _PROFILE,
        Option(("--dotenv",), "Read the variables from this file.", "FILE"),
        Option(("--form",), "Ask for the credentials in a form."),
        _ENTITY,
        _ENTITY_USER,
        Option(("--api-version",), "The version of the API.", "YYYY-MM-DD"),
        Option(("--partner",), "Use the partner's token, also if the credentials come with a user."),
        Option(("--or-local",), "Use the simulator if there are no credentials."),
        Option(("--seed",), "Start the simulator again with these data.", "NAME", choices=_SEEDS),
        Option(("--at",), "Stop the simulator's clock at this date or time (UTC).", "DATE"),
    ),
    conflicts=(("partner", "entity_user"), ("form", "seed"), ("form", "at")),
)

_STATUS: Final = MagicSpec("monite_status", "Show who is logged in, where, and for how long.")

_LOGOUT: Final = MagicSpec("monite_logout", "Revoke the token, and forget it and the credentials.")

_USE: Final = MagicSpec(
    "monite_use",
    "Switch entity, user, profile or environment without logging in by hand again.",
    options=(
        _ENTITY,
        _ENTITY_USER,
        Option(("--partner",), "Go back from a user's token to the partner's."),
        _PROFILE,
        _ENVIRONMENT,
        Option(
            ("--allow-writes",),
            "Do not ask before changing production data for a while.",
            "MINUTES",
            positive=True,
        ),
    ),
    conflicts=(("partner", "entity_user"),),
)

_CATALOGUE: Final = MagicSpec(
    "monite_catalogue",
    "Show which version of the API is known here, load another, or see what changes between two.",
    words=(
        Word("action", "load|reset|diff",
             "Load an OpenAPI document, go back to the packaged ones, or compare two API versions.",
             choices=("load", "reset", "diff")),
        Word("words", "WORD",
             "The FILE or URL to load; or two versions, and a path or a word to see only its changes.",
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
    "Look at and steer the local simulator.",
    words=(
        Word("action", "ACTION",
             "state, reset, seed, clock, fault, outbox, events, explain or rules; reset and seed forget what "
             "was made.",
             choices=("state", "reset", "seed", "clock", "fault", "outbox", "events", "explain", "rules")),
        Word("words", "WORD",
             "What belongs to the action: clock advance 31 minutes; fault POST /payables status=500; explain "
             "payable ID.",
             many=True),
    ),
)  # fmt: skip

_WATCH: Final = MagicSpec(
    "monite_watch",
    "Show events as they happen, in a table below the cell; stop ends it.",
    words=(Word("words", "OBJECT or EVENT",
                "What to watch, for instance payable or receivable.paid; all if left out. Or stop.",
                many=True),),
    options=(
        Option(("--for",), "Stop after this time; 30 if it is left out.", "MINUTES", positive=True),
        Option(("--webhooks",), "Receive webhooks on this machine instead of asking; simulator only."),
    ),
    example="payable receivable.paid --for 10",
)  # fmt: skip

_HELP: Final = MagicSpec(
    "monite_help",
    "Show what the API can do: its resources, what a word finds, one operation, or a document's states.",
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
        Option(("--full",), "Write all fields, not only those that are needed."),
        Option(("--type",), "Which kind of body, where there are several.", "KIND"),
        Option(("--sheet",), "Write an empty sheet for %monite_push instead of a cell."),
    ),
    example="POST /counterparts --type organization",
)

_EXPLORE: Final = MagicSpec(
    "monite_explore",
    "Find an operation, fill in its form, and send it or keep it as a cell.",
    words=(Word("words", "WORD", "Words to search for, a method and a path, or payable states.", many=True),),
    options=(Option(("--from",), "Open this call of the history; the last is last.", "N"),),
    cell=True,
    example="POST /counterparts",
)

_METHOD_FILTER: Final = Option(("--method",), "Only calls with this method.", "METHOD", choices=METHODS)
_PATH_FILTER: Final = Option(("--path",), "Only calls whose path holds this; * is a wildcard.", "TEXT")
_STATUS_FILTER: Final = Option(("--status",), "Only calls with this status: 404, 4xx, or none.", "STATUS")

_HISTORY: Final = MagicSpec(
    "monite_history",
    "Show the calls of this session, send one again, or compare two.",
    words=(
        Word("action", "ACTION", "list, show N, replay N, diff N M or clear.",
             choices=("list", "show", "replay", "diff", "clear")),
        Word("words", "N", "The numbers of calls; the last is -1 or last.", many=True),
    ),
    options=(
        _METHOD_FILTER,
        _PATH_FILTER,
        _STATUS_FILTER,
        Option(("--entity",), "Only calls about this entity; with replay, the entity to send it for.", "ID"),
        Option(("--env",), "Only calls to this environment; with replay, where to send it instead.", "NAME",
               choices=(*ENVIRONMENTS, CUSTOM)),
        Option(("--as",), "With show, the call as a curl command, Python code, or a .http request.", "FORM",
               choices=_FORMS),
        _WITH_TOKEN,
        Option(("--folded",), "With show, the request and the answer folded away; click to open."),
        Option(("--api-version",), "With replay, the API version to send it with instead.", "YYYY-MM-DD"),
        Option(("--ignore",), "With diff, leave out this field; volatile stands for dates and the like.",
               "FIELD", True),
    ),
    example="show 3",
)  # fmt: skip

_EXPORT: Final = MagicSpec(
    "monite_export",
    "Write the calls of this session to a file for another tool, secrets as variables.",
    words=(Word("file", "FILE", "A .har, .http or .json (Postman) file.", required=True),),
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
    words=(Word("file", "FILE", "The file; or the text stands in the cell below the line."),),
    options=(Option(("--dotenv",), "Move a client ID and secret that stand in it into this file.", "FILE"),),
    cell=True,
    example="session.http",
)

_PULL: Final = MagicSpec(
    "monite_pull",
    "Read whole collections side by side into DataFrames, a Parquet dataset or a DuckDB file.",
    words=(Word("words", "COLLECTION", "Lists of the API, for instance payables.", many=True),),
    options=(
        Option(("--entity",), "The entity whose rows are read.", "ID"),
        Option(("--all-entities",), "Read the rows of all entities."),
        Option(("--since",), "Only rows changed since; created, where the API can't tell.", "DATE"),
        Option(("--overlap",), "How far back to look again for late changes: 90s, 2h; else 10m.", "TIME"),
        Option(("--whole",), "Read all again, and so find what was deleted."),
        Option(
            ("--to",),
            "pandas, polars, pyarrow, DIR.parquet, DIR.delta, s3://… or FILE.duckdb.",
            "TARGET",
        ),
        Option(("-o", "--output"), "Keep the DataFrame, or all that was read, under this name.", "NAME"),
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
        Word("source", "SOURCE", "A DataFrame or an answer by its name, or an .xlsx, .csv or .parquet file.",
             required=True),
    ),
    options=(
        Option(("--send",), "Send what the plan shows."),
        Option(("--map",), "Where a column goes; nothing after = leaves it out.", "'COLUMN=FIELD'", True),
        Option(("--map-file",), "Read such mappings from a JSON file.", "FILE"),
        Option(("--set",), "Give a field the same value in every row that has none.", "FIELD=VALUE", True),
        Option(("--key",), "The column that tells rows apart; rows that share it belong together.", "COLUMN"),
        Option(("--sheet",), "The sheet of a workbook.", "NAME"),
        Option(("--header-row",), "The row with the headings.", "ROW", positive=True),
        Option(("--lines",), "A second sheet, file or DataFrame with line items, by the same key.", "SOURCE"),
        Option(("--dates",), "How dates like 3/4/2024 are read.", "FORM",
               choices=("day-first", "month-first")),
        Option(("--decimal",), "What separates decimals in text.", "MARK", choices=("comma", "point")),
        Option(("--percent",), "How rates are written: 19, 0.19 or 1900.", "FORM",
               choices=("percent", "fraction", "api")),
        Option(("--valid-only",), "Send the rows without problems, and leave out the others."),
        Option(("--retry-refused",), "Send rows again that were refused and haven't changed."),
        Option(("--entity",), "The entity that the rows belong to.", "ID"),
        Option(("--journal",), "Where to keep what was sent; by default next to the source.", "FILE"),
        Option(("--yes",), "Change production data without being asked."),
        Option(("-o", "--output"), "Keep the plan or the result under this name.", "NAME"),
    ),
    example="POST /counterparts suppliers.xlsx",
)  # fmt: skip

#: Every magic there is, by its name without `%`.
MAGICS: Final[Mapping[str, MagicSpec]] = {
    spec.name: spec
    for spec in (
        *(_MONITE, _LOGIN, _STATUS, _LOGOUT, _USE, _HELP, _NEW, _EXPLORE),
        *(_HISTORY, _EXPORT, _IMPORT, _PULL, _PUSH, _WATCH, _CATALOGUE, _SIMULATOR),
    )
}


def parse(magic_name: str, line: str, *, cell: bool = False) -> Arguments:
    """Read the line of a magic.

    Returns:
        The words and options as attributes; `.wants_help` is True if the line asks for `--help`.

    Raises:
        RequestError: An option or a word is unknown, missing or given twice, or the line holds a secret.
    """
    return read_line(MAGICS[magic_name], line, cell=cell)
