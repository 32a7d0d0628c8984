"""Task runs with scripted models and the hashing embedder: files, resuming, bad input, metrics."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from carrel.errors import Cancelled, UserError, WorkerDied
from carrel.fakes import HashEmbedder, ScriptedModel
from carrel.lab.task.metrics import macro_f1, metrics
from carrel.lab.task.neighbours import Examples, Neighbours, chosen_count
from carrel.lab.task.run import Task, run_way
from carrel.lab.task.table import Table, read_labels, read_table
from carrel.lab.task.ways import BATCH, FixedShots, ModelWay, NearestShots

LABELS = ["card lost", "refund", "rain"]


def table(rows, **columns):
    texts = [f"my card is lost number {n}" if n % 2 else "a refund please" for n in range(rows)]
    gold = ["card lost" if n % 2 else "refund" for n in range(rows)]
    ids = [str(n) for n in range(1, rows + 1)]
    return Table("in.csv", "text", ids, texts, gold, "digest")._replace(**columns)


class Dying(ScriptedModel):
    """A model whose process dies after some texts."""

    def __init__(self, after):
        super().__init__()
        self.left = after

    def score(self, request, cancel):
        for reply in super().score(request, cancel):
            if self.left == 0:
                raise WorkerDied("model", "was killed.")
            self.left -= 1
            yield reply


def run(task, out, model=None, model_id="m", **parts):
    way = ModelWay(model or ScriptedModel(), task.labels, "Name the label.")
    return run_way(
        task, "zero-shot", way, str(out), {"model": model_id, **parts}, threading.Event(),
        lambda fraction: None,
    )  # fmt: skip


def rows_of(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_gets_a_label_and_figures_that_add_up(tmp_path):
    task = Task(table(70), LABELS, gold="gold", id="")
    result = run(task, tmp_path / "out.csv")
    rows = rows_of(tmp_path / "out.csv")
    assert [row["row"] for row in rows] == task.table.ids
    assert [row["text"] for row in rows] == task.table.texts
    assert {row["label"] for row in rows} == {"card lost", "refund"}
    for row in rows:
        given = [float(row[f"probability_{n}"] or 0) for n in range(1, 6)]
        assert sum(given) + float(row["rest"]) == pytest.approx(1.0, abs=1e-5)
        assert float(row["probability"]) == given[0] == max(given)
        assert row["best_1"] == row["label"]
    assert (result.rows, result.labelled, result.metrics.accuracy.value) == (70, 70, 1.0)


def test_a_model_that_dies_keeps_what_is_labelled_and_the_same_command_goes_on(tmp_path):
    task, out = Task(table(3 * BATCH + 5), LABELS, gold="gold"), tmp_path / "out.csv"
    with pytest.raises(UserError, match=r"was killed\. 64 of 101 rows are saved") as caught:
        run(task, out, Dying(2 * BATCH + 7))
    assert "goes on with row 65" in caught.value.what_to_do
    assert len(rows_of(out)) == 2 * BATCH
    with open(out, "ab") as file:
        file.write(b'65,"half a line')  # a batch that a kill cut short
    result = run(task, out)
    assert (result.rows, result.labelled) == (101, BATCH + 5)
    assert [row["row"] for row in rows_of(out)] == task.table.ids
    assert run(task, out).labelled == 0
    whole = tmp_path / "whole.csv"
    run(task, whole)
    assert whole.read_bytes() == out.read_bytes()


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from carrel.fakes import ScriptedModel
from tests.core.lab.test_task_run import BATCH, LABELS, Dying, Task, run, table

class Killed(Dying):
    def score(self, request, cancel):
        if self.left < BATCH:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= BATCH
        return ScriptedModel.score(self, request, cancel)

run(Task(table(5 * BATCH), LABELS), sys.argv[1], Killed(3 * BATCH))
"""


