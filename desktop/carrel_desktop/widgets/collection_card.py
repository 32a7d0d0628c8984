"""One collection on the Library page: its state in words, and how far its index is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from carrel.desk.requests import CollectionRow
from carrel.events import IndexProgress
from carrel_desktop import theme
from carrel_desktop.i18n import counted, number, seconds, tr
from carrel_desktop.widgets.card import Bar, Card
from carrel_desktop.widgets.parts import ElidedLabel, button, label
from carrel_desktop.widgets.parts import row as layout_row


class CollectionCard(Card):
    """Shows a row of the desk and, while it is being indexed, its progress."""

    def __init__(
        self,
        row: CollectionRow,
        progress: IndexProgress | None,
        actions: Sequence[tuple[str, Callable[[], None]]] = (),
        parent: QWidget | None = None,
    ) -> None:
        """`actions` are titles and what they do, offered on the card."""
        super().__init__(parent)
        self._row = row
        self.setAccessibleName(tr("Collection {name}", name=row.name))
        self._state = label("", "sub", wrap=True)
        self._bar = Bar(tr("Searchable part of {name}", name=row.name))
        self._searchable = label("", "sub", wrap=True)
        self.content.addWidget(ElidedLabel(row.name, "title"))
        self._note = label("", "sub", wrap=True)
        for widget in (self._state, self._bar, self._searchable, self._note):
            self.content.addWidget(widget)
        self.content.addStretch(1)
        self.buttons = [
            button(title, run, name=tr("{action}: {name}", action=title, name=row.name))
            for title, run in actions
        ]
        if self.buttons:
            self.content.addLayout(layout_row(*self.buttons, None, gap=self._gap()))
        self.show_progress(progress)

    @staticmethod
    def _gap() -> int:
        return theme.current().metrics.gap_small

    def show_row(self, row: CollectionRow, progress: IndexProgress | None) -> None:
        """Show the collection as it is now, without moving the focus from its buttons."""
        self._row = row
        self.show_progress(progress)

    def show_progress(self, progress: IndexProgress | None) -> None:
        """Show what is being done; None when nothing is."""
        row = self._row
        places = ", ".join(short(path) for path in row.paths)
        self._state.setText(f"{places} · {state_words(row, progress)}")
        read, meaning = _shares(row, progress)
        if row.state == "away":
            self._bar.show_parts()
        else:
            self._bar.show_parts((meaning, "accent"), (max(0.0, read - meaning), "accent_soft"))
        self._searchable.setText(searchable_words(row, read, meaning, progress is not None))
        self._note.setText(row.note)
        self._note.setVisible(bool(row.note))


def _shares(row: CollectionRow, progress: IndexProgress | None) -> tuple[float, float]:
    """How much can be found by words and by meaning, 0 to 1. A run counts only what it does itself:
    what was searchable before it began still is, and the row tells."""
    if progress is None or progress.stage in ("scanning", "recognizing"):
        total = max(1, row.passages)
        return row.by_words / total, row.by_meaning / total
    read = progress.documents_done / max(1, progress.documents_total)
    done = max(row.by_meaning, progress.passages_by_meaning)
    return read, read * min(1.0, done / max(1, row.passages, progress.passages))


def state_words(row: CollectionRow, progress: IndexProgress | None) -> str:
    """Say what a collection is doing: "indexing 1,203 of 4,000 · 38 documents/s · words in 2 min".

    How long the meaning takes is only known once it is being indexed, so before that the time is
    said to be that of the words.
    """
    if progress is None:
        return {
            "in sync": tr("in sync"),
            "indexing": tr("indexing"),
            "away": tr("away, its index is kept"),
        }[row.state]
    if progress.stage == "scanning":
        return tr("looking for files, {n} so far", n=number(progress.documents_total))
    left = progress.seconds_left
    rate = f"{progress.per_second:.3g}" if progress.per_second > 0 else ""
    if progress.stage == "meaning":
        done, total = number(progress.passages_by_meaning), number(progress.passages)
        parts = [tr("indexing meaning, {done} of {total} passages", done=done, total=total)]
        parts += [tr("{n} passages/s", n=rate)] if rate else []
        parts += [tr("{t} left", t=seconds(left))] if left is not None else []
        return " · ".join(parts)
    done, total = number(progress.documents_done), number(progress.documents_total)
    if progress.stage == "recognizing":
        page = number(min(progress.documents_done + 1, progress.documents_total))
        parts = [tr("recognizing page {n} of {total}", n=page, total=total)]
        parts += [tr("{n} pages/s", n=rate)] if rate else []
        parts += [tr("{t} left", t=seconds(left))] if left is not None else []
        return " · ".join(parts)
    parts = [tr("indexing {done} of {total}", done=done, total=total)]
    parts += [tr("{n} documents/s", n=rate)] if rate else []
    parts += [tr("all words in {t}", t=seconds(left))] if left is not None else []
    return " · ".join(parts)


def searchable_words(row: CollectionRow, words: float, meaning: float, running: bool) -> str:
    """Say how much of a collection can be found: "214 documents · all searchable by words"."""
    parts = [counted(row.documents, "1 document", "{n} documents")]
    if not running and words >= 1 and meaning >= 1:
        readable = number(row.documents - row.unreadable)
        all_of_it = tr("all searchable by words and meaning")
        some = tr("{n} searchable by words and meaning", n=readable)
        parts.append(some if row.unreadable else all_of_it)
    elif row.passages or running:
        parts.append(tr("searchable by words {n} %", n=round(100 * min(1.0, words))))
        parts.append(tr("by meaning {n} %", n=round(100 * min(1.0, meaning))))
    if row.unreadable:
        parts.append(tr("{n} not readable", n=number(row.unreadable)))
    return " · ".join(parts)


def short(path: str) -> str:
    """Return a path with the home folder as ~."""
    place, home = Path(path), Path.home()
    return str(Path("~") / place.relative_to(home)) if place.is_relative_to(home) else path
