"""Chunking in its plain form, everything at once: what the streaming one must be equal to."""

from __future__ import annotations

from carrel.library.chunking import SIZE, Chunk, _runs, _units  # the same units, packed plainly

_PIECE_LENGTH = 40


def whole(text, blocks, count_tokens, size=SIZE):
    """The passages of a text without pages."""
    units = []
    for unit in _units(text, blocks):
        (count,) = count_tokens([text[unit.start : unit.end]])
        if count <= size:
            units.append((unit, count))
        else:
            words = _words(text, unit.start, unit.end)
            sizes = iter(count_tokens([text[a:b] for a, b in words]))
            units += _runs(unit, words, sizes, count, size)
    return [
        Chunk(part[0][0].start, part[-1][0].end, None, part[-1][0].headings,
              sum(count for _, count in part))
        for section in _sections(units)
        for part in _packed(section, size)
    ]  # fmt: skip


def _words(text, start, end):
    words, at = [], start
    while at < end:
        if text[at].isspace():
            at += 1
            continue
        last = at
        while last < end and not text[last].isspace() and last - at < _PIECE_LENGTH:
            last += 1
        words.append((at, last))
        at = last
    return words


def _sections(units):
    """Runs under one heading path; headings that follow each other open one section."""
    sections = []
    for at, (unit, count) in enumerate(units):
        before = units[at - 1][0] if at else None
        if before is None or (
            not before.is_heading and (unit.is_heading or unit.headings != before.headings)
        ):
            sections.append([])
        sections[-1].append((unit, count))
    return sections


def _packed(section, size):
    parts = [[]]
    for unit, count in section:
        total = sum(other for _, other in parts[-1])
        has_body = any(not other.is_heading for other, _ in parts[-1])
        full = total + count > size
        rounded = unit.opens_block and total >= size * 0.75
        if (has_body and (full or rounded)) or (full and total >= size):
            parts.append([])
        parts[-1].append((unit, count))
    return parts
