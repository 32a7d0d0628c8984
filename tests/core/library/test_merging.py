"""Passages side by side are joined for the prompt, and offsets stay exact."""

import msgspec

from carrel.events import Hit, Signals
from carrel.library.merging import merge_neighbours, with_neighbours
from carrel.library.passages import PassageRow

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


PARTS = ("First one.", "Second one.", "Third one.", "Far away.")


def fetch(ids):
    """Passages 1 to 3 are of /a, 4 is of /b."""
    return {
        number: PassageRow(
            passage_id=number, document="/b" if number == 4 else "/a", document_id=1,
            ordinal=number, title="A", headings=("N",), page=7, start=TEXT.index(PARTS[number - 1]),
            end=TEXT.index(PARTS[number - 1]) + len(PARTS[number - 1]), text=PARTS[number - 1],
            digest=b"",
        )
        for number in ids
        if 1 <= number <= 4
    }  # fmt: skip


def found(*parts):
    return [
        msgspec.structs.replace(
            hit(rank, part, "/b" if part == PARTS[3] else "/a"), passage_id=PARTS.index(part) + 1
        )
        for rank, part in enumerate(parts, 1)
    ]


def test_the_best_hits_get_their_neighbours():
    wide = with_neighbours(found("Second one.", "Far away."), fetch, best=1)
    assert [h.text for h in wide] == ["Second one.", "Third one.", "First one.", "Far away."]
    assert [h.rank for h in wide] == [1, 2, 3, 4]
    assert (wide[1].page, wide[1].headings, wide[1].signals) == (7, ["N"], Signals())
    merged = merge_neighbours(wide, {"/a": TEXT}.__getitem__)
    assert [h.text for h in merged] == ["First one. Second one.\n\nThird one.", "Far away."]


def test_neighbours_are_of_the_same_document_and_come_once():
    wide = with_neighbours(found("Third one.", "Second one.", "First one."), fetch, best=2)
    assert [h.text for h in wide] == ["Third one.", "Second one.", "First one."]
    assert with_neighbours([], fetch) == []
