"""One answer, from chat to text: what all engines share. An engine only turns tokens into tokens.

    engine = Engine(backend, builder, loaded)
    for reply in engine.stream(request, cancel): ...     # PromptProgress, Piece, ..., Generated

The prompt is built, the backend yields progress and then tokens, tokens become whole characters,
stop texts are cut off, and the last message tells why it ended and how long it took.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, Protocol

from carrel.engine.decoding import TextStream
from carrel.engine.messages import (
    ChatMessage,
    EngineReply,
    Generate,
    Generated,
    Loaded,
    Piece,
    PromptProgress,
    Sampling,
)
from carrel.engine.prompt import PromptBuilder
from carrel.engine.vocabulary import Vocabulary
from carrel.errors import UserError

Reason = Literal["end", "length", "stop", "cancelled"]


class Progress(NamedTuple):
    """Tokens of the prompt that are processed, cached ones included."""

    done: int


class Backend(Protocol):
    """A model with a context of `context` tokens.

    `tokens` yields Progress while it reads the prompt, the first with the number of cached tokens,
    then generated token ids. It returns soon when `cancel` is set and when the context is full.
    `forget` empties the KV cache.
    """

    vocabulary: Vocabulary
    context: int

    def tokens(
        self, prompt: Sequence[int], sampling: Sampling, cancel: threading.Event
    ) -> Iterator[Progress | int]: ...
    def forget(self) -> None: ...
    def close(self) -> None: ...


class _Clock:
    """The times and counts of one generation, in seconds from the request."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self.prompt: float | None = None
        self.first: float | None = None
        self.cached: int | None = None

    def now(self) -> float:
        return time.perf_counter() - self._start

    def report(self, reason: Reason, prompt_tokens: int, generated: int) -> Generated:
        total = self.now()
        since = self.prompt if self.prompt is not None else total
        seconds = total - since
        return Generated(
            reason=reason,
            prompt_tokens=prompt_tokens,
            cached_tokens=self.cached or 0,
            generated_tokens=generated,
            prompt_ms=since * 1000,
            first_token_ms=None if self.first is None else self.first * 1000,
            total_ms=total * 1000,
            tokens_per_s=generated / seconds if generated and seconds > 0 else None,
        )


class Engine:
    """A loaded model that answers chats; `loaded` says what it is."""

    def __init__(self, backend: Backend, builder: PromptBuilder, loaded: Loaded) -> None:
        self._backend = backend
        self._builder = builder
        self.loaded = loaded

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text takes as content."""
        return [self._builder.count(text) for text in texts]

    def prompt_tokens(self, request: Generate) -> list[int]:
        """The prompt of a request. Raises UserError when it leaves no room for an answer."""
        prompt = self._builder.build(request.messages)
        if not prompt:
            raise UserError("There is nothing to answer.", "Type a question.", "empty_prompt")
        if len(prompt) >= self._backend.context:
            raise UserError(
                f"The question and its passages take {len(prompt):,} tokens, and this model was "
                f"loaded with room for {self._backend.context:,}.",
                "Ask a shorter question, or give the model a larger context.",
                "prompt_too_long",
            )
        return prompt

    def stream(self, request: Generate, cancel: threading.Event) -> Iterator[EngineReply]:
        """Answer a chat: PromptProgress, Piece..., and Generated as the last message.

        Raises UserError when the prompt cannot be built or llama.cpp fails.
        """
        clock = _Clock()
        prompt = self.prompt_tokens(request)
        text = TextStream([*request.stop, *self._builder.template.stops])
        generated: list[int] = []
        reason: Reason = "length"
        steps = self._backend.tokens(prompt, request.sampling, cancel)
        for step in steps if request.max_tokens > 0 else ():
            if isinstance(step, Progress):
                yield self._progress(step, clock, len(prompt))
                continue
            clock.first = clock.now() if clock.first is None else clock.first
            if self._backend.vocabulary.ends(step):
                reason = "end"
                break
            generated.append(step)
            if piece := text.feed(self._backend.vocabulary.piece(step)):
                yield Piece(text=piece)
            if text.stopped:
                reason = "stop"
                break
            if len(generated) >= request.max_tokens or cancel.is_set():
                break
        if cancel.is_set() and reason == "length":
            reason = "cancelled"
        if rest := text.finish():
            yield Piece(text=rest)
        self._builder.remember(text.text, generated)
        yield clock.report(reason, len(prompt), len(generated))

    def try_out(self, cancel: threading.Event) -> None:
        """Answer a word with one token, at the end of loading.

        Brings the weights into memory, and lets a template or vocabulary that cannot be used fail
        (or end the process) now, as part of loading. Raises UserError.
        """
        hello = Generate(messages=[ChatMessage(role="user", text="Hello\u00a0€!")], max_tokens=1)
        for _ in self.stream(hello, cancel):
            pass
        self._backend.forget()
        self._builder.forget()

    def close(self) -> None:
        """Free the model's memory."""
        self._backend.close()

    @staticmethod
    def _progress(step: Progress, clock: _Clock, total: int) -> PromptProgress:
        if clock.cached is None:
            clock.cached = step.done
        if step.done >= total:
            clock.prompt = clock.now()
        return PromptProgress(done=step.done, total=total)
