"""What goes into the prompt: passages and earlier turns within the window and the time to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from carrel.answering.prompt import SYSTEM, PastTurn, passage_block, question_text
from carrel.errors import UserError
from carrel.events import ContextUsed, Hit, LeftOut, Mode

CountTokens = Callable[[Sequence[str]], list[int]]
"""Tokens of each text as content, as `LanguageModel.count_tokens`."""

FEWEST_PASSAGES = 3
PER_MESSAGE = 8
"""Tokens a chat template may put around one message (ChatML takes 5, Llama 3 takes 6)."""
PASSAGES = 900
"""Default passage tokens. The starter model reads about 200 tokens a second on two cores, so this
is a first token after about 5 s; a faster machine is given more."""
HISTORY = 1200
"""Default tokens of earlier turns. They are mostly in the KV cache already, but a long context
slows every token that is generated."""
REPLY = 512


@dataclass(frozen=True)
class Limits:
    """All in tokens: `window` is the model's context, `passages` what is read anew in the target
    time, `history` what earlier turns may take, `reply` is kept free for the answer."""

    window: int
    passages: int = PASSAGES
    history: int = HISTORY
    reply: int = REPLY


@dataclass(frozen=True)
class Fitted:
    """What goes into the prompt: `hits` best first, `history` oldest first, and the accounts."""

    hits: list[Hit]
    history: list[PastTurn]
    used: ContextUsed


def fit(
    question: str,
    hits: Sequence[Hit],
    history: Sequence[PastTurn],
    count_tokens: CountTokens,
    limits: Limits,
    mode: Mode = "files",
) -> Fitted:
    """Choose passages (from `hits`, best first) and the newest turns of `history` (oldest first).

    At least three passages go in, whatever `limits.passages` says, unless there are fewer or the
    window forbids. A passage that a kept turn has already shown is not sent again. Raises UserError
    when the question itself does not fit the window.
    """
    system, asked, passage_costs, turn_costs = _count(question, hits, history, count_tokens, mode)
    room = limits.window - limits.reply - system - asked
    if room < 0:
        raise _too_long(asked, system, limits)
    fewest = sum(passage_costs[:FEWEST_PASSAGES])
    kept = _newest(turn_costs, min(limits.history, room - min(fewest, room)))
    turns = list(history[len(history) - kept :])
    spent = sum(turn_costs[len(history) - kept :])
    shown = {passage for turn in turns for passage in turn.passages}
    chosen = _passages(hits, passage_costs, shown, limits.passages, room - spent)
    left = [
        LeftOut(kind="passage", id=hit.passage_id, tokens=cost)
        for place, (hit, cost) in enumerate(zip(hits, passage_costs, strict=True))
        if place not in chosen and hit.passage_id not in shown
    ]
    left += [
        LeftOut(kind="turn", id=turn.id, tokens=cost)
        for turn, cost in zip(history[: len(history) - kept], turn_costs, strict=False)
    ]
    used = ContextUsed(
        window=limits.window,
        system=system,
        history=spent,
        passages=sum(passage_costs[place] for place in chosen),
        question=asked,
        reply=limits.reply,
        left_out=left,
    )
    return Fitted([hits[place] for place in chosen], turns, used)


def _count(
    question: str,
    hits: Sequence[Hit],
    history: Sequence[PastTurn],
    count_tokens: CountTokens,
    mode: Mode,
) -> tuple[int, int, list[int], list[int]]:
    """Tokens of the system text, of question and instruction, of each passage, of each turn: one
    call, because counting crosses a process line."""
    blocks = [passage_block(hit, 10 + rank) + "\n\n" for rank, hit in enumerate(hits)]
    spoken = [message.text for turn in history for message in turn.messages()]
    counts = count_tokens([SYSTEM, question_text(question, mode), *blocks, *spoken])
    passages = counts[2 : 2 + len(blocks)]
    said = [count + PER_MESSAGE for count in counts[2 + len(blocks) :]]
    turns = [said[i] + said[i + 1] for i in range(0, len(said), 2)]
    return counts[0] + PER_MESSAGE, counts[1] + 2 * PER_MESSAGE, passages, turns


def _newest(costs: Sequence[int], most: int) -> int:
    """How many of the last `costs` fit into `most`."""
    kept = total = 0
    for cost in reversed(costs):
        total += cost
        if total > most:
            break
        kept += 1
    return kept


def _passages(
    hits: Sequence[Hit], costs: Sequence[int], shown: set[int], most: int, room: int
) -> list[int]:
    """Places of the passages to send: in rank order while they fit, the first three in any case
    that the window allows; a shorter one may go in after a longer one that does not fit."""
    chosen: list[int] = []
    seen = total = 0
    for place, (hit, cost) in enumerate(zip(hits, costs, strict=True)):
        if hit.passage_id in shown:
            seen += 1
            continue
        allowed = room if len(chosen) + seen < FEWEST_PASSAGES else min(most, room)
        if total + cost <= allowed:
            chosen.append(place)
            total += cost
    return chosen


def _too_long(asked: int, system: int, limits: Limits) -> UserError:
    free = max(0, limits.window - limits.reply - system)
    return UserError(
        f"The question is {asked:,} tokens long, but the model has room for {free:,} "
        f"({limits.window:,} in all, {limits.reply:,} of them kept for the answer).",
        "Shorten the question, or choose a model with a longer context.",
        "question_too_long",
    )
