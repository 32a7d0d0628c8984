"""Which languages text recognition looks for: those of the setting, or that of the system."""

from __future__ import annotations

import locale
import re
from collections.abc import Sequence

from carrel.errors import UserError

_FALLBACK = "eng"
# Two letters of a system's language (ISO 639-1) to what tesseract's data files are called, which is
# mostly ISO 639-2/T: the languages of its package lists with many readers.
_NAMES = {
    "ar": "ara", "bg": "bul", "ca": "cat", "cs": "ces", "da": "dan", "de": "deu", "el": "ell",
    "en": "eng", "es": "spa", "et": "est", "eu": "eus", "fa": "fas", "fi": "fin", "fr": "fra",
    "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun", "id": "ind", "it": "ita", "ja": "jpn",
    "ko": "kor", "lt": "lit", "lv": "lav", "nb": "nor", "nl": "nld", "no": "nor", "pl": "pol",
    "pt": "por", "ro": "ron", "ru": "rus", "sk": "slk", "sl": "slv", "sr": "srp", "sv": "swe",
    "th": "tha", "tr": "tur", "uk": "ukr", "vi": "vie",
}  # fmt: skip
_CHINESE = {"zh_TW": "chi_tra", "zh_HK": "chi_tra"}
_NO_LANGUAGE = frozenset(("osd", "equ"))  # data for orientation and for formulas
_SEPARATORS = re.compile(r"[+,;\s]+")


def choose(setting: str, installed: Sequence[str]) -> list[str]:
    """The languages to recognize, best first: those of the setting ("deu+eng"), or when it is empty
    the system's where it is installed, else English, else any.

    Raises UserError for a language that is not installed, and when there is none at all.
    """
    usable = [one for one in installed if one not in _NO_LANGUAGE]
    wanted = [one for one in _SEPARATORS.split(setting) if one]
    for one in wanted:
        if one not in usable:
            raise UserError(
                f'Text recognition has no language "{one}".',
                f"Install tesseract-ocr-{one.replace('_', '-')}, or set ocr_languages to some of:"
                f" {' '.join(usable) or 'none'}.",
                "no_language",
            )
    if not wanted:
        wanted = [one for one in (system_language(), _FALLBACK, *usable) if one in usable][:1]
    if not wanted:
        raise UserError(
            "tesseract is installed without any language.",
            "Install tesseract-ocr-eng, or the package of your language.",
            "no_language",
        )
    return wanted


def system_language(name: str | None = None) -> str:
    """What tesseract calls a system's language ("de_DE"; None: this one's), "" when unknown."""
    if name is None:
        name = locale.getlocale()[0] or ""
    if name.startswith("zh"):
        return _CHINESE.get(name[:5], "chi_sim")
    return _NAMES.get(name[:2].lower(), "") if name[2:3] in ("", "_", "-") else ""
