"""The reasons why a file gives no text, each one sentence with what to do and a stable code."""

from __future__ import annotations

from carrel.errors import UserError

_MB = 1_000_000


def empty(what: str = "The file is empty.", what_to_do: str = "") -> UserError:
    """The file holds no text: zero bytes, only spaces, or pages without a text layer."""
    return UserError(what, what_to_do or "Nothing needs to be done.", "empty")


RECOGNIZE = "Text recognition can read it: see the setting ocr; it needs the program tesseract."


def pictures(pages: int) -> str:
    """What a document is whose text could only be recognized: one sentence."""
    what = "The page is a picture" if pages == 1 else f"{pages} pages are pictures"
    return f"{what} without text."


def unseen(characters: int) -> UserError:
    """All of the file's text is hidden from who looks at it."""
    return UserError(
        f"None of the file's text can be seen: its {characters} characters are white, tiny or"
        " beside the page.",
        "Look at where the file comes from.",
        "unseen",
    )


def encrypted() -> UserError:
    """The file needs a password."""
    return UserError(
        "The file is locked with a password.",
        "Save a copy without the password and add that.",
        "encrypted",
    )


def broken(what: str) -> UserError:
    """The file is damaged, cut short, or not what its name says."""
    return UserError(what, "Open it in its own program, save it again and add it.", "broken")


def binary() -> UserError:
    """The bytes are not text in any encoding."""
    return UserError(
        "The file is named like text but holds binary data.", "Nothing needs to be done.", "binary"
    )


def too_large(size: int, limit: int, thing: str = "The file") -> UserError:
    """More bytes than are read of this kind of file; both in bytes."""
    return UserError(
        f"{thing} is {_mb(size)}; Carrel reads up to {_mb(limit)} of this kind.",
        "Split it into smaller files and add those.",
        "too_large",
    )


def too_many(limit: int) -> UserError:
    """The text falls into more pieces than are kept of one document."""
    return UserError(
        f"The file has more than {limit:,} paragraphs.",
        "Split it into smaller files and add those.",
        "too_large",
    )


def out_of_memory() -> UserError:
    """Reading needs more memory than the reader may use."""
    return UserError(
        "Reading the file needs more memory than the reader may use.",
        "Split it into smaller files and add those.",
        "too_large",
    )


def timeout(seconds: float) -> UserError:
    """The parser went silent or took too long for what it gave; it was ended."""
    return UserError(
        f"Reading was stopped: the file gave too little text for {seconds:.0f} s of work.",
        "If it opens elsewhere, save it again (as PDF or text) and add that.",
        "timeout",
    )


def unreadable(error: OSError) -> UserError:
    """The disk, or the system, refused the bytes."""
    return UserError(
        f"The file could not be read: {error.strerror or type(error).__name__}.",
        "Check that its drive is connected and healthy, then try again.",
        "unreadable",
    )


def _mb(size: int) -> str:
    return f"{size / _MB:,.0f} MB" if size >= _MB else f"{size / 1000:,.0f} kB"
