"""`carrel conversations`: list, show, search, rename, pin, move, branch, export, delete."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from carrel.desk.conversation_requests import ConversationHit, ConversationRow, TurnRow
from carrel.errors import UserError
from carrel.exports import gathering, notes, writing
from carrel.library.forgetting import Wish
from carrel.store import finding
from carrel.terminal.forgetting import confirm
from carrel.terminal.output import Output, one_line, where

if TYPE_CHECKING:
    from carrel.compose import Core

PrintPdf = Callable[[str], bytes]
"""Takes a page of HTML, returns it as PDF."""


def conversations(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Do what the action says."""
    actions: dict[str, Callable[[Core, argparse.Namespace, Output], int]] = {
        "list": _list,
        "show": _show,
        "search": _search,
        "rename": _rename,
        "pin": _pin,
        "unpin": _pin,
        "move": _move,
        "branch": _branch,
        "export": _export,
        "delete": _delete,
    }
    return actions[arguments.action](core, arguments, output)


def _list(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    rows = finding.listing(core.library.database, folder=arguments.folder)
    if output.json:
        output.document({"conversations": [_plain(row) for row in rows]})
        return 0
    for row in sorted(rows, key=lambda one: not one.pinned):
        place = f"  [dim]{escape(row.folder)}[/dim]" if row.folder else ""
        pin = "*" if row.pinned else " "
        output.styled(f"{pin}{row.id:>5}  {_day(row.updated)}  {escape(row.title)}{place}")
    if not rows:
        output.line("There is no conversation here. Ask something: carrel ask QUESTION")
    return 0


def _show(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    found = core.conversations.open(_number(arguments), all_branches=arguments.all_branches)
    if output.json:
        output.document(found)
        return 0
    output.styled(f"[bold]{escape(found.title)}[/bold]  [dim]{escape(found.folder)}[/dim]\n")
    for turn in found.turns:
        _show_turn(turn, output)
    return 0


def _show_turn(turn: TurnRow, output: Output) -> None:
    branch = notes.branch_words(turn)
    shown = f"  [dim]{branch}[/dim]" if branch else ""
    output.styled(f"[bold]{turn.id}[/bold]  {escape(one_line(turn.question))}{shown}")
    if turn.result.answer:
        output.line(turn.result.answer)
    if words := notes.ending(turn):
        output.line(words)
    for citation in {c.n: c for c in turn.result.citations}.values():
        place = where(citation.document, citation.page)
        output.styled(f"   \\[{citation.n}] [cyan]{escape(place)}[/cyan]")
    output.line()


def _search(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    query = " ".join(arguments.targets)
    if not query.strip():
        raise UserError("There is nothing to search for.", "carrel conversations search WORDS")
    found = finding.search(core.library.database, query, arguments.k)
    if output.json:
        output.document(found)
        return 0
    for hit in found.hits:
        output.styled(
            f"[bold]{hit.conversation_id}[/bold]  {escape(hit.title)}  [dim]{hit.part}[/dim]"
        )
        output.styled(f"   {_marked(hit)}\n")
    if not found.hits:
        output.line("No conversation holds these words.")
    output.note(f"{len(found.hits)} places in {found.milliseconds:.0f} ms")
    return 0


def _rename(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    title = " ".join(arguments.targets[1:])
    if not title.strip():
        raise UserError("There is no title.", "carrel conversations rename ID TITLE", "title")
    core.conversations.rename(_number(arguments), title)
    return _changed(core, arguments, output)


def _pin(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    core.conversations.pin(_number(arguments), arguments.action == "pin")
    return _changed(core, arguments, output)


def _move(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    core.conversations.move(_number(arguments), " ".join(arguments.targets[1:]))
    return _changed(core, arguments, output)


def _branch(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Let the conversation go on from this turn's branch."""
    conversation = core.conversations.choose(_number(arguments, "the number of a turn"))
    if output.json:
        output.document(core.conversations.open(conversation))
    else:
        output.line(f"Conversation {conversation} reads and goes on along this branch now.")
    return 0


def _delete(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    wish = Wish(conversation_id=_number(arguments))
    plan = core.library.plan_forgetting(wish)
    if not arguments.yes:
        confirm(plan.words, output)
    done = core.forget(wish)
    if output.json:
        output.document(done)
    else:
        output.line(f"Deleted, with {done.quotes} quotes.")
    return 0


def _export(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    made = gathering.gather(
        core.conversations, core.library.catalogue, _number(arguments),
        all_branches=arguments.all_branches,
    )  # fmt: skip
    format, pdf = arguments.format, getattr(arguments, "print_pdf", None)
    if format == "pdf" and pdf is not None:
        data = pdf(writing.rendered(made, "html").decode())
    else:
        data = writing.rendered(made, format)
    if arguments.out:
        done = writing.write(made, format, data, arguments.out, force=arguments.force)
        if output.json:
            output.document(done)
        else:
            output.line(f"{done.path}: {done.turns} turns, {done.bytes:,} bytes.")
    elif format == "pdf":
        raise UserError("A PDF needs a file.", "Name it with --out F.pdf.", "no_out")
    elif output.json and format != "json":
        output.document({"format": format, "text": data.decode()})
    elif output.json:
        output.document(made)
    else:
        output.piece(data.decode()) if sys.stdout.isatty() else sys.stdout.write(data.decode())
    return 0


def _changed(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Say how the conversation stands now."""
    number = _number(arguments)
    row = next(one for one in finding.listing(core.library.database) if one.id == number)
    if output.json:
        output.document({"conversation": _plain(row)})
    else:
        pinned = ", pinned" if row.pinned else ""
        folder = f", in {row.folder}" if row.folder else ""
        output.line(f"{row.id}: {row.title}{folder}{pinned}")
    return 0


def _plain(row: ConversationRow) -> dict[str, Any]:
    """A row without the place of a search."""
    return {name: getattr(row, name) for name in row.__struct_fields__ if name != "found"}


def _number(arguments: argparse.Namespace, what: str = "the number of a conversation") -> int:
    given = arguments.targets[0] if arguments.targets else ""
    # Longer numbers are none that SQLite could hold.
    if given.isascii() and given.isdigit() and len(given) <= 18:
        return int(given)
    raise UserError(
        f"“{one_line(given)[:60]}” is not {what}." if given else f"Name {what}.",
        "See carrel conversations.",
        "conversation",
    )


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")


def _marked(hit: ConversationHit) -> str:
    """The snippet with what was found in bold."""
    shown, at = "…" if hit.snippet_start else "", 0
    for start, end in hit.marks:
        shown += f"{escape(hit.snippet[at:start])}[bold]{escape(hit.snippet[start:end])}[/bold]"
        at = end
    return shown + escape(hit.snippet[at:])
