"""Words for text of a document that nobody who looks at it can see."""

from __future__ import annotations

from carrel_desktop.i18n import counted


def unseen_words(characters: int) -> str:
    """One sentence on how many characters cannot be seen; "" for none."""
    if not characters:
        return ""
    return counted(
        characters,
        "1 character of this document cannot be seen on its pages (white or tiny text).",
        "{n} characters of this document cannot be seen on its pages (white or tiny text).",
    )
