"""Tells what a model thinks aloud from what it answers, while the text still streams.

    spoken = Spoken(stops, opened)            opened: the prompt itself has begun a thought
    spoken.feed(piece of a token)             -> [(True, "a thought"), (False, "the answer")]

Models mark thoughts with tags at the start of what they say (`<think> ... </think>`), or name the
channel of every message (gpt-oss). A tag may be cut over tokens. A tag later in an answer is text:
people ask about such tags too.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from carrel.engine.decoding import TextStream


class Tags(NamedTuple):
    """What begins and what ends a thought."""

    open: str
    close: str


TAGS = (
    Tags("<think>", "</think>"),
    Tags("<thinking>", "</thinking>"),
    Tags("<thought>", "</thought>"),
    Tags("<reasoning>", "</reasoning>"),
    Tags("[THINK]", "[/THINK]"),
    Tags("<seed:think>", "</seed:think>"),
    Tags("<|START_THINKING|>", "<|END_THINKING|>"),
    Tags("<|channel>thought\n", "<channel|>"),
)
"""Qwen 3 and DeepSeek R1; three of fine-tunes; Magistral; Seed-OSS; Command A; Gemma 4."""

_FINAL = "<|channel|>final<|message|>"
# gpt-oss: every message names its channel; all but the final one are thoughts.
_CHANNELS = (
    Tags("<|channel|>analysis<|message|>", "<|end|>"),
    Tags("<|channel|>commentary<|message|>", "<|end|>"),
)
_NEXT = ("<|start|>assistant", _FINAL)  # scaffold between thoughts and answer
_ALL = (*TAGS, *_CHANNELS)
# A last tag of one of these texts may be a control token, which shows no text of its own.
WRITTEN = ("<|channel|>", "<|message|>", "<|start|>", "<|end|>", "<|channel>", "<channel|>",
           *(text.strip() for tags in TAGS for text in tags))  # fmt: skip


def opened_by(scaffold: str) -> Tags | None:
    """The thought that the end of a prompt has begun, None when it has begun none."""
    end = scaffold.rstrip()
    return next((tags for tags in TAGS if end.endswith(tags.open.rstrip())), None)


def mentions_thoughts(template: str) -> bool:
    """Whether a chat template knows of thoughts, so that its model can be let think."""
    return "enable_thinking" in template or any(tags.open.strip() in template for tags in _ALL)


class Spoken:
    """What a model says, as text apart in thoughts and answer. `answer` ends before a stop text.

    `answer` is all answer text given out; `stopped` is True once a stop text came in it; `begun`
    once anything of the answer has come.
    """

    def __init__(self, stops: Sequence[str] = (), opened: Tags | None = None) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._answer = TextStream(stops)
        self._inside = opened
        self._thought = False  # whether there was one
        self._shown = False  # whether the thought under way has shown text
        self._plain = False  # whether all that comes is the answer
        self._begun = False  # whether any of it has come
        self._held = ""

    @property
    def answer(self) -> str:
        return self._answer.text

    @property
    def stopped(self) -> bool:
        return self._answer.stopped

    @property
    def begun(self) -> bool:
        return self._begun

    @property
    def thought(self) -> bool:
        """Whether there has been a thought."""
        return self._thought or self._inside is not None

    def feed(self, data: bytes) -> list[tuple[bool, str]]:
        """Take the bytes of one token; returns new text, each with whether it is a thought."""
        return self._take(self._decoder.decode(data), last=False)

    def finish(self) -> list[tuple[bool, str]]:
        """The generation has ended: return what was held back."""
        found = self._take(self._decoder.decode(b"", True), last=True)
        rest = self._answer.finish()
        return [*found, (False, rest)] if rest else found

    def _take(self, new: str, last: bool) -> list[tuple[bool, str]]:
        self._held += new
        return [(thought, text) for thought, text in self._parts(last) if text]

    def _parts(self, last: bool) -> Iterator[tuple[bool, str]]:
        while self._held:
            if self._plain:
                self._begun = True
                text, self._held = self._held, ""
                yield False, self._answer.feed(text.encode())
                return
            before = (self._held, self._plain)
            if self._inside is not None:
                yield True, self._think(self._inside.close, last)
            else:
                self._begin(last)
            if (self._held, self._plain) == before:
                return  # more has to come before this can be decided

    def _think(self, close: str, last: bool) -> str:
        """Inside a thought: give out all that cannot be the beginning of its end."""
        if not self._shown:
            self._held = self._held.lstrip()
        at = self._held.find(close)
        if at >= 0:
            text, self._held = self._held[:at].rstrip(), self._held[at + len(close) :]
            self._inside, self._thought, self._shown = None, True, False
            return text
        size = len(self._held) - (0 if last else _doubtful(self._held, close))
        text, self._held = self._held[:size], self._held[size:]
        self._shown = self._shown or bool(text)
        return text

    def _begin(self, last: bool) -> None:
        """Before the answer: a thought begins, or scaffold comes, or the answer does."""
        text = self._held.lstrip()
        for tags in _ALL:
            if text.startswith(tags.open):
                self._inside, self._held = tags, text[len(tags.open) :]
                return
        for scaffold in _NEXT:
            if text.startswith(scaffold):
                self._held = text[len(scaffold) :]
                self._plain = scaffold == _FINAL
                self._thought = True
                return
        openings = [*(tags.open for tags in _ALL), *_NEXT]
        if last or not any(opening.startswith(text) for opening in openings):
            self._plain = True  # white space alone may still stand before a tag
            self._held = text if self._thought else self._held


def _doubtful(text: str, close: str) -> int:
    """How many of the last characters may be the end of a thought beginning, with space before."""
    sizes = range(min(len(close) - 1, len(text)), 0, -1)
    size = next((n for n in sizes if text.endswith(close[:n])), 0)
    body = text[: len(text) - size]
    return size + len(body) - len(body.rstrip())
