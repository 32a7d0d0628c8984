"""`carrel task run` as a person and a script use it."""

import csv

from .test_cli import document, run


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(path)


def test_ways_are_compared_and_a_second_run_has_nothing_to_do(tmp_path):
    rows = [["text", "gold"], ["my card is lost", "card lost"], ["a refund please", "refund"]]
    table = write(tmp_path / "in.csv", rows)
    train = write(tmp_path / "train.csv", [["text", "label"], *rows[1:]])
    out = tmp_path / "out.csv"
    words = ["task", "run", table, "--column", "text", "--out", str(out), "--gold", "gold",
             "--examples", train, "--way", "zero-shot", "--way", "few-shot",
             "--way", "neighbours"]  # fmt: skip
    found = document(run(tmp_path, *words, "--json"))
    assert (found["rows"], found["labels"]) == (2, 2)
    assert [one["way"] for one in found["ways"]] == ["zero-shot", "few-shot", "neighbours"]
    assert [one["metrics"]["accuracy"]["value"] for one in found["ways"]] == [1.0, 1.0, 1.0]
    assert (tmp_path / "out.few-shot.csv").is_file()
    again = run(tmp_path, *words)
    assert "zero-shot: 2 rows, 2 of them before" in again.stdout
    other = run(tmp_path, *words, "--instruction", "Sort this.")
    assert other.returncode == 1
    assert "other settings (different: instruction)" in other.stderr


def test_what_is_missing_is_said(tmp_path):
    table = write(tmp_path / "in.csv", [["text"], ["a refund please"]])
    words = ["task", "run", table, "--column", "text", "--out", str(tmp_path / "out.csv")]
    assert "There are no labels." in run(tmp_path, *words).stderr
    labels = tmp_path / "labels.txt"
    labels.write_text("a\nb\n")
    lacking = run(tmp_path, *words, "--labels", str(labels), "--way", "neighbours")
    assert "needs labelled examples" in lacking.stderr
    train = write(tmp_path / "train.csv", [["text", "label"], ["x", "c"]])
    odd = run(tmp_path, *words, "--labels", str(labels), "--examples", train)
    assert "has the label 'c', which is none of the labels" in odd.stderr
    assert not (tmp_path / "out.csv").exists()
