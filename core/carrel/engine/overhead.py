"""How many tokens a chat template puts around what people write, found out by writing with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from carrel.engine.messages import ChatMessage, Generate
from carrel.errors import UserError

_SYSTEM, _QUESTION, _ANSWER = "Be brief.", "Why is it so?", "Because it is."


class Overhead(NamedTuple):
    """Tokens besides the content: of a chat of system text and question with all that asks for the
    answer, and of each earlier question with its answer. Zeros where a template does not take it.
    """

    chat: int = 0
    turn: int = 0


class _Counting(Protocol):
    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...
    def prompt_tokens(self, request: Generate) -> list[int]: ...


def overhead(engine: _Counting) -> Overhead:
    """Measure the template of a loaded engine, in a few milliseconds."""
    system = ChatMessage(role="system", text=_SYSTEM)
    question = ChatMessage(role="user", text=_QUESTION)
    answer = ChatMessage(role="assistant", text=_ANSWER)
    counts = engine.count_tokens([_SYSTEM, _QUESTION, _ANSWER])
    said = dict(zip((system, question, answer), counts, strict=True))

    def around(*messages: ChatMessage) -> int:
        prompt = engine.prompt_tokens(Generate(messages=list(messages)))
        return len(prompt) - sum(said[message] for message in messages)

    try:
        chat = around(system, question)
        turn = around(system, question, answer, question) - chat
    except UserError:
        return Overhead()  # too small a window, or no earlier turns: the question will be told why
    return Overhead(max(chat, 0), max(turn, 0))
