"""PDF pages per second to searchable by words, against bare pypdfium2 text + SQLite FTS5 insert.

Ours does what a user gets: hashes, reads in the confined process, cuts into passages, stores text
and offsets, hashes terms, and flushes the index to disk. The rival extracts and inserts, no more.
"""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import time
from pathlib import Path

import pypdfium2
import pytest
from tests.bench.common import Row, paired, ratio_row
from tests.bench.corpus import Words, write_pdf

from carrel.compose import Core
from carrel.errors import Cancelled
from carrel.profile import Profile

FILES, PAGES, N = 6, 50, 7


def rows() -> list[Row]:
    """One row: pages per second, goal 60 on two cores."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "pdfs"
        folder.mkdir()
        words = Words(1)
        for i in range(FILES):
            write_pdf(folder / f"report-{i}.pdf", words, PAGES)
        count = FILES * PAGES
        ours, rival = paired(lambda: count / _ours(folder), lambda: count / _rival(folder), N)
    name = f"PDF to searchable by words ({FILES} files of {PAGES} pages)"
    return [
        ratio_row(name, "pages/s", ours, rival, "bare pypdfium2 + SQLite FTS5", N, "60 pages/s")
    ]


def _ours(folder: Path) -> float:
    """Seconds from adding the folder to its last passage being found by words.

    A small file is added before, so that no library is loaded inside the measured time.
    """
    with tempfile.TemporaryDirectory() as name, Core(Profile.at(name)) as core:
        first = Path(name) / "first.pdf"
        write_pdf(first, Words(3), 1)
        core.library.add([str(first)], "First")
        words_done: list[float] = []
        cancel = threading.Event()
        start = time.perf_counter()

        def report(progress: object) -> None:
            if getattr(progress, "stage", "") == "meaning" and not words_done:
                words_done.append(time.perf_counter() - start)
                cancel.set()  # what follows is the embedding, measured elsewhere

        with pytest.raises(Cancelled):
            core.library.add([str(folder)], "Bench", report, cancel)
        return words_done[0]


def _rival(folder: Path) -> float:
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        db = sqlite3.connect(Path(name) / "fts.db")
        db.execute("CREATE VIRTUAL TABLE pages USING fts5(text)")
        for path in sorted(folder.iterdir()):
            pdf = pypdfium2.PdfDocument(path)
            with db:
                for page in pdf:
                    text = page.get_textpage().get_text_range()
                    db.execute("INSERT INTO pages VALUES (?)", (text,))
            pdf.close()
        db.close()
    return time.perf_counter() - start
