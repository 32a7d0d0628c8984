"""A conversation as Markdown that shows what was said and loads nothing.

Text of files and models is not to be trusted: what would become a picture, a link, HTML or a
heading of the export is escaped (CommonMark, "Backslash escapes"). Fenced code stays code.
"""

from __future__ import annotations

import re

from carrel.desk.conversation_requests import TurnRow
from carrel.exports import notes as n
from carrel.exports.gathering import Export

_SPECIAL = re.compile(r"[\\\[\]<>&`!|~]")
_LOADS = re.compile(r"[\\\[\]<>&!|~]")
_STRUCTURE = re.compile(r"^(\s*)([#>]|[-=*_]{2,}\s*$)", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")


def as_markdown(export: Export) -> str:
    """The whole export."""
    about = export.conversation
    parts = [
        f"# {_plain(about.title)}",
        _plain(f"Exported {export.exported} · Carrel {export.carrel}"),
    ]
    if about.folder:
        parts.append(_plain(f"Folder: {about.folder}"))
    for turn in export.turns:
        parts += _turn(turn, export)
    return "\n\n".join(parts) + "\n"


def _turn(turn: TurnRow, export: Export) -> list[str]:
    answer = turn.result
    parts = [f"## {_plain(n.one_line(turn.question))}"]
    if "\n" in turn.question.strip():
        parts.append(_quoted(turn.question))
    said = (n.when(turn.asked), n.branch_words(turn), n.ORIGINS[answer.origin])
    parts.append(_plain(" · ".join(one for one in said if one)))
    parts.append(_said(turn))
    parts += [f"**{_plain(one)}**" for one in (n.ending(turn),) if one]
    listed = [
        f"- \\[{one.number}\\] {_plain(one.place)}  \n  “{_plain(n.one_line(one.quote))}”  \n"
        f"  {_plain(one.hash)}"
        for one in n.notes(answer, n.files_of(export))
    ]
    if listed:
        parts.append("\n".join(listed))
    parts += [_plain(one) for one in (*n.made_by(answer), n.left_out(answer)) if one]
    return [part for part in parts if part]


def _said(turn: TurnRow) -> str:
    """The answer with its numbers; what has no passage behind it is in italics and said to be."""
    text = ""
    for piece in n.pieces(turn.result):
        said = n.clean(piece.text)
        bare = said.rstrip()
        text += f"{bare}\x02{said[len(bare) :]}" if piece.unsupported and bare else said
        text += "".join(f"\x01{number}\x03" for number in piece.notes)
    # The marks are put in after escaping, so that nothing in the text can pose as one.
    shown = escaped(text.strip())
    shown = re.sub("\x01(\\d+)\x03", r" \\[\1\\]", shown)
    return shown.replace("\x02", " *(not found in the files)*")


def escaped(text: str) -> str:
    """Text of several lines in which nothing loads, links or poses as a part of the export."""
    out: list[str] = []
    fence = ""
    code: list[str] = []
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if fence and mark and mark[1].startswith(fence) and not line.strip(" `~"):
            out.append(_code(code))
            fence, code = "", []
        elif fence:
            code.append(line)
        elif mark:
            fence = mark[1]
        else:
            out.append(_safe(line))
    if fence:  # it never ended
        out.append(_code(code))
    return "\n".join(out)


def _code(lines: list[str]) -> str:
    """Lines as code, in a fence that is longer than any in them."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([fence, *lines, fence])


def _safe(line: str) -> str:
    shown = _LOADS.sub(lambda sign: "\\" + sign[0], line)
    shown = shown.replace("://", ":\\/\\/").replace("www.", "www\\.")
    return _STRUCTURE.sub(lambda found: f"{found[1]}\\{found[2]}", shown)


def _plain(text: str) -> str:
    """One line in which nothing is markup."""
    shown = _SPECIAL.sub(lambda sign: "\\" + sign[0], n.one_line(n.clean(text)))
    shown = re.sub(r"([*_#])", r"\\\1", shown)
    return shown.replace("://", ":\\/\\/").replace("www.", "www\\.")


def _quoted(text: str) -> str:
    return "\n".join(f"> {_plain(line)}  " for line in text.strip().splitlines())
