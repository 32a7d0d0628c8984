"""Hundreds of broken models through the real worker: each ends in an answer or in a sentence.

The default run takes a sample, with at least one of every mutation; `make test-heavy` takes 500.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter

import pytest

from carrel.engine.client import ModelProcess
from carrel.engine.holder import ModelHolder
from carrel.engine.messages import Generate, Generated, LoadModel
from carrel.engine.native import library
from carrel.engine.watchdog import BYTES_PER_SECOND, GPU_PATIENCE, QUIET, allowed_silence
from carrel.errors import UserError, WorkerDied
from carrel_models.registry import Registry
from tests.models.hostile_templates import TEMPLATES
from tests.models.mutations import MUTATIONS, Mutant, mutants
from tests.models.tiny_gguf import spm_changes, write_tiny

from .conftest import chat

pytestmark = pytest.mark.engine

SECONDS = 10.0  # within this every failure is told
MANY = 500
SAMPLE = range(0, 3 * len(MUTATIONS))


class Bench:
    """A model shelf with one real worker, and what became of the models put through it."""

    def __init__(self, folder):
        self.folder = folder
        self.process = ModelProcess()
        self.registry = Registry(folder / "shelf")
        self.holder = ModelHolder(self.registry, self.process, context=256)
        self.outcomes: Counter[str] = Counter()
        self.seconds = SECONDS + (GPU_PATIENCE if library().llama_supports_gpu_offload() else 0)
        self.good = write_tiny(folder / "good.gguf")
        self.asked = Generate(messages=chat("the rain in spain"), max_tokens=3)

    def try_out(self, mutant: Mutant) -> str:
        """Load and ask one mutant; whatever it does is a known outcome within SECONDS."""
        path = self.folder / f"{mutant.name.split()[0]}.gguf"
        path.write_bytes(mutant.data)
        start = time.monotonic()
        try:
            outcome = self._answers(path)
        except UserError as error:
            outcome = "refused" if error.what_to_do else "refused without advice"
            _assert_sentence(error.what, mutant.name)
        except WorkerDied as error:
            outcome = "died"
            _assert_sentence(str(error), mutant.name)
            self._assert_suspect(path, mutant)
        assert time.monotonic() - start < self.seconds, mutant.name
        path.unlink()
        assert outcome in ("answered", "refused", "died"), mutant.name
        self.outcomes[outcome] += 1
        return outcome

    def _answers(self, path) -> str:
        never = threading.Event()
        self.holder.choose(str(path))
        list(self.holder.ensure(never))
        end = list(self.holder.stream(self.asked, never))[-1]
        assert isinstance(end, Generated)
        return "answered"

    def _assert_suspect(self, path, mutant):
        """It is not tried again by itself, and a good model works at once."""
        with pytest.raises(UserError, match="ended its process") as caught:
            self._answers(path)
        assert caught.value.code == "suspect", mutant.name
        assert self._answers(self.good) == "answered"

    def close(self):
        self.process.close()


def _assert_sentence(text, name):
    whole = text.rstrip(')"').endswith((".", "!", "?")) or 'It last said: "' in text
    assert whole, (name, text)
    assert "\n" not in text, (name, text)


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path)
    yield made
    made.close()


def test_a_sample_of_broken_models(bench):
    for mutant in mutants(bench.good.read_bytes(), SAMPLE):
        bench.try_out(mutant)
    assert bench.outcomes["refused"] > len(SAMPLE) / 3
    assert bench.outcomes["answered"] > 3  # a reader that refuses everything proves nothing
    assert bench._answers(bench.good) == "answered"


@pytest.mark.heavy
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("vocabulary", ["letters", "pieces"])
def test_five_hundred_broken_models(bench, vocabulary, tmp_path):
    change = spm_changes() if vocabulary == "pieces" else {}
    base = write_tiny(tmp_path / "base.gguf", change=change).read_bytes()
    first = 0 if vocabulary == "letters" else 10_000
    for mutant in mutants(base, range(first, first + MANY)):
        bench.try_out(mutant)
    assert sum(bench.outcomes.values()) == MANY
    assert bench._answers(bench.good) == "answered"


def test_hostile_templates_are_survived_in_one_process(bench):
    """Even when the user has approved them ("own"): a sentence, or a prompt that does no harm."""
    bench._answers(bench.good)
    pid, refused = bench.process.pid, 0
    for text in TEMPLATES:
        path = write_tiny(bench.folder / "own.gguf", template=text)
        start = time.monotonic()
        request = LoadModel(path=str(path), context=256, threads=1, template="own")
        refused += bool(_refusal(bench.process, request))
        assert time.monotonic() - start < bench.seconds, text[:80]
        assert bench.process.pid == pid, text[:80]
    assert refused > len(TEMPLATES) / 2
    assert bench._answers(bench.good) == "answered"


def _refusal(process, request):
    """What to do, when the model is refused; else ""."""
    try:
        list(process.load(request, threading.Event()))
    except UserError as error:
        _assert_sentence(error.what, request.path)
        return error.what_to_do
    return ""


def circling(path):
    """A model whose vocabulary says it is RWKV's: llama.cpp reads a text in it for ever."""
    return write_tiny(path, change={**spm_changes(), "tokenizer.ggml.model": "rwkv"})


def test_a_model_that_never_ends_loading_is_ended_and_suspect(bench):
    path = circling(bench.folder / "circle.gguf")
    bench._answers(bench.good)
    outcome = bench.try_out(Mutant("circle", path.read_bytes()))
    assert outcome == "died"
    suspicions = [bench.registry.suspicion(card.id) for card in bench.registry.list()]
    assert any("got no further" in suspicion for suspicion in suspicions)


def test_a_worker_that_works_is_given_the_time_that_its_file_takes(tmp_path):
    path = tmp_path / "large.gguf"
    path.touch()
    assert allowed_silence(str(path)) == QUIET
    os.truncate(path, 4_000_000_000)  # a sparse file: a 7B model, and no bytes on the disk
    assert allowed_silence(str(path)) == pytest.approx(QUIET + 4e9 / BYTES_PER_SECOND)
    assert allowed_silence(str(tmp_path / "gone.gguf")) == QUIET


def test_time_that_the_caller_takes_is_not_the_workers(bench, monkeypatch):
    """Somebody who reads a long answer slowly must not see the model killed for it."""
    monkeypatch.setattr("carrel.engine.client.allowed_silence", lambda path: 0.4)
    list(bench.process.load(LoadModel(path=str(bench.good), threads=1), threading.Event()))
    pid = bench.process.pid
    replies = bench.process.stream(bench.asked, threading.Event())
    next(replies)
    threading.Event().wait(1.0)
    assert isinstance(list(replies)[-1], Generated)
    assert bench.process.pid == pid
