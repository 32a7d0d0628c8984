"""The Library page: collections as cards, and the table of documents with what became of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHeaderView,
    QLineEdit,
    QScrollArea,
    QTableView,
    QWidget,
)

from carrel.desk.requests import CollectionRow
from carrel_desktop import theme
from carrel_desktop.controllers.keeping import KeepingController
from carrel_desktop.controllers.library import FILTERS, LibraryController
from carrel_desktop.controllers.recognition import RecognitionController
from carrel_desktop.controllers.surveying import SurveyController
from carrel_desktop.i18n import counted, number, tr
from carrel_desktop.item_models.documents import STATUS_COLUMN, DocumentsModel, StatusDelegate
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.collection_card import CollectionCard
from carrel_desktop.widgets.parts import box, button, clear, column, header, label, row
from carrel_desktop.widgets.places import kept_place
from carrel_desktop.widgets.recognition_bar import RecognitionBar
from carrel_desktop.widgets.segments import Segments
from carrel_desktop.windows.dialogs import Dialogs
from carrel_desktop.windows.preview_dialog import PreviewDialog
from carrel_desktop.windows.rules_dialog import RulesDialog
from carrel_desktop.windows.survey_dialog import SurveyDialog

_TYPING_MS = 150
_COLUMNS = 2
_CARDS_SHARE = 0.46


class LibraryPage(QWidget):
    """Cards above, table below."""

    def __init__(
        self,
        controller: LibraryController,
        keeping: KeepingController,
        surveys: SurveyController,
        recognition: RecognitionController,
        dialogs: Dialogs,
    ) -> None:
        super().__init__()
        self._c = controller
        self._keeping = keeping
        self._surveys = surveys
        self._dialogs = dialogs
        metrics = theme.current().metrics
        self._documents = label("", "chip")
        self._passages = label("", "chip")
        self.add_folder = button(tr("Add folder"), self.choose_folder, "primary")
        self._waiting = label("", "chip")
        self.pause = button("", lambda: keeping.pause(not keeping.paused))
        self.add_files = button(tr("Add files"), self.choose_files)
        self.survey = button(tr("Survey"), self.open_survey,
                             name=tr("Survey: one question to every document"))  # fmt: skip
        bar = header(
            label(tr("Library"), "title"), self._documents, self._passages, self._waiting, None,
            self.pause, self.survey, self.add_files, self.add_folder,
        )  # fmt: skip
        for before, after in pairwise((self.add_folder, self.add_files, self.survey, self.pause)):
            QWidget.setTabOrder(before, after)
        self._cards: dict[str, CollectionCard] = {}
        self._grid = QGridLayout()
        self._grid.setSpacing(metrics.radius_bubble)
        self._grid.setContentsMargins(0, 0, 0, 0)
        for at in range(_COLUMNS):
            self._grid.setColumnStretch(at, 1)
        self.recognition = RecognitionBar(recognition)
        inside = column(
            self.recognition, self._card_area(), self._filter_row(), self._table(), gap=metrics.gap
        )
        inside.setContentsMargins(metrics.gap_page, metrics.gap_wide, metrics.gap_page, metrics.gap)
        inside.setStretch(3, 1)
        page = column(bar, inside)
        page.setStretch(1, 1)
        self.setLayout(page)
        controller.collections_changed.connect(self._show_collections)
        controller.documents_changed.connect(self._show_documents)
        controller.progress_changed.connect(self._show_progress)
        keeping.state_changed.connect(self._show_state)
        self._show_state()
        self._show_collections()
        self._show_documents()

    def choose_folder(self) -> None:
        """Let the user choose a folder and add it."""
        folder = self._dialogs.folder()
        if folder:
            self._c.add([folder])

    def choose_files(self) -> None:
        """Let the user choose files and add them."""
        self._c.add(self._dialogs.files())

    def open_survey(self, question: str = "") -> None:
        """Open the survey, with a question to ask every document."""
        counts = {one.name: one.documents for one in self._c.collections}
        SurveyDialog(self._surveys, counts, self._dialogs, self.window(), question).open()

    def _card_area(self) -> QWidget:
        cards = box()
        cards.setLayout(self._grid)
        area = QScrollArea()
        area.setAccessibleName(tr("Collections"))
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(cards)
        self._area = area
        self._inside = cards
        return area

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the cards what they need, at most their share of the page."""
        super().resizeEvent(event)
        self._fit_cards()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin at what a library begins with; who comes back finds the focus where it was."""
        super().showEvent(event)
        if self.focusWidget() is None:
            self.add_folder.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit_cards(self) -> None:
        width = self._area.viewport().width()
        grid = self._grid
        wanted = (
            grid.heightForWidth(width) if grid.hasHeightForWidth() else grid.sizeHint().height()
        )
        self._area.setFixedHeight(min(wanted, round(self.height() * _CARDS_SHARE)))

    def _filter_row(self) -> QWidget:
        metrics = theme.current().metrics
        self.search = QLineEdit(placeholderText=tr("Filter by name"))
        self.search.setAccessibleName(tr("Filter documents by name"))
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(metrics.filter_width)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self._filter)
        self.search.textChanged.connect(lambda _text: self._typing.start())
        titles = (tr("All"), tr("Indexed"), tr("Not readable"))
        choices = [(key, title, title) for key, title in zip(FILTERS, titles, strict=True)]
        self.filters = Segments(tr("Show documents"), choices)
        self.filters.chosen.connect(self._choose_filter)
        self._kind = FILTERS[0]
        result = box()
        self.preview = button(tr("Preview"), self._preview,
                              name=tr("Preview what was read"))  # fmt: skip
        self.read_again = button(tr("Read again"), self._read_again,
                                 name=tr("Read the selected documents again"))  # fmt: skip
        self.forget_chosen = button(tr("Forget"), self._forget_chosen,
                                    name=tr("Forget the selected documents"))  # fmt: skip
        result.setLayout(
            row(self.search, self.filters, None, self.preview, self.read_again,
                self.forget_chosen, gap=metrics.gap_small)
        )  # fmt: skip
        return result

    def _table(self) -> QWidget:
        metrics = theme.current().metrics
        self.model = DocumentsModel(self)
        self.model.wants_more.connect(self._c.more_documents)
        self.table = QTableView()
        self.table.setAccessibleName(tr("Documents"))
        self.table.setModel(self.model)
        self.table.setItemDelegateForColumn(STATUS_COLUMN, StatusDelegate(self.table))
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.selectionModel().selectionChanged.connect(self._enable_actions)
        self.table.activated.connect(lambda _index: self._preview())
        self.model.modelReset.connect(self._enable_actions)
        self._enable_actions()
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(metrics.table_row)
        head = self.table.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        for at, width in enumerate(
            (metrics.filter_width, metrics.status_width, 0, metrics.status_width)
        ):
            if width:
                self.table.setColumnWidth(at, width)
        self.empty = label("", "muted", wrap=True)
        result = box()
        layout = column(self.empty, self.table, gap=metrics.gap)
        layout.setAlignment(self.empty, Qt.AlignmentFlag.AlignTop)
        result.setLayout(layout)
        return result

    def _choose_filter(self, key: str) -> None:
        self._kind = key  # type: ignore[assignment]
        self._filter()

    def _filter(self) -> None:
        self._c.show(self._kind, self.search.text())

    def _show_collections(self) -> None:
        rows = self._c.collections
        if self._cards and [one.name for one in rows] == list(self._cards):
            for one in rows:
                self._cards[one.name].show_row(one, self._c.progress.get(one.name))
        else:
            self._make_cards(rows)
        QTimer.singleShot(0, self, self._fit_cards)
        documents, passages, unreadable = self._c.counts()
        self._documents.setText(counted(documents, "1 document", "{n} documents"))
        self._passages.setText(counted(passages, "1 passage", "{n} passages"))
        self.filters.retitle("all", tr("All {n}", n=number(documents)))
        self.filters.retitle("indexed", tr("Indexed {n}", n=number(documents - unreadable)))
        self.filters.retitle("unreadable", tr("Not readable {n}", n=number(unreadable)))
        self._say_empty()

    def _make_cards(self, rows: Sequence[CollectionRow]) -> None:
        clear(self._grid)
        self._cards = {}
        for at, one in enumerate(rows):
            card = CollectionCard(one, self._c.progress.get(one.name), self._actions(one.name))
            self._cards[one.name] = card
            self._grid.addWidget(card, at // _COLUMNS, at % _COLUMNS)
        at, span = len(rows), _COLUMNS if len(rows) % _COLUMNS == 0 else 1
        self._grid.addWidget(self._drop_zone(), at // _COLUMNS, at % _COLUMNS, 1, span)

    def _actions(self, name: str) -> list[tuple[str, Callable[[], None]]]:
        return [
            (tr("Bring up to date"), lambda: self._keeping.sync(name)),
            (tr("Rules"), lambda: RulesDialog(name, self._keeping, self.window()).open()),
            (tr("Forget"), lambda: self._keeping.forget(self._sure, collection=name)),
        ]

    def _sure(self, what: str) -> bool:
        return self._dialogs.sure(tr("Forget"), what, tr("Forget"))

    def _show_state(self) -> None:
        paused = self._keeping.paused
        title = tr("Go on indexing") if paused else tr("Pause indexing")
        self.pause.setText(title)
        self.pause.setAccessibleName(title)
        self._waiting.setText(self._keeping.words)
        self._waiting.setVisible(bool(self._keeping.words))

    def _chosen(self) -> list[str]:
        """Paths of the documents that are selected in the table."""
        rows = self.table.selectionModel().selectedRows()
        return [self.model.path(index.row()) for index in rows]

    def _preview(self) -> None:
        PreviewDialog(self._chosen()[0], self._keeping, self.window()).open()

    def _read_again(self) -> None:
        self._keeping.retry(self._chosen())

    def _forget_chosen(self) -> None:
        self._keeping.forget(self._sure, paths=self._chosen())

    def _enable_actions(self) -> None:
        chosen = self._chosen()
        for one in (self.read_again, self.forget_chosen):
            one.setEnabled(bool(chosen))
        self.preview.setEnabled(len(chosen) == 1)

    def _drop_zone(self) -> QWidget:
        zone = Card(dashed=True)
        words = (
            tr("Drop a folder or files here")
            if self._c.collections
            else tr("Drop a folder or files here, or choose Add folder. They stay where they are.")
        )
        text = label(words, "muted", wrap=True)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        zone.content.addWidget(text)
        zone.setMinimumHeight(theme.current().metrics.drop_height)
        return zone

    def _show_progress(self, name: str) -> None:
        card = self._cards.get(name)
        if card is None:
            self._c.list_collections()
        else:
            card.show_progress(self._c.progress.get(name))
        if not self._c.documents:
            self._say_empty()

    def _show_documents(self) -> None:
        with kept_place(self.table, self.model):
            self.model.show(self._c.documents, self._c.total)
        self._enable_actions()
        self._say_empty()

    def _say_empty(self) -> None:
        nothing = not self._c.documents
        self.empty.setVisible(nothing)
        self.table.setVisible(not nothing)
        if self._c.contains or self._c.filter != "all":
            self.empty.setText(tr("No document matches. Choose All or clear the filter."))
        elif self._c.progress:
            self.empty.setText(tr("Documents appear here as they are read."))
        else:
            words = tr("No documents yet. Add a folder, and every file in it is listed here.")
            self.empty.setText(words)
