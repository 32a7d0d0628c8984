"""`carrel lab` as a person and a script use it."""

import shutil

import pytest

from .fake_core import write_samples
from .test_cli import document, run

SET = (
    "id,question,answer,kind,answerable,document\n"
    "pays,Who bears the cost of the heating boiler?,the lessor,text,yes,lease.md\n"
    "hotel,How much may a hotel cost a night?,120,number,yes,travel.txt\n"
    "moon,Zxqv wvutsr qponm?,,text,no,\n"
)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A profile with two documents and a finished run."""
    folder = tmp_path_factory.mktemp("lab")
    write_samples(folder / "docs")
    assert run(folder, "add", str(folder / "docs")).returncode == 0
    (folder / "q.csv").write_text(SET, encoding="utf-8")
    words = ["lab", "run", str(folder / "q.csv"), "--out", str(folder / "run")]
    return folder, words, document(run(folder, *words, "--json"))


def test_a_run_is_scored_and_measured(ran):
    folder, words, found = ran
    assert (found["questions"], found["folder"]) == (3, str(folder / "run"))
    assert [one["way"]["name"] for one in found["ways"]] == ["base", "base + files"]
    files = found["ways"][1]
    assert (files["n"], files["number"]["value"], files["honest_refusals"]["value"]) == (3, 1, 1)
    assert found["costs"]["documents"] == 2
    assert found["costs"]["indexing_seconds"] > 0
    assert found["costs"]["changed_seconds"] > 0
    assert "base + files has the most points" in found["words"]
    names = {path.name for path in (folder / "run").iterdir()}
    assert names == {"run.json", "questions.jsonl", "answers.jsonl", "report.md", "report.html"}
    before = (folder / "run" / "answers.jsonl").read_bytes()
    again = run(folder, *words)
    assert "outside the profile: forgetting does not reach it" in again.stderr
    assert (folder / "run" / "answers.jsonl").read_bytes() == before


def test_a_run_is_shown_and_compared(ran):
    folder, _, found = ran
    assert document(run(folder, "lab", "show", str(folder / "run"), "--json")) == found
    shown = run(folder, "lab", "show", str(folder / "run"), "--questions")
    assert "How much may a hotel cost a night?" in shown.stdout
    same = document(run(folder, "lab", "compare", str(folder / "run"), str(folder / "run"),
                        "--json"))  # fmt: skip
    assert (same["worse"], same["questions"]) == ([], 3)
    missing = run(folder, "lab", "show", str(folder / "docs"))
    assert (missing.returncode, "holds no run of the lab" in missing.stderr) == (1, True)


def test_the_best_way_is_used_from_then_on(ran, tmp_path):
    folder, _, _ = ran
    shutil.copytree(
        folder / "profile", tmp_path / "profile", ignore=shutil.ignore_patterns("raise", "lock*")
    )
    done = document(run(tmp_path, "lab", "use", str(folder / "run"), "--json"))
    assert (done["way"], done["mode"], done["adapters"]) == ("base + files", "files", [])
    assert 'mode = "files"' in (tmp_path / "profile" / "settings.toml").read_text()
    other = document(run(tmp_path, "lab", "use", str(folder / "run"), "--way", "base", "--json"))
    assert other["mode"] == "model"
    odd = run(tmp_path, "lab", "use", str(folder / "run"), "--way", "tuned")
    assert "The run has no way 'tuned'" in odd.stderr


def test_what_cannot_be_run_is_said(ran, tmp_path):
    folder, _, _ = ran
    questions = tmp_path / "q.csv"
    questions.write_text("id,question,answer,confirmed\n1,What?,x,\n")
    words = ["lab", "run", str(questions), "--out", str(tmp_path / "run")]
    assert "No question of" in run(folder, *words).stderr
    questions.write_text("id,question,answer\n1,What?,x\n")
    assert "There are no files" in run(tmp_path, *words).stderr
    unknown = run(folder, *words, "--adapters", "none-such")
    assert (unknown.returncode, "Known: none" in unknown.stderr) == (1, True)
    assert not (tmp_path / "run").exists()