def test_a_killed_run_goes_on_behind_its_last_batch(tmp_path):
    out = tmp_path / "out.csv"
    root = str(Path(__file__).parents[3])
    done = subprocess.run([sys.executable, "-c", KILLED, str(out), root], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert len(rows_of(out)) == 3 * BATCH
    task = Task(table(5 * BATCH), LABELS)
    assert run(task, out).labelled == 2 * BATCH
    assert [row["row"] for row in rows_of(out)] == task.table.ids


def test_a_stop_keeps_what_is_labelled(tmp_path):
    task, out, cancel = Task(table(100), LABELS), tmp_path / "out.csv", threading.Event()

    def tell(fraction):
        if fraction > 0.5:
            cancel.set()

    way = ModelWay(ScriptedModel(), LABELS, "Name the label.")
    with pytest.raises(Cancelled):
        run_way(task, "zero-shot", way, str(out), {"model": "m"}, cancel, tell)
    assert len(rows_of(out)) == 2 * BATCH
    assert run(task, out).rows == 100


def test_a_file_of_another_run_is_refused_and_stays(tmp_path):
    task, out = Task(table(10), LABELS), tmp_path / "out.csv"
    run(task, out)
    before = out.read_bytes()
    with pytest.raises(UserError, match=r"other settings \(different: adapter, model\)"):
        run(task, out, model_id="n", adapter="a")
    assert out.read_bytes() == before
    out.write_bytes(before[:40])
    with pytest.raises(UserError, match="is shorter than this run left it"):
        run(task, out)
    foreign = tmp_path / "mine.csv"
    foreign.write_text("my own file")
    with pytest.raises(UserError, match="is not the file of a task run"):
        run(task, foreign)
    assert foreign.read_text() == "my own file"
    with pytest.raises(UserError, match="is a folder"):
        run(task, tmp_path)
    with pytest.raises(UserError, match="cannot be written"):
        run(task, tmp_path / "none" / "out.csv")


def test_rows_without_a_text_get_no_label_and_count_as_wrong(tmp_path):
    texts = ["a refund please", "", "  ", "a refund please"]
    task = Task(table(4, texts=texts, gold=["refund"] * 4), LABELS, gold="label")
    result = run(task, tmp_path / "out.csv")
    rows = rows_of(tmp_path / "out.csv")
    assert [row["label"] for row in rows] == ["refund", "", "", "refund"]
    assert [row["input_label"] for row in rows] == ["refund"] * 4
    assert (result.empty, result.metrics.accuracy.value) == (2, 0.5)


def test_long_texts_are_cut_to_their_beginning():
    way = ModelWay(ScriptedModel(), LABELS, "Name the label.", longest=10)
    assert way.cut("short text") == "short text"
    cut = way.cut("many words " * 50)
    assert cut
    assert "many words many".startswith(cut[:10])
    assert ScriptedModel().count_tokens([cut])[0] <= 10


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "has no rows"),
        (b"text,id\n", "has no rows below its header"),
        (b"other,id\na,1\n", r"has no column 'text'"),
        (b"text,id\na,1\nb,2\nc,1\n", "Rows 1 and 3 of .* have the same id '1'"),
        (b'text,id\na,1\n"b,2\nc,3\n', "quoting of .* is broken in the row that begins in line 3"),
        (b'text,id\na,1\n"b" c,2\n', "quoting of .* is broken in the row that begins in line 3"),
        (b"text,id\na,1\nb,2,3\n", "line 3 of .* has 3 cells, and the header has 2"),
    ],
)
def test_a_bad_table_is_one_sentence(tmp_path, data, words):
    path = tmp_path / "in.csv"
    path.write_bytes(data)
    with pytest.raises(UserError, match=words) as caught:
        read_table(str(path), "text", id="id")
    assert caught.value.what_to_do


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_tables_in_any_encoding(tmp_path, encoding):
    path = tmp_path / "in.csv"
    path.write_bytes('text;id\n"Zürich; Köln\nzwei Zeilen";1\n\nÄrger;2\n'.encode(encoding))
    found = read_table(str(path), "text", id="id")
    assert found.texts == ["Zürich; Köln\nzwei Zeilen", "Ärger"]
    assert found.ids == ["1", "2"]


