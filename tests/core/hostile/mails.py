"""Mail that nests, floods and lies about its encodings; mailboxes of a million messages."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator

from tests.core.hostile.kinds import Hostile, of
from tests.core.hostile.packages import KINDS
from tests.core.hostile.zips import ATTACKS
from tests.core.reading import pdf_maker

_HEAD = b"From: a@example.org\nSubject: Hostile\nMIME-Version: 1.0\n"


def mail(kind: str, body: bytes, more: str = "") -> bytes:
    """A message of one content type; `more` are further header lines."""
    return _HEAD + f"{more}Content-Type: {kind}\n\n".encode("utf-8", "surrogateescape") + body


def attached(name: str, data: bytes) -> bytes:
    """A message with words and one file."""
    packed = base64.encodebytes(data)
    return mail(
        "multipart/mixed; boundary=b",
        b"--b\nContent-Type: text/plain\n\nThe words of the message.\n--b\n"
        b"Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n"
        b'Content-Disposition: attachment; filename="%s"\n\n%s\n--b--\n' % (name.encode(), packed),
    )


def _nested_parts(depth: int) -> bytes:
    inside = b"".join(
        b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (i, i + 1) for i in range(depth)
    )
    return mail("multipart/mixed; boundary=b0", inside + b"--b%d\n\nwords\n" % depth)


def _nested_messages(depth: int) -> bytes:
    return _HEAD + b"Content-Type: message/rfc822\n\n" * depth + b"Subject: last\n\nwords\n"


def _flat_parts(count: int, part: bytes) -> bytes:
    return mail("multipart/mixed; boundary=b", (b"--b\n" + part) * count + b"--b--\n")


def _alternatives(depth: int) -> bytes:
    return _nested_parts(depth).replace(b"multipart/mixed", b"multipart/alternative")


def _structures() -> Iterator[Hostile]:
    yield of("mails/parts-nested.eml", lambda: _nested_parts(10_000))
    yield of("mails/alternatives.eml", lambda: _alternatives(500))
    yield of("mails/messages-nested.eml", lambda: _nested_messages(10_000))
    yield of("mails/messages-some.eml", lambda: _nested_messages(300))
    text = b"Content-Type: text/plain\n\nwords\n"
    file = b"Content-Type: text/csv; name=a.csv\n\na,b\n1,2\n"
    yield of("mails/parts-flat.eml", lambda: _flat_parts(100_000, text))
    yield of("mails/files-flat.eml", lambda: _flat_parts(20_000, file))
    same = b"Content-Type: multipart/mixed; boundary=b\n\n"
    yield of("mails/boundary-same.eml", lambda: _flat_parts(5_000, same))
    yield of("mails/boundary-none.eml", mail("multipart/mixed", b"--\nwords\n" * 1_000))
    long = "x" * 100_000
    yield of("mails/boundary-long.eml", mail(f"multipart/mixed; boundary={long}", b"--x\nwords"))
    yield of("mails/boundary-open.eml", mail("multipart/mixed; boundary=b", b"--b\n\nwords"))
    yield of("mails/type-odd.eml", mail("////;;;=;=\0;\r;", b"words"))
    yield of("mails/only-headers.eml", _HEAD)
    yield of("mails/no-headers.eml", b"\n\n\nwords without a head")


def _headers() -> Iterator[Hostile]:
    yield of("mails/header-long.eml", lambda: b"Subject: " + b"a" * 10_000_000 + b"\n\nwords")
    folded = b"Subject: a\n" + b" b\n" * 1_000_000
    yield of("mails/header-folded.eml", lambda: folded + b"\nwords")
    yield of("mails/headers-many.eml", lambda: b"X-A: b\n" * 500_000 + b"\nwords")
    yield of("mails/receivers.eml", lambda: b"To: " + b"<<a@b>,(((" * 300_000 + b"\n\nwords")
    word = b"=?utf-8?B?/////w==?= =?x?Q?=FF=?= =?utf-8?Q?_?="
    yield of("mails/encoded-words.eml", lambda: b"Subject: " + word * 20_000 + b"\n\nwords")
    yield of("mails/encoded-open.eml", lambda: b"Subject: " + b"=?a?b?" * 500_000 + b"\n\nwords")
    parts = "; ".join(f"name*{i}*=utf-8''%FF%00" for i in range(20_000))
    yield of("mails/name-parts.eml", lambda: mail(f"text/plain; {parts}", b"words"))
    odd = "; ".join(f"name*{'9' * 5_000}=x" for _ in range(3))
    yield of("mails/name-number.eml", mail(f"text/plain; {odd}", b"words"))
    many = "; ".join(f'p{i}="\\""' for i in range(50_000))
    yield of("mails/parameters.eml", lambda: mail(f"text/plain; {many}", b"words"))
    yield of("mails/semicolons.eml", lambda: mail("text/plain" + ';"' * 60_000, b"words"))
    yield of("mails/date.eml", mail("text/plain", b"words", "Date: 99 Foo 99999999 99:99 +99999\n"))
    name = 'attachment; filename="../../../../etc/passwd\u202egpj.exe"'
    yield of("mails/name-outside.eml", mail("text/plain", b"x", f"Content-Disposition: {name}\n"))
    yield of("mails/bytes.eml", b"Subject: \xff\xfe\x80\nFrom: \xed\xa0\x80\n\n\xff\x80words")


def _encodings() -> Iterator[Hostile]:
    noise = random.Random(3).randbytes(300_000)
    for name, way, body in (
        ("base64-noise", "base64", noise),
        ("base64-signs", "base64", b"=" * 2_000_000),
        ("base64-short", "base64", b"A"),
        ("quoted-noise", "quoted-printable", b"=" * 1_000_000 + noise),
        ("quoted-line", "quoted-printable", b"=\n" * 500_000),
        ("uu-noise", "x-uuencode", b"begin 644 a\n" + noise),
        ("uu-open", "uuencode", b"begin 644 a\n" + b"M" * 1_000_000),
        ("way-odd", "rot13; x=y", b"words"),
    ):
        head = f"Content-Transfer-Encoding: {way}\n"
        yield of(f"mails/{name}.eml", mail("text/plain", body, head))
    for charset in ("punycode", "idna", "unicode_escape", "raw_unicode_escape", "zlib", "hex",
                    "rot13", "undefined", "utf-7", "mbcs", "../../etc/passwd", "x" * 5_000,
                    "utf-16", "utf_8_sig", "cp65001", "base64", "uu", "bz2"):  # fmt: skip
        kind = f'text/plain; charset="{charset}"'
        body = b"words \xff\\ud800\\N{SPACE}+2AD-" + b"b\xfca" * 100_000
        name = charset.replace("/", "_")[:20]
        yield of(f"mails/charset-{name}.eml", mail(kind, body))


def _attachments() -> Iterator[Hostile]:
    docx, xlsx = KINDS[0], KINDS[2]
    for attack in (ATTACKS[0], ATTACKS[1], ATTACKS[3], ATTACKS[5], ATTACKS[10]):
        for kind in (docx, xlsx):
            name = f"mails/held-{attack.__name__.strip('_')}-{kind.ending}.eml"
            file = f"a.{kind.ending}"
            yield of(name, lambda a=attack, k=kind, f=file: attached(f, a(k)))
    yield of("mails/held-pdf.eml", attached("a.pdf", pdf_maker.hanging()))
    yield of("mails/held-empty.eml", attached("a.pdf", b""))
    yield of("mails/held-html.eml", lambda: attached("a.html", b"<b>" * 100_000 + b"words"))
    yield of("mails/held-mail.eml", lambda: attached("a.eml", _nested_messages(50)))
    yield of("mails/held-large.eml", lambda: attached("a.txt", b"words " * 4_000_000))


def _boxes() -> Iterator[Hostile]:
    yield of("mails/million.mbox", lambda: b"From \n" * 1_000_000)
    empty = b"From a@b Thu Jan  1 00:00:00 1970\n\n"
    yield of("mails/blank.mbox", lambda: empty * 300_000)
    few = b"From a@b Thu Jan  1 00:00:00 1970\nSubject: s\n\nwords\n\n"
    yield of("mails/messages.mbox", lambda: few * 5_000)
    yield of("mails/none.mbox", b"nothing begins here\n" * 10_000)
    yield of("mails/one-line.mbox", lambda: b"From a\nSubject: " + b"x" * 30_000_000)
    yield of("mails/quoted.mbox", lambda: b"From a\n\n" + b">" * 5_000_000 + b"From x\n")
    yield of("mails/nested.mbox", lambda: b"From a\n" + _nested_parts(3_000))
    yield of("mails/noise.mbox", b"From a\n" + random.Random(8).randbytes(500_000))


def corpus() -> Iterator[Hostile]:
    for one in (_structures, _headers, _encodings, _attachments, _boxes):
        yield from one()
