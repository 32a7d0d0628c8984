"""The launcher of the packages: which processors it refuses, and what it says of each trouble."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.packaging.package_modules import PACKAGE

GOOD = "flags\t\t: fpu sse4_2 avx avx2 bmi1 bmi2 fma f16c\n"
PARTS = ("carrel_desktop/__main__.py", "carrel/cli.py", "PySide6/QtCore.abi3.so",
         "lancedb/__init__.py")  # fmt: skip


class Tree:
    """An installed tree whose Python only prints what it was called with."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cpu = root / "cpuinfo"
        self.cpu.write_text("processor\t: 0\n" + GOOD + GOOD)
        (root / "bin").mkdir()
        shutil.copy(PACKAGE / "files" / "carrel.sh", root / "bin" / "carrel")
        (root / "bin" / "carrel").chmod(0o755)
        python = root / "bin" / "python3.11"
        python.write_text('#!/bin/sh\necho "$@"\n')
        python.chmod(0o755)
        for part in PARTS:
            path = root / "lib/python3/dist-packages" / part
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")

    def start(self, *words: str, display: str = ":9") -> subprocess.CompletedProcess[str]:
        env = {"PATH": "/usr/bin:/bin", "DISPLAY": display, "CARREL_CPUINFO": str(self.cpu)}
        program = self.root / "bin" / "carrel"
        return subprocess.run([program, *words], env=env, capture_output=True, text=True)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_it_starts_the_python_beside_it_isolated(tree: Tree) -> None:
    link = tree.root / "elsewhere"
    link.symlink_to(tree.root / "bin" / "carrel")
    env = {"PATH": "/usr/bin:/bin", "CARREL_CPUINFO": str(tree.cpu)}
    done = subprocess.run([link, "a b"], env=env, capture_output=True, text=True)
    assert done.stdout == "-I -m carrel_desktop a b\n"


@pytest.mark.parametrize("feature", ["avx2", "bmi2", "fma", "f16c"])
def test_a_processor_that_lacks_something_is_told_so(tree: Tree, feature: str) -> None:
    tree.cpu.write_text(GOOD.replace(f" {feature}", ""))
    done = tree.start("doctor")
    assert done.returncode == 1
    assert f"it lacks {feature}." in done.stderr


def test_a_longer_name_does_not_count_as_the_feature(tree: Tree) -> None:
    tree.cpu.write_text(GOOD.replace(" fma", " fma4"))
    assert "it lacks fma." in tree.start("doctor").stderr


@pytest.mark.parametrize("part", PARTS)
def test_a_half_copied_tree_is_told_so(tree: Tree, part: str) -> None:
    (tree.root / "lib/python3/dist-packages" / part).write_text("")
    done = tree.start("doctor")
    assert done.returncode == 1
    assert f"not whole: {part} is missing" in done.stderr


@pytest.mark.parametrize(
    "words", [(), ("--profile", "x"), ("--fakes",), ("model.gguf",), ("--profile=x", "a b.gguf")]
)
def test_a_window_without_a_display_is_one_sentence(tree: Tree, words: tuple[str, ...]) -> None:
    done = tree.start(*words, display="")
    assert done.returncode == 1
    assert done.stderr.startswith("There is no display to open a window on.\n")
    assert tree.start(*words).returncode == 0


@pytest.mark.parametrize(
    "words",
    [("ask", "who?"), ("--profile", "x", "doctor"), ("--help",), ("--purge-user-data", "--yes"),
     ("selftest",)],
)  # fmt: skip
def test_commands_need_no_display(tree: Tree, words: tuple[str, ...]) -> None:
    done = tree.start(*words, display="")
    assert done.stdout == f"-I -m carrel_desktop {' '.join(words)}\n"
