"""Bytes that are no text, text that is no language, and files whose names lie about them."""

from __future__ import annotations

import codecs
import random
from collections.abc import Iterator

from tests.core.hostile.kinds import Hostile, of
from tests.core.reading import office_files as office
from tests.core.reading import pdf_maker

ENDINGS = [
    "txt",
    "md",
    "html",
    "pdf",
    "docx",
    "pptx",
    "xlsx",
    "odt",
    "ods",
    "odp",
    "csv",
    "tsv",
    "epub",
    "eml",
    "mbox",
    "json",
    "xml",
    "py",
    "ipynb",
    "tex",
    "rst",
    "svg",
    "yaml",
    "docm",
    "xlsm",
    "potx",
    "log",
]


def _noise() -> Iterator[Hostile]:
    for ending in ENDINGS:
        data = random.Random(ending).randbytes(60_000)
        yield of(f"texts/noise.{ending}", data)
    for ending in ("txt", "pdf", "docx", "eml", "html"):
        yield of(f"texts/zeros.{ending}", bytes(3_000_000))
        yield of(f"texts/one-byte.{ending}", b"\x80")
        yield of(f"texts/empty.{ending}", b"")


def _wrong_names() -> Iterator[Hostile]:
    pdf = pdf_maker.document([[pdf_maker.line("A page under another name.")]])
    docx = office.zipped({"word/document.xml": "<w/>", "[Content_Types].xml": "<x/>"})
    heads = {
        "pdf": pdf,
        "zip": docx,
        "png": b"\x89PNG\r\n\x1a\n" + bytes(3_000),
        "elf": b"\x7fELF" + bytes(range(256)) * 20,
        "ole": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(5_000),
        "rtf": rb"{\rtf1 words}",
        "gzip": b"\x1f\x8b\x08" + bytes(range(256)) * 9,
        "sqlite": b"SQLite format 3\0" + bytes(4_000),
        "html": b"<html><body><p>words under another name</p></body></html>",
        "mail": b"From: a@b\nSubject: words\n\nwords under another name\n",
    }
    for real, data in heads.items():
        for ending in ("txt", "docx", "pdf", "xlsx", "md", "eml"):
            yield of(f"texts/really-{real}.{ending}", data)


def _encodings() -> Iterator[Hostile]:
    plain = "Grüße aus dem Süden. " * 400
    wide = plain.encode("utf-16-le")
    lone = "words \ud800 and \udfff more " * 500
    for name, data in {
        "utf16-no-mark": wide,
        "utf16-odd": wide[:-1],
        "utf16-big": plain.encode("utf-16-be"),
        "utf16-lone": codecs.BOM_UTF16_LE + lone.encode("utf-16-le", "surrogatepass"),
        "utf32": codecs.BOM_UTF32_LE + plain.encode("utf-32-le"),
        "utf32-bad": codecs.BOM_UTF32_BE + b"\xff" * 4_000,
        "utf8-lone": lone.encode("utf-8", "surrogatepass"),
        "utf8-overlong": b"\xc0\xaf\xe0\x80\xaf words " * 800,
        "utf8-cut": plain.encode()[:-9] + b"\xf0\x9f\x98",
        "mixed": (plain.encode() + plain.encode("latin-1") + wide) * 3,
        "marks": codecs.BOM_UTF8 * 5_000 + b"words",
        "utf7": b"+ADw-words+AD4- " * 400,
        "shift": "日本語の文章です。".encode("cp932") * 500,
        "broad": bytes(range(128, 256)) * 400,
        "nul": b"wo\0rds " * 1_000,
        "nul-tail": b"words " * 100 + bytes(2_000_000),
        "escapes": b"\x1b[2J\x1b]0;title\x07\x1b[31mwords\x1b[0m" * 900,
        "controls": bytes(range(1, 32)) * 10 + b"words " * 9_000,
    }.items():
        yield of(f"texts/{name}.txt", data)


def _scripts() -> Iterator[Hostile]:
    for name, text in {
        "bidi": "\u202etxet neddih\u202c \u2066\u2067\u2069 words. " * 5_000,
        "bidi-open": "\u202e" * 200_000 + "words",
        "zero-width": "w\u200bo\u200cr\u200dd\u2060s\ufeff " * 50_000,
        "joiners": "👨" + "\u200d👩" * 200_000,
        "accents": "a" + "\u0301" * 1_000_000,
        "ligature": "\ufdfa" * 600_000,
        "ligature-some": "\ufdfa" * 60_000,
        "fractions": "½⅓㌀ " * 100_000,
        "tags": "words" + "\U000e0041" * 200_000,
        "private": "\ue000\uf8ff\U0010ffff" * 50_000,
        "noncharacters": "\ufdd0\ufffe\uffff words " * 5_000,
        "separators": "words\u2028\u2029\x85\x0b\x0c\x1c\x1d" * 30_000,
        "one-word": "a" * 5_000_000,
        "one-word-wide": "語" * 700_000,
        "stops": "." * 3_000_000,
        "stops-apart": ". " * 700_000,
        "stops-closed": '.")' * 500_000 + " x",
        "stops-marks": ".[1]" * 300_000 + "x",
        "initials": "A." * 700_000,
        "initials-apart": "A. " * 300_000,
        "numbers": "1,1." * 500_000,
        "apostrophes": "a'" * 700_000,
        "quotes": "“" * 1_000_000,
        "openers": "a. " + "(" * 1_000_000,
        "openers-many": ("x! " + "( " * 400) * 2_000,
        "blank-lines": "\n" * 8_000_000 + "words",
        "spaces": " " * 8_000_000 + "words",
        "spaces-lines": (" " * 1_999 + "\n") * 3_000 + "words",
        "lines-short": "a\n" * 700_000,
        "paragraphs": "a\n\n" * 400_000,
        "paragraphs-million": "a\n\n" * 1_200_000,
        "bullets": "- a\n" * 200_000,
        "hyphens": "a-\u00ad\n" * 200_000,
        "one-line": "words and more " * 1_300_000,
    }.items():
        yield of(f"texts/{name}.txt", lambda text=text: text.encode("utf-8", "surrogatepass"))


def _data() -> Iterator[Hostile]:
    yield of("texts/deep.json", lambda: b"[" * 1_000_000 + b"]" * 1_000_000)
    yield of("texts/digits.json", lambda: b"9" * 5_000_000)
    yield of("texts/anchors.yaml", b"a: &a [x]\n" + b"b: &b [*a,*a]\n" * 20_000)
    yield of("texts/code.py", lambda: b"(" * 500_000)
    yield of("texts/minified.js", lambda: b"a=function(){b};" * 200_000)
    yield of("texts/words.log", lambda: b"2024-01-01 ERROR words\n" * 1_000_000)
    yield of("texts/largest.txt", lambda: b"words and more.\n" * 3_900_000)
    yield of("texts/over.txt", lambda: b"words and more.\n" * 4_100_000)


def corpus() -> Iterator[Hostile]:
    for one in (_noise, _wrong_names, _encodings, _scripts, _data):
        yield from one()
