"""What Carrel read of a document: exactly the text that is searched, and a summary of it."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from carrel.desk.library_requests import SummaryIs, SummaryLine
from carrel.desk.requests import TextIs
from carrel.errors import UserError
from carrel.events import Message
from carrel_desktop import theme
from carrel_desktop.controllers.keeping import KeepingController
from carrel_desktop.i18n import counted, number, tr
from carrel_desktop.widgets.parts import button, column, label, row, set_role
from carrel_desktop.widgets.safe_text import SafeText, Style
from carrel_desktop.widgets.segments import Segments
from carrel_desktop.widgets.unseen import unseen_words

_LONGEST = 400_000  # characters shown at once; a text field of more is slow to lay out


class PreviewDialog(QDialog):
    """The text as it was extracted; beside it its sections in their own sentences."""

    def __init__(self, document: str, keeping: KeepingController, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._document = document
        self._c = keeping
        metrics = theme.current().metrics
        name = PurePath(document).name
        title = tr("What was read of {name}", name=name)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.resize(metrics.dialog_wide, metrics.dialog_high)
        choices = [("text", tr("Text"), tr("Text")), ("summary", tr("Summary"), tr("Summary"))]
        self.kind = Segments(tr("What is shown"), choices)
        self.kind.chosen.connect(self._choose)
        self.note = label("", "sub", wrap=True)
        self.text = SafeText(title, grows=False)
        set_role(self.text, "document")
        close = button(tr("Close"), self.reject)
        layout = column(
            row(self.kind, None), self.note, self.text, row(None, close),
            gap=metrics.gap, margins=metrics.gap_wide,
        )  # fmt: skip
        layout.setStretch(2, 1)
        policy = self.text.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # an empty sheet would look like an empty document
        self.text.setSizePolicy(policy)
        self.setLayout(layout)
        self._lines: list[SummaryLine] = []
        self._asked = keeping.text(document, self._show_text, self._failed)

    def done(self, result: int) -> None:
        """Hear nothing more of what was asked."""
        self._asked.drop()
        super().done(result)

    def _choose(self, kind: str) -> None:
        self._asked.drop()
        self._lines = []
        if kind == "text":
            self._asked = self._c.text(self._document, self._show_text, self._failed)
        else:
            self._asked = self._c.summary(self._document, self._summarized, self._failed)

    def _show_text(self, told: TextIs) -> None:
        shown = told.text[:_LONGEST]
        said = counted(len(told.text), "1 character", "{n} characters")
        if told.pages:
            said += ", " + counted(len(told.pages), "1 page", "{n} pages")
        if len(shown) < len(told.text):
            said += ". " + tr("The first {n} are shown.", n=number(len(shown)))
        note = tr("This is what is searched: {what}.", what=said.rstrip("."))
        if told.unseen:
            aside = tr("They are not searched; where they are words, they stand last.")
            note = " ".join((note, unseen_words(told.unseen), aside))
        self._write(shown, note)

    def _summarized(self, reply: Message) -> None:
        if isinstance(reply, SummaryLine):
            self._lines.append(reply)
        elif isinstance(reply, SummaryIs):
            self._write(
                "\n".join(summary_text(self._lines)),
                tr("Sentences of the document, word for word, section by section."),
            )

    def _write(self, text: str, note: str) -> None:
        metrics = theme.current().metrics
        cursor = self.text.begin(metrics.quote_line)
        self.text.write(cursor, text, Style(size=metrics.font_small))
        self.text.show()
        self.note.setText(note)
        self.note.setAccessibleName(note)

    def _failed(self, error: UserError) -> None:
        # the rest of the error is for the command line, and names a command
        self._write("", error.what if error.code == "no_text" else str(error))
        self.text.hide()


def summary_text(lines: list[SummaryLine]) -> list[str]:
    """The lines of a summary as text: headings, then sentences with their pages."""
    made: list[str] = []
    shown: list[str] | None = None
    for one in lines:
        if one.headings != shown:
            shown = one.headings
            made += ["", " > ".join(shown) or "·"]
        page = tr(" (p. {n})", n=one.page) if one.page is not None else ""
        made.append(f"    {' '.join(one.text.split())}{page}")
    return made[1:]
