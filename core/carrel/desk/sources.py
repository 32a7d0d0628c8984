"""Show a quote where it stands now: never a wrong highlight.

The quote is checked against the file as it is: unchanged, it is marked where it was; found
elsewhere, it is marked there and said to have moved; gone, nothing is marked and that is said; a
missing file is shown from the stored text.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from carrel.desk.requests import SourceView, ViewSource
from carrel.errors import UserError, WorkerDied
from carrel.library.opening import digest_of, open_regular
from carrel.reading.assemble import read_file
from carrel.reading.messages import RenderPage
from carrel.store.rows import PageRange

if TYPE_CHECKING:
    from typing import Literal

    from carrel.ports import Reader
    from carrel.store.catalogue import Catalogue

_AROUND = 20_000  # characters of text shown before and after a quote
_RENDER_SECONDS = 15.0
_SKIPPED = 2  # characters without text, or a space, that pdfium has between two of a quote


class _Text(NamedTuple):
    """A document's text now, with its pages; `char_maps` None: they are in the store. "stale" is
    the stored text of a file that has changed and cannot be read now."""

    text: str
    pages: list[PageRange]
    char_maps: dict[int, list[int]] | None
    engine: str
    state: Literal["stored", "changed", "stale", "missing"]
    format: str = ""
    unseen: int = 0


class _Place(NamedTuple):
    start: int
    end: int
    state: Literal["stands", "moved", "changed", "missing"]
    note: str


class Sources:
    """Answers ViewSource. `reader` should be one that indexing does not use."""

    def __init__(self, catalogue: Catalogue, reader: Reader) -> None:
        self._catalogue = catalogue
        self._reader = reader

    def view(self, request: ViewSource) -> tuple[SourceView, bytes]:
        """The view, and the page as PNG when its kind is "page". Raises UserError.

        A document that was moved or renamed since it was cited is shown where it is now.
        """
        if (moved := self._catalogue.moved_to(request.document)) is not None:
            request = msgspec.structs.replace(request, document=moved)
        now = self._text(request.document)
        place = locate(now, request)
        page = request.page or page_of(now.pages, place.start)
        if _can_draw(now):
            try:
                return self._page(request, now, place, page or 1)
            except (UserError, WorkerDied, TimeoutError) as error:
                words = f"{place.note} The page could not be drawn ({error})."
                place = place._replace(note=words.strip())
        return self._as_text(request, now, place, page), b""

    def _text(self, path: str) -> _Text:
        text, pages = self._catalogue.text(path)
        detail = self._catalogue.detail(path)
        stored = _Text(
            text, pages, None, detail["engine"], "stored", detail["format"], detail["unseen"]
        )
        try:
            fd = open_regular(path)
        except (OSError, UserError):
            return stored._replace(state="missing")
        try:
            known = self._catalogue.known(path)
            if known is None or digest_of(fd) == known.digest:
                return stored
            if self._catalogue.has_recognized(path):
                return stored._replace(state="stale")  # recognizing takes longer than a look
            document = read_file(self._reader, fd, os.path.basename(path), os.fstat(fd).st_size)
        except (UserError, WorkerDied):
            return stored._replace(state="stale")
        finally:
            os.close(fd)
        new_pages = [PageRange(p.page, p.start, p.end) for p in document.pages]
        return _Text(
            document.text, new_pages, dict(document.char_maps), document.engine, "changed",
            document.format, document.unseen,
        )  # fmt: skip

    def _page(
        self, request: ViewSource, now: _Text, place: _Place, page: int
    ) -> tuple[SourceView, bytes]:
        fd = open_regular(request.document)
        try:
            recognized = self._catalogue.recognized_page(request.document, page)
            span = _on_page(now, place, page)
            ranges = [] if recognized else self._ranges(request.document, now, span, page)
            wanted = RenderPage(
                page=page, width=request.width, ranges=ranges,
                format="picture" if now.format == "picture" else "pdf",
            )  # fmt: skip
            drawn, png = self._reader.render(wanted, fd, _RENDER_SECONDS)
        except OSError as error:
            raise UserError(f"The file cannot be opened: {error.strerror}.") from error
        finally:
            os.close(fd)
        view = SourceView(
            document=request.document, title=os.path.basename(request.document), kind="page",
            state=place.state, note=place.note, page=page, pages=len(now.pages) or None,
            width=drawn.width, height=drawn.height, ocr=recognized is not None,
            boxes=recognized.boxes(*span, drawn.width) if recognized and span else drawn.boxes,
            unseen=now.unseen,
        )  # fmt: skip
        return view, png

    def _ranges(
        self, path: str, now: _Text, span: tuple[int, int] | None, page: int
    ) -> list[tuple[int, int]]:
        """Pdfium character ranges of a range of the page's text."""
        if span is None:
            return []
        first, last = span
        if now.char_maps is not None:
            char_map = now.char_maps.get(page, [])
        else:
            char_map = self._catalogue.char_map(path, page)
        return runs(char_map[first:last]) if char_map else [(first, last)]

    def _as_text(
        self, request: ViewSource, now: _Text, place: _Place, page: int | None
    ) -> SourceView:
        begin, end = max(0, place.start - _AROUND), min(len(now.text), place.end + _AROUND)
        return SourceView(
            document=request.document, title=os.path.basename(request.document), kind="text",
            state=place.state, note=place.note, page=page, pages=len(now.pages) or None,
            text=now.text[begin:end], mark_start=place.start - begin, mark_end=place.end - begin,
            ocr=page is not None
            and self._catalogue.recognized_page(request.document, page) is not None,
            unseen=now.unseen,
        )  # fmt: skip


