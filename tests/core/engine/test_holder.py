"""The model that answers: swapped in mid-conversation, deleted under it, and with its adapters."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import msgspec
import numpy as np
import pytest

from carrel.desk.shelf_requests import AdapterChoice
from carrel.engine.client import ModelProcess
from carrel.engine.holder import ModelHolder
from carrel.engine.keeping import KeptStates, SavedState
from carrel.errors import UserError, WorkerDied
from carrel.fakes import ScriptedModel
from carrel_models.adapters import AdapterShelf
from carrel_models.registry import Registry
from tests.models.tiny_adapter import adapter_metadata, write_adapter
from tests.models.tiny_gguf import WIDTH, vocabulary, write_gguf, write_tiny

from .conftest import answer, chat

QUESTION = chat("Tell me about the boiler.")
LONG = chat("Tell me about the boiler. " * 8)


class Shelves:
    """Two tiny models and two adapters on the shelves of a profile, and a holder."""

    def __init__(self, folder, model):
        self.folder = folder
        self.registry = Registry(folder / "models")
        self.adapters = AdapterShelf(folder / "adapters")
        self.one = self.registry.add(write_tiny(folder / "one.gguf", seed=1))
        self.two = self.registry.add(write_tiny(folder / "two.gguf", seed=2))
        self.tone = self.adapters.add(write_adapter(folder / "tone.gguf", seed=1))
        self.form = self.adapters.add(write_adapter(folder / "form.gguf", seed=2))
        self.registry.use(self.one.id)
        self.model = model
        self.holder = ModelHolder(self.registry, model, adapters=self.adapters)

    def ensure(self, **choices):
        for _ in self.holder.ensure(threading.Event(), **choices):
            pass
        return self.holder.use()

    def said(self):
        return answer(self.holder, QUESTION, max_tokens=12)


@pytest.fixture
def scripted(tmp_path):
    return Shelves(tmp_path, ScriptedModel())


@pytest.fixture
def real(tmp_path):
    shelves = Shelves(tmp_path, ModelProcess())
    yield shelves
    shelves.holder.close()


def choose(*cards, scale=1.0):
    return [AdapterChoice(id=card.id, scale=scale) for card in cards]


def paths(model):
    return [(Path(one.path).name, one.scale) for one in model.adapters]


def test_a_turn_names_its_model_and_adapters_by_content(scripted):
    scripted.adapters.attach(scripted.one.id, [(scripted.tone.id, 0.5)])
    used = scripted.ensure()
    assert (used.id, used.sha256) == (scripted.one.id, scripted.one.sha256)
    assert msgspec.to_builtins(used.adapters) == [
        {"id": scripted.tone.id, "sha256": scripted.tone.sha256, "scale": 0.5}
    ]
    assert paths(scripted.model) == [("tone.gguf", 0.5)]


def test_adapters_of_one_question_are_for_that_question(scripted):
    scripted.adapters.attach(scripted.one.id, [(scripted.tone.id, 1.0)])
    assert len(scripted.ensure(adapters=choose(scripted.tone, scripted.form)).adapters) == 2
    assert [a.id for a in scripted.ensure().adapters] == [scripted.tone.id]
    assert scripted.ensure(adapters=[]).adapters == []
    assert paths(scripted.model) == []
    assert len(scripted.model.loads) == 1  # never loaded again for it


def test_what_this_process_chose_stands_before_what_the_shelf_keeps(scripted):
    scripted.adapters.attach(scripted.one.id, [(scripted.tone.id, 1.0)])
    scripted.holder.use_adapters(choose(scripted.form, scale=0.3))
    assert paths(scripted.model) == []
    scripted.ensure()
    assert paths(scripted.model) == [("form.gguf", 0.3)]
    scripted.holder.use_adapters(None)
    scripted.ensure()
    assert paths(scripted.model) == [("tone.gguf", 1.0)]


def test_adapters_are_kept_per_model(scripted):
    scripted.adapters.attach(scripted.one.id, [(scripted.tone.id, 1.0)])
    scripted.adapters.attach(scripted.two.id, [(scripted.form.id, 2.0)])
    scripted.ensure()
    assert [a.id for a in scripted.ensure(model=scripted.two.id).adapters] == [scripted.form.id]
    assert [a.id for a in scripted.ensure().adapters] == [scripted.tone.id]
    assert len(scripted.model.loads) == 3


def test_a_misfit_is_said_before_a_model_is_loaded_for_it(scripted, tmp_path):
    other = write_adapter(tmp_path / "other.gguf", general_architecture="qwen2")
    with pytest.raises(UserError, match="architecture qwen2, this one is llama"):
        scripted.ensure(adapters=[AdapterChoice(id=str(other))])
    with pytest.raises(UserError, match="neither the id of an adapter nor a file"):
        scripted.ensure(adapters=[AdapterChoice(id="none-such")])
    with pytest.raises(UserError, match="scale cannot be nan"):
        scripted.ensure(adapters=choose(scripted.tone, scale=float("nan")))
    assert scripted.model.loads == []


def test_an_adapter_deleted_while_it_is_attached_goes_on(scripted):
    scripted.ensure(adapters=choose(scripted.tone))
    Path(scripted.tone.path).unlink()
    assert scripted.ensure(adapters=choose(scripted.tone)).adapters
    with pytest.raises(UserError, match="not there any more"):
        scripted.ensure(adapters=choose(scripted.tone, scripted.form))


@pytest.mark.engine
def test_another_model_has_a_process_of_its_own_and_the_old_one_is_gone(real):
    real.ensure()
    first, text = real.model.pid, real.said()[0]
    real.ensure(model=real.two.id)
    assert real.model.pid != first
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    assert real.said()[0] != text
    real.ensure()
    assert real.said()[0] == text


@pytest.mark.engine
def test_switching_back_to_a_recent_prompt_reads_little_of_it_again(real):
    """With the same adapters; otherwise what was computed does not hold."""
    real.ensure(adapters=choose(real.tone))
    text, first = answer(real.holder, LONG, max_tokens=12)
    assert first.cached_tokens == 0
    real.ensure(model=real.two.id)
    assert real.said()[1].cached_tokens == 0
    real.ensure(adapters=choose(real.tone))
    again, second = answer(real.holder, LONG, max_tokens=12)
    assert again == text
    assert second.cached_tokens == second.prompt_tokens - 1
    real.ensure(model=real.two.id)
    real.ensure(adapters=choose(real.tone, scale=0.5))
    assert answer(real.holder, LONG, max_tokens=12)[1].cached_tokens == 0


@pytest.mark.engine
def test_a_state_over_the_limit_is_kept_in_part(load, tiny):
    model = load(tiny)
    text, _ = answer(model, LONG, max_tokens=12)
    whole = model.save_state(1 << 26)
    part = model.save_state(len(whole.data) // 2)
    assert len(part.data) <= len(whole.data) // 2
    assert part.tokens == whole.tokens[: len(part.tokens)]
    assert model.save_state(1000) is None
    other = load(tiny)
    assert other.restore_state(part)
    again, second = answer(other, LONG, max_tokens=12)
    assert (again, second.cached_tokens) == (text, len(part.tokens))
    assert not other.restore_state(SavedState(whole.tokens, b"nonsense" * 9))
    assert answer(other, LONG, max_tokens=12)[1].cached_tokens == 0


def test_what_is_kept_is_bounded():
    kept = KeptStates(limit=100)
    for name in "abc":
        kept.put(name, SavedState([1], bytes(40)))
    assert kept.take("a") is None
    assert kept.take("c") is not None
    assert kept.take("c") is None


@pytest.mark.engine
def test_a_model_deleted_while_it_answers_goes_on_and_the_next_loading_says_so(real):
    real.ensure()
    text = real.said()[0]
    Path(real.one.path).unlink()
    real.ensure()
    assert real.said()[0] == text
    real.holder.restart()
    with pytest.raises(UserError, match="not there any more"):
        real.ensure()


@pytest.mark.engine
def test_a_worker_that_died_gets_its_adapters_again(real):
    real.ensure()
    base = real.said()[0]
    real.ensure(adapters=choose(real.tone))
    expected = real.said()[0]
    real.model.child.kill()
    real.ensure(adapters=choose(real.tone))
    assert real.said()[0] == expected != base


@pytest.mark.engine
def test_an_adapter_of_an_embedding_that_is_also_the_output_would_end_the_process(real):
    """llama.cpp attaches it and aborts at the next token."""
    tied = real.registry.add(write_tiny(real.folder / "tied.gguf", drop="output.weight"))
    halves = {
        "token_embd.weight.lora_a": np.ones((len(vocabulary()), 4), np.float32),
        "token_embd.weight.lora_b": np.ones((WIDTH, 4), np.float32),
    }
    bad = real.adapters.add(write_gguf(real.folder / "bad.gguf", adapter_metadata(), halves))
    real.ensure(adapters=choose(bad))
    with pytest.raises(UserError, match="which in this model is also the output"):
        real.ensure(model=tied.id, adapters=choose(bad))


class Dying(ScriptedModel):
    """Ends whenever an adapter is attached."""

    def set_adapters(self, request):
        if request.adapters:
            raise WorkerDied("model", "crashed.")
        return super().set_adapters(request)


def test_an_adapter_that_ends_the_process_is_suspect_until_it_is_chosen_again(tmp_path):
    shelves = Shelves(tmp_path, Dying())
    for _ in range(2):
        with pytest.raises(WorkerDied):
            shelves.ensure(adapters=choose(shelves.tone))
        with pytest.raises(UserError, match="ended the model's process before: crashed"):
            shelves.ensure(adapters=choose(shelves.tone, scale=0.5))
        assert shelves.ensure().adapters == []
        shelves.adapters.attach(shelves.one.id, [(shelves.tone.id, 1.0)])
        shelves.adapters.attach(shelves.two.id, [(shelves.tone.id, 1.0)])
        shelves.adapters.attach(shelves.one.id, [])
