"""Where a model goes, with graphics cards that this machine need not have."""

from __future__ import annotations

import threading

import pytest

from carrel.engine import devices, llama, loading, placing
from carrel.engine.hardware import Hardware, engine_has_gpu_library
from carrel.engine.messages import Device, ListDevices, LoadModel
from carrel.engine.pieces import SECONDS, Pieces
from carrel.engine.placing import Placement, on_processor, place
from carrel.errors import UserError
from carrel_models.card import read_card
from tests.core.engine.conftest import answer, chat
from tests.models.tiny_gguf import write_tiny

GB = 1_000_000_000
CARD = Device(name="Vulkan0", description="A card", kind="gpu", free=8 * GB, total=8 * GB)
SMALL = Device(name="Vulkan1", description="Built in", kind="integrated gpu", free=2 * GB)
CPU = Device(name="CPU", description="A processor", kind="cpu", free=8 * GB, total=8 * GB)


@pytest.fixture
def with_card(monkeypatch):
    def pretend(*found):
        monkeypatch.setattr(devices, "devices", lambda: [*found, CPU])

    return pretend


def test_all_layers_go_to_a_card_with_room(tiny, with_card):
    with_card(CARD)
    found = place(read_card(tiny), LoadModel(path=str(tiny), context=1024))
    assert (found.layers, found.all_layers, found.names) == (3, 3, ("Vulkan0",))
    assert found.words == "Vulkan0 (A card): all layers"


def test_layers_and_device_can_be_chosen(tiny, with_card):
    with_card(CARD, SMALL)
    card = read_card(tiny)
    some = place(card, LoadModel(path=str(tiny), gpu_layers=1))
    assert (some.layers, some.words) == (1, "Vulkan0 (A card): 1 of 3 layers")
    assert place(card, LoadModel(path=str(tiny), gpu_layers=0)).words == "CPU"
    assert place(card, LoadModel(path=str(tiny), device="cpu")).names == ()
    assert place(card, LoadModel(path=str(tiny), device="vulkan1")).names == ("Vulkan1",)
    with pytest.raises(UserError, match="no graphics card CUDA7") as caught:
        place(card, LoadModel(path=str(tiny), device="CUDA7"))
    assert "cpu, Vulkan0, Vulkan1" in caught.value.what_to_do


def test_an_integrated_card_is_taken_when_there_is_no_other(with_card):
    with_card(SMALL)
    assert [one.name for one in devices.usable_gpus()] == ["Vulkan1"]
    assert devices.as_gpus([SMALL])[0].shared
    assert not devices.as_gpus([CARD])[0].shared


def test_a_full_card_leaves_the_model_to_the_processor_and_says_so(tiny, with_card):
    full = Device(name="Vulkan0", description="A card", kind="gpu", free=1_000_000, total=8 * GB)
    with_card(full)
    found = place(read_card(tiny), LoadModel(path=str(tiny)))
    assert (found.layers, found.names) == (0, ())
    assert found.words == "CPU, because Vulkan0 (A card) has 1 MB free, too little for a layer"


def test_a_model_that_does_not_fit_is_refused_with_numbers(tiny, monkeypatch):
    monkeypatch.setattr(placing, "available_memory", lambda: 1_000_000)
    with pytest.raises(UserError, match=r"does not fit.* 1 MB are free") as caught:
        place(read_card(tiny), LoadModel(path=str(tiny), context=512))
    assert caught.value.code == "model_too_large"


def test_loading_falls_back_to_the_processor_with_the_reason(load, tiny, monkeypatch):
    good = loading.device_array

    def device_array(names):
        if names:
            raise UserError("The card is out of memory.")
        return good(names)

    placement = Placement(1024, 3, 3, ("Vulkan0",), "Vulkan0 (A card): all layers")
    monkeypatch.setattr(llama, "place", lambda card, request: placement)
    monkeypatch.setattr(loading, "device_array", device_array)
    model = load(tiny)
    loaded = model.loaded()
    assert loaded is not None
    assert loaded.device == "CPU, because loading onto Vulkan0 failed: The card is out of memory."
    assert answer(model, chat("Hi"), max_tokens=3)[1].generated_tokens == 3


def test_a_model_that_is_broken_fails_with_its_own_reason_after_the_fallback(tmp_path, monkeypatch):
    bad = write_tiny(tmp_path / "b.gguf", change={"llama.rope.dimension_count": 7})
    placement = Placement(1024, 3, 3, (), "x")
    monkeypatch.setattr(llama, "place", lambda card, request: placement)
    with pytest.raises(UserError, match="cannot be loaded"):
        list(llama.load(LoadModel(path=str(bad)), threading.Event()))
    assert on_processor(placement._replace(names=("A", "B")), "no.").words.count("A and B") == 1


def test_this_build_lists_its_devices():
    (found,) = devices.list_devices(ListDevices())
    assert "cpu" in {one.kind for one in found.devices}
    assert "CPU" in found.system_info
    assert found.offloads == engine_has_gpu_library()


def test_a_device_that_is_not_there_is_told_and_nothing_is_offloaded(monkeypatch):
    hardware = Hardware("CUDA7")
    monkeypatch.setattr("carrel.engine.hardware.engine_has_gpu_library", lambda site: True)
    assert hardware.gpus() == []
    assert "CUDA7" in hardware.problem


def test_pieces_of_a_prompt_stay_short_on_a_card():
    pieces = Pieces(512, on_gpu=True)
    for _ in range(9):
        pieces.took(pieces.size, 0.001 * pieces.size)  # a thousand tokens a second
    assert pieces.size == SECONDS * 1000 // 16 * 16
    pieces.took(pieces.size, 10.0)
    assert pieces.size == 16
    for _ in range(9):
        pieces.took(pieces.size, 1e-6)
    assert pieces.size == 512
    assert Pieces(128, on_gpu=False).size == 128
