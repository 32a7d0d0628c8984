"""What an adapter changed, on examples that it was not trained on, with the engine that runs it.

F1 is the overlap of words with the answer that was wanted, without articles, as SQuAD counts it
(arXiv 1606.05250); a refusal is what Carrel takes for one.
"""

from __future__ import annotations

import os
import statistics
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from carrel.answering.refusal import is_refusal
from carrel.answering.stream import STOPS, AnswerStream
from carrel.engine.inline import InlineModel
from carrel.engine.messages import AdapterFile, Generate, LoadModel, Piece, Sampling, SetAdapters
from carrel.errors import Cancelled
from carrel.events import Plain
from carrel.lab.texts import f1
from carrel.lab.tuning.examples import Example

_LONGEST = 160  # tokens of an answer
Found = TypeVar("Found")


class Figures(Plain, frozen=True):
    """Means over `n` held-out examples; None where there is none of the kind. `f1` and
    `false_refusals` are of those with an answer, `honest_refusals` of those without."""

    n: int
    f1: float | None
    false_refusals: float | None
    honest_refusals: float | None

    def words(self) -> str:
        """One line for people."""
        return (
            f"n={self.n}  F1 {_share(self.f1)}  false refusals {_share(self.false_refusals)}"
            f"  honest refusals {_share(self.honest_refusals)}"
        )


def evaluate(
    base: Path, adapter: Path, examples: Sequence[Example], cancel: threading.Event
) -> Iterator[tuple[str, Figures]]:
    """What `with_and_without` yields. Raises UserError and Cancelled."""
    return with_and_without(base, adapter, cancel, lambda model: _figures(model, examples, cancel))


def with_and_without(
    base: Path, adapter: Path, cancel: threading.Event, measure: Callable[[InlineModel], Found]
) -> Iterator[tuple[str, Found]]:
    """("base", what `measure` finds) and then ("adapter", ...). Raises UserError when the model
    cannot be loaded, and what `measure` raises."""
    model = InlineModel()
    try:
        for _ in model.load(LoadModel(path=str(base), context=4096), cancel):
            pass
        yield "base", measure(model)
        attached = [AdapterFile(path=os.path.abspath(adapter))]
        model.set_adapters(SetAdapters(adapters=attached))
        yield "adapter", measure(model)
    finally:
        model.close()


def _figures(model: InlineModel, examples: Sequence[Example], cancel: threading.Event) -> Figures:
    said = [answered(model, one, cancel) for one in examples]
    pairs = list(zip(examples, said, strict=True))
    known = [(cleaned(one.answer), text) for one, text in pairs if not is_refusal(one.answer)]
    unknown = [text for one, text in pairs if is_refusal(one.answer)]
    return Figures(
        n=len(pairs),
        f1=_mean([f1(text, [answer]) for answer, text in known]),
        false_refusals=_mean([float(is_refusal(text)) for _, text in known]),
        honest_refusals=_mean([float(is_refusal(text)) for text in unknown]),
    )


def answered(model: InlineModel, one: Example, cancel: threading.Event) -> str:
    """The model's greedy answer, cleaned as Carrel cleans it. Raises Cancelled."""
    request = Generate(
        messages=list(one.messages), stop=list(STOPS), max_tokens=_LONGEST,
        sampling=Sampling(temperature=0.0, repeat_penalty=1.1),
    )  # fmt: skip
    pieces = [event.text for event in model.stream(request, cancel) if isinstance(event, Piece)]
    if cancel.is_set():
        raise Cancelled
    return cleaned("".join(pieces))


def cleaned(text: str) -> str:
    """An answer without markers and leads, as Carrel shows it."""
    stream = AnswerStream()
    return (stream.feed(text) + stream.finish()).strip()


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None


def _share(value: float | None) -> str:
    return "  - " if value is None else f"{value:.2f}"
