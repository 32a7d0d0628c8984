"""TOML and INI: sections are paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.reading.ini_text import tree
from carrel.reading.keyed_tree import blocks

from .keyed import check_whole, path_of, told

LONG = "".join(f"option{n} = the value of option {n}\n" for n in range(4))
TOML = f"""title = "Farm"
[server]
host = "alpha"
# The part about locks.
[server.tls]
{LONG}text = '''
[no.section]
'''
[[goats]]
name = "Ada"
age = 3
[[goats]]
name = "Bob"
age = 4
"""


def test_toml(inline):
    document = inline(TOML.encode(), "a.toml")
    assert document.text == TOML
    assert path_of(document, "alpha") == "server"
    assert path_of(document, "option 3") == "server > tls"
    assert path_of(document, "part about locks") == "server > tls"
    assert path_of(document, "no.section") == "server > tls"
    assert path_of(document, "Ada") == path_of(document, "age = 4") == ""


def test_a_table_of_many_is_told_apart_by_its_name(inline):
    rows = "".join(f'[[goat]]\nname = "Goat {n}"\n{LONG * 4}' for n in range(3))
    document = inline(rows.encode(), "a.toml")
    paths = dict.fromkeys(path for path, _ in told(document))
    assert list(paths) == ["goat Goat 0", "goat Goat 1", "goat Goat 2"]


def test_ini(inline):
    text = f'; first\n[remote "origin"]\n{LONG}[a.b]\n{LONG}'
    document = inline(text.encode(), "a.ini")
    assert list(dict.fromkeys(path for path, _ in told(document))) == ['remote "origin"', "a.b"]


@pytest.mark.parametrize("broken", ["[a", "= 1", "a =\n]", "[[a]", "[]\n[ ]", "a = '''"])
def test_a_broken_file_is_read_as_it_is(inline, broken):
    document = inline(broken.encode(), "a.toml")
    assert document.text == broken
    check_whole(document.text, document.blocks)


@given(st.text(st.sampled_from("[]=.:#;'\"ab \n"), max_size=200), st.booleans())
def test_nothing_is_lost(text, dotted):
    check_whole(text, list(blocks(text, tree(text, dotted=dotted))))
