"""Write the reference, a notebook that runs: `python tests/docs/reference.py`.

It is made from the table of magics in `monite_magic.cell.options`; only the examples and notes are here.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from monite_magic.cell.arguments import explained
from monite_magic.cell.options import MAGICS

if TYPE_CHECKING:
    from monite_magic.cell.arguments import MagicSpec, Option, Word

ROOT = Path(__file__).parent.parent.parent
NOTEBOOK = ROOT / "notebooks" / "reference.ipynb"
INTRODUCTION = """# Reference

Every magic with its words and options, and examples that run. This page is generated from the code, so it \
says what the magics do. `%monite --help` shows the same for one of them, and **Tab** completes all of it.

It is for looking things up; to learn, begin at the [map](00_start_here.ipynb). The examples run on the \
simulator, even if you have credentials.

Values in `{{ }}` come from notebook variables. They work in every word and in every option's value. A line \
may end with a comment (`# …`), or with `;`, which silences its output. No option takes a secret."""

#: Magic -> examples: a sentence, and a cell.
EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "monite": (
        ("A line makes a call without a body:", "%monite GET /counterparts -q is_vendor=true -q limit=2"),
        ("A cell makes a call with one:", '%%monite POST /tags -o tag\n{"name": "urgent"}'),
        (
            "The body can be an object of the notebook. `--dry-run` shows it, and sends nothing:",
            'wanted = {"name": "to be paid"}\n%monite POST /tags --body wanted --dry-run',
        ),
        (
            "An expected refusal doesn't fail the cell:",
            '%%monite POST /tags --expect 409\n{"name": "urgent"}',
        ),
        ("A call can be handed on instead of being sent:", "%monite GET /tags/{{ tag.id }} --as httpx"),
    ),
    "monite_login": (("Without credentials, on the simulator:", "%monite_login --env local"),),
    "monite_status": (("", "%monite_status"),),
    "monite_use": (
        (
            "Make calls as a user:",
            """from monite_magic import simulator

user_id = simulator.default().credentials["MONITE_ENTITY_USER_ID"]
%monite_use --entity-user {{ user_id }}""",
        ),
        ("And as the partner again:", "%monite_use --partner"),
    ),
    "monite_help": (
        ("What a word finds:", "%monite_help overdue"),
        ("One operation:", "%monite_help POST /tags"),
        ("One field of its body:", "%monite_help POST /counterparts --field organization.address"),
    ),
    "monite_new": (
        (
            "The cell is put below this one, where the front end allows it:",
            "%monite_new POST /counterparts --type organization",
        ),
    ),
    "monite_explore": (
        (
            "A panel with a form; where no widgets are, a page with the draft:",
            "%monite_explore POST /tags",
        ),
        ("A call of the history, to be changed:", "%monite_explore --from last"),
    ),
    "monite_history": (
        ("What was refused in this session:", "%monite_history --status 4xx"),
        ("All of one call:", "%monite_history show 2"),
        ("The same call with an older API version:", "%monite_history replay 1 --api-version 2024-01-31"),
    ),
    "monite_export": (("All calls that changed something:", "%monite_export session.http --method POST"),),
    "monite_import": (
        (
            "A curl command, as documentation has them:",
            """%%monite_import
curl 'https://api.sandbox.monite.com/v1/payables?limit=5' -H 'X-Monite-Version: 2024-05-25'""",
        ),
    ),
    "monite_pull": (
        ("Into a DataFrame:", "%monite_pull counterparts -o parties"),
        ("It is there under the name:", 'parties[["organization.legal_name", "organization.is_vendor"]]'),
    ),
    "monite_push": (
        ("A table that becomes tags:", "new_tags = [{'name': 'Spring'}, {'name': 'Autumn'}]"),
        ("The plan:", "%monite_push POST /tags new_tags --journal tags.push-journal"),
        ("The rows:", "%monite_push POST /tags new_tags --journal tags.push-journal --send -o pushed"),
    ),
    "monite_watch": (
        ("The cell ends at once; events come below it:", "%monite_watch tag --for 5"),
        ("Something to see:", '%%monite POST /tags\n{"name": "watched"}'),
        ("", "%monite_watch stop"),
    ),
    "monite_catalogue": (
        ("", "%monite_catalogue"),
        (
            "What another API version changes for one operation:",
            "%monite_catalogue diff 2023-09-01 2024-01-31 POST /overdue_reminders",
        ),
    ),
    "monite_simulator": (
        ("", "%monite_simulator state"),
        ("The next call is told to wait:", "%monite_simulator fault GET /tags status=429"),
        ("It does, and is made again by itself:", "%monite GET /tags -o tags"),
    ),
    "monite_logout": (("", "%monite_logout"),),
}


