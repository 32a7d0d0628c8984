"""The line between the desk and the reader worker: requests carry an open file, never a path."""

from __future__ import annotations

from typing import Literal

from carrel.events import Message, Plain

BlockKind = Literal["heading", "paragraph", "list", "table", "code", "record", "unseen"]


class Block(Plain, frozen=True):
    """A stretch of a section's text. Offsets are relative to the section it is sent in.

    `headings` is the heading path the block stands under, outermost first; a heading block's own
    text is the last entry of its path. Text of kind "unseen" is in the document, but nobody who
    looks at it can see it (white, tiny, beside the page): it is kept, and never searched or quoted.
    It stands at the document's end, so that no passage holds it.
    """

    kind: BlockKind
    start: int
    end: int
    headings: list[str]


class Extract(Message, frozen=True):
    """Read the text of the file in the attached descriptor.

    `format` is a name of `carrel.reading.formats`; `name` is the file's name for titles only;
    `engine` chooses between parsers of one format ("pdfium" or "pypdf" for PDF), "" is the default.
    """

    format: str
    name: str
    size: int
    engine: str = ""


class RenderPage(Message, frozen=True):
    """Draw one page (number from 1) of the attached PDF or picture, `width` pixels wide.

    `ranges` are [first, last) pdfium character indices to give boxes for. With `gray` the page is
    drawn for text recognition, as large as that wants it: a grey PGM instead of a PNG.
    """

    page: int
    width: int
    ranges: list[tuple[int, int]]
    format: Literal["pdf", "picture"] = "pdf"
    gray: bool = False


class Section(Message, frozen=True):
    """A piece of text, in reading order: one PDF page, or a stretch of another format.

    `char_map[i]` is the pdfium character index of text[i], -1 for what is not drawn (the bars
    between a table's cells); the whole map is empty where it is i itself. `picture` says that the
    page has no text but pictures, in which some may be recognized.
    """

    text: str
    page: int | None
    blocks: list[Block]
    char_map: list[int] = []
    picture: bool = False


class Extracted(Message, frozen=True):
    """The end of a reading. `pages` is None where the format has none; `unseen` counts the
    characters that nobody who looks at the document can see (see carrel.reading.sifting)."""

    title: str
    pages: int | None
    engine: str
    unseen: int = 0


class PageImage(Message, frozen=True):
    """A rendered page; the PNG (or PGM) is the frame's raw bytes. Boxes are [x, y, width, height]
    in pixels of the image, origin at its top left, one per line of a range."""

    width: int
    height: int
    boxes: list[tuple[float, float, float, float]]


ReaderRequest = Extract | RenderPage
ReaderReply = Section | Extracted | PageImage
