"""Reads Rich Text Format: paragraphs, headings, table rows; one pass, nothing nested is followed.

Control words are those of Microsoft's "Rich Text Format (RTF) Specification", version 1.9.1.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import NamedTuple

from carrel.reading import problems, source
from carrel.reading.decoding import clean, one_line
from carrel.reading.layout import Piece, first_heading, stream
from carrel.reading.messages import Extract, Extracted, Section

MAX_BYTES = 128_000_000  # pictures stand in it as text
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|[\r\n]+"
    rb"|([^\\{}\r\n]+)"
)
# Groups that are not the document's text.
_SKIPPED = frozenset(
    b"fonttbl colortbl info pict object themedata colorschememapping latentstyles datastore "
    b"listtable listoverridetable rsidtbl generator xmlnstbl filetbl revtbl fldinst bkmkstart "
    b"bkmkend pgptbl mmathPr userprops docvar nonshppict blipuid".split()
)
# Groups that are said apart, after the document, once.
_APART = {
    **dict.fromkeys((b"header", b"headerl", b"headerr", b"headerf"), "Header"),
    **dict.fromkeys((b"footer", b"footerl", b"footerr", b"footerf"), "Footer"),
    b"annotation": "Comment",
}
_SIGNS = {
    b"tab": "\t", b"line": "\n", b"emdash": "—", b"endash": "–", b"bullet": "•",
    b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"emspace": " ",
    b"enspace": " ",
}  # fmt: skip
_HEADING_STYLE = re.compile(r"(?:heading|überschrift|titre|título)\s*(\d)", re.I)
_DEFAULT_PAGE = "cp1252"


class _State(NamedTuple):
    """What holds inside a group. `style` is text of the style sheet; `skip` is nobody's."""

    skip: bool = False
    style: bool = False
    apart: bool = False  # inside of a group that is said apart
    hidden: bool = False  # text that is in the file and is neither shown nor printed
    after: int = 1  # characters that stand for a \\u in programs without Unicode


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the document's text. Raises UserError: "broken", "empty", "too_large"."""
    data = source.read_all(fd, MAX_BYTES)
    if not data.lstrip()[:5].startswith(b"{\\rtf"):
        raise problems.broken("The file is named like rich text but holds none.")
    heading = None
    for section in stream(_Reading(data).pieces()):
        if cancel.is_set():
            return
        heading = heading or first_heading(section.blocks)
        yield section
    if heading is None:
        raise problems.empty("The document holds no text.")
    yield Extracted(title=heading, pages=None, engine="rtf")


