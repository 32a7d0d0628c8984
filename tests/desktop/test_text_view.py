"""The text of a source: its passage is in view, also after the pane has got its size."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QScrollBar
from pytestqt.qtbot import QtBot

from carrel_desktop.widgets.source_pane import TextView

BEFORE = "".join(f"Line {n} of what comes before the passage.\n" for n in range(200))
PASSAGE = "Either side may end the lease with six months' notice."
AFTER = "".join(f"\nLine {n} of what comes after." for n in range(200))


def passage_top(view: TextView) -> int:
    cursor = QTextCursor(view.document())
    cursor.setPosition(len(BEFORE))
    return view.cursorRect(cursor).top()


def shown(qtbot: QtBot) -> TextView:
    view = TextView()
    qtbot.addWidget(view)
    view.resize(300, 40)
    view.show_text(BEFORE + PASSAGE + AFTER, len(BEFORE), len(BEFORE) + len(PASSAGE))
    view.show()
    qtbot.waitExposed(view)
    return view


def test_the_passage_is_in_the_upper_half_after_the_pane_grew(qtbot: QtBot) -> None:
    view = shown(qtbot)
    view.resize(420, 600)
    qtbot.waitUntil(lambda: 0 <= passage_top(view) <= 300)


def test_a_reader_who_scrolled_away_is_left_there(qtbot: QtBot) -> None:
    view = shown(qtbot)
    view.verticalScrollBar().triggerAction(QScrollBar.SliderAction.SliderToMinimum)
    view.resize(300, 600)
    assert view.verticalScrollBar().value() == 0
