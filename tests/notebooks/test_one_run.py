"""The saved outputs of a notebook come from one run: ids and times agree."""

import copy
import importlib.util
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest

_spec = importlib.util.spec_from_file_location("execute", Path(__file__).with_name("execute.py"))
execute = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(execute)

NOTEBOOKS = sorted(execute.FOLDER.glob("*.ipynb"))

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CALL = re.compile(r"\s*%%?monite (?P<method>[A-Z]+) (?P<path>/(?:\{\{.*?\}\}|\S)*)(?P<rest>.*)")
_USE = re.compile(r"\s*%monite_use --(?P<what>entity|entity-user) \{\{ *(?P<name>\w+)\.id *\}\}")
_ID = re.compile(r"\{\{ *(\w+)\.id *\}\}")
_PLACE = re.compile(r"\{\{.*?\}\}")
_KEPT = re.compile(r"-o (\w+)")
_ASSIGNED = re.compile(r"\s*(\w+) = ")
_MOMENT = re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d{6}")


def said(cell):
    """What a cell printed and showed, as text."""
    return "\n".join(
        str(output.get("text") or output.get("data", {}).get("text/plain", "")) for output in cell.outputs
    )


def compare_ids(notebook):
    """Compare the ids that stand for one name: return how many were compared, and what doesn't agree."""
    known, compared, wrong = {}, 0, []
    for cell in execute.code_cells(notebook):
        text = said(cell)
        for line in cell.source.splitlines():
            used = list(_used(line, text))
            for name, found in used:
                if known.setdefault(name, found) != found:
                    wrong.append(f"{line}: {name} is {found}, and was {known[name]}")
                compared += 1
            if assigned := _ASSIGNED.match(line):
                known.pop(assigned[1], None)
            kept = _KEPT.search(line)
            if kept and kept[1] not in [name for name, _ in used]:
                known.pop(kept[1], None)
                if shown := re.search(rf'^id +"({_UUID})"', text, re.MULTILINE):
                    known[kept[1]] = shown[1]
    return compared, wrong


def _used(line, text):
    """The names whose ids a line uses, each with the id that the output tells."""
    if match := _USE.match(line):
        label = {"entity": "Entity", "entity-user": "Entity user"}[match["what"]]
        if shown := re.search(rf"^{label} +({_UUID})", text, re.MULTILINE):
            yield match["name"], shown[1]
    elif (match := _CALL.match(line)) and (names := _ID.findall(match["path"])):
        pieces = _PLACE.split(match["path"].partition("?")[0])
        places = _PLACE.findall(match["path"].partition("?")[0])
        pattern = re.escape(pieces[0])
        for place, piece in zip(places, pieces[1:], strict=True):
            pattern += (f"({_UUID})" if _ID.match(place) else r"[^/\s]+") + re.escape(piece)
        if shown := re.search(rf"{match['method']} {pattern}(?=[\s?]|$)", text):
            yield from zip(names, shown.groups(), strict=False)


def moments(notebook):
    """The moments in the outputs, until the clock is moved or a seed brings its own past."""
    for cell in execute.code_cells(notebook):
        if "clock advance" in cell.source or "seed bakery" in cell.source:
            return
        for moment in _MOMENT.findall(said(cell)):
            yield datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_ids_that_are_made_and_used_again_agree(path):
    _, wrong = compare_ids(nbformat.read(path, as_version=4))
    assert not wrong, "\n".join(wrong)


def test_ids_are_really_compared():
    compared = {path.stem: compare_ids(nbformat.read(path, as_version=4))[0] for path in NOTEBOOKS}
    assert sum(count > 1 for count in compared.values()) >= 7, compared
    assert compared["04_pay_a_bill"] >= 10
    assert compared["09_webhooks"] >= 3


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_a_notebook_made_it_made_within_ten_minutes(path):
    found = sorted(moments(nbformat.read(path, as_version=4)))
    assert not found or found[-1] - found[0] < timedelta(minutes=10), (found[0], found[-1])


def ran(number, picture="iVBORw0K", status="issued"):
    """A notebook as its run `number` left it."""
    made = f"{number:08x}-0000-4000-8000-000000000000"
    cells = [
        ("%%monite POST /tags -o tag\n{}", {"text/plain": f'201 Created · POST /tags\nid  "{made}"'}),
        ("%monite GET /tags/{{ tag.id }}", {"text/plain": f"200 OK · GET /tags/{made} · {status}"}),
        ("chart", {"image/png": picture, "text/plain": "A chart"}),
    ]
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                source, id=f"cell-{place}", outputs=[nbformat.v4.new_output("display_data", data)]
            )
            for place, (source, data) in enumerate(cells)
        ]
    )


def test_two_runs_in_one_notebook_are_found():
    mixed = ran(1)
    assert compare_ids(mixed) == (1, [])
    mixed.cells[1].outputs = ran(2).cells[1].outputs
    compared, [wrong] = compare_ids(mixed)
    assert compared == 1
    assert "tag is 00000002-" in wrong


def test_outputs_that_say_the_same_stay_as_they_were():
    again = ran(2, picture="iVBORw0L")
    assert execute.keep_saved_outputs(ran(1), again)
    assert again == ran(1)


def test_one_cell_that_says_something_else_renews_all_of_them():
    again = ran(2, status="overdue")
    before = copy.deepcopy(again)
    assert not execute.keep_saved_outputs(ran(1), again)
    assert again == before


def test_one_cell_that_was_rewritten_renews_all_of_them():
    old, again = ran(1), ran(2)
    old.cells[2].source = "another chart"
    assert not execute.keep_saved_outputs(old, again)
    assert compare_ids(again) == (1, [])


def test_pictures_are_renewed_with_all_the_rest():
    again = ran(2, picture="iVBORw0L")
    assert not execute.keep_saved_outputs(ran(1), again, pictures=True)
    assert again == ran(2, picture="iVBORw0L")
