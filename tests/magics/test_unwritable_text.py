"""Half characters, NUL and endless words: each cell ends with a sentence, and each reply can be sent."""

from __future__ import annotations

import pytest

HALF = r"\udc4d"

LINES = [
    "monite GET /{}",
    "monite GET /tags?search={}",
    "monite GET /tags -q search={}",
    "monite GET /tags --entity {}",
    "monite POST /files -d object_type=payables --file file={}",
    "monite_catalogue load {}.json",
    "monite_import {}.har",
    "monite_export {}.http",
    "monite_login --dotenv {}",
    "monite_pull /tags --to {}.duckdb",
    "monite_simulator seed {}",
]


def line_magic(line):
    """Code that calls a line magic, as IPython writes it: the line may hold what a cell can't."""
    name, _, rest = line.partition(" ")
    return f"get_ipython().run_line_magic({name!r}, f{rest!r})".replace("{}", "{text}").replace(r"\\u", r"\u")


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize(
    ("text", "told"), [(f"a{HALF}b", "half of a character"), ("a\\0b", "a NUL character")]
)
def test_a_line_that_nothing_can_hold(local, line, text, told):
    problem = local.run(f"text = '{text}'\n" + line_magic(line)).problem
    assert told in problem
    assert "line 2, column " in problem
    assert "bug in monite-magic" not in problem


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("text", [f"a{HALF}b", "a\\0b", "x" * 5000])
def test_a_variable_that_no_name_can_be(local, line, text):
    ran = local.run(f"text = '{text}'\n%" + line.replace("{}", "{{ text }}"))
    if ran.status == "error":
        assert "bug in monite-magic" not in ran.problem
        assert len(ran.problem) < 900
    else:
        assert line.startswith("monite GET")  # percent-encoded, or cut by nobody: the server decides


def test_the_column_counts_from_the_start_of_the_cell(local):
    problem = local.run(f"get_ipython().run_cell_magic('monite', 'POST /t{HALF}gs', '{{}}')").problem
    assert "(line 1, column 17)" in problem  # after the 16 characters of %%monite POST /t


@pytest.mark.parametrize("form", ["curl", "httpx", "http"])
def test_a_body_with_half_a_character_is_shown_as_code(local, form):
    cell = f'%%monite POST /tags --no-check --as {form}\n{{"name": "a{{{{ half }}}}"}}'
    ran = local.good(f"half = '{HALF}'")
    ran = local.good(cell)
    assert r"\udc4d" in ran.text
    ran.text.encode()
