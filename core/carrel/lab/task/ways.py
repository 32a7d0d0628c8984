"""The ways to a label: a model asked plainly, a model shown examples, and the nearest examples.

    way = ModelWay(model, labels, shots)      zero-shot without examples, few-shot with them
    way = Neighbours(embedder, examples, labels)
    for guess in way.guesses(texts, cancel): ...

All yield one Guess per text, in order.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from carrel.engine.messages import ChatMessage, EngineReply, LabelScores, ScoreLabels

if TYPE_CHECKING:
    from carrel.lab.task.neighbours import Examples

Product = Literal["whole", "step"]
BATCH = 32  # texts of one request: as many are lost when the model's process dies

INSTRUCTION = "Name the label of the text. Answer with the label only."
"""What a model is told before the text, unless somebody says something else."""
LONGEST = 512
"""Tokens of a text that a model reads at most."""

BEST = 5  # labels that are named


class Guess(NamedTuple):
    """The likeliest labels with their probabilities, best first, and that of all others."""

    best: list[tuple[str, float]]
    rest: float


class Way(Protocol):
    """Yields one guess per text, in order; ends early when `cancel` is set. `words` tells for
    people how it was done."""

    words: str

    def guesses(self, texts: Sequence[str], cancel: threading.Event) -> Iterator[Guess]: ...


class Scoring(Protocol):
    """What scores labels: a language model, or its holder."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...
    def score(self, request: ScoreLabels, cancel: threading.Event) -> Iterator[EngineReply]: ...


class Shots(Protocol):
    """The examples that are shown before a text, as (text, label)."""

    words: str

    def before(self, texts: Sequence[str]) -> list[list[tuple[str, str]]]: ...


class ModelWay:
    """A model chooses among the labels. Texts of more than `longest` tokens are cut."""

    def __init__(
        self,
        model: Scoring,
        labels: Sequence[str],
        instruction: str,
        shots: Shots | None = None,
        longest: int = LONGEST,
        by: Product = "whole",
    ) -> None:
        self._model = model
        self._labels = list(labels)
        self._instruction = instruction
        self._shots = shots
        self._longest = longest
        self._by = by
        self.words = f"few-shot, {shots.words}" if shots is not None else "zero-shot"

    def guesses(self, texts: Sequence[str], cancel: threading.Event) -> Iterator[Guess]:
        """See `Way`. Raises UserError and WorkerDied."""
        for at in range(0, len(texts), BATCH):
            some = [self.cut(text) for text in texts[at : at + BATCH]]
            request = ScoreLabels(chats=self._chats(some), labels=self._labels, by=self._by)
            for reply in self._model.score(request, cancel):
                if isinstance(reply, LabelScores):
                    yield from (self._guess(one.labels, one.probabilities, one.rest)
                                for one in reply.scores)  # fmt: skip
            if cancel.is_set():
                return

    def cut(self, text: str) -> str:
        """The beginning of a text, at most `longest` tokens of it."""
        return cut(text, self._longest, self._model.count_tokens)

    def _chats(self, texts: Sequence[str]) -> list[list[ChatMessage]]:
        shown = self._shots.before(texts) if self._shots is not None else [[] for _ in texts]
        return [
            chat(self._instruction, text, before) for text, before in zip(texts, shown, strict=True)
        ]

    def _guess(self, places: Sequence[int], given: Sequence[float], rest: float) -> Guess:
        names = [self._labels[place] for place in places]
        return Guess(list(zip(names, given, strict=True)), rest)


def chat(instruction: str, text: str, shown: Sequence[tuple[str, str]] = ()) -> list[ChatMessage]:
    """What a model is sent for a text, after examples as (text, label)."""
    told = ChatMessage(role="system", text=instruction)
    return [told, *_turns(shown), ChatMessage(role="user", text=text)]


def with_labels(instruction: str, labels: Sequence[str]) -> str:
    """An instruction in which {labels} has become the list of labels."""
    return (instruction or INSTRUCTION).replace("{labels}", "\n".join(labels))


def cut(text: str, longest: int, count_tokens: Callable[[Sequence[str]], list[int]]) -> str:
    """The beginning of a text, at most `longest` tokens of it."""
    while len(text) > longest:  # a token has one character at least, as a rule
        (count,) = count_tokens([text])
        if count <= longest:
            break
        text = text[: min(len(text) - 1, len(text) * longest // count)]
    return text


class FixedShots:
    """The same examples before every text: as many of each label as fit, at most `each`, in turn.

    They are read once for all rows.
    """

    def __init__(
        self, examples: Examples, labels: Sequence[str], model: Scoring, room: int, each: int = 1
    ) -> None:
        """`room` is in tokens of the examples' texts and labels."""
        waiting: dict[str, list[str]] = {label: [] for label in labels}
        for text, label in zip(examples.texts, examples.labels, strict=True):
            if len(waiting[label]) < each:
                waiting[label].append(text)
        order = [(texts[n], label) for n in range(each) for label, texts in waiting.items()
                 if n < len(texts)]  # fmt: skip
        counts = model.count_tokens([f"{text} {label}" for text, label in order])
        self._shown: list[tuple[str, str]] = []
        for one, count in zip(order, counts, strict=True):
            room -= count + _AROUND
            if room < 0:
                break
            self._shown.append(one)
        self.words = f"the same {len(self._shown)} examples for every row"

    def before(self, texts: Sequence[str]) -> list[list[tuple[str, str]]]:
        """The same for every text."""
        return [self._shown for _ in texts]


_AROUND = 12  # tokens that a chat template puts around an example's two messages, roughly


class NearestShots:
    """The `count` examples that are nearest to each text by meaning, the nearest last."""

    def __init__(self, examples: Examples, count: int = 8) -> None:
        self._examples = examples
        self._count = count
        self.words = f"the {count} nearest examples of each row"

    def before(self, texts: Sequence[str]) -> list[list[tuple[str, str]]]:
        """The nearest last: what stands next to the text counts most."""
        places, _ = self._examples.nearest(texts, self._count)
        found = self._examples
        return [[(found.texts[at], found.labels[at]) for at in row[::-1]] for row in places]


def _turns(shown: Sequence[tuple[str, str]]) -> Iterator[ChatMessage]:
    for text, label in shown:
        yield ChatMessage(role="user", text=text)
        yield ChatMessage(role="assistant", text=label)
