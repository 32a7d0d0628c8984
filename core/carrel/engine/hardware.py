"""What this machine can run a model on, and what a model would take: asked of a worker that ends.

Each question goes to a model worker of its own: a broken file or a bad graphics driver may end that
process, and the one that answers a conversation goes on.
"""

from __future__ import annotations

import importlib.util
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from carrel.engine.messages import (
    Device,
    DeviceList,
    EngineReply,
    EngineRequest,
    ListDevices,
    MemoryPlan,
    PlanMemory,
)
from carrel.engine.native import ENGINE_SITE
from carrel.errors import UserError, WorkerDied
from carrel.process.child import Child

if TYPE_CHECKING:
    from carrel_models.machine import Gpu

Reply = TypeVar("Reply", DeviceList, MemoryPlan)
_DECODER: msgspec.json.Decoder[EngineReply] = msgspec.json.Decoder(EngineReply)
_GPU_LIBRARIES = ("ggml-cuda", "ggml-hip", "ggml-metal", "ggml-sycl", "ggml-vulkan")


class Hardware:
    """The devices are asked for once; a plan each time. `device` as in LoadModel."""

    def __init__(self, device: str = "") -> None:
        self.device = device
        self._found: DeviceList | None = None
        self.problem = ""
        self._lock = threading.Lock()

    def devices(self) -> DeviceList:
        """What llama.cpp can compute on. Raises WorkerDied when looking ends the process."""
        with self._lock:
            if self._found is None:
                self._found = _ask(ListDevices(), DeviceList)
            return self._found

    def cards(self) -> list[Device]:
        """The graphics cards that models go to. An engine without a library for any is not even
        started. Raises UserError when `device` is not here."""
        from carrel.engine.devices import choose_cards

        if not engine_has_gpu_library():
            return []
        return choose_cards(self.devices().devices, self.device)

    def gpus(self) -> list[Gpu]:
        """The memory of the graphics cards, as `carrel_models.fit` takes it; none where they cannot
        be used (`problem` says why: a card that is not there, a driver that ends the process)."""
        from carrel.engine.devices import as_gpus

        try:
            return as_gpus(self.cards())
        except (UserError, WorkerDied) as error:
            self.problem = str(error)
            return []

    def plan(self, request: PlanMemory) -> MemoryPlan:
        """What a model would take. Raises UserError with the reason when it cannot be loaded, and
        WorkerDied when its file ended the process."""
        return _ask(request, MemoryPlan)


def engine_has_gpu_library() -> bool:
    """Whether the llama.cpp that workers use comes with a library for graphics cards."""
    if site := os.environ.get(ENGINE_SITE):
        package = Path(site) / "llama_cpp"
    else:
        found = importlib.util.find_spec("llama_cpp")
        if found is None or not found.origin:
            return False
        package = Path(found.origin).parent
    files = [file.name for file in (package / "lib").glob("*ggml-*")]
    return any(name in file for file in files for name in _GPU_LIBRARIES)


def _ask(request: EngineRequest, wanted: type[Reply]) -> Reply:
    child = Child("model", line="pipe")
    cancel = threading.Event()
    try:
        frames = child.ensure(cancel).call(request, cancel=cancel)
        replies = [_DECODER.decode(frame.body) for frame in frames]
    finally:
        child.close()
    return next(reply for reply in replies if isinstance(reply, wanted))
