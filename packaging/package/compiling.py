"""Compiles the packaged Python files with the packaged Python, the same bytes every time.

The prefix is read-only for people, so without these files every start would compile everything.
They are marked as unchecked: their sources never change where they are installed.
"""

from __future__ import annotations

import places
from console import run


def compile_all(package: str) -> None:
    """Write the .pyc files of one package's folder."""
    root = places.stage(package)
    shelves = (
        places.prefix(package) / "lib" / places.PYTHON, places.libraries(package),
        root / places.GPU_ENGINE,
    )  # fmt: skip
    folders = [str(folder) for folder in shelves if folder.is_dir()]
    options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(root), "-p", "/"]
    command = [str(places.python()), "-I", "-m", "compileall", "-j", "2", *options, *folders]
    run(f"{package}, compiled", command)
