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

import msgspec

from carrel.engine.keeping import SavedState
from carrel.engine.messages import (
    AdaptersSet,
    CountTokens,
    EngineReply,
    EngineRequest,
    Generate,
    Generated,
    Loaded,
    LoadModel,
    LoadProgress,
    PreviewTemplate,
    RestoreState,
    SaveState,
    ScoreLabels,
    SetAdapters,
    StateRestored,
    StateSaved,
    TemplatePreview,
    TokenCounts,
)
from carrel.engine.watchdog import (
    DEAF_AFTER,
    DEAF_LOADING,
    Watchdog,
    allowed_silence,
)
from carrel.errors import Cancelled, UserError, WorkerDied
from carrel.process.child import Child
from carrel.process.frames import Frame

_DECODER: msgspec.json.Decoder[EngineReply] = msgspec.json.Decoder(EngineReply)


class ModelProcess:
    """ports.LanguageModel over a worker process. Calls wait for each other in the worker."""

    def __init__(self, child: Child | None = None) -> None:
        self._child = child if child is not None else Child("model", line="pipe")
        self._wanted: LoadModel | None = None
        self._loaded: Loaded | None = None
        self._adapters = SetAdapters()
        self._silence = allowed_silence("")
        self._lock = threading.Lock()

    def load(self, request: LoadModel, cancel: threading.Event) -> Iterator[EngineReply]:
        """LoadProgress..., Loaded; without Loaded when `cancel` was set.

        Raises UserError with the reason when the model cannot be used, and WorkerDied when loading
        it ended the process (a file to be suspicious of).
        """
        self._wanted, self._loaded, self._adapters = None, None, SetAdapters()
        self._silence = allowed_silence(request.path)
        for reply in self._call(request, cancel):
            if isinstance(reply, LoadProgress):
                self._silence += reply.patience
            if isinstance(reply, Loaded):
                # A process that starts again need not measure again.
                self._wanted = msgspec.structs.replace(
                    request, calibrate=False, together=reply.together
                )
                self._loaded = reply
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

    def set_adapters(self, request: SetAdapters) -> AdaptersSet:
        """Attach exactly these adapters; a process that starts again gets them again.

        Raises UserError with the reason, and then those before stay; WorkerDied when attaching
        ended the process.
        """
        never = threading.Event()
        done = AdaptersSet(milliseconds=0.0, changed=False)
        for _ in self._reload(never):
            pass  # progress of loading again: nobody asked for it here
        for reply in self._call(request, never):
            if isinstance(reply, AdaptersSet):
                done = reply
        self._adapters = request
        return done

    def save_state(self, limit: int) -> SavedState | None:
        """What the loaded model has read, in at most `limit` bytes; None when there is nothing
        worth keeping. Raises UserError and WorkerDied."""
        if self.loaded() is None:
            return None
        saved: SavedState | None = None
        for frame in self._frames(SaveState(limit=limit), threading.Event()):
            reply = _DECODER.decode(frame.body)
            if isinstance(reply, StateSaved) and reply.tokens:
                saved = SavedState(reply.tokens, frame.raw)
        return saved

    def restore_state(self, state: SavedState) -> bool:
        """Give a process of the same model what an earlier one had read. False when it does not
        fit. Raises UserError and WorkerDied."""
        request = RestoreState(tokens=state.tokens)
        frames = self._frames(request, threading.Event(), state.data)
        replies = [_DECODER.decode(frame.body) for frame in frames]
        return any(isinstance(one, StateRestored) and one.tokens > 0 for one in replies)

    def preview(self, request: PreviewTemplate) -> TemplatePreview:
        """Render the sample chat for a model file; what is loaded stays, and nothing is loaded.

        Waits while an answer is generated. Raises UserError and WorkerDied.
        """
        replies = list(self._call(request, threading.Event()))
        return next(reply for reply in replies if isinstance(reply, TemplatePreview))

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

    def score(self, request: ScoreLabels, cancel: threading.Event) -> Iterator[EngineReply]:
        """LabelScores..., fewer when `cancel` was set; LoadProgress and Loaded first when the model
        has to be loaded again. Raises UserError and WorkerDied."""
        yield from self._reload(cancel)
        if not cancel.is_set():
            yield from self._call(request, cancel)

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
        if self._wanted is None or self.loaded() is not None:
            return
        adapters = self._adapters
        yield from self.load(self._wanted, cancel)
        if adapters.adapters and self.loaded() is not None:
            for _ in self._call(adapters, cancel):
                pass
            self._adapters = adapters

    def _call(self, request: EngineRequest, cancel: threading.Event) -> Iterator[EngineReply]:
        for frame in self._frames(request, cancel):
            yield _DECODER.decode(frame.body)

    def _frames(
        self, request: EngineRequest, cancel: threading.Event, raw: bytes = b""
    ) -> Iterator[Frame]:
        try:
            caller = self._child.ensure(cancel)
            deaf_after = DEAF_LOADING if isinstance(request, LoadModel) else DEAF_AFTER
            watchdog = Watchdog(self._child, cancel, lambda: self._silence, deaf_after)
            yield from watchdog.frames(caller, caller.call(request, raw=raw, cancel=cancel))
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
