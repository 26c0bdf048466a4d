"""Text can be read in a light and in a dark theme: at least 4.5:1 (WCAG 2.2, 1.4.3)."""

import re

import pytest

from monite_magic.api.answer import Note
from monite_magic.display import render, style

# Text and ground of JupyterLab's two themes, of nbconvert, and of a plain page.
THEMES = {
    "JupyterLab light": ((0, 0, 0, 0.87), (255, 255, 255)),
    "JupyterLab dark": ((255, 255, 255, 1.0), (17, 17, 17)),
    "GitHub light": ((31, 35, 40, 1.0), (255, 255, 255)),
    "GitHub dark": ((240, 246, 252, 1.0), (13, 17, 23)),
}


def mixed(color, ground, opacity):
    return tuple(c * opacity + g * (1 - opacity) for c, g in zip(color, ground, strict=True))


def luminance(color):
    def linear(c):
        c /= 255
        return c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def rgb(hexadecimal):
    return tuple(int(hexadecimal[i : i + 2], 16) for i in (1, 3, 5))


@pytest.mark.parametrize("tone", style.TONES)
def test_chips(tone):
    assert contrast(rgb(style.CHIP_TEXT), rgb(style.TONES[tone])) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_muted_text(theme):
    (*color, alpha), ground = THEMES[theme]
    opacity = float(re.search(r"opacity:([\d.]+)", style.MUTED)[1])
    assert contrast(mixed(color, ground, alpha * opacity), ground) >= 4.5


def test_there_are_no_other_colours(answer, payable, page, read_html):
    """A colour of text stands only on a chip's own ground; else the page's colour is kept."""
    responses = [
        answer(page([payable(i) for i in range(3)]), notes=(Note("x", "warning"),)),
        answer(payable()),
        answer({"detail": [{"loc": ["body", "a"], "msg": "m", "type": "missing"}]}, status=422, body=b"{\n}"),
        answer({}, env="eu"),
    ]
    for response in responses:
        for _, attributes in read_html(render(response)["text/html"]).tags:
            declared = dict(d.split(":", 1) for d in attributes.get("style", "").split(";") if d)
            if "color" in declared:
                assert declared["color"] == style.CHIP_TEXT
                assert declared["background-color"] in style.TONES.values()
            else:
                assert declared.get("background-color", "transparent") == "transparent"
            assert float(declared.get("opacity", 1)) in {1, 0.72}
