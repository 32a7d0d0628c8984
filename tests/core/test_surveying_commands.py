"""`carrel survey` and `carrel summarize` as a person and a script use them."""

import csv

import pytest

from .fake_core import write_samples
from .test_cli import document, run

QUESTION = "Who bears the cost of repair of the heating boiler?"


@pytest.fixture
def folder(tmp_path):
    write_samples(tmp_path / "docs")
    document(run(tmp_path, "add", str(tmp_path / "docs"), "--json"))
    return tmp_path


def test_survey(folder):
    out = folder / "rows.csv"
    found = document(run(folder, "survey", QUESTION, "--answers", "--out", str(out), "--json"))
    assert [row["verdict"] for row in found["rows"]] == ["found", "nothing found"]
    assert "lessor" in found["rows"][0]["answer"]
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert [row["document"] for row in csv.DictReader(file)] == [
            row["document"] for row in found["rows"]
        ]
    (listed,) = document(run(folder, "survey", "--list", "--json"))["surveys"]
    assert (listed["id"], listed["complete"]) == (found["survey"], True)
    again = run(folder, "survey", "--resume", str(found["survey"]))
    assert "2 of 2 documents: 1 found" in again.stdout
    assert run(folder, "survey").returncode == 1


def test_summarize(folder):
    path = str(folder / "docs" / "lease.md")
    rows = document(run(folder, "summarize", path, "--json"))["rows"]
    text = document(run(folder, "text", path, "--json"))["text"]
    assert [text[row["start"] : row["end"]] for row in rows] == [row["text"] for row in rows]
    assert "Small repairs" in run(folder, "summarize", path).stdout
    assert run(folder, "summarize", "/nowhere").returncode == 1
