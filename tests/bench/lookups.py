"""Prompt lookup: tokens per second with guesses against without, on the same imposed answers.

An answer that quotes three passages of its prompt, and one that quotes nothing. On the starter also
answers that it gives itself to questions about the sample folder: there the text must be the same.
"""

from __future__ import annotations

import statistics

from tests.bench.common import Row
from tests.bench.engine_models import (
    PLAIN,
    answer,
    chat,
    dictated,
    loaded,
    models,
    question,
    quoting,
)

from carrel.engine.inline import InlineModel
from carrel.engine.messages import Sampling

QUOTING_GOAL, OTHER_GOAL = 1.3, 0.97
ASKED = (
    "Repeat the second passage word for word.",
    "Who pays for what?",
    "Which dates and sums are named?",
    "Copy the sentence about the rent.",
    "What has to be done first?",
    "List the duties of the tenant.",
)


def rows() -> list[Row]:
    """For each model the ratios of medians, and how many answers of the starter were the same."""
    found: list[Row] = []
    for name, path in models().items():
        model = loaded(path)
        n = 7 if "4B" not in name else 3
        known = model.loaded()
        together = known.together if known else 0
        for kind, text, goal in (
            ("quoting", quoting(), QUOTING_GOAL), ("other", PLAIN, OTHER_GOAL)
        ):  # fmt: skip
            found.append(_row(f"prompt lookup, {kind} answer, {name}", model, text, n, goal))
            found[-1]["goal"] += f"; up to {together} tokens at once"
        if "starter" in name:
            found.append(_same(model))
        model.close()
    return found


def _row(name: str, model: InlineModel, text: str, n: int, goal: float) -> Row:
    with_guesses: list[float] = []
    without: list[float] = []
    for i in range(n + 1):
        for lookup in (True, False) if i % 2 else (False, True):
            with dictated(model, text) as count:
                said, end = answer(
                    model, chat(question(3)), lookup=lookup, max_tokens=count,
                    sampling=Sampling(repeat_penalty=1.1),
                )  # fmt: skip
            if said.strip() != text.strip() or end.tokens_per_s is None:
                raise RuntimeError(f"Not what was dictated: {said!r}")
            if i:  # the first time is for the caches of the machine
                (with_guesses if lookup else without).append(end.tokens_per_s)
    a, b = statistics.median(with_guesses), statistics.median(without)
    return {
        "name": name, "unit": "tokens/s", "ours": round(a, 1), "rival": round(b, 1),
        "rival_name": "without guesses", "ratio": round(a / b, 3), "n": n, "goal": f">= {goal}",
    }  # fmt: skip


def _same(model: InlineModel) -> Row:
    """Own greedy answers with and without guesses."""
    same, guessed = 0, 0
    for asked in ASKED:
        for penalty in (1.0, 1.1):
            wish = {"max_tokens": 96, "sampling": Sampling(repeat_penalty=penalty)}
            one, end = answer(model, chat(question(4, asked)), **wish)
            other, _ = answer(model, chat(question(4, asked)), lookup=False, **wish)
            same += one == other
            guessed += end.accepted
    n = 2 * len(ASKED)
    return {
        "name": f"prompt lookup, the starter's own greedy answers that are the same ({guessed} "
        "tokens guessed right)", "unit": "answers", "ours": same, "rival": n, "rival_name": "all",
        "ratio": round(same / n, 3), "n": n, "goal": "1.0",
    }  # fmt: skip