def _can_draw(now: _Text) -> bool:
    return now.state in ("stored", "changed") and (
        now.format == "picture" or (now.format == "pdf" and now.engine == "pdfium")
    )


def _on_page(now: _Text, place: _Place, page: int) -> tuple[int, int] | None:
    """The part of the place that lies on this page, as offsets into the page's text."""
    span = next((p for p in now.pages if p.page == page), None)
    if span is None:
        return None
    first = max(place.start, span.start) - span.start
    last = min(place.end, span.end) - span.start
    return (first, last) if first < last else None


def runs(indices: list[int]) -> list[tuple[int, int]]:
    """The ranges of pdfium characters that the parts of a quote stand for, -1 for none.

    Cells of a table that stand beside each other in the quote can be far apart in pdfium's order.
    """
    found: list[tuple[int, int]] = []
    for index in indices:
        if index < 0:
            continue
        if found and 0 <= index - found[-1][1] <= _SKIPPED:
            found[-1] = (found[-1][0], index + 1)
        elif not found or index + 1 != found[-1][1]:
            found.append((index, index + 1))
    return found


def locate(now: _Text, request: ViewSource) -> _Place:
    """Where the quote stands in the text as it is now; an empty range when it is gone."""
    text, quote = now.text, request.quote
    if now.state == "missing":
        note = "The file is no longer there; this is the text that Carrel stored."
        return _Place(*_nearest(text, request), "missing", note)
    if now.state == "stale":
        note = "The file has changed since it was indexed; this is the text that Carrel stored."
        return _Place(*_nearest(text, request), "changed", note)
    if quote and text[request.start : request.end] == quote:
        return _Place(request.start, request.end, "stands", "")
    start, end = _nearest(text, request)
    if start == end:
        note = "The file has changed since it was indexed, and this passage is no longer in it."
        return _Place(min(request.start, len(text)), min(request.start, len(text)), "changed", note)
    return _Place(
        start, end, "moved", "The file has changed; the passage was found in a new place."
    )


def _nearest(text: str, request: ViewSource) -> tuple[int, int]:
    """The occurrence of the quote nearest to where it was; an empty range when there is none."""
    if not request.quote:
        return 0, 0
    best = -1
    at = text.find(request.quote)
    while at >= 0:
        if best < 0 or abs(at - request.start) < abs(best - request.start):
            best = at
        at = text.find(request.quote, at + 1)
    return (best, best + len(request.quote)) if best >= 0 else (0, 0)


def page_of(pages: list[PageRange], offset: int) -> int | None:
    """The page that a text offset lies on; None where the format has no pages."""
    found = None
    for page in pages:
        if page.start <= offset:
            found = page.page
    return found
