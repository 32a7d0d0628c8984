"""Seconds from starting the program to its first window on screen, before any engine is loaded.

The window is the real one with its five pages; the desk process is started after it is shown, so
it is not part of the time. The platform is Qt's offscreen one, which paints as a screen would.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

from tests.bench.common import Row

N = 9
_START = """
import sys, time
from carrel.process.confine import confine_window
confine_window()
from pathlib import Path
from carrel.settings import Settings
from carrel_desktop.app import build, child_maker, dress
settings = Settings(Path(sys.argv[1]) / "settings.toml")
qt = dress(settings)
app = build(child_maker([]), settings)
app.window.show()
qt.processEvents()
shown = time.time()
assert not {"lancedb", "llama_cpp", "onnxruntime", "torch", "numpy"} & set(sys.modules)
sys.stdout.write(f"{shown}\\n")
sys.stdout.flush()
import os
os._exit(0)
"""


def rows() -> list[Row]:
    """One row: the median of N starts, files warm in the system's cache."""
    _start()
    times = [_start() for _ in range(N)]
    name = "start of the program to first window"
    spread = f"under 0.5; {min(times):.2f} to {max(times):.2f}"
    return [
        {"name": name, "unit": "s", "ours": round(statistics.median(times), 3), "rival": None,
         "rival_name": "", "ratio": None, "n": N, "goal": spread},
    ]  # fmt: skip


def _start() -> float:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with tempfile.TemporaryDirectory() as folder:
        begun = time.time()
        done = subprocess.run(
            [sys.executable, "-I", "-c", _START, folder],
            capture_output=True, text=True, check=True, env=environment,
        )  # fmt: skip
    return float(done.stdout) - begun
