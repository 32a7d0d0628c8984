"""Builds the engine that CARREL_GPU names into build/GPU/site, beside .venv, which stays as it is.

    CARREL_GPU=vulkan .venv/bin/python packaging/setup/beside.py
    CARREL_ENGINE_SITE=build/vulkan/site .venv/bin/carrel doctor

For trying a build for graphics cards, and for its tests; `CARREL_GPU=... make setup` installs it.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import engine
import gpu
from console import ROOT, SetupError, failed, run, say
from pip_calls import PIP, pip_environment


def install_beside(name: str) -> Path:
    """Build (or take from the cache) the engine for `name`; the folder for PYTHONPATH."""
    site = ROOT / "build" / name / "site"
    wheel = engine.finished_wheel(name)
    mark = site / "engine.key"
    if mark.is_file() and mark.read_text(encoding="utf-8") == wheel.parent.name:
        return site
    shutil.rmtree(site, ignore_errors=True)
    options = ["install", "--no-deps", "--no-index", "--no-cache-dir", "--target", str(site)]
    run(f"Engine for {name}, unpacked", [*PIP, *options, str(wheel)], pip_environment())
    mark.write_text(wheel.parent.name, encoding="utf-8")
    return site


def main() -> int:
    try:
        name = gpu.chosen(os.environ)
        if not name:
            raise SetupError("Which build?", "Set CARREL_GPU to vulkan or cuda.")
        say(str(install_beside(name)))
    except SetupError as error:
        return failed(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
