"""Whatever an answer holds, it is text: in a page it makes no tag, in a terminal it gives no order."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monite_magic.api.answer import Note
from monite_magic.display import Raw, panel, render, render_status_line, table

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    '"><iframe src=javascript:alert(1)>',
    "' onmouseover='alert(1)",
    '" style="position:fixed',
    "</style></details></div></td><h1>out</h1>",
    "</pre><b>bold</b>",
    "<!-- open",
    "<![CDATA[<b>",
    "&lt;b&gt;&amp;&#60;script&#62;",
    "javascript:alert(1)",
    "https://example.com/'onclick='alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "{{ constructor }}${alert(1)}`",
    "\x1b[2J\x1b]0;title\x07\x1b[31mred",
    "\x9b31mred\x85",
    "line\nother\r\nline\ttab\x00nul",
    "user\u202egnp.exe\u2066",
    "zero\u200bwidth\ufeff",
    "\ud800 half a pair \udfff",
    '=HYPERLINK("http://evil")',
    "x" * 300 + "<b>",
]
TAGS = {
    "div", "span", "code", "pre", "strong", "details", "summary", "table", "thead", "tbody", "tr", "th", "td",
    "a", "img",
}  # fmt: skip
ATTRIBUTES = {"style", "title", "open", "scope", "href", "target", "rel", "download", "src", "alt"}
STYLE = re.compile(r"[a-z-]+:[^;{}<>\"'\\]+(;[a-z-]+:[^;{}<>\"'\\]+)*;?")
CONTROL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
ORDERS = re.compile(r"url\(|expression|var\(|position|@|javascript", re.IGNORECASE)


def assert_harmless(bundle, read_html):
    page = read_html(bundle["text/html"])
    assert page.open == []
    for name, attributes in page.tags:
        assert name in TAGS
        assert set(attributes) <= ATTRIBUTES
        style = attributes.get("style")
        assert style is None or (STYLE.fullmatch(style) and not ORDERS.search(style))
        assert re.match(r"https?://|data:application/(pdf|zip);base64,", attributes.get("href", "https://"))
        assert re.match(
            r"data:image/(png|jpeg|gif|webp);base64,", attributes.get("src", "data:image/png;base64,")
        )
    for text in bundle.values():
        assert not CONTROL.search(text)
        text.encode()


def everywhere(answer, evil):
    """Answers that hold a string in every place that one can get into."""
    rows = {
        "data": [{"id": evil, "name": evil, evil: evil, "status": evil, "tags": [evil], "o": {"name": evil}}]
    }
    header = evil.encode("ascii", "backslashreplace").decode()
    headers = {
        "x-request-id": evil,
        "ratelimit-limit": evil,
        "ratelimit-remaining": evil,
        "retry-after": evil,
    }
    yield answer(rows, template="/counterparts")
    yield answer(
        {"currency": evil, "amount": 5, "url": "https://x/" + evil, "deep": {evil: {evil: [evil] * 9}}}
    )
    yield answer(evil)
    yield answer([evil, [evil], {evil: None}])
    yield answer(rows, path=f"/payables/{evil}", query=f"?q={evil}", headers=headers)
    yield answer(rows, notes=(Note(evil, "warning", 1, 2), Note(evil, evil)))
    detail = [{"loc": ["body", evil, 0], "msg": evil, "type": evil}, evil, {"loc": evil}]
    yield answer({"detail": detail}, status=422, method="POST", body=b'{\n"a": "<b>"}')
    for status in (400, 401, 403, 404, 405, 409, 418, 429, 500, 501):
        yield answer({"error": {"message": evil, "more": evil}}, status=status, path=f"/{evil}/{evil}")
    yield answer(content=evil.encode("utf-8", "replace"), content_type="text/html")
    yield answer(content=evil.encode("utf-8", "replace"), content_type=evil)
    csv = f"{evil},b\n{evil},1\n".encode("utf-8", "replace")
    yield answer(content=csv, content_type="text/csv")
    disposition = {"content-disposition": f'attachment; filename="{header}"'}
    for content in (b"%PDF-1.7", b"\x89PNG\r\n\x1a\n" + bytes(30), b"GIF89a", b"\x00\x01\x02"):
        yield answer(content=content, content_type="text/html", headers=disposition)
        yield answer(content=content, content_type=evil, path=f"/files/{evil}")


@pytest.mark.parametrize("evil", HOSTILE, ids=range(len(HOSTILE)))
def test_an_answer_is_text_everywhere(evil, answer, read_html):
    for response in everywhere(answer, evil):
        assert_harmless(render(response), read_html)
        assert_harmless(render_status_line(response), read_html)
        assert_harmless(Raw(response)._repr_mimebundle_(), read_html)


@pytest.mark.parametrize("evil", HOSTILE, ids=range(len(HOSTILE)))
def test_panels_and_tables_are_text_everywhere(evil, read_html):
    shown = panel(evil, [(evil, evil)], notes=[evil], code=evil)
    assert_harmless(shown._repr_mimebundle_(), read_html)
    shown = table([evil, "b"], [[evil, 1]], title=evil, notes=[evil], whole=evil, right=[evil])
    assert_harmless(shown._repr_mimebundle_(), read_html)


def test_markup_is_shown_as_it_stands(answer, read_html):
    bundle = render(answer({"name": "<b>x</b> & 'y'"}))
    assert "<b>x</b> & 'y'" in read_html(bundle["text/html"]).text
    assert "<b>x</b> & 'y'" in bundle["text/plain"]


def test_what_acts_on_a_terminal_is_shown_as_an_escape(answer):
    shown = render(answer({"name": "\x1b[31mred\u202e\x07"}))["text/plain"]
    assert r"\e[31mred\u202e\x07" in shown


def test_a_link_leads_to_the_web_only(answer, read_html):
    urls = ["https://example.com/a", "http://example.com/b", "javascript:alert(1)", "file:///etc/passwd"]
    page = read_html(render(answer({"a": urls[0], "b": urls[1], "c": urls[2], "d": urls[3]}))["text/html"])
    assert [link["href"] for link in page.all("a")] == urls[:2]
    assert all(link["rel"] == "noopener noreferrer" for link in page.all("a"))


@pytest.mark.parametrize(
    ("stated", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\evil.pdf", "evil.pdf"),
        ("in voice (1).pdf", "in_voice_1_.pdf"),
        ("....", "answer"),
        ("a" * 300 + ".pdf", "a" * 76 + ".pdf"),
    ],
)
def test_a_file_name_is_only_a_name(stated, name, answer):
    headers = {"content-disposition": f'attachment; filename="{stated}"'}
    shown = render(answer(content=b"%PDF-1.7", headers=headers))["text/plain"]
    assert f'.save("{name}")' in shown


# -- at random ---------------------------------------------------------------------------------------------

TEXTS = st.text(max_size=20) | st.lists(
    st.sampled_from([*HOSTILE, *"<>&'\"/=;`", "&#x", "]]>", "--!>"]), max_size=4
).map("".join)
NAMES = TEXTS | st.sampled_from(
    ["id", "name", "status", "currency", "amount", "url", "data", "error", "message"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
ANSWERS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=15,
)
STATUSES = st.sampled_from([200, 201, 400, 401, 403, 404, 422, 429, 500])


@given(data=ANSWERS, status=STATUSES, path=TEXTS, template=st.sampled_from([None, "/payables", "/tags"]))
def test_any_answer_is_text_everywhere(answer, read_html, data, status, path, template):
    shown = answer(data, status=status, path=f"/{path}", template=template, notes=(Note(path),))
    assert_harmless(render(shown), read_html)
    assert_harmless(render_status_line(shown), read_html)
    assert_harmless(Raw(shown)._repr_mimebundle_(), read_html)


@given(content=st.binary(max_size=60) | TEXTS.map(lambda text: text.encode("utf-8", "replace")), kind=TEXTS)
def test_any_bytes_are_text_everywhere(answer, read_html, content, kind):
    assert_harmless(render(answer(content=content, content_type=kind)), read_html)


WORDS = st.text("abcdefghijklmnopqrstuvwxyz<>&'\"", min_size=1, max_size=12).map(lambda word: f"z{word}z")


@given(st.dictionaries(WORDS, WORDS, min_size=1, max_size=5))
def test_what_an_answer_says_is_there_to_be_read(answer, read_html, data):
    bundle = render(answer(data, template=None))
    seen = {"html": read_html(bundle["text/html"]).text, "plain": bundle["text/plain"]}
    for form, text in seen.items():
        for word in (*data, *data.values()):
            assert word in text, form
