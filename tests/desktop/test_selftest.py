"""`carrel selftest`: the real window over the real desk, with scripted engine and embedder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_the_real_window_works_end_to_end(tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    done = subprocess.run(
        [sys.executable, "-m", "carrel_desktop", "--fakes", "selftest", "--out", str(out)],
        capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    result = json.loads(out.read_text())
    assert (done.returncode, result["ok"]) == (0, True), done.stderr
    assert [step["name"] for step in result["steps"]] == [
        "open the window", "start the desk", "use the models", "add a folder", "ask a question",
        "open the cited place", "check the privacy", "close the window",
    ]  # fmt: skip
    assert result["steps"][0]["seconds"] < 0.5
