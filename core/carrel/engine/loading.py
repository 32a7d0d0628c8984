"""Loads a model's weights with llama.cpp: with progress, a Stop, and a reason when it fails."""

from __future__ import annotations

import ctypes
import queue
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from carrel.engine.checking import broken
from carrel.engine.devices import device_array
from carrel.engine.messages import LoadProgress
from carrel.engine.native import clear_log, library, reason_from_log
from carrel.engine.placing import Placement
from carrel.errors import UserError
from carrel_models.card import ModelCard


def load_weights(
    card: ModelCard, placement: Placement, cancel: threading.Event
) -> Generator[LoadProgress, None, Any]:
    """Yield progress and return llama.cpp's model, None when cancelled.

    Raises UserError with llama.cpp's reason.
    """
    lib = library()
    told: queue.SimpleQueue[float | None] = queue.SimpleQueue()
    stopped = threading.Event()
    loaded: list[Any] = []

    def progress(fraction: float, _data: object) -> bool:
        told.put(fraction)
        return not (cancel.is_set() or stopped.is_set())

    params, _devices = model_params(placement)
    params.progress_callback = lib.llama_progress_callback(progress)

    def work() -> None:
        try:
            loaded.append(lib.llama_model_load_from_file(card.path.encode(), params))
        finally:
            told.put(None)

    clear_log()
    thread = threading.Thread(target=work, name="model loading", daemon=True)
    thread.start()
    try:
        yield from _hundredths(told)
    except GeneratorExit:
        stopped.set()
        thread.join()
        if loaded and loaded[0]:
            lib.llama_model_free(loaded[0])
        raise
    thread.join()
    return _outcome(loaded, card, cancel)


def model_params(placement: Placement) -> tuple[Any, Any]:
    """llama.cpp's parameters for a model, and what must live as long as they are used."""
    params = library().llama_model_default_params()
    chosen = device_array(placement.names)
    params.n_gpu_layers = placement.layers
    params.devices = ctypes.cast(chosen, ctypes.c_void_p)
    # Some kinds of weights are copied in another order, which computes faster; those that are
    # larger than the free memory have to stay in the file instead.
    params.use_extra_bufts = not placement.from_disk
    return params, chosen


def _outcome(loaded: list[Any], card: ModelCard, cancel: threading.Event) -> Any:
    model = loaded[0] if loaded else None
    if cancel.is_set():
        if model:
            library().llama_model_free(model)
        return None
    if not model:
        raise broken(Path(card.path).name, reason_from_log() or "llama.cpp gave no reason")
    return model


def _hundredths(told: queue.SimpleQueue[float | None]) -> Iterator[LoadProgress]:
    """Progress in steps of at least a hundredth: llama.cpp tells it once per tensor."""
    last = -1.0
    while (fraction := told.get()) is not None:
        if fraction >= last + 0.01 or fraction >= 1.0 > last:
            last = fraction
            yield LoadProgress(fraction=fraction)


def check_loaded(model: Any, card: ModelCard) -> None:
    """Raise UserError for a model that llama.cpp loads but that cannot answer in a chat."""
    lib = library()
    vocabulary = lib.llama_model_get_vocab(model)
    if lib.llama_vocab_type(vocabulary) == lib.LLAMA_VOCAB_TYPE_NONE:
        raise _cannot_chat(card, "has no vocabulary, so it cannot read text.")
    if lib.llama_model_has_encoder(model) or not lib.llama_model_has_decoder(model):
        raise _cannot_chat(card, "compares or translates texts and cannot write answers.")
    if lib.llama_model_is_diffusion(model):
        raise _cannot_chat(card, "is a diffusion model, which Carrel cannot run yet.")


def _cannot_chat(card: ModelCard, why: str) -> UserError:
    return UserError(f"{card.name} {why}", "Choose a chat model.", "not_a_chat_model")
