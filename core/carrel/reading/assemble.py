"""Reads one file through a reader and puts its sections together into a document.

A file may end the reader. Then another parser, or another try, gets a fresh reader; a file that
ends that one too raises ReaderKilled, and the caller leaves it alone until it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import NamedTuple

from carrel.errors import UserError, WorkerDied
from carrel.ports import Reader
from carrel.reading import problems, source
from carrel.reading.budget import Budget
from carrel.reading.decoding import one_line
from carrel.reading.formats import HEAD_BYTES, choose
from carrel.reading.messages import BlockKind, Extract, Extracted, ReaderReply, Section
from carrel.reading.recognized import RecognizedPage

NO_TEXT = "The file holds no text."
MAX_BLOCKS = 1_000_000
MAX_CHARACTERS = 100_000_000  # of one document's text
# Seconds for a whole file, with all tries, beside what a large one earns by its text. A file is to
# be settled in 30 s; hashing it, ending a reader and starting another take the rest.
TIMEOUT = 25.0
_FIRST_SHARE = 0.5  # of that for pdfium: what it leaves is pypdf's
_ANY_SIZE = 1 << 62
_SECOND_PARSER = frozenset(("empty", "pictures", "broken", "too_large"))  # worth asking pypdf about


Pictures = Mapping[int, RecognizedPage | None]


class PageSpan(NamedTuple):
    """Where a page (from 1) stands in a document's text; an empty page has start == end."""

    page: int
    start: int
    end: int


class PlacedBlock(NamedTuple):
    """A block of a document: offsets into its whole text, and the page where it has one."""

    kind: BlockKind
    start: int
    end: int
    headings: list[str]
    page: int | None


class Document(NamedTuple):
    """A file that was read. `char_maps[page][i]` is the pdfium character of the page's i-th
    character, -1 where none is drawn; a page without an entry maps to itself. No boxes can be
    drawn when `engine` is "pypdf". `pages` is empty for formats without pages. `pictures` are pages
    without text of their own: what was recognized on them, None where that is still to be done.
    `unseen` counts the characters that cannot be seen: those of blocks of that kind, and others
    that were taken out."""

    format: str
    title: str
    text: str
    blocks: list[PlacedBlock]
    pages: list[PageSpan]
    char_maps: dict[int, list[int]]
    engine: str
    pictures: Pictures = {}
    unseen: int = 0


class OnlyPictures(UserError):
    """A document without text: code "pictures" when its pages wait to be recognized, "no_words"
    when nothing was recognized on them."""

    def __init__(self, pictures: Pictures) -> None:
        self.pictures = dict(pictures)
        what, advice, code = problems.pictures(len(pictures)), problems.RECOGNIZE, "pictures"
        if all(pictures.values()):
            reasons = {page.problem for page in pictures.values() if page is not None}
            what = f"{what} {' '.join(sorted(reasons)[:2])}".strip()
            advice, code = "A sharper scan may help.", "no_words"
        super().__init__(what, advice, code)


class ReaderKilled(UserError):
    """A file ended the reader `deaths` times: code "quarantined", or "timeout" when it hung."""

    def __init__(self, reason: UserError, deaths: int) -> None:
        super().__init__(reason.what, reason.what_to_do, reason.code)
        self.deaths = deaths


def read_file(
    reader: Reader,
    fd: int,
    name: str,
    size: int = 0,
    timeout: float = TIMEOUT,
    between: Callable[[], None] = lambda: None,
    recognized: Mapping[int, RecognizedPage] | None = None,
) -> Document:
    """Read the file in an open descriptor; `name` is its name, hostile or not.

    `timeout` is in seconds for all tries together, but for what a large file earns by its text (see
    Budget); `between` is called after each section and may wait, which makes the reader wait too
    and is not counted. `recognized` is put in the place of pages that are pictures. Raises
    UserError with a code: "empty", "encrypted", "broken", "binary", "too_large", "unsupported",
    "unreadable"; OnlyPictures with "pictures" or "no_words"; ReaderKilled with "quarantined" or
    "timeout".
    """
    try:
        size = source.size_of(fd, _ANY_SIZE)
        format = choose(name, source.read_head(fd, HEAD_BYTES))
    except OSError as error:
        raise problems.unreadable(error) from error
    shown = one_line(name.replace("\\", "/").rsplit("/", 1)[-1])
    trial = _Trial(reader, fd, timeout, between, recognized or {})
    for engine in ("pdfium", "pypdf") if format == "pdf" else ("", ""):
        request = Extract(format=format, name=shown, size=size, engine=engine)
        if (document := trial.read(request)) is not None:
            return document
    raise trial.reason()


