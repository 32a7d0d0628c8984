"""Chat templates: from messages to the text a model was trained on, with content kept apart.

A template is a small program that came with a model file, so it is not trusted: it runs in Jinja's
immutable sandbox (carrel.engine.sandbox), for at most 2 seconds, and never sees the messages.
It gets a random word in the place of each message's text; the words are then cut out of the result,
so that what the template wrote (scaffold) and what people wrote (content) stay apart:

    render(template, messages).segments -> [Segment("<|im_start|>user\\n", None), Segment("Hi", 0)]
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jinja2 import TemplateError

from carrel.engine.messages import ChatMessage
from carrel.engine.running import broken_template, run_template
from carrel.errors import UserError
from carrel_models.preset import ROLE_NAME


class Segment(NamedTuple):
    """A piece of the prompt: scaffold where `message` is None, else the text of that message."""

    text: str
    message: int | None


class Template(NamedTuple):
    """A chat template, what to call it, texts that end an answer under it, role marks that are
    plain text in it, and whether names of roles can be replaced."""

    name: str
    text: str
    stops: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    roles: bool = False


class Manner(NamedTuple):
    """What a template is told besides the chat: the texts at the start and end, whether to let the
    model think aloud, and names of roles by role."""

    bos: str = ""
    eos: str = ""
    think: bool = False
    role_names: Mapping[str, str] = {}


PLAINLY = Manner()


class Rendered(NamedTuple):
    """A rendered chat in order; `merged` where the template refused it as it was, so that system
    text stands in front of a user message."""

    segments: list[Segment]
    merged: bool


def render(template: str, messages: Sequence[ChatMessage], manner: Manner = PLAINLY) -> Rendered:
    """Render `messages` with the prompt for an answer at the end, as scaffold and content in order.

    `Segment.message` indexes `messages`. A template that refuses a system message (or repeated
    roles) gets its text merged into the next user message. Raises UserError when the template is
    broken, does not end, or loses a message, and when a role's name is not made of words.
    """
    _check_names(manner.role_names)
    refusal = ""
    for merged, form in ((False, _as_they_are(messages)), (True, _merged(messages))):
        try:
            text = run_template(template, _told(_chat(form), manner))
        except TemplateError as error:
            refusal = str(error)
            continue
        segments = _cut(text, form)
        if {s.message for s in segments if s.message is not None} >= set(range(len(messages))):
            return Rendered(segments, merged)
        refusal = "it leaves out a message"
    raise broken_template(refusal)


def _check_names(names: Mapping[str, str]) -> None:
    for role, name in names.items():
        if not ROLE_NAME.fullmatch(name):
            raise UserError(
                f"The role {role} cannot be called {name[:60]!r}.",
                "Use up to 40 letters and digits.",
                "role_name",
            )


class _Turn(NamedTuple):
    """A message as the template sees it: a role and the words that stand for one or more texts."""

    role: str
    words: tuple[tuple[str, int], ...]  # (sentinel, index of the message)


def _as_they_are(messages: Sequence[ChatMessage]) -> list[_Turn]:
    return [_Turn(m.role, ((_word(), i),)) for i, m in enumerate(messages)]


def _merged(messages: Sequence[ChatMessage]) -> list[_Turn]:
    """System text in front of the next user message, and neighbours of one role joined."""
    turns: list[_Turn] = []
    for index, message in enumerate(messages):
        role = "user" if message.role == "system" else message.role
        word = (_word(), index)
        if turns and turns[-1].role == role:
            turns[-1] = _Turn(role, (*turns[-1].words, word))
        else:
            turns.append(_Turn(role, (word,)))
    return turns


def _word() -> str:
    """A word that nobody can guess and that no template treats in a special way."""
    return f"x{secrets.token_hex(16)}x"


def _chat(turns: Sequence[_Turn]) -> list[dict[str, str]]:
    return [{"role": t.role, "content": "\n\n".join(w for w, _ in t.words)} for t in turns]


def _cut(text: str, turns: Sequence[_Turn]) -> list[Segment]:
    places = {word: index for turn in turns for word, index in turn.words}
    if not places:
        return [Segment(text, None)]
    parts = re.split("(" + "|".join(places) + ")", text)
    return [Segment(part, places.get(part)) for part in parts if part]


def _told(chat: list[dict[str, str]], manner: Manner) -> dict[str, object]:
    """What templates ask for besides the chat, under the names that model makers use.

    Models that can think aloud are asked not to unless they may: on a desktop processor thoughts
    take longer than the answer.
    """
    return {
        "messages": chat,
        "add_generation_prompt": True,
        "bos_token": manner.bos,
        "eos_token": manner.eos,
        "enable_thinking": manner.think,
        "thinking": manner.think,
        "reasoning_effort": "medium" if manner.think else "low",
        "role_names": dict(manner.role_names),
        "tools": None,
        "documents": None,
    }
