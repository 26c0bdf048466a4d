"""The table of magics is complete and consistent."""

import itertools

import pytest

from monite_magic.cell.arguments import read_line
from monite_magic.cell.leaks import SECRET_OPTIONS
from monite_magic.cell.options import MAGICS
from monite_magic.core.errors import RequestError


@pytest.mark.parametrize("spec", MAGICS.values(), ids=MAGICS)
def test_each_declaration_is_sound(spec):
    flags = list(itertools.chain.from_iterable(option.flags for option in spec.options))
    assert len(flags) == len(set(flags))
    assert not {flag.lstrip("-") for flag in flags} & SECRET_OPTIONS
    names = [word.name for word in spec.words] + [option.name for option in spec.options]
    assert len(names) == len(set(names))
    for first, second in spec.conflicts:
        assert first in names
        assert second in names
    for text in [spec.help, *(word.help for word in spec.words), *(option.help for option in spec.options)]:
        assert text.endswith(".")
        assert "\n" not in text
    if spec.example:
        read_line(MAGICS[spec.name], spec.example)


@pytest.mark.parametrize(
    ("name", "line", "expected"),
    [
        ("monite_login", "--env local --or-local", {"env": "local", "or_local": True, "profile": None}),
        (
            "monite_login",
            r"--dotenv C:\keys\.env --api-version 2024-05-25",
            {"dotenv": r"C:\keys\.env", "api_version": "2024-05-25"},
        ),
        (
            "monite_login",
            "--base-url http://127.0.0.1:8000/v1 --form",
            {"base_url": "http://127.0.0.1:8000/v1", "form": True},
        ),
        ("monite_status", "", {}),
        ("monite_logout", ";", {}),
        ("monite_use", "--entity e1 --partner", {"entity": "e1", "partner": True}),
        ("monite_use", "--allow-writes 10", {"allow_writes": "10"}),
        ("monite_catalogue", "", {"action": None, "words": ()}),
        (
            "monite_catalogue",
            "load https://x/openapi.json",
            {"action": "load", "words": ("https://x/openapi.json",)},
        ),
        ("monite_simulator", "", {"action": None, "words": ()}),
        ("monite_simulator", "clock +1d", {"action": "clock", "words": ("+1d",)}),
        ("monite_simulator", "clock -1d", {"action": "clock", "words": ("-1d",)}),
    ],
)
def test_lines(name, line, expected):
    arguments = read_line(MAGICS[name], line)
    assert {key: arguments.values[key] for key in expected} == expected


def test_every_magic_gives_help():
    for name in MAGICS:
        assert read_line(MAGICS[name], "--help").wants_help
        assert MAGICS[name].help_text.startswith(f"%{name}")


@pytest.mark.parametrize(
    ("name", "line", "flag"),
    [
        ("monite_history", "list --method FETCH", "--method"),
        ("monite_export", "calls.har --method FETCH", "--method"),
        ("monite_history", "replay 1 --env moon", "--env"),
        ("monite_history", "show 1 --as prose", "--as"),
        ("monite", "GET /payables --as prose", "--as"),
        ("monite_login", "--env moon", "--env"),
        ("monite_login", "--seed weeds", "--seed"),
        ("monite_catalogue", "diff --as prose", "--as"),
        ("monite_push", "POST /counterparts x.csv --dates sometimes", "--dates"),
        ("monite_push", "POST /counterparts x.csv --decimal dot", "--decimal"),
        ("monite_push", "POST /counterparts x.csv --percent parts", "--percent"),
    ],
)
def test_an_option_takes_no_other_value_than_its_choices(name, line, flag):
    with pytest.raises(RequestError, match=f"Invalid value for {flag}"):
        read_line(MAGICS[name], line)


def test_an_unknown_option_of_a_call_names_the_nearest_and_how_to_write_a_query_parameter():
    with pytest.raises(RequestError) as caught:
        read_line(MAGICS["monite"], "GET /payables --limi 5")
    assert "To send a query parameter, write -q limi=…" in caught.value.hint
    with pytest.raises(RequestError, match="Did you mean --query") as caught:
        read_line(MAGICS["monite"], "GET /payables --quer 5")
    assert "To send a query parameter, write -q quer=…" in caught.value.hint
