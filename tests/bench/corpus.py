"""Text and PDFs for the benchmarks, made here: no file of anybody's is needed.

Sentences are drawn from a fixed vocabulary with word frequencies after Zipf's law, so that term
statistics resemble those of real text.
"""

from __future__ import annotations

import random
from pathlib import Path

_SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "je",
    "ki",
    "lo",
    "mu",
    "na",
    "pe",
    "ri",
    "so",
    "tu",
    "va",
    "we",
    "xi",
    "yo",
    "zu",
    "bra",
    "cle",
    "dri",
    "flo",
    "gru",
]
_COMMON = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "a",
    "is",
    "that",
    "for",
    "it",
    "as",
    "was",
    "with",
    "be",
    "by",
    "on",
    "not",
    "he",
    "at",
    "from",
    "this",
    "are",
    "or",
]


class Words:
    """An endless, reproducible source of sentences."""

    def __init__(self, seed: int = 0, vocabulary: int = 20_000) -> None:
        self._random = random.Random(seed)
        made: dict[str, None] = {}
        while len(made) < vocabulary:
            made["".join(self._random.choices(_SYLLABLES, k=self._random.randint(2, 4)))] = None
        self._words = _COMMON + list(made)
        self._weights = [1 / (rank + 3) for rank in range(len(self._words))]

    def sentence(self) -> str:
        """About 17 words that end with a full stop."""
        words = self._random.choices(self._words, self._weights, k=self._random.randint(10, 24))
        return " ".join(words).capitalize() + "."

    def paragraph(self, sentences: int = 5) -> str:
        return " ".join(self.sentence() for _ in range(sentences))


def write_pdf(path: Path, words: Words, pages: int, lines: int = 44) -> None:
    """A PDF of plain text pages, as a word processor's export has them (about 3,000 characters)."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for _ in range(pages):
        content = _content(words, lines)
        kids.append(len(objects) + 1)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (len(objects) + 2)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    refs = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (refs, pages)
    path.write_bytes(_assemble(objects))


def _content(words: Words, lines: int) -> bytes:
    text = words.paragraph(lines).split()
    parts, line = [b"BT /F1 9 Tf 50 790 Td 16 TL"], ""
    for word in text:
        if len(line) + len(word) > 95:
            parts.append(b"(%s) Tj T*" % line.encode())
            line = ""
            if len(parts) > lines:
                break
        line = f"{line} {word}".strip()
    return b"\n".join([*parts, b"ET"])


def _assemble(objects: list[bytes]) -> bytes:
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(out)
