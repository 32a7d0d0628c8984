"""Where questions are written: the field, the mode, the model, the context meter, Ask or Stop."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from carrel.events import ContextUsed
from carrel_desktop import theme
from carrel_desktop.i18n import number, tr
from carrel_desktop.widgets.card import Bar, Card
from carrel_desktop.widgets.parts import button, label, plain_mnemonic, row, set_role, set_tip
from carrel_desktop.widgets.segments import Segments
from carrel_desktop.widgets.turn_view import left_out_words, scaled

MODES = (
    ("auto", "Auto", "Carrel decides from what the files hold"),
    ("files", "Files", "Answer only from the files"),
    ("model", "Model", "Answer from the model, without the files"),
    ("both", "Both", "Passages first; the model may add what it knows, labelled"),
)


class QuestionField(QPlainTextEdit):
    """A text field that grows with its text; Enter asks, Shift+Enter begins a line."""

    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Your question"))
        self.setPlaceholderText(tr("Ask about your files, or drop files and models here"))
        self.setTabChangesFocus(True)
        self.setAcceptDrops(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(theme.current().metrics.gap_hair)
        set_role(self, "plain")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter asks; everything else writes."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.entered.emit()
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """One line; `_fit` makes it higher."""
        return QSize(super().sizeHint().width(), self.height())

    def _fit(self) -> None:
        metrics = theme.current().metrics
        lines = max(1, round(self.document().size().height()))  # in lines, for plain text
        height = lines * self.fontMetrics().lineSpacing() + 2 * metrics.gap_tiny
        self.setFixedHeight(min(height, metrics.composer_lines_max))


class Composer(Card):
    """`asked` carries the question; the field is emptied by `accepted()` only."""

    asked = Signal(str)
    stopped = Signal()
    mode_chosen = Signal(str)
    models_wanted = Signal()
    edit_ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        metrics = theme.current().metrics
        self.set_padding(metrics.radius_bubble, metrics.gap)
        self.field = QuestionField()
        self.field.entered.connect(self._enter)
        self.modes = Segments(tr("Mode"), [(key, tr(title), tr(tip)) for key, title, tip in MODES])
        self.modes.chosen.connect(self.mode_chosen)
        self.model = button("", self.models_wanted.emit, "chip", tip=tr("Choose another model"))
        self.adapters = button("", self.models_wanted.emit, "chip", tip=tr("Change the adapters"))
        self.meter = Bar(tr("Context used"))
        self.meter.setFixedWidth(metrics.meter)
        self.percent = button("", self.toggle_context, "link")
        self.context = label("", "sub", wrap=True, selectable=True)
        self.context.hide()
        self.send = button(tr("Ask"), self._enter, "primary", tip=tr("Enter"))
        self.stop = button(tr("Stop"), self.stopped.emit, "primary", tip=tr("Esc"))
        self._editing = label(tr("Instead of an earlier question, which stays as a branch."), "sub")
        self._leave = button(tr("Cancel"), self.leave_edit, "link", name=tr("Cancel the edit"))
        self.content.addLayout(row(self._editing, self._leave, None))
        self._show_editing(False)
        self.content.addWidget(self.field)
        self.content.addLayout(
            row(
                self.modes,
                self.model,
                self.adapters,
                self.meter,
                self.percent,
                None,
                self.stop,
                self.send,
                gap=metrics.gap_small,
            )
        )
        self.content.addWidget(self.context)
        self._used: ContextUsed | None = None
        self._model_words = self._adapter_words = ""
        self.show_model("")
        self.show_adapters([])
        self.show_context(None)
        self.show_busy(False)

    def accepted(self) -> None:
        """Empty the field: the question is on its way."""
        self.field.clear()
        self._show_editing(False)

    def edit(self, question: str) -> None:
        """Take an earlier question to be changed; what is asked next stands in its place."""
        self._show_editing(True)
        self.field.setPlainText(question)
        self.field.selectAll()
        self.field.setFocus()

    def leave_edit(self) -> None:
        """The next question stands at the end again."""
        if not self._editing.isHidden():
            self._show_editing(False)
            self.field.clear()
            self.field.setFocus()
            self.edit_ended.emit()

    def _show_editing(self, editing: bool) -> None:
        self._editing.setVisible(editing)
        self._leave.setVisible(editing)

    def show_busy(self, busy: bool) -> None:
        """Show Stop while an answer is under way, else Ask."""
        if (self.send if busy else self.stop).hasFocus():
            self.field.setFocus()  # before what had it goes: Qt would give it to another pane
        self.stop.setVisible(busy)
        self.send.setVisible(not busy)

    def show_model(self, name: str) -> None:
        """Show which model answers."""
        self._model_words = name or tr("No model yet")
        self.model.setAccessibleName(tr("Model: {name}", name=self._model_words))
        self._place_meter()

    def show_adapters(self, attached: Sequence[tuple[str, float]]) -> None:
        """Show which adapters are attached: names and scales."""
        names = [scaled(name, scale) for name, scale in attached]
        one = names[0] if len(names) == 1 else tr("{n} adapters", n=len(names))
        self._adapter_words = f"+ {one}" if names else ""
        self.adapters.setAccessibleName(tr("Adapters: {names}", names=", ".join(names)))
        set_tip(self.adapters, tr("{names}. Change the adapters", names=", ".join(names)))
        self._place_meter()

    def show_context(self, used: ContextUsed | None) -> None:
        """Show how the prompt's tokens are spent."""
        self._used = used
        if used is None or used.window <= 0:
            self._place_meter()
            return
        fixed = used.system + used.history + used.question
        total = fixed + used.passages
        self.meter.show_parts(
            (fixed / used.window, "muted"), (used.passages / used.window, "accent")
        )
        percent = tr("{n} %", n=round(100 * total / used.window))
        self.percent.setText(percent)
        words = context_words(used)
        self.percent.setAccessibleName(
            tr("Context used: {percent}, press to read", percent=percent)
        )
        self.context.setText(words)
        self.context.setAccessibleName(words)
        for widget in (self.meter, self.percent):
            set_tip(widget, words)
        self._place_meter()

    def toggle_context(self) -> None:
        """Show in words how the prompt's tokens are spent, or hide it."""
        self.context.setHidden(not self.context.isHidden())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the meter out where there is no room for it."""
        super().resizeEvent(event)
        self._place_meter()

    def _place_meter(self) -> None:
        """Show what there is room for: the model always, then percent, adapters, and the bar."""
        now = theme.current().metrics
        used, gap = self._used is not None, now.gap_small
        if not used:
            self.context.hide()
        acts = max(self.send.sizeHint().width(), self.stop.sizeHint().width())
        room = self.width() - 2 * now.radius_bubble - self.modes.sizeHint().width() - acts
        room -= 2 * gap + now.model_chip_least + 2 * now.gap
        self.adapters.setText(plain_mnemonic(_cut(self._adapter_words, now.model_chip)))
        wanted: tuple[tuple[QWidget, bool, int], ...] = (
            (self.percent, used, self.percent.sizeHint().width()),
            (self.adapters, bool(self._adapter_words), self.adapters.sizeHint().width()),
            (self.meter, used, now.meter),
        )
        for widget, there, width in wanted:
            shown = there and room >= width + gap
            widget.setVisible(shown)
            room -= width + gap if shown else 0
        most = min(now.model_chip, now.model_chip_least + max(0, room))
        self.model.setText(plain_mnemonic(_cut(self._model_words, most)))

    def _enter(self) -> None:
        text = self.field.toPlainText().strip()
        if text and not self.stop.isVisible():
            self.asked.emit(text)
        else:
            self.field.setFocus()


def _cut(text: str, room: int) -> str:
    """Return a name that has `room` pixels on a chip."""
    now = theme.current()
    font = QFontMetrics(now.font(now.metrics.font_secondary, QFont.Weight.Medium))
    return font.elidedText(text, Qt.TextElideMode.ElideMiddle, room)


def context_words(used: ContextUsed) -> str:
    """Say how the prompt's tokens are spent, and what was left out."""
    total = used.system + used.history + used.question + used.passages
    said = tr(
        "{total} of {window} tokens: system {system}, history {history}, passages {passages}, "
        "question {question}; {reply} kept for the answer.",
        total=number(total), window=number(used.window), system=number(used.system),
        history=number(used.history), passages=number(used.passages),
        question=number(used.question), reply=number(used.reply),
    )  # fmt: skip
    left = left_out_words(used.left_out)
    return f"{said} {left}." if left else said
