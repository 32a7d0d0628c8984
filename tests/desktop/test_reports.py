"""Defects of the window: a local report with its trace, and one sentence for the user."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from carrel_desktop import reports
from carrel_desktop.messages import Messages


def test_a_defect_is_written_down_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", lambda *_: None)
    messages = Messages()
    before = reports.install(messages, tmp_path / "logs")
    try:
        try:
            raise KeyError("missing")
        except KeyError as error:
            sys.excepthook(type(error), error, error.__traceback__)
    finally:
        sys.excepthook = before
    log = (tmp_path / "logs" / "window.log").read_text()
    assert "KeyError: 'missing'" in log
    assert "test_reports.py" in log
    assert "KeyError" in messages.history[-1].what
    assert str(tmp_path) in messages.history[-1].what_to_do
