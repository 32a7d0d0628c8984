"""Models that other programs keep on this disk, and models worth fetching: two lists to read."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QScrollArea, QVBoxLayout, QWidget

from carrel.desk.shelf_requests import FoundList, FoundModel, Suggestion, SuggestionList
from carrel.errors import UserError
from carrel_desktop import theme
from carrel_desktop.bridge import Pending
from carrel_desktop.controllers.importing import Candidate, ImportController
from carrel_desktop.controllers.models import ModelsController
from carrel_desktop.i18n import counted, size, tr
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.facts import fact_grid
from carrel_desktop.widgets.parts import (
    ElidedLabel,
    announce,
    box,
    button,
    column,
    label,
    row,
)


class ListDialog(QDialog):
    """A title, a sentence, and cards below it; hears nothing more once it is closed."""

    def __init__(self, title: str, sentence: str, parent: QWidget) -> None:
        super().__init__(parent)
        metrics = theme.current().metrics
        self.asked: Pending | None = None
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.resize(metrics.dialog_wide, metrics.dialog_high)
        self.lead = label(sentence, "muted", wrap=True, selectable=True)
        self.cards = QVBoxLayout()
        self.cards.setSpacing(metrics.gap)
        inside = box()
        holder = column(self.cards, None)
        inside.setLayout(holder)
        area = QScrollArea()
        area.setAccessibleName(title)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        close = button(tr("Close"), self.reject)
        layout = column(self.lead, area, row(None, close), gap=metrics.gap, margins=metrics.gap)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def done(self, result: int) -> None:
        """Hear nothing more of what was asked."""
        if self.asked is not None:
            self.asked.drop()
        super().done(result)

    def say(self, sentence: str) -> None:
        """Show a sentence above the cards, and have a screen reader say it."""
        self.lead.setText(sentence)
        self.lead.setAccessibleName(sentence)
        announce(self, sentence)

    def failed(self, error: UserError) -> None:
        """Say what went wrong."""
        self.say(str(error))


class FoundDialog(ListDialog):
    """Every model that was found, each with a button that links it in place."""

    def __init__(
        self, models: ModelsController, importing: ImportController, parent: QWidget
    ) -> None:
        title = tr("Models on this disk")
        super().__init__(title, tr("Looking through the folders of other programs."), parent)
        self._importing = importing
        self._rows: dict[str, FoundRow] = {}
        importing.changed.connect(self._changed)
        self.asked = models.find(self.show_found, self.failed)

    def show_found(self, told: FoundList) -> None:
        """Show what was found, and where was looked."""
        for one in told.found:
            self._rows[one.path] = FoundRow(one, self._importing)
            self.cards.addWidget(self._rows[one.path])
        count = counted(len(told.found), "1 model found.", "{n} models found.")
        places = ", ".join(told.searched) or tr("no folder of such a program is here")
        self.say(tr("{count} Looked in: {places}.", count=count, places=places))

    def _changed(self, candidate: Candidate) -> None:
        found = self._rows.get(candidate.path)
        if found is not None:
            found.show_state(candidate)


class FoundRow(Card):
    """One model of another program."""

    def __init__(self, found: FoundModel, importing: ImportController) -> None:
        super().__init__()
        self._importing = importing
        self._found = found
        metrics = theme.current().metrics
        self.setAccessibleName(tr("Found {name}", name=found.name))
        parts = [found.program, found.kind, found.quantization, size(found.size)]
        self.add = button(tr("Add"), self._add, name=tr("Add {name}, linked in place",
                                                        name=found.name))  # fmt: skip
        self._note = label("", "sub", wrap=True)
        self._note.hide()
        top = row(ElidedLabel(found.name, "title"), self.add, gap=metrics.gap_small)
        top.setStretch(0, 1)
        self.content.addLayout(top)
        self.content.addWidget(label(" · ".join(one for one in parts if one), "sub", wrap=True))
        self.content.addWidget(ElidedLabel(found.path, "sub", middle=True))
        self.content.addWidget(self._note)

    def show_state(self, candidate: Candidate) -> None:
        """Say how far the adding is."""
        words = {
            "added": tr("On the shelf, linked in place."),
            "failed": f"{candidate.what} {candidate.what_to_do}".strip(),
            "adding": tr("Adding, {n} %", n=round(candidate.fraction * 100)),
        }.get(candidate.state, candidate.what)
        self._note.setText(words)
        self._note.setVisible(bool(words))
        self.add.setEnabled(candidate.state in ("failed", "known"))

    def _add(self) -> None:
        self.add.setEnabled(False)
        self._importing.link(self._found.path)


class SuggestionsDialog(ListDialog):
    """Text to copy: where a model is published, how large it is, and how to check it."""

    def __init__(self, models: ModelsController, parent: QWidget) -> None:
        sentence = tr(
            "Carrel downloads nothing. Fetch a file with your browser, compare its SHA-256, and "
            "drop it on the window."
        )
        super().__init__(tr("Models worth having"), sentence, parent)
        self.asked = models.suggest(self.show_suggestions, self.failed)

    def show_suggestions(self, told: SuggestionList) -> None:
        """Show the page, the smallest memory first."""
        for one in sorted(told.suggestions, key=lambda one: one.memory):
            self.cards.addWidget(_suggestion(one))


def _suggestion(one: Suggestion) -> Card:
    card = Card()
    card.setAccessibleName(one.name)
    top = row(
        ElidedLabel(one.name, "title"),
        label(tr("for {n} GB of memory", n=one.memory), "good"),
        gap=theme.current().metrics.gap_small,
    )
    top.setStretch(0, 1)
    card.content.addLayout(top)
    card.content.addWidget(label(one.why, "sub", wrap=True))
    rows = [
        (tr("File"), one.file),
        (tr("Published at"), one.source),
        (tr("Size"), size(one.size)),
        (tr("Licence"), one.licence),
        (tr("SHA-256"), one.sha256),
    ]
    card.content.addLayout(fact_grid([row for row in rows if row[1]]))
    return card
