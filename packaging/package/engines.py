"""The engine as it is packaged: for every processor with AVX2, never for the one at hand.

A variant for older processors would help nobody: LanceDB's library, without which nothing is
searched, ends with an illegal instruction below AVX2 (README.md says how that was seen). So the
launcher looks at the processor and says it. Every feature is written out, because llama.cpp leaves
them all out silently when SOURCE_DATE_EPOCH is set. The finished wheel is kept in the set-up's
cache.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import engine
import engine_source
from console import ROOT, SetupError, run, say
from pip_calls import PIP, pip_environment

FEATURES = ("SSE42", "AVX", "AVX2", "BMI2", "FMA", "F16C")
BUILD = ROOT / "build" / "package-engine"


def flags(card: str = "") -> tuple[str, ...]:
    """What CMake is told: the set-up's flags (for a kind of graphics card; "" for none), with each
    processor feature said."""
    common = [flag for flag in engine.flags(card) if "NATIVE" not in flag]
    return ("-DGGML_NATIVE=OFF", *(f"-DGGML_{name}=ON" for name in FEATURES), *common)


def changes(card: str) -> tuple[engine_source.Change, ...]:
    """What is changed in the source besides what every build changes: the one for cards, which
    takes long, leaves out what is not packaged."""
    return engine_source.WITHOUT_COMMON if card else ()


def key(lock: str, card: str = "") -> str:
    """The name of a packaged build: source, changes, flags, this system's C library and machine."""
    made = engine_source.CHANGES + changes(card)
    parts = [lock, repr(made), *flags(card), platform.machine()]
    libc = " ".join(platform.libc_ver())
    digest = hashlib.sha256("\n".join([*parts, libc, "package 1"]).encode()).hexdigest()
    return f"package-{card or 'avx2'}-{digest[:24]}"


def environment(source: Path, base: Mapping[str, str], card: str = "") -> dict[str, str]:
    """The compiler's environment: our flags alone, and no path of this machine in the result."""
    mapped = f"-ffile-prefix-map={source}=engine"
    return {
        **base,
        "CMAKE_ARGS": " ".join(flags(card)),
        "CFLAGS": mapped,
        "CXXFLAGS": mapped,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{base['PATH']}",
    }


def build(card: str = "") -> Path:
    """Compile it (minutes); the wheel that came of it."""
    shutil.rmtree(BUILD, ignore_errors=True)
    source = engine_source.prepared(engine.LOCK, BUILD / "source")
    engine_source.change(source, changes(card))
    options = ["wheel", "-v", "--no-deps", "--no-cache-dir", "--no-build-isolation"]
    minutes = 15 if card else 6
    run(
        f"{title(card)}, compiled ({minutes} min on 2 cores)",
        [*PIP, *options, str(source), "-w", str(BUILD)],
        environment(source, pip_environment(), card),
    )
    wheels = list(BUILD.glob("llama_cpp_python-*.whl"))
    if len(wheels) != 1:
        raise SetupError("The engine's build left no wheel.", "See build/setup.log.")
    return wheels[0]


def title(card: str) -> str:
    return f"Engine for packages, {card}" if card else "Engine for packages"


def finished(card: str = "") -> Path:
    """The kept wheel for a kind of graphics card ("" for none), compiled and kept when there is
    none."""
    folder = engine.cache_folder(os.environ) / key(engine.LOCK.read_text(encoding="utf-8"), card)
    if wheel := engine.kept(folder):
        say(f"  {title(card)}: compiled before, taken from {folder}")
        return wheel
    engine.keep(build(card), folder)
    wheel = engine.kept(folder)
    if wheel is None:
        raise SetupError(f"{folder} does not hold what was written.", "Check that disk.")
    shutil.rmtree(BUILD)
    return wheel
