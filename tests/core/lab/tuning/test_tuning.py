"""carrel-tune on a tiny model: from a table to an adapter that loads, stopped and gone on with."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from carrel.engine.messages import AdapterFile, ChatMessage, Generate, SetAdapters
from carrel.engine.teaching import teacher
from carrel.errors import UserError
from carrel.lab.tuning.data import Asked, read_data
from carrel.lab.tuning.evaluating import cleaned
from tests.core.engine.conftest import Loader
from tests.models.tiny_gguf import write_tiny

pytestmark = pytest.mark.engine
CHAT = (
    ChatMessage(role="system", text="Briefly."),
    ChatMessage(role="user", text="Who <|im_end|>"),
)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("base") / "tiny.gguf", context=4096)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "data.csv"
    rows = "".join(f"Where is number {n}?,In room {n}.\n" for n in range(40))
    path.write_text(f"question,answer\n{rows}", encoding="utf-8")
    return path


def command(*arguments):
    return [sys.executable, "-m", "carrel.lab.tuning.command", *map(str, arguments)]


def run(*arguments):
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=100)


def test_examples_become_the_tokens_that_the_engine_sends(base):
    with teacher(str(base)) as one:
        prompt, answer = one.taught(CHAT, "Me.")
    loader = Loader()
    try:
        model = loader(base)
        assert list(prompt) == model._slot._engine.prompt_tokens(Generate(messages=list(CHAT)))
        vocabulary = model._slot._engine._backend.vocabulary
        assert vocabulary.decode(answer) == b"Me."
        assert vocabulary.ends(answer[-1])
    finally:
        loader.close()


def test_a_table_becomes_an_adapter_that_loads(base, data, tmp_path):
    out = tmp_path / "rooms.gguf"
    done = run("--base", base, "--data", data, "--out", out, "--steps", 5, "--rank", 4, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["step"] == 5
    assert told["held_out"]["base"]["n"] == told["held_out"]["adapter"]["n"] == 4
    assert "step 1 of 5, loss" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["rooms.gguf"]
    loader = Loader()
    try:
        attached = loader(base).set_adapters(SetAdapters(adapters=[AdapterFile(path=str(out))]))
        assert attached is not None
    finally:
        loader.close()


def test_a_table_of_labels_becomes_an_adapter_that_is_measured_by_labels(base, tmp_path):
    rows = "".join(f"my {n} card,card lost\nrain on {n},rain\n" for n in range(20))
    data, out = tmp_path / "rows.csv", tmp_path / "labels.gguf"
    data.write_text(f"text,kind\n{rows}", encoding="utf-8")
    what = ("--base", base, "--data", data, "--out", out, "--rank", 4, "--steps", 40)
    done = run(*what, "--label", "kind", "--rate", 5e-3, "--bfloat16", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["held_out"]
    assert told["base"]["n"] == told["adapter"]["n"] == 4
    for figures in told.values():
        for which in ("accuracy", "macro_f1"):
            one = figures[which]
            assert 0 <= one["low"] <= one["value"] <= one["high"] <= 1
        assert figures["accuracy"]["value"] * 4 in (0, 1, 2, 3, 4)  # of four rows


def test_labels_that_a_model_cannot_tell_apart_are_said_before_the_training(
    base, tmp_path, monkeypatch
):
    data = tmp_path / "rows.csv"
    data.write_text("text,label\na,x\nb,y\n", encoding="utf-8")
    monkeypatch.setattr("carrel.engine.teaching.Teacher.tokens", lambda self, text: [1])
    with pytest.raises(UserError, match="'x' and 'y' as the same label"):
        read_data(base, Asked(str(data)))


def test_a_run_that_was_stopped_goes_on(base, data, tmp_path):
    out = tmp_path / "rooms.gguf"
    what = ("--base", base, "--data", data, "--out", out, "--steps", 40, "--held-out", 0)
    with subprocess.Popen(command(*what), stderr=subprocess.PIPE, text=True) as begun:
        next(line for line in begun.stderr if "step 1 of 40" in line)
        begun.send_signal(signal.SIGINT)
        rest = begun.stderr.read()
    assert begun.returncode == 130, rest
    assert "--resume goes on" in rest
    assert [p.name for p in tmp_path.iterdir()] == ["rooms.gguf.checkpoint"]
    again = run(*what)
    assert again.returncode == 1
    assert "An unfinished run lies at" in again.stderr
    other = run(*what, "--resume", "--seed", 1)
    assert other.returncode == 1
    assert "is of a run with another base, other samples or another plan" in other.stderr
    last = run(*what, "--resume", "--json")
    assert last.returncode == 0, last.stderr
    assert json.loads(last.stdout)["step"] == 40
    assert out.exists()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"--base": "none.gguf"}, "There is no base model"),
        ({"--data": "none.csv"}, "none.csv cannot be read"),
        ({"--out": "tuned.bin"}, "is to be a .gguf"),
        ({"--resume": None}, "There is no unfinished run"),
    ],
    ids=["base", "data", "out", "resume"],
)
def test_what_is_missing_is_said_in_a_sentence(base, data, tmp_path, change, what):
    given = {"--base": base, "--data": data, "--out": tmp_path / "a.gguf"} | change
    done = run(*(part for name, value in given.items() for part in (name, value) if part))
    assert done.returncode == 1
    assert what in done.stderr
    assert "Traceback" not in done.stderr


def test_a_model_that_is_not_trained_on_is_said(data, tmp_path):
    base = write_tiny(tmp_path / "b.gguf", change={"llama.rope.scaling.type": "yarn"})
    done = run("--base", base, "--data", data, "--out", tmp_path / "a.gguf")
    assert done.returncode == 1
    assert "stretches its positions" in done.stderr


def test_answers_are_compared_as_they_are_shown():
    assert cleaned("[2] The landlord.") == "The landlord."
