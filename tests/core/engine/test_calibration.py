"""How fast a model is: measured briefly at first load, kept, and what the prompt takes from it."""

from __future__ import annotations

import math
import threading

import pytest

from carrel.answering import budget
from carrel.engine import calibration
from carrel.engine.calibration import ENOUGH, FEW, MOST, WRITTEN, Rate, calibrate, corrected
from carrel.engine.generation import Progress
from carrel.engine.holder import ModelHolder
from carrel.engine.inline import InlineModel
from carrel.engine.messages import ChatMessage, Generate, Generated, Loaded, LoadModel
from carrel.engine.rates import Rates, machine
from carrel_models.registry import Registry
from tests.models.tiny_gguf import write_tiny

from .conftest import tokens_of


class Scripted:
    """A backend that takes known seconds of a clock that it moves itself."""

    def __init__(self, monkeypatch, reading, writing, context=4096):
        self.now = 0.0
        monkeypatch.setattr(calibration.time, "perf_counter", lambda: self.now)
        self.reading, self.writing, self.context = reading, writing, context
        self.vocabulary = type("Vocabulary", (), {"size": 100})
        self.read, self.written, self.forgotten = [], 0, 0

    def tokens(self, prompt, wish, cancel):
        assert not wish.lookup
        self.read.append(len(prompt))
        yield Progress(0)
        self.now += len(prompt) * self.reading
        if cancel.is_set():
            return
        yield Progress(len(prompt))
        for _ in range(wish.most):
            yield 1
            self.written += 1
            self.now += self.writing

    def forget(self):
        self.forgotten += 1


def test_rates_are_those_of_the_backend(monkeypatch):
    """As fast as the starter model on two cores: the second prompt takes what is left of the time,
    all of it half a second."""
    backend = Scripted(monkeypatch, reading=1 / 240, writing=1 / 100)
    rate = calibrate(backend, threading.Event())
    assert rate[:2] == pytest.approx((240, 100), rel=0.01)
    assert backend.read[0] == FEW < backend.read[1] < MOST
    assert backend.now < 0.6
    assert backend.forgotten == 3


def test_a_fast_machine_reads_the_longest_prompt_and_no_more_than_fits(monkeypatch):
    backend = Scripted(monkeypatch, reading=1e-5, writing=1e-3)
    assert calibrate(backend, threading.Event()).prefill == pytest.approx(1e5, rel=0.01)
    assert backend.read == [FEW, MOST]
    small = Scripted(monkeypatch, reading=1e-5, writing=1e-3, context=50)
    calibrate(small, threading.Event())
    assert small.read == [FEW, 50 - WRITTEN]
    assert calibrate(Scripted(monkeypatch, 1, 1, context=10), threading.Event()) == Rate()


def test_a_slow_machine_is_judged_by_the_first_prompt(monkeypatch):
    """Four tokens a second: nothing is read twice, and writing ends after a second or so."""
    backend = Scripted(monkeypatch, reading=0.25, writing=1.5)
    assert calibrate(backend, threading.Event())[:2] == pytest.approx((4, 1 / 1.5), abs=0.01)
    assert (backend.read, backend.written) == ([FEW], 1)
    quick = Scripted(monkeypatch, reading=0.01, writing=0.7)
    calibrate(quick, threading.Event())
    assert quick.written <= 4


def test_a_stop_measures_nothing(monkeypatch):
    cancel = threading.Event()
    cancel.set()
    backend = Scripted(monkeypatch, reading=0.01, writing=0.01)
    assert calibrate(backend, cancel) == Rate()


@pytest.mark.engine
@pytest.mark.parametrize("engine", ["llama", "simple"])
def test_loading_measures_only_when_asked_and_leaves_no_trace(load, tiny, engine):
    model = load(tiny, engine, calibrate=True)
    loaded = model.loaded()
    for rate in (loaded.prefill_tokens_per_s, loaded.generation_tokens_per_s):
        assert 0 < rate < math.inf
    if engine == "llama":
        assert tokens_of(model) == []
    plain = load(tiny, engine).loaded()
    assert (plain.prefill_tokens_per_s, plain.generation_tokens_per_s) == (0, 0)