class _Trial:
    """The attempts to read one file: what went wrong so far."""

    def __init__(
        self,
        reader: Reader,
        fd: int,
        timeout: float,
        between: Callable[[], None],
        recognized: Mapping[int, RecognizedPage],
    ) -> None:
        self._reader = reader
        self._recognized = recognized
        self._between = between
        self._fd = fd
        self._timeout = self._left = timeout
        self._refusals: list[UserError] = []
        self._deaths: list[UserError] = []

    def read(self, request: Extract) -> Document | None:
        """Return the document, None when another attempt may do better; else raise the reason."""
        share = self._left * (_FIRST_SHARE if request.engine == "pdfium" else 1)
        budget = Budget(share, request.size)
        replies = self._reader.extract(request, self._fd, share)
        try:
            return assemble(request, self._pausing(budget.timed(replies)), self._recognized)
        except WorkerDied as died:
            self._deaths.append(_killed(died))
        except TimeoutError:
            self._deaths.append(problems.timeout(self._timeout))
            if request.format != "pdf":
                raise self.reason() from None  # the same parser would hang again
        except UserError as refused:
            self._refusals.append(refused)
            if request.engine != "pdfium" or refused.code not in _SECOND_PARSER:
                raise self.reason() from refused
        finally:
            if isinstance(replies, Generator):
                replies.close()  # who keeps the reason would keep the reader at work for nobody
            # What a large file earned is on top: it was spent on text, not on this parser's end.
            self._left -= min(budget.spent, share)
        return None

    def _pausing(self, replies: Iterator[ReaderReply]) -> Iterator[ReaderReply]:
        for reply in replies:
            yield reply
            self._between()

    def reason(self) -> UserError:
        """Return why the file gave no text: the first parser's words, unless readers died of it."""
        if self._refusals:
            return self._refusals[0]
        return ReaderKilled(self._deaths[-1], len(self._deaths))


def assemble(
    request: Extract,
    replies: Iterator[ReaderReply],
    recognized: Mapping[int, RecognizedPage] | None = None,
) -> Document:
    """Join a reader's replies: stretches without a gap, pages with a blank line between them.

    Raises what the reader raises, UserError("too_large", "empty", "broken"), and OnlyPictures.
    """
    parts = _Parts(recognized or {})
    end: Extracted | None = None
    for reply in replies:
        if isinstance(reply, Section):
            parts.add(reply)
        elif isinstance(reply, Extracted):
            end = reply
    if end is None:
        raise problems.broken("The reader stopped before the end of the file.")
    if all(block.kind == "unseen" for block in parts.blocks):
        if parts.pictures:
            raise OnlyPictures(parts.pictures)
        raise problems.unseen(end.unseen) if parts.blocks else problems.empty(NO_TEXT)
    title = end.title or title_from_name(request.name)
    text = "".join(parts.texts)
    return Document(
        request.format, title, text, parts.blocks, parts.pages, parts.char_maps, end.engine,
        parts.pictures, end.unseen,
    )  # fmt: skip


class _Parts:
    """A document in the making."""

    def __init__(self, recognized: Mapping[int, RecognizedPage]) -> None:
        self._recognized = recognized
        self.pictures: dict[int, RecognizedPage | None] = {}
        self.texts: list[str] = []
        self.blocks: list[PlacedBlock] = []
        self.pages: list[PageSpan] = []
        self.char_maps: dict[int, list[int]] = {}
        self._at = 0

    def add(self, section: Section) -> None:
        if section.picture and section.page is not None:
            found = self.pictures[section.page] = self._recognized.get(section.page)
            section = section if found is None else found.section(section.page)
        goes_on = bool(self.pages) and self.pages[-1].page == section.page
        if section.page is not None and section.text and self._at and not goes_on:
            self._append("\n\n")
        start = self._at
        self._append(section.text)
        if section.page is not None:
            self._add_page(section, section.page, start, goes_on)
        for b in section.blocks:
            placed = PlacedBlock(b.kind, start + b.start, start + b.end, b.headings, section.page)
            self.blocks.append(placed)
        if len(self.blocks) > MAX_BLOCKS:
            raise problems.too_many(MAX_BLOCKS)

    def _add_page(self, section: Section, page: int, start: int, goes_on: bool) -> None:
        if goes_on:
            start = self.pages.pop().start
        if section.char_map:
            before = list(range(self._at - len(section.text) - start))
            self.char_maps[page] = self.char_maps.get(page, before) + section.char_map
        self.pages.append(PageSpan(page, start, self._at))

    def _append(self, text: str) -> None:
        self.texts.append(text)
        self._at += len(text)
        if self._at > MAX_CHARACTERS:
            raise problems.too_large(self._at, MAX_CHARACTERS, "The text")


def _killed(died: WorkerDied) -> UserError:
    return UserError(
        f"The file ended the program that reads it, which {died.words}",
        "If it opens elsewhere, save it again (as PDF or text) and add that.",
        "quarantined",
    )


def title_from_name(name: str) -> str:
    """The title of a document that names none itself: its file's name without the ending."""
    stem, dot, _ = name.rpartition(".")
    return stem if dot and stem else name
