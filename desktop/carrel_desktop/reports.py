"""Defects of the window: written to a local report with their trace, and told in one sentence."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType

from carrel.errors import UserError
from carrel_desktop.i18n import tr
from carrel_desktop.messages import Messages

Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]


def install(messages: Messages, logs: Path) -> Hook:
    """Report exceptions that reach the event loop; returns the hook that was there before."""
    before = sys.excepthook

    def report(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        before(kind, error, trace)
        where = write(logs, "".join(traceback.format_exception(kind, error, trace)))
        messages.error(
            UserError(
                tr("Something unexpected went wrong in the window ({kind}).", kind=kind.__name__),
                tr("A report was written to {path}; nothing was sent.", path=where),
                "defect",
            )
        )

    sys.excepthook = report
    return before


def write(logs: Path, text: str) -> Path:
    """Append a report to the window's log; returns the log. Raises OSError."""
    logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = logs / "window.log"
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{datetime.now().isoformat(timespec='seconds')}\n{text}\n")
    return path
