"""A streamed answer: its words, citation chips after supported spans, marks on unsupported ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget

from carrel.events import Citation
from carrel_desktop import theme
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.parts import follow_theme
from carrel_desktop.widgets.safe_text import SafeText, Style

_NBSP = "\u00a0"
_THIN = "\u2009"


class AnswerText(SafeText):
    """Shows an answer; `cited` carries the number of a citation that the user wants to see."""

    cited = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Answer"), parent)
        self.answer = ""
        self.citations: Sequence[Citation] = ()
        self.unsupported: Sequence[tuple[int, int]] = ()
        self.open_n = 0
        self.followed.connect(self._follow)
        follow_theme(self, self._render)

    def show_answer(
        self,
        answer: str,
        citations: Sequence[Citation] = (),
        unsupported: Sequence[tuple[int, int]] = (),
    ) -> None:
        """Show an answer with its citations and unsupported spans."""
        self.answer, self.citations, self.unsupported = answer, citations, unsupported
        self._render()

    def append(self, text: str) -> None:
        """Add streamed text at the end."""
        if not self.answer:
            self.show_answer(text)
            return
        self.answer += text
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        self.write(cursor, text, Style())

    def mark_open(self, n: int) -> None:
        """Show which citation is open beside the answer; 0 for none."""
        if n != self.open_n:
            self.open_n = n
            self._render()

    def _follow(self, link: str) -> None:
        kind, _, n = link.partition(":")
        if kind == "cite" and n.isdigit():
            self.cited.emit(int(n))

    def _render(self) -> None:
        cursor = self.begin(theme.current().metrics.answer_line)
        spans = _merged(self.unsupported, self.answer)
        chips = _chips(self.citations, len(self.answer))
        edges = {0, len(self.answer), *(edge for span in spans for edge in span), *chips}
        position = 0
        for edge in sorted(edges):
            if edge > position:
                marked = any(start <= position < end for start, end in spans)
                text = self.answer[position:edge]
                self.write(cursor, text, Style(mark="unsupported" if marked else None))
                position = edge
            self._write_chips(cursor, chips.get(edge, ()))
            if any(edge == end for _, end in spans):
                self._write_note(cursor)

    def _write_chips(self, cursor: QTextCursor, numbers: Iterable[int]) -> None:
        size = theme.current().metrics.font_chip
        for n in numbers:
            mark = "chip-on" if n == self.open_n else "chip"
            self.write(cursor, _THIN + _THIN, Style())
            chip = Style(size=size, bold=True, mark=mark, link=f"cite:{n}")  # type: ignore[arg-type]
            self.write(cursor, f"{_NBSP}{n}{_NBSP}", chip)
            self.write(cursor, _THIN, Style())

    def _write_note(self, cursor: QTextCursor) -> None:
        size = theme.current().metrics.font_secondary
        self.write(cursor, " ", Style())
        words = tr("not found in your files").replace(" ", _NBSP)
        self.write(cursor, f"{_NBSP}{words}{_NBSP}", Style(size=size, mark="note"))


def _chips(citations: Sequence[Citation], length: int) -> dict[int, list[int]]:
    """Return the citation numbers to show after each offset of the answer."""
    chips: dict[int, list[int]] = {}
    for one in sorted(citations, key=lambda one: one.n):
        numbers = chips.setdefault(min(one.answer_end, length), [])
        if one.n not in numbers:
            numbers.append(one.n)
    return chips


def _merged(spans: Sequence[tuple[int, int]], answer: str) -> list[tuple[int, int]]:
    """Join spans that only white space separates, so that the words after them stand once."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start), min(end, len(answer))) for start, end in spans):
        if start >= end:
            continue
        if merged and not answer[merged[-1][1] : start].strip():
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
