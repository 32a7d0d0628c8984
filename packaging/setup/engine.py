"""Builds llama-cpp-python with the project's flags, keeps the wheel for the next clone, checks it.

pip's own wheel cache ignores CMAKE_ARGS and would hand back a build with other flags, so the wheel
is built into a folder, kept under a key that names everything it depends on, and installed from
there. A native build also depends on the processor: its features are part of the key.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import engine_source
import gpu
from console import ROOT, SetupError, run, say
from pip_calls import PIP, pip_environment

LOCK = ROOT / "packaging" / "engine.lock"
BUILD = ROOT / "build" / "engine"
INSTALLED = Path(sys.prefix) / "share" / "carrel" / "engine.key"

# ggml's own thread pool instead of OpenMP (two to three times faster beside another busy program),
# no curl and no RPC (nothing in the engine can open a connection), no image models.
FLAGS = (
    "-DGGML_NATIVE=ON",
    "-DGGML_OPENMP=OFF",
    "-DLLAMA_CURL=OFF",
    "-DGGML_RPC=OFF",
    "-DLLAVA_BUILD=OFF",
)

# ggml's kernels for Intel's AMX end the process with SIGSEGV on the first prompt of a Q4_1 model
# (llama.cpp of 2026-10-01, also through llama_cpp.Llama). A compiler takes the last word of these
# over -march=native; without them such processors use AVX-512 VNNI, which works.
NO_AMX = ("-mno-amx-tile", "-mno-amx-int8", "-mno-amx-bf16")


def cpu_features() -> str:
    """What the processor can do, as the kernel lists it: a native build uses all of it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    features = [line for line in lines if line.startswith(("flags", "Features"))]
    return " ".join(sorted(features[0].partition(":")[2].split())) if features else ""


def compiler_flags(machine: str) -> str:
    """What C and C++ compilers are told besides what CMake tells them, for a kind of processor."""
    return " ".join(NO_AMX) if machine.lower() in ("x86_64", "amd64") else ""


def flags(card: str) -> tuple[str, ...]:
    """What CMake is told, for a kind of graphics card ("" for none; see `gpu.FLAGS`)."""
    return (*FLAGS, *gpu.FLAGS[card])


def key(lock: str, features: str, card: str = "") -> str:
    """The name of a build: engine's hash and changes, flags, Python, system library, processor."""
    parts = [
        lock,
        repr(engine_source.CHANGES),
        " ".join(flags(card)),
        compiler_flags(platform.machine()),
        sys.implementation.cache_tag or "",
        platform.machine(),
        " ".join(platform.libc_ver()),
        features,
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Where finished wheels are kept: $XDG_CACHE_HOME or ~/.cache, under carrel-build."""
    base = environment.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "carrel-build"


def keep(wheel: Path, folder: Path) -> None:
    """Put a finished wheel and its SHA-256 into `folder`, all at once or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    fresh.mkdir()
    shutil.copy2(wheel, fresh / wheel.name)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (fresh / "SHA256SUMS").write_text(f"{digest}  {wheel.name}\n", encoding="utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    fresh.rename(folder)


def kept(folder: Path) -> Path | None:
    """The wheel kept in `folder`, None when there is none or when its SHA-256 does not match."""
    try:
        digest, name = (folder / "SHA256SUMS").read_text(encoding="utf-8").split()
        wheel = folder / name
        good = hashlib.sha256(wheel.read_bytes()).hexdigest() == digest
    except (OSError, ValueError):
        return None
    return wheel if good else None


def build(card: str = "") -> Path:
    """Compile the wheel (minutes) and return where it lies."""
    shutil.rmtree(BUILD, ignore_errors=True)
    environment = pip_environment()
    gpu.require_tools(card, environment)
    # With SOURCE_DATE_EPOCH set, ggml silently leaves out every processor feature.
    environment.pop("SOURCE_DATE_EPOCH", None)
    environment["CMAKE_ARGS"] = " ".join(flags(card))
    for name in ("CFLAGS", "CXXFLAGS"):
        own = environment.get(name, "")
        environment[name] = f"{own} {compiler_flags(platform.machine())}".strip()
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    options = ["wheel", "-v", "--no-deps", "--no-cache-dir", "--no-build-isolation"]
    source = [str(engine_source.prepared(LOCK, BUILD / "source")), "-w", str(BUILD)]
    title = f"Engine for {card}" if card else "Engine"
    minutes = 15 if card else 6
    run(
        f"{title}, compiled here ({minutes} min on 2 cores)", [*PIP, *options, *source], environment
    )
    wheels = list(BUILD.glob("llama_cpp_python-*.whl"))
    if len(wheels) != 1:
        raise SetupError("The engine's build left no wheel.", "See build/setup.log.")
    return wheels[0]


def system_info() -> str:
    """What the installed engine says about itself; raises SetupError when it does not load."""
    words = "import llama_cpp; print(llama_cpp.llama_print_system_info().decode())"
    result = subprocess.run([sys.executable, "-I", "-c", words], capture_output=True, text=True)
    if result.returncode != 0:
        last = (result.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise SetupError(f"The engine was installed but does not load: {last}", "See README.md.")
    return result.stdout.strip()


def finished_wheel(card: str) -> Path:
    """The kept wheel for a kind of graphics card ("" for none), built and kept when there is none.

    Its folder's name is its key.
    """
    name = key(LOCK.read_text(encoding="utf-8"), cpu_features(), card)
    folder = cache_folder(os.environ) / name
    if wheel := kept(folder):
        say(f"  Engine: compiled before, taken from {folder}")
        return wheel
    keep(build(card), folder)
    wheel = kept(folder)
    if wheel is None:
        raise SetupError(f"{folder} does not hold what was written.", "Check that disk.")
    shutil.rmtree(BUILD)
    return wheel


def install() -> None:
    """Install the engine from the kept wheel, or build and keep it first; then check it."""
    card = gpu.chosen(os.environ)
    name = key(LOCK.read_text(encoding="utf-8"), cpu_features(), card)
    if INSTALLED.is_file() and INSTALLED.read_text(encoding="utf-8") == name:
        check()
        return
    wheel = finished_wheel(card)
    options = ["install", "--no-deps", "--no-index", "--force-reinstall", "--no-cache-dir"]
    run("Engine, installed", [*PIP, *options, str(wheel)], pip_environment())
    check()
    INSTALLED.parent.mkdir(parents=True, exist_ok=True)
    INSTALLED.write_text(name, encoding="utf-8")


def check() -> None:
    """Refuse an engine that was built with OpenMP: its threads spin and starve the desktop."""
    info = system_info()
    if "OPENMP = 1" in info:
        raise SetupError(
            "The engine was built with OpenMP, against the project's flags.",
            f"Remove {INSTALLED} and the folder {cache_folder(os.environ)}, then run this again.",
        )
