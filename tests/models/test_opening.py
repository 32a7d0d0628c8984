"""Where an adapter draws its line: a bias on the first token of an opening, in its header."""

from __future__ import annotations

import pytest

from carrel_models.adapter import read_adapter
from carrel_models.gguf import BadGguf, read_header
from carrel_models.opening import BIAS, TEXT, Opening, opening_of, with_opening
from tests.models.tiny_adapter import write_adapter


def test_an_opening_is_written_and_all_else_stays(tmp_path):
    source = write_adapter(tmp_path / "a.gguf")
    with_opening(source, tmp_path / "b.gguf", Opening("Not here.", -0.75))
    old, new = read_header(source), read_header(tmp_path / "b.gguf")
    assert opening_of(old) is None
    assert opening_of(new) == Opening("Not here.", -0.75)
    rest = {key: value for key, value in new.metadata.items() if key not in (TEXT, BIAS)}
    assert rest == old.metadata
    assert [one[:3] for one in new.tensors] == [one[:3] for one in old.tensors]
    weights = [p.read_bytes()[h.data_offset :].rstrip(b"\0") for p, h in (
        (source, old), (tmp_path / "b.gguf", new))]  # fmt: skip
    assert weights[0] == weights[1]


def test_a_card_tells_it_in_words(tmp_path):
    source = write_adapter(tmp_path / "a.gguf")
    with_opening(source, tmp_path / "b.gguf", Opening("Not\nhere.", -0.75))
    assert read_adapter(source).opening == ""
    assert read_adapter(tmp_path / "b.gguf").opening == "-0.75 nats on “Not here.”"


def test_a_second_opening_replaces_the_first(tmp_path):
    source = write_adapter(tmp_path / "a.gguf")
    with_opening(source, tmp_path / "b.gguf", Opening("Not here.", -0.75))
    with_opening(tmp_path / "b.gguf", tmp_path / "c.gguf", Opening("No.", 0.5))
    assert opening_of(read_header(tmp_path / "c.gguf")) == Opening("No.", 0.5)


@pytest.mark.parametrize(
    ("text", "bias"),
    [("Not here.", None), (None, 1.0), ("Not here.", 1e9), ("Not here.", float("nan")),
     ("Not here.", "much"), (" ", 1.0), ("x" * 1000, 1.0), ("Not here.", 3)],
)  # fmt: skip
def test_one_that_cannot_be_used_is_refused(tmp_path, text, bias):
    changes = {TEXT.replace(".", "_"): text, BIAS.replace(".", "_"): bias}
    path = write_adapter(tmp_path / "a.gguf", **changes)
    for read in (read_adapter, lambda where: opening_of(read_header(where))):
        with pytest.raises(BadGguf, match="opening"):
            read(path)
