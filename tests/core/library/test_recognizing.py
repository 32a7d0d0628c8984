"""Text in pictures is recognized when the user wants it: last, page by page; nothing is lost."""

import threading

import pytest

from carrel.errors import Cancelled, UserError
from carrel.library.watching import Keeper
from carrel.store import listing

from ..fake_core import FakeCore, ScriptedRecognizer
from ..reading.scans import encoded, noise, picture, scan

GREY = picture([], 300)


class Stopping(ScriptedRecognizer):
    """Stops the work, or ends as a killed process does, in the middle of a page."""

    def __init__(self, script, after, error=None):
        super().__init__(script)
        self.left, self.error = after, error
        self.stop = threading.Event()

    def recognize(self, picture, languages, cancel=None):
        if self.left == 0:
            if self.error is not None:
                raise self.error
            self.stop.set()
            raise Cancelled("Stopped.")
        self.left -= 1
        return super().recognize(picture, languages, cancel)


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "note.txt").write_text("The fence is painted in June.")
    return folder


@pytest.fixture
def made(profile):
    cores = []

    def make(recognizer):
        for one in cores:
            one.close()
        cores[:] = [FakeCore(profile, recognizer=recognizer)]
        return cores[0]

    yield make
    for one in cores:
        one.close()


def rows(core):
    found, _ = listing.documents(core.library.database)
    return {row.title or row.path.rsplit("/")[-1]: row for row in found}


def status(core):
    return {
        row.path.rsplit("/")[-1]: (row.status, row.code, row.ocr) for row in rows(core).values()
    }


def test_unless_the_user_said_yes_pictures_wait_and_are_counted(made, docs):
    core = made(ScriptedRecognizer())
    (docs / "a.png").write_bytes(encoded(GREY, "PNG"))
    (docs / "scan.pdf").write_bytes(scan([GREY, GREY]))
    added = core.library.add([str(docs)])
    assert (added.documents, sorted(one.code for one in added.skipped)) == (1, ["pictures"] * 2)
    assert status(core)["a.png"] == ("empty", "pictures", False)
    state = core.library.recognition()
    assert (state.setting, state.documents, state.pages) == ("ask", 2, 3)
    assert state.words.startswith("2 documents are partly or wholly pictures")
    assert "carrel ocr on" in state.words
    core.settings.set("ocr", "off")
    core.library.sync()
    assert core.recognizer.pictures == []
    assert core.library.recognition().words == ""


def test_switched_on_what_waits_is_recognized_at_the_next_sync(made, docs):
    core = made(
        ScriptedRecognizer(["The invoice is over 318 euros.", "First the lease.", "Then pets."])
    )
    (docs / "a.png").write_bytes(encoded(GREY, "PNG"))
    (docs / "scan.pdf").write_bytes(scan([GREY, GREY]))
    core.library.add([str(docs)])
    core.settings.set("ocr", "on")
    seen = []
    core.library.sync((), seen.append)
    assert status(core) == {
        "a.png": ("indexed", "", True), "note.txt": ("indexed", "", False),
        "scan.pdf": ("indexed", "", True),
    }  # fmt: skip
    (hit,) = core.library.search("Which pets?", k=1)
    text, pages = core.library.catalogue.text(str(docs / "scan.pdf"))
    assert text == "First the lease.\n\nThen pets."
    assert [text[p.start : p.end] for p in pages] == ["First the lease.", "Then pets."]
    assert hit.document == str(docs / "scan.pdf")
    assert core.library.recognition().documents == 0
    progress = [(p.documents_done, p.documents_total) for p in seen if p.stage == "recognizing"]
    assert progress[0] == (0, 3)
    assert core.library.sync().unchanged == 3  # nothing is recognized twice
    assert len(core.recognizer.pictures) == 3


