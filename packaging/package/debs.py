"""Makes a .deb of a filled folder: control file, checksums, the same bytes every time."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import places
from console import run

_PEOPLE = "The Carrel founders <carrel@localhost>"
_ABOUT = {
    places.RUNTIME: (
        "Carrel's private Python, libraries and engine",
        "A private CPython, the libraries that read, index and show documents, and llama.cpp,\n"
        " in /opt/carrel. Nothing in it can be used by other programs, or reach a network.",
    ),
    places.OURS: (
        "private desk for your own files: ask them, offline",
        "Answers questions about the files on this computer with a language model that runs on\n"
        " this computer. No data leaves it: its processes cannot open a network connection.",
    ),
    places.STARTER: (
        "starter model and embedder for Carrel",
        "SmolLM2-135M-Instruct (Q4_1) and all-MiniLM-L6-v2 (ONNX, 8 bits), so that Carrel answers\n"
        " and searches by meaning right after it was installed.",
    ),
}


def control(package: str, size: int, depends: str) -> str:
    """The control file of a package; `size` in bytes, `depends` on the system's packages."""
    about = _ABOUT[package]
    fields = {
        "Package": package,
        "Version": places.package_version(package),
        "Architecture": "all" if package == places.STARTER else "amd64",
        "Maintainer": _PEOPLE,
        "Installed-Size": str((size + 1023) // 1024),
        "Section": "utils",
        "Priority": "optional",
        "Description": f"{about[0]}\n {about[1]}",
    }
    if package == places.RUNTIME:
        fields["Depends"] = depends
    if package == places.OURS:
        fields["Depends"] = f"carrel-runtime (>= {places.package_version(places.RUNTIME)})"
        fields["Recommends"] = "carrel-starter-models"
        fields["Suggests"] = "tesseract-ocr, xdg-desktop-portal"
    order = ["Package", "Version", "Architecture", "Maintainer", "Installed-Size", "Depends",
             "Recommends", "Suggests", "Section", "Priority", "Description"]  # fmt: skip
    return "".join(f"{name}: {fields[name]}\n" for name in order if name in fields)


def tidy(root: Path) -> None:
    """Give every file the plain rights: readable by all, writable by root, programs executable."""
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            continue
        program = path.is_dir() or path.parent.name == "bin" or path.suffix == ".sh"
        path.chmod(0o755 if program else 0o644)
    root.chmod(0o755)


def size_of(root: Path) -> int:
    """Bytes of all files, links not followed."""
    return sum(p.lstat().st_size for p in root.rglob("*") if p.is_file() and not p.is_symlink())


def checksums(root: Path) -> str:
    """The md5sums file that dpkg --verify reads."""
    lines = []
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink() and "DEBIAN" not in path.parts:
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
    places.OUT.mkdir(exist_ok=True)
    for older in places.OUT.glob(f"{package}_*.deb"):
        older.unlink()
    architecture = "all" if package == places.STARTER else "amd64"
    target = places.OUT / f"{package}_{places.package_version(package)}_{architecture}.deb"
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
