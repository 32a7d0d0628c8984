"""Where questions are written: the field, the mode, the model, the context meter, Ask or Stop."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from carrel.events import ContextUsed
from carrel_desktop import theme
from carrel_desktop.i18n import number, tr
from carrel_desktop.widgets.card import Bar, Card
from carrel_desktop.widgets.parts import button, label, plain_mnemonic, row, set_role, set_tip
from carrel_desktop.widgets.segments import Segments

_MODES = (
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

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        metrics = theme.current().metrics
        self.set_padding(metrics.radius_bubble, metrics.gap)
        self.field = QuestionField()
        self.field.entered.connect(self._enter)
        self.modes = Segments(tr("Mode"), [(key, tr(title), tr(tip)) for key, title, tip in _MODES])
        self.modes.chosen.connect(self.mode_chosen)
        self.model = button("", self.models_wanted.emit, "chip", tip=tr("Choose another model"))
        self.meter = Bar(tr("Context used"))
        self.meter.setFixedWidth(metrics.meter)
        self._percent = label("", "sub")
        self.send = button(tr("Ask"), self._enter, "primary", tip=tr("Enter"))
        self.stop = button(tr("Stop"), self.stopped.emit, "primary", tip=tr("Esc"))
        self.content.addWidget(self.field)
        self.content.addLayout(
            row(
                self.modes,
                self.model,
                self.meter,
                self._percent,
                None,
                self.stop,
                self.send,
                gap=metrics.gap_small,
            )
        )
        self._used: ContextUsed | None = None
        self.show_model("")
        self.show_context(None)
        self.show_busy(False)

    def accepted(self) -> None:
        """Empty the field: the question is on its way."""
        self.field.clear()

    def show_busy(self, busy: bool) -> None:
        """Show Stop while an answer is under way, else Ask."""
        had_focus = self.stop.hasFocus()
        self.stop.setVisible(busy)
        self.send.setVisible(not busy)
        if had_focus and not busy:
            self.field.setFocus()

    def show_model(self, name: str) -> None:
        """Show which model answers."""
        text = name or tr("No model yet")
        room = theme.current().metrics.model_chip
        font = QFontMetrics(theme.current().font(theme.current().metrics.font_secondary))
        shown = font.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
        self.model.setText(plain_mnemonic(shown))
        self.model.setAccessibleName(tr("Model: {name}", name=text))

    def show_context(self, used: ContextUsed | None) -> None:
        """Show how the prompt's tokens are spent."""
        self._used = used
        self._place_meter()
        if used is None or used.window <= 0:
            return
        fixed = used.system + used.history + used.question
        total = fixed + used.passages
        self.meter.show_parts(
            (fixed / used.window, "muted"), (used.passages / used.window, "accent")
        )
        self._percent.setText(tr("{n} %", n=round(100 * total / used.window)))
        tip = tr(
            "{total} of {window} tokens: system {system}, history {history}, passages {passages}, "
            "question {question}; {reply} kept for the answer; {left} things left out",
            total=number(total), window=number(used.window), system=used.system,
            history=used.history, passages=used.passages, question=used.question,
            reply=used.reply, left=len(used.left_out),
        )  # fmt: skip
        set_tip(self.meter, tip)
        set_tip(self._percent, tip)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the meter out where there is no room for it."""
        super().resizeEvent(event)
        self._place_meter()

    def _place_meter(self) -> None:
        room = self.width() >= theme.current().metrics.meter_from
        for widget in (self.meter, self._percent):
            widget.setVisible(self._used is not None and room)

    def _enter(self) -> None:
        text = self.field.toPlainText().strip()
        if text and not self.stop.isVisible():
            self.asked.emit(text)
        else:
            self.field.setFocus()
