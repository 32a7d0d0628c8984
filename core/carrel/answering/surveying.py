"""One question to every document: none is skipped, and each gets its best sentence or "nothing".

Per document: its passages are searched, the same gate as in Ask decides whether it holds an answer,
and only then its best sentence is quoted. A row is saved when it is made, so that a survey that was
stopped goes on where it was.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from carrel.answering import gates, verbatim
from carrel.answering.everywhere import asked_of_each
from carrel.answering.rarity import content_stems
from carrel.desk.library_requests import Survey, SurveyIs, SurveyRow
from carrel.errors import UserError
from carrel.store.surveys import READABLE, Surveyed, Surveys

if TYPE_CHECKING:
    from collections.abc import Callable

    from carrel.events import Hit
    from carrel.library.library import Library

    Answerer = Callable[[str, Sequence[Hit], threading.Event], str]

PASSAGES = 5
"""Passages of a document that are looked at: the gate compares the best with the third."""
_LONGEST = 360  # characters of a passage that is quoted because no sentence can stand alone


class _Plan(NamedTuple):
    survey_id: int  # 0: nothing is saved
    question: str
    answers: bool
    documents: list[Surveyed]
    done: dict[int, SurveyRow]


class Surveyor:
    """Asks every document. `answer` writes one line from passages; `store` None saves nothing."""

    def __init__(self, library: Library, store: Surveys | None, answer: Answerer) -> None:
        self._library = library
        self._store = store
        self._answer = answer
        self._reading = store or Surveys(library.database)

    def run(self, request: Survey, cancel: threading.Event) -> Iterator[SurveyRow | SurveyIs]:
        """SurveyRow for each document, in order of their paths, then SurveyIs.

        Rows that an earlier run saved come first. Ends early, with a SurveyIs that is not complete,
        when `cancel` is set. Raises UserError for an empty question or an unknown survey.
        """
        plan = self._plan(request)
        rows = list(plan.done.values())
        yield from rows
        for document in plan.documents:
            if cancel.is_set():
                break
            if document.document_id in plan.done:
                continue
            row = self._row(plan, document, cancel)
            if cancel.is_set():
                break  # an answer that was stopped is not saved as the whole one
            if self._store is not None:
                self._store.keep(plan.survey_id, document.document_id, row)
            rows.append(row)
            yield row
        yield self._state(plan, rows)

    def states(self) -> list[SurveyIs]:
        """All saved surveys, newest first."""
        return [self.state(number)[0] for number in self._reading.ids()]

    def state(self, survey_id: int) -> tuple[SurveyIs, list[SurveyRow]]:
        """A saved survey and its rows. Raises UserError when it is unknown."""
        _, collections, _ = self._reading.wish(survey_id)
        rows = list(self._reading.done(survey_id).values())
        documents = len(self._documents(collections, gone=True))
        return self._reading.state(survey_id, max(documents, len(rows)), rows), rows

    def _plan(self, request: Survey) -> _Plan:
        question, names, answers = request.question.strip(), request.collections, request.answers
        if request.survey_id:
            question, names, answers = self._reading.wish(request.survey_id)
        elif not question:
            raise UserError("The question is empty.", "Type a question first.", "empty_question")
        documents = self._documents(names)
        survey_id = request.survey_id
        if not survey_id and self._store is not None:
            survey_id = self._store.begin(question, names, answers)
        done = self._reading.done(survey_id) if survey_id else {}
        return _Plan(survey_id, question, answers, documents, done)

    def _documents(self, names: Sequence[str], gone: bool = False) -> list[Surveyed]:
        """The documents of these collections; with `gone`, a collection that was removed has
        none."""
        known = set(self._library.catalogue.collection_names())
        if gone and names and not known.issuperset(names):
            names = [name for name in names if name in known]
            if not names:
                return []
        return self._reading.documents(self._library.catalogue.scope(names))

    def _row(self, plan: _Plan, document: Surveyed, cancel: threading.Event) -> SurveyRow:
        row = SurveyRow(
            survey_id=plan.survey_id, document=document.path, title=document.title,
            verdict="no text", reason=document.reason or "Carrel has not read it yet.",
        )  # fmt: skip
        if document.status not in READABLE:
            return row
        library = self._library
        asked = asked_of_each(plan.question)
        hits = library.search_document(asked, document.document_id, PASSAGES)
        embedder = library.ready_embedder()
        best = verbatim.ranked(asked, hits, embedder)
        evidence = gates.judged(asked, hits, best, embedder, library.has_vectors())
        found = {"yes": "found", "doubtful": "doubtful"}.get(evidence.found, "nothing found")
        if asked != plan.question and _says_all(asked, hits):
            found = "found"  # "which documents mention X" asks for words, not for an answer
        fields: dict[str, object] = {"verdict": found, "reason": "", "score": evidence.closest}
        if found != "nothing found":
            fields |= self._quoted(best, hits)
            if plan.answers:
                fields["answer"] = self._answer(plan.question, hits, cancel)
        return _with(row, fields)

    def _quoted(self, best: Sequence[verbatim.Ranked], hits: Sequence[Hit]) -> dict[str, object]:
        """The best sentence; the beginning of the best passage where none can be quoted alone."""
        if best:
            quote = best[0].quote()
            return {"quote": quote.text, "page": quote.page, "start": quote.start, "end": quote.end}
        text = hits[0].text[:_LONGEST]
        start = hits[0].start
        return {"quote": text, "page": hits[0].page, "start": start, "end": start + len(text)}

    def _state(self, plan: _Plan, rows: Sequence[SurveyRow]) -> SurveyIs:
        if plan.survey_id:
            return self._reading.state(plan.survey_id, len(plan.documents), rows)
        return SurveyIs(
            id=0, question=plan.question, collections=[], created=0.0,
            documents=len(plan.documents), done=len(rows),
            found=sum(r.verdict == "found" for r in rows),
            complete=len(rows) >= len(plan.documents),
        )  # fmt: skip


def _says_all(words: str, hits: Sequence[Hit]) -> bool:
    """Whether one passage says all of these words, in any form."""
    wanted = set(content_stems(words))
    return bool(wanted) and any(wanted <= set(content_stems(hit.text)) for hit in hits)


def _with(row: SurveyRow, fields: dict[str, object]) -> SurveyRow:
    return msgspec.structs.replace(row, **fields)
