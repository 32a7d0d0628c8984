"""The samples for the starter adapter: what is answered is shown, what is declined is not."""

import random

import numpy as np
import pytest

from carrel.answering import prompt
from tests.bench import reading_samples

NAMES = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel")


def rows():
    """Eight passages of five sentences, which are asked for the year or for the place."""
    for number, name in enumerate(NAMES):
        text = (
            f"The {name} society has a long history of meetings. It was founded in {1800 + number} "
            f"by two friends. Its members meet in Port {name}ville every spring. They publish a "
            f"small paper about trees and gardens. Nobody knows who wrote the first issue of it."
        )
        asked = (
            (f"when was it founded ({name})", str(1800 + number)),
            (f"where do its members meet ({name})", f"Port {name}ville"),
        )
        question, answer = asked[number % 2]
        yield {"question": question, "answers": [answer], "title": name, "text": text}


@pytest.fixture
def samples(monkeypatch):
    def near(some):
        each = np.arange(len(some))
        return np.stack([np.roll(each, -at)[1:] for at in each])

    monkeypatch.setattr(reading_samples, "neighbours", near)
    chance = random.Random(3)
    return [one for _ in range(6) for one in reading_samples.contrasts(list(rows()), chance)]


def answers_to(text):
    """The answers of the question at the end of a prompt."""
    asked = text.rpartition("Question: ")[2].rstrip("?").casefold()
    return next(row["answers"] for row in rows() if row["question"].casefold() == asked)


def test_what_is_answered_stands_in_the_passage_that_is_named(samples):
    answered = [(m[-1].text, said) for m, said in samples if said != prompt.NOT_FOUND]
    assert len(answered) > 30
    for text, said in answered:
        number, _, words = said.partition("] ")
        passage = text.partition(f"Passage {number[1:]} (")[2].partition("\n\n")[0]
        assert words.rstrip(".") in passage
        assert words.rstrip(".") in answers_to(text)


def test_what_is_declined_stands_nowhere(samples):
    declined = [m[-1].text for m, said in samples if said == prompt.NOT_FOUND]
    with_passages = [text for text in declined if text.startswith("Passage 1")]
    assert len(with_passages) > 20
    assert len(with_passages) < len(declined)  # and some are asked without any passage
    for text in with_passages:
        assert not any(answer in text.partition("Question: ")[0] for answer in answers_to(text))


def test_each_question_is_answered_and_declined(samples):
    for row in rows():
        own = [said for m, said in samples if f"({row['title']})" in m[-1].text[-30:]]
        declined = [said for said in own if said == prompt.NOT_FOUND]
        assert 0.2 < len(declined) / len(own) < 0.8


def test_the_length_of_a_passage_does_not_tell(samples):
    alone = [(m[-1].text, said) for m, said in samples if "Passage 2" not in m[-1].text]
    lengths = {
        declined: [
            len(text.split()) for text, said in alone
            if text.startswith("Passage") and (said == prompt.NOT_FOUND) is declined
        ]
        for declined in (True, False)
    }  # fmt: skip
    assert 0.7 < np.mean(lengths[True]) / np.mean(lengths[False]) < 1.3
