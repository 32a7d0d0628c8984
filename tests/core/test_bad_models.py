"""The desk among bad models: every one is a sentence, nothing is lost, and the desk goes on."""

from __future__ import annotations

import os
import threading
import time

import pytest

from carrel.desk import requests as r
from carrel.desk import shelf_requests as s
from carrel.errors import UserError
from carrel.events import Answered, Interrupted
from tests.models.mutations import mutants
from tests.models.tiny_gguf import follow, spm_changes, write_tiny

from .desk.test_desk_process import Line

pytestmark = pytest.mark.engine


@pytest.fixture
def desk(profile):
    line = Line(profile)
    yield line
    line.child.close()


@pytest.fixture
def good(tmp_path):
    return write_tiny(tmp_path / "good.gguf", context=2048, successor=follow("Yes."))


def ask(desk, model):
    asked = r.Ask(question="Are you well?", mode="model", model=str(model), trace=False)
    return list(desk.call(asked))[-1]


def refusal(call):
    with pytest.raises(UserError) as caught:
        list(call)
    assert caught.value.what_to_do
    assert "\n" not in caught.value.what
    return caught.value.what


def test_bad_files_are_sentences_and_the_shelf_keeps_what_it_had(desk, good, tmp_path):
    list(desk.call(s.AddModel(path=str(good))))
    page, cut = tmp_path / "page.gguf", tmp_path / "cut.gguf"
    page.write_text("<!DOCTYPE html><html>Sign in</html>")
    cut.write_bytes(good.read_bytes()[:-1000])
    (tmp_path / "folder.gguf").mkdir()
    os.mkfifo(tmp_path / "pipe.gguf")
    (tmp_path / "broken-link.gguf").symlink_to(tmp_path / "gone.gguf")
    names = ("page", "cut", "folder", "pipe", "broken-link", "never-there")
    told = {
        name: refusal(desk.call(s.AddModel(path=str(tmp_path / f"{name}.gguf")))) for name in names
    }
    assert "web page" in told["page"]
    assert "cut short" in told["cut"]
    for name in names:
        end = ask(desk, tmp_path / f"{name}.gguf")
        assert isinstance(end, Interrupted), name
        assert end.what_to_do, name
    rows = next(iter(desk.call(s.ListModels()))).models
    assert [row.path for row in rows if not row.starter] == [str(good)]
    assert isinstance(ask(desk, good), Answered)


def test_a_model_that_kills_or_stalls_its_process_is_suspect_and_the_next_one_answers(
    desk, good, tmp_path
):
    """An RWKV vocabulary that is none sends llama.cpp in circles; equal tokens abort it."""
    broken = {
        "stuck": {**spm_changes(), "tokenizer.ggml.model": "rwkv"},
        "dead": {"tokenizer.ggml.tokens": ["a"] * 267},
    }
    for name, change in broken.items():
        path = write_tiny(tmp_path / f"{name}.gguf", change=change)
        start = time.monotonic()
        end = ask(desk, path)
        assert time.monotonic() - start < 60  # the desk starts its worker first
        assert isinstance(end, Interrupted)
        assert end.why == "died", end.what
        rows = next(iter(desk.call(s.ListModels()))).models
        assert next(row for row in rows if row.path == str(path)).suspect
        assert "ended its process" in ask(desk, path).what
        assert isinstance(ask(desk, good), Answered)


def test_the_desk_survives_a_row_of_mutants(desk, good, tmp_path):
    pid = desk.child.pid
    for mutant in mutants(good.read_bytes(), range(700, 719)):
        path = tmp_path / f"{mutant.name.split()[0]}.gguf"
        path.write_bytes(mutant.data)
        found = next(iter(desk.call(s.DescribeFile(path=str(path)))))
        assert found.model is not None or found.problem, mutant.name
        assert isinstance(ask(desk, path), Answered | Interrupted), mutant.name
    assert isinstance(ask(desk, good), Answered)
    assert desk.child.pid == pid
    assert desk.child.alive


def test_two_imports_of_one_file_at_once_make_one_card(desk, good):
    def take(copy):
        list(desk.call(s.AddModel(path=str(good), copy=copy)))

    threads = [threading.Thread(target=take, args=(copy,)) for copy in (False, False, True, True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    rows = next(iter(desk.call(s.ListModels()))).models
    assert len({row.id for row in rows if not row.starter}) == 1
    assert good.exists()
