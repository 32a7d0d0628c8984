"""What packaging/test_install/run.sh asks of Python.

python -m tests.packaging.clean_root models DIR     a tiny model and its adapter, to be swapped in
python -m tests.packaging.clean_root embedder DIR   a tiny embedder, to be taken in
python -m tests.packaging.clean_root sign DIR       sign the packages there with a throw-away key
python -m tests.packaging.clean_root trace LOG      1 when strace saw a way off the computer
python -m tests.packaging.clean_root result JSON    the steps of `carrel selftest` in words
python -m tests.packaging.clean_root times ROOT USER DISPLAY    starts, measured in the root
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.core.tiny_embedder import make_tiny_embedder
from tests.models.tiny_adapter import write_adapter
from tests.models.tiny_gguf import write_tiny
from tests.packaging.package_modules import places, release
from tests.privacy.strace_log import findings, parse

QUESTION = "Who pays when the boiler fails, and how fast must it be repaired?"
REPEATS = 7


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def models(folder: str) -> int:
    """Write a tiny model, and an adapter for it, into a folder."""
    write_tiny(Path(folder) / "tiny.gguf", context=2048)
    write_adapter(Path(folder) / "tone.gguf")
    return 0


def embedder(folder: str) -> int:
    """Make a tiny sentence-transformers folder below another, as "Tiny Model"."""
    make_tiny_embedder(Path(folder))
    return 0


def sign(folder: str) -> int:
    """Put a list of the packages in a folder there, its signature, and the key's public half."""
    key = Ed25519PrivateKey.generate()
    release.sign(Path(folder), key, places.version())
    public = release.public_text(key.public_key())
    (Path(folder) / "release.pub").write_text(public, encoding="utf-8")
    return 0


def trace(log: str) -> int:
    """Print what strace saw. The window's own probe makes a local datagram pair, which it may."""
    calls = parse(Path(log).read_text(encoding="utf-8", errors="replace"))
    if not any(call.name == "socketpair" and call.succeeded for call in calls):
        say("  strace saw nothing at all")
        return 1
    leaks = [
        one
        for one in findings(calls)
        if not one.refused
        and not (one.call.name == "socketpair" and "AF_UNIX, SOCK_DGRAM" in one.call.arguments)
    ]
    for one in leaks:
        say(f"  {one.what}: {one.call}")
    say(f"  strace: {len(calls)} calls about sockets, {len(leaks)} that could leave the computer")
    return 1 if leaks else 0


def result(file: str) -> int:
    """Print the steps of a self-test; 1 when one failed."""
    told = json.loads(Path(file).read_text(encoding="utf-8"))
    for step in told["steps"]:
        say(f"  {'ok  ' if step['ok'] else 'FAIL'} {step['name']} {step['seconds']:.2f} s")
    say(f"  display: {told['platform']}")
    return 0 if told["ok"] else 1


def alone(root: str, user: str, display: str) -> list[str]:
    """How a command is run in the root by an ordinary user without network."""
    return [
        "unshare", "--net", "--", "chroot", f"--userspec={user}:{user}", root, "env", "-i",
        f"HOME=/home/{user}", "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", f"DISPLAY=:{display}",
    ]  # fmt: skip


def times(root: str, user: str, display: str) -> int:
    """Print how long after its start Carrel has a window, a verbatim sentence, a first token."""
    inside = alone(root, user, display)
    say(f"  load {os.getloadavg()[0]:.1f}; a fixed piece of work: {calibration(inside):.0f} ms")
    show("window on screen", [window(inside) for _ in range(REPEATS)])
    runs = [asked(inside) for _ in range(REPEATS)]
    for name in ("verbatim", "first token", "end"):
        show(name, [run[name] for run in runs])
    return 0


def show(name: str, seconds: list[float]) -> None:
    say(
        f"  {name}: {statistics.median(seconds):.2f} s after the start"
        f" (median of {len(seconds)}, {min(seconds):.2f} to {max(seconds):.2f})"
    )


def calibration(inside: list[str]) -> float:
    """Milliseconds of the fixed piece of work of `carrel doctor` (about 700 on an idle Zen 3)."""
    done = subprocess.run(
        [*inside, "carrel", "doctor", "--json"], capture_output=True, text=True, check=True
    )
    return float(json.loads(done.stdout)["calibration"]["milliseconds_for_10_million_additions"])


def window(inside: list[str]) -> float:
    """Seconds from the start of the process to the window on the screen."""
    command = [*inside, "carrel", "--fakes", "selftest"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    detail = str(json.loads(done.stdout)["steps"][0]["detail"])
    return float(detail.split()[2])


def asked(inside: list[str]) -> dict[str, float]:
    """One question on the command line, its process started for it: seconds from the start.

    The program's own times count from when it took the question; what came before (Python, the
    database) is the rest of the whole run.
    """
    begun = time.monotonic()
    command = [*inside, "carrel", "ask", "--json", "--generated", "always", QUESTION]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    whole = time.monotonic() - begun
    told: dict[str, Any] = json.loads(done.stdout)["timings"]
    before = whole - told["total_ms"] / 1000
    return {
        "verbatim": before + told["verbatim_ms"] / 1000,
        "first token": before + told["first_token_ms"] / 1000,
        "end": whole,
    }


def main(arguments: list[str]) -> int:
    name, *rest = arguments
    acts = {
        "models": models,
        "embedder": embedder,
        "sign": sign,
        "trace": trace,
        "result": result,
        "times": times,
    }
    return acts[name](*rest)  # type: ignore[operator]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
