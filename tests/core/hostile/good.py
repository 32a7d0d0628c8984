"""Thirty good files that lie among the hostile ones: each has a sentence that no other has."""

from __future__ import annotations

from collections.abc import Callable

from tests.core.hostile.packages import KINDS
from tests.core.hostile.raw_zip import zipped
from tests.core.reading import office_files as office
from tests.core.reading import pdf_maker

_FIRST = [
    "Amber",
    "Birch",
    "Cedar",
    "Dahlia",
    "Elder",
    "Fern",
    "Ginger",
    "Hazel",
    "Indigo",
    "Juniper",
]


def _ods(words: str) -> bytes:
    cell = f"<table:table-cell><text:p>{words}</text:p></table:table-cell>"
    row = f"<table:table-row>{cell}</table:table-row>"
    return office.odf("spreadsheet", f'<table:table table:name="One">{row}</table:table>')


MAKERS: dict[str, Callable[[str], bytes]] = {
    "txt": lambda words: f"Title\n\n{words}\n\nMore.\n".encode(),
    "md": lambda words: f"# Title\n\n{words}\n".encode(),
    "html": lambda words: f"<h1>Title</h1><p>{words}</p>".encode(),
    "pdf": lambda words: pdf_maker.document([[pdf_maker.line(words)], [pdf_maker.line("Two.")]]),
    "csv": lambda words: f"number,text\n1,{words}\n".encode(),
    "ods": _ods,
    "eml": lambda words: f"From: a@example.org\nSubject: Mail\n\n{words}\n".encode(),
    "mbox": lambda words: f"From a\nSubject: Mail\n\n{words}\n".encode(),
    "log": lambda words: words.encode("utf-16"),
    **{kind.ending: lambda words, kind=kind: zipped(kind.entries(words)) for kind in KINDS},
}  # fmt: skip


def sentence(number: int) -> str:
    """What the good file of this number says."""
    return f"The {_FIRST[number % 10]} harbour keeps number {7_001 + number} in its ledger."


def files() -> dict[str, tuple[bytes, str]]:
    """The good files: name -> bytes, and the sentence that must be found in the text."""
    endings = list(MAKERS)
    found = {}
    for number in range(30):
        ending = endings[number % len(endings)]
        words = sentence(number)
        found[f"good{number:02}.{ending}"] = MAKERS[ending](words), words
    return found
