"""Open a found file safely, see whether it changed, and read it; one file ahead of its user."""

from __future__ import annotations

import os
import queue
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from carrel.errors import UserError
from carrel.library.sync import Found
from carrel.reading.assemble import Document, read_file
from carrel.reading.formats import HEAD_BYTES, choose

if TYPE_CHECKING:
    from carrel.ports import Reader
    from carrel.store.rows import Known

T = TypeVar("T")


class Opened(NamedTuple):
    """A file that was looked at. `outcome` is its document, the reason why there is none, or None
    when its content (by BLAKE2b digest) is what the library has already."""

    found: Found
    digest: str
    format: str
    outcome: Document | UserError | None
    moved_from: int | None = None
    """The document that has this content and was at another path before."""


def open_and_read(
    found: Found,
    known: Known | None,
    reader: Reader,
    largest: int,
    moved: Callable[[str], int | None] | None = None,
    between: Callable[[], None] = lambda: None,
) -> Opened:
    """Read one file through the reader process. Every failure is in the outcome, none raised,
    but for defects.

    `moved` says which document has a digest and was moved here; `between` is called between the
    sections of a document and may take its time.
    """
    name = os.path.basename(found.path)
    format, digest = "", ""
    try:
        _check_size(found.state.size, largest)
        fd = open_regular(found.path)
        try:
            _check_same(found, fd)
            format = choose(name, os.read(fd, HEAD_BYTES))
            digest = digest_of(fd)
            if known is not None and known.digest == digest:
                return Opened(found, digest, format, None)
            if moved is not None and (document_id := moved(digest)) is not None:
                return Opened(found, digest, format, None, document_id)
            document = read_file(reader, fd, name, found.state.size, between=between)
            if digest_of(fd) != digest:
                raise UserError("It was changed while it was read.", "Add it again.", "changing")
        finally:
            os.close(fd)
    except UserError as problem:
        return Opened(found, digest, format, problem)
    except OSError as error:
        unreadable = UserError(f"It cannot be opened: {error.strerror}.", code="unreadable")
        return Opened(found, digest, format, unreadable)
    return Opened(found, digest, format, document)


def _check_size(size: int, largest: int) -> None:
    if size > largest:
        raise UserError(
            f"The file has {size / 1e6:,.0f} MB; the limit is {largest / 1e6:,.0f} MB.",
            "Raise the setting largest_file_mb to include it.",
            "too_large",
        )


def _check_same(found: Found, fd: int) -> None:
    """A file that was put out of the way for a link after the folder was looked at is not read: the
    link may lead out of the folder."""
    status = os.fstat(fd)
    same = (status.st_size, status.st_mtime_ns) == (found.state.size, found.state.modified_ns)
    if not same and os.path.islink(found.path):
        raise UserError("It became a link while it was read.", "Add it again.", "changing")


def open_regular(path: str) -> int:
    """Open a regular file for reading without ever waiting for it. Raises UserError, OSError."""
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise UserError("It is not a regular file.", code="special")
    return fd


def digest_of(fd: int) -> str:
    """BLAKE2b (32 bytes, hex) of the whole file, read from its start."""
    digest = blake2b(digest_size=32)
    os.lseek(fd, 0, os.SEEK_SET)
    while chunk := os.read(fd, 1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def ahead(items: Iterable[T], depth: int = 2) -> Iterator[T]:
    """Yield the items while up to `depth` further ones are made on another thread.

    Leaving early stops the making after the item under way; its exception is raised here.
    """
    ready: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(maxsize=depth)
    stop = threading.Event()

    def make() -> None:
        try:
            for item in items:
                ready.put((item,))
                if stop.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that asked
            ready.put(error)
            return
        ready.put(None)

    maker = threading.Thread(target=make, name="reading ahead", daemon=True)
    maker.start()
    try:
        while (made := ready.get()) is not None:
            if isinstance(made, BaseException):
                raise made
            yield made[0]
    finally:
        stop.set()
        while maker.is_alive():
            with_room = not ready.empty()
            if with_room:
                ready.get()
            maker.join(0.01)
