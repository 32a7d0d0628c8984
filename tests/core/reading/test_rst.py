"""reStructuredText: levels by the order of underlines, literal blocks, tables, comments."""

from .outlines import blocks_of, headings_of, settles

FILE = """=========
 Boat log
=========

Harbour
-------

Ships sleep here::

    literal * text *

    more

.. this is a comment
   of two lines

Prices
~~~~~~

===== =====
boat  price
===== =====
dory  20
===== =====

Hill
----

+------+----+
| goat | 3  |
+------+----+

.. code-block:: python

   print(1)

The end.
"""


def test_structure(inline):
    document = inline(FILE.encode(), "log.rst")
    assert document.title == "Boat log"
    assert headings_of(document) == [
        "Boat log", "Boat log > Harbour", "Boat log > Harbour > Prices", "Boat log > Hill"
    ]  # fmt: skip
    blocks = blocks_of(document)
    tables = [text for kind, _, text in blocks if kind == "table"]
    assert [text.splitlines()[-2] for text in tables] == ["dory  20", "| goat | 3  |"]
    codes = [" ".join(text.split()) for kind, _, text in blocks if kind == "code"]
    assert codes == ["literal * text * more", "print(1)"]
    assert not [text for _, _, text in blocks if "comment" in text]
    assert blocks[-1] == ("paragraph", ["Boat log", "Hill"], "The end.")


def test_a_rule_that_is_too_short_makes_no_title(inline):
    assert headings_of(inline(b"Long words here\n---\n\ntext", "a.rst")) == []


def test_many_rules_settle(inline):
    assert settles(inline, b"a\n---\n" * 60_000, "a.rst").blocks
