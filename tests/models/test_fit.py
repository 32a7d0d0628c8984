"""Whether a model fits: weights and cache against memory."""

from __future__ import annotations

import msgspec
import pytest

from carrel_models.card import ModelCard
from carrel_models.fit import RESERVE_BYTES, WORKING_BYTES, available_memory, fit

CARD = ModelCard(
    name="Model",
    path="/m.gguf",
    kind="chat model",
    architecture="llama",
    quantization="Q4_K_M",
    size=2_000_000_000,
    trained_context=8192,
    cache_bytes_per_token=100_000,
)
BASE = CARD.size + RESERVE_BYTES + WORKING_BYTES


@pytest.mark.parametrize(
    ("room", "verdict", "context"),
    [
        (4096 * 100_000, "yes", 4096),
        (4095 * 100_000, "less context", 3840),
        (1024 * 100_000, "less context", 1024),
        (1023 * 100_000, "no", 0),
        (-1, "no", 0),
    ],
)
def test_verdicts_follow_the_memory(room, verdict, context):
    found = fit(CARD, BASE + room)
    assert (found.verdict, found.context) == (verdict, context)
    assert found.reason.endswith(".")


def test_short_trained_context_is_all_that_is_wanted():
    card = msgspec.structs.replace(CARD, trained_context=512)
    assert fit(card, BASE + 512 * 100_000)[:2] == ("yes", 512)


def test_large_dense_model_is_slow_and_a_sparse_one_is_not():
    large = msgspec.structs.replace(CARD, size=9_000_000_000)
    sparse = msgspec.structs.replace(large, active_fraction=0.1)
    assert fit(large, 64 << 30).verdict == "slow"
    assert fit(sparse, 64 << 30).verdict == "yes"


def test_unknown_without_numbers_or_for_other_kinds():
    assert fit(CARD, None).verdict == "unknown"
    adapter = msgspec.structs.replace(CARD, kind="adapter")
    assert fit(adapter, 1 << 40).verdict == "unknown"


def test_this_machine_tells_its_memory():
    memory = available_memory()
    assert memory is not None
    assert 100_000_000 < memory < 1 << 50
