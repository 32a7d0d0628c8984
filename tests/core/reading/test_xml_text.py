"""XML: elements are paths, records stay whole, nothing is expanded, and what is broken is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.reading.keyed_tree import blocks
from carrel.reading.xml_text import tree

from .keyed import check_whole, path_of, told
from .outlines import settles

FILE = """<?xml version="1.0"?>
<!-- The harbour's server. -->
<c:server name="alpha" xmlns:c="urn:c">
  <tls><certificate>/etc/ssl/certificates/alpha.pem</certificate><cipher>AES</cipher></tls>
  <books>
    <book id="b1"><title>Goats</title><price>3</price></book>
    <book id="b2"><title>Hills &amp; dales</title><price>4</price></book>
  </books>
  <note>Some <b>mixed</b> words, and <i>more</i> of them, about the boats at the pier.</note>
</c:server>
"""


def test_structure(inline):
    document = inline(FILE.encode(), "a.xml")
    assert document.text == FILE
    assert path_of(document, "alpha.pem") == "server alpha > tls"
    assert path_of(document, "The harbour's") == "server alpha > tls"
    assert path_of(document, "Goats") == path_of(document, "dales") == "server alpha > books"
    assert path_of(document, "mixed") == path_of(document, "at the pier") == "server alpha"


def test_feeds_name_their_items(inline):
    items = "".join(
        f"<item><title>Item {n}</title><description>{'Rain falls. ' * 40}</description></item>"
        for n in range(3)
    )
    document = inline(f"<rss><channel>{items}</channel></rss>".encode(), "news.rss")
    assert [path for path, text in told(document) if "Rain" in text] == [
        f"rss > channel > item Item {n} > description" for n in range(3)
    ]


def test_outlines_and_property_lists(inline):
    inside = "".join(f'<outline text="Feed number {n}" xmlUrl="http://x/{n}"/>' for n in range(9))
    opml = f'<opml><body><outline text="News">{inside}</outline></body></opml>'
    assert path_of(inline(opml.encode(), "a.opml"), "Feed number 3") == "opml > body > outline News"
    plist = (
        "<plist><dict><key>CFName</key><string>Demo</string><key>Server</key><dict><key>Host</key>"
        "<string>a.example</string><key>Certificate</key><string>alpha.pem</string></dict></dict>"
        "</plist>"
    )
    assert path_of(inline(plist.encode(), "a.plist"), "alpha.pem") == "Server"


def test_entities_are_neither_expanded_nor_loaded(inline):
    laughs = '<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">'
    text = f"<!DOCTYPE x [{laughs}]><x><y>&b;</y><z>&x;</z></x>"
    assert inline(text.encode(), "a.xml").text == text


@pytest.mark.parametrize(
    "broken", ["<a><b>words", "</a>words", "<a", "<!--", "<![CDATA[x", "a < b", "<a></b></a>"]
)
def test_a_broken_file_is_read_as_it_is(inline, broken):
    document = inline(broken.encode(), "a.xml")
    assert document.text == broken
    check_whole(document.text, document.blocks)


@given(st.text(st.sampled_from("<>/!-[]?=\"'ab \n"), max_size=200))
def test_nothing_is_lost(text):
    check_whole(text, list(blocks(text, tree(text))))


@pytest.mark.parametrize(
    "data",
    ["<a>" * 200_000, "<" * 300_000, '<a "' * 100_000, "<!DOCTYPE[" * 30_000, "<a/>" * 100_000,
     "<a><b>" * 20 + "</c>" * 100_000],
)  # fmt: skip
def test_what_is_meant_to_take_long_settles(inline, data):
    assert settles(inline, data.encode(), "a.xml", seconds=10).blocks
