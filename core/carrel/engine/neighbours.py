"""What else wants the processors right now, where the system tells."""

from __future__ import annotations

from pathlib import Path

_LOAD = Path("/proc/loadavg")


class Neighbours:
    """Counts what else wants to run now; 0 where the system does not say."""

    def __init__(self, path: Path = _LOAD) -> None:
        self._file = path.open("rb", buffering=0) if path.exists() else None

    def running(self) -> int:
        """Threads of other programs that are running or waiting for a processor right now."""
        if self._file is None:
            return 0
        self._file.seek(0)
        fields = self._file.read(128).split()  # "0.10 0.20 0.30 RUNNING/ALL last-pid"
        return max(0, int(fields[3].split(b"/")[0]) - 1)

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._file is not None:
            self._file.close()
            self._file = None
