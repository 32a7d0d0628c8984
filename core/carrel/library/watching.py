"""Watches the folders of all collections, and brings the library in step when they change.

    keeper = Keeper(library, report)
    keeper.start()      # once now, then whenever something changed, and every ten minutes
    keeper.stop()

Events of the file system only say that something happened: what happened is found by looking, once
it has been quiet for a moment. So ten thousand changed files are one look, and an event that was
lost is made good by the next look. Where the system has no watch to give (their number is limited,
and a network share has none) the look every ten minutes remains, and is said.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from carrel.errors import Cancelled, CarrelError
from carrel_models.stops import AnyOf

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver

    from carrel.library.library import Library
    from carrel.library.metering import Report

QUIET = 1.0  # seconds without an event before a look
LATEST = 10.0  # seconds after the first event at which a look is due, quiet or not
EVERY = 600.0  # seconds between two looks without any event
_SAYS_NOTHING = ("opened", "closed_no_write")  # events of reading, ours included


class Watch(FileSystemEventHandler):
    """Watches folders; `happened` is called for every event, from another thread."""

    def __init__(self, happened: Callable[[], None]) -> None:
        self._happened = happened
        self._observer: BaseObserver | None = None
        self.folders: list[str] = []
        self.unwatched: list[str] = []

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Called by watchdog."""
        if event.event_type not in _SAYS_NOTHING:
            self._happened()

    def watch(self, folders: Sequence[str]) -> None:
        """Watch these folders, and no others any more; `unwatched` are those that cannot be."""
        wanted = sorted(set(folders))
        if wanted == self.folders:
            return
        self.close()
        self.folders, self.unwatched = wanted, []
        self._observer = Observer()
        self._observer.start()
        for folder in wanted:
            try:
                self._observer.schedule(self, folder, recursive=os.path.isdir(folder))
            except OSError:
                self.unwatched.append(folder)

    def close(self) -> None:
        """Watch nothing any more."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None
        self.folders = []


class Keeper:
    """Keeps a library in step with its folders, in a thread of its own."""

    def __init__(
        self,
        library: Library,
        report: Report,
        *,
        quiet: float = QUIET,
        latest: float = LATEST,
        every: float = EVERY,
        done: Callable[[], None] = lambda: None,
    ) -> None:
        """`done` is called after each look."""
        self._library = library
        self._report = report
        self._quiet, self._latest, self._every = quiet, latest, every
        self._done = done
        self._stop = threading.Event()
        self._happened = library.wanted
        self.watch = Watch(self._happened.set)
        self.problem = ""
        self._thread = threading.Thread(target=self._run, name="keeping in step", daemon=True)

    def start(self) -> None:
        """Look now, and from now on."""
        self._thread.start()

    def stop(self) -> None:
        """End, after what is being stored; what is not done is done the next time."""
        self._stop.set()
        self._happened.set()
        if self._thread.is_alive():
            self._thread.join()
        self.watch.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.watch.watch(self._folders())
            self._happened.clear()
            if self._stop.is_set():  # what would have woken the waiting below was just cleared
                return
            self._look()
            self._done()
            self._happened.wait(self._every)
            self._settle()

    def _settle(self) -> None:
        """Wait until nothing happened for a moment, but not for ever."""
        due = time.monotonic() + self._latest
        while self._happened.is_set() and time.monotonic() < due and not self._stop.is_set():
            self._happened.clear()
            if self._stop.wait(min(self._quiet, max(0.0, due - time.monotonic()))):
                return

    def _look(self) -> None:
        try:
            self._library.sync((), self._report, self._stop)
            self._library.recognize(self._report, self._stop)
            # What happens in the folders meanwhile comes first; this goes on at the next look.
            self._library.reembed(self._report, AnyOf(self._stop, self._happened))
            self.problem = ""
        except Cancelled:
            return  # it was stopped
        except CarrelError as error:
            self.problem = str(error)  # a full disk, say: tried again at the next look

    def _folders(self) -> list[str]:
        catalogue = self._library.catalogue
        tops = [top for number, _ in catalogue.collection_ids() for top in catalogue.paths(number)]
        return [top for top in tops if os.path.exists(top)]
