"""Things with the name of a document that are none: pipes, devices, links, folders, holes."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.core.hostile.kinds import Hostile, of

HUGE = 10_000_000_000  # bytes; nothing of it is on the disk


def _sparse(size: int, head: bytes = b"", tail: bytes = b"") -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.write(head)
            file.seek(size - len(tail))
            file.write(tail)
            file.truncate(size)

    return make


def _link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def _socket(path: Path) -> None:
    """A door of a program that runs; bound from its folder, since such names are short."""
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(path.name)
    finally:
        os.chdir(here)


def _device(path: Path) -> None:
    """The endless zeros themselves; a link where only the system's owner makes devices."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        path.symlink_to("/dev/zero")


def _shut(path: Path) -> None:
    path.write_text("Nobody may read this.")
    path.chmod(0)


def _shut_folder(path: Path) -> None:
    path.mkdir()
    (path / "inside.txt").write_text("Nobody may look in here.")
    path.chmod(0)


def _deep_folders(path: Path) -> None:
    """Folders so deep that the whole path is near the longest that the system takes."""
    deepest = path
    while len(bytes(deepest)) < 3_600:
        deepest = deepest / ("d" * 100)
    deepest.mkdir(parents=True)
    (deepest / "deep.txt").write_text("Deep down.")


def _hard_links(path: Path) -> None:
    path.write_text("One file under two names.")
    path.with_name("twin.txt").hardlink_to(path)


def _link_farm(path: Path) -> None:
    """Folders full of links to each other: a walk that follows them never ends."""
    path.mkdir()
    for i in range(10):
        (path / f"f{i}").mkdir()
    for i in range(10):
        for j in range(10):
            (path / f"f{i}" / f"to{j}").symlink_to(path / f"f{j}")


def corpus() -> Iterator[Hostile]:
    for ending in ("txt", "pdf", "docx", "mbox"):
        yield Hostile(f"places/sparse.{ending}", _sparse(HUGE, b"%PDF-1.7\n"))
        yield Hostile(f"places/pipe.{ending}", lambda path: os.mkfifo(path))
    for ending, size in (("txt", 63_000_000), ("html", 30_000_000), ("csv", 60_000_000),
                         ("pdf", 190_000_000), ("eml", 60_000_000), ("mbox", 190_000_000),
                         ("docx", 190_000_000), ("md", 30_000_000)):  # fmt: skip
        yield Hostile(f"places/holes.{ending}", _sparse(size, b"From a\nwords\n", b"end"))
    end = b"trailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF"
    yield Hostile("places/hole-inside.pdf", _sparse(150_000_000, b"%PDF-1.7\n", end))
    yield Hostile("places/socket.txt", _socket)
    yield Hostile("places/device.txt", _device)
    for name, target in (
        ("zero", "/dev/zero"), ("random", "/dev/random"), ("terminal", "/dev/tty"),
        ("memory", "/proc/self/mem"), ("environment", "/proc/self/environ"),
        ("kernel", "/proc/kmsg"), ("descriptor", "/proc/self/fd/0"), ("secret", "/etc/passwd"),
        ("nowhere", "nowhere-at-all.txt"), ("itself", "link-itself.txt"),
        ("ring-a", "link-ring-b.txt"), ("ring-b", "link-ring-a.txt"), ("up", "../.."),
        ("root", "/"), ("long", "x" * 4_000),
        ("piped", "pipe.txt"), ("sound", "twin.txt"),
    ):  # fmt: skip
        yield Hostile(f"places/link-{name}.txt", _link(target))
    yield Hostile("places/folder.pdf", lambda path: path.mkdir())
    yield Hostile("places/folder.docx", lambda path: path.mkdir())
    yield Hostile("places/shut.txt", _shut)
    yield Hostile("places/shut-folder", _shut_folder)
    yield Hostile("places/deep", _deep_folders)
    yield Hostile("places/one.txt", _hard_links)
    yield Hostile("places/farm", _link_farm)
    yield of("places/.hidden.txt", b"hidden")
    yield of(
        "places/ignored/.gitignore", b"[" * 100_000 + b"\n" + b"**/" * 200 + b"x\n!\n\\\n\xff\n"
    )
    yield of("places/ignored/words.txt", b"Beside rules that are none.")
