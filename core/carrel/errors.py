"""Every exception that Carrel raises on purpose.

    CarrelError
    |-- UserError(what, what_to_do)   something the user can change; shown as its own sentence
    |-- Cancelled                     the user stopped it; shown to nobody
    `-- WorkerDied(worker, words)     a child process ended while it was needed; reported with words

Anything else that escapes is a defect and is reported with its trace, on this computer only.
"""

from __future__ import annotations

import errno


class CarrelError(Exception):
    """Base of all exceptions raised on purpose."""


class UserError(CarrelError):
    """Something went wrong that the user can understand and act on.

    `what` is one plain sentence, `what_to_do` the next step, `code` a stable word for scripts.
    """

    def __init__(self, what: str, what_to_do: str = "", code: str = "error") -> None:
        super().__init__(what)
        self.what = what
        self.what_to_do = what_to_do
        self.code = code

    def __str__(self) -> str:
        return f"{self.what} {self.what_to_do}".strip()


class Cancelled(CarrelError):
    """The user stopped this; it is not an error."""


class WorkerDied(CarrelError):
    """A worker process ended while a call was waiting for it.

    `worker` names it ("model", "reader", "desk"); `words` say how it ended, for people.
    """

    def __init__(self, worker: str, words: str) -> None:
        super().__init__(f"The {worker} process {words}")
        self.worker = worker
        self.words = words


def disk_full(error: BaseException) -> UserError | None:
    """The sentence for an error of any library that means a full disk or quota, else None."""
    numbers = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
    text = str(error)
    said = "No space left on device" in text or "database or disk is full" in text
    if said or (isinstance(error, OSError) and error.errno in numbers):
        return UserError(
            "The disk is full; nothing that was saved before is lost.",
            "Make room on the disk of the profile and try again.",
            "disk_full",
        )
    return None
