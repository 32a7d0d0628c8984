"""Takes out of the unpacked libraries what Carrel never uses (the list is trim.toml)."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import shutil
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import elf

RULES = Path(__file__).resolve().with_name("trim.toml")
_SMALLEST_TWIN = 100_000  # bytes; below that a second copy does not matter


def trim(folder: Path, package: str = "carrel-runtime") -> None:
    """Apply trim.toml to a package's folder of libraries."""
    rules = tomllib.loads(RULES.read_text(encoding="utf-8"))
    chosen = rules[package]
    for pattern in [*rules["drop"], *chosen["drop"]]:
        for path in sorted(folder.glob(pattern)):
            _remove(path)
    reachable = []
    for name, rule in chosen.get("keep", {}).items():
        keep_only(folder / name, rule["names"], deep=rule.get("reachable", False))
        if rule.get("reachable"):
            reachable.append((folder / name, rule))
    for inside, rule in reachable:
        drop_unreachable(folder, inside, rule)
    link_twins(folder)


def keep_only(folder: Path, names: list[str], *, deep: bool) -> None:
    """Remove what matches none of `names`; libraries wait for `drop_unreachable` when `deep`."""
    for path in sorted(folder.iterdir()):
        waits = deep and elf.is_elf(path)
        if not waits and not _matches(path.name, names):
            _remove(path)


def drop_unreachable(root: Path, inside: Path, rule: dict[str, Any]) -> None:
    """Remove the libraries directly in `inside` that nothing kept below `root` needs."""
    here = {one.path.name: one for one in map(elf.read, filter(elf.is_elf, inside.iterdir()))}
    kept = {name for name in here if _matches(name, rule["names"])}
    outside = [one for one in elf.below(root) if one.path.parent != inside]
    starts = [*outside, *(here[name] for name in kept)]
    for name in set(here) - kept - elf.reachable(starts, here):
        _remove(inside / name)


def link_twins(folder: Path) -> None:
    """Make one file of copies that lie beside each other: wheels cannot hold links."""
    sizes: dict[tuple[Path, int], list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*.so*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size > _SMALLEST_TWIN:
            sizes[path.parent, path.stat().st_size].append(path)
    for group in sizes.values():
        first: dict[str, Path] = {}
        for path in sorted(group, key=lambda one: (-len(one.name), one.name)):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            twin = first.setdefault(digest, path)
            if twin is not path:
                path.unlink()
                path.symlink_to(twin.name)


def _matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()
