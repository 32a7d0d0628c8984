"""A small world for the window: a lease, an answer about it, a library and a shelf of models."""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec.structs import replace
from PySide6.QtCore import QBuffer, QIODevice, QRectF, Qt
from PySide6.QtGui import QFont, QImage, QPainter, QTextDocument

from carrel.desk import conversation_requests as talks
from carrel.desk import requests as desk
from carrel.events import (
    Answer,
    Answered,
    Checked,
    Citation,
    Cited,
    ContextUsed,
    Evidence,
    Hit,
    Message,
    ModelUse,
    PassagesFound,
    Quoted,
    Signals,
    Started,
    Timings,
    Token,
    Verbatim,
)
from tests.desktop.fake_desk import Desk
from tests.desktop.shelf_samples import MODEL, furnish_shelf

LEASE = "/home/ana/Contracts/lease-lisbon-2023.pdf"
INVOICE = "/home/ana/Contracts/boiler-invoice.md"
QUESTION = (
    "Who has to pay when the boiler in the Lisbon office fails, and how fast must it be repaired?"
)
COST = (
    "The Lessor shall bear the cost of repair or replacement of the heating boiler, "
    "unless the failure results from misuse by the Lessee."
)
TIMES = (
    "Heating failures between October and April are to be remedied within 48 hours "
    "of written notice."
)
REPLACED = "Replaced on 14 March 2025: one heating boiler, with two years of warranty."
SENTENCES = (
    "The landlord pays for repairing or replacing the boiler, except when the failure was caused "
    "by misuse.",
    "Between October and April it must be fixed within 48 hours of your written notice.",
    "Outside those months seven days are usual.",
)
ANSWER = " ".join(SENTENCES)


def hit(rank: int, document: str, page: int | None, text: str, heading: str, start: int) -> Hit:
    return Hit(
        rank=rank, score=1 / rank, passage_id=rank, document=document, title="", page=page,
        headings=[heading], start=start, end=start + len(text), text=text,
        signals=Signals(keyword_rank=rank, vector_rank=rank, cosine=0.7),
    )  # fmt: skip


HITS = [
    hit(1, LEASE, 14, f"8.2 Building systems. {COST} The same holds for the water pipes.",
        "8.2 Building systems", 978),
    hit(2, LEASE, 15, TIMES, "8.4 Response times", 2000),
    hit(3, INVOICE, None, REPLACED, "Heating", 120),
]  # fmt: skip


def quote(document: str, page: int | None, text: str, start: int, passage: int) -> Verbatim:
    return Verbatim(
        document=document, page=page, text=text, start=start, end=start + len(text),
        passage_id=passage, score=0.9,
    )  # fmt: skip


VERBATIM = [quote(LEASE, 14, COST, 1000, 1), quote(LEASE, 15, TIMES, 2000, 2)]


def citation(n: int, at: Verbatim, sentence: int) -> Citation:
    start = ANSWER.index(SENTENCES[sentence])
    return Citation(
        n=n, passage_id=at.passage_id, document=at.document, page=at.page, quote=at.text,
        start=at.start, end=at.end, answer_start=start,
        answer_end=start + len(SENTENCES[sentence]), support=0.9,
    )  # fmt: skip


CITATIONS = [citation(1, VERBATIM[0], 0), citation(2, VERBATIM[1], 1)]
UNSUPPORTED = [(ANSWER.index(SENTENCES[2]), len(ANSWER))]
RESULT = Answer(
    answer=ANSWER, origin="files", verdict="answered", citations=CITATIONS,
    unsupported=UNSUPPORTED, verbatim=VERBATIM, passages=HITS,
    model=ModelUse(id=MODEL, sha256="b1" * 32),
    timings=Timings(search_ms=140, verbatim_ms=160, first_token_ms=1100, total_ms=2400,
                    prompt_tokens=820, cached_tokens=0, generated_tokens=61, tokens_per_s=94),
)  # fmt: skip


