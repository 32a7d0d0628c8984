"""What languages with braces look like: what is no code, and which words define types."""

from __future__ import annotations

import re
from typing import NamedTuple

_CONTROL = (
    "if for while switch catch else do try synchronized using lock foreach with until unless match "
    "when fixed checked unchecked elif elseif guard loop return sizeof typeof decltype alignas "
    "defined assert super this requires select await in of finally __attribute__ __declspec "
    "@available"
)
CONTROL = frozenset(_CONTROL.split())
"""Words before a bracket that name no function."""


class Braces(NamedTuple):
    """`types` finds what defines a class or the like, with the group `title`; `apart` what is no
    code; `lead` a line that belongs to the definition below it. `calls`: functions are defined
    without a word for it, as in C; `assigned`: by assignment, as in JavaScript."""

    types: re.Pattern[str]
    apart: re.Pattern[str]
    lead: re.Pattern[str]
    calls: bool = False
    assigned: bool = False


_COMMENT = r"//[^\n]*|/\*(?s:.*?)(?:\*/|\Z)"
_DOUBLE = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
_SINGLE = r"'[^'\\\n]*(?:\\.[^'\\\n]*)*'"
_ONE_SIGN = r"'(?:[^'\\\n]|\\[^\n']{1,10}|\\')'"
_TRIPLE = r'"""(?s:.*?)(?:"""|\Z)'
_BACKTICK = r"`[^`\\]*(?:\\(?s:.)[^`\\]*)*`"
_LITERAL = (  # a regular expression of JavaScript, after what cannot be divided
    r"(?:(?<=[=(,:!&|?;\[{}])|(?<=[=(,:!&|?;] )|(?<=return ))"
    r"/(?![*/ ])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.){0,200}\]){1,500}/"
)
_DIRECTIVE = r"^[ \t]*#[^\n]*(?:(?<=\\)\n[^\n]*)*"
_PLAIN_LEAD = r"[ \t]*(?://|/\*|\*|@|\[|#\[|template\b|\#(?![ \t]*[a-z]))[^\n]*$"
_HASH_LEAD = r"[ \t]*(?:[#@*]|//|/\*)[^\n]*$"


def _types(words: str, after: str = "") -> re.Pattern[str]:
    return re.compile(
        rf"(?:^|(?<=[\s)\]>]))(?P<title>(?:{words})\s+(?:(?:[A-Z][A-Z_0-9]{{2,}}|alignas\(\w+\))\s+)?"
        rf"[\w.:$`]*[\w$`]){after}",
        re.S,
    )


def _language(words: str, apart: list[str], *, hash_lead: bool = False, **more: bool) -> Braces:
    lead = re.compile(_HASH_LEAD if hash_lead else _PLAIN_LEAD, re.M)
    return Braces(_types(words), re.compile("|".join(apart), re.M), lead, **more)


_WORDS_OF_C = (
    "class|struct|union|enum(?:\\s+class|\\s+struct)?|namespace|concept|interface|@implementation"
)
_C = _language(
    _WORDS_OF_C,
    [_COMMENT, r'R"(\w{0,16})\((?s:.*?)(?:\)\1"|\Z)', _DOUBLE, _ONE_SIGN, _DIRECTIVE], calls=True,
)._replace(types=_types(_WORDS_OF_C, r"(?!.*\()"))  # fmt: skip
_JAVA = _language(
    "class|interface|enum|record|@interface", [_COMMENT, _TRIPLE, _DOUBLE, _ONE_SIGN], calls=True
)
_CSHARP = _language(
    "class|interface|enum|struct|record(?:\\s+struct|\\s+class)?|namespace",
    [_COMMENT, r'\$?@\$?"(?:[^"]|"")*"', _TRIPLE, r"\$?" + _DOUBLE, _ONE_SIGN, _DIRECTIVE],
    calls=True,
)
_SCRIPT = _language(
    "class|interface|enum|namespace|module",
    [_COMMENT, _DOUBLE, _SINGLE, _BACKTICK, _LITERAL], calls=True, assigned=True,
)  # fmt: skip
_DART = _language(
    "class|mixin|enum|extension", [_COMMENT, _TRIPLE, r"'''(?s:.*?)(?:'''|\Z)", _DOUBLE, _SINGLE],
    calls=True,
)  # fmt: skip
_GO = Braces(
    re.compile(r"(?P<title>type\s+\w+(?=(?:\[[^\]]*\])?\s+(?:struct|interface)\b))"),
    re.compile("|".join([_COMMENT, _DOUBLE, r"`[^`]*`", _ONE_SIGN])),
    re.compile(_PLAIN_LEAD, re.M),
)
_RUST = Braces(
    re.compile(r"(?:^|(?<=[\s)\]]))(?P<title>(?:struct|enum|union|trait|mod)\s+\w+"
               r"|impl\b[^{]*?(?=\s*\bwhere\b|\s*$))"),
    re.compile("|".join([_COMMENT, r'r(#{1,4})"(?s:.*?)(?:"\1|\Z)', r'r"[^"]*"',
                         r'"[^"\\]*(?:\\(?s:.)[^"\\]*)*"', _ONE_SIGN])),
    re.compile(_PLAIN_LEAD, re.M),
)  # fmt: skip
_JVM = _language(
    "class|interface|object|trait|enum|protocol|extension|struct|actor|package",
    [_COMMENT, _TRIPLE, _DOUBLE, _ONE_SIGN],
)
_PHP = _language(
    "class|interface|trait|enum|namespace", [_COMMENT, r"#(?!\[)[^\n]*", _DOUBLE, _SINGLE],
    hash_lead=True,
)  # fmt: skip
_R = _language("setClass", [r"#[^\n]*", _DOUBLE, _SINGLE], hash_lead=True, assigned=True)
_PERL = _language("package", [r"#[^\n]*", r"^=\w(?s:.*?)(?:^=cut\b|\Z)", _DOUBLE], hash_lead=True)
_POWERSHELL = _language(
    "class|enum", [r"<#(?s:.*?)(?:#>|\Z)", r"#[^\n]*", _DOUBLE, r"'[^'\n]*'"], hash_lead=True
)
_SCHEMA = _language(
    "message|service|enum|type|input|interface|extend\\s+type|oneof",
    [_COMMENT, r"#[^\n]*", _TRIPLE, _DOUBLE], hash_lead=True,
)  # fmt: skip
BRACED: dict[str, Braces] = {
    **{one: _C for one in ["c", "h", "cc", "cpp", "cxx", "hpp", "hh", "m", "mm"]},
    "java": _JAVA,
    "cs": _CSHARP,
    **{one: _SCRIPT for one in ["js", "mjs", "cjs", "ts", "mts", "cts", "tsx", "jsx", "vue"]},
    "dart": _DART,
    "go": _GO,
    "rs": _RUST,
    **{one: _JVM for one in ["kt", "kts", "scala", "swift", "gradle", "groovy"]},
    "php": _PHP,
    "r": _R,
    **{one: _PERL for one in ("pl", "pm")},
    **{one: _POWERSHELL for one in ("ps1", "psm1")},
    **{one: _SCHEMA for one in ("proto", "graphql")},
}
"""The language of each ending."""
