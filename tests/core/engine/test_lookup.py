"""Prompt lookup: what is guessed, when guessing pays, and that a guess changes no word."""

from __future__ import annotations

import itertools
import threading

import pytest

from carrel.engine import drafting
from carrel.engine.context import OUTPUTS, Context
from carrel.engine.costs import Costs
from carrel.engine.llama import LlamaBackend
from carrel.engine.lookup import MOST, Drafter, Lookup, Pace
from carrel.engine.messages import Generate, Piece, Sampling
from tests.models.tiny_gguf import follow, token_of, write_tiny

from .conftest import answer, chat

NEVER = 99
"""A token that stands nowhere else."""
TEXT = "Yes, it."
QUOTED = chat(f"ant\n{TEXT}zzz?")
"""The prompt ends with "ant\\n" too, so the answer's words are found here, and wrong ones after."""


def test_the_place_is_found_where_the_newest_tokens_stood_before():
    assert Lookup([1, 2, 3, 4, 1, 2]).guess(2) == [3, 4]
    assert Lookup([1, 2, 3, 4, 1, 2]).guess(9) == [3, 4, 1, 2]
    assert Lookup([1, 2, 3, 4, 2, 1]).guess(9) == []
    assert Lookup([5, 1, 2, 3, 4, 1]).guess(9) == []  # one token is too little
    assert Lookup([]).guess(1) == Lookup([1]).guess(1) == Lookup([1, 2]).guess(1) == []


def test_the_newest_tokens_never_find_themselves():
    assert Lookup([1, 2, 3]).guess(9) == []
    assert Lookup([7, 7, 7]).guess(9) == [7]  # the first two are followed by the third
    looking = Lookup([1, 2])
    looking.add(3)
    assert (looking.guess(9), looking.matched) == ([], 0)


def test_a_longer_match_comes_before_a_newer_one():
    """After 8 2 3 came 5, after the newer 2 3 came 6."""
    assert Lookup([8, 2, 3, 5, 9, 2, 3, 6, 8, 2, 3]).guess(1) == [5]
    assert Lookup([8, 2, 3, 5, 9, 2, 3, 6, 7, 2, 3]).guess(1) == [6]


def test_a_match_grows_with_what_is_said_and_is_left_for_another():
    looking = Lookup([1, 2, 3, 4, 5, NEVER, 3, 9, 8, 1, 2])
    assert (looking.guess(1), looking.matched) == ([3], 2)
    looking.add(3)
    looking.add(4)
    assert (looking.guess(1), looking.matched) == ([5], 4)
    looking.add(9)  # not what followed there, and "4 9" stood nowhere
    assert (looking.guess(1), looking.matched) == ([], 0)
    looking.add(8)
    assert (looking.guess(2), looking.matched) == ([1, 2], 2)


def test_what_was_generated_is_found_too():
    looking = Lookup([NEVER])
    for token in (1, 2, 3, 1, 2):
        looking.add(token)
    assert looking.guess(1) == [3]


def test_wrong_guesses_slow_down_and_right_ones_speed_up():
    pace = Pace(Costs(0.67, 0.47))
    before = [pace.length(matched, MOST) for matched in (2, 6, 14)]
    assert before == sorted(before)
    for _ in range(60):
        pace.saw(6, right=False)
    assert pace.length(6, MOST) == 0
    assert pace.length(14, MOST) == before[2]  # longer matches are counted apart
    for _ in range(120):
        pace.saw(6, right=True)
    assert pace.length(6, MOST) > before[1]
    assert pace.length(6, 2) <= 2
    assert pace.length(6, 0) == 0


def test_what_one_answer_was_like_is_soon_forgotten():
    pace = Pace(Costs(0.1, 0.1))
    fresh = pace.length(9, MOST)
    for _ in range(60):
        pace.saw(9, right=False)
    tired = pace.length(9, MOST)
    for _ in range(12):
        pace.begin()
    assert tired < pace.length(9, MOST) == fresh


def test_nothing_is_guessed_after_the_end_of_an_answer():
    prompt = [1, 2, 3, 4, 0, 5, 6, 1, 2]
    assert Drafter(prompt, Pace(Costs(0.0, 0.0)), ends=[]).draft(MOST) == [3, 4, 0, 5, 6, 1, 2]
    assert Drafter(prompt, Pace(Costs(0.0, 0.0)), ends=[0]).draft(MOST) == [3, 4]
    assert Drafter(prompt, Pace(Costs(0.0, 0.0)), ends=[3]).draft(MOST) == []
    assert Drafter(prompt, Pace(Costs(0.0, 0.0)), ends=[]).draft(1) == [3]
    long = [*range(50), 0, 1]
    assert Drafter(long, Pace(Costs(0.0, 0.0)), ends=[]).draft(100) == list(range(2, 2 + MOST))


