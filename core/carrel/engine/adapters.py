"""LoRA adapters on a loaded model: read once, then attached, stacked, scaled and detached at will.

    slot = AdapterSlot(model, path)
    slot.attach(context, [AdapterFile(path="tone.gguf", scale=0.8)])

llama.cpp ends the process on some adapters that do not fit, so their headers are compared with the
model's before it sees them. What it returns for a failure is a NULL pointer, which is an object
that is false, not None. Attaching changes what the model computes and not what it has computed: the
caller empties the KV cache.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from carrel.engine.messages import AdapterFile, AdaptersSet
from carrel.engine.native import clear_log, library, reason_from_log
from carrel.errors import UserError
from carrel_models.adapter import Base, pair, read_base
from carrel_models.gguf import BadGguf, read_header
from carrel_models.opening import Opening, opening_of

# Adapters that stay in memory after they were detached, so that putting them on again takes no
# reading. Each has the size of its file.
KEPT = 4


class _Key(NamedTuple):
    """An adapter file as it was when it was read."""

    path: str
    size: int
    modified: int


class AdapterSlot:
    """The adapters of one loaded model. Close it before the model is freed."""

    def __init__(self, model: Any, model_path: str) -> None:
        self._lib = library()
        self._model = model
        self._model_path = model_path
        self._base: Base | None = None
        self._loaded: dict[_Key, Any] = {}  # the least recently attached first
        self._attached: dict[_Key, float] = {}
        self._openings: dict[_Key, Opening] = {}  # of those in memory that have one

    @property
    def openings(self) -> list[Opening]:
        """How the attached adapters want answers to begin, each bias times its adapter's scale."""
        return [
            Opening(self._openings[key].text, self._openings[key].bias * scale)
            for key, scale in self._attached.items()
            if key in self._openings
        ]

    def attach(
        self, context: Any, files: Sequence[AdapterFile], try_out: Callable[[], None]
    ) -> AdaptersSet:
        """Attach exactly these adapters to llama.cpp's `context`; the same file twice adds up.

        `changed` says that the KV cache has to be emptied. Raises UserError with the reason when
        one is missing, broken or made for another model; then everything stays as it was.
        `try_out` is called when a file was read for the first time, with the adapters attached.
        """
        wanted: dict[_Key, float] = {}
        for file in files:
            key = _key(file.path)
            wanted[key] = wanted.get(key, 0.0) + file.scale
        start = time.perf_counter()
        new = {key: self._read(key) for key in wanted if key not in self._loaded}
        self._loaded |= new
        loaded = time.perf_counter()
        if changed := wanted != self._attached:
            self._set(context, wanted)
        attached = time.perf_counter()
        if new:
            try_out()
        tried = time.perf_counter() - attached
        return AdaptersSet(
            milliseconds=(attached - loaded) * 1000,
            changed=changed,
            reading_ms=(loaded - start + tried) * 1000,
        )

    def follow(self, context: Any) -> None:
        """Attach to another context of the same model what is attached now. Raises UserError."""
        self._set(context, dict(self._attached))

    def close(self) -> None:
        """Free all adapters; a second call does nothing."""
        for adapter in self._loaded.values():
            self._lib.llama_adapter_lora_free(adapter)
        self._loaded, self._attached, self._openings = {}, {}, {}

    def _set(self, context: Any, wanted: dict[_Key, float]) -> None:
        count = len(wanted)
        adapters = (self._lib.llama_adapter_lora_p_ctypes * count)()
        for place, key in enumerate(wanted):
            adapters[place] = self._loaded[key]
        scales = (ctypes.c_float * count)(*wanted.values())
        if self._lib.llama_set_adapters_lora(context, adapters, count, scales) != 0:
            raise UserError(
                "llama.cpp could not attach the adapters.",
                "Start the model again, or use it without them.",
                "adapter_failed",
            )
        self._attached = wanted
        for key in wanted:  # most recently used last
            self._loaded[key] = self._loaded.pop(key)
        idle = [key for key in self._loaded if key not in wanted]
        for key in idle[: max(0, len(idle) - KEPT)]:
            self._lib.llama_adapter_lora_free(self._loaded.pop(key))
            self._openings.pop(key, None)

    def _read(self, key: _Key) -> Any:
        """Give the file to llama.cpp, if its header fits. Raises UserError."""
        name = Path(key.path).name
        try:
            if self._base is None:
                self._base = read_base(self._model_path)
            header = read_header(key.path)
            fit, opening = pair(header, self._base), opening_of(header)
        except (BadGguf, OSError) as error:
            raise _unusable(name, str(error)) from error
        if not fit.fits:
            raise UserError(
                f"The adapter {name} cannot be used with this model: {fit.reason}",
                "Choose the model that it was made for, or another adapter.",
                "adapter_misfit",
            )
        clear_log()
        adapter = self._lib.llama_adapter_lora_init(self._model, key.path.encode())
        if not adapter:
            raise _unusable(name, reason_from_log() or "llama.cpp gave no reason.")
        if opening is not None:
            self._openings[key] = opening
        return adapter


def _key(path: str) -> _Key:
    try:
        status = os.stat(path)
    except OSError as error:
        raise UserError(
            f"The adapter file {path} cannot be read ({error.strerror}).",
            "Put the file back, or use the model without this adapter.",
            "adapter_missing",
        ) from error
    return _Key(path, status.st_size, status.st_mtime_ns)


def _unusable(name: str, reason: str) -> UserError:
    sentence = reason if reason.endswith(".") else f"{reason}."
    return UserError(
        f"The adapter {name} cannot be used: {sentence[:1].lower()}{sentence[1:]}",
        "Download or convert it again, or choose another adapter.",
        "adapter_broken",
    )
