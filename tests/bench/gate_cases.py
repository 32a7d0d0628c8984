"""Questions with what a real library finds for them, with and without an answer in it.

The texts of CARREL_EVAL_DATA become one library in build/bench-gate, a collection for each set; the
hits are kept beside it, so that they are searched once (some minutes).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from carrel.compose import Core
from carrel.events import Hit
from carrel.profile import Profile

FOLDER = Path("build/bench-gate")
KEPT = FOLDER / "cases.jsonl"
LONGEST = 250_000  # characters of a corpus of chunking_eval
K = 10


class Case(msgspec.Struct):
    """A question and its hits. `answered` says whether the answer is in what was searched; `home`
    keeps questions about one document in one fold; `found` whether its passage is among the hits.

    Sets: "page" (clapnq, only the right page is searched), "pages" (clapnq, all pages), "removed"
    (nq_oracle, everything but the passage when not answered), "foreign" (chunking_eval, its own
    corpus or another one).
    """

    set: str
    answered: bool
    question: str
    home: str
    hits: list[Hit]
    found: bool = False


def cases() -> list[Case]:
    """All cases, searched when they are not kept yet."""
    if not KEPT.exists():
        if "CARREL_EVAL_DATA" not in os.environ:
            sys.exit("Set CARREL_EVAL_DATA to the folder with clapnq, nq_oracle, chunking_eval.")
        made = list(_searched(Path(os.environ["CARREL_EVAL_DATA"])))
        KEPT.write_bytes(b"\n".join(msgspec.json.encode(one) for one in made))
    return [msgspec.json.decode(line, type=Case) for line in KEPT.read_bytes().splitlines()]


def _searched(data: Path) -> Iterator[Case]:
    with Core(Profile.at(FOLDER / "profile")) as core:
        yield from _clapnq(core, data)
        yield from _removed(core, data)
        yield from _foreign(core, data)


def _clapnq(core: Core, data: Path) -> Iterator[Case]:
    rows = [
        (part == "answerable", row)
        for part in ("answerable", "unanswerable")
        for row in _read(data / "clapnq" / f"{part}.jsonl")
    ]
    texts = [(row["passages"][0]["title"], row["passages"][0]["text"]) for _, row in rows]
    homes = _add(core, "clapnq", texts)
    ids = _ids(core)
    for (answered, row), home in zip(rows, homes, strict=True):
        question, name = row["input"], Path(home).name
        page = core.library.search_document(question, ids[home], K)
        yield Case("page", answered, question, name, page, answered)
        pages = core.library.search(question, K, ["clapnq"])
        found = answered and any(hit.document == home for hit in pages)
        yield Case("pages", answered, question, name, pages, found)


def _removed(core: Core, data: Path) -> Iterator[Case]:
    rows = _read(data / "nq_oracle" / "nq_oracle.jsonl")
    homes = _add(core, "nq", [(row["title"], row["text"]) for row in rows])
    for row, home in zip(rows, homes, strict=True):
        hits = core.library.search(row["question"], 2 * K, ["nq"])
        name = Path(home).name
        found = any(hit.document == home for hit in hits[:K])
        yield Case("removed", True, row["question"], name, hits[:K], found)
        others = [hit for hit in hits if hit.document != home][:K]
        yield Case("removed", False, row["question"], name, others)


def _foreign(core: Core, data: Path) -> Iterator[Case]:
    folder = data / "chunking_eval"
    questions = _read(folder / "questions.jsonl")
    for path in sorted((folder / "corpora").glob("*.md")):
        _add(core, path.stem, [(path.stem, path.read_text(encoding="utf-8")[:LONGEST])])
        for row in questions:
            own = row["corpus"] == path.stem
            if own and max(one["end_index"] for one in row["references"]) >= LONGEST:
                continue
            hits = core.library.search(row["question"], K, [path.stem])
            yield Case("foreign", own, row["question"], row["question"], hits)


def _add(core: Core, name: str, texts: list[tuple[str, str]]) -> list[str]:
    """Make a collection with a Markdown file for each text. Returns their paths."""
    paths = []
    for number, (title, text) in enumerate(texts):
        safe = "".join(c if c.isalnum() or c in " -" else "_" for c in title)[:80].strip() or "_"
        path = (FOLDER / "texts" / name / str(number) / f"{safe}.md").absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {title}\n\n{text.strip()}\n", encoding="utf-8")
        paths.append(str(path))
    core.library.add([str((FOLDER / "texts" / name).absolute())], name)
    return paths


def _ids(core: Core) -> dict[str, int]:
    rows = core.library.database.rows("SELECT path, id FROM documents")
    return {str(row[0]): int(row[1]) for row in rows}


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
