"""The packages of dist/ on a fresh Debian, as packaging/test_install/run.sh tries them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.setup_modules import ROOT


@pytest.mark.heavy
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a Debian root")
def test_the_packages_install_and_run_on_a_fresh_debian() -> None:
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip("needs root and debootstrap")
    if not list((ROOT / "dist").glob("carrel-runtime_*.deb")):
        pytest.skip("there are no packages; type: make package")
    script = ROOT / "packaging" / "test_install" / "run.sh"
    done = subprocess.run([str(script)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("All is well.\n")
    assert Path(ROOT / "build" / "test_install" / "window.png").is_file()