def opening(conversation: int = 7, turn: int = 70) -> list[Message]:
    """The events of a question before the model speaks."""
    return [
        Started(conversation_id=conversation, turn_id=turn, question=QUESTION),
        PassagesFound(hits=HITS, documents_searched=1246, milliseconds=140),
        Evidence(found="yes", closest=0.71, mode="files", reason="The best passage is close."),
        Quoted(verbatim=VERBATIM, milliseconds=20),
        ContextUsed(
            window=2048, system=90, history=70, passages=450, question=28, reply=320, left_out=[]
        ),
    ]


def tokens(text: str = ANSWER) -> list[Message]:
    words = text.split(" ")
    return [Token(text=word if at == 0 else f" {word}") for at, word in enumerate(words)]


def closing(turn: int = 70) -> list[Message]:
    return [
        Cited(citations=CITATIONS),
        Checked(unsupported=UNSUPPORTED),
        Answered(turn_id=turn, result=RESULT),
    ]


def whole() -> list[Message]:
    """All events of the question, in order."""
    return [*opening(), *tokens(), *closing()]


_PARAGRAPHS = (
    "8.1 The Lessee keeps the premises in good order and reports damage without delay. Small "
    "repairs up to 150 euros in the single case, and 600 euros in the year, are borne by the "
    "Lessee.",
    f"8.2 Building systems. {COST} The same holds for the water pipes, the lift and the electrical "
    "installation up to the meter.",
    "8.3 Works that need access are announced three working days ahead, in urgent cases at once. "
    "The Lessee grants access between 8:00 and 18:00.",
    f"8.4 Response times. {TIMES}",
)


def page_picture(width: int = 900) -> tuple[bytes, list[tuple[float, float, float, float]]]:
    """A drawn page as PNG, and the boxes of the lines of COST on it. Needs a QGuiApplication."""
    height = round(width * 1.414)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    document = QTextDocument()
    font = QFont("DejaVu Serif")
    font.setPixelSize(width // 42)
    document.setDefaultFont(font)
    document.setPlainText("8   Maintenance and repair\n\n" + "\n\n".join(_PARAGRAPHS))
    margin = width // 10
    document.setTextWidth(width - 2 * margin)
    painter = QPainter(image)
    painter.translate(margin, margin)
    document.drawContents(painter, QRectF(0, 0, width - 2 * margin, height - 2 * margin))
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data()), boxes_of(document, COST, margin)


def boxes_of(
    document: QTextDocument, text: str, margin: int
) -> list[tuple[float, float, float, float]]:
    cursor = document.find(text[:40])
    assert not cursor.isNull()
    block = cursor.block()
    start = cursor.selectionStart() - block.position()
    end = start + len(text)
    at = document.documentLayout().blockBoundingRect(block)
    boxes = []
    for number in range(block.layout().lineCount()):
        line = block.layout().lineAt(number)
        first = max(start, line.textStart())
        last = min(end, line.textStart() + line.textLength())
        if first < last:
            left, right = line.cursorToX(first)[0], line.cursorToX(last)[0]
            boxes.append((margin + left, margin + at.y() + line.y(), right - left, line.height()))
    return boxes


def collection(
    name: str, state: str, documents: int, words: int, meaning: int
) -> desk.CollectionRow:
    return desk.CollectionRow(
        name=name, paths=[f"/home/ana/{name}"], documents=documents, passages=1000,
        by_words=words, by_meaning=meaning, unreadable=4 if name == "Contracts" else 0,
        state=state,
    )  # fmt: skip


def document(name: str, status: str, reason: str, passages: int = 0) -> desk.DocumentRow:
    return desk.DocumentRow(
        path=f"/home/ana/Contracts/{name}", title=name, status=status, code=status, reason=reason,
        passages=passages, size=12345, modified=1741910400.0, collections=["Contracts"],
    )  # fmt: skip


DOCUMENTS = [
    document("blueprint-lift.pdf", "quarantined",
             "Reading it took over 30 s twice; it is skipped until it changes."),
    document("boiler-invoice.md", "indexed", "", 3),
    document("lease-lisbon-2023.pdf", "indexed", "", 212),
    document("minutes-draft.docx", "failed", "The file ends in the middle (truncated at 41 KB)."),
    document("payroll-q4.xlsx", "encrypted", "Protected by a password; the file was left alone."),
    document("scan-2019-lease.pdf", "empty", "12 pages are pictures without text."),
]  # fmt: skip


