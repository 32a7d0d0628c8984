"""Turns bytes of unknown encoding into clean text: no lone surrogates, no NULs, one newline."""

from __future__ import annotations

import codecs
import re

from carrel.reading import invisible, problems

_SAMPLE = 65_536
_BINARY_SHARE = 0.03  # share of control bytes above which data is not text; noise has 11 %
_CONTROLS = bytes({*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F})
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Encodings of other scripts that charset-normalizer tells apart well when it sees only these.
_OTHER_SCRIPTS = [
    "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp932", "euc_jp", "gb18030", "big5",
    "cp949", "cp874",
]  # fmt: skip
_WEST = frozenset("äöüÄÖÜßéèêëàâçñáíóúîïôûùœæøåÉÀÇÑÅØÆ“”‘’«»–—…•€°©®§£µ·¿¡½²³\xa0")
_CENTRE = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžČŘŠŽőűŐŰăâîșțşţäöüßđ„”“’–—…\xa0")
_NOT_TEXT = {
    **{c: None for c in (*range(0x09), 0x0B, *range(0x0E, 0x20), 0x7F)},
    0x0C: "\n",
    0xFEFF: None,
    0xFFFE: "\ufffd",
    0xFFFF: "\ufffd",
}
_SURROGATE = re.compile("[\ud800-\udfff]")
_MESSY = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]")
_VOID = re.compile(r"(?<!\s)\s{2000,}")  # nobody's layout; a file of spaces would flood the line
_TITLE_NOISE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_MAX_TITLE = 200


def decode(data: bytes, hint: str = "") -> str:
    """Return the text of bytes: by mark, as UTF-8, by `hint` (a declared encoding), by its look.

    Raises UserError("binary") when they are not text.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    if wide := _unmarked_utf16(data):
        return data.decode(wide, "replace")
    if looks_binary(data):
        raise problems.binary()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _by_hint(data, hint) or _damaged_utf8(data) or _by_look(data)


def clean(text: str) -> str:
    """Normalise newlines to \\n and drop what is not text: controls, marks, lone surrogates."""
    if _MESSY.search(text):
        text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_NOT_TEXT)
        text = _SURROGATE.sub("\ufffd", text)
    return _VOID.sub("\n\n", text)


def one_line(text: str, limit: int = _MAX_TITLE) -> str:
    """Return a title or heading fit to show: one line, no control or direction marks, short."""
    seen = invisible.strip(text[: 20 * limit]).text
    line = " ".join(_TITLE_NOISE.sub(" ", seen).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def looks_binary(data: bytes) -> bool:
    """Whether bytes are not text: too many control bytes at the start, in the middle or at the end.

    UTF-16 and UTF-32 count as text.
    """
    if any(data.startswith(mark) for mark, _ in _BOMS) or _unmarked_utf16(data):
        return False
    data = data.rstrip(b"\0")  # a tail of NULs is what a power cut leaves of a log
    middle = len(data) // 2
    samples = (data[:_SAMPLE], data[middle : middle + _SAMPLE], data[-_SAMPLE:])
    return any(_control_share(sample) > _BINARY_SHARE for sample in samples[: 1 + 2 * (middle > 0)])


def _control_share(sample: bytes) -> float:
    return (len(sample) - len(sample.translate(None, _CONTROLS))) / max(len(sample), 1)


def _unmarked_utf16(data: bytes) -> str:
    """Name the byte order of UTF-16 without a mark: NULs stand at every other place only."""
    sample = data[:_SAMPLE]
    if len(sample) < 4 or len(data) % 2 or b"\0" not in sample:
        return ""
    half = len(sample) // 2
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        high, low = sample[offset::2], sample[1 - offset :: 2]
        if high.count(0) >= 0.5 * half and low.count(0) == 0 and _control_share(low) < 0.1:
            return encoding
    return ""


def _by_hint(data: bytes, hint: str) -> str:
    if not hint:
        return ""
    try:
        if codecs.lookup(hint).name in ("utf-8", "ascii", "utf-7"):
            return ""
        return data.decode("cp1252" if hint.lower() == "iso-8859-1" else hint)
    except (LookupError, UnicodeError, ValueError):
        return ""  # a wrong declaration is common: the bytes decide


def _damaged_utf8(data: bytes) -> str:
    """Decode UTF-8 with a few bad bytes (a file cut in the middle); "" when it is not UTF-8."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = len(text) - len(text.encode("ascii", "ignore")) - bad
    return text if good > 2 * bad and bad * 100 <= len(text) + 100 else ""


def _by_look(data: bytes) -> str:
    sample = data[:_SAMPLE]
    high = sum(map(sample.count, range(128, 256)))
    if high > 0.25 * len(sample.translate(None, b" \t\r\n0123456789")):
        from charset_normalizer import from_bytes

        best = from_bytes(sample, cp_isolation=_OTHER_SCRIPTS).best()
        if best is not None:
            return data.decode(best.encoding, "replace")
    return data.decode(_western(sample), "replace")


def _western(sample: bytes) -> str:
    """Choose between the two Latin code pages by which one's usual letters occur more often."""
    unusual = {
        encoding: sum(
            1 for c in sample.decode(encoding, "replace") if c > "\x7f" and c not in usual
        )
        for encoding, usual in (("cp1252", _WEST), ("cp1250", _CENTRE))
    }
    return min(unusual, key=lambda encoding: unusual[encoding])
