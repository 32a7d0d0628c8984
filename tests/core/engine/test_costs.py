"""What a batch costs is assumed, then measured, length by length."""

import pytest

from carrel.engine.costs import LONGEST, Costs
from carrel.engine.lookup import MOST, Pace


def test_nothing_is_learned_before_one_token_alone_was_measured():
    costs = Costs(0.6, 0.5)
    assert (costs.of(1), costs.of(2), costs.of(4)) == (1, pytest.approx(1.6), pytest.approx(2.6))
    costs.took(8, 1.0)
    assert costs.of(8) == pytest.approx(4.6)


def test_a_length_is_learned_and_its_neighbours_learn_a_part_of_it():
    costs = Costs(0.5, 0.5)
    costs.took(1, 0.01)
    for _ in range(20):
        costs.took(8, 0.01)  # as cheap as one token
    assert costs.of(8) == pytest.approx(0.3 * 4.5, abs=0.02)  # as far as it is believed
    assert costs.of(8) / 4.5 < costs.of(9) / 5.0 < costs.of(12) / 6.5 < 1
    assert costs.of(1) == 1
    assert all(costs.of(n) > 0 for n in range(1, LONGEST + 1))


def test_a_hiccup_is_believed_up_to_a_bound_and_forgotten():
    costs = Costs(0.5, 0.5)
    costs.took(1, 0.01)
    costs.took(4, 50.0)
    assert costs.of(4) == pytest.approx(2.5 * 1.5)
    for _ in range(2000):
        costs.took(1, 0.01)
    assert costs.of(4) == pytest.approx(2.5, abs=0.02)


def test_guesses_end_where_they_cost_more_than_they_bring():
    cheap, dear = Costs(0.1, 0.1), Costs(1.5, 1.5)
    assert Pace(cheap).length(6, MOST) > 3
    assert Pace(dear).length(6, MOST) == 0
    learned = Costs(1.5, 1.5)
    learned.took(1, 0.01)
    for _ in range(30):
        for count in (2, 4, 8, 12, 16):
            learned.took(count, 0.02)
    assert Pace(learned).length(9, MOST) > 0
