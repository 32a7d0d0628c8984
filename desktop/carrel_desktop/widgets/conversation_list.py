"""The column of conversations: new, search, open, rename, pin, move, delete."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QListView, QMenu, QSizePolicy, QWidget

from carrel_desktop import theme
from carrel_desktop.controllers.conversations import ConversationsController
from carrel_desktop.i18n import tr
from carrel_desktop.item_models.conversations import (
    ConversationDelegate,
    ConversationsModel,
    FoundRole,
    IdRole,
)
from carrel_desktop.widgets.parts import button, column, label, row, set_role

_TYPING_MS = 150


ACTS = (
    ("rename", "Rename", "F2"),
    ("pin", "Pin or unpin", "Ctrl+P"),
    ("move", "Move to a folder", "Ctrl+M"),
    ("export", "Export", "Ctrl+E"),
    ("delete", "Delete", "Del"),
)
"""What can be done with the current row: name, words, key."""


class _List(QListView):
    """A list that reports what is wanted of its current row, by key or from its menu."""

    wanted = Signal(str, int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys of ACTS act on the row; the rest moves."""
        id = self.currentIndex().data(IdRole)
        pressed = QKeySequence(event.keyCombination())
        for name, _words, key in ACTS:
            if id and pressed == QKeySequence(key):
                self.wanted.emit(name, id)
                return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of the row under the mouse, or of the current one by the keyboard."""
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if by_mouse else self.currentIndex()
        if index.data(IdRole):
            at = event.globalPos()
            if not by_mouse:
                at = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft())
            self.menu_for(index.data(IdRole)).popup(at)

    def menu_for(self, id: int) -> QMenu:
        """Return the menu of a conversation, with the keys that do the same."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name, words, key in ACTS:
            action = menu.addAction(tr(words))
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(lambda _on=False, name=name: self.wanted.emit(name, id))
        return menu


class ConversationList(QWidget):
    """`opened` carries the conversation's id and the turn that a search found there (0: none),
    `wanted` what of ACTS is to be done and the id; `new` wants an empty conversation."""

    new = Signal()
    opened = Signal(int, int)
    wanted = Signal(str, int)

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
        result.wanted.connect(self.wanted)
        return result

    def _chosen(self, index: QModelIndex) -> None:
        id = index.data(IdRole)
        if id:
            found = index.data(FoundRole)
            self.opened.emit(id, found.turn_id if found is not None else 0)

    def _show(self) -> None:
        self.model.show(self._controller.rows, date.today(), bool(self._controller.query))
        nothing = not self._controller.rows
        self.empty.setVisible(nothing)
        self.empty.setText(
            tr("No conversation holds these words.")
            if self._controller.query
            else tr("Your conversations will stand here.")
        )
        self.show_open(self._open)
