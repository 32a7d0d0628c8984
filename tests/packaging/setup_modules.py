"""Loads the scripts of packaging/setup, which are no package (see packaging/README.md)."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
SETUP = ROOT / "packaging" / "setup"
_NAMES = ("console", "pip_calls", "engine_source", "engine", "embedder", "install", "lock")


def load(name: str) -> ModuleType:
    """Import one of the scripts as the set-up does, from its own folder, and leave no trace."""
    sys.path.insert(0, str(SETUP))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(SETUP))


console, pip_calls, engine_source, engine, embedder, install, lock = (load(name) for name in _NAMES)
