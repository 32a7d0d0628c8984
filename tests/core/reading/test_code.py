"""Program source: definitions are headings, comments belong to them, nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.reading import code, definitions
from carrel.reading.code import definitions_of

from .braced_sources import BRACED
from .keyed import check_whole, path_of, told
from .lined_sources import LINED
from .outlines import settles

SOURCES = BRACED | LINED


@pytest.mark.parametrize("ending", SOURCES)
def test_words_stand_under_their_definitions(inline, ending):
    source, wanted = SOURCES[ending]
    document = inline(source.encode(), f"a.{ending}")
    assert document.text == source
    assert {words: path_of(document, words) for words in wanted} == wanted
    assert {b.kind for b in document.blocks} == {"code"}


@pytest.mark.parametrize("ending", SOURCES)
def test_a_definition_is_not_cut_off_its_comment(inline, ending):
    """A path's stretch is one: a heading does not come twice for the same definition."""
    document = inline(SOURCES[ending][0].encode(), f"a.{ending}")
    paths = [path for path, _ in told(document)]
    deepest = [
        p for p in dict.fromkeys(paths) if p and not any(q.startswith(p + " >") for q in paths)
    ]
    for path in deepest:
        at = [number for number, one in enumerate(paths) if one == path]
        assert at == list(range(at[0], at[0] + len(at)))


def test_languages_without_rules_keep_their_paragraphs(inline):
    document = inline(b"a: b\n\nc: d\n", "Makefile")
    assert told(document) == [("", "a: b"), ("", "c: d")]


def test_brackets_that_do_not_match_cost_one_function_at_most(inline):
    source = "int first() {\n  if (x { \n}\nint second() {\n  return two;\n}\n"
    document = inline(source.encode(), "a.c")
    assert path_of(document, "two") == "second()"


def test_a_source_that_is_too_long_is_read_without_definitions(inline, monkeypatch):
    monkeypatch.setattr(code, "LARGEST", 10)
    assert told(inline(b"def f():\n    return 1\n", "a.py")) == [("", "def f(): return 1")]


@given(
    st.sampled_from(sorted(SOURCES)),
    st.lists(st.sampled_from(
        ["class A", "def f", "function f", "(a)", "{", "}", ";", "\n", "\n  ", "end", '"', "'",
         "/*", "*/", "#", "//", "--", " = ", ":", "create table t", "=>", "b", "`", '"""']
    ), max_size=40).map("".join),
)  # fmt: skip
def test_nothing_is_lost(ending, source):
    check_whole(source, list(definitions.blocks(source, definitions_of(source, ending))))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.py", "".join(" " * n + "class A:\n" for n in range(900))),
        ("a.py", '"""a' * 100_001),
        ("a.rb", "class A\n" * 60_000),
        ("a.js", "a=function(){b};" * 40_000),
        ("a.js", "=/[" * 100_000),
        ("a.c", "int f(){\n" * 60_000),
        ("a.cpp", ("<" * 990 + "{;") * 300),
        ("a.ts", ("a=(" * 300 + "{;") * 300),
        ("a.cpp", 'R"(' * 60_000),
        ("a.sql", "create " * 60_000),
        ("a.hs", ("type " + "a " * 500) * 300),
    ],
)
def test_what_is_meant_to_take_long_settles(inline, name, data):
    assert settles(inline, data.encode(), name, seconds=15).blocks
