"""Org: headlines without state and tags, source blocks, tables."""

from .outlines import blocks_of, headings_of, settles

FILE = """#+TITLE: Boat log

* TODO [#A] Harbour :work:sea:
Ships sleep here.
** Prices
| boat | price |
|------+-------|
| dory | 20    |
#+BEGIN_SRC python
* not a headline
print(1)
#+END_SRC
* Hill
"""


def test_structure(inline):
    document = inline(FILE.encode(), "log.org")
    assert document.title == "Boat log"
    assert document.text == FILE
    assert headings_of(document) == ["Harbour", "Harbour > Prices", "Hill"]
    kinds = {kind: text for kind, _, text in blocks_of(document)}
    assert kinds["table"].splitlines()[2] == "| dory | 20    |"
    assert "* not a headline" in kinds["code"]
    assert ("paragraph", ["Harbour"], "Ships sleep here.") in blocks_of(document)


def test_an_open_block_ends_with_the_file(inline):
    assert blocks_of(inline(b"#+begin_src\nx", "a.org")) == [("code", [], "#+begin_src\nx")]


def test_many_headlines_settle(inline):
    deep = "\n".join("*" * (n % 900 + 1) + f" h{n}" for n in range(20_000))
    assert settles(inline, deep.encode(), "a.org").blocks
