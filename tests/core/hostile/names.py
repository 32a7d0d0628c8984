"""Names that mislead people, terminals, databases and other programs. The files are good."""

from __future__ import annotations

import os
from collections.abc import Iterator

from tests.core.hostile.kinds import Hostile, of

WORDS = "The words behind an odd name."
_MISLEADING = (
    "invoice\u202efdp.txt", "\u202e\u2066\u2067.txt", "a\nb.txt", "a\rb.txt", "a\tb.txt",
    "\x1b[2J\x1b]0;x\x07.txt", "\x01\x7f.txt", "e\u0301.txt", "\u00e9.txt", "\u0430.txt",
    "👨\u200d👩\u200d👧.txt", "\u200b\u200b.txt", "\u2028\u2029.txt", "\ufeff.txt", "\x85.txt",
    "\ufffe\uffff.txt", "a" + "\u0301" * 120 + ".txt", "\U000e0041\U000e0042.txt",
)  # fmt: skip
_AWKWARD = (
    " .txt", "   ", " lead.txt", "trail.txt ", "dot.txt.", "-rf.txt", "--help", "..txt", "...",
    "a" * 251 + ".txt", "é" * 125 + ".txt", "語" * 83 + ".txt", "CON.txt", "nul", "no ending",
    "x.pdf.exe.txt", "~", "#x.txt", "*?[a].txt", "a:b|c\"d.txt", "back\\slash.txt",
)  # fmt: skip
_INJECTED = (
    "'; DROP TABLE documents; --.txt", "<img src=x onerror=alert(1)>.txt", "%s%n%x.txt",
    "{0}{x}.txt", "$(reboot) `reboot`.txt", "file:%2Fetc%2Fpasswd.txt",
)  # fmt: skip
NAMES = (*_MISLEADING, *_AWKWARD, *_INJECTED)
RAW = (
    b"\xff\xfe.txt", b"latin-\xe9.txt", b"\xed\xa0\x80.txt", b"cut-\xf0\x9f.txt",
    b"\x80" * 251 + b".txt",
)  # fmt: skip


def corpus() -> Iterator[Hostile]:
    for number, name in enumerate(NAMES):
        yield of(f"names/{number:02}/{name}", WORDS.encode())
    for number, raw in enumerate(RAW):
        yield of(f"names/raw{number}/{os.fsdecode(raw)}", WORDS.encode())
