"""A model's vocabulary: text to token ids and back, and which tokens are control tokens."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from carrel.engine.native import library


class Vocabulary:
    """The tokenizer of a loaded model; `pointer` is llama.cpp's vocabulary."""

    def __init__(self, pointer: Any) -> None:
        self._lib = library()
        self._pointer = pointer
        self.size = int(self._lib.llama_vocab_n_tokens(pointer))
        self._piece = ctypes.create_string_buffer(64)

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        """The tokens of `text`; with `special`, written control tokens become control tokens."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        while True:
            tokens = (self._lib.llama_token * room)()
            count = self._lib.llama_tokenize(
                self._pointer, data, len(data), tokens, room, False, special
            )
            if count >= 0:
                return list(tokens[:count])
            room = -count

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes of a token; control tokens are empty unless `special`."""
        size = self._to_piece(token, special)
        if size < 0:
            self._piece = ctypes.create_string_buffer(-size)
            size = self._to_piece(token, special)
        return self._piece.raw[:size]

    def _to_piece(self, token: int, special: bool) -> int:
        return int(
            self._lib.llama_token_to_piece(
                self._pointer, token, self._piece, len(self._piece), 0, special
            )
        )

    def ends(self, token: int) -> bool:
        """Whether a token ends the answer."""
        return bool(self._lib.llama_vocab_is_eog(self._pointer, token))

    @cached_property
    def end_tokens(self) -> frozenset[int]:
        """All tokens that end the answer."""
        return frozenset(token for token in range(self.size) if self.ends(token))

    @property
    def end(self) -> int:
        """The token that ends a text of this model."""
        return int(self._lib.llama_vocab_eos(self._pointer))

    @property
    def begins_with(self) -> int | None:
        """The token that every prompt of this model must begin with, if any."""
        if not self._lib.llama_vocab_get_add_bos(self._pointer):
            return None
        token = int(self._lib.llama_vocab_bos(self._pointer))
        return token if token >= 0 else None

    def text_of(self, which: str) -> str:
        """The text of the "bos" or "eos" token, "" when the model has none."""
        find = self._lib.llama_vocab_bos if which == "bos" else self._lib.llama_vocab_eos
        token = int(find(self._pointer))
        return self._text(token) if token >= 0 else ""

    def _text(self, token: int) -> str:
        data: bytes = self._lib.llama_vocab_get_text(self._pointer, token) or b""
        return data.decode("utf-8", "replace")

    def has(self, text: str) -> bool:
        """Whether `text` is exactly one special token, control or user-defined."""
        return text in self.control_tokens or text in self.user_defined_tokens

    @property
    def tokenizer(self) -> str:
        """The kind of tokenizer under its GGUF name: "llama", "gpt2", or "" for another."""
        kinds = {self._lib.LLAMA_VOCAB_TYPE_SPM: "llama", self._lib.LLAMA_VOCAB_TYPE_BPE: "gpt2"}
        return kinds.get(self._lib.llama_vocab_type(self._pointer), "")

    @property
    def bos(self) -> str:
        """The text of the token at the start, "" when the model has none."""
        return self.text_of("bos")

    @property
    def eos(self) -> str:
        """The text of the token at the end, "" when the model has none."""
        return self.text_of("eos")

    @cached_property
    def control_tokens(self) -> dict[str, int]:
        """The tokens that steer the model, by their text; they may only come from a template."""
        return self._with(self._lib.LLAMA_TOKEN_ATTR_CONTROL | self._lib.LLAMA_TOKEN_ATTR_UNKNOWN)

    @cached_property
    def user_defined_tokens(self) -> dict[str, int]:
        """Tokens that are cut out of any text, control or not; some models mark roles with them."""
        return self._with(self._lib.LLAMA_TOKEN_ATTR_USER_DEFINED)

    def _with(self, wanted: int) -> dict[str, int]:
        attributes = self._lib.llama_vocab_get_attr
        found = [t for t in range(self.size) if attributes(self._pointer, t) & wanted]
        return {text: token for token in found if (text := self._text(token))}

    def decode(self, tokens: Iterable[int]) -> bytes:
        """The bytes of several tokens in a row."""
        return b"".join(self.piece(token) for token in tokens)


def pattern_of(texts: Sequence[str]) -> re.Pattern[str]:
    """A pattern that finds any of `texts`, the longest first; nothing when there are none."""
    if not texts:
        return re.compile(r"(?!)")
    return re.compile("|".join(re.escape(t) for t in sorted(texts, key=len, reverse=True)))
