"""Passages side by side are joined for the prompt, and offsets stay exact."""

from carrel.events import Hit, Signals
from carrel.library.merging import merge_neighbours

TEXT = "First one. Second one.\n\nThird one. Far away."


def hit(rank, text, document="/a", page=1):
    start = TEXT.index(text)
    return Hit(
        rank=rank, score=1 / rank, passage_id=rank, document=document, title="A",
        headings=[text[0]], page=page, start=start, end=start + len(text), text=text,
        signals=Signals(keyword_rank=rank),
    )  # fmt: skip


def test_neighbours_become_one_hit_with_the_best_rank():
    hits = [hit(1, "Third one."), hit(2, "Far away.", "/b"), hit(3, "Second one.", page=2)]
    merged = merge_neighbours(hits, {"/a": TEXT}.__getitem__)
    assert [(m.rank, m.text) for m in merged] == [
        (1, "Second one.\n\nThird one."),
        (2, "Far away."),
    ]
    first = merged[0]
    assert TEXT[first.start : first.end] == first.text
    assert (first.passage_id, first.score, first.signals.keyword_rank) == (1, 1.0, 1)
    assert (first.page, first.headings) == (2, ["S"])


def test_a_gap_keeps_them_apart():
    hits = [hit(1, "First one."), hit(2, "Third one.")]
    assert merge_neighbours(hits, {"/a": TEXT}.__getitem__) == hits


def test_overlaps_are_joined_once():
    hits = [hit(1, "First one. Second one."), hit(2, "Second one."), hit(3, "one. Second")]
    merged = merge_neighbours(hits, {"/a": TEXT}.__getitem__)
    assert [m.text for m in merged] == ["First one. Second one."]


def test_text_is_asked_for_only_where_it_is_needed():
    hits = [hit(1, "First one."), hit(2, "Third one.", "/b")]

    def nobody(document):
        raise AssertionError(document)

    assert merge_neighbours(hits, nobody) == hits
