"""Build the tutorials as plain HTML: their text, code and saved outputs.

nbconvert makes the pages. By default, they load scripts for formulas, diagrams and widgets from other hosts.
No tutorial needs these, so our pages have no scripts. They follow the system's light or dark mode, and link
to each other.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from monite_magic.tutorials.lite import BuildError, first_of, write_index

if TYPE_CHECKING:
    from pathlib import Path

    import nbformat

_TEMPLATE: Final = """\
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_css -%}
{{ resources.include_css("static/theme-dark.css")
   | replace("<style", '<style media="(prefers-color-scheme: dark)"') }}
<style>
:root { color-scheme: light dark; }
body > main { max-width: 60rem; margin: 0 auto; }
.jp-OutputArea-output.jp-RenderedHTMLCommon pre { font-family: var(--jp-code-font-family); }
</style>
{%- endblock -%}
"""


def build(target: Path, notebooks: list[Path]) -> None:
    """Write a page for each notebook, and an `index.html` that redirects to the first.

    Args:
        target: A new or empty folder.
        notebooks: The notebooks.

    Raises:
        BuildError: nbconvert is missing.
    """
    if find_spec("nbconvert") is None:
        raise BuildError(
            "The build needs nbconvert. Install the extra: pip install 'monite-magic[lite]' "
            "(in a clone of the repository: pip install -e '.[lite]')."
        )
    import nbformat
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(raw_template=_TEMPLATE, embed_images=True)  # type: ignore[no-untyped-call]
    target.mkdir(parents=True, exist_ok=True)
    for path in notebooks:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        _prepare(notebook, {other.name for other in notebooks})
        page, _ = exporter.from_notebook_node(
            notebook, {"metadata": {"name": path.stem, "path": path.parent}}
        )
        (target / path.name).with_suffix(".html").write_text(page, "utf-8")
    write_index(target, f"{first_of(notebooks).stem}.html")


def _prepare(notebook: nbformat.NotebookNode, names: set[str]) -> None:
    """Set the page's title, and change links to notebooks into links to their pages."""

    def to_page(link: re.Match[str]) -> str:
        return f"]({link[1]}.html" if f"{link[1]}.ipynb" in names else link[0]

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            if "title" not in notebook.metadata and cell.source.startswith("# "):
                notebook.metadata["title"] = cell.source.splitlines()[0].removeprefix("# ")
            cell.source = re.sub(r"\]\(([^)\s#]+)\.ipynb", to_page, cell.source)
