"""What carrel.reading.markdown promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.errors import UserError
from carrel.reading import markdown
from carrel.reading.decoding import clean
from carrel.reading.layout import HeadingPath
from tests.core.reading.conftest import check_offsets

SAMPLE = """---
title: "My guide"
tags: [a]
---
# One **bold** `code`

Para one
goes on.

- item a
  - nested b

  after
- item c

| a | b |
|---|---|
| 1 | 2 |

```py
# not a heading

x = 1
```

Second part
-----------
> quoted
> # not a section

tail

[ref]: http://example.org
"""


def test_the_text_is_the_source(inline):
    document = inline(SAMPLE.replace("\n", "\r\n").encode(), "guide.md")
    assert document.text == SAMPLE
    assert document.title == "My guide"
    check_offsets(document)


def test_blocks_and_headings(inline):
    document = inline(SAMPLE.encode(), "guide.md")
    one, two = ["One bold code"], ["One bold code", "Second part"]
    found = [(b.kind, b.headings, document.text[b.start : b.end]) for b in document.blocks]
    assert found == [
        ("paragraph", [], SAMPLE[: SAMPLE.index("# One")].strip()),
        ("heading", one, "# One **bold** `code`"),
        ("paragraph", one, "Para one\ngoes on."),
        ("list", one, "- item a"),
        ("list", one, "- nested b"),
        ("paragraph", one, "after"),
        ("list", one, "- item c"),
        ("table", one, "| a | b |\n|---|---|\n| 1 | 2 |"),
        ("code", one, "```py\n# not a heading\n\nx = 1\n```"),
        ("heading", two, "Second part\n-----------"),
        ("paragraph", two, "> quoted\n> # not a section"),
        ("paragraph", two, "tail"),
    ]


def test_the_first_heading_is_the_title_without_front_matter(inline):
    assert inline(b"words\n\n## Alpha *beta*\n\nmore", "x.md").title == "Alpha beta"
    assert inline(b"only words", "x.md").title == "x"


def test_front_matter_without_an_end_is_text():
    assert markdown.front_matter("---\ntitle: x\nno end") == (0, "")
    assert markdown.front_matter("---\n---\nbody") == (8, "")


def test_parts_never_cut_code(monkeypatch):
    monkeypatch.setattr(markdown, "_PART", 50)
    text = "intro\n\n```\n" + "code\n\n" * 12 + "```\n\n" + "para\n\n" * 30
    ranges = list(markdown.parts(text, 0))
    assert len(ranges) > 2
    assert "".join(text[a:b] for a, b in ranges) == text
    assert text[slice(*ranges[0])].count("```") == 2


def test_a_file_of_one_open_fence_is_still_cut():
    text = "```\n" + "x\n" * 400_000
    assert max(b - a for a, b in markdown.parts(text, 0)) <= 2 * markdown._PART + 200


def test_headings_carry_over_parts(monkeypatch, inline):
    monkeypatch.setattr(markdown, "_PART", 40)
    document = inline(b"# Top\n\n" + b"words of a paragraph\n\n" * 10, "x.md")
    assert all(b.headings == ["Top"] for b in document.blocks)
    check_offsets(document)


@pytest.mark.parametrize("data", [b"", b"\n\n \n", b"[only]: http://example.org\n"])
def test_nothing_to_read(inline, data):
    with pytest.raises(UserError) as caught:
        inline(data, "x.md")
    assert caught.value.code == "empty"


@given(st.text(st.sampled_from("#-*`>|_[]()~ \n\tab1.=") | st.characters(codec="utf-8")))
def test_any_source_gives_ordered_blocks(source):
    text = clean(source)
    last = 0
    for block in markdown._blocks(text, 0, len(text), HeadingPath()):
        assert last <= block.start < block.end <= len(text)
        assert text[block.start : block.end].strip()
        last = block.end
