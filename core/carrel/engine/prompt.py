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
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from carrel.engine.messages import ChatMessage
from carrel.engine.templates import Segment, Template, render
from carrel.engine.vocabulary import Vocabulary, pattern_of

_REMEMBERED = 64


class _Part(NamedTuple):
    """Plain text of a prompt, written by people (content) or by the template."""

    text: str
    is_content: bool


class PromptBuilder:
    """Builds prompts for one model; remembers the ids of the answers that were generated."""

    def __init__(self, vocabulary: Vocabulary, template: Template) -> None:
        self._vocabulary = vocabulary
        self.template = template
        self._controls = vocabulary.control_tokens
        self._control_pattern = pattern_of(list(self._controls))
        self._bos = vocabulary.text_of("bos")
        self._eos = vocabulary.text_of("eos")
        self._answers: OrderedDict[str, tuple[int, ...]] = OrderedDict()

    def build(self, messages: Sequence[ChatMessage]) -> list[int]:
        """The prompt's token ids. Raises UserError when the template cannot be used."""
        segments = render(self.template.text, messages, bos=self._bos, eos=self._eos)
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
        """The longest beginning of `tokens` that spells exactly `text`, [] when there is none."""
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

        Some models mark roles with user-defined tokens, which llama.cpp finds in any text. Where
        the template writes such a token, content that spells it is cut inside the spelling.
        """
        markers = self._role_markers(segments)
        pieces = [""]
        for part in parts:
            at = 0
            for match in markers.finditer(part.text) if part.is_content else ():
                pieces[-1] += part.text[at : match.start() + 1]
                pieces.append("")
                at = match.start() + 1
            pieces[-1] += part.text[at:]
        return [token for piece in pieces if piece for token in self._vocabulary.tokenize(piece)]

    def _role_markers(self, segments: Sequence[Segment]) -> re.Pattern[str]:
        scaffold = "\n".join(s.text for s in segments if s.message is None)
        found = [t for t in self._vocabulary.user_defined_tokens if len(t) > 1 and t in scaffold]
        return pattern_of([text for text in found if not text.isspace()])
