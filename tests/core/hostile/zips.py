"""Zips that lie: bombs, overlapping entries, huge counts, wrong sizes, names that lead outside.

Each attack is made in each of the five zip formats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.core.hostile.kinds import Hostile, of
from tests.core.hostile.packages import KINDS, Kind
from tests.core.hostile.raw_zip import STORED, Entry, bomb, entry, zipped

Attack = Callable[[Kind], bytes]


def _bomb(kind: Kind) -> bytes:
    """Spaces that unpack to more than the limit of one part."""
    return zipped(kind.entries(part=_spaces(kind, 400)))


def _small_bomb(kind: Kind) -> bytes:
    """Below the limit of a part, but packed a thousand times."""
    return zipped(kind.entries(part=_spaces(kind, 60)))


def _words_bomb(kind: Kind) -> bytes:
    """Words, not spaces, packed a thousand times."""
    fill = b"word " * 200
    part = bomb(kind.part, kind.head.encode(), kind.tail.encode(), 50, fill)
    return zipped(kind.entries(part=part))


def _claims_little(kind: Kind) -> bytes:
    """The table says a hundred bytes; a gigabyte comes."""
    part = _spaces(kind, 1_000)._replace(size=100)
    return zipped(kind.entries(part=part))


def _claims_much(kind: Kind) -> bytes:
    """The table says four gigabytes; a hundred bytes come."""
    part = entry(kind.part, kind.head + "words" + kind.tail)
    return zipped(kind.entries(part=part._replace(size=0xFFFFFFFE)))


def _overlapping(kind: Kind) -> bytes:
    """Ten thousand entries that all are one and the same bomb."""
    part = _spaces(kind, 9)
    ghosts = [part._replace(name=f"{i}.xml", at=0, ghost=True) for i in range(10_000)]
    return zipped([part, *ghosts, *kind.entries()[1:]])


def _twins(kind: Kind) -> bytes:
    """Many entries of one name, the last of them a bomb."""
    good = entry(kind.part, kind.head + "words" + kind.tail)
    return zipped([*[good] * 500, _spaces(kind, 60), *kind.entries()[1:]])


def _many(kind: Kind) -> bytes:
    return zipped([*kind.entries("words"), *(_ghost(i) for i in range(60_000))])


def _count_lies(kind: Kind) -> bytes:
    return zipped(kind.entries("words"), count=0xFFFF)


def _outside(kind: Kind) -> bytes:
    """Names that lead out of the document, up and from the root, and onto devices."""
    names = ("../../../../etc/passwd", "/etc/passwd", "..\\..\\windows\\win.ini", "C:\\x", "nul")
    bad = [entry(name, "root:x:0:0") for name in (*names, f"../{kind.part}", f"/{kind.part}")]
    return zipped([*bad, *kind.entries("words")])


def _nested(kind: Kind) -> bytes:
    """A document in a document in a document, with no text in any."""
    data = zipped(kind.entries())
    for _ in range(30):
        data = zipped([entry(kind.part, data), *kind.entries()[1:]])
    return data


def _cut(kind: Kind) -> bytes:
    data = zipped(kind.entries("words " * 2_000))
    return data[: len(data) * 2 // 3]


def _wrong_sum(kind: Kind) -> bytes:
    part = entry(kind.part, kind.head + "words" + kind.tail)
    return zipped(kind.entries(part=part._replace(crc=0xDEADBEEF)))


def _locked(kind: Kind) -> bytes:
    return zipped([one._replace(flags=1) for one in kind.entries("words")])


def _odd_method(kind: Kind) -> bytes:
    """LZMA, Zstandard, and numbers that mean nothing."""
    methods = (14, 93, 9, 65_535)
    whole = kind.entries("words")
    return zipped([one._replace(method=methods[i % 4]) for i, one in enumerate(whole)])


def _noise(kind: Kind) -> bytes:
    """A part whose packed bytes are no deflate stream."""
    part = Entry(kind.part, bytes(range(256)) * 400, 5_000, 1)
    return zipped(kind.entries(part=part))


def _place_lies(kind: Kind) -> bytes:
    return zipped([one._replace(at=0x7FFFFFFF) for one in kind.entries("words")])


def _behind_junk(kind: Kind) -> bytes:
    return zipped(kind.entries("words"), before=b"\0" * 1_000_000)


def _table_only(kind: Kind) -> bytes:
    return zipped([one._replace(ghost=True, at=0) for one in kind.entries("words")])


def _hollow(kind: Kind) -> bytes:
    """Everything but the part with the text."""
    return zipped(kind.entries()[1:])


def _all_empty(kind: Kind) -> bytes:
    return zipped([entry(one.name, b"", STORED) for one in kind.entries()])


def _spaces(kind: Kind, megabytes: int) -> Entry:
    return bomb(kind.part, kind.head.encode(), kind.tail.encode(), megabytes)


def _ghost(number: int) -> Entry:
    return Entry(f"{number}.bin", b"", 0, 0, at=0, ghost=True)


ATTACKS: tuple[Attack, ...] = (
    _bomb, _small_bomb, _words_bomb, _claims_little, _claims_much, _overlapping, _twins, _many,
    _count_lies, _outside, _nested, _cut, _wrong_sum, _locked, _odd_method, _noise, _place_lies,
    _behind_junk, _table_only, _hollow, _all_empty,
)  # fmt: skip


def corpus() -> Iterator[Hostile]:
    """Each attack in each format."""
    for kind in KINDS:
        for attack in ATTACKS:
            name = f"zips/{attack.__name__.strip('_')}.{kind.ending}"
            yield of(name, lambda kind=kind, attack=attack: attack(kind))
