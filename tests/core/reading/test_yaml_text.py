"""YAML: keys by indentation, items, blocks of text, several documents, and what is broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.reading.keyed_tree import blocks
from carrel.reading.yaml_text import tree

from .keyed import check_whole, path_of, told
from .outlines import settles

FILE = """# Where it listens: one place.
server:
  host: alpha.example.org
  tls:
    certificate: /etc/ssl/certificates/alpha.pem
    "private key": /etc/ssl/private/alpha.key
  port: 8080
steps:
- name: Build
  # with care
  run: |
    make: all
    # no comment
    %s
- name: Test
  env: {A: 1, B: 2}
  run: >-
    make test
"""


def test_structure(inline):
    text = FILE % ("make the goats walk on the hill; " * 15)
    document = inline(text.encode(), "a.yaml")
    assert document.text == text
    assert path_of(document, "alpha.pem") == "server > tls"
    assert path_of(document, "8080") == "server"
    assert path_of(document, "one place") == "server"
    assert path_of(document, "goats walk") == "steps > Build > run"
    assert path_of(document, "no comment") == "steps > Build > run"
    assert path_of(document, "make test") == "steps"


def test_the_shortest(inline):
    document = inline(b"server:\n  tls:\n    certificate: a.pem\n", "a.yml")
    assert path_of(document, "a.pem") == "server > tls > certificate"


def test_documents_of_one_file_are_apart(inline):
    one = "kind: Deployment\nmetadata:\n  name: web\nspec:\n" + "".join(
        f"  option number {n}: the value of it\n" for n in range(30)
    )
    document = inline(f"{one}---\n{one.replace('web', 'mail')}".encode(), "k.yaml")
    paths = [path for path, text in told(document) if "option number 3:" in text]
    assert paths == ["web > spec", "mail > spec"]


@pytest.mark.parametrize(
    "broken", ["a: [1, 2", "\ta: b\n  c", "- - -", ": x", "a: |\n", "'a: b\nc: d"]
)
def test_a_broken_file_is_read_as_it_is(inline, broken):
    document = inline(broken.encode(), "a.yaml")
    assert document.text == broken
    check_whole(document.text, document.blocks)


@given(st.text(st.sampled_from("-: \n#|>'\"ab{}[]\t"), max_size=200))
def test_nothing_is_lost(text):
    check_whole(text, list(blocks(text, tree(text))))


@pytest.mark.parametrize(
    "data",
    [("a" + " " * 1900 + "b") * 100, "- " * 300_000, "".join(" " * n + "a:\n" for n in range(900)),
     "a: &a [x]\n" + "b: &b [*a,*a]\n" * 20_000],
)  # fmt: skip
def test_what_is_meant_to_take_long_settles(inline, data):
    assert settles(inline, data.encode(), "a.yaml", seconds=10).blocks
