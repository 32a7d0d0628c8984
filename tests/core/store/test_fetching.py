"""Fetching passages reads those passages, however many others there are."""

import pytest

from tests.core.fake_core import FakeCore

WANTED = 150  # so many made SQLite begin with the documents' status and read every passage


@pytest.fixture
def catalogue(profile, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    for number in range(60):
        parts = (f"Paragraph {part} of note {number}. " + "word " * 120 for part in range(10))
        (docs / f"{number}.txt").write_text("\n\n".join(parts))
    core = FakeCore(profile)
    core.library.add([str(docs)], "Notes")
    yield core.library.catalogue
    core.close()


def steps(catalogue, ids):
    """How many hundred instructions SQLite's machine ran for a fetch of these."""
    count = 0

    def tick():
        nonlocal count
        count += 1

    connection = catalogue._db._reader()
    connection.set_progress_handler(tick, 100)
    assert set(catalogue.fetch(ids)) == set(ids)
    connection.set_progress_handler(None, 0)
    return count


def test_the_work_is_that_of_the_wanted_passages(catalogue):
    every = [row for (row,) in catalogue._db.rows("SELECT id FROM passages ORDER BY id")]
    assert len(every) > 3 * WANTED
    wanted = every[:: len(every) // WANTED][:WANTED]
    assert (
        steps(catalogue, wanted) <= WANTED * 30 / 100
    )  # 23 instructions each; 53 in the other order
