"""What carrel.reading.keyed_tree promises: paths, whole records, nothing lost, bounded memory."""

from carrel.library import chunking
from carrel.reading import json_text, keyed_tree
from carrel.reading.keyed_tree import Builder, blocks

from .keyed import check_whole, path_of, told


def passages(document, size=128):
    chunks = chunking.chunk(
        document.text, document.blocks, [], lambda texts: [len(t) // 3 for t in texts], size
    )
    return [(list(c.headings), document.text[c.start : c.end]) for c in chunks]


def test_a_record_is_never_cut_between_two_passages(inline):
    records = [
        f'  {{\n    "id": {n},\n    "boat": "dory {n}",\n    "berth": "pier {n % 7}"\n  }}'
        for n in range(40)
    ]
    data = "[\n" + ",\n".join(records) + "\n]"
    found = passages(inline(data.encode(), "a.json"))
    assert len(found) > 5
    for n in range(40):
        (text,) = [text for _, text in found if f'dory {n}"' in text]
        assert f'"id": {n},' in text
        assert f"pier {n % 7}" in text


def test_a_passage_carries_the_path_of_its_keys(inline):
    lines = [f'      "rule {n}": "goats may stay on hill number {n}"' for n in range(60)]
    data = '{"farm": {\n "name": "Hill farm",\n    "rules": {\n' + ",\n".join(lines) + "}}}"
    found = passages(inline(data.encode(), "farm.json"))
    assert len(found) > 5
    assert {tuple(path) for path, text in found if "rule" in text} == {("farm", "rules")}


def test_a_long_element_is_cut_under_its_name(inline):
    steps = [f'{{"name": "Step {n}", "run": "{"words and more. " * 40}"}}' for n in range(3)]
    document = inline(('{"steps": [' + ",".join(steps) + "]}").encode(), "a.json")
    assert [path for path, text in told(document) if "words and" in text] == [
        f"steps > Step {n} > run" for n in range(3)
    ]


def test_small_containers_stay_with_their_neighbours(inline):
    document = inline(b'{"a": {"x": 1}, "b": {"y": 2}, "c": 3}', "a.json")
    assert {path for path, _ in told(document)} == {""}


def test_what_holds_one_thing_is_a_step_of_the_path(inline):
    document = inline(b'{"server": {"tls": {"certificate": "a.pem"}}}', "a.json")
    assert path_of(document, "a.pem") == "server > tls > certificate"


def test_a_deep_path_shows_its_ends(inline):
    data = "".join(f'{{"k{n}": ' for n in range(12)) + "1" + "}" * 12
    path = path_of(inline(data.encode(), "a.json"), "k11")
    assert path == "k0 > k7 > k8 > k9 > k10 > k11"


def test_a_text_that_is_too_long_is_read_without_structure(inline, monkeypatch):
    monkeypatch.setattr(keyed_tree, "LARGEST", 20)
    document = inline(b'{"server": {"tls": {"certificate": "a.pem"}}}', "a.json")
    assert told(document) == [("", '{"server": {"tls": {"certificate": "a.pem"}}}')]


def test_a_tree_of_many_small_values_stays_small():
    root = json_text.tree("[" + "1," * 100_000 + "[1,2]," * 50_000 + "1]")
    assert len(root.children) < 10_000
    text = "[" + "1," * 3_000 + "]"
    check_whole(text, list(blocks(text, json_text.tree(text))))


def test_depth_is_bounded():
    builder = Builder()
    for at in range(10_000):
        builder.open("a", at)
    assert len(builder.stack) == keyed_tree.DEEPEST + 1
    for at in range(10_000):
        builder.close(10_000 + at)
    assert builder.stack == [builder.root]
