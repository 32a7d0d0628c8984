"""AsciiDoc: titles, listings, tables; comments are nobody's text."""

from .outlines import blocks_of, headings_of, settles

FILE = """= Boat log
Ada Lovelace

// not for readers
== Harbour ==
Ships sleep here.

----
== not a title
----

=== Prices
|===
|boat |price
|dory |20
|===
////
gone
////
"""


def test_structure(inline):
    document = inline(FILE.encode(), "log.adoc")
    assert document.title == "Boat log"
    assert headings_of(document) == [
        "Boat log", "Boat log > Harbour", "Boat log > Harbour > Prices"
    ]  # fmt: skip
    blocks = blocks_of(document)
    assert ("code", ["Boat log", "Harbour"], "----\n== not a title\n----") in blocks
    assert next(text for kind, _, text in blocks if kind == "table").startswith("|===\n|boat")
    assert not [text for _, _, text in blocks if "gone" in text or "not for readers" in text]


def test_an_open_listing_ends_with_the_file(inline):
    assert blocks_of(inline(b"a\n\n....\nb", "a.adoc"))[-1] == ("code", [], "....\nb")


def test_many_open_listings_settle(inline):
    marks = "".join("-" * (4 + n % 500) + "\n" for n in range(10_000))
    assert settles(inline, marks.encode(), "a.adoc").blocks
