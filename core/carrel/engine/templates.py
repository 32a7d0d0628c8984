"""Chat templates: from messages to the text a model was trained on, with content kept apart.

A template is a small program that came with a model file, so it is not trusted: it runs in Jinja's
immutable sandbox (carrel.engine.sandbox), for at most 2 seconds, and never sees the messages.
It gets a random word in the place of each message's text; the words are then cut out of the result,
so that what the template wrote (scaffold) and what people wrote (content) stay apart:

    render(template, messages, ...) -> [Segment("<|im_start|>user\\n", None), Segment("Hi", 0), ...]
"""

from __future__ import annotations

import ctypes
import re
import secrets
import threading
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from jinja2 import TemplateError
from jinja2.exceptions import SecurityError

from carrel.engine.messages import ChatMessage
from carrel.engine.sandbox import environment
from carrel.errors import UserError

TIME_LIMIT = 2.0
MAX_OUTPUT = 1_000_000
MAX_TEMPLATE = 1_000_000

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content']"
    " + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|im_start|>assistant\n' }}{% endif %}"
)
PLAIN = (
    "{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ message['content'] + '\n\n' }}"
    "{% elif message['role'] == 'user' %}{{ 'Question: ' + message['content'] + '\n' }}"
    "{% else %}{{ 'Answer: ' + message['content'] + '\n\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Answer:' }}{% endif %}"
)
PLAIN_STOPS = ("\nQuestion:",)


class Segment(NamedTuple):
    """A piece of the prompt: scaffold where `message` is None, else the text of that message."""

    text: str
    message: int | None


class Template(NamedTuple):
    """A chat template, what to call it, and texts that end an answer under it."""

    name: str
    text: str
    stops: tuple[str, ...] = ()


class _TooLong(BaseException):
    """Thrown into a template that does not end; not an Exception, so that nothing catches it."""


def choose(text: str, known_family: str, has_chatml_tokens: bool) -> Template:
    """The template of a model: its own, else ChatML where the vocabulary has it, else plain."""
    if text:
        name = f"the model's own ({known_family})" if known_family else "the model's own (unknown)"
        return Template(name, text)
    if has_chatml_tokens:
        return Template("built-in ChatML", CHATML)
    return Template("built-in plain", PLAIN, PLAIN_STOPS)


def render(
    template: str, messages: Sequence[ChatMessage], *, bos: str = "", eos: str = ""
) -> list[Segment]:
    """Render `messages` with the prompt for an answer at the end, as scaffold and content in order.

    `Segment.message` indexes `messages`. A template that refuses a system message (or repeated
    roles) gets its text merged into the next user message. Raises UserError when the template is
    broken, does not end, or loses a message.
    """
    refusal = ""
    for form in (_as_they_are(messages), _merged(messages)):
        try:
            text = _run_limited(template, _chat(form), bos, eos)
        except TemplateError as error:
            refusal = str(error)
            continue
        segments = _cut(text, form)
        if {s.message for s in segments if s.message is not None} >= set(range(len(messages))):
            return segments
        refusal = "it leaves out a message"
    raise _broken(refusal)


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


def _run_limited(template: str, chat: list[dict[str, str]], bos: str, eos: str) -> str:
    """Run a template in a thread of its own, and stop it there when its time is over.

    An exception thrown into the thread ends any loop of the template; nothing else runs in it.
    """
    result: list[str | BaseException] = []

    def work() -> None:
        try:
            result.append(_run(template, chat, bos, eos))
        except (Exception, _TooLong) as error:  # noqa: BLE001 - raised again by the caller below
            result.append(error)

    thread = threading.Thread(target=work, name="chat template", daemon=True)
    thread.start()
    thread.join(TIME_LIMIT)
    if thread.is_alive():
        _throw(thread, _TooLong)
        thread.join(TIME_LIMIT)
    outcome = result[0] if result else _TooLong()
    if isinstance(outcome, str):
        return outcome
    raise _explained(outcome)


def _explained(error: BaseException) -> BaseException:
    if isinstance(error, _TooLong):
        return _broken(f"it did not finish within {TIME_LIMIT:.0f} seconds")
    if isinstance(error, SecurityError):
        return _broken(f"it tries something that is not allowed ({error})")
    if isinstance(error, TemplateError):
        return error
    return _broken(f"{type(error).__name__}: {error}")


def _throw(thread: threading.Thread, error: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident or 0), ctypes.py_object(error)
    )


def _broken(why: str) -> UserError:
    return UserError(
        f"The chat template of this model cannot be used: {why}.",
        "Choose another model, or a newer file of this one.",
        "template_broken",
    )


def _run(template: str, chat: list[dict[str, str]], bos: str, eos: str) -> str:
    if len(template) > MAX_TEMPLATE:
        raise SecurityError("it is larger than 1 MB")
    compiled = environment().from_string(template)
    parts: list[str] = []
    size = 0
    for part in compiled.generate(
        messages=chat, add_generation_prompt=True, bos_token=bos, eos_token=eos, **_SETTINGS
    ):
        size += len(part)
        if size > MAX_OUTPUT:
            raise SecurityError("it writes more than 1 MB")
        parts.append(part)
    return "".join(parts)


# What templates ask for besides the chat. Models that can think aloud first are asked not to: on a
# desktop processor the thoughts would take longer than the answer.
_SETTINGS: Mapping[str, Any] = {"tools": None, "documents": None, "enable_thinking": False}
