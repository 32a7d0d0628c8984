"""`carrel ocr`: asked once, then scans and pictures are found like everything else."""

import json
import shutil

import pytest

from .reading.scans import encoded, picture, scan
from .test_cli import document, run

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="the program tesseract is not installed"
)
INVOICE = ["Invoice 4711 of the Kestrel Plumbing Company", "Total amount due: 318 euros"]
LEASE = [
    ["This lease begins on the first of April."],
    ["The tenant pays a deposit of 2,400 euros.", "Pets need a written permission."],
]


@pytest.fixture
def folder(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "invoice.png").write_bytes(encoded(picture(INVOICE, 1200), "PNG"))
    (docs / "lease.pdf").write_bytes(scan([picture(page, 1700) for page in LEASE]))
    return tmp_path


@needs_tesseract
def test_what_waits_is_said_recognized_found_and_cited_with_its_page(folder):
    docs = folder / "docs"
    added = run(folder, "add", str(docs), "--json")
    assert {one["code"] for one in document(added)["skipped"]} == {"pictures"}
    assert "2 documents are partly or wholly pictures" in added.stderr
    assert "`carrel ocr on`" in added.stderr
    before = document(run(folder, "ocr", "--json"))
    assert (before["ocr"], before["documents"], before["pages"]) == ("ask", 2, 3)
    assert "eng" in before["languages"]
    done = document(run(folder, "ocr", "on", "--languages", "eng", "--json"))
    assert (done["ocr"], done["documents"], done["problem"]) == ("on", 0, "")
    found = document(run(folder, "documents", "--json"))["documents"]
    assert {(one["status"], one["ocr"]) for one in found} == {("indexed", True)}
    assert run(folder, "documents").stdout.count("OCR text") == 2
    hit = document(run(folder, "search", "deposit", "--json"))["hits"][0]
    read = document(run(folder, "text", str(docs / "lease.pdf"), "--json"))
    text = read["text"]
    assert hit["document"] == str(docs / "lease.pdf")
    assert text[hit["start"] : hit["end"]] == hit["text"]
    asked = document(run(folder, "ask", "How high is the tenant's deposit?", "--json"))
    quote = asked["verbatim"][0]
    assert quote["document"] == str(docs / "lease.pdf")
    assert "deposit of 2,400 euros" in quote["text"]
    places = [p["page"] for p in read["pages"] if p["start"] <= quote["start"] < p["end"]]
    assert places == [2]
    amount = document(run(folder, "search", "Kestrel invoice amount", "--json"))["hits"][0]
    assert (amount["document"], amount["page"]) == (str(docs / "invoice.png"), 1)


@needs_tesseract
def test_never_is_never(folder):
    assert document(run(folder, "ocr", "off", "--json"))["ocr"] == "off"
    added = run(folder, "add", str(folder / "docs"), "--json")
    assert "pictures" not in added.stderr
    assert document(run(folder, "sync", "--json"))["passages"] == 0
    unknown = run(folder, "ocr", "on", "--languages", "tlh", "--json")
    assert unknown.returncode == 1
    assert "tesseract-ocr-tlh" in json.loads(unknown.stdout)["error"]["what_to_do"]
    assert document(run(folder, "ocr", "--json"))["ocr"] == "off"


def test_without_tesseract_it_says_which_package(folder, monkeypatch):
    monkeypatch.setenv("PATH", str(folder))
    added = run(folder, "add", str(folder / "docs"), "--json")
    assert document(added)["documents"] == 0
    assert "tesseract-ocr-eng" in added.stderr
    refused = run(folder, "ocr", "on")
    assert refused.returncode == 1
    assert "not installed" in refused.stderr
