"""The engine on Vulkan, in workers under the network filter. `make test-vulkan` runs these.

Where there is no graphics card, Debian's software device (llvmpipe) takes its place: slow, and the
same code. llama.cpp takes such a device only when GGML_VK_VISIBLE_DEVICES names it.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest

from carrel.engine.client import ModelProcess
from carrel.engine.hardware import Hardware, engine_has_gpu_library
from carrel.engine.messages import (
    Generate,
    Generated,
    Loaded,
    LoadModel,
    Piece,
    PlanMemory,
    PromptProgress,
)
from carrel.engine.native import ENGINE_SITE
from carrel.process.probing import ProbeResult, ProbeSelf
from tests.core.engine.conftest import answer, chat

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not os.environ.get(ENGINE_SITE) or not engine_has_gpu_library(),
        reason=f"{ENGINE_SITE} names no engine built for Vulkan (make test-vulkan builds one)",
    ),
]
QUESTION = "Name three colours of the rainbow, then say why the sky is blue."


@pytest.fixture(autouse=True)
def software_device(monkeypatch):
    """The first Vulkan device, whatever it is, unless the caller chose one."""
    if not os.environ.get("GGML_VK_VISIBLE_DEVICES"):
        monkeypatch.setenv("GGML_VK_VISIBLE_DEVICES", "0")


@pytest.fixture
def process():
    started = []

    def load(path, **settings):
        model = ModelProcess()
        started.append(model)
        request = LoadModel(path=str(path), **settings)
        *_, loaded = model.load(request, threading.Event())
        assert isinstance(loaded, Loaded)
        return model, loaded

    yield load
    for model in started:
        model.close()


def both(process, path, tokens, **settings):
    """The greedy answers of the card and of the processor, and what the first was loaded on."""
    on_card, loaded = process(path, **settings)
    said = answer(on_card, chat(QUESTION), max_tokens=tokens)[0]
    on_card.close()
    processor, other = process(path, device="cpu", **settings)
    assert other.device == "CPU"
    return said, answer(processor, chat(QUESTION), max_tokens=tokens)[0], loaded.device


def test_the_device_is_listed_with_its_memory():
    hardware = Hardware()
    found = hardware.devices()
    assert found.offloads
    card = found.devices[0]
    assert card.name == "Vulkan0"
    assert card.kind in ("gpu", "integrated gpu")
    assert card.free
    assert card.total
    assert hardware.gpus()[0].free == card.free


def test_a_tiny_model_says_the_same_as_on_the_processor(process, tiny):
    said, expected, device = both(process, tiny, 24, context=512)
    assert device.startswith("Vulkan0 (")
    assert device.endswith("all layers")
    assert said == expected


def test_the_starter_begins_as_on_the_processor(process, starter):
    said, expected, device = both(process, starter, 40, context=1024)
    pairs = zip(said, expected, strict=False)
    same = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(said), len(expected)))
    assert device.endswith("all layers")
    # Sums are taken in another order on a card, so that two nearly equal words may change places
    # late in an answer.
    assert same >= min(60, len(expected)), (said, expected)


def test_some_layers_on_the_card_and_the_rest_on_the_processor(process, starter):
    model, loaded = process(starter, context=512, gpu_layers=10)
    assert loaded.device.endswith("10 of 31 layers")
    assert loaded.together == 1, "nothing is guessed on a card"
    assert len(answer(model, chat(QUESTION), max_tokens=8)[0]) > 4


@pytest.mark.parametrize("gpu_layers", [-1, 10])
def test_the_plan_is_that_of_llama_cpp(starter, gpu_layers):
    plan = Hardware().plan(PlanMemory(path=str(starter), context=1024, gpu_layers=gpu_layers))
    card, main = (next(d for d in plan.devices if d.name == n) for n in ("Vulkan0", "CPU"))
    assert plan.exact
    assert plan.layers == (31 if gpu_layers < 0 else 10)
    assert card.weights + main.weights > 98_000_000
    assert card.compute > 1_000_000
    share = card.cache / (card.cache + main.cache)
    assert share == pytest.approx(1.0 if gpu_layers < 0 else 9 / 30, abs=0.01)


def test_a_stop_is_heard_within_a_prompt(process, starter):
    model, _ = process(starter, context=4096)
    cancel = threading.Event()
    request = Generate(messages=chat("word " * 3000), max_tokens=10)
    stopped, last = 0.0, None
    for reply in model.stream(request, cancel):
        if isinstance(reply, PromptProgress) and 0 < reply.done < reply.total and not stopped:
            cancel.set()
            stopped = time.monotonic()
        last = reply
    assert stopped
    assert isinstance(last, Generated)
    assert last.reason == "cancelled"
    assert time.monotonic() - stopped < 2.0  # one piece; a real card needs SECONDS for it


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are read from /proc")
def test_the_process_has_no_socket_and_cannot_get_one(process, tiny):
    model, _ = process(tiny, context=512)
    text = "".join(
        reply.text
        for reply in model.stream(Generate(messages=chat("Hi"), max_tokens=4), threading.Event())
        if isinstance(reply, Piece)
    )
    assert text
    held = [os.readlink(one) for one in Path(f"/proc/{model.pid}/fd").iterdir()]
    assert not [one for one in held if one.startswith("socket:")]
    frames = model.child.caller.call(ProbeSelf(), cancel=threading.Event())
    (report,) = [msgspec.json.decode(frame.body, type=ProbeResult) for frame in frames]
    assert not [one for one in report.rows if one.allowed and one.must_refuse]


def test_a_card_that_cannot_hold_the_model_leaves_it_to_the_processor(
    process, starter, monkeypatch
):
    # llama.cpp's own switch for tests: no buffer on the card may be larger than this.
    monkeypatch.setenv("GGML_VK_FORCE_MAX_BUFFER_SIZE", "1000000")
    model, loaded = process(starter, context=512)
    assert loaded.device.startswith("CPU, because loading onto Vulkan0 failed: ")
    assert len(answer(model, chat(QUESTION), max_tokens=8)[0]) > 4
