"""No answer puts more into a notebook than the options allow, and nothing is rendered only to be cut."""

import json
import tracemalloc

import pytest

from monite_magic.api.answer import Note
from monite_magic.display import Raw, render

LONG = "ä<'\"\\\n" * 500


def monsters(answer, payable, page):
    deep = "leaf"
    for _ in range(200):
        deep = {"a": deep, "b": [deep] if isinstance(deep, str) else 1}
    yield answer(page([payable(i) for i in range(5_000)]))
    yield answer(page([{f"field{i}": LONG for i in range(60)}] * 20))
    yield answer({f"field{i}": {f"field{j}": LONG for j in range(10)} for i in range(100)})
    yield answer({f"field{i}": i for i in range(20_000)})
    yield answer({"texts": [LONG] * 500, "last": 1})
    yield answer([[["ü" * 50] * 20] * 50] * 50)
    yield answer(deep)
    yield answer(LONG * 100)
    yield answer(list(range(100_000)))
    yield answer(10**4000)
    detail = [{"loc": ["body", LONG, i], "msg": LONG, "type": "missing"} for i in range(1_000)]
    yield answer({"detail": detail}, status=422, method="POST")
    yield answer({"error": {"message": LONG * 10}}, status=400)
    yield answer({}, path="/" + "p" * 100_000, query="?" + "q" * 100_000, headers={"x-request-id": LONG})
    yield answer({}, notes=tuple(Note(LONG) for _ in range(1_000)))
    yield answer(content=("a,ü\n" * 500_000).encode(), content_type="text/csv")
    yield answer(content=(",".join(["<"] * 100_000) + "\n").encode() * 30, content_type="text/csv")
    yield answer(content=LONG.encode() * 1_000, content_type="text/plain")
    yield answer(content=b"\x89PNG\r\n\x1a\n" + bytes(100_000), content_type="image/png")
    yield answer(content=b"%PDF-" + bytes(40_000), content_type="application/pdf")
    yield answer(content=bytes(100_000), content_type="x" * 100_000)


@pytest.mark.parametrize("limit", [65_536, 20_000])
def test_no_answer_takes_more_than_its_share(limit, answer, payable, page, notebook_bytes, options):
    options.max_bytes = limit
    for response in monsters(answer, payable, page):
        assert notebook_bytes(render(response)) <= limit, response


def test_what_is_cut_says_why_and_how_much_and_where_the_rest_is(answer, read_html):
    bundle = render(answer({"texts": [LONG] * 500, "last": 1}))
    for text in (read_html(bundle["text/html"]).text, bundle["text/plain"]):
        assert "65,536 bytes" in text
        assert "display.options.max_bytes" in text
        assert "more items" in text
        assert ".text" in text
        assert "--raw" in text


def test_what_fits_is_not_called_cut(answer, payable):
    for text in render(answer(payable())).values():
        assert "max_bytes" not in text


def test_a_value_that_is_cut_leaves_room_for_those_after_it(answer):
    for text in render(answer({"first": [LONG] * 500, "last": "here"})).values():
        assert "here" in text


def test_rows_and_columns_are_capped_and_counted(answer, payable, page, options):
    response = answer(page([payable(i) for i in range(45)]))
    for text in render(response).values():
        assert "INV-0019" in text
        assert "INV-0020" not in text
        assert "20 of 45 rows are shown. All of them: .items" in text
    for text in render(answer(page([payable(i) for i in range(45)], "next"))).values():
        assert "20 of 45 rows are shown. All of this page: .items" in text
    options.max_rows = 30
    for text in render(response).values():
        assert "INV-0029" in text
        assert "30 of 45 rows are shown" in text


def test_long_texts_unfold_and_then_end(answer, read_html):
    text = "".join(f"{i:05}," for i in range(2_000))
    bundle = render(answer({"description": text}))
    page = read_html(bundle["text/html"])
    assert "00032," in page.text
    assert "00300," in page.text
    assert "01999," not in page.text
    assert "11,800 more characters" in page.text
    assert "11,800 more characters" in bundle["text/plain"]


def test_raw_shows_the_whole(answer, payable, page, read_html):
    response = answer(page([payable(i) for i in range(5_000)]))
    bundle = Raw(response)._repr_mimebundle_()
    assert response.text in bundle["text/plain"]
    assert response.text in read_html(bundle["text/html"]).text


def test_twenty_megabytes_need_no_more_memory_than_a_page(answer, payable):
    rows = [json.dumps(payable(i)) for i in range(100)]
    content = ('{"data": [' + ",".join(rows * 450) + "]}").encode()
    assert len(content) > 15_000_000
    response = answer(content=content)
    assert response.is_json  # parsed before: that is what rendering is compared with
    tracemalloc.start()
    render(response)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000
