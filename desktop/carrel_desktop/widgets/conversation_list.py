"""The column of saved conversations: new, search, open, rename, delete."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListView, QSizePolicy, QWidget

from carrel_desktop import theme
from carrel_desktop.controllers.conversations import ConversationsController
from carrel_desktop.i18n import tr
from carrel_desktop.item_models.conversations import (
    ConversationDelegate,
    ConversationsModel,
    IdRole,
)
from carrel_desktop.widgets.parts import button, column, label, row, set_role

_TYPING_MS = 150


class _List(QListView):
    """A list that reports F2 and Delete on its current row."""

    rename = Signal(int)
    delete = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F2 renames, Delete deletes; the rest moves."""
        id = self.currentIndex().data(IdRole)
        if id and event.key() == Qt.Key.Key_F2:
            self.rename.emit(id)
        elif id and event.key() == Qt.Key.Key_Delete:
            self.delete.emit(id)
        else:
            super().keyPressEvent(event)


class ConversationList(QWidget):
    """`opened`, `rename` and `delete` carry the conversation's id; `new` wants an empty one."""

    new = Signal()
    opened = Signal(int)
    rename = Signal(int)
    delete = Signal(int)

    def __init__(
        self, controller: ConversationsController, keys: str, parent: QWidget | None = None
    ) -> None:
        """`keys` is the shortcut of a new conversation, as shown on its button."""
        super().__init__(parent)
        metrics = theme.current().metrics
        self._controller = controller
        self._open = 0
        self.setAccessibleName(tr("Conversations"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        set_role(self, "panel")
        self.setMinimumWidth(metrics.list_min)
        self.new_button = button(tr("New conversation"), self.new.emit, "new")
        self.new_button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        hint = label(keys, "on-accent")
        hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        over = row(None, hint)
        over.setContentsMargins(0, 0, metrics.gap, 0)
        self.new_button.setLayout(over)
        self.search = QLineEdit(placeholderText=tr("Search all conversations"))
        self.search.setAccessibleName(tr("Search all conversations"))
        self.search.setClearButtonEnabled(True)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(lambda: controller.search(self.search.text()))
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self.model = ConversationsModel(self)
        self.list = self._make_list()
        self.empty = label("", "muted", wrap=True)
        layout = column(self.new_button, self.search, self.empty, self.list, gap=metrics.gap)
        layout.setStretch(3, 1)
        layout.setContentsMargins(metrics.gap, metrics.radius_bubble, metrics.gap, metrics.gap)
        self.setLayout(layout)
        controller.changed.connect(self._show)
        self._show()

    def show_open(self, conversation_id: int) -> None:
        """Select the conversation that is on screen."""
        self._open = conversation_id
        at = self.model.row_of(conversation_id)
        selection = self.list.selectionModel()
        if at < 0:
            selection.clear()
        else:
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            selection.setCurrentIndex(self.model.index(at, 0), flag)

    def _make_list(self) -> _List:
        result = _List()
        result.setAccessibleName(tr("Saved conversations"))
        result.setModel(self.model)
        result.setItemDelegate(ConversationDelegate(result))
        result.setMouseTracking(True)
        result.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        result.activated.connect(self._chosen)
        result.clicked.connect(self._chosen)
        result.rename.connect(self.rename)
        result.delete.connect(self.delete)
        return result

    def _chosen(self, index: QModelIndex) -> None:
        id = index.data(IdRole)
        if id:
            self.opened.emit(id)

    def _show(self) -> None:
        self.model.show(self._controller.rows, date.today())
        nothing = not self._controller.rows
        self.empty.setVisible(nothing)
        self.empty.setText(
            tr("No conversation holds these words.")
            if self._controller.query
            else tr("Your conversations will stand here.")
        )
        self.show_open(self._open)
