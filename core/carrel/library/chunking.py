"""Cuts a document's text into passages of about 128 word-pieces, at sentence ends.

Passages do not overlap, start anew at every heading (a heading stays with what follows it) and are
exact: `text[chunk.start:chunk.end]` is the passage. Size, packing and the heading prefix come from
measurements on questions with exact answer spans (tests/bench/retrieval.py).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

from carrel.sentences import sentences

SIZE = 128  # word-pieces
_AT_ONCE = 500  # sentences measured together: some ten milliseconds
_PIECE = re.compile(r"\S{1,40}")  # a long word without spaces (CJK, hashes) is cut at 40 characters
_LINE = re.compile(r"[^\r\n]*\S[^\r\n]*")
# Above this share of the size a passage rather ends with its paragraph than in the next one.
_FULL_ENOUGH = 0.75


class BlockLike(Protocol):
    """A block of text with absolute offsets, as the reader finds them."""

    @property
    def kind(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def headings(self) -> Sequence[str]: ...


class PageLike(Protocol):
    """A page's stretch of the text; pages count from 1."""

    @property
    def page(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class Chunk(NamedTuple):
    """A passage: offsets, the page of its start (None without pages), its heading path, its size
    in word-pieces without the prefix."""

    start: int
    end: int
    page: int | None
    headings: tuple[str, ...]
    tokens: int


class _Unit(NamedTuple):
    """The smallest stretch that packing moves around: a sentence, a line, or a part of one."""

    start: int
    end: int
    headings: tuple[str, ...]
    is_heading: bool
    opens_block: bool


CountTokens = Callable[[Sequence[str]], list[int]]


def prefix(title: str, headings: Sequence[str]) -> str:
    """Return "title > heading > heading", put in front of a passage for search only.

    A heading equal to what stands before it is not repeated.
    """
    path: list[str] = []
    for part in (title, *headings):
        part = " ".join(part.split())
        if part and (not path or part.casefold() != path[-1].casefold()):
            path.append(part)
    return " > ".join(path)


def chunk(
    text: str,
    blocks: Sequence[BlockLike],
    pages: Sequence[PageLike],
    count_tokens: CountTokens,
    size: int = SIZE,
    between: Callable[[], None] = lambda: None,
) -> list[Chunk]:
    """Cut `text` into passages of at most `size` word-pieces, in reading order.

    `blocks` and `pages` have absolute offsets in ascending order; text outside all blocks is taken
    as paragraphs. `count_tokens` is given many strings at once. A heading may make its passage
    larger than `size` by its own length. `between` is called now and then and may take its time.
    """
    units: list[_Unit] = []
    counts: list[int] = []
    for some in _parts(_units(text, blocks)):
        sizes = count_tokens([text[unit.start : unit.end] for unit in some])
        some, sizes = _split_long(text, some, sizes, count_tokens, size)
        units += some
        counts += sizes
        between()
    starts = [page.start for page in pages]
    return [
        Chunk(
            start=units[first].start,
            end=units[last - 1].end,
            page=_page_at(starts, pages, units[first].start),
            headings=units[last - 1].headings,
            tokens=sum(counts[first:last]),
        )
        for first, last in _pack(units, counts, size)
    ]


def _parts(units: Iterator[_Unit]) -> Iterator[list[_Unit]]:
    while some := list(islice(units, _AT_ONCE)):
        yield some


def _page_at(starts: list[int], pages: Sequence[PageLike], offset: int) -> int | None:
    at = bisect_right(starts, offset) - 1
    return pages[max(at, 0)].page if pages else None


# --- units ------------------------------------------------------------------------------------


def _units(text: str, blocks: Sequence[BlockLike]) -> Iterator[_Unit]:
    done = 0
    headings: tuple[str, ...] = ()
    for block in blocks:
        if block.start > done:
            yield from _block_units(text, "paragraph", done, block.start, headings)
        headings = tuple(block.headings)
        yield from _block_units(text, block.kind, max(block.start, done), block.end, headings)
        done = max(done, block.end)
    yield from _block_units(text, "paragraph", done, len(text), headings)


def _block_units(
    text: str, kind: str, start: int, end: int, headings: tuple[str, ...]
) -> Iterator[_Unit]:
    opens = True
    for a, b in _spans(text, kind, start, end):
        yield _Unit(a, b, headings, kind == "heading", opens)
        opens = False


def _spans(text: str, kind: str, start: int, end: int) -> list[tuple[int, int]]:
    if kind in {"table", "code"}:
        return [_trim(text, *m.span()) for m in _LINE.finditer(text, start, end)]
    if kind == "heading":
        span = _trim(text, start, end)
        return [span] if span[0] < span[1] else []
    return sentences(text, start, end)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    lead = len(piece) - len(piece.lstrip())
    return start + lead, max(start + lead, start + len(piece.rstrip()))


def _split_long(
    text: str, units: list[_Unit], counts: list[int], count_tokens: CountTokens, size: int
) -> tuple[list[_Unit], list[int]]:
    """Replace units of more than `size` word-pieces by runs of words that fit."""
    long = [at for at, count in enumerate(counts) if count > size]
    if not long:
        return units, counts
    words = [
        [m.span() for m in _PIECE.finditer(text, units[at].start, units[at].end)] for at in long
    ]
    sizes = iter(count_tokens([text[a:b] for group in words for a, b in group]))
    parts = {
        at: list(_runs(units[at], group, sizes, counts[at], size))
        for at, group in zip(long, words, strict=True)
    }
    pairs = [pair for at, unit in enumerate(units) for pair in parts.get(at, [(unit, counts[at])])]
    return [unit for unit, _ in pairs], [count for _, count in pairs]


def _runs(
    unit: _Unit, words: list[tuple[int, int]], sizes: Iterator[int], total: int, size: int
) -> Iterator[tuple[_Unit, int]]:
    """Runs of about equal size, so that no sliver is left at the end."""
    target = total / -(-total // size)
    start, end, count = words[0][0], words[0][0], 0
    for a, b in words:
        tokens = next(sizes)
        if count and (count + tokens > size or count >= target):
            yield unit._replace(start=start, end=end), count
            start, count = a, 0
        end, count = b, count + tokens
    yield unit._replace(start=start, end=end), count


# --- packing ----------------------------------------------------------------------------------


def _pack(units: list[_Unit], counts: list[int], size: int) -> Iterator[tuple[int, int]]:
    """Yield [first, last) runs of units, one per passage."""
    for first, last in _sections(units):
        yield from _pack_section(units, counts, first, last, size)


def _sections(units: list[_Unit]) -> Iterator[tuple[int, int]]:
    """Runs of units under one heading path; headings that follow each other open one section."""
    first = 0
    for at in range(1, len(units)):
        before, here = units[at - 1], units[at]
        opens_heading = here.is_heading and not before.is_heading
        if opens_heading or (here.headings != before.headings and not before.is_heading):
            yield first, at
            first = at
    if units:
        yield first, len(units)


def _pack_section(
    units: list[_Unit], counts: list[int], first: int, last: int, size: int
) -> Iterator[tuple[int, int]]:
    start, total, has_body = first, 0, False
    for at in range(first, last):
        full = total + counts[at] > size
        rounded = units[at].opens_block and total >= size * _FULL_ENOUGH
        if (has_body and (full or rounded)) or (full and total >= size):
            yield start, at
            start, total, has_body = at, 0, False
        total += counts[at]
        has_body = has_body or not units[at].is_heading
    yield start, last
