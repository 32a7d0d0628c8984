"""Merges the index's files in a process of its own, which stands still while a question runs.

To take new rows in, LanceDB writes the whole index of words anew: two seconds of both cores at
100,000 passages, which cannot be broken off and would slow every search beside it in one process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from carrel.errors import CarrelError, UserError, WorkerDied
from carrel.events import Message
from carrel.process.child import Child
from carrel.process.rpc import Call, Handler, Reply

if TYPE_CHECKING:
    from carrel_models.stops import Interrupt


class Merge(Message, frozen=True):
    """Bring a table's rows into its indexes and merge its small files; no reply."""

    folder: str
    table: str


class UpkeepProcess:
    """Does it for the index of one profile: started when it is needed, ended by `rest`."""

    def __init__(self, failed: Callable[[CarrelError], None] = lambda error: None) -> None:
        self.child = Child("index", background=True)
        self._failed = failed

    def merge(self, folder: Path, table: str, interrupt: Interrupt) -> bool:
        """Merge, standing still while the interrupt is set. False when the process cannot start, or
        what it did has failed, which `failed` is told: then the caller does it itself."""
        try:
            caller = self.child.ensure()
            with interrupt.calls(self.child.hold, self.child.go_on):
                for _ in caller.call(Merge(folder=str(folder), table=table)):
                    pass
        except (UserError, WorkerDied) as error:
            self._failed(error)
            return False
        return True

    def rest(self) -> None:
        """End the process, so that its memory is free."""
        self.child.close()


def handlers() -> dict[type[Message], Handler]:
    """The requests that the process answers."""
    return {Merge: _merge}


def _merge(request: Merge, call: Call) -> Iterator[Reply]:
    from carrel.library.lance import connect
    from carrel.library.nearest import merge

    merge(connect(Path(request.folder)).open_table(request.table))
    yield from ()
