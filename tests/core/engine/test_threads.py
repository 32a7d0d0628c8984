"""The thread count follows the neighbours and the measured times."""

from __future__ import annotations

import pytest

from carrel.engine.neighbours import Neighbours
from carrel.engine.threads import ThreadChooser, physical_cores


@pytest.fixture
def load_file(tmp_path):
    path = tmp_path / "loadavg"
    path.write_text("0.10 0.20 0.30 1/200 4711\n")
    return path


def quiet(tmp_path):
    return Neighbours(tmp_path / "not there")


def play(chooser, seconds, count):
    """Compute `count` tokens, each in `seconds[threads]`; return the threads used."""
    used = []
    for _ in range(count):
        threads = chooser.choose()
        chooser.took(threads, seconds[threads])
        used.append(threads)
    return used


def test_physical_cores_is_a_possible_number():
    assert physical_cores() >= 1


def test_neighbours_are_counted_without_ourselves(load_file):
    neighbours = Neighbours(load_file)
    assert neighbours.running() == 0
    load_file.write_text("3.10 0.20 0.30 4/200 4711\n")
    assert neighbours.running() == 3
    neighbours.close()
    assert neighbours.running() == 0


def test_fewer_threads_beside_neighbours(load_file):
    neighbours = Neighbours(load_file)
    chooser = ThreadChooser(4, neighbours)
    assert chooser.choose() == 4
    load_file.write_text("3.10 0.20 0.30 3/200 4711\n")
    before = [chooser.choose() for _ in range(16)]
    assert before == sorted(before, reverse=True)
    assert before[-1] == 2
    load_file.write_text("3.10 0.20 0.30 9/200 4711\n")
    assert [chooser.choose() for _ in range(16)][-1] == 1
    load_file.write_text("3.10 0.20 0.30 1/200 4711\n")
    after = [chooser.choose() for _ in range(16)]
    assert after == sorted(after)  # more threads come back step by step
    assert (after[0] < 4, after[-1]) == (True, 4)
    neighbours.close()


def test_one_that_flits_by_costs_no_thread(load_file):
    neighbours = Neighbours(load_file)
    chooser = ThreadChooser(2, neighbours)
    used = []
    for token in range(60):
        load_file.write_text(f"0.10 0.20 0.30 {2 if token % 4 == 0 else 1}/200 4711\n")
        used.append(chooser.choose())
    assert set(used) == {2}
    neighbours.close()


def test_the_prompt_takes_all_cores_until_all_are_taken(load_file):
    neighbours = Neighbours(load_file)
    chooser = ThreadChooser(2, neighbours)
    load_file.write_text("1.10 0.20 0.30 2/200 4711\n")
    assert {chooser.choose_for_prompt() for _ in range(30)} == {2}
    load_file.write_text("3.10 0.20 0.30 5/200 4711\n")
    assert [chooser.choose_for_prompt() for _ in range(30)][-1] == 1
    neighbours.close()


def test_all_threads_on_a_quiet_machine(tmp_path):
    chooser = ThreadChooser(2, quiet(tmp_path))
    used = play(chooser, {2: 0.010, 1: 0.018}, 100)
    assert used[:3] == [2, 1, 2]
    assert used.count(1) == 1


def test_one_thread_when_waiting_is_slow_with_rare_retries(tmp_path):
    chooser = ThreadChooser(2, quiet(tmp_path))
    used = play(chooser, {2: 1.0, 1: 0.05}, 300)
    assert used.count(2) <= 6


def test_more_threads_come_back_when_the_machine_is_quiet_again(tmp_path):
    chooser = ThreadChooser(2, quiet(tmp_path))
    play(chooser, {2: 1.0, 1: 0.05}, 20)
    used = play(chooser, {2: 0.010, 1: 0.018}, 100)
    assert used[-40:] == [2] * 40


def test_a_disturbance_later_is_noticed_at_once(tmp_path):
    chooser = ThreadChooser(2, quiet(tmp_path))
    play(chooser, {2: 0.010, 1: 0.018}, 50)
    assert play(chooser, {2: 0.5, 1: 0.03}, 10)[1:] == [1] * 9


def test_tokens_that_grow_slower_with_context_are_not_a_disturbance(tmp_path):
    chooser = ThreadChooser(2, quiet(tmp_path))
    looks = 0
    for token in range(2000):
        factor = 1 + token / 500
        looks += play(chooser, {2: 0.010 * factor, 1: 0.018 * factor}, 1) == [1]
    assert looks <= 12


def test_many_cores_step_down_by_halves(tmp_path):
    chooser = ThreadChooser(8, quiet(tmp_path))
    used = play(chooser, {8: 0.8, 4: 0.4, 2: 0.02, 1: 0.03}, 60)
    assert max(set(used), key=used.count) == 2
