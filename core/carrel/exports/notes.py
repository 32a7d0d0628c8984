"""What all readable exports share: an answer cut where its marks stand, and its numbered notes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from carrel.desk.conversation_requests import TurnRow
from carrel.events import Answer, Citation
from carrel.exports.gathering import Export, SourceFile

ORIGINS = {
    "files": "From the files",
    "model": "From the model, not from the files",
    "both": "From the files and the model",
    "none": "Not in the files",
}


class Piece(NamedTuple):
    """A part of an answer; `unsupported` has no passage behind it, `notes` stand after it."""

    text: str
    unsupported: bool
    notes: list[int]


class Note(NamedTuple):
    """One note: where the quote stands, the quote, and how the file can be checked."""

    number: int
    place: str
    quote: str
    hash: str


def pieces(answer: Answer) -> list[Piece]:
    """The answer in parts, in order; joined their texts are the answer."""
    text = answer.answer
    after: dict[int, set[int]] = {}
    for one in answer.citations:
        after.setdefault(_trimmed(text, one.answer_end), set()).add(one.n)
    cuts = {0, len(text), *after, *(at for span in answer.unsupported for at in span)}
    edges = sorted(at for at in cuts if 0 <= at <= len(text))
    return [
        Piece(
            text[start:end],
            any(first <= start and end <= last for first, last in answer.unsupported),
            sorted(after.get(end, ())),
        )
        for start, end in pairwise(edges)
    ]


def notes(answer: Answer, files: Mapping[str, SourceFile]) -> list[Note]:
    """One note per distinct quote; without citations the sentences that were shown word for word,
    numbered as well."""
    if answer.citations:
        distinct = {one.n: one for one in answer.citations}
        return [_note(n, distinct[n], files) for n in sorted(distinct)]
    return [
        Note(
            n,
            _place(one.document, one.page, one.start, one.end),
            one.text,
            _hash(one.document, files),
        )
        for n, one in enumerate(answer.verbatim, 1)
    ]


def files_of(export: Export) -> dict[str, SourceFile]:
    """The files of an export by the path that answers name."""
    return {one.path: one for one in export.documents}


def made_by(answer: Answer) -> list[str]:
    """The model and its adapters, each with its hash; empty when no model ran."""
    if answer.model is None:
        return []
    made = [f"Model {answer.model.id}{_sha(answer.model.sha256)}"]
    return made + [
        f"Adapter {one.id} × {one.scale:g}{_sha(one.sha256)}" for one in answer.model.adapters
    ]


def ending(turn: TurnRow) -> str:
    """What is to be said where an answer is missing or ended early."""
    if turn.state == "complete":
        return "" if turn.result.answer else "The files do not answer this."
    return f"Interrupted: {turn.note or 'the answer was not finished.'}"


def left_out(answer: Answer) -> str:
    """What did not fit the prompt, in one sentence; "" when everything did."""
    kinds = [one.kind for one in answer.left_out]
    said = [
        f"{kinds.count(kind)} {words}"
        for kind, words in (("passage", "passages"), ("turn", "earlier turns"))
        if kind in kinds
    ]
    return f"Left out of the prompt: {', '.join(said)}." if said else ""


def branch_words(turn: TurnRow) -> str:
    """ "Branch 2 of 3", "" where there is only one."""
    if len(turn.branches) < 2:
        return ""
    return f"Branch {turn.branches.index(turn.id) + 1} of {len(turn.branches)}"


def when(seconds: float) -> str:
    """A moment in the time of this computer."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(" ", "minutes")


def clean(text: str) -> str:
    """Text without control characters, which HTML does not allow and which hide things."""
    return "".join(sign if sign >= " " or sign in "\n\t" else "\ufffd" for sign in text)


def one_line(text: str) -> str:
    """Text of a file on one line, without the soft hyphens of a PDF's line ends."""
    return " ".join(text.replace("\u00ad", "").split())


def _note(n: int, one: Citation, files: Mapping[str, SourceFile]) -> Note:
    return Note(
        n, _place(one.document, one.page, one.start, one.end), one.quote, _hash(one.document, files)
    )


def _place(document: str, page: int | None, start: int, end: int) -> str:
    shown = f", page {page}" if page is not None else ""
    return f"{document}{shown}, characters {start}–{end}"


def _hash(document: str, files: Mapping[str, SourceFile]) -> str:
    file = files[document]
    if file.sha256 is None:
        return "The file is not there any more, or cannot be read."
    moved = f" The file lies at {file.now} now." if file.now != file.path else ""
    changed = " The file has changed since it was read." if file.state == "changed" else ""
    return f"SHA-256 {file.sha256}.{changed}{moved}"


def _sha(digest: str) -> str:
    return f", SHA-256 {digest}" if digest else ""


def _trimmed(text: str, end: int) -> int:
    """The end of a span without the white space at it, so that a number stands at the word."""
    return len(text[:end].rstrip())
