"""In which language a text is: by its script, and where many languages share one, by a vote of
their commonest words.

It decides how much of a collection an embedder can read, so it may leave short texts, tables and
code undecided, and need not tell apart what no embedder tells apart either.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache

from carrel.library.stop_words import ARABIC, CYRILLIC, DEVANAGARI, LATIN

NAMES = {
    "am": "Amharic", "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "bo": "Tibetan",
    "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "gu": "Gujarati",
    "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian",
    "it": "Italian", "ja": "Japanese", "ka": "Georgian", "km": "Khmer", "kn": "Kannada",
    "ko": "Korean", "lo": "Lao", "ml": "Malayalam", "mr": "Marathi", "my": "Burmese",
    "ne": "Nepali", "nl": "Dutch", "no": "Norwegian", "or": "Odia", "pa": "Punjabi",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "si": "Sinhala",
    "sr": "Serbian", "sv": "Swedish", "ta": "Tamil", "te": "Telugu", "th": "Thai",
    "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
SAME = {"nb": "no", "nn": "no", "iw": "he", "in": "id", "hr": "sr", "bs": "sr"}
"""Other codes of what `language_of` gives under one code."""
_THREE = {
    "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it",
    "nld": "nl", "dut": "nl", "por": "pt", "pol": "pl", "rus": "ru", "ara": "ar", "zho": "zh",
    "chi": "zh", "jpn": "ja", "kor": "ko", "tha": "th", "heb": "he", "ell": "el", "gre": "el",
    "hin": "hi", "swe": "sv", "ukr": "uk", "tur": "tr", "vie": "vi",
}  # fmt: skip
# First words of Unicode's names of letters: each script's languages, by list or by the one code.
_VOTED = {"LATIN": LATIN, "CYRILLIC": CYRILLIC, "ARABIC": ARABIC, "DEVANAGARI": DEVANAGARI}
_ALONE = {
    "GREEK": "el", "HEBREW": "he", "THAI": "th", "LAO": "lo", "HANGUL": "ko", "ARMENIAN": "hy",
    "GEORGIAN": "ka", "BENGALI": "bn", "GURMUKHI": "pa", "GUJARATI": "gu", "ORIYA": "or",
    "TAMIL": "ta", "TELUGU": "te", "KANNADA": "kn", "MALAYALAM": "ml", "SINHALA": "si",
    "MYANMAR": "my", "KHMER": "km", "TIBETAN": "bo", "ETHIOPIC": "am", "CJK": "zh",
    "HIRAGANA": "ja", "KATAKANA": "ja",
}  # fmt: skip
_LETTERS = 500  # of a text that are looked at
_FEWEST_LETTERS, _FEWEST_VOTES = 20, 3
_KANA = 0.1  # share of a text's signs from which Han signs are Japanese
_WORD = re.compile(r"[^\W\d_]+(?:[\u0900-\u097f]+[^\W\d_]*)*")


def language_of(text: str) -> str:
    """The code of a text's language (ISO 639-1), "" where too little tells."""
    head = text[:_LETTERS]
    scripts: Counter[str] = Counter()
    for sign, count in Counter(head).items():
        if sign.isalpha():
            scripts[_script(sign)] += count
    total = sum(scripts.values())
    if total < _FEWEST_LETTERS:
        return ""
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > _KANA * total:
        return "ja"
    script, most = scripts.most_common(1)[0]
    if most <= total / 2:
        return ""
    if script in _VOTED:
        return _vote(head, script)
    return _ALONE.get(script, "")


def reads(languages: list[str], code: str) -> bool:
    """Whether an embedder made for these languages reads this one; true where that is not known."""
    known = {SAME.get(one, one) for one in (_THREE.get(one, one) for one in languages)}
    return not known or not code or code in known or "multilingual" in known or "mul" in known


def _vote(text: str, script: str) -> str:
    """The language most of whose commonest words stand in the text."""
    votes: Counter[str] = Counter()
    for word in _WORD.findall(text.lower()):
        votes.update(_voters(script).get(word, ()))
    best = votes.most_common(2)
    if not best or best[0][1] < _FEWEST_VOTES:
        return ""
    even = len(best) > 1 and best[0][1] == best[1][1]
    return "" if even else best[0][0]


@cache
def _voters(script: str) -> dict[str, tuple[str, ...]]:
    """Which languages each word votes for."""
    found: dict[str, tuple[str, ...]] = {}
    for code, words in _VOTED[script].items():
        for word in set(words.split()):
            found[word] = (*found.get(word, ()), code)
    return found


@cache
def _script(sign: str) -> str:
    return unicodedata.name(sign, "").split(" ")[0].removesuffix("-")
