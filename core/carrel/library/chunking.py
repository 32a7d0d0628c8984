"""Cuts a document's text into passages of about 128 word-pieces, at sentence ends.

Passages do not overlap, start anew at every heading (a heading stays with what follows it) and are
exact: `text[chunk.start:chunk.end]` is the passage. Size, packing and the heading prefix come from
measurements on questions with exact answer spans (tests/bench/retrieval.py).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from carrel.sentences import sentences

SIZE = 128  # word-pieces
_PIECE = re.compile(r"\S{1,40}")  # a long word without spaces (CJK, hashes) is cut at 40 characters
_LINE = re.compile(r"[^\r\n]*\S[^\r\n]*")
# Above this share of the size a passage rather ends with its paragraph than in the next one.
_FULL_ENOUGH = 0.75
# Units, and their characters, whose word-pieces are counted at once: some ten milliseconds.
_AT_ONCE, _CHARACTERS = 500, 100_000


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
    as paragraphs, and blocks of kind "unseen" are left out. `count_tokens` is called with some
    hundred strings at once, and never with all: what is held beside the text and its passages does
    not grow with it. A heading may make its passage larger than `size` by its own length. `between`
    is called now and then and may take its time.
    """
    starts = [page.start for page in pages]
    counted = _counted(text, _units(text, blocks), count_tokens, size, between)
    return [
        Chunk(
            start=first.start,
            end=last.end,
            page=_page_at(starts, pages, first.start),
            headings=last.headings,
            tokens=tokens,
        )
        for first, last, tokens in _pack(counted, size)
    ]


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
        if block.kind == "unseen":  # they stand at the end: no passage goes on behind them
            done = max(done, block.end)
            continue
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
    if kind in {"heading", "record"}:
        span = _trim(text, start, end)
        return [span] if span[0] < span[1] else []
    return sentences(text, start, end)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    lead = len(piece) - len(piece.lstrip())
    return start + lead, max(start + lead, start + len(piece.rstrip()))


def _counted(
    text: str,
    units: Iterator[_Unit],
    count_tokens: CountTokens,
    size: int,
    between: Callable[[], None],
) -> Iterator[tuple[_Unit, int]]:
    """Units with their word-pieces; those of more than `size` are replaced by runs that fit."""
    while some := _some(units):
        counts = _each([text[unit.start : unit.end] for unit in some], count_tokens)
        between()
        long = [at for at, count in enumerate(counts) if count > size]
        if not long:
            yield from zip(some, counts, strict=True)
            continue
        words = [[m.span() for m in _PIECE.finditer(text, *some[at][:2])] for at in long]
        sizes = iter(_each([text[a:b] for group in words for a, b in group], count_tokens))
        parts = dict(zip(long, words, strict=True))
        for at, (unit, count) in enumerate(zip(some, counts, strict=True)):
            if at in parts:
                yield from _runs(unit, parts[at], sizes, count, size)
            else:
                yield unit, count


def _some(units: Iterator[_Unit]) -> list[_Unit]:
    """The next units, fewer of large ones."""
    found, characters = list[_Unit](), 0
    for unit in units:
        found.append(unit)
        characters += unit.end - unit.start
        if characters >= _CHARACTERS or len(found) >= _AT_ONCE:
            break
    return found


def _each(texts: list[str], count_tokens: CountTokens) -> list[int]:
    """The word-pieces of each text; what comes again, as words do, is counted once."""
    once = list(dict.fromkeys(texts))
    if len(once) == len(texts):
        return count_tokens(texts)
    counts = dict(zip(once, count_tokens(once), strict=True))
    return [counts[text] for text in texts]


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


def _pack(counted: Iterator[tuple[_Unit, int]], size: int) -> Iterator[tuple[_Unit, _Unit, int]]:
    """Yield the first and the last unit of each passage, and its word-pieces.

    A section is a run of units under one heading path; headings that follow each other open one.
    """
    first = last = None
    total, has_body = 0, False
    for unit, tokens in counted:
        if first is None or last is None:
            first = unit
        elif _opens_section(last, unit) or _is_full(unit, tokens, total, has_body, size):
            yield first, last, total
            first, total, has_body = unit, 0, False
        last = unit
        total += tokens
        has_body = has_body or not unit.is_heading
    if first is not None and last is not None:
        yield first, last, total


def _opens_section(before: _Unit, unit: _Unit) -> bool:
    if before.is_heading:
        return False
    return unit.is_heading or unit.headings != before.headings


def _is_full(unit: _Unit, tokens: int, total: int, has_body: bool, size: int) -> bool:
    """Whether the passage ends before this unit."""
    if has_body and unit.opens_block and total >= size * _FULL_ENOUGH:
        return True
    return total + tokens > size and (has_body or total >= size)
