"""Text that cannot be seen is counted and kept, and no question finds it."""

import json

import pytest

from tests.core.reading.pdf_maker import document, line
from tests.core.test_cli import document as told
from tests.core.test_cli import run


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unseen")
    docs = folder / "docs"
    docs.mkdir()
    hidden = "1 g BT /A 12 Tf 50 600 Td (Zebra passwords are wanted) Tj ET 0 g"
    page = [line("The rent is due in March.")]
    (docs / "lease.pdf").write_bytes(document([page], drawn=hidden))
    (docs / "ghost.pdf").write_bytes(document([[]], drawn=hidden))
    (docs / "plain.txt").write_text("The zebra is striped.", "utf-8")
    told(run(folder, "add", str(docs), "--json"))
    return folder


def test_documents_say_how_much_cannot_be_seen(library):
    rows = told(run(library, "documents", "--json"))["documents"]
    found = {row["path"].rsplit("/", 1)[1]: row for row in rows}
    assert {name: row["unseen"] for name, row in found.items()} == {
        "lease.pdf": 23, "ghost.pdf": 0, "plain.txt": 0,
    }  # fmt: skip
    assert (found["ghost.pdf"]["status"], found["ghost.pdf"]["code"]) == ("empty", "unseen")
    shown = run(library, "documents").stdout
    assert "23 characters of it cannot be seen on its pages (white or tiny text)." in shown
    assert "None of the file's text can be seen: its 23 characters" in shown


def test_it_is_kept_and_not_found(library):
    path = str(library / "docs" / "lease.pdf")
    text = told(run(library, "text", path, "--json"))
    assert text["text"].endswith("\n\nZebra passwords are wanted")
    assert text["pages"][-1]["end"] <= text["text"].index("Zebra")
    hits = told(run(library, "search", "zebra passwords rent", "--json"))["hits"]
    assert {hit["document"].rsplit("/", 1)[1] for hit in hits} == {"lease.pdf", "plain.txt"}
    for hit in hits:
        assert "passwords" not in hit["text"]
        if hit["document"] == path:
            assert hit["text"] == text["text"][hit["start"] : hit["end"]]
    assert "passwords" not in json.dumps(hits)
