"""`carrel lab` as a person and a script use it."""

import shutil

import pytest

from tests.models.tiny_adapter import write_adapter
from tests.models.tiny_gguf import write_tiny

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
    words = ["ask", "Who bears the cost of the heating boiler?", "--no-trace", "--json"]
    assert document(run(tmp_path, *words))["origin"] == "model"  # as was just chosen
    assert document(run(tmp_path, *words, "--mode", "files"))["origin"] == "files"
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


def test_four_ways_with_an_adapter_and_a_second_model(tmp_path):
    write_samples(tmp_path / "docs")
    write_tiny(tmp_path / "base.gguf")
    write_tiny(tmp_path / "second.gguf", context=1024)
    write_adapter(tmp_path / "tone.gguf")
    write_adapter(tmp_path / "odd.gguf", general_architecture="qwen2")
    (tmp_path / "tone.toml").write_text("training_seconds = 600\n")
    (tmp_path / "q.csv").write_text(SET, encoding="utf-8")
    assert run(tmp_path, "add", str(tmp_path / "docs")).returncode == 0
    ids = [
        next(one["id"] for one in document(
            run(tmp_path, "models", "add", str(tmp_path / f"{name}.gguf"), "--json")
        )["models"] if one["path"].endswith(f"{name}.gguf"))
        for name in ("base", "second")
    ]  # fmt: skip
    words = ["lab", "run", str(tmp_path / "q.csv"), "--models", ids[0], "--adapters"]
    odd = run(tmp_path, *words, str(tmp_path / "odd.gguf"), "--out", str(tmp_path / "none"))
    assert f"fits none of the models ({ids[0]})" in odd.stderr
    out = ["--out", str(tmp_path / "run"), "--json"]
    four = document(run(tmp_path, *words, f"{tmp_path / 'tone.gguf'}=0.5", *out))
    assert [one["way"]["name"] for one in four["ways"]] == [
        "base", "base + files", "tuned", "tuned + files",
    ]  # fmt: skip
    uses = [one["way"]["adapters"] for one in four["ways"]]
    assert uses[:2] == [[], []]
    assert [one[0]["scale"] for one in uses[2:]] == [0.5, 0.5]
    assert four["costs"]["training_seconds"] == {uses[2][0]["id"]: 600.0}
    assert f"its card states: {uses[2][0]['id']} 10 minutes" in four["words"]
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "again after every change of its data: 10 minutes" in page
    used = document(run(tmp_path, "lab", "use", str(tmp_path / "run"), "--way", "tuned + files",
                        "--json"))  # fmt: skip
    assert (used["model"], used["mode"]) == (ids[0], "files")
    asked = document(run(tmp_path, "ask", "Who pays?", "--mode", "model", "--no-trace",
                         "--json"))["model"]  # fmt: skip
    assert [one["scale"] for one in asked["adapters"]] == [0.5]
    more = ["lab", "run", str(tmp_path / "q.csv"), "--models", *ids, "--ways", "alone",
            "--no-costs", "--out", str(tmp_path / "two"), "--json"]  # fmt: skip
    two = document(run(tmp_path, *more))
    assert [one["way"]["name"] for one in two["ways"]] == ["base", ids[1]]
    assert [one["way"]["role"] for one in two["ways"]] == ["base", "tuned"]
