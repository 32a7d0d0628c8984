"""Tables in text that are no tables: a line of 50 MB, a million columns, quotes that never end."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from tests.core.hostile.kinds import Hostile, of


def corpus() -> Iterator[Hostile]:
    for name, make in {
        "one-line": lambda: b"word " * 10_000_000,
        "million-columns": lambda: b"a," * 1_000_000,
        "million-columns-twice": lambda: (b"a," * 1_000_000 + b"\n") * 3,
        "quote-open": lambda: b'a,b\n"' + b"c," * 4_000_000,
        "quotes": lambda: b'"' * 3_000_001,
        "quotes-cells": lambda: b'"",' * 1_000_000,
        "long-cell": lambda: b"a,b\n" + b"c" * 11_000_000 + b",d\n",
        "cells-long": lambda: b"a,b\n" + (b"c" * 9_000_000 + b",d\n") * 4,
        "empty-rows": lambda: b",\n" * 3_000_000,
        "short-rows": lambda: b"1\n" * 1_500_000,
        "growing-rows": lambda: b"".join(b"," * i + b"x\n" for i in range(3_000)),
        "separators": lambda: b",;\t|:" * 400_000,
        "header-wide": lambda: b",".join([b"column name"] * 20_000) + b"\n" + b"1,2\n" * 20_000,
        "formulas": lambda: b"=cmd|'/c calc'!A0,@SUM(1),+1,-1\n" * 1_000,
        "nul": lambda: b"a,\0b\n" * 100,
        "returns": lambda: b"a,b\r" * 500_000,
        "returns-mixed": lambda: b"a\r\r\nb\n\r" * 200_000,
        "wide-marks": lambda: codecs.BOM_UTF16_LE + 'a,"b\n'.encode("utf-16-le") * 50_000,
    }.items():
        yield of(f"tables/{name}.csv", make)
    yield of("tables/tabs.tsv", lambda: b"\t" * 3_000_000)
    yield of("tables/lines.tsv", lambda: b"a\tb\x0b\x0c\x1c\xc2\x85\xe2\x80\xa8c\n" * 20_000)
