"""JSON: key paths, lines of records, comments, and what is broken."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.reading.json_text import tree
from carrel.reading.keyed_tree import blocks

from .keyed import check_whole, path_of, told
from .outlines import settles

FILE = """{
  // where it listens
  "server": {
    "host": "alpha.example.org",
    "tls": {
      "certificate": "/etc/ssl/alpha.pem",
      "key": "/etc/ssl/alpha.key",
      "protocols": ["TLSv1.2", "TLSv1.3"],
    },
    "port": 8080,
  },
  "users": [
    {"name": "Ada", "roles": ["admin"]},
    {"name": "Bob", "roles": ["reader"]}
  ],
  'about': "%s"
}
""" % ("The goats live on the hill. " * 20)


def test_structure(inline):
    document = inline(FILE.encode(), "a.json")
    assert document.text == FILE
    assert path_of(document, "alpha.pem") == "server > tls"
    assert path_of(document, "where it listens") == "server"
    assert path_of(document, "8080") == "server"
    assert path_of(document, "Ada") == path_of(document, "Bob") == "users"
    assert path_of(document, "hill") == "about"
    (kind,) = {b.kind for b in document.blocks if b.headings == ["about"]}
    assert kind == "paragraph"  # so that each of its sentences can be quoted


def test_lines_of_records(inline):
    rows = [json.dumps({"id": n, "text": "words " * 30}) for n in range(9)]
    document = inline("\n".join(rows).encode(), "rows.jsonl")
    assert [document.text[b.start : b.end] for b in document.blocks] == rows
    assert {b.kind for b in document.blocks} == {"record"}


def test_a_file_on_one_line_is_cut_where_its_structure_is(inline):
    data = {f"key {n}": {"words": f"value {n} " * 9, "number": n} for n in range(50)}
    text = json.dumps(data, separators=(",", ":"))
    document = inline(text.encode(), "min.json")
    assert document.text == text
    assert path_of(document, "value 7 ") == "key 7"
    flat = inline(json.dumps({f"key {n}": n for n in range(200)}).encode(), "flat.json")
    assert max(b.end - b.start for b in flat.blocks) < 400


@pytest.mark.parametrize(
    "broken",
    [
        b'{"a": {"b": 1',
        b'{"a" "b"}}]',
        b'{"a": [1, 2}',
        b"}{",
        b'"',
        b"{'a': /* ",
        b"words",
        b"[" * 99,
    ],
)
def test_a_broken_file_is_read_as_it_is(inline, broken):
    document = inline(broken, "a.json")
    assert document.text == broken.decode()
    assert "".join(text for _, text in told(document)).replace(" ", "") == broken.decode().replace(
        " ", ""
    )


@given(st.text(st.sampled_from("{}[]:,\"'/*\\ab1 \n"), max_size=200))
def test_nothing_is_lost(text):
    check_whole(text, list(blocks(text, tree(text))))


@pytest.mark.parametrize(
    "data", ["[" * 300_000, '{"a":' * 60_000, '"a' * 150_000, "//\n" * 100_000]
)
def test_what_is_meant_to_take_long_settles(inline, data):
    assert settles(inline, data.encode(), "a.json", seconds=10).blocks
