"""The one widget class that shows text nobody vouches for: answers, quotes, extracted documents.

It loads nothing (a name in the text opens no file and no address), opens no link, makes no link of
its own, and takes text only as plain text. Marks are painted behind the words by this class, so the
words themselves stay selectable, copyable and readable by a screen reader.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QBrush,
    QFont,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextLine,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from carrel_desktop import theme
from carrel_desktop.widgets.parts import set_role

Mark = Literal["chip", "chip-on", "highlight", "unsupported", "note"]
_MARK = int(QTextFormat.Property.UserProperty) + 1
_MIDDLE = 0.36  # where the middle of lower-case letters is above the baseline, in font sizes
_BOX = 1.46  # height of a mark, in font sizes
_GROUND = {
    "chip": "accent_soft",
    "chip-on": "accent",
    "highlight": "highlight",
    "note": "warning_soft",
}
_INK = {"chip": "accent", "chip-on": "on_accent", "note": "warning"}


@dataclass(frozen=True)
class Style:
    """How a run of text looks: a role for its colour, a mark behind it, a link when it has one."""

    role: str = "text"
    size: int = 0
    bold: bool = False
    mark: Mark | None = None
    link: str = ""


class SafeText(QTextBrowser):
    """Read-only text. `followed` carries the link of a run that was clicked or entered."""

    followed = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None, *, grows: bool = True) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setUndoRedoEnabled(False)
        self.setAcceptDrops(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.document().setDocumentMargin(0)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.anchorClicked.connect(lambda url: self.followed.emit(url.toString()))
        set_role(self, "plain")
        self._grows = grows
        if grows:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)

    # --- nothing from outside gets in ---

    def loadResource(self, type: int, name: QUrl | str) -> QImage:
        """Return an empty picture whatever is named: nothing is opened."""
        picture = QImage(1, 1, QImage.Format.Format_ARGB32)
        picture.fill(Qt.GlobalColor.transparent)
        return picture

    def doSetSource(
        self,
        name: QUrl | str,
        type: QTextDocument.ResourceType = QTextDocument.ResourceType.UnknownResource,
    ) -> None:
        """Go nowhere."""

    # --- writing ---

    def begin(self, line_height: int) -> QTextCursor:
        """Empty the text and return a cursor at its start; `line_height` is in pixels."""
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.setBlockFormat(block_format(line_height))
        return cursor

    def write(self, cursor: QTextCursor, text: str, style: Style) -> None:
        """Insert plain text at the cursor; line ends begin paragraphs of the same kind."""
        cursor.insertText(text, char_format(style))

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the marks, then the words over them."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        offset = self.verticalScrollBar().value()
        painter.translate(0, -offset)
        view = QRectF(event.rect()).translated(0, offset)
        for mark, rect in self._marks():
            if rect.intersects(view):
                _paint_mark(painter, mark, rect)
        painter.end()
        super().paintEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page around this text when it shows all of itself."""
        if self._grows:
            event.ignore()
        else:
            super().wheelEvent(event)

    def sizeHint(self) -> QSize:
        """As high as the text is."""
        if not self._grows:
            return super().sizeHint()
        return QSize(super().sizeHint().width(), self.height())

    def marked_rects(self, kind: Mark) -> list[QRectF]:
        """Return where marks of a kind stand, in document pixels."""
        return [rect for mark, rect in self._marks() if mark == kind]

    def _fit(self) -> None:
        below = theme.current().metrics.gap_tiny  # marks reach under the last line
        self.setFixedHeight(math.ceil(self.document().size().height()) + below)

    def _marks(self) -> Iterator[tuple[str, QRectF]]:
        block = self.document().begin()
        while block.isValid():
            fragments = block.begin()
            while not fragments.atEnd():
                fragment = fragments.fragment()
                mark = fragment.charFormat().property(_MARK)
                if mark:
                    start = fragment.position() - block.position()
                    size = fragment.charFormat().font().pixelSize()
                    for rect in self._rects(block, start, start + fragment.length(), size):
                        yield mark, rect
                fragments += 1
            block = block.next()

    def _rects(self, block: QTextBlock, start: int, end: int, size: int) -> Iterator[QRectF]:
        """The boxes of [start, end) of a block, around letters of `size` pixels."""
        layout = block.layout()
        at = self.document().documentLayout().blockBoundingRect(block).topLeft()
        for index in range(layout.lineCount()):
            line = layout.lineAt(index)
            first, last = line.textStart(), line.textStart() + line.textLength()
            if first < end and start < last:
                left = _x(line, max(start, first))
                right = _x(line, min(end, last))
                middle = line.y() + line.ascent() - size * _MIDDLE
                height = size * _BOX
                yield QRectF(left, middle - height / 2, right - left, height).translated(at)


def _x(line: QTextLine, position: int) -> float:
    """Return the left edge of a character; the stubs call the pair that comes back an object."""
    x, _ = cast("tuple[float, int]", line.cursorToX(position))
    return x


def char_format(style: Style) -> QTextCharFormat:
    """Return the character format of a style in the theme now."""
    now = theme.current()
    result = QTextCharFormat()
    ink = _INK.get(style.mark or "", style.role)
    result.setForeground(QBrush(now.roles.color(ink)))
    weight = QFont.Weight.DemiBold if style.bold else QFont.Weight.Normal
    result.setFont(now.font(style.size or now.metrics.font_answer, weight))
    if style.mark:
        result.setProperty(_MARK, style.mark)
    if style.link:
        result.setAnchor(True)
        result.setAnchorHref(style.link)
    return result


def block_format(line_height: int) -> QTextBlockFormat:
    """Return a paragraph with lines of a fixed height in pixels."""
    result = QTextBlockFormat()
    result.setLineHeight(line_height, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
    return result


def _paint_mark(painter: QPainter, mark: str, rect: QRectF) -> None:
    now = theme.current()
    metrics = now.metrics
    if mark == "unsupported":
        pen = QPen(now.roles.color("warning"), metrics.underline, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([0.1, 2])
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        y = float(round(rect.bottom()))
        painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(now.roles.color(_GROUND[mark]))
    wide = 1 if mark == "highlight" else metrics.gap_hair
    radius = metrics.gap_tiny if mark == "highlight" else metrics.radius_pill
    ground = rect.adjusted(-wide, 0, wide, 0)
    ground.setLeft(max(0.0, ground.left()))
    painter.drawRoundedRect(ground, radius, radius)
