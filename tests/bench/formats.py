"""How many headings and table cells survive, against files with their expected Markdown.

    CARREL_EVAL_DATA=FOLDER python -m tests.bench.formats

FOLDER/docling_groundtruth/PAIRS.tsv names pairs of a file and its expected Markdown. A heading
(a line that begins with #) counts as found when a block of kind heading has the same text. A cell
of a table (not empty) counts when it is a cell of one of our tables, as often as it is expected.
Texts are compared without white space, case, comments and Markdown's marks, of which [x] and [ ]
are a ticked and an empty box.
"""

from __future__ import annotations

import html
import os
import re
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from carrel.errors import UserError
from carrel.reading.assemble import Document, read_file
from carrel.reading.inline import InlineReader

GOALS = {"pdf": (0.70, 0.80)}
USUAL_GOAL = (0.90, 0.95)
_RULE = re.compile(r"^[\s|:-]+$")
_MARKS = re.compile(r"[\s*_`\\#-]+")
_COMMENT = re.compile(r"<!--.*?-->")
_BOXES = str.maketrans({"☒": "[x]", "☑": "[x]", "☐": "[ ]"})
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


class Found(NamedTuple):
    """Headings and cells that were found, and that were expected."""

    headings: int = 0
    of_headings: int = 0
    cells: int = 0
    of_cells: int = 0


def measure(folder: Path) -> dict[str, list[tuple[str, Found]]]:
    """What was found, by format and file."""
    results: dict[str, list[tuple[str, Found]]] = {}
    for line in (folder / "PAIRS.tsv").read_text(encoding="utf-8").splitlines():
        source, truth = (folder / name for name in line.split("\t")[:2])
        if not source.is_file() or not truth.is_file():
            continue
        kind = source.suffix.lstrip(".").lower()
        wanted_headings, wanted_cells = expected(truth.read_text(encoding="utf-8"))
        headings, cells = read(source)
        found = Found(
            _common(headings, wanted_headings), wanted_headings.total(),
            _common(cells, wanted_cells), wanted_cells.total(),
        )  # fmt: skip
        results.setdefault(kind, []).append((source.name, found))
    return results


def expected(markdown: str) -> tuple[Counter[str], Counter[str]]:
    """Headings and table cells of the expected Markdown."""
    headings: Counter[str] = Counter()
    cells: Counter[str] = Counter()
    for line in markdown.splitlines():
        if line.startswith("#"):
            headings[plain(line)] += 1
        elif line.lstrip().startswith("|") and not _RULE.match(line):
            cells.update(text for cell in re.split(r"(?<!\\)\|", line) if (text := plain(cell)))
    headings.pop("", None)
    return headings, cells


def read(path: Path) -> tuple[Counter[str], Counter[str]]:
    """Headings and table cells that Carrel reads from a file; none when it is refused."""
    fd = os.open(path, os.O_RDONLY)
    try:
        document = read_file(InlineReader(), fd, path.name, timeout=60)
    except UserError as error:
        print(f"{path.name}: {error}", file=sys.stderr)
        return Counter(), Counter()
    finally:
        os.close(fd)
    return _headings(document), _cells(document)


def _headings(document: Document) -> Counter[str]:
    texts = (document.text[b.start : b.end] for b in document.blocks if b.kind == "heading")
    return Counter(plain(text) for text in texts)


def _cells(document: Document) -> Counter[str]:
    cells: Counter[str] = Counter()
    for block in document.blocks:
        if block.kind == "table":
            for line in document.text[block.start : block.end].splitlines():
                cells.update(text for cell in line.split(" | ") if (text := plain(cell)))
    return cells


def plain(text: str) -> str:
    """A text without white space, marks and case."""
    text = _COMMENT.sub("", text).translate(_BOXES)
    return _MARKS.sub("", html.unescape(_LINK.sub(r"\1", text))).casefold().strip("|")


def _common(found: Counter[str], wanted: Counter[str]) -> int:
    return (found & wanted).total()


def main() -> int:
    data = os.environ.get("CARREL_EVAL_DATA")
    if not data:
        print("Set CARREL_EVAL_DATA to the folder with docling_groundtruth.")
        return 2
    files = "--files" in sys.argv
    print(f"{'format':<8}{'files':>6}{'headings':>18}{'cells':>18}   goals")
    for kind, rows in sorted(measure(Path(data) / "docling_groundtruth").items()):
        total = Found(*(sum(column) for column in zip(*(found for _, found in rows), strict=True)))
        heading_goal, cell_goal = GOALS.get(kind, USUAL_GOAL)
        headings = _share(total.headings, total.of_headings)
        cells = _share(total.cells, total.of_cells)
        goals = f"{heading_goal} {cell_goal}"
        print(f"{kind:<8}{len(rows):>6}{headings:>18}{cells:>18}   {goals}")
        for name, found in rows if files else ():
            print(f"   {name:<40}{_share(found.headings, found.of_headings):>16}"
                  f"{_share(found.cells, found.of_cells):>18}")  # fmt: skip
    return 0


def _share(found: int, of: int) -> str:
    return f"{found / of:.3f} ({found}/{of})" if of else "-"


if __name__ == "__main__":
    sys.exit(main())
