"""Computes SHA-256 digests of models in a thread of its own, so that adding one takes no time."""

from __future__ import annotations

import threading

from carrel.desk.telling import Tell
from carrel.events import Changed
from carrel_models.registry import Registry, UnknownModel
from carrel_models.stops import Stopped


class Identifier:
    """Works through the models without a digest; `tell` hears of each one that is done."""

    def __init__(self, registry: Registry, tell: Tell) -> None:
        self._registry = registry
        self._tell = tell
        self._lock = threading.Lock()
        self._again = False
        self._running = False

    def start(self) -> None:
        """Look for models without a digest, soon; one thread serves any number of calls."""
        with self._lock:
            self._again = True
            if self._running:
                return
            self._running = True
        threading.Thread(target=self._work, name="model digests", daemon=True).start()

    def _work(self) -> None:
        tried: set[str] = set()
        while self._wanted():
            for model_id in self._registry.unidentified():
                if model_id not in tried:
                    tried.add(model_id)
                    self._identify(model_id)

    def _wanted(self) -> bool:
        with self._lock:
            wanted, self._again = self._again, False
            self._running = wanted
            return wanted

    def _identify(self, model_id: str) -> None:
        try:
            self._registry.identify(model_id)
        except (OSError, UnknownModel, Stopped):
            return  # removed, or unreadable just now: its card says so, and a question asks again
        self._tell(Changed(kinds=["models"]))
