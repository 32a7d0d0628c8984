"""`carrel add`, `collections`, `documents` and `text`: what is there."""

from __future__ import annotations

import argparse
import os
import threading
from typing import TYPE_CHECKING

from rich.markup import escape

from carrel.desk.service import text_of
from carrel.errors import Cancelled
from carrel.store import listing
from carrel.terminal.asking import stopping
from carrel.terminal.output import Output

if TYPE_CHECKING:
    from carrel.compose import Core


def add(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Index files and folders, with a progress bar."""
    cancel = threading.Event()
    try:
        with stopping(cancel), output.progress() as bar:
            added = core.library.add(arguments.paths, arguments.name, bar, cancel)
    except Cancelled as stopped:
        output.note(str(stopped))
        return 130
    if words := core.library.recognition().words:
        output.note(words)
    if output.json:
        output.document(added)
        return 0
    output.line(
        f"{added.collection}: {added.documents} documents, {added.passages} passages,"
        f" searchable by words after {added.searchable_seconds:.1f} s,"
        f" by meaning after {added.seconds:.1f} s."
    )
    if note := core.library.languages.note(added.collection):
        output.line(f"   {note}")
    for one in added.skipped:
        output.styled(f"   [yellow]{escape(one.path)}[/yellow] [dim]({one.code})[/dim]")
        output.line(f"      {one.reason}")
    return 0


def collections(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """List the collections with their state."""
    rows = listing.collections(core.library.database, core.library.languages.note)
    if output.json:
        output.document({"collections": rows})
        return 0
    for row in rows:
        output.styled(f"[bold]{escape(row.name)}[/bold] · {row.state}")
        output.line(f"   {', '.join(row.paths)}")
        output.line(
            f"   {row.documents} documents, {row.passages} passages"
            f" ({row.by_words} by words, {row.by_meaning} by meaning),"
            f" {row.unreadable} not readable"
        )
        if row.note:
            output.line(f"   {row.note}")
    if not rows:
        output.line("There is nothing here yet. Add a folder: carrel add FOLDER")
    return 0


def documents(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """List every document with its status and the reason for it."""
    rows, _ = listing.documents(
        core.library.database, status=arguments.status, collection=arguments.collection
    )
    if output.json:
        output.document({"documents": rows})
        return 0
    for row in rows:
        output.styled(f"{row.status:<13} {row.passages:>5}  {escape(row.path)}")
        if row.reason or row.ocr:
            output.line(f"                     {row.reason or 'OCR text'}")
        if row.unseen:
            output.line(f"                     {unseen_words(row.unseen)}")
    if not rows:
        output.line("No documents. Add a folder: carrel add FOLDER")
    return 0


def unseen_words(characters: int) -> str:
    """Say how much of a document cannot be seen on its pages."""
    some = "1 character" if characters == 1 else f"{characters:,} characters"
    return f"{some} of it cannot be seen on its pages (white or tiny text)."


def text(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Print the extracted text of a document, which offsets point into."""
    found = text_of(core, os.path.abspath(os.path.expanduser(arguments.path)))
    if output.json:
        output.document({"text": found.text, "pages": found.pages})
    else:
        output.piece(found.text + "\n")
    return 0
