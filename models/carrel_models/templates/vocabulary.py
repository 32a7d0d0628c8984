"""The special tokens of a model, read from its GGUF header without loading it.

A preview of a chat template needs them: which control tokens there are, and how a text begins and
ends. Long arrays are read in one pass with every length checked; ordinary words are passed over.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from carrel_models.gguf import Array, BadGguf, Header

_SPECIAL = (2, 3, 4)  # llama.cpp's token types: unknown, control, user-defined
_LONGEST = 1 << 20
_MOST = 100_000  # special tokens; vocabularies have some hundreds
_INT = struct.Struct("<i")
_U64 = struct.Struct("<Q")


class SpecialTokens(NamedTuple):
    """What a template may write: the special tokens, and those at the start and end of a text."""

    tokens: frozenset[str]
    bos: str
    eos: str
    tokenizer: str

    def has(self, text: str) -> bool:
        """Whether `text` is one special token."""
        return text in self.tokens


def special_tokens(path: Path | str, header: Header) -> SpecialTokens:
    """The special tokens of the model at `path`, whose header was read before.

    Raises BadGguf when the file does not hold what its header promised, and OSError.
    """
    words, kinds = (header.metadata.get(f"tokenizer.ggml.{k}") for k in ("tokens", "token_type"))
    tokenizer = header.text("tokenizer.ggml.model")
    if not isinstance(words, Array) or words.kind != 8:
        return SpecialTokens(frozenset(), "", "", tokenizer)
    ends = {name: header.integer(f"tokenizer.ggml.{name}_token_id") for name in ("bos", "eos")}
    with Path(path).open("rb") as file:
        special = _special_places(file, kinds) | {n for n in ends.values() if n is not None}
        if len(special) > _MOST:
            raise BadGguf("The file's header holds more special tokens than any model has.")
        found = {n: text for n, text in enumerate(_words(file, words)) if n in special}
    bos, eos = (found.get(n, "") if n is not None else "" for n in ends.values())
    return SpecialTokens(frozenset(found.values()), bos, eos, tokenizer)


def _special_places(file: BinaryIO, kinds: object) -> set[int]:
    if not isinstance(kinds, Array) or kinds.kind not in (4, 5):
        return set()
    if kinds.values is not None:
        return {n for n, kind in enumerate(kinds.values) if kind in _SPECIAL}
    file.seek(kinds.at)
    data = file.read(kinds.length * _INT.size)
    whole = data[: len(data) // _INT.size * _INT.size]
    return {n for n, (kind,) in enumerate(_INT.iter_unpack(whole)) if kind in _SPECIAL}


def _words(file: BinaryIO, words: Array) -> Iterator[str]:
    if words.values is not None:
        yield from (str(one) for one in words.values)
        return
    file.seek(words.at)
    for _ in range(words.length):
        size = file.read(_U64.size)
        if len(size) < _U64.size or (length := _U64.unpack(size)[0]) > _LONGEST:
            raise BadGguf("The file's list of words changed while it was read.")
        yield file.read(length).decode("utf-8", "replace")
