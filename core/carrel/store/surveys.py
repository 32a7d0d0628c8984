"""Surveys in carrel.db: their questions, and the rows that are done."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from carrel.desk.library_requests import SurveyIs, SurveyRow
from carrel.errors import UserError

if TYPE_CHECKING:
    from carrel.store.database import Database

READABLE = ("indexed", "keyword_only")


class Surveyed(NamedTuple):
    """A document of a survey: what is known of it before it is asked."""

    document_id: int
    path: str
    title: str
    status: str
    reason: str


class Surveys:
    """The part of carrel.db that is about surveys."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(self, question: str, collections: Sequence[str], answers: bool) -> int:
        """Note a new survey. Returns its id."""
        with self._db.write() as db:
            done = db.execute(
                "INSERT INTO surveys(question, collections, answers, created) VALUES (?, ?, ?, ?)",
                (question, msgspec.json.encode(list(collections)).decode(), answers, time.time()),
            )
        return int(done.lastrowid)

    def wish(self, survey_id: int) -> tuple[str, list[str], bool]:
        """Question, collections and whether the model answers. Raises UserError when unknown."""
        row = self._db.one(
            "SELECT question, collections, answers FROM surveys WHERE id=?", (survey_id,)
        )
        if row is None:
            raise UserError(
                f"There is no survey {survey_id}.", "See carrel survey --list.", "survey"
            )
        return row[0], msgspec.json.decode(row[1], type=list[str]), bool(row[2])

    def keep(self, survey_id: int, document_id: int, row: SurveyRow) -> None:
        """Save the row of one document."""
        values = survey_id, document_id, msgspec.json.encode(row).decode()
        with self._db.write() as db:
            db.execute("INSERT OR REPLACE INTO survey_rows VALUES (?, ?, ?)", values)

    def done(self, survey_id: int) -> dict[int, SurveyRow]:
        """The saved rows by document, with each document's path as it is now, by path."""
        found = self._db.rows(
            "SELECT r.document_id, d.path, r.row FROM survey_rows r JOIN documents d"
            " ON d.id=r.document_id WHERE r.survey_id=? ORDER BY d.path",
            (survey_id,),
        )
        return {
            number: msgspec.structs.replace(msgspec.json.decode(row, type=SurveyRow), document=path)
            for number, path, row in found
        }

    def documents(self, scope: Sequence[int] | None) -> list[Surveyed]:
        """Every document of a scope (None: of the library) by path, whatever its status."""
        wanted = None if scope is None else set(scope)
        rows = self._db.rows("SELECT id, path, title, status, reason FROM documents ORDER BY path")
        return [Surveyed(*row) for row in rows if wanted is None or row[0] in wanted]

    def state(self, survey_id: int, documents: int, rows: Sequence[SurveyRow]) -> SurveyIs:
        """A survey with its counts: of `documents` in scope, `rows` are done."""
        question, collections, _ = self.wish(survey_id)
        created = self._db.value("SELECT created FROM surveys WHERE id=?", (survey_id,))
        return SurveyIs(
            id=survey_id, question=question, collections=collections, created=created,
            documents=documents, done=len(rows), found=sum(r.verdict == "found" for r in rows),
            complete=len(rows) >= documents,
        )  # fmt: skip

    def ids(self) -> list[int]:
        """All surveys, newest first."""
        return [row[0] for row in self._db.rows("SELECT id FROM surveys ORDER BY id DESC")]

    def remove(self, survey_id: int) -> None:
        """Remove a survey with its rows."""
        with self._db.write() as db:
            db.execute("DELETE FROM surveys WHERE id=?", (survey_id,))
