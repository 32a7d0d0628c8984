"""What carrel.reading.budget promises."""

import math
import threading

import pytest

from carrel.reading import budget as module
from carrel.reading.budget import Budget, Watch

BOOK = 50_000_000  # bytes


def test_a_small_file_earns_next_to_nothing_by_its_text():
    budget = Budget(25, 10_000)
    budget.spent = 20
    budget.earn(90_000_000)
    assert 5 <= budget.left <= 5.2


def test_a_large_file_without_text_earns_nothing():
    budget = Budget(25, BOOK)
    budget.spent = 20
    assert budget.left == 5


def test_a_large_file_earns_time_with_every_page_but_no_silence():
    budget = Budget(25, BOOK)
    for _ in range(2_000):
        budget.earn(2_500)
    assert budget.left == 25  # the longest silence stays what it is
    budget.spent = 300
    assert budget.left == 25
    budget.spent = 365
    assert budget.left == pytest.approx(10)


def test_pages_without_text_count_as_pages():
    budget = Budget(25, BOOK)
    for _ in range(1_000):
        budget.earn(0)
    budget.spent = 60
    assert budget.left == pytest.approx(15)


def test_no_file_earns_more_than_the_most():
    budget = Budget(25, 1 << 62)
    budget.earn(1 << 62)
    budget.spent = module.MOST - 3
    assert budget.left == 3


def test_only_waiting_is_spent(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])

    def slow():
        for _ in range(3):
            now[0] += 2
            yield "page"

    budget = Budget(25, 0)
    for _ in budget.timed(slow()):
        now[0] += 100  # whoever takes the pages has time
    assert budget.spent == 6


def test_what_fails_is_spent_too(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])

    def failing():
        now[0] += 7
        raise TimeoutError
        yield

    budget = Budget(25, 0)
    with pytest.raises(TimeoutError):
        next(budget.timed(failing()))
    assert budget.spent == 7


def test_a_watch_ends_a_wait_that_takes_too_long():
    ended = threading.Event()
    with Watch(ended.set) as watch:
        watch.allow(math.inf)
        watch.allow(0.01)
        assert ended.wait(10)
    assert watch.rang


def test_a_watch_is_quiet_when_the_wait_ended_in_time():
    ended = threading.Event()
    with Watch(ended.set) as watch:
        for _ in range(100):
            watch.allow(60)
            watch.allow(math.inf)
    assert not ended.is_set()
    assert not watch.rang
