"""What fits into the prompt."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.answering.budget import FEWEST_PASSAGES, Limits, expected_wait, fit
from carrel.answering.prompt import PastTurn
from carrel.errors import UserError
from carrel.events import Hit
from tests.core.answering.hits import hit


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def make(sizes: Sequence[int]) -> list[Hit]:
    return [
        hit("word " * size, rank=rank, document=f"/{rank}") for rank, size in enumerate(sizes, 1)
    ]


def turns(count: int, size: int = 20) -> list[PastTurn]:
    return [PastTurn(id=n, question="q " * size, answer="a " * size) for n in range(1, count + 1)]


def test_the_wait_is_what_has_to_be_read_at_the_measured_rate() -> None:
    used = fit("q " * 40, make([100] * 3), [], words, Limits(8192)).used
    fresh = used.system + used.passages + used.question
    assert expected_wait(used, 100.0) == round(fresh / 100, 1)
    later = fit("q " * 40, make([100] * 3), turns(1), words, Limits(8192)).used
    assert later.history > 0
    assert expected_wait(later, 100.0) == round((later.passages + later.question) / 100, 1)
    assert expected_wait(used, 0.0) is None


def test_evidence_is_not_dropped_for_a_slow_model() -> None:
    """Three passages go in, and the wait is said."""
    fitted = fit("q", make([300] * 8), [], words, Limits(8192, passages=100))
    assert len(fitted.hits) == FEWEST_PASSAGES
    wait = expected_wait(fitted.used, 50.0)
    assert wait is not None
    assert wait > 18


def test_passages_go_in_by_rank_until_the_budget_is_spent() -> None:
    fitted = fit("q", make([100] * 8), [], words, Limits(8192, passages=530))
    assert [h.rank for h in fitted.hits] == [1, 2, 3, 4, 5]
    assert [(out.kind, out.id) for out in fitted.used.left_out] == [
        ("passage", 106),
        ("passage", 107),
        ("passage", 108),
    ]
    assert fitted.used.passages <= 530


def test_never_under_three_passages_unless_the_window_forbids() -> None:
    hits = make([300] * 4)
    assert len(fit("q", hits, [], words, Limits(8192, passages=10)).hits) == FEWEST_PASSAGES
    assert len(fit("q", hits, [], words, Limits(1000, passages=10, reply=100)).hits) == 2


def test_a_short_passage_goes_in_where_a_longer_one_did_not_fit() -> None:
    fitted = fit("q", make([100, 100, 100, 900, 50]), [], words, Limits(8192, passages=400))
    assert [h.rank for h in fitted.hits] == [1, 2, 3, 5]


def test_the_newest_turns_stay_and_the_left_out_ones_are_named() -> None:
    fitted = fit("q", make([50] * 3), turns(5), words, Limits(8192, history=240))
    assert [turn.id for turn in fitted.history] == [4, 5]
    assert [out.id for out in fitted.used.left_out if out.kind == "turn"] == [1, 2, 3]
    assert fitted.used.system > 0  # the system text is in, whatever leaves


def long_talk(count: int, history: int, size: int = 20) -> list[list[int]]:
    """The ids of the turns that each question of a growing conversation was sent with."""
    past: list[PastTurn] = []
    sent = []
    for n in range(1, count + 1):
        fitted = fit("q", make([50] * 3), past, words, Limits(8192, history=history))
        ids = [turn.id for turn in fitted.history]
        gone = [out.id for out in fitted.used.left_out if out.kind == "turn"]
        assert gone + ids == [turn.id for turn in past]  # sent, or said to be left out
        assert fitted.used.history <= history
        sent.append(ids)
        past.append(
            PastTurn(
                id=n, question="q " * size, answer="a " * size, window_from=ids[0] if ids else n
            )
        )
    return sent


def test_a_long_conversation_loses_its_beginning_in_large_steps() -> None:
    """Otherwise every question changes the beginning, and nothing of the cache can be used."""
    sent = long_talk(100, history=600)  # 56 tokens a turn with the template: 10 fit
    changes = sum(1 for one, after in pairwise(sent) if one and after[: len(one)] != one)
    assert changes <= 100 // 5
    assert min(len(ids) for ids in sent[10:]) >= 5  # half of it stays
    assert max(len(ids) for ids in sent) == 10
    assert all(ids[-1] == n - 1 for n, ids in enumerate(sent, 1) if ids)


def test_one_long_turn_is_still_sent_with_the_question_after_it() -> None:
    sent = long_talk(6, history=250, size=100)  # 216 tokens a turn: more than half of the limit
    assert sent == [[], [1], [2], [3], [4], [5]]


def test_history_comes_back_where_there_is_room_again() -> None:
    past = [
        PastTurn(id=n, question="q " * 20, answer="a " * 20, window_from=max(1, n - 1))
        for n in range(1, 11)
    ]
    fitted = fit("q", make([50] * 3), past, words, Limits(16_384, history=4000))
    assert len(fitted.history) == 10


def test_a_passage_a_kept_turn_has_shown_is_not_sent_again() -> None:
    shown = PastTurn(id=1, question="q", answer="a", prompt="p", passages=[101, 102])
    fitted = fit("q", make([100] * 4), [shown], words, Limits(8192, passages=10))
    assert [h.passage_id for h in fitted.hits] == [103]
    assert [out.id for out in fitted.used.left_out] == [104]
    forgotten = fit("q", make([100] * 4), [shown], words, Limits(8192, history=0))
    assert [h.passage_id for h in forgotten.hits] == [101, 102, 103, 104]


def test_a_question_longer_than_the_window_is_said_with_numbers() -> None:
    with pytest.raises(UserError, match=r"3,0\d\d tokens long.*2,048 in all") as caught:
        fit("word " * 3000, [], [], words, Limits(2048))
    assert caught.value.code == "question_too_long"
    assert caught.value.what_to_do


@settings(deadline=None)  # a busy machine is no defect
@given(
    sizes=st.lists(st.integers(1, 700), max_size=12),
    past=st.integers(0, 6),
    window=st.integers(700, 4000),
    most=st.integers(0, 2000),
)
def test_the_window_is_never_exceeded_and_everything_is_accounted_for(
    sizes: list[int], past: int, window: int, most: int
) -> None:
    fitted = fit("q", make(sizes), turns(past), words, Limits(window, passages=most))
    used = fitted.used
    assert used.system + used.history + used.passages + used.question + used.reply <= window
    assert len(fitted.hits) + len(fitted.history) + len(used.left_out) == len(sizes) + past
    assert [h.rank for h in fitted.hits] == sorted(h.rank for h in fitted.hits)


def test_the_count_covers_the_prompt_that_is_built() -> None:
    from carrel.answering.prompt import build

    fitted = fit("why is it so", make([40] * 5), turns(2), words, Limits(8192))
    sent = sum(words([m.text for m in build("why is it so", fitted.hits, fitted.history)]))
    used = fitted.used
    assert sent <= used.system + used.history + used.passages + used.question
