"""Kinds of questions: the rules and their limits."""

from __future__ import annotations

import pytest

from carrel.answering.kinds import kind_of


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hello!", "chat"),
        ("Danke, das war hilfreich", "chat"),
        ("👍", "chat"),
        ("...", "chat"),
        ("hi-vis jackets: where are they kept?", "files"),
        ("Great Britain exports", "files"),
        ('Translate "good night" into Polish', "task"),
        ("Fix the grammar: he go home", "task"),
        ("What is 12 times 12?", "task"),
        ("12 * (3 + 4)", "task"),
        ("Translate the lease into German", "files"),
        ("Explain this error: ValueError: no number", "task"),
        ("Write a bash script that counts files", "task"),
        ("Give me five names for a dog", "task"),
        ("Give me the names of the tenants", "files"),
        ("Write a story about a fox", "writing"),
        ("Write a story about my meeting notes", "files"),
        ("What is a comet?", "world"),
        ("Who composed Aida?", "world"),
        ("Why is the sea salty?", "world"),
        ("Why is the boiler leaking?", "files"),
        ("Tell me about the Thirty Years War", "world"),
        ("Tell me about the repairs", "files"),
        ("What is my blood group?", "files"),
        ("What did Marta decide?", "files"),
        ("Is it tall?", "files"),
        ("Wer erfand den Buchdruck?", "world"),
        ("Wer hat die Rechnung bezahlt?", "files"),
        ("Wo liegt Lima?", "world"),
        ("rent increase october", "files"),
        ("INV-2024-7831", "files"),
        ("Which contracts end this year?", "files"),
        ("", "chat"),
    ],
)  # fmt: skip
def test_kinds(text: str, kind: str) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    "text", ["Shorter, please", "In a table please", "Bitte auf Deutsch", "Go on"]
)
def test_words_about_the_last_answer_need_one(text: str) -> None:
    assert kind_of(text, has_history=True) == "about_answer"
    assert kind_of(text, has_history=False) != "about_answer"


def test_a_long_request_is_not_about_the_last_answer() -> None:
    text = "Explain this to somebody who has never heard of a lease and who lives in Lisbon now"
    assert kind_of(text, has_history=True) != "about_answer"


@pytest.mark.parametrize(
    "text", ["why " * 20_000, "a" * 100_000, "the " * 30_000, "write a " * 20_000]
)
def test_a_hundred_thousand_characters_are_read_in_no_time(text: str) -> None:
    import time

    begun = time.perf_counter()
    kind_of(text, has_history=True)
    assert time.perf_counter() - begun < 2.0
