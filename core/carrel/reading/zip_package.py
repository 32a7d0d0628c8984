"""Opens documents that are zips of parts (Office, OpenDocument, EPUB), and no zip bombs."""

from __future__ import annotations

import zipfile
import zlib
from typing import IO, Any

from carrel.errors import UserError
from carrel.reading import problems

MAX_ENTRIES = 20_000
MAX_PART = 64_000_000  # bytes of one unpacked part
MAX_UNPACKED = 512_000_000  # bytes of all parts that are read
MAX_RATIO = 200  # XML packs 5 to 40 times; a bomb a thousand times
_SMALL = 5_000_000  # below this a high ratio harms nobody
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FAULTS = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError,
    SyntaxError, ValueError, OverflowError,
)  # fmt: skip
# ISO/IEC 29500 Strict names the same elements in other namespaces than Transitional.
_STRICT = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL = {
    b"http://purl.oclc.org/ooxml/wordprocessingml/main":
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    b"http://purl.oclc.org/ooxml/officeDocument/relationships":
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
}  # fmt: skip


class Package:
    """The parts of one document; `what` names it in sentences."""

    def __init__(self, stream: IO[bytes], what: str = "The document") -> None:
        """Check the zip's table. Raises UserError: "broken", "encrypted", "too_large"."""
        self._what, self._damaged = what, f"{what} is damaged or cut short."
        self._unpacked = 0
        if stream.read(len(_OLE)) == _OLE:
            raise problems.encrypted()
        stream.seek(0)
        try:
            self._zip = zipfile.ZipFile(stream)
        except _FAULTS as error:
            raise problems.broken(self._damaged) from error
        self._entries = {entry.filename: entry for entry in self._zip.infolist()}
        _check(self._zip.infolist())

    @property
    def names(self) -> list[str]:
        """The parts' names, in the order of the zip."""
        return list(self._entries)

    def read(self, name: str) -> bytes | None:
        """Return a part's bytes, None when the part is missing.

        Raises UserError: "broken", "too_large".
        """
        entry = self._entries.get(name)
        if entry is None:
            return None
        if entry.file_size > MAX_PART:
            raise problems.too_large(entry.file_size, MAX_PART, "The unpacked document")
        if entry.file_size > max(_SMALL, MAX_RATIO * entry.compress_size):
            raise problems.broken(f"{self._what} is packed as no honest one is (a zip bomb).")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise problems.broken(self._damaged)
        self._unpacked += entry.file_size
        if self._unpacked > MAX_UNPACKED:
            raise problems.too_large(self._unpacked, MAX_UNPACKED, "The unpacked document")
        try:
            with self._zip.open(entry) as part:
                # No more than the table says, which was checked; what comes may be without end.
                return part.read(entry.file_size)
        except _FAULTS as error:
            raise problems.broken(self._damaged) from error

    def xml(self, name: str) -> Any:
        """Return a part's root element, None when the part is missing.

        Raises UserError: "broken", "too_large".
        """
        data = self.read(name)
        if data is None:
            return None
        from docx.oxml.parser import parse_xml

        try:
            if _STRICT in data[:8192]:
                for strict, transitional in _TRANSITIONAL.items():
                    data = data.replace(strict, transitional)
            return parse_xml(data)
        except _FAULTS as error:
            raise problems.broken(self._damaged) from error


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise UserError(
            f"The document holds {len(entries):,} parts; Carrel reads up to {MAX_ENTRIES:,}.",
            "Open it, save it again and add it.",
            "too_large",
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise problems.encrypted()
