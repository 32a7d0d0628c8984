"""Adding, asking and the window run under strace: no socket outside AF_UNIX, no io_uring."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.privacy.strace_log import Trace, run_traced

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="strace is Linux's"),
    pytest.mark.timeout(400),
]

CARREL = Path(sys.executable).with_name("carrel")
QUESTION = "Who pays when the boiler fails, and how fast must it be repaired?"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of someone with an empty home, no display, no switch against telemetry."""
    ours = ("XDG_", "DISPLAY", "WAYLAND", "ORT_", "HF_", "TRANSFORMERS_", "DO_NOT_TRACK")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    folder = tmp_path / "home"
    folder.mkdir()
    return kept | {"HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    text = "# Lease\n\n## Heating\n\nWhen the boiler fails, the landlord pays for the repair.\n"
    (documents / "lease.md").write_text(text, encoding="utf-8")
    return documents


def carrel(tmp_path: Path, env: dict[str, str], *arguments: str) -> Trace:
    command = [str(CARREL), "--profile", str(tmp_path / "profile"), *arguments]
    name = next(a for a in arguments if not a.startswith("-"))
    return run_traced(command, tmp_path / f"{name}.strace", env, timeout=180)


def assert_seen(trace: Trace) -> None:
    """The run went well, and strace saw it: the line between desk and reader is a socket pair."""
    assert trace.returncode == 0, trace.stdout + trace.stderr
    assert any(call.name == "socketpair" and call.succeeded for call in trace.calls)


def assert_reaches_nobody(trace: Trace) -> None:
    """The command line and its workers open not even a local socket, and none of them tries."""
    assert_seen(trace)
    assert trace.leaks == []
    assert trace.refused == []
    opened = [c for c in trace.calls if c.name in ("socket", "connect") and c.succeeded]
    assert opened == []


@pytest.mark.engine
@pytest.mark.embedder
def test_adding_and_asking_open_no_socket(
    tmp_path: Path, home: dict[str, str], folder: Path
) -> None:
    added = carrel(tmp_path, home, "add", "--json", str(folder))
    assert_reaches_nobody(added)
    assert json.loads(added.stdout)["documents"] == 1
    asked = carrel(tmp_path, home, "ask", "--json", "--generated", "always", QUESTION)
    assert_reaches_nobody(asked)
    assert json.loads(asked.stdout)["verdict"] == "answered"
    # A library that only waits for another day would keep its report somewhere at home.
    assert list(Path(home["HOME"]).rglob("*")) == []


def test_the_window_opens_no_socket_outside_af_unix(tmp_path: Path, home: dict[str, str]) -> None:
    out = tmp_path / "selftest.json"
    trace = carrel(tmp_path, home, "--fakes", "selftest", "--out", str(out))
    assert_seen(trace)
    # The privacy probe of the window itself makes a local datagram pair, which the window may;
    # sending from one to anybody would be another finding.
    probed = [f for f in trace.leaks if f.call.arguments.startswith("AF_UNIX, SOCK_DGRAM")]
    assert {f.call.name for f in probed} <= {"socketpair"}
    assert [f for f in trace.leaks if f not in probed] == []
    assert out.is_file()