def test_ordinary_files_are_searchable_before_the_first_page(made, docs):
    class Looking(ScriptedRecognizer):
        def recognize(self, picture, languages, cancel=None):
            self.found = core.library.search("When is the fence painted?", k=1)
            self.counts = core.library._index.counts()
            return super().recognize(picture, languages, cancel)

    core = made(Looking(["Words."]))
    core.settings.set("ocr", "on")
    (docs / "a.png").write_bytes(encoded(GREY, "PNG"))
    core.library.add([str(docs)])
    assert [hit.text for hit in core.recognizer.found] == ["The fence is painted in June."]
    assert core.recognizer.counts == (1, 1)  # by words and by meaning


def test_of_a_mixed_pdf_only_the_picture_pages_are_recognized(made, docs):
    core = made(ScriptedRecognizer(["A stamp of the harbour office."]))
    core.settings.set("ocr", "on")
    (docs / "mixed.pdf").write_bytes(scan([["The first page is text."], GREY, ["The end."]]))
    core.library.add([str(docs / "mixed.pdf")])
    text, _ = core.library.catalogue.text(str(docs / "mixed.pdf"))
    assert text == "The first page is text.\n\nA stamp of the harbour office.\n\nThe end."
    assert len(core.recognizer.pictures) == 1
    assert core.recognizer.pictures[0][0] == 2550  # 300 dots per inch
    hits = core.library.search("harbour office stamp", k=3)
    assert [hit.page for hit in hits if "stamp" in hit.text] in ([1], [2])
    passages, vectors = core.library._index.counts()
    assert passages == vectors == core.library.catalogue.counts()[0]


def test_a_mixed_pdf_is_searchable_without_its_pictures_and_stays_so(made, docs):
    core = made(ScriptedRecognizer([""]))
    (docs / "mixed.pdf").write_bytes(scan([["The first page is text."], GREY]))
    core.library.add([str(docs / "mixed.pdf")])
    assert status(core)["mixed.pdf"] == ("indexed", "", False)
    assert core.library.recognition().pages == 1
    core.settings.set("ocr", "on")
    core.library.sync()
    assert status(core)["mixed.pdf"][0] == "indexed"
    assert core.library.recognition().pages == 0


def test_pictures_without_words_settle_with_a_reason_and_are_not_tried_again(made, docs):
    core = made(ScriptedRecognizer(["", ""]))
    core.settings.set("ocr", "on")
    (docs / "cat.png").write_bytes(encoded(noise(), "PNG"))
    core.library.add([str(docs)])
    row = rows(core)["cat.png"]
    assert (row.status, row.code) == ("empty", "no_words")
    assert row.reason.startswith("The page is a picture without text. No words were recognized.")
    core.library.sync()
    assert len(core.recognizer.pictures) == 1
    core.library.retry([str(docs / "cat.png")])  # asked for, it is
    assert len(core.recognizer.pictures) == 2


