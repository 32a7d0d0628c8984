"""The lock files are complete, hashed, and agree with pyproject.toml."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.packaging.setup_modules import ROOT, install, lock

PACKAGING = ROOT / "packaging"
LOCKS = ["requirements", "build", "engine", "starter"]


def locked(name: str) -> list[Requirement]:
    """What a lock file pins, with its hashes cut off."""
    text = (PACKAGING / f"{name}.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [re.sub(r"\s--hash=\S+", "", line).strip() for line in text.splitlines()]
    return [Requirement(line) for line in lines if line]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def project() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return table["project"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", LOCKS)
def test_everything_is_pinned_and_hashed(name: str) -> None:
    text = (PACKAGING / f"{name}.lock").read_text(encoding="utf-8")
    blocks = lock.blocks(text)
    assert blocks
    for block in blocks:
        assert "==" in block.split("--hash")[0], block
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", block), block


@pytest.mark.parametrize("extra", ["", "dev"])
def test_every_dependency_is_locked_at_a_version_it_allows(extra: str) -> None:
    wanted = project()["optional-dependencies"][extra] if extra else project()["dependencies"]
    pins = [pin for name in LOCKS for pin in locked(name)]
    for requirement in map(Requirement, wanted):
        found = [p for p in pins if canonical(p.name) == canonical(requirement.name)]
        assert found, requirement
        versions = [next(iter(pin.specifier)).version for pin in found]
        assert all(v in requirement.specifier for v in versions), (requirement, versions)


def test_torch_and_gpu_libraries_are_not_in_the_hash_file() -> None:
    assert [r.name for r in locked("requirements") if lock.LEFT_OUT.match(r.name)] == []
    assert (PACKAGING / "constraints.txt").read_text(encoding="utf-8").startswith("torch==")


def test_what_torch_needs_on_a_cpu_is_locked() -> None:
    """torch itself is installed without dependencies; the lock must bring them."""
    import importlib.metadata

    names = {canonical(r.name) for r in locked("requirements")}
    for text in importlib.metadata.requires("torch") or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            assert canonical(requirement.name) in names, requirement


def test_the_announced_sizes_are_measured_ones() -> None:
    sizes = json.loads(install.SIZES.read_text(encoding="utf-8"))
    assert set(sizes) == {"torch", "libraries", "engine source", "starter models"}
    assert all(size > 1_000_000 for size in sizes.values())