class _Reading:
    """One pass over the tokens. Groups are a stack of states, so that depth costs nothing."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._states = [_State()]
        self._page = _DEFAULT_PAGE
        self._words: list[str] = []
        self._bytes = bytearray()
        self._cells: list[str] = []
        self._rows: list[str] = []
        self._in_table = False
        self._level = 0
        self._styles: dict[int, int] = {}  # style number: heading level
        self._style_number = 0
        self._to_skip = 0
        self._optional = False  # the last token was \\*
        self._done: list[Piece] = []
        # What is held back while a group is said apart: its depth, its name, and the words, level
        # and table that it interrupts.
        self._held: list[tuple[int, str, list[str], int, bool]] = []
        self._apart: dict[str, None] = {}

    def pieces(self) -> Iterator[Piece]:
        """The document's paragraphs, headings and tables in order."""
        for token in _TOKEN.finditer(self._data):
            self._take(token)
            if self._done:
                yield from self._done
                self._done = []
        self._paragraph()
        self._table()
        yield from self._done
        for words in self._apart:
            yield Piece("paragraph", words)

    @property
    def _state(self) -> _State:
        return self._states[-1]

    def _take(self, token: re.Match[bytes]) -> None:
        word, number, code, sign, brace, text = token.groups()
        if word is not None:
            self._control(word, int(number) if number else None)
        elif code is not None:
            self._byte(bytes([int(code, 16)]))
        elif sign is not None:
            self._sign(sign)
        elif brace == b"{":
            self._states.append(self._state)
        elif brace == b"}":
            self._close()
        elif text is not None:
            self._byte(text)
        if sign != b"*":
            self._optional = False

    def _close(self) -> None:
        if self._state.style:
            self._learn_style()
        self._flush()
        if self._held and len(self._states) == self._held[-1][0]:
            self._end_apart()
        if len(self._states) > 1:
            self._states.pop()

    def _control(self, word: bytes, number: int | None) -> None:
        state = self._state
        if word in _APART and not state.skip and not state.apart:
            self._begin_apart(_APART[word])
        elif self._optional or word in _SKIPPED:
            self._flush()
            self._states[-1] = state._replace(skip=True)
        elif word == b"stylesheet":
            self._states[-1] = state._replace(style=True)
        elif word == b"ansicpg" and number:
            self._page = f"cp{number}"
        elif word == b"uc" and number is not None:
            self._states[-1] = state._replace(after=min(max(number, 0), 10))
        elif word == b"u" and number is not None:
            self._flush()
            self._say(chr(number % 65536))
            self._to_skip = state.after
        elif word in (b"v", b"plain"):
            self._flush()
            hidden = word == b"v" and number != 0
            self._states[-1] = state._replace(hidden=hidden)
        elif word in _SIGNS:
            self._flush()
            self._say(_SIGNS[word])
        elif word == b"s":
            self._style_number = number or 0
            self._level = self._level or self._styles.get(self._style_number, 0)
        else:
            self._layout(word, number)

    def _begin_apart(self, name: str) -> None:
        self._flush()
        held = len(self._states), name, self._words, self._level, self._in_table
        self._held.append(held)
        self._words, self._in_table = [], False
        self._states[-1] = self._state._replace(apart=True)

    def _end_apart(self) -> None:
        said = " ".join(self._joined().split())
        _, name, self._words, self._level, self._in_table = self._held.pop()
        if any(sign.isalpha() for sign in said):
            self._apart[f"{name}: {said}"] = None

    def _layout(self, word: bytes, number: int | None) -> None:
        if self._state.skip or self._state.style:
            if word == b"outlinelevel" and number is not None and 0 <= number < 9:
                self._styles[self._style_number] = number + 1
            return
        if self._state.apart:
            if word in (b"par", b"cell", b"row"):
                self._flush()
                self._words.append(" ")
        elif word in (b"par", b"sect", b"page"):
            self._paragraph()
        elif word == b"pard":
            self._flush()
            self._level, self._in_table = 0, False
        elif word == b"outlinelevel" and number is not None and 0 <= number < 9:
            self._level = number + 1
        elif word == b"intbl":
            self._in_table = True
        elif word in (b"cell", b"nestcell"):
            self._cells.append(one_line(self._joined(), 10_000))
        elif word in (b"row", b"nestrow"):
            if any(self._cells):
                self._rows.append(" | ".join(self._cells))
            self._cells = []

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._optional = True
        elif sign in (b"\\", b"{", b"}"):
            self._byte(sign)
        elif sign == b"~":
            self._byte(b"\xa0" if self._page == _DEFAULT_PAGE else b" ")
        elif sign in (b"\n", b"\r"):
            self._layout(b"par", None)

    def _byte(self, data: bytes) -> None:
        if self._to_skip:
            taken = min(self._to_skip, len(data))
            self._to_skip -= taken
            data = data[taken:]
        if data and not (self._state.skip or self._state.hidden):
            self._bytes += data

    def _say(self, text: str) -> None:
        if not (self._state.skip or self._state.hidden):
            self._words.append(text)

    def _flush(self) -> None:
        """Bytes become text when their run ends: signs of two bytes stand in two tokens."""
        if self._bytes:
            try:
                self._words.append(self._bytes.decode(self._page, "replace"))
            except LookupError:
                self._words.append(self._bytes.decode(_DEFAULT_PAGE, "replace"))
            self._bytes.clear()

    def _joined(self) -> str:
        self._flush()
        text = "".join(self._words)
        self._words = []
        # A sign beyond 16 bits stands as two \\u.
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return clean(whole).strip()

    def _learn_style(self) -> None:
        found = _HEADING_STYLE.match(self._joined())
        if found and self._style_number:
            self._styles.setdefault(self._style_number, int(found[1]) or 1)

    def _paragraph(self) -> None:
        if self._in_table:
            self._flush()
            self._words.append("\n")
            return
        text = self._joined()
        if not text:
            return
        self._table()
        kind = "heading" if self._level and len(text) <= 200 else "paragraph"
        self._done.append(Piece(kind, text, self._level if kind == "heading" else 0))  # type: ignore[arg-type]

    def _table(self) -> None:
        if self._rows:
            self._done.append(Piece("table", "\n".join(self._rows)))
            self._rows = []
