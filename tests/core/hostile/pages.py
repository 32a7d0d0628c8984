"""HTML and Markdown that parsers of other programs took quadratic time or endless depth for."""

from __future__ import annotations

from collections.abc import Iterator

from tests.core.hostile.kinds import Hostile, of

_N = 100_000


def html() -> Iterator[Hostile]:
    cell = "<td colspan=1000 rowspan=65534>x"
    for name, text in {
        "deep-div": "<div>" * _N + "words",
        "deep-bold": "<b>" * _N + "words",
        "deep-font-para": "<p><b><i><font>" * 20_000 + "words",
        "misnested": "<a><p><b></a></p></b>" * 20_000 + "words",
        "deep-table": "<table><tr><td>" * 20_000 + "words",
        "flat-tables": "<table><tr><td>x</table>" * 50_000,
        "tables-in-tables": "<table><tr>" + "<td><table><tr><td>y</table>" * 20_000,
        "rows": "<table>" + "<tr><td>x" * 200_000,
        "spans": "<table>" + ("<tr>" + cell * 100) * 300,
        "spans-wide": "<table>" + "<tr>" + cell * 20_000,
        "lists": "<ul><li>" * 50_000 + "words",
        "headings": "<h1>" * _N + "words",
        "select": "<select>" * _N + "words",
        "template": "<template>" * 50_000 + "words",
        "frames": "<frameset>" * _N,
        "svg": "<svg><g>" * 50_000 + "words",
        "math": "<math><mi>" * 50_000 + "words",
        "pre": "<pre>" * 50_000 + "words",
        "attributes": "<p " + " ".join(f"a{i}=b" for i in range(_N)) + ">words",
        "attributes-some": "<p " + " ".join(f"a{i}=b" for i in range(20_000)) + ">words",
        "attributes-most": "<p " + " ".join(f"a{i}=b" for i in range(4 * _N)) + ">words",
        "deep-some": "<div>" * 25_000 + "words",
        "one-attribute": f'<p title="{"x" * 10_000_000}">words',
        "style": f'<p style="{"display :" * 300_000}">words',
        "long-name": f"<{'n' * 5_000_000}>words",
        "entities": "&amp;&#x1F600;&notanentity;&#0;&#xD800;" * 200_000,
        "comment-open": "words<!--" + "- " * 2_000_000,
        "comments": "<!-- -->" * 300_000 + "words",
        "script-open": "words<script>" + "x" * 2_000_000,
        "cdata": "<![CDATA[" * 200_000 + "words",
        "end-tags": "</p></div></table>" * 200_000 + "words",
        "less-than": "<" * 2_000_000,
        "charset-lies": '<meta charset="utf-16"><p>words</p>',
        "charset-seven": '<meta charset="utf-7">+ADw-script+AD4- words',
        "charset-odd": f'<meta charset="{"x" * 40}"><p>w\u00f6rds</p>',
        "charset-codec": '<meta charset="unicode_escape"><p>words \\ud800 \\x00</p>',
        "nul": "<p>wo\0rds</p>\0" * 10,
    }.items():  # fmt: skip
        yield of(f"pages/{name}.html", lambda text=text: text.encode("latin-1", "replace"))
    yield of(
        "pages/puny.html", lambda: b'<meta charset="punycode"><p>\xff' + b"a" * 300_000 + b"-9"
    )


def markdown() -> Iterator[Hostile]:
    wide = "|" + "a|" * 2_000 + "\n|" + "-|" * 2_000 + "\n"
    for name, text in {
        "brackets": "[" * _N + "x" + "]" * _N,
        "links": "[a](" * 50_000,
        "images": "![[]()" * 30_000,
        "references": "".join(f"[r{i}]: /x\n" for i in range(30_000)),
        "reference-open": "[a]: <" + "b" * 500_000,
        "emphasis": "*a **a " * 50_000,
        "underscores": "a_" * 200_000,
        "heading-emphasis": ("# " + "*a_" * 160 + "\n") * 2_000,
        "heading-brackets": ("# " + "[" * 490 + "\n") * 2_000,
        "heading-ticks": "# " + " ".join("`" * i for i in range(1, 30)) + "\n",
        "ticks": "".join("`" * i + "x" for i in range(1, 1_000)),
        "quotes": ">" * 50_000 + " words",
        "quotes-lines": (">" * 300 + " words\n") * 500,
        "quotes-lazy": ">" * 3_000 + " a\n" + "b\n" * 3_000,
        "lists-deep": "".join("  " * i + "- a\n" for i in range(600)),
        "lists-line": "- " * 20_000 + "a",
        "lists-mixed": "1. - * + " * 5_000 + "a",
        "lists-tabs": "\t" * 3_000 + "- a\n" * 1_000,
        "fence-open": "```\n" + "code\n" * 300_000,
        "fences": "```\n" * 200_000,
        "fences-long": "`" * 1_000_000 + "\nx\n",
        "table-wide": wide * 100,
        "table-tall": "|a|b|\n|-|-|\n" + "|c|d|\n" * 200_000,
        "table-pipes": "|" * 500_000 + "\n|-|\n",
        "table-short": wide + "|x|\n" * 3_000,
        "html-open": "<div>\n" * 50_000,
        "html-comment": "<!--\n" * 50_000,
        "html-question": "<?" * 100_000,
        "autolinks": "<http://" * 100_000,
        "setext": "a\n" * 60_000 + "===\n",
        "rules": "* * *\n" * 100_000,
        "spaces": " " * 1_500_000 + "x",
        "headings": "#\n" * 300_000,
        "heading-levels": "".join("#" * (i % 6 + 1) + " h\n" for i in range(200_000)),
        "front-open": "---\n" + "a: b\n" * 600_000,
        "front-title": "---\ntitle:" + " \t" * 500_000 + "\n---\nwords",
        "one-line": "words " * 2_000_000,
        "entities": "&" * 500_000 + "&#" * 100_000,
        "backslashes": "\\" * 1_000_000,
        "definitions": "[" + "\\[" * 100_000 + "]: x",
    }.items():
        yield of(f"pages/{name}.md", lambda text=text: text.encode())


def corpus() -> Iterator[Hostile]:
    yield from html()
    yield from markdown()
