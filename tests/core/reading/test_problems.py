"""What carrel.reading.problems promises."""

import pytest

from carrel.reading import problems

ALL = [
    (problems.empty(), "empty"),
    (problems.encrypted(), "encrypted"),
    (problems.broken("The file is cut short."), "broken"),
    (problems.binary(), "binary"),
    (problems.too_large(5_000_000, 1_000_000), "too_large"),
    (problems.too_many(1_000_000), "too_large"),
    (problems.out_of_memory(), "too_large"),
    (problems.timeout(30), "timeout"),
    (problems.unreadable(OSError(5, "Input/output error")), "unreadable"),
]


@pytest.mark.parametrize(("problem", "code"), ALL)
def test_each_reason_is_a_sentence_with_a_step_and_a_code(problem, code):
    assert problem.code == code
    assert problem.what[0].isupper() or problem.what[0].isdigit()
    assert problem.what.endswith(".")
    assert problem.what_to_do.endswith(".")


def test_pictures_are_counted():
    assert problems.pictures(1) == "The page is a picture without text."
    assert problems.pictures(12) == "12 pages are pictures without text."


def test_sizes_are_readable():
    assert "2,500 MB" in problems.too_large(2_500_000_000, 1).what
    assert "12 kB" in problems.too_large(12_000, 1).what
