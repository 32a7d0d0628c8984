"""The sample folder is what its sources say, and holds one clear answer to the demo's question."""

from __future__ import annotations

import runpy
from pathlib import Path

import docx
import pypdf

from tests.packaging.setup_modules import ROOT

SOURCES = ROOT / "packaging" / "samples"
SAMPLES = ROOT / "core" / "carrel" / "samples"
MAKE = runpy.run_path(str(SOURCES / "make.py"))


def words(text: str) -> list[str]:
    return text.replace("#", " ").split()


def test_the_pdf_is_the_one_its_source_makes() -> None:
    text = (SOURCES / "boiler-manual.txt").read_text(encoding="utf-8")
    made = MAKE["pdf"](text, "Kestrel 24: manual for the user")
    assert (SAMPLES / "boiler-manual.pdf").read_bytes() == made


def test_a_strict_reader_finds_every_word_of_the_pdf() -> None:
    reader = pypdf.PdfReader(SAMPLES / "boiler-manual.pdf", strict=True)
    assert len(reader.pages) >= 2
    numbers = {str(n) for n in range(1, len(reader.pages) + 1)}
    found = [
        word
        for page in reader.pages
        for word in words(page.extract_text())[:-1]  # the last is the page's number
    ]
    source = words((SOURCES / "boiler-manual.txt").read_text(encoding="utf-8"))
    assert found == source
    assert {words(page.extract_text())[-1] for page in reader.pages} == numbers


def test_the_word_file_says_what_its_source_says() -> None:
    document = docx.Document(str(SAMPLES / "timber-contract.docx"))
    found = [word for p in document.paragraphs for word in words(p.text)]
    assert found == words((SOURCES / "timber-contract.txt").read_text(encoding="utf-8"))
    assert document.paragraphs[0].style is not None
    assert document.paragraphs[0].style.name == "Heading 1"


def test_the_demo_question_has_one_clear_answer() -> None:
    texts = {p.name: p.read_text(encoding="utf-8") for p in sample_texts()}
    assert "the landlord pays for the repair" in texts["lease.md"]
    assert "within 48 hours" in texts["lease.md"]
    assert [name for name, text in texts.items() if "48 hours" in text] == ["lease.md"]


def test_every_format_is_among_the_samples() -> None:
    suffixes = {p.suffix for p in SAMPLES.iterdir() if p.is_file()}
    assert suffixes == {".md", ".txt", ".html", ".pdf", ".docx"}


def sample_texts() -> list[Path]:
    return [p for p in SAMPLES.iterdir() if p.suffix in (".md", ".txt", ".html")]
