"""Fills carrel-embedders: sentence-transformers, torch for processors, and what only they need.

    python packaging/package/additions.py embedders      after `make package`

Its files lie among those of the runtime, so Carrel finds them without being told. What the runtime
leaves out of ONNX Runtime, because only the export of an embedder uses it, comes with it.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import elf
import install
import libraries
import places
import trim
from console import SetupError, run
from pip_calls import install_command, pip_environment

TORCH = "torch"  # held by its version: constraints.txt
# Folders of libraries that the runtime leaves out (trim.toml) and the export of an embedder uses.
EXPORTING = {"onnxruntime": ("quantization", "transformers", "tools"), "numpy": ("f2py",)}
LAUNCHER = "carrel-tune"


def names() -> set[str]:
    """The distributions that the runtime lacks, torch aside, canonical."""
    everything = libraries.needed(libraries.roots(), [])
    return everything - libraries.of_runtime() - {TORCH, libraries.ENGINE}


def fill() -> None:
    """Fill the package's folder."""
    shutil.rmtree(places.stage(places.EMBEDDERS), ignore_errors=True)
    folder = places.libraries(places.EMBEDDERS)
    lock = places.BUILD / "embedders.lock"
    lock.write_text(
        libraries.chosen_lock(libraries.LOCK.read_text(encoding="utf-8"), names()), encoding="utf-8"
    )
    libraries.unpack("Embedders' libraries", folder, "--require-hashes", "-r", str(lock))
    _unpack_torch(folder)
    _bring_back_exporting(folder)
    trim.trim(folder, places.EMBEDDERS)
    elf.mend_search_paths(folder / "scipy")  # one file of it; the gates look at all
    launcher = places.prefix(places.EMBEDDERS) / "bin" / LAUNCHER
    launcher.parent.mkdir(parents=True)
    shutil.copy2(places.FILES / f"{LAUNCHER}.sh", launcher)
    usr = places.stage(places.EMBEDDERS) / "usr" / "bin"
    usr.mkdir(parents=True)
    (usr / LAUNCHER).symlink_to(f"/{places.PREFIX}/bin/{LAUNCHER}")


def _unpack_torch(folder: Path) -> None:
    """torch stands outside the lock (its CPU build has other hashes elsewhere); one that brings
    libraries for graphics cards is refused."""
    environment = pip_environment()
    install.refuse_gpu_builds(environment)
    options = ["--no-deps", "--no-compile", "--no-cache-dir", "--target", str(folder)]
    run("Torch, unpacked", install_command(*options, *install.torch_arguments()), environment)
    version = next(folder.glob("torch-*.dist-info")).name
    if re.search(r"\+cu\d|\+rocm", version):
        raise SetupError(f"{version} is not for processors alone.", "Set TORCH_INDEX.")


def _bring_back_exporting(folder: Path) -> None:
    text = libraries.LOCK.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(dir=places.BUILD) as name:
        lock, whole = Path(name) / "some.lock", Path(name) / "all"
        lock.write_text(libraries.chosen_lock(text, EXPORTING), encoding="utf-8")
        libraries.unpack("What was left out", whole, "--require-hashes", "-r", str(lock))
        for library, parts in EXPORTING.items():
            for part in parts:
                shutil.copytree(whole / library / part, folder / library / part)
