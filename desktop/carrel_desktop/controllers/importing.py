"""Files that the user brought: what each is, and whether it goes on the shelf. Nothing is loaded
here, and nothing is added that the user did not choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from carrel.desk.shelf_requests import (
    AddModel,
    DescribeFile,
    FileIs,
    ModelList,
    ShelfProgress,
)
from carrel.errors import UserError
from carrel.events import Message
from carrel_desktop.bridge import Bridge, Pending
from carrel_desktop.controllers.adapters import AdaptersController
from carrel_desktop.controllers.models import ModelsController
from carrel_desktop.i18n import tr

State = Literal["reading", "known", "adding", "added", "failed"]


@dataclass(eq=False)
class Candidate:
    """A file on its way to the shelf. `what` and `what_to_do` say why it cannot go there."""

    path: str
    state: State = "reading"
    file: FileIs | None = None
    what: str = ""
    what_to_do: str = ""
    copy: bool = False
    step: str = ""
    fraction: float = 0.0
    pending: Pending | None = None

    @property
    def name(self) -> str:
        """The name in the file, else the file's own."""
        told = self.file
        row = (told.model or told.adapter) if told is not None else None
        return row.name if row is not None else Path(self.path).name

    @property
    def addable(self) -> bool:
        """Whether there is something to add."""
        told = self.file
        return (
            self.state == "known"
            and told is not None
            and not told.problem
            and not told.already
            and (told.model is not None or told.adapter is not None)
        )


class ImportController(QObject):
    """`changed` carries a candidate, `listed` comes when there are more or fewer."""

    changed = Signal(object)
    listed = Signal()

    def __init__(
        self,
        bridge: Bridge,
        models: ModelsController,
        adapters: AdaptersController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._models = models
        self._adapters = adapters
        self.candidates: list[Candidate] = []

    def offer(self, paths: Sequence[str]) -> None:
        """Ask what files are; a file that is there already is asked about anew."""
        for path in paths:
            for old in [one for one in self.candidates if one.path == path]:
                self._drop(old)
            candidate = Candidate(path)
            self.candidates.append(candidate)
            candidate.pending = self._describe(candidate)
        if paths:
            self.listed.emit()

    def _describe(self, candidate: Candidate) -> Pending:
        return self._bridge.ask(
            DescribeFile(path=candidate.path),
            lambda reply, _raw: self._told(candidate, reply),
            on_failed=lambda error: self._failed(candidate, error),
        )

    def add(self, candidate: Candidate) -> None:
        """Put a file on its shelf, linked in place or copied as was chosen."""
        if candidate.addable:
            self._add(candidate)

    def link(self, path: str) -> None:
        """Put a file that was described already on its shelf, linked in place; its candidate is
        on no page."""
        candidate = Candidate(path, file=FileIs(path=path))
        self._add(candidate)

    def add_all(self) -> None:
        """Put every file that can be used on its shelf."""
        for candidate in list(self.candidates):
            self.add(candidate)

    def stop(self, candidate: Candidate) -> None:
        """Stop adding a file; it can be added again."""
        if candidate.state == "adding" and candidate.pending is not None:
            candidate.pending.cancel()

    def leave(self, candidate: Candidate) -> None:
        """Take a file off the page; it stays where it is."""
        self._drop(candidate)
        self.listed.emit()

    def leave_all(self) -> None:
        """Take every file off the page that is not being added just now."""
        for candidate in [one for one in self.candidates if one.state != "adding"]:
            self._drop(candidate)
        self.listed.emit()

    def _add(self, candidate: Candidate) -> None:
        candidate.state, candidate.fraction, candidate.step = "adding", 0.0, ""
        candidate.pending = self._bridge.ask(
            AddModel(path=candidate.path, copy=candidate.copy),
            lambda reply, _raw: self._adding(candidate, reply),
            lambda: self._ended(candidate),
            lambda error: self._failed(candidate, error),
        )
        self.changed.emit(candidate)

    def _drop(self, candidate: Candidate) -> None:
        if candidate.pending is not None and not candidate.pending.finished:
            candidate.pending.drop()
        self.candidates.remove(candidate)

    def _told(self, candidate: Candidate, reply: Message) -> None:
        if isinstance(reply, FileIs):
            candidate.file = reply
            candidate.state = "failed" if reply.problem else "known"
            candidate.what, candidate.what_to_do = reply.problem, reply.what_to_do
            self.changed.emit(candidate)

    def _adding(self, candidate: Candidate, reply: Message) -> None:
        if isinstance(reply, ShelfProgress):
            candidate.step, candidate.fraction = reply.step, reply.fraction
        elif isinstance(reply, ModelList):
            candidate.state = "added"
            self._models.take(reply)
            self._adapters.refresh()
        self.changed.emit(candidate)

    def _ended(self, candidate: Candidate) -> None:
        if candidate.state == "adding":
            candidate.state = "known"
            candidate.what, candidate.what_to_do = tr("Stopped; nothing was added."), ""
            self.changed.emit(candidate)

    def _failed(self, candidate: Candidate, error: UserError) -> None:
        candidate.state = "failed"
        candidate.what, candidate.what_to_do = error.what, error.what_to_do
        self.changed.emit(candidate)
