"""What llama.cpp can compute on here: the processor, and graphics cards where the build has them.

The list comes from ggml, so that it is the same for CUDA, Vulkan and Metal builds.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from carrel.engine.messages import Device, DeviceList, ListDevices
from carrel.engine.native import library
from carrel.errors import UserError
from carrel_models.machine import Gpu, available_memory

Kind = Literal["cpu", "gpu", "integrated gpu", "accelerator"]
# ggml_backend_dev_type of ggml-backend.h, in its order.
_KINDS: tuple[Kind, ...] = ("cpu", "gpu", "integrated gpu", "accelerator")
_AMX = (
    "This engine was built with Intel AMX, which ends the process with some models: build it with "
    "the project's set-up."
)


def list_devices(_request: ListDevices) -> Iterator[DeviceList]:
    """Every device, the build's own words, and what is wrong with the build."""
    lib = library()
    info = " ".join(lib.llama_print_system_info().decode().split())
    yield DeviceList(
        devices=devices(),
        offloads=bool(lib.llama_supports_gpu_offload()),
        system_info=info,
        warnings=[_AMX] if "AMX" in info else [],
    )


def devices() -> list[Device]:
    """The devices as they are now; free memory changes from call to call."""
    return [_device(pointer) for pointer in _pointers()]


def usable_gpus(wanted: str = "") -> list[Device]:
    """The graphics cards that a model may be put on: the one called `wanted`, or those that
    llama.cpp takes by itself (integrated ones only when there is no other); none for "cpu".

    Raises UserError when there is no such device.
    """
    return choose_cards(devices(), wanted)


def choose_cards(found: Sequence[Device], wanted: str) -> list[Device]:
    """`usable_gpus` among the devices `found`."""
    cards = [one for one in found if one.kind in ("gpu", "integrated gpu")]
    if wanted.lower() == "cpu":
        return []
    if wanted:
        chosen = [one for one in cards if one.name.lower() == wanted.lower()]
        if not chosen:
            known = ", ".join(["cpu", *(one.name for one in cards)])
            raise UserError(
                f"There is no graphics card {wanted} here.", f"Choose one of: {known}.", "no_device"
            )
        return chosen
    return [one for one in cards if one.kind == "gpu"] or cards[:1]


def as_gpus(cards: Sequence[Device]) -> list[Gpu]:
    """The cards' memory as the fit wants it; one that does not say how much is free has none."""
    return [Gpu(card.free or 0, shared=_shares_memory(card)) for card in cards]


def _shares_memory(card: Device) -> bool:
    # ggml lists Apple's graphics as a card of its own; it computes in main memory.
    return card.kind == "integrated gpu" or card.name.startswith(("Metal", "MTL"))


def device_array(names: Sequence[str]) -> Any:
    """llama_model_params.devices for exactly these devices; an empty one keeps to the processor."""
    known = {_text("ggml_backend_dev_name", one): one for one in _pointers()}
    return (ctypes.c_void_p * (len(names) + 1))(*[known[name] for name in names], None)


def _device(pointer: int) -> Device:
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    _call("ggml_backend_dev_memory", None, pointer, ctypes.byref(free), ctypes.byref(total))
    number = int(_call("ggml_backend_dev_type", ctypes.c_int, pointer))
    kind = _KINDS[number] if number < len(_KINDS) else "accelerator"
    # ggml counts all of main memory as free.
    left = (available_memory() if kind == "cpu" else None) or free.value
    return Device(
        name=_text("ggml_backend_dev_name", pointer),
        description=_text("ggml_backend_dev_description", pointer),
        kind=kind,
        free=left if total.value else None,
        total=total.value or None,
    )


def _pointers() -> list[int]:
    count = int(_call("ggml_backend_dev_count", ctypes.c_size_t))
    return [
        int(_call("ggml_backend_dev_get", ctypes.c_void_p, ctypes.c_size_t(n)))
        for n in range(count)
    ]


def _text(function: str, pointer: int) -> str:
    text = _call(function, ctypes.c_char_p, pointer)
    return " ".join(text.decode("utf-8", "replace").split()) if text else ""


def _call(name: str, result: Any, *arguments: Any) -> Any:
    function = _function(name)
    function.restype = result
    return function(*(ctypes.c_void_p(a) if isinstance(a, int) else a for a in arguments))


@cache
def _function(name: str) -> Any:
    """A function of ggml: the registry lies in one library, what all devices share in another."""
    for one in _libraries():
        if hasattr(one, name):
            return getattr(one, name)
    raise AttributeError(name)


@cache
def _libraries() -> tuple[ctypes.CDLL, ...]:
    library()  # the backends are registered when llama.cpp starts
    import llama_cpp
    from llama_cpp import _ctypes_extensions

    folder = Path(llama_cpp.__file__).parent / "lib"
    load = _ctypes_extensions.load_shared_library
    return load("ggml", folder), load("ggml-base", folder)
