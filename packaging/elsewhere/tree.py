"""Fills a tree for Windows or macOS: a relocatable Python, libraries, engine, Carrel, models.

    python packaging/elsewhere/tree.py PYTHON_FOLDER ENGINE_WHEELS TREE

For the recipes beside it, which nobody has run yet; Linux has packaging/package. Everything is
installed by the tree's own pip with the hashes of the lock files, so the tree needs nothing else.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PACKAGING = Path(__file__).resolve().parents[1]
# What only developers and carrel-embedders need is not taken from the lock.
LEFT_OUT = (
    "pytest", "mypy", "ruff", "hypothesis", "import-linter", "grimp", "pyarrow-stubs",
    "transformers", "sentence-transformers", "scipy", "scikit-learn", "sympy", "networkx", "onnx==",
)  # fmt: skip


def interpreter(tree: Path) -> Path:
    """The Python of a tree."""
    return tree / ("python.exe" if sys.platform == "win32" else "bin/python3")


def blocks(text: str) -> list[str]:
    """One text for each requirement of a lock file, its hashes with it."""
    found: list[str] = []
    for line in text.splitlines():
        if line[:1].isspace() and found:
            found[-1] += f"\n{line}"
        elif line.strip():
            found.append(line)
    return found


def fill(python: Path, engine: Path, tree: Path) -> None:
    """Copy Python to `tree` and install everything into it."""
    shutil.copytree(python, tree, dirs_exist_ok=True)
    lock = tree.parent / "libraries.lock"
    text = (PACKAGING / "requirements.lock").read_text(encoding="utf-8")
    kept = [one for one in blocks(text) if not one.startswith(LEFT_OUT)]
    lock.write_text("\n".join(kept) + "\n", encoding="utf-8")
    pip = [str(interpreter(tree)), "-I", "-m", "pip", "install", "--no-deps"]
    wheels = ["--require-hashes", "--only-binary", ":all:"]
    subprocess.run([*pip, *wheels, "-r", str(lock)], check=True)
    subprocess.run([*pip, *wheels, "-r", str(PACKAGING / "starter.lock")], check=True)
    subprocess.run([*pip, *map(str, engine.glob("*.whl")), str(PACKAGING.parent)], check=True)


if __name__ == "__main__":
    fill(*map(Path, sys.argv[1:4]))
