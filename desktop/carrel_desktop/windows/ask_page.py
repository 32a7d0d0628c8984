"""The Ask page: conversations, the conversation with its composer, and the source beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSplitter, QWidget

from carrel.desk.requests import CollectionRow
from carrel_desktop import theme
from carrel_desktop.controllers import Controllers
from carrel_desktop.controllers.source import passages_of
from carrel_desktop.controllers.turn import Turn
from carrel_desktop.i18n import counted, tr
from carrel_desktop.messages import Messages
from carrel_desktop.widgets.composer import Composer
from carrel_desktop.widgets.conversation import Conversation
from carrel_desktop.widgets.conversation_list import ConversationList
from carrel_desktop.widgets.parts import (
    ElidedLabel,
    box,
    button,
    clear,
    column,
    header,
    label,
    row,
)
from carrel_desktop.widgets.source_pane import SourcePane
from carrel_desktop.widgets.trace_mark import TraceMark
from carrel_desktop.windows.dialogs import Dialogs
from carrel_desktop.windows.talk_acts import TalkActs

_CHIPS = 2


class AskPage(QWidget):
    """Three columns; below the drawer width the source comes as a drawer over the conversation."""

    def __init__(
        self, controllers: Controllers, messages: Messages, dialogs: Dialogs, new_keys: str
    ) -> None:
        super().__init__()
        self._c = controllers
        self._dialogs = dialogs
        self._edited: Turn | None = None
        self.acts = TalkActs(controllers, dialogs, self)
        self.list = ConversationList(controllers.conversations, new_keys)
        self.conversation = Conversation(controllers.ask, controllers.name_of)
        self.composer = Composer()
        self.source = SourcePane(controllers.source, messages)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        for widget in (self.list, self._middle(), self.source):
            self.splitter.addWidget(widget)
        metrics = theme.current().metrics
        self.source.setMinimumWidth(metrics.source_min)
        self.splitter.setStretchFactor(1, 1)
        rest = metrics.window_width - metrics.rail - metrics.list_width - metrics.source_width
        self.splitter.setSizes([metrics.list_width, rest, metrics.source_width])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)
        self._drawer = False
        self._turn: Turn | None = None
        self._connect()
        self._show_trace()

    @property
    def drawer_open(self) -> bool:
        """Whether the source lies over the conversation."""
        return self._drawer and self.source.isVisible()

    def show_source(self, wanted: bool) -> None:
        """Show or hide the source."""
        self.source.setVisible(wanted)
        self._toggle.setVisible(not wanted)
        self._place_drawer()

    def toggle_source(self) -> None:
        """Show the source when it is hidden, hide it when it is shown."""
        self.show_source(not self.source.isVisible())

    def open_passage(self, turn: Turn, kind: str, which: int) -> None:
        """Open the place of a citation (by number) or of a quoted sentence (by index)."""
        passages = passages_of(turn)
        if kind == "cite":
            matching = [at for at, one in enumerate(passages) if one.n == which]
        else:
            quote = turn.verbatim[which]
            place = (quote.document, quote.start, quote.end)
            matching = [at for at, one in enumerate(passages) if one.place == place]
        if matching:
            self._c.source.width = self.source.width() * max(1, round(self.devicePixelRatioF()))
            self._turn = turn
            self._c.source.show(passages, matching[0])
            self.show_source(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Move the source between the third column and the drawer."""
        super().resizeEvent(event)
        metrics = theme.current().metrics
        width = self.width() + metrics.rail
        self.list.setVisible(width >= metrics.list_below)
        narrow = width < metrics.drawer_below
        if narrow != self._drawer:
            self._drawer = narrow
            self._chips.setVisible(not narrow)
            if narrow:
                self.source.setParent(self)
                self.show_source(False)
            else:
                self.splitter.addWidget(self.source)
                self.show_source(True)
        self._place_drawer()

    def _place_drawer(self) -> None:
        if self._drawer:
            width = min(theme.current().metrics.source_width, self.width())
            self.source.setGeometry(self.width() - width, 0, width, self.height())
            self.source.raise_()

    def _middle(self) -> QWidget:
        metrics = theme.current().metrics
        self._title = ElidedLabel(tr("New conversation"), "title")
        self._scope = row(gap=metrics.gap_small)
        self._chips = box()
        self._chips.setLayout(self._scope)
        self.trace = TraceMark("Ctrl+Shift+N")
        self._exports = QMenu(self)
        words = tr("Save this conversation as a file")
        self.export_button = button(tr("Export"), lambda: None, name=words, tip=words)
        self.export_button.setMenu(self._exports)
        self._toggle = button(tr("Source"), self.toggle_source, tip=tr("Show the source"))
        self._toggle.hide()
        result = box("page")
        under = column(self.trace, self.composer, gap=metrics.gap_small)
        under.setContentsMargins(metrics.gap_page, 0, metrics.gap_page, metrics.gap)
        bar = header(self._title, self._chips, self.export_button, self._toggle)
        layout = column(bar, self.conversation, under)
        layout.setStretch(1, 1)
        result.setLayout(layout)
        result.setMinimumWidth(metrics.thread_min)
        return result

    def _connect(self) -> None:
        ask, source, composer = self._c.ask, self._c.source, self.composer
        composer.asked.connect(self._ask)
        composer.stopped.connect(ask.stop)
        composer.mode_chosen.connect(self._set_mode)
        ask.busy_changed.connect(composer.show_busy)
        ask.title_changed.connect(self._title.setText)
        ask.conversation_changed.connect(self.list.show_open)
        ask.turn_changed.connect(self._turn_changed)
        ask.cleared.connect(self._cleared)
        self.conversation.opened.connect(self.open_passage)
        source.passages_changed.connect(self._mark_open)
        self.source.closed.connect(lambda: self.show_source(False))
        self.list.new.connect(ask.new)
        self.list.opened.connect(ask.open)
        self.list.wanted.connect(self.acts.do)
        self.conversation.edit.connect(self._edit)
        composer.edit_ended.connect(self._edit_ended)
        self.trace.toggled.connect(self._begin)
        self.trace.keep.connect(ask.keep)
        ask.no_trace_changed.connect(lambda _on: self._show_trace())
        ask.turn_added.connect(lambda _turn: self._show_trace())
        ask.conversation_changed.connect(lambda _id: self._show_trace())
        self._c.conversations.deleted.connect(self._deleted)
        self._c.library.collections_changed.connect(self._show_scope)
        self._c.models.changed.connect(self._show_model)
        self._c.adapters.changed.connect(self._show_adapters)

    def _ask(self, question: str) -> None:
        if self._c.ask.ask(question, in_place_of=self._edited):
            self._edited = None
            self.composer.accepted()

    def _begin(self, no_trace: bool) -> None:
        self._c.ask.new(no_trace)
        self.composer.field.setFocus()

    def _edit(self, turn: Turn) -> None:
        """Ask something else in place of this turn, when it is asked."""
        self._edited = turn
        self.composer.edit(turn.question)

    def _edit_ended(self) -> None:
        self._edited = None

    def _show_trace(self) -> None:
        ask = self._c.ask
        self.trace.show_state(no_trace=ask.no_trace, empty=not ask.turns)
        self.export_button.setEnabled(bool(ask.conversation_id))
        self.acts.fill_export(self._exports, ask.conversation_id)

    def _set_mode(self, mode: str) -> None:
        self._c.ask.mode = mode  # type: ignore[assignment]

    def _turn_changed(self, turn: Turn, changed: str) -> None:
        if changed in ("context", "all") and turn.context is not None:
            self.composer.show_context(turn.context)
        newest = changed in ("verbatim", "answer", "all") and turn is self._c.ask.turns[-1]
        if newest and (self._c.source.view is None or self._turn is turn):
            self._turn = turn
            self._c.source.offer(passages_of(turn))

    def _cleared(self) -> None:
        self._turn = None
        self.composer.leave_edit()
        self._c.source.clear()
        self.composer.show_context(None)

    def _mark_open(self) -> None:
        current = self._c.source.current
        self.conversation.mark_open(self._turn, current.n if current is not None else 0)

    def _show_model(self) -> None:
        model = self._c.models.in_use
        self.composer.show_model(model.name if model is not None else "")

    def _show_adapters(self) -> None:
        self.composer.show_adapters([(one.name, scale) for one, scale in self._c.adapters.attached])

    def _show_scope(self) -> None:
        clear(self._scope)
        rows: list[CollectionRow] = self._c.library.collections
        self.conversation.show_files(any(one.documents for one in rows))
        for one in rows[:_CHIPS]:
            files = counted(one.documents, "1 file", "{n} files")
            self._scope.addWidget(label(f"{one.name} · {files}", "chip"))
        if len(rows) > _CHIPS:
            self._scope.addWidget(label(tr("{n} more", n=len(rows) - _CHIPS), "chip"))

    def _deleted(self, id: int) -> None:
        if id == self._c.ask.conversation_id:
            self._c.ask.new()
