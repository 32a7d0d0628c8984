"""Whether text in pictures is recognized, said in one sentence: what the window and `add` show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrel.desk.library_requests import RecognitionIs
from carrel.reading.tesseract import INSTALL

if TYPE_CHECKING:
    from carrel.errors import UserError


def state_of_recognition(
    setting: str, documents: int, pages: int, problem: UserError | None, *, installed: bool
) -> RecognitionIs:
    """The state, with `words` "" when there is nothing to say: nothing waits, or it is off."""
    words = ""
    if documents and setting != "off":
        one = documents == 1
        words = "1 document is" if one else f"{documents:,} documents are"
        words += " partly or wholly pictures, whose text is not read yet."
        if not installed:
            words += f" The program tesseract could recognize it. {INSTALL}"
        elif setting == "ask":
            words += " `carrel ocr on` recognizes it."
        elif problem is not None:
            words += f" {problem}"
    return RecognitionIs(
        setting=setting, installed=installed, documents=documents, pages=pages, words=words,
        problem=str(problem or ""),
    )  # fmt: skip
