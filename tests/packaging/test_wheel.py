"""The wheel holds the three packages and the samples, and nothing named core, models or desktop."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.packaging.setup_modules import ROOT


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-I", "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("carrel-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_three_packages_and_nothing_else(names: list[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "carrel",
        "carrel_desktop",
        "carrel_models",
    }


@pytest.mark.parametrize("package", ["carrel", "carrel_desktop", "carrel_models"])
def test_the_types_are_said_to_be_there(names: list[str], package: str) -> None:
    assert f"{package}/py.typed" in names


def test_every_file_of_the_packages_is_in_it(names: list[str]) -> None:
    for package in (ROOT / "core" / "carrel", ROOT / "models" / "carrel_models"):
        for path in package.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert path.relative_to(package.parent).as_posix() in names


def test_the_samples_and_the_license_are_in_it(names: list[str]) -> None:
    assert "carrel/samples/lease.md" in names
    assert "carrel/samples/boiler-manual.pdf" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_no_private_file_slips_in(names: list[str]) -> None:
    strange = [n for n in names if Path(n).suffix in (".pyc", ".log", ".db", ".gguf")]
    assert strange == ["carrel_models/shipped/starter-reader.gguf"], "the starter adapter alone"
