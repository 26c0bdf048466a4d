"""Write the reference, in the README and as a notebook that runs: `python tests/docs/reference.py`.

Both are made from the table of magics in `monite_magic.cell.options`; only the examples stand here.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from monite_magic.cell.options import MAGICS

if TYPE_CHECKING:
    from monite_magic.cell.arguments import MagicSpec, Option, Word

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
NOTEBOOK = ROOT / "notebooks" / "reference.ipynb"
BEGIN = "<!-- magics: written by tests/docs/reference.py -->"
END = "<!-- magics: end -->"

INTRODUCTION = """# Reference

Every magic with its words and options, and examples that run. This page is generated from the code, so it \
says what the magics do. `%monite --help` shows the same for one of them, and **Tab** completes all of it.

It is for looking things up; to learn, begin at the [map](00_start_here.ipynb). The examples run on the \
simulator, even if you have credentials.

What stands in `{{ }}` is taken from the notebook, in every word and in every value of an option. A line may \
end with a comment (`# …`), or with `;`, which silences its output. No option takes a secret."""

#: Magic -> examples: a sentence, and a cell.
EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "monite": (
        ("A line makes a call without a body:", "%monite GET /counterparts -q is_vendor=true -q limit=2"),
        ("A cell makes a call with one:", '%%monite POST /tags -o tag\n{"name": "urgent"}'),
        (
            "The body can be an object of the notebook. `--dry-run` shows it, and sends nothing:",
            'wanted = {"name": "to be paid"}\n%monite POST /tags --body wanted --dry-run',
        ),
        ("A refusal that is wanted fails no cell:", '%%monite POST /tags --expect 409\n{"name": "urgent"}'),
        ("A call can be handed on instead of being sent:", "%monite GET /tags/{{ tag.id }} --as httpx"),
    ),
    "monite_login": (("Without credentials, on the simulator:", "%monite_login --env local"),),
    "monite_status": (("", "%monite_status"),),
    "monite_use": (
        (
            "Calls in a user's name:",
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
    "monite_catalogue": (("", "%monite_catalogue"),),
    "monite_simulator": (
        ("", "%monite_simulator state"),
        ("The next call is told to wait:", "%monite_simulator fault GET /tags status=429"),
        ("It does, and is made again by itself:", "%monite GET /tags -o tags"),
    ),
    "monite_logout": (("", "%monite_logout"),),
}


def reference() -> str:
    """Return the table of magics and their options, in Markdown."""
    return "\n".join(["| magic | what it does |", "|---|---|", *map(_row, MAGICS.values())])


def _row(spec: MagicSpec) -> str:
    parts = [
        _text(spec.help),
        *(f"{_written(part)} {_text(part.help)}" for part in [*spec.words, *spec.options]),
    ]
    return f"| {_names(spec)} | {'<br>'.join(parts)} |"


def _names(spec: MagicSpec) -> str:
    return f"`%{spec.name}`, `%%{spec.name}`" if spec.cell else f"`%{spec.name}`"


def _written(part: Word | Option) -> str:
    if hasattr(part, "flags"):
        return f"`{', '.join(part.flags)}{f' {part.metavar}' if part.metavar else ''}`".replace("|", "\\|")
    return f"`{part.metavar}`".replace("|", "\\|")


def _text(sentence: str) -> str:
    return sentence.replace("|", "\\|").replace("<", "&lt;")


def with_reference(text: str) -> str:
    """Return the README's text with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{reference()}\n{END}{after}"


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
    text += [f"{flags[one]} and {flags[other]} exclude each other." for one, other in spec.conflicts]
    cells = [_markdown(spec.name, "\n\n".join(text))]
    for number, (sentence, code) in enumerate(EXAMPLES[spec.name]):
        if sentence:
            cells.append(_markdown(f"{spec.name}-says-{number}", sentence))
        cells.append(_code(f"{spec.name}-runs-{number}", code))
    return cells


def _explained(part: Word | Option) -> str:
    said = part.help
    if part.choices and not all(choice in said for choice in part.choices):
        said += f" One of {', '.join(part.choices)}."
    return f"{said} Can be repeated." if getattr(part, "repeatable", False) else said


def _markdown(name: str, text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(text, id=name)


def _code(name: str, text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(text, id=name)


def write() -> None:
    """Write both, and run the notebook."""
    README.write_text(with_reference(README.read_text(encoding="utf-8")), encoding="utf-8")
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
