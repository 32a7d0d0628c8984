"""Fixtures that every part shares: a throwaway profile."""

from __future__ import annotations

import os

import pytest

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before ONNX Runtime is imported: it reports its use

from carrel.profile import Profile


@pytest.fixture
def profile(tmp_path):
    found = Profile.at(tmp_path / "profile")
    found.create()
    return found
