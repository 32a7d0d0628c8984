"""One run of the whole library over the corpus, with the real reader process."""

from __future__ import annotations

import os
import shutil
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

from carrel.desk.requests import DocumentRow
from carrel.events import Added
from carrel.library import indexing
from carrel.library.embedders import fake_source
from carrel.library.library import Library
from carrel.profile import Profile
from carrel.settings import Settings
from carrel.store import listing
from tests.core.hostile import changing, good
from tests.core.hostile.everything import lay_out

TOMORROW = time.time() + 86_400


class Ledger:
    """How long each document took: to read, and to store afterwards; in seconds by path."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.reading: dict[str, float] = defaultdict(float)
        self.storing: dict[str, float] = defaultdict(float)
        read, take = indexing.open_and_read, indexing.Indexer._take

        def timed_read(found, *rest, **named):
            start = time.monotonic()
            opened = read(found, *rest, **named)
            self.reading[found.path] += time.monotonic() - start
            return opened

        def timed_take(indexer, collection, opened, *rest):
            start = time.monotonic()
            take(indexer, collection, opened, *rest)
            self.storing[opened.found.path] += time.monotonic() - start

        patch.setattr(indexing, "open_and_read", timed_read)
        patch.setattr(indexing.Indexer, "_take", timed_take)


class Run(NamedTuple):
    """What came of the corpus. `made` are the paths of the hostile files; `grown` is in bytes;
    `left_open` is what was not open before, without the library's own files."""

    heavy: bool
    folder: Path
    made: list[str]
    library: Library
    reader: changing.MischievousReader
    ledger: Ledger
    added: Added
    rows: dict[str, DocumentRow]
    grown: int
    left_open: list[str]


def memory(name: str) -> int:
    """A figure of this process's memory (VmRSS, VmHWM) in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"The system names no {name}.")


def open_files() -> dict[str, str]:
    """What this process has open, by number."""
    folder = Path("/proc/self/fd")
    return {one.name: os.readlink(one) for one in folder.iterdir() if one.is_symlink()}


def fill(folder: Path, *, heavy: bool) -> list[str]:
    """Put everything below a folder; a good file is the newest, so that it is read first."""
    made = lay_out(folder, heavy=heavy)
    (folder / "changing").mkdir()
    for one in changing.files():
        path = folder / "changing" / one.name
        path.write_bytes(one.data)
        made.append(str(path))
    for name, (data, _) in good.files().items():
        path = folder / name
        path.write_bytes(data)
        os.utime(path, (TOMORROW, TOMORROW))
    return made


@pytest.fixture(
    scope="module",
    params=[False, pytest.param(True, marks=pytest.mark.heavy)],
    ids=["everyday", "whole"],
)
def run(request, tmp_path_factory):
    """The corpus in a library; the whole of it, or without what takes long."""
    folder = tmp_path_factory.mktemp("hostile")
    made = fill(folder, heavy=request.param)
    profile = Profile.at(tmp_path_factory.mktemp("profile"))
    profile.create()
    reader = changing.MischievousReader(folder / "changing")
    library = Library(profile, Settings(profile.settings), reader, fake_source())
    with pytest.MonkeyPatch.context() as patch:
        ledger = Ledger(patch)
        library.verify()  # opens the index, whose library takes memory of its own
        before, open_before = memory("VmRSS"), open_files()
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
        added = library.add([str(folder)], "Hostile")
        grown = memory("VmHWM") - before
        rows = {row.path: row for row in listing.documents(library.database)[0]}
        left_open = [
            link
            for number, link in open_files().items()
            if open_before.get(number) != link and not link.startswith(str(profile.data))
        ]
        yield Run(
            request.param, folder, made, library, reader, ledger, added, rows, grown,
            left_open,
        )  # fmt: skip
    reader.close()
    library.close()
    os.chmod(folder / "places" / "shut-folder", 0o700)
    shutil.rmtree(folder)  # a gigabyte, which pytest would keep for three runs
