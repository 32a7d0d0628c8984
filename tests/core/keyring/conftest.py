"""A Secret Service for the tests, and the way to it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .secret_service import SecretService


@pytest.fixture
def secrets_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """A running service that DBUS_SESSION_BUS_ADDRESS names (its path is short: 108 bytes)."""
    with tempfile.TemporaryDirectory(prefix="bus") as folder:
        service = SecretService(Path(folder) / "bus")
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
        yield service
        service.close()
