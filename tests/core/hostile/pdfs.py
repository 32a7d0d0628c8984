"""PDFs that loop, lie and explode; made by hand, object by object."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Mapping

from tests.core.hostile.kinds import Hostile, of
from tests.core.hostile.pdf_parts import FONT, page_with, simple
from tests.core.reading import pdf_maker
from tests.core.reading.pdf_maker import build, content, line, stream

_FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 200 200]"


def _words() -> bytes:
    return pdf_maker.document([[line(f"Page {n} has these words.")] for n in range(1, 7)])


def _self_form(times: int) -> bytes:
    """A form that draws itself."""
    inside = b"/Resources << /XObject << /F 5 0 R >> >>"
    more = {5: stream(b"/F Do " * times, _FORM + inside)}
    return page_with(content([line("Words.", y=100)]) + b" /F Do", more, b"/XObject << /F 5 0 R >>")


def _form_ladder() -> bytes:
    """Forms that each draw the next ten times: ten to the twelfth drawings."""
    more = {}
    for level in range(12):
        inside = b"/Resources << /XObject << /F %d 0 R >> %s >>" % (6 + level, FONT)
        more[5 + level] = stream(b"/F Do " * 10, _FORM + inside)
    more[17] = stream(content([line("x", y=90)]), _FORM + b"/Resources << %s >>" % FONT)
    return page_with(b"/F Do", more, b"/XObject << /F 5 0 R >>")


def _packed(data: bytes, times: int = 1) -> bytes:
    for _ in range(times):
        data = zlib.compress(data, 9)
    return data


def _flates() -> Iterator[Hostile]:
    zeros = bytes(1_000_000)
    many = zlib.compressobj(9)
    one = many.compress(zeros) + many.flush(zlib.Z_FULL_FLUSH)
    block = many.compress(zeros) + many.flush(zlib.Z_FULL_FLUSH)
    bomb = one + block * 1_500 + many.flush()
    flate = b"/Filter /FlateDecode"
    twice = b"/Filter [/FlateDecode /FlateDecode]"
    yield of("pdfs/flate-bomb.pdf", lambda: simple(bomb, flate))
    yield of("pdfs/double-flate.pdf", lambda: simple(_packed(bomb), twice))
    chain = b"/Filter [%s]" % (b"/FlateDecode " * 500)
    yield of("pdfs/flate-chain.pdf", lambda: simple(_packed(b"q Q", 500), chain))
    drawn = b"BT /A 9 Tf 9 9 Td (words) Tj ET " * 600_000
    yield of("pdfs/text-bomb.pdf", lambda: simple(_packed(drawn), flate))
    predictor = flate + b" /DecodeParms << /Predictor 15 /Columns 1073741823 /Colors 32 >>"
    yield of("pdfs/predictor.pdf", lambda: simple(_packed(b"x" * 99), predictor))
    for name in ("LZWDecode", "ASCII85Decode", "RunLengthDecode", "ASCIIHexDecode", "JBIG2Decode",
                 "CCITTFaxDecode", "DCTDecode", "JPXDecode", "Crypt", "Unknown"):  # fmt: skip
        noise = random.Random(name).randbytes(20_000)
        yield of(
            f"pdfs/noise-{name}.pdf", lambda n=name, d=noise: simple(d, b"/Filter /" + n.encode())
        )
    run = bytes([129, 32]) * 3_000_000
    yield of("pdfs/run-length.pdf", lambda: simple(run, b"/Filter /RunLengthDecode"))


def _tree(pages: bytes, more: Mapping[int, bytes] | None = None) -> bytes:
    return build({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: pages, **(more or {})})


def _page_trees() -> Iterator[Hostile]:
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>"
    yield of("pdfs/tree-self.pdf", _tree(b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"))
    two = {3: b"<< /Type /Pages /Kids [2 0 R] /Count 5 /Parent 2 0 R >>"}
    yield of("pdfs/tree-loop.pdf", _tree(b"<< /Type /Pages /Kids [3 0 R] /Count 5 >>", two))
    for name, count in (("huge", b"2147483647"), ("negative", b"-5"), ("real", b"1e99"),
                        ("million", b"1000000")):  # fmt: skip
        pages = b"<< /Type /Pages /Kids [3 0 R] /Count %s >>" % count
        yield of(f"pdfs/count-{name}.pdf", _tree(pages, {3: page}))
    kids = b"3 0 R " * 100_000
    again = b"<< /Type /Pages /Kids [%s] /Count 100000 >>" % kids
    yield of("pdfs/same-page.pdf", lambda: _tree(again, {3: page}))
    deep = {
        n: b"<< /Type /Pages /Kids [%d 0 R] /Count 1 /Parent %d 0 R >>" % (n + 1, n - 1)
        for n in range(3, 20_000)
    }
    top = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    yield of("pdfs/tree-deep.pdf", lambda: _tree(top, {**deep, 20_000: page}))
    orphan = {3: b"<< /Type /Page /Parent 3 0 R /Contents 3 0 R /Resources 3 0 R >>"}
    yield of("pdfs/parent-self.pdf", _tree(top, orphan))
    yield of("pdfs/no-pages.pdf", _tree(b"<< /Type /Pages /Kids [] /Count 0 >>"))
    yield of("pdfs/pages-null.pdf", _tree(b"null"))


def _boxes() -> Iterator[Hostile]:
    for name, box in (
        ("giant", b"0 0 1000000000 1000000000"), ("none", b"0 0 0 0"), ("short", b"0"),
        ("backwards", b"99 99 -99 -99"), ("nan", b"nan inf -inf 1e400"),
        ("names", b"/a /b (c) []"), ("loop", b"3 0 R 3 0 R"),
    ):  # fmt: skip
        page = b"/MediaBox [%s] /UserUnit 75000 /Rotate 91" % box
        yield of(f"pdfs/box-{name}.pdf", page_with(content([line("Words.")]), {}, b"", page))


def _references() -> Iterator[Hostile]:
    good = _words()
    at = good.rindex(b"xref\n0")
    for name, end in (
        ("prev-self", b"/Prev %d" % at), ("prev-negative", b"/Prev -1"),
        ("prev-beyond", b"/Prev 99999999999"), ("stream-self", b"/XRefStm %d" % at),
        ("size-huge", b"/Size 2147483647"), ("root-self", b"/Root 2 0 R"),
    ):  # fmt: skip
        yield of(f"pdfs/xref-{name}.pdf", good.replace(b"/Root 1 0 R", b"/Root 1 0 R " + end))
    for name, start in (("beyond", b"99999999999"), ("negative", b"-9"), ("zero", b"0")):
        tail = b"startxref\n%s\n%%%%EOF" % start
        yield of(f"pdfs/start-{name}.pdf", good[: good.rindex(b"startxref")] + tail)
    table = b"xref\n0 2147483647\n0000000000 65535 f \n"
    yield of("pdfs/xref-count.pdf", good.replace(b"xref\n0", table + b"xref\n0"))
    yield of("pdfs/updates.pdf", lambda: good + good[good.index(b"xref\n0") :] * 2_000)
    objects = b"<< /Type /ObjStm /N 100000 /First 10 /Extends 5 0 R"
    held = {5: stream(b"5 0 5 0 ", objects[3:])}
    yield of("pdfs/object-stream.pdf", page_with(b"", held, b"/Font 5 0 R"))
    chain = {n: b"%d 0 R" % (n + 1) for n in range(5, 5_000)} | {5_000: b"5 0 R"}
    yield of("pdfs/reference-circle.pdf", lambda: page_with(b"BT (x) Tj ET", chain, b"/Font 5 0 R"))


def _lengths() -> Iterator[Hostile]:
    for name, length in (("negative", b"-100"), ("huge", b"99999999999"), ("self", b"4 0 R"),
                         ("name", b"/x"), ("missing", b"77 0 R")):  # fmt: skip
        body = b"<< /Length %s >>\nstream\n%s\nendstream" % (length, content([line("Words.")]))
        yield of(f"pdfs/length-{name}.pdf", page_with(b"", {4: body}))


def _drawing() -> Iterator[Hostile]:
    for name, drawn in (
        ("saves", b"q " * 1_000_000), ("restores", b"Q " * 1_000_000),
        ("operands", b"1 " * 2_000_000 + b"m"), ("arrays", b"[" * 500_000),
        ("dicts", b"<< /a " * 100_000), ("strings", b"(" * 500_000), ("hex", b"<" * 500_000),
        ("numbers", b"BT /A 1e38 Tf 1e38 -1e38 Td (x) Tj ET"),
        ("inline", b"BI /W 2147483647 /H 2147483647 /BPC 16 ID x EI"),
        ("same-place", b"BT /A 9 Tf 9 9 Td " + b"(words) Tj " * 200_000 + b"ET"),
        ("marked", b"/Span BMC " * 200_000), ("noise", random.Random(5).randbytes(400_000)),
    ):  # fmt: skip
        yield of(f"pdfs/draw-{name}.pdf", lambda drawn=drawn: page_with(drawn, {}))
    glyph = stream(b"1000 0 d0 BT /T 9 Tf (a) Tj ET")
    font = (
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] "
        b"/FirstChar 97 /LastChar 97 /Widths [1000] /Encoding << /Differences [97 /a] >> "
        b"/CharProcs << /a 6 0 R >> /Resources << /Font << /T 5 0 R >> >> >>"
    )
    draw = b"BT /T 9 Tf 9 9 Td (aaaa) Tj ET"
    yield of("pdfs/type3-self.pdf", page_with(draw, {5: font, 6: glyph}, b"/Font << /T 5 0 R >>"))
    code = "".join(f"<{i:04x}> <{'0041' * 200}> " for i in range(0, 50_000, 7))
    yield of("pdfs/unicode-map.pdf", lambda: pdf_maker.with_unicode("01" * 20_000, code))
    tile = b"/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep 0 /YStep 0 "
    pattern = {
        5: stream(
            b"/Pattern cs /P scn 0 0 9 9 re f", tile + b"/Resources << /Pattern << /P 5 0 R >> >>"
        )
    }
    fill = b"/Pattern cs /P scn 0 0 99 99 re f"
    yield of("pdfs/pattern-self.pdf", page_with(fill, pattern, b"/Pattern << /P 5 0 R >>"))


def _outlines() -> Iterator[Hostile]:
    def outlined(last: int, ring: bytes) -> bytes:
        marks = {
            n: b"<< /Title (m) /Parent 9 0 R /Next %d 0 R /Dest [3 0 R /Fit] >>" % (n + 1)
            for n in range(10, last)
        }
        top = {9: b"<< /Type /Outlines /First 10 0 R /Last %d 0 R /Count 9 >>" % last}
        root = {1: b"<< /Type /Catalog /Pages 2 0 R /Outlines 9 0 R >>"}
        return page_with(content([line("Words.")]), {**top, **marks, last: ring, **root})

    ring = b"<< /Title (m) /Parent 9 0 R /Next 10 0 R /First 9 0 R /Dest [3 0 R /Fit] >>"
    own = b"<< /Title (m) /Parent 10 0 R /Next 10 0 R /Prev 10 0 R /First 10 0 R >>"
    yield of("pdfs/outline-ring.pdf", lambda: outlined(100_000, ring))
    yield of("pdfs/outline-self.pdf", outlined(10, own))


def _locked() -> Iterator[Hostile]:
    good = _words()
    yield of("pdfs/locked.pdf", lambda: pdf_maker.encrypted(good, "secret"))
    for revision in (2, 4, 6, 99):
        noise = random.Random(revision).randbytes(48).hex().encode()
        entries = b"/Filter /Standard /V %d /R %d /O <%s> /U <%s> /P -1 /Length 99999"
        lock = b"/Encrypt << %s >>" % (entries % (revision, revision, noise, noise))
        data = good.replace(b"/Root 1 0 R", b"/Root 1 0 R /ID [(a) (b)] " + lock)
        yield of(f"pdfs/lock-noise-{revision}.pdf", data)


def _cut_and_changed() -> Iterator[Hostile]:
    good = _words()
    for percent in (1, 5, 15, 30, 45, 60, 75, 85, 95, 99):
        yield of(f"pdfs/cut-{percent:02}.pdf", good[: len(good) * percent // 100])
    for seed in range(12):
        chance = random.Random(seed)
        data = bytearray(good)
        for _ in range(3 + 5 * seed):
            data[chance.randrange(9, len(data))] = chance.randrange(256)
        yield of(f"pdfs/changed-{seed:02}.pdf", bytes(data))
    yield of("pdfs/only-a-head.pdf", b"%PDF-1.7\n" + bytes(5_000_000))
    yield of("pdfs/only-an-end.pdf", b"%PDF-1.7\n" + b"%%EOF\n" * 500_000)
    yield of("pdfs/objects.pdf", lambda: b"%PDF-1.7\n" + b"1 0 obj\n<<>>\nendobj\n" * 300_000)
    yield of("pdfs/nested-arrays.pdf", b"%PDF-1.7\n1 0 obj\n" + b"[" * 1_000_000)
    yield of("pdfs/nested-dicts.pdf", b"%PDF-1.7\n1 0 obj\n" + b"<</a" * 300_000)


def corpus() -> Iterator[Hostile]:
    yield of("pdfs/form-self.pdf", _self_form(1))
    yield of("pdfs/form-hanging.pdf", pdf_maker.hanging())
    yield of("pdfs/form-self-many.pdf", lambda: _self_form(1_000))
    yield of("pdfs/form-ladder.pdf", _form_ladder)
    for one in (_flates, _page_trees, _boxes, _references, _lengths, _drawing, _outlines, _locked,
                _cut_and_changed):  # fmt: skip
        yield from one()
