"""Where the packages are made, what they are called, and where their files go on a computer.

One folder per package is filled first; from these the .deb files and the archive are made.
"""

from __future__ import annotations

import os
import subprocess
import tomllib
from pathlib import Path

from console import ROOT

BUILD = ROOT / "build" / "package"
STAGE = BUILD / "stage"
OUT = ROOT / "dist"
FILES = Path(__file__).resolve().parent / "files"

RUNTIME, OURS, STARTER = PACKAGES = ("carrel-runtime", "carrel", "carrel-starter-models")
# What some people add; each is made by its own command and needs the runtime's folder filled.
EMBEDDERS, GPU = ADDITIONS = ("carrel-embedders", "carrel-gpu")
PREFIX = "opt/carrel"  # below a package's root
LIBRARIES = f"{PREFIX}/lib/python3/dist-packages"  # where Debian's Python looks, below its prefix
GPU_ENGINE = f"{PREFIX}/lib/carrel-gpu"  # core/carrel/engine/hardware.py looks there
PYTHON = "python3.11"
LEVEL = "12"


def stage(package: str) -> Path:
    """The root of a package's files."""
    return STAGE / package


def prefix(package: str) -> Path:
    return STAGE / package / PREFIX


def libraries(package: str) -> Path:
    return STAGE / package / LIBRARIES


def papers(package: str) -> Path:
    """The folder of a package's licences and other papers."""
    return STAGE / package / "usr" / "share" / "doc" / package


def python() -> Path:
    """The packaged interpreter, where it lies during the build."""
    return prefix(RUNTIME) / "bin" / PYTHON


def version() -> str:
    """The version in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


# What decides what each package but Carrel's own holds.
_DECIDES = {
    RUNTIME: (
        "packaging/requirements.lock", "packaging/runtime.lock", "packaging/engine.lock",
        "packaging/package", "packaging/setup/engine_source.py",
    ),
    STARTER: ("packaging/starter.lock", "models/starter", "core/carrel/library/exporting.py",
              "core/carrel/library/embedding.py"),
    EMBEDDERS: ("packaging/requirements.lock", "packaging/constraints.txt", "packaging/package"),
    GPU: (
        "packaging/engine.lock", "packaging/vulkan.lock", "packaging/package",
        "packaging/setup/engine_source.py", "packaging/setup/gpu.py",
    ),
}  # fmt: skip


def package_version(package: str) -> str:
    """The version of a package: Carrel's own, or the day and minute of the last commit that changed
    what is in it, so that a new Carrel goes with an old runtime when nothing in that changed."""
    if package == OURS:
        return version()
    date = ["--date=format-local:%Y%m%d.%H%M", "--format=%cd"]
    command = ["git", "log", "-1", *date, "--", *_DECIDES[package]]
    env = dict(os.environ) | {"TZ": "UTC"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=env)
    return done.stdout.strip()


def level() -> str:
    """How hard zstd tries, 1 to 19: CARREL_PACKAGE_LEVEL, else LEVEL. A quick try needs 3."""
    return os.environ.get("CARREL_PACKAGE_LEVEL", LEVEL)


def epoch() -> int:
    """The time that every packaged file bears: SOURCE_DATE_EPOCH, else that of the last commit."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    command = ["git", "log", "-1", "--format=%ct"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout)
