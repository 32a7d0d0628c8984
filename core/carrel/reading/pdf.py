"""Reads PDF with pdfium: text per page, the map to pdfium's characters, headings, paragraphs.

Per page there is one call for the text and a few per line for its place and size; nothing is done
per character, except on the few pages whose text and characters differ in number.
"""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from carrel.errors import UserError
from carrel.reading import pdf_tables, pdf_unseen, problems
from carrel.reading.layout import compose, sections, trimmed, unseen_pieces
from carrel.reading.messages import Block, Extract, Extracted, Section
from carrel.reading.pdf_document import load_page, opened, title_of
from carrel.reading.pdf_layout import Layout, Line, reads_like_a_heading
from carrel.reading.pdf_objects import objects_of
from carrel.reading.pdf_outline import read_outline
from carrel.reading.pdf_retell import retold
from carrel.reading.pdf_turn import quarters, turned

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

_PRIMING = 5  # pages read before the first is sent, to learn the size of the body text
_LINE = re.compile(r"[^\n]+")
_WORDS = re.compile(r"[^\W_]")
# pdfium joins a word broken at a line's end with U+FFFE where the hyphen stood.
_HARD_HYPHEN = re.compile("(?<=[0-9])\ufffe|\ufffe(?=[0-9A-Z])")
_REPLACED = {
    **{c: " " for c in (*range(0x09), 0x0B, 0x0C, *range(0x0D, 0x20), 0x7F)},
    **{c: "\ufffd" for c in range(0xD800, 0xE000)},
    0xF0B7: "•",  # the bullet of the Symbol font
    0xFEFF: " ",
    0xFFFE: "\xad",
    0xFFFF: "\ufffd",
}
_BOLD = re.compile(rb"bold|black|heavy|demi|BX\d|-B$|\.B$", re.I)
_MAX_NAME = 64  # bytes of a font's name
_ALEF_LAM = re.compile("[اأإآٱ]ل")
_NOISE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\uf0b7\ufeff\ufffe\uffff]")


