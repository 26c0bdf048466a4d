"""The recipes of the notebook "I want to …" are found by what people say."""

from __future__ import annotations

import itertools
from pathlib import Path

import nbformat
import pytest
from questions import NOTHING

from monite_magic.jupyter.assist import help_page
from monite_magic.jupyter.assist.recipes import NOTEBOOK, RECIPES
from monite_magic.jupyter.assist.search import find_recipes

PATH = Path(__file__).parents[2] / "notebooks" / NOTEBOOK
HEADINGS = [recipe.heading for recipe in RECIPES]

#: A wish in other words than the heading's -> its heading.
WISHES = {
    "who are our biggest debtors": "See which customers owe most",
    "what has to be paid next week and who must act": (
        "See which bills are due in two weeks and what blocks them"
    ),
    "chart of late payers": "See which customer pays latest",
    "cash forecast for the coming weeks": "See what comes in and what goes out",
    "duplicate bills": "Find bills that came twice",
    "spreadsheet for our accountant": "Get an Excel file of last quarter",
    "scan a bill": "Read a bill from a PDF",
    "four eyes for large bills": "Require two approvers over 1000 EUR",
    "customer in France": "Invoice a French customer with a VAT ID and 20 percent VAT",
    "import vendors from csv": "Load a messy sheet of suppliers",
    "bearer token for the frontend": "Get a token for a clerk's browser",
    "open a support ticket": "Hand a failed request to support",
    "nightly check with papermill": "Let `jupyter execute` fail when a check fails",
    "listen to events in real time": "See a webhook live",
    "simulate a timeout": "Rehearse an outage",
}


@pytest.fixture(scope="module")
def cells():
    return nbformat.read(PATH, as_version=4).cells


def test_each_recipe_is_a_heading_with_one_cell_below_it(cells):
    following = {
        line.removeprefix("## "): after.cell_type
        for cell, after in itertools.pairwise(cells)
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("## ")
    }
    assert list(following) == HEADINGS
    assert set(following.values()) == {"code"}
    assert len(set(HEADINGS)) == 30


def test_the_table_of_wishes_has_each_recipe_in_order(cells):
    [table] = [cell.source for cell in cells if cell.id == "table"]
    rows = [line for line in table.splitlines() if "](#" in line]
    assert [row.partition("](#")[0].partition("[")[2].lower() for row in rows] == [
        heading.lower() for heading in HEADINGS
    ]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.heading)
def test_a_recipe_is_found_by_its_heading_and_by_its_words(recipe):
    assert find_recipes(recipe.heading)[0] is recipe
    assert find_recipes(f"I want to {recipe.heading}")[0] is recipe
    assert find_recipes(recipe.words)[0] is recipe


@pytest.mark.parametrize("wish", WISHES)
def test_a_recipe_is_found_in_other_words(wish):
    assert WISHES[wish] in [recipe.heading for recipe in find_recipes(wish)[:2]]


@pytest.mark.parametrize("words", [*NOTHING, "", "?!"])
def test_what_no_recipe_is_about_finds_none(words):
    assert find_recipes(words) == []


def test_the_page_of_help_names_the_notebook_and_the_heading():
    text = help_page("which customers owe most")._repr_mimebundle_()["text/plain"]
    assert "heading in recipes.ipynb" in text
    assert "See which customers owe most" in text
    text = help_page("bills due in two weeks")._repr_mimebundle_()["text/plain"]
    assert "See which bills are due in two weeks and what blocks them" in text  # not cut
    text = help_page("papermill assert nightly")._repr_mimebundle_()["text/plain"]
    assert "Nothing found" not in text
    assert "Let jupyter execute fail when a check fails" in text


def test_the_beginning_of_a_path_shows_operations_only():
    assert "recipes.ipynb" not in help_page("/payables")._repr_mimebundle_()["text/plain"]
