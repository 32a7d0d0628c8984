"""Schema 6: pages that are pictures, and what was recognized on them, go with their document."""

from carrel.reading.recognized import RecognizedPage
from carrel.store import migrations
from carrel.store.catalogue import Catalogue
from carrel.store.database import Database, connect
from carrel.store.migrations import m006_pictures
from carrel.store.rows import FileState

PAGE = RecognizedPage(
    width=100, height=200, text="boiler", paragraphs=[(0, 6)], words=[(0, 6, 1, 2, 3, 4)]
)


def settled(catalogue, path, pages, reason="2 pages are pictures without text."):
    home = catalogue.ensure_collection("docs", ["/docs"])
    return catalogue.settle(
        path, home, FileState(1, 1), status="empty", code="pictures", reason=reason,
        digest="d" + path, pictures=dict.fromkeys(pages),
    )  # fmt: skip


def test_pages_wait_one_by_one_and_go_with_their_document(tmp_path):
    database = Database(tmp_path / "carrel.db")
    catalogue = Catalogue(database)
    long = settled(catalogue, "/docs/long.pdf", [1, 2, 5])
    short = settled(catalogue, "/docs/short.png", [1])
    assert catalogue.count_waiting_pictures() == (2, 4)
    assert [one.path for one in catalogue.waiting_pictures()] == [
        "/docs/short.png",
        "/docs/long.pdf",
    ]
    catalogue.record_recognized(long, 2, PAGE)
    catalogue.delete([short])
    (left,) = catalogue.waiting_pictures()
    assert (left.document_id, left.pages, left.digest) == (long, [1, 5], "d/docs/long.pdf")
    assert catalogue.recognized(long) == {2: PAGE}
    assert catalogue.recognized_page("/docs/long.pdf", 2) == PAGE
    assert catalogue.recognized_page("/docs/long.pdf", 1) is None
    settled(catalogue, "/docs/long.pdf", [1])  # it was read again: another file
    assert catalogue.recognized(long) == {}
    catalogue.delete([long])
    assert database.value("SELECT count(*) FROM picture_pages") == 0
    database.close()


def test_scans_of_before_are_read_again(tmp_path, monkeypatch):
    place = tmp_path / "carrel.db"
    before = migrations.STEPS[: migrations.STEPS.index(m006_pictures)]
    with monkeypatch.context() as old:
        old.setattr(migrations, "STEPS", before)
        old.setattr(migrations, "LATEST", before[-1].NUMBER)
        Database(place).close()
    raw = connect(place, None)
    for path, reason in (
        ("/scan.pdf", "3 pages are pictures without text. Run text recognition (OCR) on it."),
        ("/empty.txt", "The file is empty."),
    ):
        raw.execute(
            "INSERT INTO documents(path, size, modified_ns, digest, status, code, reason)"
            " VALUES (?, 9, 9, 'd', 'empty', 'empty', ?)",
            (path, reason),
        )
    raw.commit()
    raw.close()
    database = Database(place)
    catalogue = Catalogue(database)
    assert catalogue.known("/scan.pdf").state == FileState(-1, 9)
    assert catalogue.known("/empty.txt").state == FileState(9, 9)
    database.close()
