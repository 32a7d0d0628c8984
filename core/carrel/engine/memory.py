"""What a model would take on each device: llama.cpp's own dry run, else an estimate.

A dry run reads the header and lays everything out without allocating it. llama.cpp tells the result
in its log alone: the size of the cache, of each compute buffer, and which device each layer is on.
The weights are the file's own sizes.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from carrel.engine.checking import broken, check_file
from carrel.engine.context import batch_size, context_params
from carrel.engine.devices import devices
from carrel.engine.loading import model_params
from carrel.engine.messages import Device, DeviceMemory, MemoryPlan, PlanMemory
from carrel.engine.native import clear_log, library, reason_from_log, recorded
from carrel.engine.placing import Placement, place
from carrel_models.card import ModelCard
from carrel_models.estimate import (
    BOOKKEEPING_BYTES,
    Need,
    Split,
    cache_per_layer,
    estimate,
    score_copies,
    table_bytes,
)
from carrel_models.fit import sizes
from carrel_models.shape import Shape

MAIN = "CPU"
_MIB = 1024 * 1024
_CACHE = re.compile(r"^\S+: size = +([\d.]+) MiB \(")
_COMPUTE = re.compile(r"^\S+: +(\S+) compute buffer size = +([\d.]+) MiB")
_LAYER = re.compile(r"^load_tensors: layer +(\d+) assigned to device ([^,]+),")


def plan(request: PlanMemory, cancel: threading.Event) -> Iterator[MemoryPlan]:
    """MemoryPlan. Raises UserError when the model cannot be loaded or does not fit."""
    card = check_file(request.path)
    placement = place(card, request)
    shape = sizes(card)
    said = dry_run(card, placement)
    if cancel.is_set():
        return
    needs: dict[str, Need] = {}
    exact = False
    if shape is not None:
        needs, exact = _needs(said, card, shape, placement)
    yield MemoryPlan(
        devices=[_on_device(one, needs) for one in devices() if one.name in needs],
        layers=placement.layers,
        all_layers=placement.all_layers,
        exact=exact,
        context=placement.context,
    )


class DryRun(NamedTuple):
    """What llama.cpp said, in bytes: `compute` by buffer type, `layers` by device in their order
    with the output last. `cache` None when it did not get as far as that."""

    cache: int | None
    compute: dict[str, int]
    layers: list[str]


def dry_run(card: ModelCard, placement: Placement) -> DryRun:
    """Let llama.cpp lay out model and context without allocating them. Raises UserError."""
    lib = library()
    params, _devices = model_params(placement)
    params.no_alloc, params.load_mode = True, lib.LLAMA_LOAD_MODE_NONE
    clear_log()
    with recorded() as lines:
        model = lib.llama_model_load_from_file(card.path.encode(), params)
        if not model:
            raise broken(card.name, reason_from_log() or "llama.cpp gave no reason")
        wanted = context_params(placement.context, on_gpu=bool(placement.names))
        context = lib.llama_init_from_model(model, wanted)
        if context:
            lib.llama_free(context)
        lib.llama_model_free(model)
    return parse(lines)


def parse(lines: Sequence[str]) -> DryRun:
    """The sizes in a log of llama.cpp. A model with two kinds of layers has two caches."""
    caches = [float(match[1]) for line in lines if (match := _CACHE.match(line))]
    compute = {match[1]: float(match[2]) for line in lines if (match := _COMPUTE.match(line))}
    layers = {int(match[1]): match[2] for line in lines if (match := _LAYER.match(line))}
    return DryRun(
        cache=int(sum(caches) * _MIB) if caches else None,
        compute={name: int(size * _MIB) for name, size in compute.items()},
        layers=[layers[number] for number in sorted(layers)],
    )


def _needs(
    said: DryRun, card: ModelCard, shape: Shape, placement: Placement
) -> tuple[dict[str, Need], bool]:
    """The need of each device by its name, and whether it is llama.cpp's word."""
    split = estimate(shape, card.size, placement.context, gpu_layers=placement.layers)
    understood = len(said.layers) == shape.all_layers and bool(said.compute)
    if not understood or (said.cache is None and any(shape.cache_bytes)):
        return _estimated(split, placement), False
    on_gpu = bool(placement.names)
    batch = batch_size(placement.context, on_gpu=on_gpu)
    parts = cache_per_layer(shape, placement.context, batch)
    scale = (said.cache or 0) / max(1, sum(parts))
    needs = dict.fromkeys((MAIN, *placement.names), Need())
    for layer, device in enumerate(said.layers[:-1]):
        _add(needs, device, Need(shape.layer_bytes[layer], int(parts[layer] * scale), 0))
    _add(needs, said.layers[-1], Need(shape.output_bytes, 0, 0))
    for buffer, size in said.compute.items():
        # Buffers of main memory that a card can read are called after the card: "CUDA_Host".
        _add(needs, buffer if buffer in placement.names else MAIN, Need(compute=size))
    gpu_weights = sum(need.weights for name, need in needs.items() if name != MAIN)
    copies = 0 if on_gpu else score_copies(shape, placement.context, batch)
    main = needs[MAIN]
    needs[MAIN] = Need(
        max(card.size - gpu_weights, shape.input_bytes) + table_bytes(shape),
        main.cache,
        main.compute + copies + BOOKKEEPING_BYTES,
    )
    return needs, True


def _estimated(split: Split, placement: Placement) -> dict[str, Need]:
    """An estimate, shared among the cards alike (llama.cpp shares by what is free)."""
    needs = {MAIN: split.main}
    cards = len(placement.names)
    for name in placement.names:
        needs[name] = Need(split.gpu.weights // cards, split.gpu.cache // cards, split.gpu.compute)
    return needs


def _add(needs: dict[str, Need], name: str, more: Need) -> None:
    old = needs.get(name, Need())
    needs[name] = Need(*(a + b for a, b in zip(old, more, strict=True)))


def _on_device(device: Device, needs: dict[str, Need]) -> DeviceMemory:
    need = needs[device.name]
    return DeviceMemory(
        name=device.name, description=device.description, weights=need.weights, cache=need.cache,
        compute=need.compute, free=device.free,
    )  # fmt: skip
