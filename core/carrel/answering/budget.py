"""What goes into the prompt: passages and earlier turns within the window and the time to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from carrel.answering.prompt import SYSTEM, PastTurn, passage_block, question_text, user_text
from carrel.errors import UserError
from carrel.events import ContextUsed, Hit, LeftOut, Mode

CountTokens = Callable[[Sequence[str]], list[int]]
"""Tokens of each text as content, as `LanguageModel.count_tokens`."""

FEWEST_PASSAGES = 3
PER_MESSAGE = 8
"""Tokens a chat template may put around one message (ChatML takes 5, Llama 3 takes 6); used where
nobody has measured the template (carrel.engine.overhead)."""
PASSAGES = 900
"""Passage tokens where nobody has measured how fast the model reads. The starter model reads about
200 tokens a second on two cores, so this is a first token after about 5 s."""
FEWEST_TOKENS, MOST_TOKENS = 600, 3000
"""Passage tokens by measurement: fewer do not hold an answer often enough, and more blur what a
small model looks for."""
HISTORY = 1200
"""Default tokens of earlier turns. They are mostly in the KV cache already, but a long context
slows every token that is generated."""
REPLY = 512


@dataclass(frozen=True)
class Limits:
    """All in tokens: `window` is the model's context, `passages` what is read anew in the target
    time, `history` what earlier turns may take, `reply` is kept free for the answer. The template
    takes `chat_overhead` around system text and question, `turn_overhead` around an earlier turn.
    """

    window: int
    passages: int = PASSAGES
    history: int = HISTORY
    reply: int = REPLY
    chat_overhead: int = 3 * PER_MESSAGE
    turn_overhead: int = 2 * PER_MESSAGE


def limits_for(
    mode: Mode, window: int, passages: int, reply: int, chat_overhead: int, turn_overhead: int
) -> Limits:
    """The limits of a question in `mode`, all in tokens; overheads of 0 are not known.

    A chat without passages may remember half the window. The answer is never promised more than
    half the window, so that a generous setting does not refuse every question.
    """
    known = chat_overhead > 0
    return Limits(
        window=window,
        passages=passages,
        history=max(HISTORY, window // 2) if mode == "model" else HISTORY,
        reply=min(reply, window // 2),
        chat_overhead=chat_overhead if known else Limits.chat_overhead,
        turn_overhead=turn_overhead if known else Limits.turn_overhead,
    )


def passage_tokens(window: int, wanted: int, rate: float, seconds: float) -> int:
    """The passage tokens for a window of `window` tokens: `wanted` where that is not 0, else what
    the model reads in `seconds` at `rate` tokens per second (0 is not measured), within bounds and
    half the window."""
    if wanted:
        return wanted
    if rate <= 0:
        return PASSAGES
    return min(max(FEWEST_TOKENS, int(rate * seconds)), MOST_TOKENS, window // 2)


def expected_wait(used: ContextUsed, rate: float) -> float | None:
    """Seconds until the first word: what the model has to read, at `rate` tokens per second (0 is
    not measured). Earlier turns are in its cache already, and so is the system text after one."""
    if rate <= 0:
        return None
    fresh = used.passages + used.question + (0 if used.history else used.system)
    return round(fresh / rate, 1)


@dataclass(frozen=True)
class Fitted:
    """What goes into the prompt: `hits` best first, `history` oldest first, and the accounts.

    `shown` are the hits, best first, that a turn of `history` has already shown to the model.
    In the accounts `system` holds the template's own tokens too, so that the parts add up to the
    prompt.
    """

    hits: list[Hit]
    history: list[PastTurn]
    used: ContextUsed
    shown: list[Hit] = field(default_factory=list)

    @property
    def known(self) -> list[Hit]:
        """All passages of this search that the model can see, best first."""
        return sorted([*self.hits, *self.shown], key=lambda hit: hit.rank)


def fit(
    question: str,
    hits: Sequence[Hit],
    history: Sequence[PastTurn],
    count_tokens: CountTokens,
    limits: Limits,
    mode: Mode = "files",
    system: str = SYSTEM,
) -> Fitted:
    """Choose passages (from `hits`, best first) and the newest turns of `history` (oldest first).

    At least three passages go in, whatever `limits.passages` says, unless there are fewer or the
    window forbids. A passage that a kept turn has already shown is not sent again. History keeps
    its beginning from question to question, and drops to half when it is full, so that what the
    model has read stays in its cache most of the time. The `system` text is never left out.
    Raises UserError when the question itself does not fit the window.
    """
    ruled, asked, passage_costs, turn_costs = _count(
        [system, question_text(question, mode)], hits, history, count_tokens, limits
    )
    room = limits.window - limits.reply - ruled - asked
    if room < 0:
        raise _too_long(asked, ruled, limits)
    fewest = sum(passage_costs[:FEWEST_PASSAGES])
    most = min(limits.history, room - min(fewest, room))
    kept = _kept(history, turn_costs, most)
    turns = list(history[len(history) - kept :])
    spent = sum(turn_costs[len(history) - kept :])
    in_history = {passage for turn in turns for passage in turn.passages}
    chosen = _passages(hits, passage_costs, in_history, limits.passages, room - spent)
    shown = [place for place, hit in enumerate(hits) if hit.passage_id in in_history]
    left = _left_out("passage", [h.passage_id for h in hits], passage_costs, {*chosen, *shown})
    gone = len(history) - kept
    left += _left_out("turn", [turn.id for turn in history[:gone]], turn_costs[:gone], set())
    fitting, known = [hits[place] for place in chosen], [hits[place] for place in shown]
    told, asked = _message(question, fitting, bool(known), count_tokens, mode)
    used = ContextUsed(
        window=limits.window,
        system=ruled,
        history=spent,
        passages=max(0, told - asked),
        question=asked,
        reply=limits.reply,
        left_out=left,
    )
    return Fitted(fitting, turns, used, known)


def _count(
    always: Sequence[str],
    hits: Sequence[Hit],
    history: Sequence[PastTurn],
    count_tokens: CountTokens,
    limits: Limits,
) -> tuple[int, int, list[int], list[int]]:
    """Tokens of the system text, of question and instruction, of each passage, of each turn: one
    call, because counting crosses a process line."""
    blocks = [passage_block(hit, 10 + rank) + "\n\n" for rank, hit in enumerate(hits)]
    spoken = [[message.text for message in turn.messages()] for turn in history]
    near = _near(spoken, limits.history * _LONGEST)
    counts = count_tokens([*always, *blocks, *(text for turn in spoken[near:] for text in turn)])
    passages, said = counts[2 : 2 + len(blocks)], counts[2 + len(blocks) :]
    turns = [sum(map(len, turn)) // _USUAL + limits.turn_overhead for turn in spoken[:near]]
    turns += [said[i] + said[i + 1] + limits.turn_overhead for i in range(0, len(said), 2)]
    return counts[0] + limits.chat_overhead, counts[1], passages, turns


_LONGEST, _USUAL = 16, 4
"""Characters of a token: more than any text has on average, and what English has."""


def _near(spoken: Sequence[Sequence[str]], most: int) -> int:
    """The place of the first turn that may still fit: those before are too far back to be counted
    exactly, which would take a second in a conversation of a thousand turns."""
    total = 0
    for place in range(len(spoken) - 1, -1, -1):
        total += sum(map(len, spoken[place]))
        if total > most:
            return place + 1
    return 0


def _message(
    question: str, hits: Sequence[Hit], shown: bool, count_tokens: CountTokens, mode: Mode
) -> tuple[int, int]:
    """Tokens of the message that is really sent, and of it without the passages."""
    sent = [] if mode == "model" else hits
    alone = question_text(question, mode if hits or shown else "model")
    told, asked = count_tokens([user_text(question, sent, mode, shown), alone])
    return told, asked


def _left_out(
    kind: Literal["passage", "turn"], ids: Sequence[int], costs: Sequence[int], kept: set[int]
) -> list[LeftOut]:
    """What is not among the places `kept`, with what it would have taken."""
    return [
        LeftOut(kind=kind, id=one, tokens=cost)
        for place, (one, cost) in enumerate(zip(ids, costs, strict=True))
        if place not in kept
    ]


def _kept(history: Sequence[PastTurn], costs: Sequence[int], most: int) -> int:
    """How many of the last turns to send in at most `most` tokens.

    As long as they fit these are the turns from where the last prompt began: then all of it is in
    the cache. When they do not fit any more they drop to half of `most` at once; dropping one turn
    at a time would change the beginning, and so lose the whole cache, with every question. Where
    far less than half is sent (the room has grown) more comes back.
    """
    begun = history[-1].window_from if history else 0
    first = next((at for at, turn in enumerate(history) if turn.id == begun), 0)
    spent, fits = sum(costs[first:]), _newest(costs, most)
    if spent <= most and (first == 0 or spent > most // 4):
        return len(history) - first
    return max(_newest(costs, most // 2), min(1, fits))


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
