"""Loads the scripts of packaging/package beside those of packaging/setup, as make does."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from tests.packaging.setup_modules import ROOT, SETUP

PACKAGE = ROOT / "packaging" / "package"
_NAMES = (
    "places", "elf", "elf_gates", "interpreter", "libraries", "trim", "depends", "debs",
    "desktop_files", "papers", "archive", "gates", "engines", "embedders", "vulkan", "release",
    "make",
)  # fmt: skip


def load(name: str) -> ModuleType:
    """Import one of the scripts from its own folder, and leave no trace."""
    folders = [str(PACKAGE), str(SETUP)]
    sys.path[:0] = folders
    try:
        return importlib.import_module(name)
    finally:
        for folder in folders:
            sys.path.remove(folder)


(
    places, elf, elf_gates, interpreter, libraries, trim, depends, debs, desktop_files, papers,
    archive, gates, engines, embedders, vulkan, release, make,
) = (load(name) for name in _NAMES)  # fmt: skip
