"""Whether a model fits: weights, cache and buffers against memory, with and without a GPU."""

from __future__ import annotations

import msgspec
import pytest

from carrel_models.card import ModelCard, read_card
from carrel_models.estimate import cache_per_layer, estimate
from carrel_models.fit import GPU_RESERVE_BYTES, RESERVE_BYTES, choose_layers, fit, largest_context
from carrel_models.gguf import read_header
from carrel_models.machine import Gpu, _container_room, available_memory
from carrel_models.shape import Shape, shape_of
from tests.models.tiny_gguf import KV_HEADS, LAYERS, WIDTH, write_tiny

GB = 1_000_000_000
# A model of some seven billion parameters in four bits: 32 layers, grouped-query attention.
SHAPE = Shape(
    width=4096, query=4096, feed_forward=14336, heads=32, vocabulary=32000, merges=0,
    cache_bytes=(4096,) * 32, state_bytes=(0,) * 32, layer_bytes=(118_000_000,) * 32,
    input_bytes=74_000_000, output_bytes=107_000_000,
)  # fmt: skip
CARD = ModelCard(
    name="Model", path="/m.gguf", kind="chat model", architecture="llama", quantization="Q4_K_M",
    size=3_960_000_000, trained_context=32768, shape=SHAPE,
)  # fmt: skip


def needed(context: int, card: ModelCard = CARD) -> int:
    assert card.shape is not None
    return estimate(card.shape, card.size, context).main.total + RESERVE_BYTES


def test_verdicts_follow_the_memory():
    assert fit(CARD, needed(4096), 4096)[:2] == ("yes", 4096)
    assert fit(CARD, needed(4096) - 1, 4096)[:2] == ("less context", 3840)
    assert fit(CARD, needed(1024), 4096)[:2] == ("less context", 1024)


def test_weights_larger_than_the_memory_are_read_from_disk_until_that_takes_too_long():
    found = fit(CARD, 2 * GB)
    assert (found.verdict, found.from_disk) == ("slow", True)
    assert "disk" in found.reason
    huge = msgspec.structs.replace(CARD, size=40 * GB)
    assert fit(huge, 16 * GB).verdict == "no"
    assert fit(huge, 16 * GB).context == 0
    assert fit(CARD, RESERVE_BYTES).verdict == "no"  # no room even for cache and buffers


def test_every_reason_has_numbers_and_an_end():
    for memory in (RESERVE_BYTES, 2 * GB, needed(2048), 64 * GB):
        reason = fit(CARD, memory).reason
        assert reason.endswith(".")
        assert any(letter.isdigit() for letter in reason)


def test_large_dense_model_is_slow_and_a_sparse_one_is_not():
    large = msgspec.structs.replace(CARD, size=9 * GB)
    sparse = msgspec.structs.replace(large, active_fraction=0.1)
    assert fit(large, 64 << 30).verdict == "slow"
    assert fit(sparse, 64 << 30).verdict == "yes"


def test_the_largest_context_is_one_that_fits_and_the_next_does_not():
    most = largest_context(CARD, 8 * GB)
    assert most is not None
    assert 1024 < most < 32768
    assert needed(most) <= 8 * GB < needed(most + 256)
    assert largest_context(CARD, 64 * GB) == 32768
    assert largest_context(CARD, RESERVE_BYTES) == 0
    assert largest_context(CARD, None) is None


def test_as_many_layers_go_to_the_gpu_as_fit_there():
    assert choose_layers(SHAPE, CARD.size, 4096, [Gpu(24 * GB)]) == 33
    assert choose_layers(SHAPE, CARD.size, 4096, [Gpu(GPU_RESERVE_BYTES)]) == 0
    some = choose_layers(SHAPE, CARD.size, 4096, [Gpu(4 * GB)])
    assert 0 < some < 33
    room = 4 * GB - GPU_RESERVE_BYTES
    taken = [estimate(SHAPE, CARD.size, 4096, gpu_layers=n).gpu.total for n in (some, some + 1)]
    assert taken[0] <= room < taken[1]
    assert choose_layers(SHAPE, CARD.size, 32768, [Gpu(4 * GB)]) < some  # its cache is larger


