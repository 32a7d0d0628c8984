"""What the tests of data with keys and of program source look at."""

from __future__ import annotations

from .conftest import check_offsets


def told(document):
    """(path, text) of every block on one line each, its offsets checked."""
    check_offsets(document)
    return [
        (" > ".join(b.headings), " ".join(document.text[b.start : b.end].split()))
        for b in document.blocks
    ]


def path_of(document, words):
    """The path of the one block that holds these words."""
    (path,) = {path for path, text in told(document) if words in text}
    return path


def check_whole(text, blocks):
    """Blocks are in order, and together all of the text but white space."""
    last, kept = 0, []
    for block in blocks:
        assert last <= block.start < block.end <= len(text)
        kept.append(text[block.start : block.end])
        last = block.end
    assert "".join("".join(kept).split()) == "".join(text.split())
