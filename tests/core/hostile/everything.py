"""The whole corpus, and how it is laid out in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.core.hostile import (
    mails,
    names,
    offices,
    pages,
    pdfs,
    places,
    tables,
    texts,
    xmls,
    zips,
)
from tests.core.hostile.kinds import Hostile

# What takes seconds, or falls into thousands of passages: left out of the everyday run.
_HEAVY = """
mails/headers-many.eml mails/name-parts.eml mails/quoted.mbox office/chapters.epub
pages/entities.html pages/flat-tables.html pdfs/draw-same-place.pdf pdfs/flate-bomb.pdf
tables/cells-long.csv tables/empty-rows.csv tables/growing-rows.csv
texts/bullets.txt texts/initials-apart.txt
mails/blank.mbox mails/messages.mbox mails/parameters.eml mails/parts-flat.eml
office/deep-chapter.epub office/repeated-often.ods office/rows-empty.xlsx office/rows-many.xlsx
office/sheets-many.xlsx office/strings-amplified.xlsx office/strings-flood.xlsx
pages/attributes.html pages/attributes-most.html pages/deep-div.html pages/fence-open.md
pages/fences.md pages/front-open.md pages/heading-emphasis.md pages/heading-levels.md
pages/headings.md pages/lists.html pages/one-line.md pages/pre.html pages/rows.html
pages/spans.html pages/table-tall.md pages/table-wide.md
pdfs/count-million.pdf pdfs/double-flate.pdf pdfs/draw-marked.pdf pdfs/form-ladder.pdf
pdfs/form-self-many.pdf pdfs/objects.pdf pdfs/same-page.pdf
places/hole-inside.pdf places/holes.mbox places/holes.pdf
tables/million-columns-twice.csv tables/million-columns.csv tables/returns-mixed.csv
tables/returns.csv tables/short-rows.csv
texts/apostrophes.txt texts/initials.txt texts/largest.txt texts/ligature.txt
texts/lines-short.txt texts/minified.js texts/numbers.txt texts/one-line.txt
texts/one-word-wide.txt texts/paragraphs-million.txt texts/paragraphs.txt texts/stops-apart.txt
texts/stops-marks.txt texts/words.log
xmls/attributes.epub xmls/comments.xlsx xmls/long_text.epub xmls/siblings.epub xmls/siblings.odt
xmls/siblings.pptx xmls/siblings.xlsx
"""
HEAVY = frozenset(_HEAVY.split())
MODULES = (zips, xmls, offices, pdfs, pages, tables, mails, texts, places, names)


def corpus() -> Iterator[Hostile]:
    """Every hostile file."""
    for module in MODULES:
        yield from module.corpus()


def lay_out(folder: Path, *, heavy: bool) -> list[str]:
    """Write the corpus below a folder, with the heavy files or without; the paths in it."""
    made = []
    for one in corpus():
        if heavy or one.name not in HEAVY:
            path = folder / one.name
            path.parent.mkdir(parents=True, exist_ok=True)
            one.make(path)
            made.append(str(path))
    return made
