"""Surveys: one question to every document, row by row as they come."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from carrel.desk.library_requests import (
    ExportSurvey,
    ListSurveys,
    Survey,
    SurveyIs,
    SurveyList,
    SurveyRow,
)
from carrel.errors import UserError
from carrel.events import Message
from carrel_desktop.bridge import Bridge, Pending
from carrel_desktop.i18n import counted, number, tr
from carrel_desktop.messages import Messages


class SurveyController(QObject):
    """`row_added` carries a SurveyRow; `changed` tells that `rows`, `state` or `busy` are new;
    `listed` that `surveys` are. `problem` is a sentence, "" when nothing went wrong."""

    row_added = Signal(object)
    changed = Signal()
    listed = Signal()

    def __init__(self, bridge: Bridge, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._messages = messages
        self._pending: Pending | None = None
        self.rows: list[SurveyRow] = []
        self.state: SurveyIs | None = None
        self.surveys: list[SurveyIs] = []
        self.expected = 0
        self.problem = ""

    @property
    def busy(self) -> bool:
        """Whether documents are being asked."""
        return self._pending is not None

    def ask(self, question: str, collection: str = "", *, answers: bool = False,
            expected: int = 0) -> bool:  # fmt: skip
        """Ask every document of a collection ("" for all); False when there is nothing to ask.
        `expected` is how many documents that will be, 0 when nobody knows."""
        if not question.strip() or self.busy:
            return False
        self.expected = expected
        self._run(
            Survey(question=question.strip(), collections=[collection] if collection else [],
                   answers=answers)
        )  # fmt: skip
        return True

    def go_on(self, survey_id: int) -> None:
        """Show a saved survey, and ask the documents that were not asked yet."""
        if not self.busy:
            self.expected = 0
            self._run(Survey(question="", survey_id=survey_id))

    def stop(self) -> None:
        """Stop; what is done is kept."""
        if self._pending is not None:
            self._pending.cancel()

    def clear(self) -> None:
        """Show nothing any more."""
        self.stop()
        self.rows, self.surveys, self.state, self.problem = [], [], None, ""
        self.changed.emit()
        self.listed.emit()

    def export(self, path: str) -> None:
        """Write the rows as CSV."""
        if path and self.state is not None and self.state.id:
            words = tr("Written to {path}.", path=path)
            self._bridge.ask(
                ExportSurvey(survey_id=self.state.id, path=path),
                lambda _reply, _raw: self._messages.info(words),
            )

    def list_surveys(self) -> None:
        """Ask for the saved surveys."""
        self._bridge.ask(ListSurveys(), self._listed)

    @property
    def words(self) -> str:
        """How far it is, in words."""
        if self.problem:
            return self.problem
        found = sum(row.verdict == "found" for row in self.rows)
        doubtful = sum(row.verdict == "doubtful" for row in self.rows)
        if not self.rows:
            return tr("Asking the first document.") if self.busy else ""
        done = counted(len(self.rows), "1 document asked", "{n} documents asked")
        if self.busy and self.expected > len(self.rows):
            done = tr("{n} of {all} documents asked", n=number(len(self.rows)),
                      all=number(self.expected))  # fmt: skip
        said = tr("{done}: {found} found, {doubtful} doubtful.", done=done, found=found,
                  doubtful=doubtful)  # fmt: skip
        if self.state is not None and not self.state.complete and not self.busy:
            left = self.state.documents - self.state.done
            said += " " + counted(left, "1 is left.", "{n} are left.")
        return said

    def _run(self, request: Survey) -> None:
        self.rows, self.state, self.problem = [], None, ""
        self._pending = self._bridge.ask(request, self._told, self._end, self._failed)
        self.changed.emit()

    def _told(self, reply: Message, _raw: bytes) -> None:
        if isinstance(reply, SurveyRow):
            self.rows.append(reply)
            self.row_added.emit(reply)
        elif isinstance(reply, SurveyIs):
            self.state = reply

    def _end(self) -> None:
        self._pending = None
        self.changed.emit()
        self.list_surveys()

    def _failed(self, error: UserError) -> None:
        self.problem = str(error)
        self._end()

    def _listed(self, reply: Message, _raw: bytes) -> None:
        if isinstance(reply, SurveyList):
            self.surveys = reply.surveys
            self.listed.emit()
