"""What this machine can run a model on, and what a model would take: asked of a worker that ends.

Each question goes to a model worker of its own: a broken file or a bad graphics driver may end that
process, and the one that answers a conversation goes on.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from collections.abc import Mapping
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
_PROCESSOR = "Models run on the processor."
_GPU_LIBRARIES = ("ggml-cuda", "ggml-hip", "ggml-metal", "ggml-sycl", "ggml-vulkan")


def gpu_engine() -> Path:
    """Where the package carrel-gpu has llama.cpp for graphics cards."""
    return Path(sys.prefix) / "lib" / "carrel-gpu"


class Hardware:
    """The devices are asked for once; a plan each time. `device` as in LoadModel.

    Where another build of llama.cpp for graphics cards is installed beside (`beside`), it is tried
    once, in a process that may die of it, and taken when it finds a card; else the first build
    stays, and `problem` says why.
    """

    def __init__(self, device: str = "", beside: Path | None = None) -> None:
        self.device = device
        self._beside = beside or gpu_engine()
        self._site: str | None = None
        self._found: DeviceList | None = None
        self.problem = ""
        self._lock = threading.RLock()

    def site(self) -> str:
        """The folder whose llama.cpp the workers use, "" for the one that is installed as usual."""
        with self._lock:
            if self._site is None:
                self._site = os.environ.get(ENGINE_SITE, "") or self._beside_if_usable()
            return self._site

    def environment(self) -> dict[str, str]:
        """What a model worker is started with besides this process's environment."""
        return {ENGINE_SITE: site} if (site := self.site()) else {}

    def _beside_if_usable(self) -> str:
        if self.device.lower() == "cpu" or not (self._beside / "llama_cpp").is_dir():
            return ""
        try:
            found = _ask(ListDevices(), DeviceList, {ENGINE_SITE: str(self._beside)})
        except (UserError, WorkerDied) as error:
            self.problem = (
                f"The engine for graphics cards does not start here: {error} {_PROCESSOR}"
            )
            return ""
        if not any("gpu" in one.kind for one in found.devices):
            self.problem = f"No graphics card with a driver for Vulkan was found. {_PROCESSOR}"
            return ""
        self._found = found
        return str(self._beside)

    def devices(self) -> DeviceList:
        """What llama.cpp can compute on. Raises WorkerDied when looking ends the process."""
        with self._lock:
            environment = self.environment()
            if self._found is None:
                self._found = _ask(ListDevices(), DeviceList, environment)
            return self._found

    def cards(self) -> list[Device]:
        """The graphics cards that models go to. An engine without a library for any is not even
        started. Raises UserError when `device` is not here."""
        from carrel.engine.devices import choose_cards

        if not engine_has_gpu_library(self.site()):
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
        return _ask(request, MemoryPlan, self.environment())


def engine_has_gpu_library(site: str = "") -> bool:
    """Whether the llama.cpp that workers use comes with a library for graphics cards. `site` as
    `Hardware.site` says; without it, as the environment says."""
    if site := site or os.environ.get(ENGINE_SITE, ""):
        package = Path(site) / "llama_cpp"
    else:
        found = importlib.util.find_spec("llama_cpp")
        if found is None or not found.origin:
            return False
        package = Path(found.origin).parent
    files = [file.name for file in (package / "lib").glob("*ggml-*")]
    return any(name in file for file in files for name in _GPU_LIBRARIES)


def _ask(request: EngineRequest, wanted: type[Reply], env: Mapping[str, str]) -> Reply:
    child = Child("model", line="pipe", env=env)
    cancel = threading.Event()
    try:
        frames = child.ensure(cancel).call(request, cancel=cancel)
        replies = [_DECODER.decode(frame.body) for frame in frames]
    finally:
        child.close()
    return next(reply for reply in replies if isinstance(reply, wanted))
