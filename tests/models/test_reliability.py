"""Which models' text can be relied on: the starter by measurement, others by their size."""

from __future__ import annotations

import msgspec
import pytest

from carrel_models.card import ModelCard
from carrel_models.reliability import LEAST, reliability_of
from carrel_models.starter import starter_facts

CARD = ModelCard(
    name="Some", path="/some.gguf", kind="chat model", architecture="llama", quantization="Q4_0",
    size=1, parameters=4_000_000_000,
)  # fmt: skip


@pytest.mark.parametrize(
    ("parameters", "enough"),
    [(135_000_000, False), (1_500_000_000, False), (3_090_000_000, False), (3_820_000_000, True),
     (8_000_000_000, True), (None, False)],
)  # fmt: skip
def test_unmeasured_models_are_judged_by_their_size(parameters: int | None, enough: bool) -> None:
    found = reliability_of(msgspec.structs.replace(CARD, parameters=parameters))
    assert (found.enough, found.measured) == (enough, False)


def test_the_starter_has_its_measured_figure_wherever_it_lies() -> None:
    for own in ({"starter": True}, {"sha256": starter_facts().sha256}):
        found = reliability_of(msgspec.structs.replace(CARD, **own))
        assert found.measured
        assert found.correct == starter_facts().holds_answer < LEAST
        assert not found.enough