def test_a_drafter_learns_from_guesses_that_were_not_tried():
    pace = Pace(Costs(0.67, 0.47))
    drafter = Drafter([1, 2, 3] * 40, pace, ends=[])
    assert drafter.draft(MOST)
    for token in itertools.chain.from_iterable((1, 2, NEVER + n) for n in range(60)):
        drafter.said(token)
    drafter.said(1)
    drafter.said(2)
    assert drafter.draft(MOST) == []


# --- with a model ---


@pytest.fixture
def eager(monkeypatch):
    """Guesses whenever there is something to guess, whatever the kernels of this machine do."""

    def allow(self, known, cancel):
        self._pace = Pace(Costs(0.0, 0.0))
        return OUTPUTS

    monkeypatch.setattr(LlamaBackend, "allow_guesses", allow)


@pytest.fixture
def quoting(tmp_path, load):
    """Loads a model that says `TEXT` and ends."""
    path = write_tiny(tmp_path / "quoting.gguf", successor=follow(TEXT))

    def make(**settings):
        return load(path, **settings)

    return make


def plain(end):
    """What must not depend on guesses."""
    return end.reason, end.generated_tokens, end.prompt_tokens


@pytest.mark.engine
@pytest.mark.usefixtures("eager")
def test_guesses_are_counted_and_the_end_of_the_answer_is_kept(quoting):
    """All but the first token are guessed; the wrong ones after the end are not said."""
    model = quoting()
    text, end = answer(model, QUOTED)
    assert (text, end.reason, end.generated_tokens) == (TEXT, "end", len(TEXT))
    assert end.accepted == len(TEXT) - 1 < end.drafted
    again, second = answer(model, QUOTED)
    assert (again, plain(second)) == (text, plain(end))
    assert second.cached_tokens == end.prompt_tokens - 1
    assert second.accepted == end.accepted


@pytest.mark.engine
@pytest.mark.usefixtures("eager")
def test_without_lookup_or_with_chance_nothing_is_guessed(quoting):
    model = quoting()
    text, end = answer(model, QUOTED, lookup=False)
    assert (text, end.drafted, end.accepted) == (TEXT, 0, 0)
    _, end = answer(model, QUOTED, sampling=Sampling(temperature=0.7))
    assert (end.drafted, end.accepted) == (0, 0)
    assert answer(model, QUOTED)[1].drafted > 0


@pytest.mark.engine
@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("most", range(1, len(TEXT) + 2))
def test_the_most_tokens_may_lie_inside_a_draft(quoting, most):
    model = quoting()
    guessed = answer(model, QUOTED, max_tokens=most)
    alone = answer(model, QUOTED, max_tokens=most, lookup=False)
    assert (guessed[0], plain(guessed[1])) == (alone[0], plain(alone[1]))
    assert guessed[0] == TEXT[:most]
    assert guessed[1].drafted < max(most, 2)  # what nobody wants is not guessed


@pytest.mark.engine
@pytest.mark.usefixtures("eager")
def test_a_stop_text_may_lie_inside_a_draft(quoting):
    model = quoting()
    text, end = answer(model, QUOTED, stop=["s,"])
    assert (text, end.reason) == ("Ye", "stop")
    assert end.drafted > 0
    assert answer(model, QUOTED)[0] == TEXT
    assert answer(model, chat("Is it?"))[0] == TEXT  # nothing is left of what was guessed


@pytest.mark.engine
@pytest.mark.usefixtures("eager")
def test_the_context_may_end_inside_a_draft(tmp_path, load):
    """The prompt is made to end shortly before it."""
    path = write_tiny(tmp_path / "quoting.gguf", successor=follow(TEXT), context=256)
    model = load(path, context=256)
    seen = set()
    for padding in range(205, 223):
        messages = chat("w" * padding + QUOTED[0].text)
        built = model._slot._engine.prompt_tokens(Generate(messages=messages))
        if not 256 - len(TEXT) - 1 <= len(built) < 256:
            continue
        guessed, alone = answer(model, messages), answer(model, messages, lookup=False)
        assert (guessed[0], plain(guessed[1])) == (alone[0], plain(alone[1]))
        assert TEXT.startswith(guessed[0])
        seen.add((guessed[1].reason, guessed[1].drafted > 0))
    assert {("length", True), ("length", False)} <= seen


