"""A magic's line is read by its declaration, and each mistake names what was meant."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monite_magic.cell.arguments import MagicSpec, Option, Word, read_line
from monite_magic.cell.leaks import contains_secret
from monite_magic.core.errors import RequestError, TemplateError
from monite_magic.core.masking import Secret

SPEC = MagicSpec(
    "brew",
    "Make tea.",
    words=(
        Word("kind", "KIND", "The kind of tea.", required=True, choices=("green", "black")),
        Word("extras", "EXTRA", "What goes in.", many=True),
    ),
    options=(
        Option(("-s", "--sugar"), "Sweeten it.", "LUMPS"),
        Option(("--note",), "Say something.", "TEXT", repeatable=True),
        Option(("--hot-water",), "Warm the cup."),
        Option(("--cup",), "Which cup.", "SIZE", choices=("small", "large")),
        Option(("--minutes",), "How long.", "MINUTES", positive=True),
    ),
    conflicts=(("hot_water", "minutes"),),
    example="green",
)


def read(line):
    return read_line(SPEC, line)


def test_everything_is_an_attribute():
    arguments = read("green milk 'two spoons' -s 2 --note a --note=b --hot-water --cup large")
    assert arguments.kind == "green"
    assert arguments.extras == ("milk", "two spoons")
    assert arguments.sugar == "2"
    assert arguments.note == ("a", "b")
    assert arguments.hot_water is True
    assert arguments.cup == "large"
    assert arguments.minutes is None
    assert not arguments.wants_help
    with pytest.raises(AttributeError):
        _ = arguments.nothing


def test_what_is_not_given_is_none_empty_or_false():
    arguments = read("black")
    assert (arguments.sugar, arguments.note, arguments.hot_water, arguments.extras) == (None, (), False, ())


def test_options_may_stand_anywhere():
    assert read("--sugar 2 green --hot-water milk").values == read("green milk --hot-water -s 2").values


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("green -s -5", "-5"),
        ("green -s=5", None),
        ("green --sugar=", ""),
        ("green --sugar=a=b", "a=b"),
        ("green -s '--note'", "--note"),
        ("green -s --note-less", "--note-less"),
        ("green -s ''", ""),
        ("green --sugar 'a b'", "a b"),
    ],
)
def test_values(line, value):
    if value is None:
        with pytest.raises(RequestError, match="Unknown option: -s=5"):
            read(line)
    else:
        assert read(line).sugar == value


def test_a_quoted_word_is_never_an_option():
    assert read("green '--hot-water'").extras == ("--hot-water",)
    assert read("green '--hot-water'").hot_water is False


def test_a_word_may_be_a_negative_number_or_a_dash():
    assert read("green -1d - -5").extras == ("-1d", "-", "-5")


def test_columns_are_those_of_the_cells_first_line():
    arguments = read("green  milk --sugar 2 --note=a --note 'b' --hot-water")
    line = "%brew green  milk --sugar 2 --note=a --note 'b' --hot-water"
    assert arguments.columns["kind"] == line.index("green") + 1
    assert arguments.columns["extras"] == (line.index("milk") + 1,)
    assert arguments.columns["sugar"] == line.index("2") + 1
    assert arguments.columns["note"] == (line.index("a --note") + 1, line.index("b'") + 1)
    assert arguments.columns["hot_water"] == line.index("--hot") + 1
    assert read_line(SPEC, "green", cell=True).columns["kind"] == 8


@pytest.mark.parametrize(
    "line", ["--help", "-h", "green --help --nonsense", "green --help 'unfinished business'"]
)
def test_help_is_read_before_anything_is_required(line):
    assert read(line).wants_help


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("", None, "KIND is missing .* Write %brew KIND .EXTRA …., for instance %brew green"),
        ("red", 7, "Unknown kind: red .* Choose one of green, black"),
        ("gren", 7, "Did you mean green"),
        ("green --suger 1", 13, "Unknown option: --suger .* Did you mean --sugar"),
        ("green --zzzz", 13, "Unknown option: --zzzz .* Choose one of -s, --sugar"),
        ("green -x", 13, "Unknown option: -x"),
        ("green --sugar", 13, "--sugar needs a value .* Write --sugar LUMPS"),
        ("green -s --hot-water", 13, "-s needs a value"),
        ("green -s --note=1", 13, "-s needs a value"),
        ("green -s 1 --sugar 2", 18, "--sugar can be given only once"),
        ("green --hot-water --hot-water", 25, "--hot-water can be given only once"),
        ("green --hot-water=1", 13, "--hot-water takes no value"),
        ("green --cup huge", 19, "Invalid value for --cup: huge .* Choose one of small, large"),
        ("green --cup larg", 19, "Did you mean large"),
        ("green --minutes x", 23, "--minutes must be a number above 0, not x"),
        ("green --minutes 0", 23, "above 0"),
        ("green --minutes -1", 23, "above 0"),
        ("green --minutes nan", 23, "above 0"),
        ("green --minutes inf", 23, "above 0"),
        ("green --minutes 1 --hot-water", None, "--hot-water and --minutes can.t be combined"),
        ("green 'x", 13, "not closed"),
        ("green --token x", 13, "Don.t put a secret on the line"),
        ("green --CLIENT_SECRET x", 13, "Don.t put a secret on the line"),
        ("green --token abcdefgh", 13, "Don.t put a secret in a notebook"),
    ],
)
def test_mistakes(line, column, words):
    with pytest.raises(RequestError, match=words) as caught:
        read(line)
    assert (caught.value.line, caught.value.column) == (1, column)


def test_a_word_too_many_is_not_echoed():
    spec = MagicSpec("quiet", "Say nothing.")
    with pytest.raises(RequestError, match="Unexpected argument") as caught:
        read_line(spec, "perhaps-a-secret")
    assert "perhaps" not in str(caught.value)
    assert "Write %quiet; %quiet --help shows all." in str(caught.value)


def test_long_mistakes_are_cut():
    with pytest.raises(RequestError) as caught:
        read("green --" + "x" * 500)
    assert len(str(caught.value)) < 250


def test_placeholders_are_filled():
    names = {"n": 2, "words": "a b", "size": "large", "time": 2.5}
    arguments = read(
        "green {{ words }} -s {{ n }} --note {{ n }}x --note y --cup {{ size }} --minutes {{ time }}"
    )
    assert arguments.sugar == "{{ n }}"
    filled = arguments.fill(names)
    assert filled.extras == ("a b",)
    assert filled.sugar == "2"
    assert filled.note == ("2x", "y")
    assert (filled.cup, filled.minutes, filled.kind, filled.hot_water) == ("large", "2.5", "green", False)
    assert filled.columns == arguments.columns


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("green --cup {{ n }}", 19, "Invalid value for --cup: 2"),
        ("green --minutes {{ bad }}", 23, "above 0"),
        ("green -s {{ nope }}", 16, "Variable 'nope' is not defined"),
        ("green --note a --note x{{ nope }}", 30, "Variable 'nope' is not defined"),
        ("green -s {{ secret }}", 16, "is a secret"),
    ],
)
def test_filled_values_are_checked_like_written_ones(line, column, words):
    with pytest.raises(RequestError, match=words) as caught:
        read(line).fill({"n": 2, "bad": -1, "secret": Secret("hush-hush")})
    assert (caught.value.line, caught.value.column) == (1, column)


def test_a_missing_name_is_a_template_error():
    with pytest.raises(TemplateError):
        read("green -s {{ nope }}").fill({})


def test_help_text_shows_every_word_and_option():
    text = SPEC.help_text
    assert text.startswith("%brew: Make tea.\n")
    assert (
        "%brew KIND [EXTRA …] [-s LUMPS] [--note TEXT]… [--hot-water] [--cup SIZE] [--minutes MINUTES]"
        in text
    )
    for word in SPEC.words:
        assert word.help in text
    for option in SPEC.options:
        assert option.help in text
        assert ", ".join(option.flags) in text


@given(st.text(alphabet="green -s='\"{}\\#;\n\t--note cup é", max_size=60) | st.text(max_size=60))
def test_reading_raises_nothing_but_request_errors(line):
    with contextlib.suppress(RequestError):
        read(line).fill({"n": 1, "e": "x"})


@given(
    st.lists(
        st.text(alphabet=st.characters(blacklist_characters="'{", blacklist_categories=("Cs",))), max_size=5
    )
)
def test_quoted_words_come_back_as_they_were(texts):
    line = "green " + " ".join(f"'{text}'" for text in texts)
    if not contains_secret(line):
        assert read(line).extras == tuple(texts)


def test_help_text_of_a_magic_without_words_or_options_ends_with_its_usage():
    assert MagicSpec("calm", "Does nothing.").help_text == "%calm: Does nothing.\n\n%calm"
