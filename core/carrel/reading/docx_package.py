"""Opens a .docx: a zip of XML parts, one of which is the document."""

from __future__ import annotations

from typing import IO

from carrel.reading import problems
from carrel.reading.zip_package import Package as ZipPackage


class Package(ZipPackage):
    """The parts of one Word document."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(stream, "The Word document")

    def document_name(self) -> str:
        """Return the name of the main part. Raises UserError("broken") when there is none."""
        named = "word/document.xml"
        rels = self.xml("_rels/.rels")
        for rel in rels if rels is not None else ():
            if str(rel.get("Type", "")).endswith("/officeDocument"):
                named = str(rel.get("Target", named)).lstrip("/")
        if named not in self.names:
            raise problems.broken("This is a zip file without a Word document in it.")
        return named