def test_a_damaged_picture_costs_nobody_else(made, docs):
    core = made(ScriptedRecognizer(["Fine words."]))
    core.settings.set("ocr", "on")
    whole = encoded(noise(), "PNG")
    (docs / "cut.png").write_bytes(whole[: len(whole) // 2])
    (docs / "good.png").write_bytes(encoded(GREY, "PNG"))
    core.library.add([str(docs)])
    assert status(core)["good.png"] == ("indexed", "", True)
    assert "damaged or cut short" in rows(core)["cut.png"].reason


@pytest.mark.parametrize("error", [None, KeyboardInterrupt()])
def test_a_stop_or_a_kill_in_a_long_scan_loses_no_page(made, docs, error):
    pages = ["One is bread.", "Two is milk.", "Three is cheese."]
    stopping = Stopping(pages[:2], 2, error)
    core = made(stopping)
    core.settings.set("ocr", "on")
    (docs / "scan.pdf").write_bytes(scan([GREY] * 3))
    with pytest.raises((Cancelled, KeyboardInterrupt)):
        core.library.add([str(docs)], cancel=stopping.stop)
    assert status(core)["note.txt"][0] == "indexed"
    again = ScriptedRecognizer(pages[2:])
    core = made(again)
    core.library.sync()
    assert len(again.pictures) == 1
    text, _ = core.library.catalogue.text(str(docs / "scan.pdf"))
    assert text == "\n\n".join(pages)


def test_a_file_that_changed_meanwhile_is_read_anew_first(made, docs):
    core = made(ScriptedRecognizer(["New words."]))
    (docs / "a.png").write_bytes(encoded(GREY, "PNG"))
    core.library.add([str(docs)])
    core.settings.set("ocr", "on")
    (docs / "a.png").write_bytes(encoded(noise(), "PNG"))
    core.library.recognize(lambda progress: None, threading.Event())
    assert core.recognizer.pictures == []  # not the picture that the library knows
    core.library.sync()
    assert status(core)["a.png"] == ("indexed", "", True)


def test_when_it_cannot_work_the_pages_wait_and_the_reason_is_kept(made, docs):
    class Broken(ScriptedRecognizer):
        def languages(self):
            raise UserError(
                "The program tesseract is not installed.", "Install it.", "no_tesseract"
            )

    core = made(Broken())
    core.settings.set("ocr", "on")
    (docs / "a.png").write_bytes(encoded(GREY, "PNG"))
    assert core.library.add([str(docs)]).documents == 1
    assert "not installed" in core.library.recognition().problem
    assert core.library.recognition().documents == 1
    with pytest.raises(UserError, match="not installed"):
        core.library.recognize(lambda progress: None, threading.Event())
    core = made(ScriptedRecognizer(["Words."]))
    core.library.sync()
    assert status(core)["a.png"] == ("indexed", "", True)


def test_it_waits_at_the_gate_before_each_page(made, docs):
    core = made(ScriptedRecognizer(["One.", "Two."]))
    (docs / "scan.pdf").write_bytes(scan([GREY] * 2))
    core.library.add([str(docs)])
    core.settings.set("ocr", "on")
    passed = []
    core.library.gate.wait = lambda cancel: passed.append(len(core.recognizer.pictures))
    core.library.recognize(lambda progress: None, threading.Event())
    assert {0, 1} <= set(passed)


def test_in_the_background_it_gives_way_to_whoever_changes_the_library(made, docs):
    """Between two pages another file is added, and is searchable before the next page."""
    adding = []

    class Interrupted(ScriptedRecognizer):
        def recognize(self, picture, languages, cancel=None):
            if not self.pictures:
                adding.append(threading.Thread(target=core.library.add, args=([str(late)],)))
                adding[0].start()
                while not core.library._line.is_set():
                    adding[0].join(0.01)
            return super().recognize(picture, languages, cancel)

    core = made(Interrupted(["One is bread.", "Two is milk."]))
    late = docs.parent / "late.txt"
    late.write_text("The late file speaks of boats.")
    (docs / "scan.pdf").write_bytes(scan([GREY] * 2))
    core.library.wait_politely()
    core.settings.set("ocr", "on")
    core.library.add([str(docs)])
    assert core.recognizer.pictures == []  # in a window's desk the keeper does it
    core.library.recognize(lambda progress: None, threading.Event())
    adding[0].join()
    assert len(core.recognizer.pictures) == 1
    assert core.library.wanted.is_set()  # the keeper comes back for the rest
    assert status(core)["scan.pdf"] == ("empty", "pictures", False)
    assert core.library.search("boats", k=1)[0].document == str(late)
    core.library.recognize(lambda progress: None, threading.Event())
    assert status(core)["scan.pdf"] == ("indexed", "", True)


def test_the_keeper_recognizes_what_waits(made, docs):
    core = made(ScriptedRecognizer(["Words of a picture."]))
    (docs / "a.png").write_bytes(encoded(GREY, "PNG"))
    core.library.wait_politely()
    core.settings.set("ocr", "on")
    core.library.add([str(docs)])
    looked = threading.Event()
    keeper = Keeper(
        core.library, lambda progress: None,
        done=lambda: looked.set() if core.recognizer.pictures else None,
    )  # fmt: skip
    keeper.start()
    assert looked.wait(60)
    keeper.stop()
    assert keeper.problem == ""
    assert status(core)["a.png"] == ("indexed", "", True)
