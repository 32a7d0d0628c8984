"""The checker catches every leak we plant, and the filter refuses each of them."""

from __future__ import annotations

import select
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.privacy import leaks
from tests.privacy.strace_log import Trace, run_traced

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="strace and seccomp are Linux's"
)

CONFINED = [
    ("python", "desk"),
    ("python", "window"),
    ("native", "desk"),
    ("native", "window"),
    ("qt", "window"),
    ("datagram", "desk"),
]


class Outside(NamedTuple):
    """Someone outside Carrel who would be glad of a secret."""

    tcp: socket.socket
    datagram: socket.socket
    path: str

    def address(self, kind: str) -> str:
        return self.path if kind == "datagram" else str(self.tcp.getsockname()[1])

    def received(self, kind: str) -> bytes:
        """What arrived; the leaking process has ended, so nothing more will."""
        door = self.datagram if kind == "datagram" else self.tcp
        if not select.select([door], [], [], 0)[0]:
            return b""
        if kind == "datagram":
            return self.datagram.recv(100)
        connection, _ = self.tcp.accept()
        with connection:
            return connection.recv(100)


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    path = str(tmp_path / "outside")
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagram,
    ):
        datagram.bind(path)
        yield Outside(tcp, datagram, path)


def leak(kind: str, outside: Outside, log: Path, *confinement: str) -> Trace:
    script = [sys.executable, "-I", leaks.__file__, kind, outside.address(kind)]
    return run_traced([*script, *confinement], log)


@pytest.mark.parametrize("kind", ["python", "native", "qt", "datagram"])
def test_the_checker_catches_a_planted_leak(kind: str, outside: Outside, tmp_path: Path) -> None:
    trace = leak(kind, outside, tmp_path / "log")
    assert (trace.returncode, trace.stdout) == (0, "sent\n"), trace.stderr
    assert outside.received(kind) == leaks.SECRET
    assert trace.leaks


@pytest.mark.parametrize(("kind", "confinement"), CONFINED)
def test_the_kernel_refuses_a_planted_leak(
    kind: str, confinement: str, outside: Outside, tmp_path: Path
) -> None:
    trace = leak(kind, outside, tmp_path / "log", confinement)
    assert trace.returncode == 3, trace.stdout + trace.stderr
    assert trace.stdout.startswith("refused: ")
    assert outside.received(kind) == b""
    assert trace.leaks == []
    assert trace.refused  # the checker saw the attempt, so its silence elsewhere means something


@pytest.mark.parametrize("confinement", ["desk", "window"])
def test_io_uring_is_caught_and_refused(confinement: str, outside: Outside, tmp_path: Path) -> None:
    free = leak("io_uring", outside, tmp_path / "free")
    assert any("io_uring" in finding.what for finding in [*free.leaks, *free.refused])
    bound = leak("io_uring", outside, tmp_path / "bound", confinement)
    assert (bound.returncode, bound.leaks) == (3, [])
    assert "Permission denied" in bound.stdout
