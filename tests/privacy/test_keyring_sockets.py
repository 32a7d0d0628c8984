"""The way to the system keyring, under strace and the window's filter: local sockets alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.core.keyring.conftest import secrets_of
from tests.core.keyring.secret_service import SecretService
from tests.privacy.strace_log import run_traced

__all__ = ["secrets_of"]
pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the Secret Service is Linux's"
)

SCRIPT = """
import sys
from pathlib import Path
from carrel.process.confine import confine_window
confine_window()
from carrel.keyring.client import Keyring
keyring = Keyring(Path(sys.argv[1]))
keyring.keep(bytes(range(32)))
assert keyring.fetch() == bytes(range(32))
keyring.drop()
keyring.close()
"""


def test_keeping_a_key_opens_local_sockets_alone(tmp_path: Path, secrets_of: SecretService) -> None:
    command = [sys.executable, "-I", "-c", SCRIPT, str(tmp_path / "keyring")]
    trace = run_traced(command, tmp_path / "log.strace", dict(os.environ), timeout=60)
    assert trace.returncode == 0, trace.stderr
    assert secrets_of.labels
    made = [call for call in trace.calls if call.name == "socket" and call.succeeded]
    assert made
    assert all(call.arguments.startswith("AF_UNIX") for call in made)
    assert trace.refused == []
