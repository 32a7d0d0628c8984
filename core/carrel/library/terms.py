"""Turns text into keyed terms: the words of the keyword index, readable by nobody without the key.

A word is case-folded, freed of accents and stemmed (Snowball), then replaced by a keyed hash
(BLAKE2b, 5 bytes, base32). Equal words give equal terms, so BM25 scores terms as it scores words.
Scripts written without spaces are indexed as pairs of neighbouring characters.
"""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import unicodedata
from collections.abc import Callable

import Stemmer

# Scripts without spaces between words (and Hangul, whose particles are glued to the words): Thai,
# Lao, Tibetan, Myanmar, Khmer, kana, Han, Hangul.
_UNSPACED = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17d3\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff"
)
# Vowel signs and points that belong to a word though Python's \w leaves them out.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
_LETTER = rf"[^\W_{_UNSPACED}]"
WORD = re.compile(
    r"\d+(?:[.,]\d+)+"  # 3.14  1,234,567  12.05.2024
    rf"|(?:[^\W\d_{_UNSPACED}]\.){{2,}}"  # U.S.A.
    rf"|{_LETTER}+(?:(?:[{_MARKS}]+|['’](?={_LETTER})){_LETTER}*)*"
    rf"|[{_UNSPACED}]+"
)
_RUN = re.compile(rf"[{_UNSPACED}]+\Z")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z")
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
# Articles and the like before a vowel, French and Italian: "l'élève" is found as "élève" too.
_ELIDED = re.compile(
    r"\A(?:[cdjlmnst]|(?:jus|lors|puis|quoi|quel|pres)?qu|un|(?:d?a|d?e|ne|su|co|que|be)ll|"
    r"(?:d?a|de|ne|su)?gl|sant)'(?=[^\W\d_]{2})"
)
# Letters that Unicode does not take apart, as they are typed where a keyboard lacks them.
_BARE = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe",
     "þ": "th"}
)  # fmt: skip
# How a word may grow in folding: "㍿" becomes four signs and "ﷺ" (U+FDFA) a phrase of eighteen, by
# which it is found; a file of nothing else would become eighteen times its size.
_GROWTH, _PHRASE = 4, 32
_CACHE_LIMIT = 400_000  # distinct words; some 60 MB

FORMAT = 2
"""Raised when a text gives other terms than before: the words of an older index are made anew."""
ABOVE_COUNT = 3
"""How often the words of title and headings count: one that is in the heading says more of what a
passage is about than one that it mentions (measured: tests/bench/retrieval.py, anthropic_docs)."""

_STOP = (
    "a about an and are as at be been being but by can could did do does for from had has have "
    "he her him his how i if in into is it its me my of on or our please she so tell than that "
    "the their them then there these they this those to was we were what when where which who "
    "whom whose why will with would you your "
)
STOP_WORDS = frozenset(_STOP.split())


def _words(text: str) -> list[str]:
    """The words of a text; a soft hyphen (where a PDF broke a line) does not part one."""
    return WORD.findall(text.replace("\u00ad", ""))


def fold(word: str) -> str:
    """Case-fold and drop accents; "Ähre" -> "ahre", "１２" -> "12"."""
    folded = word.casefold()
    if folded.isascii():
        return folded
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", folded).replace("’", "'"))
    if len(bare) > _GROWTH * len(word) + _PHRASE:
        return folded
    return unicodedata.normalize("NFC", bare)


def is_run(word: str) -> bool:
    """Whether a match of WORD is in a script without spaces."""
    return _RUN.match(word) is not None


def _forms(word: str) -> list[str]:
    """The unstemmed index forms of one match of WORD."""
    folded = fold(word)
    if is_run(word):
        return [folded[i : i + 2] for i in range(len(folded) - 1)] or [folded]
    if "." in folded or "," in folded:
        if not folded[0].isdigit():
            return [folded.replace(".", "")]
        if _THOUSANDS.match(folded):
            return [folded.replace(",", "")]
        parts = re.split("[.,]", folded)
        return [".".join(parts), *(parts if len(parts) > 2 else [])]
    if folded.isascii() and "'" not in folded:
        return [folded]
    bare = (folded[elided.end() :] if (elided := _ELIDED.match(folded)) else folded).translate(
        _BARE
    )
    return [folded] if bare == folded else [folded, bare]


class _Cache(dict[str, str]):
    """word -> its terms, made on the first use; emptied when it has grown too large."""

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self._make = make
        self._making = threading.Lock()

    def __missing__(self, word: str) -> str:
        with self._making:
            if len(self) >= _CACHE_LIMIT:
                self.clear()
            made = self[word] = self._make(word)
        return made


class TermHasher:
    """Words to keyed terms for one profile. `key` is the profile key, at most 64 bytes.

    `language` is a Snowball stemmer's name ("english", "german", ...). Threads may share it.
    """

    def __init__(self, key: bytes, language: str = "english") -> None:
        self._key = key
        self._stemmer = Stemmer.Stemmer(language, 0)  # 0: the stemmer's own cache is off
        self._stemming = threading.Lock()  # the stemmer has one buffer
        self._stems = _Cache(self._stem)
        self._terms = _Cache(self._hash_word)

    def of_passage(self, prefix: str, text: str) -> str:
        """Return the terms of a passage, and ABOVE_COUNT times those of the title and headings in
        front of it, space-joined."""
        words = _words(prefix) * ABOVE_COUNT + _words(text)
        return " ".join(map(self._terms.__getitem__, words))

    def of_query(self, question: str) -> str:
        """Return the distinct terms of a question, space-joined, in order.

        Stop words are left out, unless the question has no other words.
        """
        words = _words(question)
        telling = [word for word in words if fold(word) not in STOP_WORDS] or words
        terms = " ".join(map(self._terms.__getitem__, telling)).split()
        return " ".join(dict.fromkeys(terms))

    def stems(self, text: str, stop_words: bool = True) -> list[str]:
        """Return the stems of `text` in order, readable, for measures of word overlap.

        With `stop_words` False the commonest function words are left out.
        """
        words = _words(text)
        if not stop_words:
            words = [word for word in words if fold(word) not in STOP_WORDS]
        return " ".join(map(self._stems.__getitem__, words)).split()

    def _stem(self, word: str) -> str:
        with self._stemming:
            stems: list[str] = self._stemmer.stemWords(_forms(word))
        return " ".join(stems)

    def _hash_word(self, word: str) -> str:
        return " ".join(self._hash(stem) for stem in self._stem(word).split(" "))

    def _hash(self, stem: str) -> str:
        digest = hashlib.blake2b(stem.encode(), digest_size=5, key=self._key).digest()
        return base64.b32encode(digest).decode()
