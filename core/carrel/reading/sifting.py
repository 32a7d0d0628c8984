"""What every reader's sections pass: invisible characters are taken out, unseen text is counted."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from msgspec.structs import replace

from carrel.reading import invisible
from carrel.reading.layout import trimmed
from carrel.reading.messages import Block, Extracted, Section


def sifted(replies: Iterator[Section | Extracted]) -> Iterator[Section | Extracted]:
    """Yield the replies of a reader; Extracted says how many characters nobody can see: those of
    blocks of kind "unseen" (white space aside) and the invisible ones that were taken out."""
    unseen = 0
    for reply in replies:
        if isinstance(reply, Extracted):
            yield replace(reply, unseen=unseen)
            continue
        section, hidden = without_invisible(reply)
        unseen += hidden + sum(
            len("".join(section.text[block.start : block.end].split()))
            for block in section.blocks
            if block.kind == "unseen"
        )
        yield section


def without_invisible(section: Section) -> tuple[Section, int]:
    """Return a section without invisible characters, its blocks and its map moved accordingly, and
    how many of them can carry words. A block of nothing else is gone."""
    stripped = invisible.strip(section.text)
    if not stripped.removed:
        return section, 0
    starts = [start for start, _ in stripped.removed]
    lost = [0, *accumulate(end - start for start, end in stripped.removed)]

    def moved(at: int) -> int:
        """Where an old offset is now; inside of what is gone, where that stood."""
        before = bisect_left(starts, at)
        over = max(stripped.removed[before - 1][1] - at, 0) if before else 0
        return at - lost[before] + over

    blocks = []
    for block in section.blocks:
        start, end = trimmed(stripped.text, moved(block.start), moved(block.end))
        if start < end:
            blocks.append(Block(kind=block.kind, start=start, end=end, headings=block.headings))
    char_map: list[int] = []
    if section.page is not None:
        old = section.char_map or range(len(section.text))
        gone = {at for start, end in stripped.removed for at in range(start, end)}
        char_map = [index for at, index in enumerate(old) if at not in gone]
    kept = replace(section, text=stripped.text, blocks=blocks, char_map=char_map)
    return kept, stripped.hidden
