"""What carrel.reading.html promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from carrel.errors import UserError
from carrel.reading.html import _Walk
from carrel.reading.layout import compose
from tests.core.reading.conftest import check_offsets

PAGE = """<!doctype html><html><head><title>My
 page</title><style>x{}</style></head><body><h1>One <b>bold</b></h1><p>Para
 one<br>line two <script>evil()</script></p>loose<p hidden>no1</p>
<div style="display: none">no2<p>no3</p></div><template>no4</template>
<ul><li>a<ul><li>b</li></ul>after</li><li><p>c</p></li></ul>
<table><caption>Cap</caption><tr><th>k</th><th>v</th></tr><tr><td>1</td><td>2<br>3</td></tr></table>
<table><tr><td><h2>Layout</h2><p>inside</p></td></tr></table>
<pre>code
   x = 1
</pre><h3>Deep</h3><div>end &amp; done</div></body></html>"""


def test_what_a_page_shows(inline):
    document = inline(PAGE.encode(), "x.html")
    one, two, three = ["One bold"], ["One bold", "Layout"], ["One bold", "Layout", "Deep"]
    found = [(b.kind, b.headings, document.text[b.start : b.end]) for b in document.blocks]
    assert found == [
        ("heading", one, "One bold"),
        ("paragraph", one, "Para one\nline two"),
        ("paragraph", one, "loose"),
        ("list", one, "a"),
        ("list", one, "b"),
        ("paragraph", one, "after"),
        ("list", one, "c"),
        ("table", one, "Cap\nk | v\n1 | 2 3"),
        ("heading", two, "Layout"),
        ("paragraph", two, "inside"),
        ("code", two, "code\n   x = 1"),
        ("heading", three, "Deep"),
        ("paragraph", three, "end & done"),
    ]
    assert document.title == "My page"
    check_offsets(document)


def test_the_declared_encoding_counts(inline):
    page = '<meta charset="iso-8859-2"><p>śledź</p>'.encode("iso-8859-2")
    assert inline(page, "x.html").text == "śledź"


def test_the_first_heading_names_a_page_without_title(inline):
    assert inline(b"<h2>Name</h2><p>words", "x.html").title == "Name"
    assert inline(b"<p>words", "x.html").title == "x"


@pytest.mark.parametrize("data", [b"<p> </p>", b"<script>x</script>", b"<html></html>"])
def test_a_page_that_shows_nothing_is_empty(inline, data):
    with pytest.raises(UserError) as caught:
        inline(data, "x.html")
    assert caught.value.code == "empty"


def test_deep_nesting_is_walked_without_recursion(inline):
    assert inline(b"<div>" * 3000 + b"bottom", "x.html").text == "bottom"
    assert inline(b"<table><tr><td>" * 2000 + b"cell", "x.html").text == "cell"


TAGS = "p table tr td li ul h1 pre div caption"
SOUP = ["<br>", "words", "more"] + [f"<{end}{tag}>" for tag in TAGS.split() for end in ("", "/")]


@given(st.lists(st.sampled_from(SOUP), max_size=60))
def test_any_soup_gives_ordered_blocks_and_loses_no_word(tags):
    root = LexborHTMLParser(" ".join(tags)).root
    text, blocks = compose(_Walk().pieces(root))
    last = 0
    for block in blocks:
        assert last <= block.start < block.end <= len(text)
        last = block.end
    assert text.split().count("words") == tags.count("words")
