"""Broken adapters through the shelf and the real worker: attached, or refused in a sentence.

llama.cpp ends the process on some; none of these may, because the headers are compared first.
"""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest

from carrel.desk.shelf_requests import AdapterChoice
from carrel.engine.client import ModelProcess
from carrel.engine.holder import ModelHolder
from carrel.engine.messages import Generate
from carrel.errors import UserError, WorkerDied
from carrel_models.adapters import AdapterShelf
from carrel_models.registry import Registry
from tests.models.mutations import ADAPTER_MUTATIONS, mutants
from tests.models.tiny_adapter import write_adapter
from tests.models.tiny_gguf import write_tiny

from .conftest import chat

pytestmark = pytest.mark.engine

SECONDS = 10.0


@pytest.fixture
def holder(tmp_path):
    process = ModelProcess()
    shelf = AdapterShelf(tmp_path / "adapters")
    made = ModelHolder(Registry(tmp_path / "models"), process, adapters=shelf, context=256)
    made.choose(str(write_tiny(tmp_path / "tiny.gguf")))
    yield made
    made.close()


def answer(holder, *adapters):
    """The model's answer with these adapter files."""
    never = threading.Event()
    list(holder.ensure(never, adapters=[AdapterChoice(id=str(path)) for path in adapters]))
    asked = Generate(messages=chat("the rain in spain"), max_tokens=4)
    return [getattr(reply, "text", "") for reply in holder.stream(asked, never)]


def outcomes(holder, folder, numbers):
    """What became of the mutants with these numbers, each within SECONDS."""
    found: Counter[str] = Counter()
    base = write_adapter(folder / "base.gguf").read_bytes()
    for mutant in mutants(base, numbers, ADAPTER_MUTATIONS):
        path = folder / f"{mutant.name.split()[0]}.gguf"
        path.write_bytes(mutant.data)
        start = time.monotonic()
        try:
            answer(holder, path)
            found["answered"] += 1
        except UserError as error:
            told = error.what_to_do and "\n" not in error.what
            found["refused" if told else f"told badly: {error.what}"] += 1
        except WorkerDied:
            with pytest.raises(UserError, match="ended the model's process before"):
                answer(holder, path)
            found["died"] += 1
        assert time.monotonic() - start < SECONDS, mutant.name
    assert set(found) <= {"answered", "refused", "died"}
    return found


def test_a_sample_of_broken_adapters(holder, tmp_path):
    plain = answer(holder)
    numbers = range(4 * len(ADAPTER_MUTATIONS))
    found = outcomes(holder, tmp_path, numbers)
    assert found["died"] == 0
    assert min(found["answered"], found["refused"]) > len(numbers) / 10
    assert answer(holder) == plain  # what was refused or detached has left nothing behind


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_five_hundred_broken_adapters(holder, tmp_path):
    found = outcomes(holder, tmp_path, range(1000, 1500))
    assert (found["died"], sum(found.values())) == (0, 500)
