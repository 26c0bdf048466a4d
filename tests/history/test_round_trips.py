"""What is exported as curl, HAR, .http or Postman comes back as the same request, with all of Unicode."""

import json
from pathlib import Path

import httpx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monite_magic import MoniteClient
from monite_magic.cell.leaks import contains_secret
from monite_magic.cell.line_words import escape_braces, escape_braces_in_json, quote_word
from monite_magic.cell.reading import parse
from monite_magic.core import is_secret_field, mask_json_fields
from monite_magic.core.environments import ENVIRONMENTS
from monite_magic.core.errors import RequestError
from monite_magic.core.refused_headers import why_parameter_refused
from monite_magic.core.sent import SentRequest
from monite_magic.history import History, export_call, export_session, import_text, recipe_of_filled
from monite_magic.session.calling import call_options

SANDBOX = ENVIRONMENTS["sandbox"]
CLIENT = MoniteClient(SANDBOX, transport=httpx.MockTransport(lambda _: httpx.Response(200)))

# Dots would be taken for a masked secret, and become a variable.
TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="•"), max_size=12)
#: What stands for something else in documents; in a call that was made it is text.
STAND_INS = st.sampled_from(
    ["{{x}}", "{{ name }}", "<id>", "YOUR_ID", "A_ID", ":id", "$ID", "${ID}", "%ID%", "@x", "# x", "// x"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT | STAND_INS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
NAMES = TEXT.filter(lambda text: text.strip() == text and text.isprintable() and "=" not in text and text)


@st.composite
def requests(draw):
    """A request, filled from a cell."""
    segments = draw(st.lists((TEXT | STAND_INS).filter(lambda text: text.strip(".") and text), max_size=2))
    query = draw(st.lists(st.tuples(NAMES, TEXT | STAND_INS), max_size=3))
    body = draw(st.none() | st.dictionaries(TEXT, VALUES, max_size=3))
    line = f"{draw(st.sampled_from(['GET', 'POST', 'PATCH', 'PUT', 'DELETE']))} /x"
    line += "".join(f"/{{{{ s{index} }}}}" for index in range(len(segments)))
    line += "".join(
        f" -q {quote_word(escape_braces(name) + f'={{{{ q{index} }}}}')}"
        for index, (name, _) in enumerate(query)
    )
    if (
        header := draw(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8))
        .strip()
        .replace("{{", "")
    ):
        line += f" -H {quote_word(f'X-Note: v{header}')}"
    names = {f"s{index}": segment for index, segment in enumerate(segments)}
    names |= {f"q{index}": value for index, (_, value) in enumerate(query)}
    cell = None if body is None else escape_braces_in_json(json.dumps(body, ensure_ascii=draw(st.booleans())))
    if (
        contains_secret(line)
        or contains_secret(cell or "")
        or any(contains_secret(f"{name}={value}") for name, value in query)
    ):
        return None
    if any(is_secret_field(name) or why_parameter_refused(name) for name, _ in query):
        return None  # the value is exported as dots, or the call refused
    return parse(line, cell).fill(names)


def options_of(filled):
    """What a client takes with a call, which shows no notes."""
    return {name: value for name, value in call_options(filled).items() if name != "notes"}


def sent_by(filled):
    """What a client would send: method, URL, headers and the body's bytes."""
    request = CLIENT.prepare(filled.method, filled.path, **options_of(filled)).http
    headers = {name: value for name, value in request.headers.items() if name != "content-length"}
    return request.method, str(request.url), headers, request.read()


def refilled(cell):
    line, _, body = cell.partition("\n")
    return parse(line.lstrip("%").removeprefix("monite "), body or None).fill({})


def exported(filled, form):
    if form in {"curl", "http"}:
        return export_call(recipe_of_filled(filled, SANDBOX), form)
    request = CLIENT.prepare(filled.method, filled.path, **options_of(filled)).http
    body = request.read()
    sent = SentRequest(
        method=request.method,
        url=str(request.url),
        path=filled.path,
        headers=dict(request.headers),
        body=mask_json_fields(body.decode()).encode() if body else None,
    )
    history = History()
    history.record_failure(sent, TimeoutError("x"), SANDBOX)
    return export_session(history, Path(f"s.{form}"))


@pytest.mark.parametrize("form", ["curl", "http", "har", "json"])
@given(filled=requests().filter(bool))
def test_an_exported_call_comes_back_as_the_same_request(form, filled):
    try:
        before = sent_by(filled)
    except RequestError:
        assume(False)  # the client refuses such a path
    (cell,) = import_text(exported(filled, form)).cells
    after = sent_by(refilled(cell))
    assert after[:2] == before[:2]
    assert after[2] == before[2]
    assert json.loads(after[3] or "null") == json.loads(before[3] or "null")


@pytest.mark.parametrize("form", ["curl", "http"])
@pytest.mark.parametrize(
    "value",
    [
        "plain",
        "a;b,c",
        'say "hi"',
        "it's",
        "C:\\x\\",
        "é😀漢",
        "@x",
        "<x",
        "$X {{ y }} `z`",
        "a=b&c",
        " x ",
        "",
    ],
)
def test_an_exported_upload_comes_back_with_its_fields(form, value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.pdf", "b;c.pdf"):
        (tmp_path / name).touch()
    if form == "http":
        value = value.replace("{{", "{")  # a field of a .http file has no way to write these
    note = quote_word(escape_braces(f"note={value}"))
    line = f"POST /files --file file=a.pdf --file 'other=b;c.pdf' -d {note} -d n=1"
    filled = parse(line).fill({})
    (cell,) = import_text(export_call(recipe_of_filled(filled, SANDBOX), form)).cells
    after = refilled(cell)
    assert (after.method, after.path, after.body) == ("POST", "/files", None)
    assert sorted(after.fields) == sorted(filled.fields)
    assert [(name, path.name) for name, path in after.files] == [("file", "a.pdf"), ("other", "b;c.pdf")]