@pytest.mark.engine
@pytest.mark.usefixtures("eager")
def test_a_stop_ends_an_answer_inside_a_draft(quoting):
    model, cancel = quoting(), threading.Event()
    replies = []
    for reply in model.stream(Generate(messages=QUOTED), cancel):
        replies.append(reply)
        if isinstance(reply, Piece):
            cancel.set()
    assert replies[-1].reason == "cancelled"
    assert replies[-1].generated_tokens <= 2
    assert answer(model, QUOTED)[0] == TEXT


@pytest.mark.engine
@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_random_weights_say_the_same_with_guesses(load, tmp_path, penalty):
    """Where most guesses are wrong, also with a sampler that remembers. One token and several may
    round differently here (`together`), by far less than the scores of random weights differ.
    """
    drafted = 0
    for seed in (1, 2, 4):
        path = write_tiny(tmp_path / f"{seed}.gguf", seed=seed, context=512)
        model = load(path, device="cpu")
        for question in ("the rain in spain " * 12, "Hi"):
            wish = {"max_tokens": 150, "sampling": Sampling(repeat_penalty=penalty)}
            guessed, end = answer(model, chat(question), **wish)
            alone, without = answer(model, chat(question), lookup=False, **wish)
            assert (guessed, plain(end)) == (alone, plain(without))
            assert 0 <= end.accepted <= end.drafted
            drafted += end.drafted - end.accepted
    assert drafted > 5


@pytest.mark.engine
@pytest.mark.usefixtures("eager")
def test_an_answer_that_goes_round_is_read_many_tokens_at_a_time(load, tmp_path):
    """A cycle of four tokens: it finds itself, and the answer is that of single tokens."""
    cycle = [token_of(byte) for byte in b"\nabc"]
    successor = {**dict(itertools.pairwise(cycle)), cycle[-1]: cycle[0]}
    model = load(write_tiny(tmp_path / "cycle.gguf", successor=successor))
    text, end = answer(model, chat("?"), max_tokens=100)
    assert text == "abc\n" * 25
    assert end.accepted == end.drafted > 70


@pytest.mark.engine
@pytest.mark.parametrize("alike", [True, False])
def test_a_machine_that_reads_otherwise_together_does_not_guess(quoting, monkeypatch, alike):
    monkeypatch.setattr(drafting, "_scores", lambda _, place, __: b"" if alike else bytes([place]))
    model = quoting()
    text, end = answer(model, QUOTED)
    assert text == TEXT
    assert (end.drafted > 0) == alike
    assert model.loaded().together == (OUTPUTS if alike else 1)


@pytest.mark.engine
def test_a_machine_that_reads_otherwise_from_four_on_guesses_two_at_a_time(quoting, monkeypatch):
    """Kernels that take four tokens at once: the scores here tell how long the batch was."""
    read, lengths = Context.add_all, [0]

    def add_all(self, tokens):
        lengths.append(len(tokens))
        return read(self, tokens)

    monkeypatch.setattr(Context, "add_all", add_all)
    monkeypatch.setattr(drafting, "_scores", lambda _, place, __: bytes([lengths[-1] > 3]))
    model = quoting()
    assert model.loaded().together == 3
    lengths.clear()
    text, end = answer(model, QUOTED)
    assert text == TEXT
    assert end.accepted > 2
    assert max(lengths) == 3


@pytest.mark.engine
@pytest.mark.parametrize(("known", "guesses"), [(1, False), (2, True), (OUTPUTS, True)])
def test_what_was_measured_before_is_not_measured_again(quoting, monkeypatch, known, guesses):
    monkeypatch.setattr(drafting, "_scores", None)
    model = quoting(together=known)
    assert model.loaded().together == known
    assert (answer(model, QUOTED)[1].drafted > 0) == guesses


@pytest.mark.engine
def test_a_stop_while_it_is_measured_allows_no_guesses(quoting):
    stopped = threading.Event()
    backend = quoting()._slot._engine._backend
    stopped.set()
    assert backend.allow_guesses(-1, stopped) == 1


@pytest.mark.engine
def test_the_engine_that_is_installed_reads_several_tokens_like_one(load, starter):
    """What the set-up changes in llama.cpp's source: without it this is 1 on most processors."""
    assert load(starter).loaded().together > 1
