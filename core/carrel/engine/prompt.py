"""From a chat to prompt tokens: text written by people never becomes a control token.

A rendered template is scaffold and content. Control tokens are taken from the scaffold only; all
text between two of them, scaffold and content together, is tokenized as plain text. So the tokens
are the same as for the whole text in one piece, except that control tokens written in a document
stay text. Answers that the model generated come back as the very tokens it generated: text can
often be cut into tokens in several ways, and only the same ids find the KV cache again.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from carrel.engine.messages import ChatMessage
from carrel.engine.templates import Manner, Segment, Template, render
from carrel.engine.thinking import WRITTEN, Tags, opened_by
from carrel.engine.vocabulary import Vocabulary, pattern_of

_REMEMBERED = 64


class _Part(NamedTuple):
    """Plain text of a prompt, written by people (content) or by the template."""

    text: str
    is_content: bool


class Prompt(NamedTuple):
    """The token ids of a prompt; `opened` is the kind of thought that its template has begun."""

    tokens: list[int]
    opened: Tags | None


class PromptBuilder:
    """Builds prompts for one model; remembers the ids of the answers that were generated."""

    def __init__(self, vocabulary: Vocabulary, template: Template) -> None:
        self._vocabulary = vocabulary
        self.template = template
        self._controls = vocabulary.control_tokens
        self._steering = frozenset(self._controls.values())
        self._control_pattern = pattern_of(list(self._controls))
        self._bos, self._eos = vocabulary.bos, vocabulary.eos
        self._answers: OrderedDict[str, tuple[int, ...]] = OrderedDict()

    def build(self, messages: Sequence[ChatMessage]) -> list[int]:
        """The token ids of a prompt without thoughts. Raises UserError as `prompt` does."""
        return self.prompt(messages).tokens

    def prompt(
        self,
        messages: Sequence[ChatMessage],
        think: bool = False,
        role_names: Mapping[str, str] | None = None,
    ) -> Prompt:
        """The prompt for an answer to `messages`, after thoughts where `think` lets it.

        A thought that the template begins whatever it is told is ended at once where the model is
        not to think. Raises UserError when the template cannot be used.
        """
        manner = Manner(self._bos, self._eos, think, role_names or {})
        segments = render(self.template.text, messages, manner).segments
        opened = opened_by(segments[-1].text if segments[-1].message is None else "")
        if opened is not None and not think:
            segments.append(Segment(f"\n{opened.close}\n\n", None))
            opened = None
        return Prompt(self._tokens(segments, messages), opened)

    def _tokens(self, segments: Sequence[Segment], messages: Sequence[ChatMessage]) -> list[int]:
        tokens: list[int] = []
        run: list[_Part] = []
        for item in self._items(segments, messages):
            if isinstance(item, _Part):
                run.append(item)
                continue
            tokens += self._plain(run, segments) + item
            run = []
        tokens += self._plain(run, segments)
        first = self._vocabulary.begins_with
        if first is not None and tokens[:1] != [first]:
            tokens.insert(0, first)
        return tokens

    def count(self, text: str) -> int:
        """How many tokens `text` takes as content."""
        return len(self._vocabulary.tokenize(text))

    def remember(self, text: str, tokens: Sequence[int]) -> None:
        """Keep the ids of a generated answer, whole or cut at a stop text, for the next turn.

        Only ids that spell `text` are kept; a surrounding space may be lost later.
        """
        kept = self._spelling(text, tokens)
        if not kept:
            return
        for key in (text, text.strip()):
            self._answers[key] = tuple(kept)
            self._answers.move_to_end(key)
        while len(self._answers) > 2 * _REMEMBERED:
            self._answers.popitem(last=False)

    def _spelling(self, text: str, tokens: Sequence[int]) -> list[int]:
        """The longest beginning of `tokens` that spells exactly `text`, [] when there is none.

        Control tokens spell nothing, so what holds one is not what the text says.
        """
        if not self._steering.isdisjoint(tokens):
            return []
        if self._vocabulary.decode(tokens).decode("utf-8", "replace") == text:
            return list(tokens)
        wanted, size = text.encode(), 0
        for count, token in enumerate(tokens):
            size += len(self._vocabulary.piece(token))
            if size > len(wanted):
                begun = list(tokens[:count])
                return begun if self._vocabulary.decode(begun) == wanted else []
        return []

    def forget(self) -> None:
        """Forget all remembered answers."""
        self._answers.clear()

    def _items(
        self, segments: Sequence[Segment], messages: Sequence[ChatMessage]
    ) -> Iterator[_Part | list[int]]:
        """Plain text as parts; control tokens and remembered answers as ids."""
        for segment in segments:
            if segment.message is None:
                yield from self._scaffold(segment.text)
                continue
            message = messages[segment.message]
            known = self._answers.get(message.text) if message.role == "assistant" else None
            yield list(known) if known else _Part(message.text, is_content=True)

    def _scaffold(self, text: str) -> Iterator[_Part | list[int]]:
        at = 0
        for match in self._control_pattern.finditer(text):
            yield _Part(text[at : match.start()], is_content=False)
            yield [self._controls[match[0]]]
            at = match.end()
        yield _Part(text[at:], is_content=False)

    def _plain(self, parts: Sequence[_Part], segments: Sequence[Segment]) -> list[int]:
        """Tokenize neighbouring parts as one text, with no way to a control token in it.

        Some models mark roles with user-defined tokens, which llama.cpp finds in any text, or with
        plain words. Where the template writes one, content that spells it is cut inside the
        spelling: of user-defined tokens it gives none, of plain words mostly other tokens. Tags of
        thoughts are cut wherever they stand.
        """
        markers = self._role_markers(segments)
        pieces = [""]
        for part in parts:
            first, *others = _cut_inside(part.text, markers) if part.is_content else [part.text]
            pieces[-1] += first
            pieces += others
        return [token for piece in pieces if piece for token in self._vocabulary.tokenize(piece)]

    def _role_markers(self, segments: Sequence[Segment]) -> re.Pattern[str]:
        scaffold = "\n".join(s.text for s in segments if s.message is None)
        known = (*self._vocabulary.user_defined_tokens, *self.template.marks)
        found = [t for t in known if len(t) > 1 and (t in scaffold or t in WRITTEN)]
        return pattern_of([text for text in found if not text.isspace()])


def _cut_inside(text: str, markers: re.Pattern[str]) -> list[str]:
    """`text` in pieces, none of which holds a marker: cut after the first character of each."""
    pieces, at = [], 0
    match = markers.search(text)
    while match is not None:
        cut = match.start() + 1
        pieces.append(text[at:cut])
        at = cut
        match = markers.search(text, cut)  # a marker may begin inside another
    return [*pieces, text[at:]]