class Noting(InlineModel):
    """Remembers what it was asked to load."""

    def __init__(self):
        super().__init__()
        self.requests = []

    def load(self, request, cancel):
        self.requests.append(request)
        return super().load(request, cancel)


@pytest.mark.engine
def test_only_the_first_load_on_a_machine_measures(tmp_path):
    registry, rates = Registry(tmp_path / "models"), Rates(tmp_path / "rates")
    path = write_tiny(tmp_path / "tiny.gguf")

    def used():
        model = Noting()
        holder = ModelHolder(registry, model, rates=rates, choice=str(path), context=512)
        before = holder.known_rate(holder.card())
        for _ in range(2):
            replies = list(holder.ensure(threading.Event()))
        assert replies == []  # the second time it is loaded already
        found = [one.calibrate for one in model.requests], before, holder.rate
        holder.close()
        return found

    asked, before, measured = used()
    assert (asked, before) == ([True], None)
    assert measured.prefill > 0
    assert measured.together >= 1
    assert used() == ([False], measured, measured)
    write_tiny(path, context=600)  # another file under the same name
    assert used()[0] == [True]


def ended(read, seconds, cached=0, reason="stop"):
    return Generated(
        reason=reason, prompt_tokens=read + cached, cached_tokens=cached, generated_tokens=9,
        prompt_ms=seconds * 1000, first_token_ms=None, total_ms=9e9, tokens_per_s=None,
    )  # fmt: skip


def test_only_much_faster_reading_of_a_long_prompt_corrects_a_rate():
    rate = Rate(100.0, 50.0, 4)
    assert corrected(rate, ended(600, 2.0, cached=500)) == Rate(300.0, 50.0, 4)
    for same in (
        ended(600, 5.0), ended(600, 60.0), ended(ENOUGH - 1, 0.5, cached=999), ended(600, 0.0),
        ended(600, 2.0, reason="cancelled"),
    ):  # fmt: skip
        assert corrected(rate, same) == rate
    assert corrected(Rate(), ended(600, 2.0)) == Rate(), "nobody measured, nobody keeps"


@pytest.mark.engine
def test_what_was_measured_on_a_busy_machine_is_corrected_by_answers(tmp_path):
    rates, path = Rates(tmp_path / "rates"), write_tiny(tmp_path / "tiny.gguf")
    registry = Registry(tmp_path / "models")
    holder = ModelHolder(registry, Noting(), rates=rates, choice=str(path), context=512)
    list(holder.ensure(threading.Event()))
    kept = holder.known_rate(holder.card())._replace(prefill=0.5)
    holder._keep_rate(kept)
    request = Generate(messages=[ChatMessage(role="user", text="abcdefgh" * 48)], max_tokens=4)
    end = list(holder.stream(request, threading.Event()))[-1]
    assert end.prompt_tokens > ENOUGH
    assert holder.rate.prefill > 100 * kept.prefill
    assert holder.rate == holder.known_rate(holder.card())
    assert holder.rate._replace(prefill=0.5) == kept
    holder.close()


@pytest.mark.engine
def test_without_a_store_nothing_is_measured(tmp_path):
    model = Noting()
    path = write_tiny(tmp_path / "tiny.gguf")
    holder = ModelHolder(Registry(tmp_path / "models"), model, choice=str(path), context=512)
    assert any(isinstance(one, Loaded) for one in holder.ensure(threading.Event()))
    assert [one.calibrate for one in model.requests] == [False]
    assert holder.rate == Rate()
    holder.close()


