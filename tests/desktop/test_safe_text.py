"""Text nobody vouches for: it loads nothing, opens nothing, and stays text."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QTextEdit
from pytestqt.qtbot import QtBot

from carrel.events import Citation
from carrel_desktop.app import App
from carrel_desktop.widgets.answer import AnswerText
from carrel_desktop.widgets.parts import escaped, label
from carrel_desktop.widgets.safe_text import SafeText

HOSTILE = (
    '<img src="file:///etc/passwd"><a href="https://example.org">click</a> '
    "![x](file:///etc/passwd) [y](https://example.org) https://example.org <b>bold</b>"
)


@pytest.fixture
def answer(qtbot: QtBot) -> AnswerText:
    widget = AnswerText()
    qtbot.addWidget(widget)
    return widget


def cite(n: int, end: int) -> Citation:
    return Citation(
        n=n, passage_id=1, document="/a", page=None, quote="q", start=0, end=1, answer_start=0,
        answer_end=end, support=1.0,
    )  # fmt: skip


def test_markup_stays_text(answer: AnswerText) -> None:
    answer.show_answer(HOSTILE)
    assert answer.toPlainText() == HOSTILE
    html = answer.toHtml()
    assert "<img" not in html
    assert "<a href" not in html


def test_streamed_markup_stays_text(answer: AnswerText) -> None:
    for letter in HOSTILE:
        answer.append(letter)
    assert answer.toPlainText() == HOSTILE
    assert "<img" not in answer.toHtml()


@pytest.mark.parametrize("kind", list(QTextDocument.ResourceType))
def test_no_resource_is_loaded(
    answer: AnswerText, tmp_path: Path, kind: QTextDocument.ResourceType
) -> None:
    picture = tmp_path / "secret.png"
    image = QImage(9, 9, QImage.Format.Format_RGB32)
    image.save(str(picture))
    got = answer.loadResource(kind.value, QUrl.fromLocalFile(str(picture)))
    assert isinstance(got, QImage)
    assert (got.width(), got.height()) == (1, 1)
    inside = answer.document().resource(kind.value, QUrl.fromLocalFile(str(picture)))
    assert not isinstance(inside, QImage) or inside.width() == 1


def test_no_link_is_opened(answer: AnswerText, qtbot: QtBot) -> None:
    answer.show_answer("One.", [cite(1, 4)])
    before = answer.toPlainText()
    cited: list[int] = []
    answer.cited.connect(cited.append)
    answer.setSource(QUrl("file:///etc/passwd"))
    answer.anchorClicked.emit(QUrl("https://example.org"))
    answer.anchorClicked.emit(QUrl("cite:1"))
    assert cited == [1]
    assert answer.toPlainText() == before
    assert not answer.openLinks()
    assert not answer.openExternalLinks()


def test_every_rich_text_widget_is_the_safe_one(app: App) -> None:
    rich = [*app.window.findChildren(QTextEdit), *app.window.findChildren(QTextBrowser)]
    assert rich
    assert all(isinstance(one, SafeText) for one in rich)


def test_labels_and_tooltips_hold_no_markup(qtbot: QtBot) -> None:
    widget = label("<b>x</b>")
    qtbot.addWidget(widget)
    assert widget.textFormat().name == "PlainText"
    assert escaped("<b>x</b>") == "<qt>&lt;b&gt;x&lt;/b&gt;</qt>"


def test_the_same_number_at_two_places_is_two_chips(answer: AnswerText) -> None:
    answer.resize(600, 100)
    answer.show_answer("First. Second. Third.", [cite(1, 6), cite(2, 14), cite(1, 14)])
    assert answer.toPlainText().split() == ["First.", "1", "Second.", "1", "2", "Third."]


def test_neighbouring_unsupported_spans_are_said_once(answer: AnswerText) -> None:
    answer.show_answer("Aaa. Bbb. Ccc.", [], [(0, 4), (5, 9), (-3, 0), (12, 999)])
    assert answer.toPlainText().count("found in") == 2


def test_offsets_beyond_the_answer_do_no_harm(answer: AnswerText) -> None:
    answer.show_answer("Short.", [cite(1, 900)], [(3, 2), (50, 60)])
    assert "Short." in answer.toPlainText()
