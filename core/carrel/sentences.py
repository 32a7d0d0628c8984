"""Where sentences begin and end, as exact offsets, in text of any script.

Chunks are packed from sentences, verbatim quotes are sentences, and citations point at sentences,
so all three use this one function. It is a single pass of one regular expression over candidates
(terminal punctuation and line breaks), each judged by its neighbourhood.
"""

from __future__ import annotations

import re

from carrel.abbreviations import ABBREVIATIONS, BEFORE_NUMBER, MAY_END

_CLOSERS = "\"'’”»›)\\]}」』】）"
_WIDE = "。！？｡"  # of scripts that put no space after them
_STOPS = ".!?…؟۔।॥։።៖។၊။།"  # Latin, Arabic, Devanagari, Armenian, Ethiopic, Khmer, Myanmar, Tibetan
_BREAKS = "\n\r\x0b\x0c\x1c\x85\u2028\u2029"
# One leading character class, so that the engine skips to the next candidate at full speed. A
# footnote mark such as [12] belongs to the sentence it follows.
_CANDIDATE = re.compile(
    rf"[{_WIDE}{_STOPS}{_BREAKS}]"
    rf"(?:(?<=[{_BREAKS}])\s*"
    rf"|(?<=[{_WIDE}])[{_WIDE}]*[{_CLOSERS}]*"
    rf"|(?<=[{_STOPS}])[{_STOPS}]*(?:[{_CLOSERS}]|\[\d{{1,3}}\])*(?=\s|\Z))"
)
_BULLET = re.compile(
    r"(?:[-*+•‣◦▪▸►●○■–—·]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|#{1,6}|\||>|```|~~~)(?=\s|$)|\|"
)
_OPENS = re.compile(r"[(\[\"'“‘«„/]")  # what a word may follow without a space
_WRAPPED_LINE = 40  # columns; a line at least this long was probably wrapped, not ended
_WIDE_FROM = "\u1100"  # from here on (Hangul, Kana, Han) a character takes about two columns


def sentences(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Return the sentences of text[start:end] as [start, end) offsets into `text`, in order.

    Spans are trimmed of white space and do not overlap; every other character is in exactly one.
    A full stop after an abbreviation, an initial or a list number does not end a sentence, nor does
    the one in a decimal. A blank line, a list mark or a short line does; a line break inside a
    wrapped paragraph does not.
    """
    end = len(text) if end is None else min(end, len(text))
    spans: list[tuple[int, int]] = []
    begin = start
    for found in _CANDIDATE.finditer(text, start, end):
        at = found.end()
        if at <= begin:
            continue
        sign = text[found.start()]
        if sign in _BREAKS:
            ends = _line_ends(text, begin, found.start(), at, end)
        else:
            ends = sign in _WIDE or _stop_ends(text, begin, found.start(), at, end)
        if ends:
            _append(text, begin, at, spans)
            begin = at
    _append(text, begin, end, spans)
    return spans


def ends_sentence(piece: str) -> bool:
    """Whether text that is still being written has probably just ended a sentence or a line."""
    bare = piece.rstrip(" ").rstrip(_CLOSERS.replace("\\", ""))
    return bare[-1:] in {*_WIDE, *_STOPS, *_BREAKS} and bool(bare)


def _append(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    piece = text[start:end]
    bare = piece.strip()
    if bare:
        lead = len(piece) - len(piece.lstrip())
        spans.append((start + lead, start + lead + len(bare)))


def _stop_ends(text: str, begin: int, stop: int, after: int, end: int) -> bool:
    """Does the punctuation at text[stop:after] end the sentence that began at `begin`?"""
    following = _next_visible(text, after, end)
    if text[stop] != "." or text[stop : stop + 2] == "..":
        quoted = after - stop > 1 and text[after - 1] not in ".!?…"
        return not (following.islower() and (quoted or text[stop] in ".…"))
    if following.islower():
        return False
    word = _last_word(text[max(begin, stop - 24) : stop])
    if stop - begin < 8 and text[begin:stop].strip().isdigit():
        return False  # "12. Results": the number of a heading or list item
    if len(word) == 1 and word.isalpha() and word != "i":
        return False  # an initial: "J. Smith"
    if word in MAY_END:
        return following.isupper() or not following
    if word in BEFORE_NUMBER:
        return not following.isdigit()
    return word not in ABBREVIATIONS


def _last_word(text: str) -> str:
    """The last word of a text, in lower case; "" when it ends with a space."""
    words = text.split()
    if not words or text[-1].isspace():
        return ""
    if _OPENS.search(words[-1]):
        return _OPENS.split(words[-1])[-1].lower()
    return words[-1].lower()


def _line_ends(text: str, begin: int, stop: int, after: int, end: int) -> bool:
    """Does the line break at text[stop:after] end the sentence that began at `begin`?"""
    gap = text[stop:after]
    if gap.count("\n") > 1 or gap.count("\r") > 1 or "\x0c" in gap or "\u2029" in gap:
        return True
    if after >= end or _BULLET.match(text, after, end):
        return True
    if text[after].islower() or text[stop - 1 : stop] in {",", "-", "\u00ad"}:
        return False
    line = max(text.rfind("\n", begin, stop), text.rfind("\r", begin, stop), begin - 1) + 1
    columns = stop - line
    if _WRAPPED_LINE // 2 <= columns < _WRAPPED_LINE:
        columns += sum(sign >= _WIDE_FROM for sign in text[line:stop])
    return columns < _WRAPPED_LINE


def _next_visible(text: str, at: int, end: int) -> str:
    """The first letter, digit or sign after white space and opening marks; "" at the end."""
    while at < end and (text[at].isspace() or text[at] in "\"'“‘«„([¿¡*_"):
        at += 1
    return text[at] if at < end else ""
