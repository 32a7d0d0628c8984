"""A folder of hostile files: the desk lives, each file is settled in time and with a reason, and
the good files among them are read."""

from __future__ import annotations

import os
import sys

import pytest

from carrel.library.sync import printable
from carrel.reading.assemble import read_file
from tests.core.hostile import changing, good, places
from tests.core.hostile.everything import HEAVY, corpus

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="pipes, devices and /proc are Linux's"),
    pytest.mark.timeout(1800),
]

SETTLED = 30.0  # seconds in which each file has its status
MEMORY = {"everyday": 800_000_000, "whole": 4_000_000_000}  # bytes that the desk may grow by
STATUSES = ("indexed", "empty", "encrypted", "failed", "quarantined")
LINES = 2  # the reader's line, and what it prints to
# 62 MB of short sentences: no attack, and storing 92,000 passages takes what it takes.
ORDINARY = ("texts/largest.txt",)


def test_the_corpus_is_large():
    names = [one.name for one in corpus()] + [one.name for one in changing.files()]
    assert len(names) == len(set(names)) >= 700
    assert len(names) - len(HEAVY) >= 600
    assert set(names) > HEAVY
    assert len(good.files()) == 30


def files_of(run):
    """The hostile files and links, without what is a folder."""
    return [p for p in run.made if os.path.islink(p) or not os.path.isdir(p)]


def test_every_hostile_file_is_settled_with_a_reason(run):
    left = {one.path: one for one in run.added.skipped}
    silent = []
    for path in files_of(run):
        row = run.rows.get(printable(path))
        if row is None:
            said = left.get(printable(path))
            if said is None or not said.reason or not said.code:
                silent.append(path)
        elif row.status not in STATUSES or (row.status != "indexed" and not row.reason):
            silent.append((path, row.status, row.reason))
    assert silent == []


def test_no_reader_ends_in_a_defect_of_ours(run):
    assert {row.path: row.reason for row in run.rows.values() if row.code == "defect"} == {}


def test_no_file_takes_longer_than_its_time(run):
    slow = {p: s for p, s in run.ledger.reading.items() if s > SETTLED}
    assert slow == {}
    whole = {p: s + run.ledger.storing[p] for p, s in run.ledger.reading.items()}
    ordinary = {str(run.folder / name) for name in ORDINARY}
    assert {p: s for p, s in whole.items() if s > SETTLED and p not in ordinary} == {}


def test_every_good_file_is_indexed_with_its_text(run):
    for name, (_, sentence) in good.files().items():
        path = str(run.folder / name)
        assert (name, run.rows[path].status) == (name, "indexed")
        assert sentence in run.library.catalogue.text(path)[0]
        assert run.rows[path].passages > 0


@pytest.mark.parametrize("number", range(0, 30, 7))
def test_good_files_are_found_among_the_hostile_ones(run, number):
    hits = run.library.search(good.sentence(number), k=5)
    assert [hit for hit in hits if good.sentence(number) in hit.text]


def test_the_memory_of_the_desk_stays_bounded(run):
    assert run.grown < MEMORY["whole" if run.heavy else "everyday"]


def test_nothing_stays_open(run):
    assert not [link for link in run.left_open if link.startswith("/")]
    assert len(run.left_open) <= LINES


def test_the_reader_still_reads(run):
    path = run.folder / "good00.txt"
    fd = os.open(path, os.O_RDONLY)
    try:
        assert good.sentence(0) in read_file(run.reader, fd, path.name).text
    finally:
        os.close(fd)
    assert run.reader.child.alive


def test_nothing_from_outside_the_folder_was_read(run):
    with open("/etc/passwd", encoding="utf-8") as file:
        secret = file.readline().strip()
    assert secret.startswith("root:")
    texts = run.library.database.rows("SELECT text FROM passages")
    assert len(texts) > 100
    assert not [text for (text,) in texts if secret in str(text)]


@pytest.mark.parametrize("one", [*changing.files()], ids=lambda one: one.name)
def test_files_that_change_are_told_so(run, one):
    assert run.reader.settled()
    row = run.rows[str(run.folder / "changing" / one.name)]
    assert row.code in one.codes


def test_what_is_no_file_is_said_to_be_none(run):
    for name in ("pipe.txt", "pipe.pdf", "socket.txt", "device.txt"):
        assert run.rows[str(run.folder / "places" / name)].code in ("special", "link")
    for ending in ("txt", "pdf", "docx", "mbox"):
        path = run.folder / "places" / f"sparse.{ending}"
        assert path.stat().st_size == places.HUGE
        assert run.rows[str(path)].code == "too_large"
    left = {one.path: one.code for one in run.added.skipped}
    for name in ("zero", "memory", "secret", "root", "up"):
        assert left[str(run.folder / "places" / f"link-{name}.txt")] == "link"


def test_a_second_look_reads_only_what_may_be_otherwise_now(run):
    run.ledger.reading.clear()
    run.library.sync()
    again = {p: run.rows[p] for p in run.ledger.reading if p in run.rows}
    changed = str(run.folder / "changing")
    wrong = {
        path: row.code
        for path, row in again.items()
        if row.code not in ("changing", "unreadable", "unsupported")
        and not path.startswith(changed)
    }
    assert wrong == {}
