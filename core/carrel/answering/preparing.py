"""The prompt of one question: what fits of its passages and of the conversation, as messages.

The assistant asks with it, and the lab writes it down, so that what is measured or trained on is
what is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from carrel.answering import budget, prompt
from carrel.engine.messages import ChatMessage

if TYPE_CHECKING:
    from carrel.answering.budget import Fitted
    from carrel.answering.prompt import PastTurn
    from carrel.answering.usage import Usage
    from carrel.engine.holder import ModelHolder
    from carrel.events import ContextUsed, Hit, Mode
    from carrel.settings import Settings


class Prepared(NamedTuple):
    """What is sent. `used` has the expected wait; `sent` are all passages that the model sees, in
    prompt order."""

    messages: list[ChatMessage]
    fitted: Fitted
    used: ContextUsed
    sent: list[Hit]


def prepared(
    question: str,
    hits: Sequence[Hit],
    history: Sequence[PastTurn],
    mode: Mode,
    manner: Usage,
    model: ModelHolder,
    settings: Settings,
) -> Prepared:
    """Fit `hits` (best first) and `history` (oldest first) for the loaded model, in a routed
    `mode`. Raises UserError when the question itself does not fit."""
    system = prompt.system_text(manner.system, mode)
    fitted = budget.fit(
        question, [] if mode == "model" else hits, history, model.count_tokens,
        limits(mode, manner.reply_tokens, model, settings), mode, system,
    )  # fmt: skip
    wait = budget.expected_wait(fitted.used, model.rate.prefill)
    return Prepared(
        messages=prompt.build(
            question, fitted.hits, fitted.history, mode, system, bool(fitted.shown)
        ),
        fitted=fitted,
        used=msgspec.structs.replace(fitted.used, seconds=wait),
        sent=[*prompt.prompt_order(fitted.shown), *prompt.prompt_order(fitted.hits)],
    )


def limits(mode: Mode, reply: int, model: ModelHolder, settings: Settings) -> budget.Limits:
    """The limits of a question for the loaded model; `reply` in tokens."""
    loaded, window = model.loaded(), model.context
    return budget.limits_for(
        mode,
        window=window,
        passages=budget.passage_tokens(
            window, settings.whole("prompt_tokens"), model.rate.prefill,
            settings.number("prompt_seconds"),
        ),
        reply=reply,
        chat_overhead=loaded.chat_overhead if loaded else 0,
        turn_overhead=loaded.turn_overhead if loaded else 0,
    )  # fmt: skip
