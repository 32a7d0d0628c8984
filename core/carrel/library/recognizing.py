"""Recognizes the text of pages that are pictures, one page at a time, when all else is searchable.

Each page is stored as soon as it is recognized, but for a document's last: that one is stored with
the document that is made of all, so that a kill leaves work to do again and never a document that
lacks what was recognized.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from carrel.errors import Cancelled, UserError, WorkerDied
from carrel.library.opening import digest_of, open_regular
from carrel.library.recognition import state_of_recognition
from carrel.reading import languages
from carrel.reading.assemble import Document, read_file
from carrel.reading.formats import HEAD_BYTES, choose
from carrel.reading.messages import RenderPage
from carrel.reading.recognized import RecognizedPage
from carrel.reading.source import read_head
from carrel.store.rows import FileState

if TYPE_CHECKING:
    from carrel.desk.library_requests import RecognitionIs
    from carrel.library.gate import Gate
    from carrel.ports import Reader, Recognizer
    from carrel.settings import Settings
    from carrel.store.catalogue import Catalogue
    from carrel.store.pictures import Waiting
    from carrel_models.stops import Stop

DRAW_SECONDS = 30.0
"""Most seconds for drawing one page at 300 dots per inch; an ordinary one takes a tenth."""


class Recognized(NamedTuple):
    """A document whose pages are all recognized: what it is now, or why it still has no text."""

    waiting: Waiting
    state: FileState
    format: str
    outcome: Document | UserError


class Recognizing:
    """Works through the documents that wait. It ends between two pages when `gives_way` says so,
    and what is left waits. `problem` is what hindered the last run altogether."""

    def __init__(
        self,
        catalogue: Catalogue,
        reader: Reader,
        recognizer: Recognizer | None,
        gate: Gate,
        settings: Settings,
        gives_way: Callable[[], bool],
    ) -> None:
        self._catalogue = catalogue
        self._reader = reader
        self._recognizer = recognizer
        self._gate = gate
        self._settings = settings
        self._gives_way = gives_way
        self.problem: UserError | None = None

    def wanted(self) -> bool:
        """Whether the user wants text to be recognized."""
        return self._recognizer is not None and self._settings.text("ocr") == "on"

    def state(self) -> RecognitionIs:
        """Whether text is recognized, and how much waits for it."""
        documents, pages = self._catalogue.count_waiting_pictures()
        return state_of_recognition(
            self._settings.text("ocr"), documents, pages, self.problem,
            installed=self._recognizer is not None and self._recognizer.available(),
        )  # fmt: skip

    def run(
        self, waiting: Sequence[Waiting], page_done: Callable[[str], None], cancel: Stop
    ) -> Iterator[Recognized]:
        """Yield each document when all of its pages are recognized; `page_done` hears of each page.

        A file that is gone or has changed is passed over: the next look reads it anew. When text
        cannot be recognized at all, that is the `problem`. Raises Cancelled.
        """
        self.problem = None
        try:
            yield from self._run(waiting, page_done, cancel)
        except UserError as problem:
            self.problem = problem  # the pages wait until it is mended

    def _run(
        self, waiting: Sequence[Waiting], page_done: Callable[[str], None], cancel: Stop
    ) -> Iterator[Recognized]:
        if self._recognizer is None:
            return
        recognize = partial(self._page, self._recognizer, self._languages(self._recognizer))
        for one in waiting:
            try:
                fd = open_regular(one.path)
            except (OSError, UserError):
                continue
            try:
                if digest_of(fd) != one.digest:
                    continue
                done = self._document(one, fd, recognize, page_done, cancel)
                if done is not None and digest_of(fd) == one.digest:
                    yield done
            except OSError:
                continue  # its disk gave up in the middle; what was recognized is kept
            finally:
                os.close(fd)

    def _document(
        self,
        waiting: Waiting,
        fd: int,
        recognize: Callable[[int, str, int, Stop], RecognizedPage],
        page_done: Callable[[str], None],
        cancel: Stop,
    ) -> Recognized | None:
        """The document with all that was recognized; None when it gave way, or nothing new came of
        it and it is searchable as it is."""
        format = choose(os.path.basename(waiting.path), read_head(fd, HEAD_BYTES))
        found = self._catalogue.recognized(waiting.document_id)
        for page in waiting.pages:
            self._gate.wait(cancel)
            if cancel.is_set():
                raise Cancelled("Text recognition was stopped; what is done stays done.")
            if self._gives_way():
                return None
            found[page] = recognize(fd, format, page, cancel)
            if page != waiting.pages[-1]:
                self._catalogue.record_recognized(waiting.document_id, page, found[page])
            page_done(waiting.path)
        if self._catalogue.has_text(waiting.document_id) and not any(
            one.text for one in found.values()
        ):
            last = waiting.pages[-1]
            self._catalogue.record_recognized(waiting.document_id, last, found[last])
            return None
        status = os.fstat(fd)
        state = FileState(status.st_size, status.st_mtime_ns)
        return Recognized(waiting, state, format, self._read(fd, waiting, found))

    def _languages(self, recognizer: Recognizer) -> list[str]:
        return languages.choose(self._settings.text("ocr_languages"), recognizer.languages())

    def _page(
        self, recognizer: Recognizer, wanted: list[str],
        fd: int, format: str, page: int, cancel: Stop,
    ) -> RecognizedPage:  # fmt: skip
        request = RenderPage(
            page=page, width=0, ranges=[], format="picture" if format == "picture" else "pdf",
            gray=True,
        )  # fmt: skip
        try:
            _, picture = self._reader.render(request, fd, DRAW_SECONDS)
        except (UserError, WorkerDied, TimeoutError) as error:
            if isinstance(error, UserError) and error.code == "no_process":
                raise  # no reader can be started: nothing is wrong with this page
            what = error.what if isinstance(error, UserError) else "It could not be drawn."
            return RecognizedPage(width=1, height=1, problem=what)
        return recognizer.recognize(picture, wanted, cancel)

    def _read(
        self, fd: int, waiting: Waiting, found: dict[int, RecognizedPage]
    ) -> Document | UserError:
        try:
            return read_file(self._reader, fd, os.path.basename(waiting.path), recognized=found)
        except UserError as problem:
            return problem
