"""Indexing waits at the gate for questions, pauses and the computer, and is told why."""

import sys
import threading

import pytest

from carrel.library.gate import WORDS, Gate
from carrel.process import machine

from ..fake_core import FakeCore, write_samples


def passed(gate, cancel=None):
    """Set once the gate was passed, by a thread."""
    done = threading.Event()
    threading.Thread(
        target=lambda: (gate.wait(cancel or threading.Event()), done.set()), daemon=True
    ).start()
    return done


class Told:
    """What the gate said, and a wait for a word."""

    def __init__(self):
        self.words = []
        self.said = threading.Condition()

    def __call__(self, reason):
        with self.said:
            self.words.append(reason)
            self.said.notify_all()

    def wait_for(self, reason):
        with self.said:
            assert self.said.wait_for(lambda: reason in self.words, 10)


def test_an_open_gate_is_passed_and_says_nothing():
    told = Told()
    Gate(told=told).wait(threading.Event())
    assert told.words == []


def test_threads_change_places_sooner_while_any_question_runs():
    usual = sys.getswitchinterval()
    one, two = Gate().question(), Gate().question()
    with one:
        soon = sys.getswitchinterval()
        two.__enter__()
    assert sys.getswitchinterval() == soon
    two.__exit__(None, None, None)
    assert soon < usual / 5
    assert sys.getswitchinterval() == usual


def test_work_waits_for_every_question():
    told = Told()
    gate = Gate(told=told)
    first, second = gate.question(), gate.question()
    first.__enter__()
    second.__enter__()
    done = passed(gate)
    told.wait_for("question")
    first.__exit__(None, None, None)
    assert not done.is_set()
    assert gate.waiting == "question"
    second.__exit__(None, None, None)
    assert done.wait(10)
    assert told.words == ["question", ""]


def test_work_waits_while_it_is_paused():
    told = Told()
    gate = Gate(told=told)
    gate.pause(True)
    done = passed(gate)
    told.wait_for("paused")
    gate.pause(False)
    assert done.wait(10)


@pytest.mark.parametrize("reason", ["battery", "load"])
def test_work_waits_for_the_computer(reason, monkeypatch):
    monkeypatch.setattr("carrel.library.gate._LOOKED_AT", 0.01)
    now, told = [reason], Told()
    gate = Gate(lambda: now[0], told)
    done = passed(gate)
    told.wait_for(reason)
    now[0] = ""
    assert done.wait(10)
    assert WORDS[reason].startswith("Indexing waits")


def test_a_step_waits_for_questions_and_pauses_but_does_not_ask_the_computer():
    asked = []
    gate = Gate(lambda: asked.append(1) or "battery")
    gate.step(threading.Event())
    assert asked == []
    gate.pause(True)
    stepped = threading.Event()
    cancel = threading.Event()
    told = Told()
    gate.told_to(told)
    threading.Thread(target=lambda: (gate.step(cancel), stepped.set()), daemon=True).start()
    told.wait_for("paused")
    assert not stepped.is_set()
    cancel.set()
    assert stepped.wait(10)


def test_a_question_takes_back_what_listens_until_the_last_one_ends():
    gate, heard = Gate(), []
    with gate.taken_back.calls(lambda: heard.append("stop"), lambda: heard.append("go on")):
        with gate.question(), gate.question():
            assert gate.taken_back.is_set()
            assert "go on" not in heard
        assert not gate.taken_back.is_set()
    assert (heard[0], heard[-1], heard.count("go on")) == ("stop", "go on", 1)
    with gate.question(), gate.taken_back.calls(lambda: heard.append("late")):
        assert heard[-1] == "late"
    said = len(heard)
    with gate.question():
        assert len(heard) == said


def test_a_stop_ends_the_waiting():
    cancel, told = threading.Event(), Told()
    gate = Gate(told=told)
    gate.pause(True)
    done = passed(gate, cancel)
    told.wait_for("paused")
    cancel.set()
    assert done.wait(10)


# --- the computer ---


@pytest.fixture
def supplies(tmp_path):
    def make(**kinds):
        for name, values in kinds.items():
            (tmp_path / name).mkdir()
            for key, value in values.items():
                (tmp_path / name / key).write_text(value + "\n")
        return tmp_path

    return make


BATTERY = {"type": "Battery", "status": "Discharging"}


def test_a_battery_that_is_used_and_one_that_is_not(supplies):
    assert machine.on_battery(supplies(BAT0=BATTERY, AC={"type": "Mains", "online": "0"}))


def test_mains_power_counts_more(supplies):
    assert not machine.on_battery(supplies(BAT0=BATTERY, AC={"type": "Mains", "online": "1"}))


def test_the_battery_of_a_mouse_is_none_of_this_computer(supplies, tmp_path):
    assert not machine.on_battery(supplies(hid={**BATTERY, "scope": "Device"}))
    assert not machine.on_battery(tmp_path / "none")


def test_load_is_more_threads_than_processors(tmp_path):
    file = tmp_path / "loadavg"
    file.write_text("0.10 0.20 0.30 4/500 99\n")
    assert machine.others_want_all(file, cores=2)
    assert not machine.others_want_all(file, cores=3)
    assert not machine.others_want_all(tmp_path / "none", cores=1)


def test_a_command_does_not_wait_for_what_was_paused_in_the_window(profile, tmp_path):
    core = FakeCore(profile)
    core.library.pause(True)
    core.close()
    again = FakeCore(profile)
    added = again.library.add([str(write_samples(tmp_path / "docs"))])
    assert added.documents == 2
    again.library.wait_politely()
    assert again.library.gate.paused
    again.close()
