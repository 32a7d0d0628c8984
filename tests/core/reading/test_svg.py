"""SVG: its words, without its lines."""

import pytest

from carrel.errors import UserError

from .outlines import blocks_of

FILE = """<svg xmlns="http://www.w3.org/2000/svg"><title>Harbour map</title><path d="M0 0L1 1"/>
<desc>Where the <b>boats</b> are.</desc>
<text x="1"><tspan>Pier</tspan><tspan>one</tspan></text><text>Light &amp; house</text>
<style>text { fill: red }</style>
<foreignObject><div>Words in <p>HTML</p></div></foreignObject></svg>"""


def test_words(inline):
    document = inline(FILE.encode(), "map.svg")
    assert document.title == "Harbour map"
    path = ["Harbour map"]
    assert blocks_of(document) == [
        ("heading", path, "Harbour map"),
        ("paragraph", path, "Where the boats are."),
        ("paragraph", path, "Pier one"),
        ("paragraph", path, "Light & house"),
        ("paragraph", path, "Words in HTML"),
    ]


def test_a_drawing_without_a_title_has_no_heading(inline):
    document = inline(b"<svg><text>Pier</text></svg>", "map.svg")
    assert blocks_of(document) == [("paragraph", [], "Pier")]


@pytest.mark.parametrize("data", [b"<svg><path d='M0 0'/></svg>", b"<svg><text>", b"<svg"])
def test_a_drawing_without_words_is_empty(inline, data):
    with pytest.raises(UserError) as refused:
        inline(data, "a.svg")
    assert refused.value.code == "empty"