def test_a_gpu_takes_the_weight_off_main_memory_unless_it_shares_it():
    assert fit(CARD, 2 * GB, gpus=[Gpu(24 * GB)]).verdict == "yes"
    assert fit(CARD, 2 * GB, gpus=[Gpu(24 * GB)]).layers == 33
    assert fit(CARD, 2 * GB, gpus=[Gpu(24 * GB, shared=True)]).verdict != "yes"
    assert fit(CARD, 64 * GB, gpus=[Gpu(24 * GB)], gpu_layers=5).layers == 5


def test_unknown_without_numbers_or_for_other_kinds():
    assert fit(CARD, None).verdict == "unknown"
    adapter = msgspec.structs.replace(CARD, kind="adapter")
    assert fit(adapter, 1 << 40).verdict == "unknown"
    assert fit(msgspec.structs.replace(CARD, shape=None), 1 << 40).verdict == "unknown"


def test_short_trained_context_is_all_that_is_wanted():
    card = msgspec.structs.replace(CARD, trained_context=512)
    assert fit(card, 64 * GB)[:2] == ("yes", 512)


def test_the_header_gives_the_shape(tmp_path):
    path = write_tiny(tmp_path / "tiny.gguf")
    shape = read_card(path).shape
    assert shape is not None
    assert (shape.layers, shape.all_layers, shape.width) == (LAYERS, LAYERS + 1, WIDTH)
    per_layer = 2 * KV_HEADS * (WIDTH // 4) * 2  # keys and values of 16 bits
    assert shape.cache_bytes == (per_layer,) * LAYERS
    weights = sum(shape.layer_bytes) + shape.input_bytes + shape.output_bytes
    assert 0 <= path.stat().st_size - weights < 20_000  # the rest is the header


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"llama.attention.shared_kv_layers": 1}, (128, 0)),
        ({"llama.attention.sliding_window": 256}, (128, 128)),
    ],
)
def test_layers_without_a_cache_of_their_own(tmp_path, change, expected):
    shape = shape_of(read_header(write_tiny(tmp_path / "tiny.gguf", change=change)))
    assert shape is not None
    assert shape.cache_bytes == expected


def test_layers_with_a_window_hold_no_more_than_it_when_asked_to():
    short = msgspec.structs.replace(SHAPE, window=1024, windowed=tuple(range(31)))
    full, windowed = (cache_per_layer(short, 8192, 128, full_windows=x) for x in (True, False))
    assert full == [4096 * 8192] * 32
    assert windowed == [4096 * 1280] * 31 + [4096 * 8192]


def test_recurrent_layers_keep_a_state_that_does_not_grow(tmp_path):
    sizes = {"conv_kernel": 4, "inner_size": 128, "state_size": 16, "group_count": 1}
    change = {f"llama.ssm.{name}": value for name, value in sizes.items()}
    header = read_header(write_tiny(tmp_path / "tiny.gguf", change=change))
    renamed = [t._replace(name=t.name.replace("blk.0.attn_", "blk.0.ssm_")) for t in header.tensors]
    shape = shape_of(header._replace(tensors=renamed))
    assert shape is not None
    assert shape.cache_bytes[0] == 0 < shape.cache_bytes[1]
    assert shape.state_bytes == ((3 * (128 + 2 * 16) + 128 * 16) * 4, 0)


def test_this_machine_tells_its_memory():
    memory = available_memory()
    assert memory is not None
    assert 100_000_000 < memory < 1 << 50


def test_a_container_has_what_its_limit_leaves(tmp_path):
    assert _container_room(tmp_path) == 1 << 62
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("700\n")
    (tmp_path / "memory.stat").write_text("anon 300\ninactive_file 400\n")
    assert _container_room(tmp_path) == 700
