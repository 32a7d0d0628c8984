"""Prints an HTML page of the core's export as PDF, with the fonts and the shaping of Qt.

The page loads nothing: what it names, if anything, is answered with an empty picture.
"""

from __future__ import annotations

import os

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFont,
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
)

_DPI = 96  # of the layout, whose margins know pixels only; the writer's is _FINER times that
_FINER = 8
_NUMBER = 11  # pixels of a page's number
_MARGIN_MM, _FOOTER_MM = 18.0, 10.0


class _Page(QTextDocument):
    """A document that opens no file and fetches nothing."""

    def loadResource(self, kind: int, name: QUrl | str) -> QImage:
        """Return an empty picture; nothing at all would let Qt look for it."""
        return QImage(1, 1, QImage.Format.Format_ARGB32)


def as_pdf(html: str) -> bytes:
    """Return the page as PDF on A4, its pages numbered. Starts Qt without a window if need be."""
    application = QGuiApplication.instance() or _start()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setCreator("Carrel")
    writer.setResolution(_DPI * _FINER)
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM + _FOOTER_MM)
    unit = QPageLayout.Unit.Millimeter
    size = QPageSize(QPageSize.PageSizeId.A4)
    writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, margins, unit))
    document = _document(html, writer)
    writer.setTitle(document.metaInformation(QTextDocument.MetaInformation.DocumentTitle))
    painter = QPainter(writer)
    painter.scale(_FINER, _FINER)
    for number in range(document.pageCount()):
        if number:
            writer.newPage()
        _paint(document, painter, number)
    painter.end()
    del application
    return bytes(buffer.data().data())


def _document(html: str, writer: QPdfWriter) -> QTextDocument:
    document = _Page()
    document.setDocumentMargin(0)
    document.setUseDesignMetrics(True)
    document.setDefaultFont(_font(11))
    document.setHtml(html)
    document.setPageSize(QSizeF(writer.width() / _FINER, writer.height() / _FINER))
    return document


def _paint(document: QTextDocument, painter: QPainter, number: int) -> None:
    """Paint one page: a window onto the long document, and its number below."""
    size = document.pageSize()
    painter.save()
    painter.translate(0, -number * size.height())
    view = QRectF(0, number * size.height(), size.width(), size.height())
    context = QAbstractTextDocumentLayout.PaintContext()
    context.clip = view
    painter.setClipRect(view)
    document.documentLayout().draw(painter, context)
    painter.restore()
    painter.save()
    font = _font(8)
    font.setPixelSize(_NUMBER)  # points would be of the writer, and the painter is scaled
    painter.setFont(font)
    below = QRectF(0, size.height(), size.width(), painter.fontMetrics().height() * 2)
    where = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignRight
    painter.drawText(below, int(where), f"{number + 1} / {document.pageCount()}")
    painter.restore()


def _font(points: int) -> QFont:
    """The system's sans-serif; where a script is not in it Qt takes another font that has it."""
    font = QFont()
    font.setStyleHint(QFont.StyleHint.SansSerif)
    font.setPointSize(points)
    return font


def _start() -> QGuiApplication:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QGuiApplication(["carrel"])
