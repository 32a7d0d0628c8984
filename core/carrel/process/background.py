"""Processes in nobody's way: they get what others leave, and can be made to stand still."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

_NICER = 10  # steps of 19: about a tenth of a core that others want too, so that work still ends


def start_options() -> dict[str, Any]:
    """What subprocess.Popen is given for such a process.

    It is a process group of its own: when its parent dies while it stands still, the kernel ends it
    (POSIX has SIGHUP and SIGCONT sent to an orphaned group with a stopped member), so that no
    orphan stays.
    """
    if sys.platform == "win32":
        return {"creationflags": subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    return {"process_group": 0}


def lower(pid: int) -> None:
    """Give a process that was just started less than others get."""
    if sys.platform != "win32":
        now = os.getpriority(os.PRIO_PROCESS, pid)  # raising it is not allowed
        os.setpriority(os.PRIO_PROCESS, pid, min(now + _NICER, 19))


def hold(process: subprocess.Popen[bytes]) -> None:
    """Have it stand still; Windows has no such signal, and it goes on with what others leave."""
    if sys.platform != "win32":
        process.send_signal(signal.SIGSTOP)


def go_on(process: subprocess.Popen[bytes]) -> None:
    """Have it go on."""
    if sys.platform != "win32":
        process.send_signal(signal.SIGCONT)