#: Magic -> what else is to be known of it, below its options.
NOTES: dict[str, str] = {
    "monite": """\
`{{ }}` takes values from the notebook, or from the function that the call is in: `{{ invoice.id \
}}`, `{{ _.items[0].id }}`, `{{ df.iloc[0].id }}`. A literal `{{` is written `\\{{`. A list gives its \
parameter once for each item. However large an answer is, at most 64 kB of it get into the notebook; \
`--raw` and `_.text` have the whole, and `monite_magic.display.options.max_bytes` sets another \
limit. A table or chart of one page warns that more follow.""",
    "monite_login": """\
Credentials are taken from the options (`--profile`, `--dotenv`), the environment of the kernel, the \
nearest `.env`, and the system keyring (extra `keyring`), in this order. The search for `.env` goes \
from the notebook's folder up to the first folder with `.git` or `pyproject.toml`, or to your home \
directory.

| variable | meaning |
|---|---|
| `MONITE_CLIENT_ID`, `MONITE_CLIENT_SECRET` | the pair from the partner portal |
| `MONITE_ENV` | `sandbox` (the default), `eu` or `us` (production), `tesouro-sandbox`, `tesouro`, \
or `local` |
| `MONITE_BASE_URL` | another base URL |
| `MONITE_INSECURE_HTTP` | `1` allows plain http to another machine |
| `MONITE_PRODUCTION` | `0` if an unknown host isn't production: writes there don't ask; `1` if it is |
| `MONITE_API_VERSION` | a date; it picks what completion, help and the check know |
| `MONITE_ENTITY_ID` | the entity that calls are about |
| `MONITE_ENTITY_USER_ID` | use this user's token, with the user's role, instead of the partner's |

`%monite_login --profile acme` reads the same under `MONITE_ACME_…`. `tesouro` is the successor's \
dialect of the API. It is *unverified*, written from public guides alone: users' tokens and revoking \
are left out, and the check only warns.""",
    "monite_pull": """\
Parquet is written one folder a collection (`books.parquet/payables/entity_id=…/*.parquet`), with \
exact decimals and moments in UTC, and other engines read it there:

| engine | reads it by |
|---|---|
| DuckDB | `FROM read_parquet('books.parquet/payables/*/*.parquet', hive_partitioning=true)` |
| polars | `pl.scan_parquet("books.parquet/payables/**/*.parquet", hive_partitioning=True)` |
| Dask | `dask.dataframe.read_parquet("books.parquet/payables")` |
| Spark | `spark.read.parquet("books.parquet/payables")`; write `counterpart.name` in backticks |

An interrupted pull goes on when it is run again. Run again when it is complete, it brings what has \
changed. One pull at a time writes to a place.""",
    "monite_simulator": """\
`python -m monite_magic.simulator --port 8123 --env-file simulator.env` serves it for curl, an SDK \
or another kernel. `--seed bakery` starts with eighteen months of a small firm, `--data FILE` keeps \
its state, `--freeze 2028-02-29` and `--fault 'GET /tags status=502'` make time and failures \
repeatable, and `--rate-limit 30` refuses as the API does. It answers names of this machine only, \
unless `--host` binds another address; web pages may use it if their origin is on this machine or \
given with `--allow-origin`; webhooks go only to receivers that its own process opened or that you \
name with `--webhooks-to` (in a kernel: `monite_magic.simulator.default().receivers.add(url)`).""",
    "monite_new": """\
In JupyterLab, Notebook 7 and a terminal, the draft is put into the next cell. Where a front end \
ignores that, copy it from the output.""",
}


def _names(spec: MagicSpec) -> str:
    return f"`%{spec.name}`, `%%{spec.name}`" if spec.cell else f"`%{spec.name}`"


def _written(part: Word | Option) -> str:
    if hasattr(part, "flags"):
        return f"`{', '.join(part.flags)}{f' {part.metavar}' if part.metavar else ''}`".replace("|", "\\|")
    return f"`{part.metavar}`".replace("|", "\\|")


def _text(sentence: str) -> str:
    return sentence.replace("|", "\\|").replace("<", "&lt;")


def notebook() -> nbformat.NotebookNode:
    """Return the reference as a notebook, without outputs."""
    cells = [_markdown("introduction", INTRODUCTION)]
    cells.append(_code("load", "%load_ext monite_magic\n%monite_login --env local"))
    # Logging out comes last, or nothing would run after it.
    for name in [*(name for name in MAGICS if name != "monite_logout"), "monite_logout"]:
        cells += _section(MAGICS[name])
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return made


def _section(spec: MagicSpec) -> list[nbformat.NotebookNode]:
    parts = [*spec.words, *spec.options]
    text = [f"## {_names(spec)}", _text(spec.help)]
    if parts:
        rows = "\n".join(f"| {_written(part)} | {_text(_explained(part))} |" for part in parts)
        text += [f"```text\n{spec.usage}\n```", f"| word or option | what it does |\n|---|---|\n{rows}"]
    flags = {option.name: f"`{option.flags[-1]}`" for option in spec.options}
    text += [f"{flags[one]} and {flags[other]} can't be combined." for one, other in spec.conflicts]
    text += [NOTES[spec.name]] if spec.name in NOTES else []
    cells = [_markdown(spec.name, "\n\n".join(text))]
    for number, (sentence, code) in enumerate(EXAMPLES[spec.name]):
        if sentence:
            cells.append(_markdown(f"{spec.name}-says-{number}", sentence))
        cells.append(_code(f"{spec.name}-runs-{number}", code))
    return cells


def _explained(part: Word | Option) -> str:
    said = explained(part)
    return f"{said} Can be repeated." if getattr(part, "repeatable", False) else said


def _markdown(name: str, text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(text, id=name)


def _code(name: str, text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(text, id=name)


def write() -> None:
    """Write the notebook, and run it."""
    made = notebook()
    if NOTEBOOK.exists():
        kept = {cell.id: cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells}
        for cell in made.cells:
            if cell.cell_type == "code" and cell.id in kept:
                cell.outputs = kept[cell.id].outputs
    nbformat.write(made, NOTEBOOK)
    spec = importlib.util.spec_from_file_location("execute", ROOT / "tests" / "notebooks" / "execute.py")
    execute = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(execute)
    execute.main([str(NOTEBOOK)])


if __name__ == "__main__":
    write()
