"""One page of a document as a picture, with the passage highlighted as by a marker pen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from carrel_desktop import theme
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.parts import follow_theme

Boxes = Sequence[tuple[float, float, float, float]]


class _Paper(QWidget):
    """The picture, as wide as its place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.image = QImage()
        self.boxes: Boxes = ()
        self._marked = QPixmap()

    def show_page(self, image: QImage, boxes: Boxes) -> None:
        """Take a page; `boxes` are [x, y, width, height] in its pixels."""
        self.image, self.boxes = image, boxes
        self.restyle()

    def restyle(self) -> None:
        """Paint paper tone and highlight into the picture (multiplied, so that ink stays ink)."""
        self._marked = QPixmap()
        if not self.image.isNull():
            roles = theme.current().roles
            self._marked = QPixmap.fromImage(self.image)
            painter = QPainter(self._marked)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
            painter.fillRect(self._marked.rect(), roles.color("page"))
            for box in self.boxes:
                painter.fillRect(QRectF(*box), roles.color("page_highlight"))
            painter.end()
        self.update()

    def scale(self) -> float:
        """Return how many pixels of the screen one pixel of the picture takes."""
        return self.width() / self.image.width() if self.image.width() else 1.0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the page, with a hairline around it."""
        if self._marked.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(self.rect(), self._marked)
        painter.setPen(theme.current().roles.color("line"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


class PageView(QScrollArea):
    """A page that fits the width, scrolled to the passage."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Page"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._paper = _Paper()
        self.setWidget(self._paper)
        follow_theme(self, self._paper.restyle)

    def show_page(self, png: bytes, boxes: Boxes, name: str) -> bool:
        """Show a PNG with boxes around the passage; False when the picture is not readable."""
        image = QImage.fromData(png)
        if image.isNull():
            return False
        self.setAccessibleName(name)
        self._paper.show_page(image, boxes)
        self._fit()
        self.scroll_to_passage()
        return True

    def scroll_to_passage(self) -> None:
        """Bring the first box into view, with some of the page above it."""
        bar = self.verticalScrollBar()
        if not self._paper.boxes:
            bar.setValue(0)
            return
        top = min(box[1] for box in self._paper.boxes) * self._paper.scale()
        bar.setValue(max(0, round(top - self.viewport().height() / 3)))

    def box_on_screen(self, index: int) -> QRectF:
        """Return where a box stands in this view, in its pixels."""
        x, y, width, height = self._paper.boxes[index]
        scale = self._paper.scale()
        rect = QRectF(x * scale, y * scale, width * scale, height * scale)
        return rect.translated(QPointF(self._paper.mapTo(self, self._paper.rect().topLeft())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the page as wide as its place."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        image = self._paper.image
        if not image.isNull():
            width = self.viewport().width()
            self._paper.setFixedSize(QSize(width, round(width * image.height() / image.width())))
