"""Names that people give: titles and folders, one line each."""

from __future__ import annotations

import unicodedata

from carrel.errors import UserError

LONGEST_TITLE, LONGEST_FOLDER = 200, 100
_CUT = 60  # a title that is made from a question


def checked(name: str, longest: int, what: str) -> str:
    """A name on one line without spaces around it; "" stays "". `what` is "title" or "folder".

    Raises UserError when it is too long or holds control characters.
    """
    line = " ".join(name.split())
    if len(line) > longest:
        raise UserError(
            f"The {what} has {len(line):,} characters; {longest} are the most.",
            "Choose a shorter one.",
            what,
        )
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in line):
        raise UserError(
            f"The {what} holds characters that cannot be shown.", "Type another one.", what
        )
    return line


def title_of(question: str) -> str:
    """A short title: the start of the question, cut at a word."""
    shown = "".join(
        sign if unicodedata.category(sign) not in ("Cc", "Cs") else " " for sign in question
    )
    line = " ".join(shown.split())
    if len(line) <= _CUT:
        return line or "Untitled"
    return line[:_CUT].rsplit(" ", 1)[0] + "…"
