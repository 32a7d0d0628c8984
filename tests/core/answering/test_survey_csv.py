"""Surveys as CSV: whole, and harmless in a spreadsheet."""

import csv

import pytest

from carrel.answering.survey_csv import as_csv, write_csv
from carrel.desk.library_requests import SurveyRow
from carrel.errors import UserError

ROWS = [
    SurveyRow(survey_id=1, document='/a "b",c.txt', title="=1+1", verdict="found", quote="Zwei\nß",
              page=3, start=5, end=9, score=0.5),
    SurveyRow(survey_id=1, document="/\udcff.txt", title="t", verdict="no text", reason="Empty."),
]  # fmt: skip


def test_rows_come_back_and_formulas_are_texts(tmp_path):
    first, second = list(csv.DictReader(as_csv(ROWS).splitlines(keepends=True)))
    assert (first["document"], first["quote"], first["page"]) == (ROWS[0].document, "Zwei\nß", "3")
    assert first["title"] == "'=1+1"
    assert (second["page"], second["reason"]) == ("", "Empty.")


def test_the_file_is_written_whole_over_an_old_one(tmp_path):
    (tmp_path / "s.csv").write_text("old")
    write_csv(str(tmp_path / "s.csv"), ROWS)
    assert (tmp_path / "s.csv").read_text(encoding="utf-8-sig").startswith("document,title")
    assert [one.name for one in tmp_path.iterdir()] == ["s.csv"]
    with pytest.raises(UserError, match="cannot be written"):
        write_csv(str(tmp_path / "none" / "s.csv"), ROWS)
