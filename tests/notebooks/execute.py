"""Run the tutorials, and keep their outputs: `python tests/notebooks/execute.py [--pictures] [FILE]`.

Whole notebooks only: all saved outputs of a notebook come from one run, so that ids and times agree. When no
output says anything else than the saved one (apart from ids, dates, times, durations and pictures), all saved
outputs of the notebook stay, so that running this changes a file only when something really changed. When
charts are drawn in another way, `--pictures` takes the new run of the notebooks that have some.
To see that they hold on another day, shift the wall clock of the whole run, and only that one: libfaketime
shifts the monotonic clock as well, in which threads wait, so that a pull never ends under it.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import nbclient
import nbformat

FOLDER = Path(__file__).parent.parent.parent / "notebooks"

_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
_PROGRESS = re.compile(r"\d+ rows \[|\d+%\|.*\| \d+/\d+ \[")
#: The versions of the API have dates, too; they are before this year, and are compared.
_YEAR = r"20(?:2[5-9]|[3-9]\d)"
_VOLATILE = [
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"\b127\.0\.0\.1:\d+"), "HOST"),
    (re.compile(r"(?i)\bcontent-length: \d+"), "LENGTH"),
    (re.compile(rf"\b[A-Z][a-z]{{2}}, \d\d [A-Z][a-z]{{2}} {_YEAR} \d\d:\d\d:\d\d GMT"), "TIME"),
    # Where an id is cut depends on how wide the durations next to it are.
    (re.compile(r"\b[0-9a-f]{4}…[0-9a-f]{4}\b|\b[0-9a-f]{8}[-0-9a-f]*…"), "ID"),
    (re.compile(r"\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?"), "TIME"),
    (re.compile(rf"\b{_YEAR}-\d{{2}}-\d{{2}}\b"), "DATE"),
    (re.compile(rf"\b((Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?\d{{1,2}} [A-Z][a-z]{{2}} {_YEAR}\b"), "DATE"),
    (re.compile(r"\bDATE, \d{2}:\d{2} UTC"), "TIME"),
    (re.compile(r"\b\d{2}:\d{2}:\d{2}\b"), "TIME"),
    (re.compile(r"\b\d+ of \d+ calls left"), "RATE"),
    (re.compile(r"(?i)\bratelimit-[\w-]+: \d+|x-process-time: [\d.]+"), "RATE"),
    (re.compile(r"\b\d+(\.\d+)?\s?(ms|s|min|seconds|minutes)\b"), "SPAN"),
    # Milliseconds in a separate column; amounts have other decimals.
    (re.compile(r"\b\d+\.\d\b"), "SPAN"),
    (re.compile(r"─+"), "─"),  # as wide as the column
    (re.compile(r"\b\d+(\.\d+)?\s?(B|kB|KB|bytes)\b"), "SIZE"),
    (re.compile(r"\b[0-9a-f]{16,32}\b"), "ID"),
    (re.compile(r"\bBakery [0-9a-f]{4} GmbH\b"), "NAME"),  # the entity that a tutorial makes for itself
]


def execute(path: Path, folder: Path, environ: dict[str, str] | None = None) -> nbformat.NotebookNode:
    """Run a notebook in a fresh kernel and return it with its outputs.

    Args:
        path: The notebook.
        folder: The folder that the kernel runs in.
        environ: Variables of the kernel's process; by default those of this one without `MONITE_…`.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell failed.
    """
    if environ is None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("MONITE_")}
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env={**environ, "IPYTHONDIR": str(folder / ".ipython")})
    for cell in code_cells(notebook):
        # A progress bar is over when the cell is.
        cell.outputs = [output for output in cell.outputs if not _is_progress(output)]
        for output in cell.outputs:
            # Nobody can reach that widget any more; its text says what was there.
            output.get("data", {}).pop(_WIDGET_VIEW, None)
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def _is_progress(output: nbformat.NotebookNode) -> bool:
    # Of one that was shown only just before its end, blanks may be all that is left.
    return output.get("name") == "stdout" and bool(_PROGRESS.match(text := output.text.strip()) or not text)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def stable(output: nbformat.NotebookNode) -> str:
    """Return what the output says, without what differs each time."""
    parts = output.get("data") or {output.output_type: output.get("text") or output.get("traceback")}
    # A chart is another picture each day; that there is one is what is compared.
    said = [(kind, "PICTURE" if kind.startswith("image/") else content) for kind, content in parts.items()]
    return stable_text(" ".join(f"{kind} {content}" for kind, content in sorted(said)))


def stable_text(text: str) -> str:
    """Return a text without what differs each time."""
    text = text.replace("%3A", ":").replace("%2B", "+")  # moments in a query
    for pattern, word in _VOLATILE:
        text = pattern.sub(word, text)
    # Where a line is broken depends on how long the durations are.
    return re.sub(r"[\s·]+", " ", text)


def differences(fresh: nbformat.NotebookNode, kept: nbformat.NotebookNode) -> list[str]:
    """Return where two cells' outputs say something else, with a little of what stands around it."""
    # The end of a stream's last line may come late, and be lost.
    said = [" ".join(stable(each).rstrip() for each in cell.outputs).rstrip() for cell in (fresh, kept)]
    if said[0] == said[1]:
        return []
    pairs = enumerate(zip(*said, strict=False))
    at = next((place for place, (one, other) in pairs if one != other), min(map(len, said)))
    now, then = (text[max(0, at - 60) : at + 120] for text in said)
    return [f"{kept.source}\n  now:   {now}\n  saved: {then}"]


def keep_saved_outputs(
    old: nbformat.NotebookNode, new: nbformat.NotebookNode, *, pictures: bool = False
) -> bool:
    """Put the old outputs into `new` if all of its cells say the same; return whether they do.

    Args:
        old: The saved notebook.
        new: The same, run again.
        pictures: Keep the new run if there are pictures in it.
    """
    before, after = code_cells(old), code_cells(new)
    if [(cell.id, cell.source) for cell in before] != [(cell.id, cell.source) for cell in after]:
        return False
    if any(differences(fresh, kept) for fresh, kept in zip(after, before, strict=True)):
        return False
    if pictures and any("image/png" in output.get("data", {}) for cell in after for output in cell.outputs):
        return False
    for fresh, kept in zip(after, before, strict=True):
        fresh.outputs = kept.outputs
    return True


def main(names: list[str]) -> None:
    pictures = "--pictures" in names
    names = [name for name in names if name != "--pictures"]
    for path in [Path(name) for name in names] or sorted(FOLDER.glob("*.ipynb")):
        with tempfile.TemporaryDirectory() as folder:
            notebook = execute(path, Path(folder))
        keep_saved_outputs(nbformat.read(path, as_version=4), notebook, pictures=pictures)
        nbformat.write(notebook, path)
        print(path.name)


if __name__ == "__main__":
    main(sys.argv[1:])