def test_a_hundred_thousand_rows_are_read(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("id,text\n" + "".join(f"{n},text {n}\n" for n in range(100_000)))
    found = read_table(str(path), "text", id="id")
    assert (len(found.texts), found.texts[-1], found.ids[-1]) == (100_000, "text 99999", "99999")


@pytest.mark.parametrize(
    ("data", "words"),
    [("", "has no labels"), ("one\n\n", "has one label"), ("a\nb\n a \n", "names the label 'a'")],
)
def test_bad_labels_are_one_sentence(tmp_path, data, words):
    path = tmp_path / "labels.txt"
    path.write_text(data)
    with pytest.raises(UserError, match=words):
        read_labels(str(path))
    with pytest.raises(UserError, match="cannot be read"):
        read_labels(str(tmp_path / "none.txt"))


def examples(count=40):
    texts = [f"card lost in shop {n}" if n % 2 else f"refund for order {n}" for n in range(count)]
    return Examples(
        HashEmbedder(), texts, ["card lost" if n % 2 else "refund" for n in range(count)]
    )


class OnACircle(HashEmbedder):
    """A text is an angle."""

    def encode_passages(self, texts):
        angles = np.array([float(text) for text in texts], dtype=np.float32)
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_neighbours_vote():
    way = Neighbours(examples())
    lost, money = way.guesses(["where is my lost card", "refund this order"], threading.Event())
    assert (lost.best[0][0], money.best[0][0]) == ("card lost", "refund")
    assert sum(share for _, share in lost.best) + lost.rest == pytest.approx(1.0)
    assert f"the {way.count} nearest" in way.words


def test_the_number_of_neighbours_is_the_one_that_fits_the_examples():
    rng = np.random.default_rng(1)
    places = [n % 2 + rng.normal() * 0.2 for n in range(200)]
    noisy = ["ab"[n % 2 if rng.random() < 0.8 else 1 - n % 2] for n in range(200)]
    clean = ["ab"[place > 0.5] for place in places]
    angles = [str(place) for place in places]
    assert chosen_count(Examples(OnACircle(), angles, noisy)) > 3
    assert chosen_count(Examples(OnACircle(), angles, clean)) <= 3
    assert chosen_count(Examples(HashEmbedder(), ["a"], ["x"])) == 1


def test_shots_are_shown_as_turns_before_the_text():
    model = ScriptedModel()
    fixed = FixedShots(examples(), ["card lost", "refund", "rain"], model, room=1000)
    assert [label for _, label in fixed.before(["x"])[0]] == ["card lost", "refund"]
    few = FixedShots(examples(), ["card lost", "refund"], model, room=20)
    assert len(few.before(["x"])[0]) == 1
    nearest = NearestShots(examples(), count=3).before(["refund for order 8"])[0]
    assert nearest[-1] == ("refund for order 8", "refund")
    assert len(nearest) == 3
    seen = []
    model.score = lambda request, cancel: seen.append(request) or iter(())
    way = ModelWay(model, LABELS, "Name the label.", NearestShots(examples(), count=2))
    list(way.guesses(["refund for order 8"], threading.Event()))
    roles = [message.role for message in seen[0].chats[0]]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]


def test_metrics():
    gold, given = ["a", "a", "b", "c", ""], ["a", "b", "b", "a", "a"]
    found = metrics(gold, given, ["a", "b"])
    assert (found.n, found.unknown, found.accuracy.value) == (4, 1, 0.5)
    assert found.macro_f1.value == pytest.approx((0.5 + 2 / 3 + 0) / 3, abs=1e-4)
    assert found.accuracy.low <= 0.5 <= found.accuracy.high
    assert metrics(["", ""], ["a", "b"], ["a", "b"]) is None
    assert macro_f1(np.array([0, 1]), np.array([0, 1]), 3) == 1.0
