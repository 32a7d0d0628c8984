"""The shell part of the set-up, with a pretended system around it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.setup_modules import ROOT, SETUP

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the set-up is a POSIX shell's")


class System:
    """A pretended Debian: which packages are installed, which are known, who runs the set-up."""

    def __init__(self, folder: Path, user: int = 0) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.known, self.installed = folder / "known", folder / "installed"
        self.ran = folder / "ran"
        self.ran.touch()
        self._program("id", f"echo {user}")
        self._program("dpkg-query", f"sed 's/$/ installed/' {self.installed}")
        self._program("apt-cache", f'grep -qx "$3" {self.known}')
        self._program("apt-get", f'echo "$@" >>{self.ran}')
        self._program("c++", "true")

    def _program(self, name: str, body: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def sh(self, script: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
        """Run `script` after reading python.sh and system.sh as setup.sh does."""
        fail = 'fail() { printf "%s\\n%s\\n" "$1" "$2" >&2; exit 1; }'
        read = f". {SETUP}/python.sh; . {SETUP}/system.sh; log={self.ran}.log; python={python}"
        return subprocess.run(
            ["/bin/sh", "-euc", f"{fail}; {read}; {script}"],
            env={"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
        )


@pytest.fixture
def system(tmp_path: Path) -> System:
    made = System(tmp_path)
    wanted = made.sh('echo "$qt_needs $tests_need ca-certificates" | tr "| " "\\n\\n"').stdout
    made.known.write_text(wanted.replace("libglib2.0-0\n", ""))
    made.installed.write_text(wanted.replace("libegl1\n", "").replace("libglib2.0-0t64\n", ""))
    return made


def test_only_what_is_missing_is_installed(system: System) -> None:
    done = system.sh("install_system_packages run")
    assert done.returncode == 0, done.stderr
    update, install = system.ran.read_text().splitlines()
    assert update.endswith("update")
    assert install.endswith("install -y --no-install-recommends libegl1")


def test_a_package_with_a_new_name_is_installed_by_that(system: System) -> None:
    system.installed.write_text(system.installed.read_text().replace("libglib2.0-0\n", ""))
    system.sh("install_system_packages run")
    assert system.ran.read_text().rstrip().endswith("libegl1 libglib2.0-0t64")


def test_nothing_runs_when_nothing_is_missing(system: System) -> None:
    system.installed.write_text(system.installed.read_text() + "libegl1\n")
    assert system.sh("install_system_packages tests").returncode == 0
    assert system.ran.read_text() == ""


def test_who_is_not_root_gets_the_line_to_type(system: System) -> None:
    system._program("id", "echo 1000")
    done = system.sh("install_system_packages run")
    assert done.returncode == 1
    assert "sudo apt-get update && sudo apt-get install -y libegl1\n" in done.stderr
    assert system.ran.read_text() == ""


def test_without_a_python_the_first_known_one_is_wanted(system: System) -> None:
    system.known.write_text(system.known.read_text() + "python3.12\n")
    done = system.sh("missing_packages run", python="")
    assert done.stdout.split() == ["libegl1", "python3.12", "python3.12-venv"]


def test_a_wrong_python_is_refused_in_a_sentence(system: System) -> None:
    done = system.sh("PYTHON=/bin/false; find_python; require_python")
    assert done.returncode == 1
    assert "PYTHON=/bin/false is not a Python 3.11, 3.12 or 3.13." in done.stderr


def test_this_python_suits(system: System) -> None:
    done = system.sh(f'PYTHON={sys.executable}; find_python; require_python; echo "$python"')
    assert done.stdout.strip() == sys.executable


def copy_of_the_project(folder: Path) -> Path:
    shutil.copytree(ROOT / "packaging", folder / "packaging")
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / ".venv").mkdir()
    return folder


def test_a_second_time_there_is_nothing_to_do(tmp_path: Path) -> None:
    project = copy_of_the_project(tmp_path)
    setup = project / "packaging" / "setup" / "setup.sh"
    text = setup.read_text()
    # Stop the copy where the work would begin, and let it leave the mark it leaves at the end.
    begin = text.index('mkdir -p build\n: >"$log"')
    mark = text[text.index("printf '%s\\n' \"$sum\" >") :]
    setup.write_text(text[:begin] + "echo working\n" + mark)

    def run(purpose: str) -> str:
        return subprocess.run(
            ["/bin/sh", str(setup), purpose], capture_output=True, text=True, check=True
        ).stdout

    assert run("tests") == "working\n"
    assert run("tests") == ""
    assert run("run") == ""  # the tests' set-up holds all that running needs
    (project / "packaging" / "build.lock").write_text("changed")
    assert run("run") == "working\n"
    assert run("tests") == "working\n"
