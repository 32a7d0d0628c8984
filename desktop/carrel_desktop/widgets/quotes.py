"""The card of verbatim sentences: what the files say, word for word, before any model speaks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from carrel.events import Hit, Verbatim
from carrel_desktop import theme
from carrel_desktop.controllers.turn import Turn
from carrel_desktop.i18n import counted, number, seconds, tr
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.parts import (
    box,
    button,
    clear,
    column,
    follow_theme,
    label,
    line,
    row,
)
from carrel_desktop.widgets.safe_text import Mark, SafeText, Style

FIRST = 3


class QuotesCard(Card):
    """`opened` carries the index, in the turn's list, of the sentence that the user wants."""

    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.set_padding(0, 0)
        self.content.setSpacing(0)
        metrics = theme.current().metrics
        self._title = label(tr("From your files"), "strong-sub")
        self._searched = label("", "sub")
        self._found = label("", "sub")
        head = box()
        layout = row(self._title, self._searched, None, self._found, gap=metrics.gap_tiny)
        layout.setContentsMargins(
            metrics.radius_bubble, metrics.radius, metrics.radius_bubble, metrics.radius
        )
        head.setLayout(layout)
        self._rows = column()
        self.content.addWidget(head)
        self.content.addLayout(self._rows)
        self._shown: Sequence[Verbatim] = ()
        self._all = False

    def show_turn(self, turn: Turn) -> None:
        """Show the sentences of a turn, and how much was searched for them."""
        far = _is_far(turn)
        self._title.setText(tr("Closest in your files") if far else tr("From your files"))
        self._searched.setText(_searched(turn))
        self._found.setText(
            counted(len(turn.hits), "1 passage", "{n} passages") if turn.hits else ""
        )
        if turn.verbatim != self._shown:
            self._shown = turn.verbatim
            self._fill(turn)

    def _fill(self, turn: Turn) -> None:
        clear(self._rows)
        headings = {hit.passage_id: hit for hit in turn.hits}
        shown = self._shown if self._all else self._shown[:FIRST]
        for index, quote in enumerate(shown):
            self._rows.addWidget(line())
            hit = headings.get(quote.passage_id)
            text = Quote(quote, hit, marked=not _is_far(turn))
            text.followed.connect(lambda _link, index=index: self.opened.emit(index))
            holder = box()
            metrics = theme.current().metrics
            layout = column(text)
            layout.setContentsMargins(
                metrics.radius_bubble, metrics.radius, metrics.radius_bubble, metrics.radius
            )
            holder.setLayout(layout)
            self._rows.addWidget(holder)
        hidden = len(self._shown) - len(shown)
        if hidden:
            more = button(tr("Show {n} more", n=hidden), lambda: self._show_all(turn), "link")
            self._rows.addWidget(line())
            self._rows.addWidget(more)

    def _show_all(self, turn: Turn) -> None:
        self._all = True
        self._fill(turn)


class Quote(SafeText):
    """One sentence with its place; the whole of it is a link to the place."""

    def __init__(
        self,
        quote: Verbatim,
        hit: Hit | None,
        parent: QWidget | None = None,
        *,
        marked: bool = True,
    ) -> None:
        super().__init__(tr("Quote from {name}", name=PurePath(quote.document).name), parent)
        self._quote = quote
        self._mark: Mark | None = "highlight" if marked else None
        self._place = place(quote.page, hit.headings if hit is not None else [])
        follow_theme(self, self._render)

    def _render(self) -> None:
        metrics = theme.current().metrics
        quote = self._quote
        cursor = self.begin(metrics.quote_line)
        words = " ".join(quote.text.split())
        style = Style(size=metrics.font_small, mark=self._mark, link="quote:open")
        self.write(cursor, words, style)
        cursor.insertBlock()
        small = metrics.font_secondary
        name = Style("accent", small, bold=True, link="quote:open")
        self.write(cursor, PurePath(quote.document).name, name)
        if self._place:
            self.write(cursor, f" · {self._place}", Style("muted", small))


def place(page: int | None, headings: Sequence[str]) -> str:
    """Return where in its document something stands: "p. 14 · 8.2 Building systems"."""
    parts = [tr("p. {n}", n=page)] if page is not None else []
    return " · ".join([*parts, *(one for one in headings[-1:] if one)])


def _is_far(turn: Turn) -> bool:
    """Whether the sentences are only what came nearest: the files do not hold the answer."""
    if turn.evidence is not None:
        return turn.evidence.found == "no"
    return turn.not_found


def _searched(turn: Turn) -> str:
    parts = []
    if turn.documents_searched is not None:
        documents = len({hit.document for hit in turn.hits})
        total = number(turn.documents_searched)
        parts.append(tr("{n} of {total} documents", n=documents, total=total))
    if turn.milliseconds is not None:
        parts.append(seconds(turn.milliseconds / 1000))
    return "".join(f"· {part} " for part in parts).strip()
