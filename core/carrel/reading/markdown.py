"""Reads Markdown as it is written: the text stays the source, blocks are the parser's lines."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from carrel.reading.decoding import one_line
from carrel.reading.layout import HeadingPath, first_heading, sections, trimmed
from carrel.reading.messages import Block, BlockKind, Extract, Extracted, Section
from carrel.reading.text import paragraphs, read_text

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_BYTES = 32_000_000
_PART = 150_000  # characters parsed at once: the parser's tokens take many times the text's memory
_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_TITLE_LINE = re.compile(r"^title:[ \t]*(.+?)[ \t]*$", re.M | re.I)
_MOST_BRACKETS = 40  # of a heading: the parser takes cubic time for those that do not close
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_KINDS: dict[str, BlockKind] = {
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "html_block": "paragraph",
    "blockquote_open": "paragraph",
    "fence": "code",
    "code_block": "code",
    "table_open": "table",
    "list_item_open": "list",
}


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the source text with its headings, paragraphs, list items, tables and code."""
    text = read_text(fd, MAX_BYTES)
    start, title = front_matter(text)
    path = HeadingPath()
    head = list(paragraphs(text, end=start))
    at = 0
    for first, last in parts(text, start):
        blocks = head + _blocks(text, first, last, path)
        head = []
        title = title or first_heading(blocks)
        for section in sections(text[at:last], _moved(blocks, at)):
            if cancel.is_set():
                return
            yield section
            at += len(section.text)
    yield from sections(text[at:], _moved(head, at))
    yield Extracted(title=title, pages=None, engine="markdown")


def front_matter(text: str) -> tuple[int, str]:
    """Return where the document begins after a YAML head, and the title that the head names."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return 0, ""
    named = _TITLE_LINE.search(match.group(1) or "")
    title = named.group(1).strip("\"'") if named else ""
    return match.end(), one_line(title)


def parts(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Cut the source into ranges that can be parsed apart: at blank lines outside fenced code."""
    first = at = start
    fence = ""
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        line = text[at : min(end, at + 200)]
        fence = _fence_after(fence, line)
        at = end
        far = at - first
        if (far >= _PART and not fence and not line.strip()) or far >= 2 * _PART:
            yield first, at
            first = at
    if first < len(text):
        yield first, len(text)


def _fence_after(fence: str, line: str) -> str:
    """Return the mark of the code fence that is open after a line, "" when none is."""
    match = _FENCE.match(line)
    if match is None:
        return fence
    mark, rest = match.groups()
    if not fence:
        return "" if mark[0] == "`" and "`" in rest else mark
    closes = mark[0] == fence[0] and len(mark) >= len(fence) and not rest.strip()
    return "" if closes else fence


def _blocks(text: str, first: int, last: int, path: HeadingPath) -> list[Block]:
    part = text[first:last]
    starts = list(accumulate((len(line) + 1 for line in part.split("\n")), initial=first))
    blocks: list[Block] = []
    floor = first
    for span in _spans(part):
        begin, end = starts[span.first], min(starts[span.last], last)
        begin, end = trimmed(text, max(begin, floor), max(end, floor))
        if begin < end:
            headings = path.enter(span.level, span.title) if span.level else path.path
            blocks.append(Block(kind=span.kind, start=begin, end=end, headings=headings))
            floor = end
    return blocks


class _Span(NamedTuple):
    """An outermost block of a part: its lines [first, last), and what a heading says."""

    kind: BlockKind
    first: int
    last: int
    level: int = 0
    title: str = ""


def _spans(part: str) -> Iterator[_Span]:
    """Yield the outermost blocks. Lists are opened to their items; the rest is taken whole."""
    parser = _parser()
    tokens = parser.parse(part)
    inside = -1  # the level of the block being passed over
    for i, token in enumerate(tokens):
        if inside >= 0:
            inside = -1 if token.level == inside and token.nesting == -1 else inside
            continue
        kind = _KINDS.get(token.type)
        if kind is None or token.map is None:
            continue
        first, last = token.map
        if kind == "list":
            yield _Span(kind, first, _own_end(tokens, i, last))
            continue
        if token.nesting == 1:
            inside = token.level
        if kind == "heading":
            words = _plain(parser, tokens[i + 1].content)
            yield _Span(kind, first, last, int(token.tag[1]), words)
        else:
            yield _Span(kind, first, last)


def _own_end(tokens: list[Token], at: int, end: int) -> int:
    """Return the line where a list item's own text ends: at the first list inside it."""
    for i in range(at + 1, len(tokens)):
        token = tokens[i]
        if token.level <= tokens[at].level:
            break
        if token.type in ("bullet_list_open", "ordered_list_open") and token.map:
            return token.map[0]
    return end


def _plain(parser: MarkdownIt, source: str) -> str:
    """Return a heading's words without its marks."""
    if source.count("[", 0, 500) > _MOST_BRACKETS:
        return source
    tokens = parser.inline.parse(source[:500], parser, {}, [])
    breaks = ("softbreak", "hardbreak")
    return "".join(" " if t.type in breaks else t.content for t in tokens)


def _moved(blocks: list[Block], by: int) -> list[Block]:
    return [
        Block(kind=b.kind, start=b.start - by, end=b.end - by, headings=b.headings) for b in blocks
    ]


def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Without the inline rule only lines are parsed: quicker, and free of its worst cases.
    return MarkdownIt("commonmark").enable("table").disable("inline")
