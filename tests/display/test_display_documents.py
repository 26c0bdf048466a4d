"""What is not JSON: pictures and PDFs with a link, CSV as a table, the rest by type and size."""

import struct
import zlib

import pytest

from monite_magic.display import render


def png(width, height):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes(width)) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_a_picture_is_shown_small(answer, read_html):
    bundle = render(answer(content=png(640, 480), content_type="image/png", path="/files/logo"))
    image = read_html(bundle["text/html"]).all("img")[0]
    assert image["src"].startswith("data:image/png;base64,")
    assert image["alt"] == "logo.png"
    assert "max-width" in image["style"]
    assert "PNG picture, 640 × 480 pixels" in bundle["text/plain"]
    assert '.save("logo.png")' in bundle["text/plain"]


def test_the_type_is_judged_by_the_content(answer):
    assert "PNG picture" in render(answer(content=png(1, 1), content_type="text/html"))["text/plain"]
    assert "PNG" not in render(answer(content=b"hello", content_type="image/png"))["text/plain"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xd8\xff\xe0", "JPEG picture, 4 bytes"),
        (b"GIF89a", "GIF picture"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "WebP picture"),
        (b"PK\x03\x04", "ZIP archive"),
    ],
)
def test_other_files(content, words, answer):
    assert words in render(answer(content=content, content_type="x/y"))["text/plain"]


def test_svg_is_text(answer, read_html):
    content = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    page = read_html(render(answer(content=content, content_type="image/svg+xml"))["text/html"])
    assert not page.all("img")
    assert "<script>" in page.text


def test_a_pdf_has_a_link_while_it_has_room(answer, read_html):
    small = render(answer(content=b"%PDF-1.7", path="/receivables/8f14e45f/pdf"))
    link = read_html(small["text/html"]).all("a")[0]
    assert link["href"].startswith("data:application/pdf;base64,")
    assert link["download"] == "8f14e45f.pdf"
    large = render(answer(content=b"%PDF-1.7" + bytes(60_000)))
    assert not read_html(large["text/html"]).all("a")
    assert ".save(" in large["text/html"]


def test_csv_is_a_table(answer, text):
    lines = "name;amount\n" + "".join(f'"Flour; {i}";{i}\n' for i in range(30))
    shown = text(answer(content=b"\xef\xbb\xbf" + lines.encode(), content_type="text/csv", path="/export"))
    assert shown.split("\n")[2:5] == ["name       amount", "─────────  ──────", "Flour; 0        0"]
    assert '20 of 30 rows are shown. All of them: .text, or .save("export.csv").' in shown


def test_odd_csv(answer, text):
    shown = text(answer(content=b"a,b\n1\n1,2,3\n", content_type="text/csv"))
    assert "a  b" in shown


def test_text_is_shown_from_its_beginning(answer, text):
    shown = text(answer(content=b"hello\n" * 5_000, content_type="text/plain"))
    assert "Text of type text/plain:\n    hello\n    hello" in shown
    assert "The beginning of 30,000 bytes. .text has the whole." in shown


def test_binary_is_named_by_type_and_size(answer, text):
    shown = text(answer(content=bytes(range(256)), content_type="application/x-odd", path="/files/1"))
    assert "Binary content of type application/x-odd, 256 bytes." in shown
    assert '.save("1.bin")' in shown


def test_what_calls_itself_json_and_is_not(answer, text):
    shown = text(answer(content=b'{"a": 1,}'))
    assert "content type is JSON" in shown
    assert '{"a": 1,}' in shown


def test_a_secret_in_json_that_was_cut_is_dots(answer, text):
    shown = text(answer(content=b'{"id": "a", "secret": "canary'))
    assert '"id": "a"' in shown
    assert "canary" not in shown


@pytest.mark.parametrize("content", [b"", b" \n"])
def test_no_content(content, answer, text):
    shown = text(answer(content=content, status=204, method="DELETE"))
    assert shown.startswith("204 No Content · DELETE /payables")
    assert "The answer has no content." in shown
