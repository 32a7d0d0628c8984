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

import msgspec

from carrel.engine.keeping import SavedState
from carrel.engine.labelling import Labelling
from carrel.engine.messages import (
    AdapterFile,
    AdaptersSet,
    ChatMessage,
    EngineReply,
    Generate,
    Generated,
    LabelScores,
    Loaded,
    PromptProgress,
    Sampling,
    ScoreLabels,
)
from carrel.engine.prompt import Prompt, PromptBuilder
from carrel.engine.scoring import Scorer
from carrel.engine.speech import THOUGHTS, Speech
from carrel.engine.vocabulary import Vocabulary
from carrel.errors import UserError

Reason = Literal["end", "length", "stop", "cancelled"]


class Progress(NamedTuple):
    """Tokens of the prompt that are processed, cached ones included."""

    done: int


class Wish(NamedTuple):
    """How the next tokens are chosen. More than `most` are not of interest; `lookup` allows
    guesses from the prompt, which change the speed and no token."""

    sampling: Sampling
    most: int
    lookup: bool = True


class DraftCounts:
    """Of `drafted` tokens that were guessed from the prompt, the model said `accepted`."""

    def __init__(self) -> None:
        self.drafted = 0
        self.accepted = 0


class Backend(Protocol):
    """A model with a context of `context` tokens.

    `tokens` yields Progress while it reads the prompt, the first with the number of cached tokens,
    then generated token ids. It returns soon when `cancel` is set and when the context is full.
    `scorer` scores labels (raises UserError where it cannot). `attach` attaches exactly these
    adapters; `save` and `restore` carry what was read from one process to another. `forget` empties
    the KV cache. `drafts` counts the guesses of the last generation.
    """

    vocabulary: Vocabulary
    context: int
    drafts: DraftCounts

    def tokens(
        self, prompt: Sequence[int], wish: Wish, cancel: threading.Event
    ) -> Iterator[Progress | int]: ...
    def scorer(self) -> Scorer: ...
    def attach(self, adapters: Sequence[AdapterFile]) -> AdaptersSet: ...
    def save(self, limit: int) -> SavedState | None: ...
    def restore(self, state: SavedState) -> bool: ...
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
        self._labelling = Labelling(builder, backend.vocabulary)
        self.loaded = loaded

    @property
    def backend(self) -> Backend:
        """What turns tokens into tokens here."""
        return self._backend

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text takes as content."""
        return [self._builder.count(text) for text in texts]

    def prompt_tokens(self, request: Generate) -> list[int]:
        """The prompt of a request. Raises UserError when it leaves no room for an answer."""
        return self._prompt(request).tokens

    def _prompt(self, request: Generate) -> Prompt:
        built = self._builder.prompt(request.messages, request.think, request.role_names)
        prompt = built.tokens
        if not prompt:
            raise UserError("There is nothing to answer.", "Type a question.", "empty_prompt")
        if len(prompt) >= self._backend.context:
            raise UserError(
                f"The question and its passages take {len(prompt):,} tokens, and this model was "
                f"loaded with room for {self._backend.context:,}.",
                "Ask a shorter question, or give the model a larger context.",
                "prompt_too_long",
            )
        return built

    def stream(self, request: Generate, cancel: threading.Event) -> Iterator[EngineReply]:
        """Answer a chat: PromptProgress, Thought and Piece..., and Generated as the last message.

        Raises UserError when the prompt cannot be built or llama.cpp fails.
        """
        clock = _Clock()
        prompt, opened = self._prompt(request)
        speech = Speech(self._backend.vocabulary, self._stops(request), opened)
        reason: Reason = "length"
        most = request.max_tokens * (1 + THOUGHTS if request.think else 1)
        wish = Wish(request.sampling, most, request.lookup)
        steps = self._backend.tokens(prompt, wish, cancel)
        for step in steps if request.max_tokens > 0 else ():
            if isinstance(step, Progress):
                yield self._progress(step, clock, len(prompt))
                continue
            clock.first = clock.now() if clock.first is None else clock.first
            if self._backend.vocabulary.ends(step):
                reason = "end"
                break
            yield from speech.add(step)
            if speech.stopped:
                reason = "stop"
                break
            if speech.full(request.max_tokens) or cancel.is_set():
                break
        if cancel.is_set() and reason == "length":
            reason = "cancelled"
        yield from speech.finish()
        self._builder.remember(speech.answer, speech.answer_tokens)
        report = clock.report(reason, len(prompt), len(speech.tokens))
        drafts = self._backend.drafts
        yield msgspec.structs.replace(
            report, thought_tokens=speech.thought_tokens,
            drafted=drafts.drafted, accepted=drafts.accepted,
        )  # fmt: skip

    def _stops(self, request: Generate) -> list[str]:
        """Texts that end an answer: those asked for, the template's, and new names of roles."""
        template = self._builder.template
        names = request.role_names.values() if template.roles else ()
        return [*request.stop, *template.stops, *(f"\n{name}:" for name in names)]

    def score(self, request: ScoreLabels, cancel: threading.Event) -> Iterator[LabelScores]:
        """Score labels for chats: LabelScores..., fewer when `cancel` was set (see `Labelling`).

        Raises UserError when a prompt cannot be built or is too long, or llama.cpp fails.
        """
        return self._labelling.score(request, self._backend.scorer(), cancel)

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

    def set_adapters(self, adapters: Sequence[AdapterFile]) -> AdaptersSet:
        """Attach exactly these adapters; what was computed without them is forgotten.

        Raises UserError with the reason, and then nothing has changed.
        """
        done = self._backend.attach(adapters)
        if done.changed:
            self._backend.forget()
            self._builder.forget()
        return done

    def save_state(self, limit: int) -> SavedState | None:
        """What the model has read, in at most `limit` bytes; None when it is not worth keeping."""
        return self._backend.save(limit)

    def restore_state(self, state: SavedState) -> bool:
        """Take up what another process of this model had read. False when it does not fit."""
        return self._backend.restore(state)

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
