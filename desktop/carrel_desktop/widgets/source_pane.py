"""The source beside the answer: the page or the text itself, and the answer's other passages."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QStackedWidget, QWidget

from carrel.desk.requests import SourceView
from carrel.errors import UserError
from carrel_desktop import theme
from carrel_desktop.controllers.source import SourceController
from carrel_desktop.i18n import tr
from carrel_desktop.messages import Messages
from carrel_desktop.widgets.page_view import PageView
from carrel_desktop.widgets.parts import (
    ElidedLabel,
    box,
    column,
    follow_theme,
    header,
    icon_button,
    label,
    row,
    set_role,
)
from carrel_desktop.widgets.passages import PassageList
from carrel_desktop.widgets.safe_text import SafeText, Style
from carrel_desktop.widgets.unseen import unseen_words


class SourcePane(QWidget):
    """`closed` when the user wants the pane away."""

    closed = Signal()

    def __init__(
        self, controller: SourceController, messages: Messages, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._messages = messages
        metrics = theme.current().metrics
        self.setAccessibleName(tr("Source"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        set_role(self, "panel")
        self.page = PageView()
        self.text = TextView()
        self.empty = label(_hint(), "muted", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stack = QStackedWidget()
        for widget in (self.empty, self.page, self.text):
            self.stack.addWidget(widget)
        self.note = label("", "warn", wrap=True)
        self.list = PassageList()
        self.list.chosen.connect(lambda at: controller.step(at - controller.index))
        middle = column(self.note, self.stack, gap=metrics.gap_small)
        middle.setContentsMargins(metrics.gap_page, metrics.gap_wide, metrics.gap_page, metrics.gap)
        layout = column(self._header(), middle, self._passages())
        layout.setStretch(1, 1)
        self.setLayout(layout)
        controller.passages_changed.connect(self._show_passages)
        controller.viewing.connect(self._show_view)
        controller.failed.connect(self._show_failure)
        self._show_passages()
        self._show_view()

    def open_outside(self) -> None:
        """Open the file in the system's own application: only a local file, only on a click."""
        passage = self._controller.current
        if passage is None:
            return
        path = Path(passage.document)
        if not path.is_absolute() or not path.is_file():
            self._messages.warning(tr("The file is not there any more."), str(path))
        elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._messages.warning(tr("No application of this system opens this file."))

    def _header(self) -> QWidget:
        go = self._controller
        self._title = ElidedLabel(tr("Source"), "title", middle=True)
        self._page_chip = label("", "chip")
        self._ocr = label(tr("OCR text"), "chip")
        self._ocr.setToolTip(tr("This text was recognized in a picture and may hold mistakes."))
        self._back = icon_button("previous", tr("Previous page"), lambda: go.turn_page(-1))
        self._on = icon_button("next", tr("Next page"), lambda: go.turn_page(1))
        self._outside = icon_button("open", tr("Open in its application"), self.open_outside)
        close = icon_button("close", tr("Close the source"), self.closed.emit)
        bar = header(
            self._title, self._ocr, self._back, self._page_chip, self._on, self._outside, close
        )
        metrics = theme.current().metrics
        layout = bar.layout()
        if layout is not None:  # narrower than a page: the name of the file needs the room
            layout.setSpacing(metrics.gap_tiny)
            layout.setContentsMargins(metrics.gap_page, 0, metrics.gap, 0)
        return bar

    def _passages(self) -> QWidget:
        metrics = theme.current().metrics
        go = self._controller
        self._count = label("", "sub")
        self._earlier = icon_button("up", tr("Previous passage"), lambda: go.step(-1))
        self._later = icon_button("down", tr("Next passage"), lambda: go.step(1))
        title = label(tr("Passages of this answer"), "heading")
        self._below = box()
        layout = column(
            row(title, None, self._earlier, self._count, self._later, gap=metrics.gap_tiny),
            self.list,
            gap=metrics.gap_tiny,
        )
        layout.setContentsMargins(metrics.gap_wide, 0, metrics.gap_wide, metrics.gap_small)
        self._below.setLayout(layout)
        self._below.setFixedHeight(metrics.passages_height)
        return self._below

    def _show_passages(self) -> None:
        go = self._controller
        count = len(go.passages)
        self._below.setVisible(count > 0)
        self.list.show_passages(go.passages, go.index)
        self._count.setText(tr("{n} of {total}", n=go.index + 1, total=count))
        self._earlier.setEnabled(go.index > 0)
        self._later.setEnabled(go.index + 1 < count)

    def _show_view(self) -> None:
        view = self._controller.view
        paged = view is not None and view.page is not None
        for widget in (self._page_chip, self._back, self._on):
            widget.setVisible(paged)
        self._ocr.setVisible(view is not None and view.ocr)
        self._outside.setVisible(view is not None)
        if view is None:
            self._title.setText(tr("Source"))
            self.note.hide()
            self._say(_hint())
            return
        self._title.setText(view.title)
        self._page_chip.setText(tr("page {n} of {total}", n=view.page, total=view.pages or "?"))
        self._back.setEnabled((view.page or 1) > 1)
        self._on.setEnabled(view.pages is None or (view.page or 1) < view.pages)
        said = (view.note if view.state != "stands" else "", unseen_words(view.unseen))
        self.note.setText(" ".join(filter(None, said)))
        self.note.setVisible(any(said))
        self._show_content(view)

    def _show_content(self, view: SourceView) -> None:
        if view.kind == "text":
            self.text.show_text(view.text, view.mark_start, view.mark_end)
            self.stack.setCurrentWidget(self.text)
            return
        name = tr("{title}, page {n}", title=view.title, n=view.page)
        if self.page.show_page(self._controller.png, view.boxes, name):
            self.stack.setCurrentWidget(self.page)
        else:
            self._say(tr("The picture of this page did not arrive. Open it again."))

    def _show_failure(self, error: UserError) -> None:
        self._say(str(error))

    def _say(self, words: str) -> None:
        self.empty.setText(words)
        self.stack.setCurrentWidget(self.empty)


class TextView(SafeText):
    """The extracted text, with the passage marked and in view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Text of the document"), parent, grows=False)
        set_role(self, "document")
        self._parts = ("", "", "")
        self._place = 0
        self._scrolled_away = False
        self.verticalScrollBar().actionTriggered.connect(self._scrolled)
        follow_theme(self, self._render)

    def show_text(self, text: str, start: int, end: int) -> None:
        """Show text, marked at [start, end)."""
        self._parts = (text[:start], text[start:end], text[end:])
        self._scrolled_away = False
        self._render()

    def _render(self) -> None:
        metrics = theme.current().metrics
        cursor = self.begin(metrics.quote_line)
        before, marked, after = self._parts
        plain = Style(size=metrics.font_small)
        self.write(cursor, before, plain)
        self._place = cursor.position()
        self.write(cursor, marked, Style(size=metrics.font_small, mark="highlight"))
        self.write(cursor, after, plain)
        self._scroll_to_passage()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the passage in view, unless the reader has scrolled away from it."""
        super().resizeEvent(event)
        if not self._scrolled_away:
            self._scroll_to_passage()

    def _scrolled(self, _action: int) -> None:
        self._scrolled_away = True

    def _scroll_to_passage(self) -> None:
        shown = QTextCursor(self.document())
        shown.setPosition(self._place)
        self.setTextCursor(shown)
        bar = self.verticalScrollBar()
        top = self.cursorRect(shown).top() + bar.value()
        bar.setValue(max(0, top - self.viewport().height() // 3))


def _hint() -> str:
    return tr("Open a citation or a quoted sentence to see its page here.")
