"""Write the lock files: every dependency pinned, with hashes, for Python 3.11 to 3.13.

A maintainer runs this (`make lock`, needs uv) after changing pyproject.toml or build.in. torch and
what only its GPU builds need are left out on purpose: the set-up installs torch by itself,
constrained to one version. The engine's and the starter models' locks are written by hand.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGING = HERE.parent
CONSTRAINTS = PACKAGING / "constraints.txt"
LEFT_OUT = re.compile(r"^(torch|triton|nvidia-|cuda-|llama-cpp-python)")
RESOLVE = (
    "uv", "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes",
    "--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links",
    "--constraint", str(CONSTRAINTS),
)  # fmt: skip


def resolve(*sources: str) -> str:
    """Return uv's resolution of `sources`, one requirement with its hashes per block."""
    command = [*RESOLVE, *sources]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=PACKAGING.parent
    ).stdout


def blocks(text: str) -> list[str]:
    """Split a requirements text into one block per package, hashes included."""
    return [b for b in re.split(r"\n(?=\S)", text.strip()) if b]


def write(name: str, text: str) -> None:
    kept = [b for b in blocks(text) if not LEFT_OUT.match(b)]
    (PACKAGING / name).write_text("\n".join(kept) + "\n", encoding="utf-8")
    print(f"{name}: {len(kept)} packages")


def download_size(*arguments: str) -> int:
    """How many bytes pip downloads for `arguments` on this machine and this Python."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-I", "-m", "pip", "download", "--no-deps", "--quiet"]
        subprocess.run([*command, "-d", folder, *arguments], check=True)
        return sum(file.stat().st_size for file in Path(folder).iterdir())


def write_sizes() -> None:
    """Measure what the set-up announces before it downloads."""

    def lock(name: str) -> int:
        return download_size("-r", str(PACKAGING / f"{name}.lock"))

    sizes = {
        "torch": download_size("--constraint", str(CONSTRAINTS), "torch"),
        "libraries": lock("requirements") + lock("build"),
        "engine source": download_size(
            "--no-build-isolation", "--no-binary", ":all:", "-r", str(PACKAGING / "engine.lock")
        ),
        "starter models": lock("starter"),
    }
    (PACKAGING / "sizes.json").write_text(json.dumps(sizes, indent=1) + "\n", encoding="utf-8")
    print(f"sizes.json: {sizes}")


def main() -> int:
    write("requirements.lock", resolve("pyproject.toml", "--extra", "dev"))
    write("build.lock", resolve(str(PACKAGING / "build.in")))
    write_sizes()
    return 0


if __name__ == "__main__":
    sys.exit(main())