@pytest.mark.engine
def test_a_rate_from_before_lookup_was_measured_is_completed(tmp_path):
    """Its file has no such line: the batch is measured at the next loading, the speed is not."""
    path = write_tiny(tmp_path / "tiny.gguf")
    rates = Rates(tmp_path / "rates")
    registry = Registry(tmp_path / "models")
    first = ModelHolder(registry, Noting(), rates=rates, choice=str(path), context=512)
    list(first.ensure(threading.Event()))
    first.close()
    (file,) = (tmp_path / "rates").glob("*.toml")
    lines = file.read_text().splitlines()
    file.write_text("\n".join(one for one in lines if not one.startswith("together")))
    model = Noting()
    again = ModelHolder(registry, model, rates=rates, choice=str(path), context=512)
    assert again.known_rate(again.card()).together == -1
    list(again.ensure(threading.Event()))
    assert again.known_rate(again.card()) == first.rate
    assert [(one.calibrate, one.together) for one in model.requests] == [(False, -1)]
    again.close()


def test_the_store_keeps_machines_and_contents_apart(tmp_path):
    rates = Rates(tmp_path / "rates")
    assert rates.get("../m", "a", "here") is None
    assert not (tmp_path / "rates").exists()
    rates.put("../m", "a", "here", Rate(1.5, 2.5))
    rates.put("../m", "a", "there", Rate(3.0, 4.0))
    assert rates.get("../m", "a", "here") == Rate(1.5, 2.5)
    assert rates.get("../m", "a", "there") == Rate(3.0, 4.0)
    assert rates.get("../m", "b", "here") is None
    assert rates.get("other", "a", "here") is None
    assert [one.parent for one in tmp_path.rglob("*.toml")] == [tmp_path / "rates"]
    assert machine(LoadModel(path="a")) != machine(LoadModel(path="a", threads=1))
    assert machine(LoadModel(path="a")) != machine(LoadModel(path="a"), "another/engine")


@pytest.mark.parametrize(
    "damage",
    [b"\xff\xfe", b"rates = [", b'carrel_rates = 1\nrates = "x"', b"", b"carrel_rates = 2",
     b"carrel_rates = 1\n[rates.x]\nprefill = nan\ngeneration = 1.0"],
)  # fmt: skip
def test_a_damaged_file_is_set_aside_and_the_others_stay(tmp_path, damage):
    rates = Rates(tmp_path)
    rates.put("one", "a", "here", Rate(1.0, 2.0))
    (file,) = tmp_path.glob("*.toml")
    rates.put("two", "a", "here", Rate(3.0, 4.0))
    file.write_bytes(damage)
    assert Rates(tmp_path, read_only=True).get("one", "a", "here") is None
    assert file.read_bytes() == damage
    assert rates.get("one", "a", "here") is None
    assert file.with_suffix(".unreadable.toml").read_bytes() == damage
    rates.put("one", "a", "here", Rate(5.0, 6.0))
    assert rates.get("one", "a", "here") == Rate(5.0, 6.0)
    assert rates.get("two", "a", "here") == Rate(3.0, 4.0)


def test_where_nothing_can_be_written_nothing_fails(tmp_path):
    (tmp_path / "file").write_text("")
    blocked = Rates(tmp_path / "file" / "rates")
    blocked.put("one", "a", "here", Rate(1.0, 2.0))
    assert blocked.get("one", "a", "here") is None
    Rates(tmp_path / "rates", read_only=True).put("one", "a", "here", Rate(1.0, 2.0))
    assert not (tmp_path / "rates").exists()


@pytest.mark.parametrize(
    ("window", "wanted", "rate", "seconds", "tokens"),
    [
        (4096, 0, 0.0, 5.0, budget.PASSAGES),  # not measured
        (4096, 0, 240.0, 5.0, 1200),
        (4096, 0, 240.0, 10.0, 2048),  # half the window
        (32768, 0, 5000.0, 5.0, 3000),
        (4096, 0, 7.0, 5.0, 600),  # so slow that more time is taken
        (768, 0, 240.0, 5.0, 384),
        (4096, 700, 240.0, 5.0, 700),  # the user's own number
    ],
)
def test_the_passages_take_what_is_read_in_the_target_time(window, wanted, rate, seconds, tokens):
    assert budget.passage_tokens(window, wanted, rate, seconds) == tokens
