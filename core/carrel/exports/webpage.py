"""A conversation as one HTML page that loads nothing: a browser shows it, the window prints it.

All text is escaped, there is no script, no picture and no link but to the page's own notes, and
the page itself forbids loading (Content-Security-Policy). The styles are those that Qt's rich text
knows as well.
"""

from __future__ import annotations

from html import escape

from carrel.desk.conversation_requests import TurnRow
from carrel.exports import notes as n
from carrel.exports.gathering import Export

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
body { font-family: sans-serif; font-size: 11pt; color: #1f2328; max-width: 46em; margin: 2em auto;
       padding: 0 1em; }
h1 { font-size: 17pt; margin-top: 0; margin-bottom: 4px; }
h2 { font-size: 13pt; margin-top: 28px; margin-bottom: 4px; white-space: pre-wrap; }
p { margin-top: 4px; margin-bottom: 8px; }
p.said { white-space: pre-wrap; line-height: 140%; }
p.sub { color: #5b5f66; font-size: 9pt; margin-bottom: 4px; }
p.note { font-size: 10pt; margin-top: 10px; margin-bottom: 0; margin-left: 16px; }
p.quote { font-size: 10pt; margin-top: 2px; margin-bottom: 2px; margin-left: 36px; }
p.hash { color: #5b5f66; font-size: 8pt; margin-top: 0; margin-left: 36px;
         overflow-wrap: anywhere; }
span.open { text-decoration: underline; color: #8a5200; }
a { color: #0b6e6e; text-decoration: none; }
"""


def as_html(export: Export) -> str:
    """The whole export."""
    about = export.conversation
    body = [
        f"<h1>{escape(n.clean(about.title))}</h1>",
        _sub(f"Exported {export.exported} · Carrel {export.carrel}"),
    ]
    if about.folder:
        body.append(_sub(f"Folder: {about.folder}"))
    for turn in export.turns:
        body += _turn(turn, export)
    return (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{escape(n.clean(about.title))}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _turn(turn: TurnRow, export: Export) -> list[str]:
    answer = turn.result
    said = (n.when(turn.asked), n.branch_words(turn), n.ORIGINS[answer.origin])
    parts = [
        f'<h2 dir="auto">{escape(n.clean(turn.question.strip()))}</h2>',
        _sub(" · ".join(one for one in said if one)),
    ]
    if answer.answer:
        parts.append(f'<p class="said" dir="auto">{_said(turn)}</p>')
    parts += [f"<p><b>{escape(n.clean(one))}</b></p>" for one in (n.ending(turn),) if one]
    for note in n.notes(answer, n.files_of(export)):
        place = escape(n.clean(note.place))
        parts += (
            f'<p class="note"><a name="t{turn.id}n{note.number}"></a>[{note.number}] {place}</p>',
            f'<p class="quote" dir="auto">“{escape(n.clean(n.one_line(note.quote)))}”</p>',
            f'<p class="hash">{escape(n.clean(note.hash))}</p>',
        )
    return parts + [_sub(one) for one in (*n.made_by(answer), n.left_out(answer)) if one]


def _said(turn: TurnRow) -> str:
    text = ""
    for piece in n.pieces(turn.result):
        shown = escape(n.clean(piece.text))
        if piece.unsupported:
            shown = f'<span class="open" title="not found in the files">{shown}</span>'
        text += shown + "".join(
            f'<sup><a href="#t{turn.id}n{one}">[{one}]</a></sup>' for one in piece.notes
        )
    open_ended = any(piece.unsupported for piece in n.pieces(turn.result))
    return text + (" (Underlined: not found in the files.)" if open_ended else "")


def _sub(text: str) -> str:
    return f'<p class="sub">{escape(n.clean(text))}</p>'