TITLES = (
    (7, "Lease: who pays for the boiler?", 0), (6, "Q3 heating costs by office", 0),
    (5, "Compare supplier contracts", 3), (4, "Summary of the 2024 audit", 4),
    (3, "Intent labels for support mail", 5), (2, "Thesis chapter 3 sources", 40),
    (1, "Recipe notes, leek soup", 41),
)  # fmt: skip


def conversations(now: float | None = None) -> list[talks.ConversationRow]:
    moment = time.time() if now is None else now
    return [
        talks.ConversationRow(id=id, title=title, updated=moment - days * 86400, turns=1)
        for id, title, days in TITLES
    ]


def filed() -> list[talks.ConversationRow]:
    """Conversations in memory, pinned, in folders, and some where a search finds "repair"."""
    rows = conversations()
    snippet = "The lessor bears the cost of repair of the boiler, unless the lessee misused it."
    found = talks.ConversationHit(
        conversation_id=7, title=rows[0].title, turn_id=70, part="answer", start=29, end=35,
        snippet=snippet, snippet_start=0, marks=[(29, 35)],
    )  # fmt: skip
    changes: dict[int, dict[str, object]] = {
        7: {"pinned": True, "found": found}, 5: {"folder": "Contracts", "found": found},
        4: {"folder": "Audits"}, 2: {"folder": "Contracts"},
    }  # fmt: skip
    memory = talks.ConversationRow(id=-1, title="A private question", updated=time.time(), turns=1)
    return [memory, *(replace(row, **changes.get(row.id, {})) for row in rows)]


def branched() -> talks.ConversationIs:
    """A conversation whose first question was asked twice."""
    turn = talks.TurnRow(
        id=52, question=QUESTION, mode="auto", state="complete", note="", asked=0.0, result=RESULT,
        branches=[50, 52, 53],
    )  # fmt: skip
    return talks.ConversationIs(id=5, title="Compare supplier contracts", turns=[turn])


def report() -> desk.PrivacyReport:
    tries = ("open a TCP socket (IPv4)", "open a UDP socket", "open an io_uring")
    rows = [
        desk.ProbeRow(process=process, attempt=one, allowed=False, outcome="refused by the kernel")
        for process in ("desk", "reader", "model")
        for one in tries
    ]
    return desk.PrivacyReport(
        confined=True, platform="Linux", rows=rows, data_folder="/home/ana/.local/share/carrel",
        data_bytes=61_000_000,
        sentence="No process of Carrel can open a network connection; each tried just now.",
    )  # fmt: skip


def source_views() -> dict[str, tuple[desk.SourceView, bytes]]:
    """The lease as a page with boxes, the invoice as text."""
    png, boxes = page_picture()
    lease = desk.SourceView(
        document=LEASE, title="lease-lisbon-2023.pdf", kind="page", state="stands", note="",
        page=14, pages=38, width=900, height=1273, boxes=boxes,
    )  # fmt: skip
    before = "# Heating\n\nInvoice 2025-118.\n\n" + "Labour and parts as listed. " * 40 + "\n\n"
    invoice = desk.SourceView(
        document=INVOICE, title="boiler-invoice.md", kind="text", state="moved",
        note="The file has changed since it was indexed; the quote now stands here.", page=None,
        pages=None, text=f"{before}{REPLACED}\n\nPaid in full.", mark_start=len(before),
        mark_end=len(before) + len(REPLACED),
    )  # fmt: skip
    return {LEASE: (lease, png), INVOICE: (invoice, b"")}


def furnish(world: Desk, script: Sequence[Message] = ()) -> Desk:
    """Fill a desk with all of this."""
    world.script = list(script) or whole()
    world.collections = [
        collection("Contracts", "in sync", 214, 1000, 1000),
        collection("Annual reports", "indexing", 4000, 640, 300),
        collection("Archive drive", "away", 8310, 1000, 1000),
    ]
    world.documents = list(DOCUMENTS)
    world.conversations = conversations()
    furnish_shelf(world.shelf)
    world.report = report()
    world.sources = source_views()
    return world
