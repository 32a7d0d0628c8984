"""One question and its answer in the conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from carrel.events import LeftOut
from carrel_desktop import theme
from carrel_desktop.controllers.turn import Turn
from carrel_desktop.i18n import counted, number, seconds, tr
from carrel_desktop.widgets.answer import AnswerText
from carrel_desktop.widgets.branch_switch import BranchSwitch
from carrel_desktop.widgets.parts import ElidedLabel, announce, box, button, label, row, set_role
from carrel_desktop.widgets.quotes import QuotesCard
from carrel_desktop.widgets.thinking import ThinkingFold

BUBBLE_SHARE = 0.82
WORTH_SAYING = 1.5  # seconds of waiting: a shorter wait is over before it is read


class TurnView(QWidget):
    """`cited` carries a citation's number, `quoted` a sentence's index, both to be opened."""

    cited = Signal(int)
    quoted = Signal(int)
    restart = Signal()
    ask_model = Signal()
    write = Signal()
    compare = Signal()
    survey = Signal()
    edit = Signal()
    again = Signal()
    branch = Signal(int)

    def __init__(
        self,
        turn: Turn,
        name_of: Callable[[str], str],
        parent: QWidget | None = None,
        *,
        alone: bool = False,
    ) -> None:
        """`name_of` turns the id of a model or an adapter into its name. A turn that stands
        `alone` is in no conversation: it shows no question and cannot be asked again."""
        super().__init__(parent)
        self.turn = turn
        self._name_of = name_of
        self._alone = alone
        metrics = theme.current().metrics
        self.setAccessibleName(tr("Question: {text}", text=turn.question))
        self._bubble = label(turn.question, "bubble", wrap=True, selectable=True)
        self.quotes = QuotesCard()
        self.quotes.opened.connect(self.quoted)
        self.thinking = ThinkingFold()
        self.answer = AnswerText()
        self.answer.cited.connect(self.cited)
        self._status = label("", "muted")
        self._loading = QProgressBar(textVisible=False, maximum=100)
        self._loading.setAccessibleName(tr("Loading the model"))
        self._note = label("", wrap=True, selectable=True)
        self._restart = button(tr("Restart and ask again"), self.restart.emit)
        self._ask_model = button(tr("Ask the model instead"), self.ask_model.emit)
        words = tr("Have the model write an answer; check it against the quotes")
        self._write = button(tr("Write an answer with the model"), self.write.emit, tip=words)
        self._origin = label("", "origin")
        self._facts = ElidedLabel("", "sub")
        self._facts.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._copy = button(tr("Copy"), self.copy, "link", name=tr("Copy the answer"))
        words = tr("Ask the question of two settings, side by side")
        self._compare = button(tr("Compare"), self.compare.emit, "link", name=words, tip=words)
        words = tr("Ask something else in its place; this answer stays as a branch")
        self._edit = button(tr("Edit"), self.edit.emit, "link", name=tr("Edit the question"),
                            tip=words)  # fmt: skip
        words = tr("Have it answered once more; this answer stays as a branch")
        self._again = button(tr("Again"), self.again.emit, "link", name=tr("Answer again"),
                             tip=words)  # fmt: skip
        self.branches = BranchSwitch()
        self.branches.chosen.connect(self.branch)
        words = tr("One question to every document, none skipped")
        self._survey = button(tr("Ask every document"), self.survey.emit, name=words, tip=words)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(metrics.gap_wide)
        layout.addLayout(row(None, self._bubble))
        self._bubble.setHidden(alone)
        layout.addLayout(row(None, self._survey))
        layout.addWidget(self.quotes)
        layout.addWidget(self.thinking)
        layout.addWidget(self.answer)
        for widget in (self._status, self._loading):
            layout.addWidget(widget)
        layout.addWidget(self._ending())
        self.update_all()

    def show_change(self, changed: str) -> None:
        """Show what changed in the turn: a field's name from Turn.apply, "answer" or "all"."""
        if changed == "token":
            added = self.turn.answer[len(self.answer.answer) :]
            self.answer.append(added)
            self.answer.show()
            self._show_status()
        elif changed == "thinking":
            self.thinking.show_thinking(self.turn.thinking, running=True)
            self._show_status()
        else:
            self.update_all()
        if changed == "all":
            self.say_ending()

    def update_all(self) -> None:
        """Show everything again."""
        turn = self.turn
        self._survey.setVisible(turn.survey and not self._alone)
        self.quotes.setVisible(bool(turn.verbatim))
        if turn.verbatim:
            self.quotes.show_turn(turn)
        self._show_status()
        self.thinking.show_thinking(turn.thinking, turn.running and not turn.answer)
        self.answer.setVisible(bool(turn.answer) and not turn.in_quotes)
        shown = (self.answer.answer, self.answer.citations, self.answer.unsupported)
        if shown != (turn.answer, turn.citations, turn.unsupported):
            self.answer.show_answer(turn.answer, turn.citations, turn.unsupported)
        self._show_ending()

    def copy(self) -> None:
        """Put the answer with its citations on the clipboard, as plain text."""
        QGuiApplication.clipboard().setText(as_text(self.turn))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the question as wide as its words, at most its share of the conversation."""
        super().resizeEvent(event)
        widest = round(self.width() * BUBBLE_SHARE)
        metrics = theme.current().metrics
        font = QFontMetrics(self._bubble.font())
        lines = self.turn.question.splitlines() or [""]
        margins = 2 * metrics.radius_bubble + metrics.gap_small
        natural = max(font.horizontalAdvance(one) for one in lines) + margins
        self._bubble.setFixedWidth(min(widest, natural))

    def _ending(self) -> QWidget:
        metrics = theme.current().metrics
        self._end = box()
        layout = QVBoxLayout(self._end)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(metrics.gap_small)
        layout.addWidget(self._note)
        asked = row(self._restart, self._ask_model, self._write, None, gap=metrics.gap_small)
        layout.addLayout(asked)
        links = row(self._copy, self._edit, self._again, self._compare, self.branches)
        facts = row(self._origin, self._facts, links, None, gap=metrics.radius_bubble)
        layout.addLayout(facts)
        self._left = label("", "sub", wrap=True)
        layout.addWidget(self._left)
        return self._end

    def _show_status(self) -> None:
        turn = self.turn
        words = {
            "waiting": tr("Waiting for the other answer"),
            "searching": tr("Searching your files"),
            "thinking": reading_words(turn),
            "loading": tr("Loading the model, {n} %", n=round(turn.loading * 100)),
        }.get(turn.stage, "")
        self._status.setText(words)
        self._status.setVisible(bool(words))
        self._loading.setVisible(turn.stage == "loading")
        self._loading.setValue(round(turn.loading * 100))

    def _show_ending(self) -> None:
        turn = self.turn
        self._end.setVisible(not turn.running)
        if turn.running:
            return
        note, role = ending(turn)
        self._note.setText(note)
        self._note.setAccessibleName(note)
        set_role(self._note, role)
        self._note.setVisible(bool(note))
        self._restart.setVisible(turn.stage == "died" and not self._alone)
        self._ask_model.setVisible(turn.not_found and not self._alone)
        self._write.setVisible(turn.in_quotes and not self._alone)
        origin, origin_role = origin_words(turn)
        self._origin.setText(origin)
        set_role(self._origin, origin_role)
        self._facts.setText(" · ".join(facts(turn, self._name_of)))
        self._copy.setVisible(bool(turn.answer))
        for widget in (self._compare, self._edit, self._again):
            widget.setVisible(not self._alone)
        for widget in (self._edit, self._again):
            widget.setEnabled(bool(turn.id))
        self.branches.show_branches(turn.branches, turn.id, enabled=not self._alone)
        left = left_out_words(turn.result.left_out) if turn.result is not None else ""
        self._left.setText(left)
        self._left.setVisible(bool(left))

    def say_ending(self) -> None:
        """Have a screen reader say where the answer came from, and the answer."""
        turn = self.turn
        said = [self._origin.text(), turn.answer, self._note.text()]
        announce(self, " ".join(one for one in said if one))


def reading_words(turn: Turn) -> str:
    """Return what the model does before its first word, and how long that will take."""
    if turn.thinking:
        return tr("The model is thinking")
    wait = turn.context.seconds if turn.context is not None else None
    if wait is None or wait < WORTH_SAYING:
        return tr("The model is reading")
    return tr("The model is reading, about {t}", t=seconds(wait))


def origin_words(turn: Turn) -> tuple[str, str]:
    """Return where the answer came from in words, and the role of their colour."""
    if turn.result is None:
        return "", "origin"
    return {
        "files": (tr("From your files"), "origin"),
        "model": (tr("From the model"), "origin-none"),
        "both": (tr("From your files and the model"), "origin"),
        "none": (tr("Not in your files"), "origin-none"),
    }[turn.result.origin]


def facts(turn: Turn, name_of: Callable[[str], str]) -> list[str]:
    """Return who answered and how long it took."""
    result = turn.result
    if result is None:
        return []
    said = []
    if result.model is not None:
        adapters = [scaled(name_of(one.id), one.scale) for one in result.model.adapters]
        said.append(" + ".join([name_of(result.model.id), *adapters]))
    timings = result.timings
    if timings.first_token_ms is not None:
        said.append(tr("first word {t}", t=seconds(timings.first_token_ms / 1000)))
    if timings.tokens_per_s is not None:
        said.append(tr("{n} tok/s", n=round(timings.tokens_per_s)))
    return said


def scaled(name: str, scale: float) -> str:
    """Return an adapter with its scale, as people read it: "reader" or "reader × 0.5"."""
    return name if scale == 1 else f"{name} × {scale:.2g}"


def left_out_words(left_out: Sequence[LeftOut]) -> str:
    """Say what did not fit the prompt: "Left out of the prompt: 2 passages (310 tokens)"; ""
    when everything did."""
    names = {
        "passage": ("1 passage", "{n} passages"),
        "turn": ("1 earlier turn", "{n} earlier turns"),
        "question": ("a part of the question", "{n} parts of the question"),
    }
    said = []
    for kind, (one, many) in names.items():
        sizes = [item.tokens for item in left_out if item.kind == kind]
        if sizes:
            tokens = number(sum(sizes))
            said.append(tr("{what} ({n} tokens)", what=counted(len(sizes), one, many), n=tokens))
    return tr("Left out of the prompt: {list}", list=", ".join(said)) if said else ""


def ending(turn: Turn) -> tuple[str, str]:
    """Return the sentence below an answer that is missing or ended early, and its role."""
    said = f"{turn.what} {turn.what_to_do}".strip()
    if turn.stage == "stopped":
        return said or tr("Stopped. What was written is kept."), "muted"
    if turn.stage in ("died", "failed"):
        kept = tr("The part that was written is kept.") if turn.answer else ""
        return f"{said} {kept}".strip(), "error"
    if turn.not_found:
        reason = turn.evidence.reason if turn.evidence is not None else ""
        lead = tr("Your files do not answer this.")
        return " ".join(one for one in (lead, reason, searched_words(turn)) if one), ""
    if turn.in_quotes:
        doubt = turn.evidence is not None and turn.evidence.found == "doubtful"
        return tr("These sentences may not answer the question.") if doubt else "", "muted"
    return said, "muted"


def searched_words(turn: Turn) -> str:
    """Say where was looked, and that the closest sentences stand above; "" where nobody knows."""
    if turn.documents_searched is None:
        return ""
    where = counted(turn.documents_searched, "1 document was", "{n} documents were")
    closest = tr("The closest sentences stand above.") if turn.verbatim else ""
    return f"{tr('{where} searched.', where=where)} {closest}".strip()


def as_text(turn: Turn) -> str:
    """Return the answer with [n] after every supported span, and the list of quotes."""
    text = turn.answer
    ends = sorted({(one.answer_end, one.n) for one in turn.citations}, reverse=True)
    for end, n in ends:
        text = f"{text[:end]} [{n}]{text[end:]}"
    quotes = {one.n: one for one in turn.citations}
    lines = [
        f"[{n}] {one.document}{f', p. {one.page}' if one.page is not None else ''}: "
        f"“{' '.join(one.quote.split())}”"
        for n, one in sorted(quotes.items())
    ]
    return "\n".join([text, "", *lines]).strip() + "\n"
