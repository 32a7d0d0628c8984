"""Predicted memory against llama.cpp's own account and against what a process really takes."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from carrel.engine import context
from carrel.engine.hardware import Hardware
from carrel.engine.memory import parse, plan
from carrel.engine.messages import PlanMemory
from carrel.errors import UserError
from carrel_models.estimate import CPU_BATCH, GPU_BATCH, OUTPUTS, estimate
from carrel_models.gguf import read_header
from carrel_models.shape import shape_of
from tests.core.engine.conftest import answer, chat
from tests.core.engine.other_shapes import write_recurrent, write_windowed
from tests.models.tiny_gguf import write_tiny

WITHIN = 0.10

# Loads the model as the worker does and reads a prompt that fills its context, so that every page
# of the cache and of the buffers is touched. Printed: by how much the process's peak (VmHWM:
# anonymous memory and the file's mapped pages) exceeds what it held before, when the libraries were
# imported and a tiny model had been loaded and closed.
CHILD = """
import sys, threading
from carrel.engine.llama import load
from carrel.engine.messages import LoadModel

def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))

never = threading.Event()
def engine(path, context):
    *_, loaded = load(LoadModel(path=path, context=context), never)
    loaded.try_out(never)
    return loaded

engine(sys.argv[1], 256).close()
before = peak()
context = int(sys.argv[3])
model = engine(sys.argv[2], context)
prompt = [300 + (n * 7919) % 40000 for n in range(context - 1)]
held = model._backend._context
for _ in held.read(prompt, never):
    pass
assert held.add(300) and len(held.cached) == context
print(peak() - before)
"""


def planned(path, tokens):
    (found,) = plan(PlanMemory(path=str(path), context=tokens), threading.Event())
    return found


def total(found):
    return sum(one.weights + one.cache + one.compute for one in found.devices)


def estimated(path, tokens):
    shape = shape_of(read_header(path))
    assert shape is not None
    return estimate(shape, path.stat().st_size, tokens).main


def measured(tiny, path, tokens):
    command = [sys.executable, "-c", CHILD, str(tiny), str(path), str(tokens)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize(
    "tokens",
    [
        512,
        pytest.param(2048, marks=[pytest.mark.heavy, pytest.mark.timeout(600)]),
        pytest.param(8192, marks=[pytest.mark.heavy, pytest.mark.timeout(1800)]),
    ],
)
def test_the_prediction_is_within_a_tenth_of_the_measured_peak(tiny, starter, tokens):
    peak = measured(tiny, starter, tokens)
    dry_run, header = total(planned(starter, tokens)), estimated(starter, tokens).total
    assert abs(dry_run - peak) < WITHIN * peak, (dry_run, peak)
    assert abs(header - peak) < WITHIN * peak, (header, peak)


@pytest.mark.parametrize("tokens", [512, 2048, 8192])
def test_the_estimate_agrees_with_the_dry_run(starter, tokens):
    found, mine = planned(starter, tokens), estimated(starter, tokens)
    assert found.exact
    (main,) = found.devices
    assert main.name == "CPU"
    assert main.cache == mine.cache
    assert main.weights == mine.weights
    assert abs(main.compute - mine.compute) < 0.1 * main.compute + 500_000


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"llama.attention.key_length": 16, "llama.attention.value_length": 16},
        {"llama.context_length": 100_000},
    ],
)
def test_the_cache_of_any_header_agrees_with_the_dry_run(tmp_path, change):
    path = write_tiny(tmp_path / "model.gguf", change=change)
    found = planned(path, 500)
    assert found.exact
    (main,) = found.devices
    # llama.cpp writes sizes with two decimals of a MiB.
    assert main.cache == pytest.approx(estimated(path, 500).cache, abs=6_000)


@pytest.mark.parametrize("write", [write_windowed, write_recurrent])
@pytest.mark.parametrize("tokens", [512, 4096])
def test_windows_and_recurrent_states_agree_with_the_dry_run(tmp_path, write, tokens):
    path = write(tmp_path / "model.gguf")
    found, mine = planned(path, tokens), estimated(path, tokens)
    assert found.exact
    (main,) = found.devices
    assert main.cache == pytest.approx(mine.cache, abs=12_000)
    assert mine.cache > 10_000
    assert abs(main.compute - mine.compute) < 0.15 * main.compute + 500_000


def test_a_log_of_two_caches_and_two_cards_is_understood():
    log = """
load_tensors: layer   0 assigned to device CPU, is_swa = 0
load_tensors: layer   1 assigned to device Vulkan0, is_swa = 1
load_tensors: layer   2 assigned to device Vulkan0, is_swa = 0
llama_kv_cache: size =    1.00 MiB (   512 cells,   1 layers,  1/1 seqs), K (f16):    0.50 MiB
llama_kv_cache: size =    0.50 MiB (   256 cells,   1 layers,  1/1 seqs), K (f16):    0.25 MiB
sched_reserve:    Vulkan0 compute buffer size =     2.00 MiB
sched_reserve: Vulkan_Host compute buffer size =     0.25 MiB
"""
    said = parse(log.splitlines())
    assert said.cache == 1_572_864
    assert said.compute == {"Vulkan0": 2_097_152, "Vulkan_Host": 262_144}
    assert said.layers == ["CPU", "Vulkan0", "Vulkan0"]
    assert parse(["nothing of the kind"]).cache is None


def test_a_worker_of_its_own_answers_and_ends(starter):
    hardware = Hardware()
    assert total(hardware.plan(PlanMemory(path=str(starter), context=1024))) > 98_000_000
    found = hardware.devices()
    assert found.devices[-1].kind == "cpu"
    assert found.warnings == []
    assert hardware.devices() is found


def test_a_broken_file_is_a_sentence(tmp_path):
    bad = write_tiny(tmp_path / "b.gguf", change={"llama.rope.dimension_count": 7})
    with pytest.raises(UserError, match="cannot be loaded"):
        Hardware().plan(PlanMemory(path=str(bad), context=512))


def test_the_estimate_counts_with_the_batches_of_the_engine():
    mine = (CPU_BATCH, GPU_BATCH, OUTPUTS)
    assert mine == (context.CPU_BATCH, context.GPU_BATCH, context.OUTPUTS)


def test_a_recurrent_model_without_attention_reads_a_prompt_and_takes_it_back(load, tmp_path):
    """Its weights are all alike, so it ends at once: what counts is that scores came."""
    model = load(write_recurrent(tmp_path / "mamba.gguf"))
    for question in ("Hi", "Something else"):
        _, end = answer(model, chat(question), max_tokens=8)
        assert end.first_token_ms is not None
        assert end.cached_tokens == 0  # a recurrent state cannot go back to a shared beginning
