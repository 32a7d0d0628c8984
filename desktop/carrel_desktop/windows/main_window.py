"""The main window: the rail, the message bar and the pages. Nothing else belongs here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QSize, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QStackedWidget, QWidget

from carrel_desktop import theme
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.message_bar import MessageBar
from carrel_desktop.widgets.parts import box, column, row
from carrel_desktop.widgets.rail import Rail

PAGES = (("ask", "Ask"), ("library", "Library"), ("models", "Models"), ("lab", "Lab"))
LOW_PAGES = (("privacy", "Privacy"), ("settings", "Settings"))


class MainWindow(QMainWindow):
    """`dropped` carries the local paths that were dropped; `closing` comes before the end."""

    dropped = Signal(list)
    page_changed = Signal(str)
    closing = Signal()

    def __init__(
        self, makers: Mapping[str, Callable[[], QWidget]], messages: MessageBar, menu: QMenu
    ) -> None:
        """`makers` make the pages, by the keys of PAGES and LOW_PAGES, when they are first needed:
        a window with one page stands sooner than one with all."""
        super().__init__()
        metrics = theme.current().metrics
        self.setWindowTitle("Carrel")
        self.setAccessibleName("Carrel")
        self.setMinimumSize(metrics.window_min_width, metrics.window_min_height)
        self.resize(metrics.window_width, metrics.window_height)
        self.setAcceptDrops(True)
        self._makers = dict(makers)
        self._pages: dict[str, QWidget] = {}
        self.stack = QStackedWidget()
        titles = [(key, tr(title)) for key, title in PAGES]
        low = [(key, tr(title)) for key, title in LOW_PAGES]
        self.rail = Rail(titles, low, menu)
        self.rail.chosen.connect(self.open_page)
        middle = column(messages, self.stack)
        middle.setStretch(1, 1)
        layout = row(self.rail, middle)
        layout.setStretch(1, 1)
        self._inside = box("page")
        self._inside.setLayout(layout)
        self._outer = QStackedWidget()
        self._outer.addWidget(self._inside)
        self.setCentralWidget(self._outer)
        self.open_page("ask")

    def fit(self, room: QSize) -> None:
        """Be no larger than `room`, the part of a screen that is free for windows: where no window
        manager does it, what stands beyond the edge cannot be reached."""
        self.resize(self.size().boundedTo(room))

    def open_page(self, key: str) -> None:
        """Show a page. Raises KeyError when there is none of that name."""
        self.stack.setCurrentWidget(self.page_of(key))
        self.rail.choose(key)
        self.page_changed.emit(key)

    def page_of(self, key: str) -> QWidget:
        """The page of that name, made now if need be. Raises KeyError when there is none."""
        if key not in self._pages:
            self._pages[key] = self._makers[key]()
            self.stack.addWidget(self._pages[key])
        return self._pages[key]

    def cover(self, page: QWidget) -> None:
        """Show nothing but this page, until `uncover`."""
        if self._outer.indexOf(page) < 0:
            self._outer.addWidget(page)
        self._outer.setCurrentWidget(page)

    def uncover(self) -> None:
        """Show the pages again."""
        self._outer.setCurrentWidget(self._inside)

    @property
    def covered(self) -> bool:
        """Whether a page lies over all others."""
        return self._outer.currentWidget() is not self._inside

    @property
    def page(self) -> str:
        """The page on screen."""
        shown = self.stack.currentWidget()
        return next(key for key, page in self._pages.items() if page is shown)

    def come_forward(self) -> None:
        """Show the window in front of the others."""
        self.setWindowState(self.windowState() & ~self.windowState().WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take local files and folders."""
        if local_paths(event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Report what was dropped."""
        paths = local_paths(event.mimeData().urls())
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide at once; the desk finishes what it writes after that."""
        self.hide()
        self.closing.emit()
        event.accept()


def local_paths(urls: list[QUrl]) -> list[str]:
    """Return the paths of the URLs that name existing local files or folders."""
    paths = [url.toLocalFile() for url in urls if url.isLocalFile()]
    return [path for path in paths if Path(path).exists()]
