"""Makes a .deb of a filled folder: control file, checksums, the same bytes every time."""

from __future__ import annotations

import email
import hashlib
import os
from pathlib import Path
from typing import NamedTuple

import places
from console import run

_SPARE = 50_000_000  # bytes that a disk should have left after unpacking
_PEOPLE = "The Carrel founders <carrel@localhost>"


class About(NamedTuple):
    """What the control file of a package says besides version, size and depends."""

    line: str
    text: str
    architecture: str = "amd64"
    recommends: str = ""
    suggests: str = ""


_ABOUT = {
    places.RUNTIME: About(
        "Carrel's private Python, libraries and engine",
        "A private CPython, the libraries that read, index and show documents, and llama.cpp,\n"
        " in /opt/carrel. Nothing in it can be used by other programs, or reach a network.",
    ),
    places.OURS: About(
        "private desk for your own files: ask them, offline",
        "Answers questions about the files on this computer with a language model that runs on\n"
        " this computer. No data leaves it: its processes cannot open a network connection.",
        recommends="carrel-starter-models",
        suggests="tesseract-ocr, xdg-desktop-portal, carrel-embedders, carrel-gpu",
    ),
    places.STARTER: About(
        "starter model and embedder for Carrel",
        "SmolLM2-135M-Instruct (Q4_1) and all-MiniLM-L6-v2 (ONNX, 8 bits), so that Carrel answers\n"
        " and searches by meaning right after it was installed.",
        architecture="all",
    ),
    places.EMBEDDERS: About(
        "other embedders, rerankers and tuning for Carrel",
        "sentence-transformers with torch for processors: Carrel takes in any embedder and\n"
        " reranker of that library, and carrel-tune trains adapters. The starter needs none of it.",
    ),
    places.GPU: About(
        "Carrel's engine for graphics cards (Vulkan)",
        "llama.cpp built for Vulkan, which Carrel takes at start where there is a graphics card\n"
        " with a driver for it (NVIDIA, AMD, Intel). Where there is none, nothing changes.",
        recommends="mesa-vulkan-drivers | nvidia-driver",
    ),
}


def control(package: str, size: int, depends: str) -> str:
    """The control file of a package; `size` in bytes, `depends` on the system's packages."""
    about = _ABOUT[package]
    runtime = f"carrel-runtime (>= {runtime_version()})"
    needs = {places.RUNTIME: [depends], places.STARTER: []}.get(package, [runtime])
    if package in places.ADDITIONS and depends:
        needs = [runtime, depends]
    fields = {
        "Package": package,
        "Version": places.package_version(package),
        "Architecture": about.architecture,
        "Maintainer": _PEOPLE,
        "Installed-Size": str((size + 1023) // 1024),
        "Depends": ", ".join(needs),
        "Recommends": about.recommends,
        "Suggests": about.suggests,
        "Section": "utils",
        "Priority": "optional",
        "Description": f"{about.line}\n {about.text}",
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def runtime_version() -> str:
    """The version of the runtime that was built last, else the one that would be built now."""
    built = places.stage(places.RUNTIME) / "DEBIAN" / "control"
    if not built.is_file():
        return places.package_version(places.RUNTIME)
    fields = email.message_from_string(built.read_text(encoding="utf-8"))
    return str(fields["Version"])


def preinst(package: str, size: int) -> str:
    """The script that dpkg runs before it unpacks a package of `size` bytes."""
    text = (places.FILES / "preinst.sh").read_text(encoding="utf-8")
    needed = (size + _SPARE) // 1024
    return text.replace("@NEEDED@", str(needed)).replace("@PACKAGE@", package)


def architecture(package: str) -> str:
    """Which computers a package is for: amd64, or all."""
    return _ABOUT[package].architecture


def tidy(root: Path) -> None:
    """Give every file the plain rights: readable by all, writable by root, programs executable."""
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            continue
        program = path.is_dir() or path.parent.name == "bin" or path.suffix == ".sh"
        path.chmod(0o755 if program else 0o644)
    root.chmod(0o755)


def stamp(root: Path) -> None:
    """Give every file, folder and link the one time that all packaged files bear: dpkg-deb itself
    only makes later times earlier, so a file's age on this machine would go into the package."""
    when = (places.epoch(), places.epoch())
    for path in [*root.rglob("*"), root]:
        os.utime(path, when, follow_symlinks=False)


def size_of(root: Path) -> int:
    """Bytes of all files that are installed, links not followed."""
    return sum(path.lstat().st_size for path in installed(root))


def installed(root: Path) -> list[Path]:
    """The regular files of a package, by path; not its control files."""
    found = (path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink())
    return [path for path in found if path.relative_to(root).parts[0] != "DEBIAN"]


def checksums(root: Path) -> str:
    """The md5sums file that dpkg --verify reads."""
    lines = []
    for path in installed(root):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "md5").hexdigest()
        lines.append(f"{digest}  {path.relative_to(root)}\n")
    return "".join(lines)


def build(package: str, depends: str) -> Path:
    """Build the .deb of a filled folder into dist/; returns its path."""
    root = places.stage(package)
    tidy(root)
    inside = root / "DEBIAN"
    inside.mkdir(mode=0o755, exist_ok=True)
    text = control(package, size_of(root), depends)
    (inside / "control").write_text(text, encoding="utf-8")
    (inside / "md5sums").write_text(checksums(root), encoding="utf-8")
    before = inside / "preinst"
    before.write_text(preinst(package, size_of(root)), encoding="utf-8")
    before.chmod(0o755)
    places.OUT.mkdir(exist_ok=True)
    for older in places.OUT.glob(f"{package}_*.deb"):
        older.unlink()
    target = places.OUT / f"{package}_{places.package_version(package)}_{architecture(package)}.deb"
    stamp(root)
    env = dict(os.environ) | {"SOURCE_DATE_EPOCH": str(places.epoch())}
    command = [
        "dpkg-deb",
        "--root-owner-group",
        "-Zzstd",
        f"-z{places.level()}",
        "--build",
        str(root),
        str(target),
    ]
    run(f"{target.name}, built", command, env)
    return target
