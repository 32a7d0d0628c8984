"""Words that a question puts side by side count more where a passage keeps them together."""

import pytest

from carrel.library.proximity import SMOOTHING, WINDOW, closeness, pairs


def test_neighbours_of_the_question_once_each():
    assert pairs(["cach", "control", "header", "cach", "control"]) == [
        ("cach", "control"),
        ("control", "header"),
        ("header", "cach"),
    ]
    assert pairs(["so", "so"]) == pairs(["one"]) == pairs([]) == []


@pytest.mark.parametrize(
    ("passage", "met"),
    [
        ("the cach control", 1),
        ("control of the cach", 1),
        (f"cach {'x ' * (WINDOW - 1)}control", 1),
        (f"cach {'x ' * WINDOW}control", 0),
        (f"control {'x ' * WINDOW}cach {'x ' * 3}control", 1),
        ("cach alone", 0),
        ("", 0),
    ],
)
def test_a_pair_counts_within_the_window_in_either_order(passage, met):
    assert closeness([("cach", "control")], passage.split()) == met / (1 + SMOOTHING)


def test_the_share_of_the_pairs():
    wanted = pairs(["a", "b", "c", "d", "e"])
    assert closeness(wanted, ["a", "b", "c", "d", "e"]) == 4 / (4 + SMOOTHING)
    assert closeness(wanted, ["a", "b", ".", "c"]) == 2 / (4 + SMOOTHING)
    assert closeness([], ["a"]) == 0.0