class _RawPage(NamedTuple):
    """A page as it is told, with its tables in the text, and the lines as they are printed."""

    number: int
    printed: list[Line]
    text: str
    char_map: list[int]
    lines: list[Line]
    picture: bool = False  # there are pictures and no text
    unseen: str = ""


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield one Section per page (more for a giant one), also for pages without text.

    Raises UserError: "empty", "encrypted", "broken", "too_large".
    """
    with opened(fd) as document:
        layout = Layout(read_outline(document))
        held: list[_RawPage] = []
        anything = False
        unseen: list[str] = []
        for number in range(1, len(document) + 1):
            if cancel.is_set():
                return
            page = _read_page(document, number)
            layout.learn(page.printed)
            anything = anything or page.picture or bool(page.text.strip() or page.unseen)
            unseen.append(page.unseen)
            held.append(page)
            if number >= _PRIMING:
                yield from _sections(held, layout)
                held = []
        if not anything:
            raise problems.empty("The PDF's pages hold no text.")
        yield from _sections(held, layout)
        yield from sections(*compose(unseen_pieces(unseen), start="\n\n"))
        yield Extracted(title=title_of(document), pages=len(document), engine="pdfium")


def clean_page(text: str) -> str:
    """Replace what is not text, character for character, so that every offset stays."""
    text = text.replace("\r\n", " \n")
    if not _NOISE.search(text):
        return text
    return _HARD_HYPHEN.sub("-", text).translate(_REPLACED)


def _read_page(document: PdfDocument, number: int) -> _RawPage:
    from pypdfium2 import PdfiumError

    try:
        with closing(load_page(document, number)) as page, closing(page.get_textpage()) as chars:
            count = chars.count_chars()
            raw = chars.get_text_range(errors="surrogatepass") if count else ""
            char_map = character_map(chars, raw, count)
            text = in_spoken_order(chars, clean_page(raw), char_map)
            words = ""
            objects = objects_of(page)
            if gone := pdf_unseen.unseen(page, objects, chars, text, char_map):
                text, char_map, words = pdf_unseen.parted(text, char_map, gone)
            turns = quarters(chars, text, char_map)
            lines = _lines(chars, text, char_map, turns)
            tables = pdf_tables.find(objects, chars, text, char_map, lines, turns)
            told = retold(text, char_map, lines, tables)
            picture = not text.strip() and _has_picture(page)
            return _RawPage(number, lines, *told, picture, words)
    except (PdfiumError, UserError):
        return _RawPage(
            number, [], "", [], []
        )  # one damaged page costs that page, not the document


def in_spoken_order(chars: PdfTextPage, text: str, char_map: list[int]) -> str:
    """Put lam before alef where pdfium took their ligature apart the wrong way round.

    Both then have the box of the one sign that was drawn; two signs beside each other have not.
    """
    swapped: list[int] = []
    for found in _ALEF_LAM.finditer(text):
        first, second = (
            char_map[at] if char_map else at for at in (found.start(), found.start() + 1)
        )
        if chars.get_charbox(first) == chars.get_charbox(second):
            swapped.append(found.start())
    if not swapped:
        return text
    letters = list(text)
    for at in swapped:
        letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


def character_map(chars: PdfTextPage, text: str, count: int) -> list[int]:
    """Return pdfium's character index for each character of a page's text; [] when it is itself.

    Text offsets of pdfium count UTF-16 units, as do its characters, less those without text.
    """
    if len(text) == count:
        return []
    units = []
    at = 0
    for character in text:
        units.append(at)
        at += 2 if character > "\uffff" else 1
    if at == count:
        return units
    shifts = _shifts(chars, at)
    return [unit + shifts[unit] for unit in units]


def _shifts(chars: PdfTextPage, units: int) -> list[int]:
    """Return, for each UTF-16 unit of a page's text, how many characters without text precede it.

    The number only grows, so a range that begins and ends with the same one holds it throughout:
    a few calls for each such character find them all.
    """
    from pypdfium2 import raw

    found = [0] * units
    todo = [(0, units - 1)]
    while todo:
        first, last = todo.pop()
        low, high = (
            max(raw.FPDFText_GetCharIndexFromTextIndex(chars.raw, at) - at, 0)
            for at in (first, last)
        )
        if low == high or last - first <= 1:
            found[first : last + 1] = [low] * (last - first) + [high]
        else:
            middle = (first + last) // 2
            todo += [(first, middle), (middle + 1, last)]
    return found


def _lines(chars: PdfTextPage, text: str, char_map: list[int], turns: int = 0) -> list[Line]:
    from pypdfium2 import raw

    box = raw.FS_RECTF()
    pointer = ctypes.byref(box)
    lines = []
    for match in _LINE.finditer(text):
        start, end = trimmed(text, match.start(), match.end())
        if start == end:
            continue
        first, last = _ends_in_words(text, start, end)
        if char_map:
            first, last = char_map[first], char_map[last]
        if not raw.FPDFText_GetLooseCharBox(chars.raw, first, pointer):
            lines.append(Line(start, end, 0.0, 0.0, 0.0, False))
            continue
        left, bottom, _, top = turned((box.left, box.bottom, box.right, box.top), turns)
        height = top - bottom
        bold = False
        if reads_like_a_heading(text[start:end]):
            # A line is as large, and as bold, as the lesser of its ends: a bullet, a drop capital
            # or a bold first word does not make a heading.
            if raw.FPDFText_GetLooseCharBox(chars.raw, last, pointer):
                height = min(height, box.right - box.left if turns % 2 else box.top - box.bottom)
            bold = _is_bold(chars, first) and _is_bold(chars, last)
        lines.append(Line(start, end, left, bottom, height, bold))
    return lines


def _ends_in_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the offsets of a line's first and last letter or digit, else of its ends."""
    first, last = _WORDS.search(text, start, end), end - 1
    while last > start and not text[last].isalnum():
        last -= 1
    return (first.start(), last) if first else (start, end - 1)


def _is_bold(chars: PdfTextPage, index: int) -> bool:
    """Whether a character's font calls itself bold; the weight that a font states is often 0."""
    from pypdfium2 import raw

    name = ctypes.create_string_buffer(_MAX_NAME)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(chars.raw, index, name, _MAX_NAME, ctypes.byref(flags))
    return bool(_BOLD.search(name.value))


def _sections(pages: list[_RawPage], layout: Layout) -> Iterator[Section]:
    for page in pages:
        blocks = layout.blocks(page.number, page.text, page.lines)
        if page.picture:
            yield Section(text="", page=page.number, blocks=[], picture=True)
        else:
            yield from page_sections(page.number, page.text, blocks, page.char_map)


def page_sections(
    number: int, text: str, blocks: list[Block], char_map: list[int]
) -> Iterator[Section]:
    """Yield a page's sections with their parts of the character map; an empty page has one too."""
    if not blocks:
        yield Section(text="", page=number, blocks=[])
        return
    at = 0
    for section in sections(text, blocks, number):
        end = at + len(section.text)
        part = char_map[at:end] or (list(range(at, end)) if at else [])
        yield Section(text=section.text, page=number, blocks=section.blocks, char_map=part)
        at = end


def _has_picture(page: PdfPage) -> bool:
    from pypdfium2 import raw

    return any(True for _ in page.get_objects([raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))
