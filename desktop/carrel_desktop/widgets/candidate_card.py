"""One file on its way to the shelf: what it is, whether it fits, and how it would be kept."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from carrel_desktop import theme
from carrel_desktop.controllers.importing import Candidate
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.facts import fact_grid
from carrel_desktop.widgets.model_words import (
    Fact,
    Pill,
    adapter_facts,
    model_facts,
    pill_words,
)
from carrel_desktop.widgets.parts import (
    ElidedLabel,
    announce,
    box,
    button,
    clear,
    column,
    label,
    row,
    set_role,
)
from carrel_desktop.widgets.segments import Segments


class CandidateCard(Card):
    """`add`, `stop` and `leave` are what the user wants with the file."""

    add = Signal()
    stop = Signal()
    leave = Signal()

    def __init__(self, candidate: Candidate, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.candidate = candidate
        self._told = ""
        metrics = theme.current().metrics
        self._name = ElidedLabel("", "title")
        self._pills = row(gap=metrics.gap_small)
        top = row(self._name, self._pills, gap=metrics.gap_small)
        top.setStretch(0, 1)
        self._facts = box()
        self._inside = column()
        self._facts.setLayout(self._inside)
        self.note = label("", wrap=True, selectable=True)
        self.keep = Segments(
            tr("Keep the file"),
            [
                ("link", tr("Link in place"), tr("The file stays where it is and is read there")),
                ("copy", tr("Copy into Carrel"), tr("The file may go away afterwards")),
            ],
        )
        self.keep.chosen.connect(self._keep)
        self._progress = QProgressBar(textVisible=False, maximum=1000)
        self._step = label("", "sub")
        file = candidate.path
        self.add_button = button(tr("Add"), self.add.emit, "primary", name=tr("Add {f}", f=file))
        self.stop_button = button(tr("Stop"), self.stop.emit, name=tr("Stop adding {f}", f=file))
        self.leave_button = button(tr("Leave out"), self.leave.emit,
                                   name=tr("Leave out {f}", f=file))  # fmt: skip
        self.content.addLayout(top)
        self.content.addWidget(self._facts)
        self.content.addWidget(self.note)
        self.content.addLayout(row(self._step, self._progress, gap=metrics.gap))
        self.content.addLayout(
            row(self.keep, None, self.leave_button, self.stop_button, self.add_button,
                gap=metrics.gap_small)
        )  # fmt: skip
        self.show_state()

    def show_state(self) -> None:
        """Show what is known of the file now."""
        one = self.candidate
        self.setAccessibleName(tr("File {name}", name=one.name))
        self._name.setText(one.name)
        told = f"{one.state} {one.file is not None}"
        if told != self._told:
            self._told = told
            self._show_facts()
        note, role = note_of(one)
        self.note.setText(note)
        self.note.setAccessibleName(note)
        set_role(self.note, role)
        self.note.setVisible(bool(note))
        self.add_button.setVisible(one.addable)
        self.keep.setVisible(one.addable)
        self.keep.choose("copy" if one.copy else "link")
        self.stop_button.setVisible(one.state == "adding")
        self.leave_button.setVisible(one.state != "adding")
        self.leave_button.setText(tr("Leave out") if one.addable else tr("Close"))
        self._show_progress()

    def _show_progress(self) -> None:
        one = self.candidate
        for widget in (self._progress, self._step):
            widget.setVisible(one.state == "adding")
        doing = {"copying": tr("Copying"), "checking": tr("Reading")}.get(one.step, tr("Adding"))
        percent = tr("{what}, {n} %", what=doing, n=round(one.fraction * 100))
        self._step.setText(percent)
        self._progress.setValue(round(one.fraction * 1000))
        self._progress.setAccessibleName(tr("Adding {name}", name=one.name))

    def _show_facts(self) -> None:
        one = self.candidate
        pills, facts = described(one)
        clear(self._pills)
        for words, role in pills:
            self._pills.addWidget(label(words, role))
        clear(self._inside)
        holder = box()
        holder.setLayout(fact_grid(facts))
        self._inside.addWidget(holder)
        if one.state != "reading":
            announce(self, f"{one.name}: {', '.join(words for words, _ in pills)}")

    def _keep(self, key: str) -> None:
        self.candidate.copy = key == "copy"


def described(one: Candidate) -> tuple[list[Pill], list[Fact]]:
    """Return the pills and the facts of a file; only its path while nothing more is known."""
    told = one.file
    state = {
        "reading": [(tr("reading"), "warn")],
        "added": [(tr("on the shelf"), "good")],
        "failed": [(tr("cannot be used"), "bad")],
    }.get(one.state, [])
    if told is not None and told.model is not None:
        kind = [(tr(told.model.kind), "number")]
        pills = [pill for pill in pill_words(told.model) if pill[0] != tr(told.model.kind)]
        shelved = one.state == "added" or told.already
        return [*kind, *pills, *state], model_facts(told.model, on_shelf=shelved)
    if told is not None and told.adapter is not None:
        fits = told.adapter.fits
        pill = (tr("fits the model in use"), "good") if fits else (tr("needs another base"), "warn")
        return [(tr("LoRA adapter"), "number"), pill, *state], adapter_facts(told.adapter)
    return state, [(tr("File"), one.path)]


def note_of(one: Candidate) -> tuple[str, str]:
    """Return the sentence below the facts, and its role."""
    if one.what:
        return f"{one.what} {one.what_to_do}".strip(), "error" if one.state == "failed" else "muted"
    if one.state == "known" and one.file is not None and one.file.already:
        return tr("This file is on the shelf already."), "muted"
    if one.state == "added":
        return tr("On the shelf. Nothing was loaded; use it from the shelf."), "muted"
    return "", "muted"
