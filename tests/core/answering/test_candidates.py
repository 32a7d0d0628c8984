"""Sentences of passages keep their exact place in the document, whatever the text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.answering.candidates import LONGEST, candidates
from tests.core.answering.hits import hit


@settings(deadline=None)  # a busy machine is no defect
@given(text=st.text(max_size=400), before=st.text(max_size=30))
def test_every_candidate_is_its_slice_of_the_document(text: str, before: str) -> None:
    document = before + text
    last = 0
    for found in candidates([hit(text, start=len(before))]):
        assert document[found.start : found.end] == found.text
        assert found.text.strip() == found.text != ""
        assert found.start >= last
        last = found.end


@settings(deadline=None)  # a busy machine is no defect
@given(st.text(alphabet="ab,;: \n", min_size=LONGEST, max_size=5 * LONGEST))
def test_long_sentences_are_cut_without_losing_a_letter(text: str) -> None:
    found = candidates([hit(text)])
    assert all(c.end - c.start <= LONGEST for c in found)
    kept = "".join(text[c.start : c.end] for c in found)
    assert "".join(kept.split()) == "".join(text.split())


def test_the_same_place_in_two_overlapping_passages_is_taken_once() -> None:
    text = "The first sentence stands here. The second one follows it."
    found = candidates([hit(text), hit(text[32:], rank=2, start=32)])
    assert [c.text for c in found] == [text[:31], text[32:]]


def test_context_holds_title_and_headings() -> None:
    found = candidates([hit("It lasts a week.", title="Bread", headings=["Storage"])])
    assert {"bread", "storag"} <= found[0].context
    assert "bread" not in found[0].stems
