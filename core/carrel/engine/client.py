"""The language model in a process of its own: starts it, talks to it, and starts it again.

    model = ModelProcess()
    for reply in model.load(LoadModel(path=...), cancel): ...
    for reply in model.stream(Generate(messages=...), cancel): ...

When the process ends unexpectedly the running call raises WorkerDied. The next call starts a new
one and loads the same model again, unless it was the loading itself that ended the process: such a
model is loaded again only when `load` is called for it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from carrel.engine.messages import (
    CountTokens,
    EngineReply,
    EngineRequest,
    Generate,
    Generated,
    Loaded,
    LoadModel,
    TokenCounts,
)
from carrel.errors import Cancelled, UserError, WorkerDied
from carrel.process.child import Child

# Seconds from a Stop to the end of a process that does not hear it: llama.cpp hears it within one
# operation on a CPU and within one batch on a GPU.
DEAF_AFTER = 10.0
_POLL = 0.02
_DECODER: msgspec.json.Decoder[EngineReply] = msgspec.json.Decoder(EngineReply)


class ModelProcess:
    """ports.LanguageModel over a worker process. Calls wait for each other in the worker."""

    def __init__(self, child: Child | None = None) -> None:
        self._child = child if child is not None else Child("model", line="pipe")
        self._wanted: LoadModel | None = None
        self._loaded: Loaded | None = None
        self._lock = threading.Lock()

    def load(self, request: LoadModel, cancel: threading.Event) -> Iterator[EngineReply]:
        """LoadProgress..., Loaded; without Loaded when `cancel` was set.

        Raises UserError with the reason when the model cannot be used, and WorkerDied when loading
        it ended the process (a file to be suspicious of).
        """
        self._wanted, self._loaded = None, None
        for reply in self._call(request, cancel):
            if isinstance(reply, Loaded):
                self._wanted, self._loaded = request, reply
            yield reply

    def loaded(self) -> Loaded | None:
        """What is loaded now; None also after the process ended."""
        return self._loaded if self._child.alive else None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text takes as content. Raises UserError and WorkerDied."""
        never = threading.Event()
        counts: list[int] = []
        for _ in self._reload(never):
            pass  # progress of loading again: nobody asked for it here
        for reply in self._call(CountTokens(texts=list(texts)), never):
            if isinstance(reply, TokenCounts):
                counts = reply.counts
        return counts

    def stream(self, request: Generate, cancel: threading.Event) -> Iterator[EngineReply]:
        """PromptProgress, Piece..., Generated; LoadProgress and Loaded first when the model has to
        be loaded again. Raises UserError and WorkerDied."""
        yield from self._reload(cancel)
        ended = False
        if not cancel.is_set():
            for reply in self._call(request, cancel):
                ended = ended or isinstance(reply, Generated)
                yield reply
        if not ended:
            yield _never_began()

    def close(self) -> None:
        """End the process: all its memory is back. The next call starts a new one."""
        self._loaded = None
        self._child.close()

    @property
    def child(self) -> Child:
        """The worker, for what is asked of every worker (the privacy probe)."""
        return self._child

    @property
    def pid(self) -> int | None:
        """The process id of the worker, None before it was started."""
        return self._child.pid

    def _reload(self, cancel: threading.Event) -> Iterator[EngineReply]:
        """Load the model again when the process that had it is gone."""
        if self._wanted is not None and self.loaded() is None:
            yield from self.load(self._wanted, cancel)

    def _call(self, request: EngineRequest, cancel: threading.Event) -> Iterator[EngineReply]:
        try:
            caller = self._child.ensure(cancel)
            with self._ended_when_deaf(cancel):
                for frame in caller.call(request, cancel=cancel):
                    yield _DECODER.decode(frame.body)
        except Cancelled:
            return  # a Stop is not an error here: the caller sees that the last message is missing
        except UserError:
            if cancel.is_set():
                return
            raise
        except WorkerDied:
            self._loaded = None
            if cancel.is_set():
                return  # it did not hear the Stop and was ended for that
            raise

    @contextmanager
    def _ended_when_deaf(self, cancel: threading.Event) -> Iterator[None]:
        """Kill the process when a call goes on for DEAF_AFTER seconds after its Stop."""
        done = threading.Event()
        pid = self._child.pid

        def watch() -> None:
            while not cancel.wait(_POLL):
                if done.is_set():
                    return
            if not done.wait(DEAF_AFTER) and self._child.pid == pid:
                self._child.kill()

        watcher = threading.Thread(target=watch, name="model stop", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join(1.0)


def _never_began() -> Generated:
    """The end of a generation that was stopped before the model began or answered."""
    return Generated(
        reason="cancelled",
        prompt_tokens=0,
        cached_tokens=0,
        generated_tokens=0,
        prompt_ms=0.0,
        first_token_ms=None,
        total_ms=0.0,
        tokens_per_s=None,
    )
