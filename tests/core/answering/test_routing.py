"""Routing and labels."""

from __future__ import annotations

import pytest

from carrel.answering.routing import origin_and_verdict, route
from carrel.events import Citation, Evidence, Mode


def seen(found: str) -> Evidence:
    return Evidence(found=found, closest=0.5, mode="auto", reason=".")  # type: ignore[arg-type]


CITATION = Citation(
    n=1, passage_id=1, document="/d", page=None, quote="q", start=0, end=1,
    answer_start=0, answer_end=1, support=0.9,
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "mode"),
    [
        ("Hello!", "model"),
        ("thanks a lot for your help", "model"),
        ("Good morning, how are you?", "model"),
        ("Write me a short poem about autumn", "model"),
        ("tell me a joke", "model"),
        ("Write a poem about my lease document", "files"),
        ("What is the tallest mountain?", "both"),
        ("Hello, when is the rent due?", "files"),
        ("hi-vis jackets: where are they kept?", "files"),
        ("What is the notice period?", "files"),
        ("Write a summary of the report", "files"),
        ("Can you tell me how to descale the boiler?", "files"),
        ("Great Britain exports", "files"),
    ],
)
def test_auto(question: str, mode: Mode) -> None:
    assert route(question, "auto", seen("doubtful")) == mode


@pytest.mark.parametrize("mode", ["files", "model", "both"])
def test_a_chosen_mode_stands(mode: Mode) -> None:
    assert route("hello", mode, None, True, False) == mode


def test_without_files_the_model_answers() -> None:
    assert route("What is the notice period?", "auto", None, has_files=False) == "model"


def test_requests_about_the_last_answer_need_a_conversation() -> None:
    assert route("Shorter, please", "auto", None, has_history=True) == "model"
    assert route("Translate that to French", "auto", seen("no"), has_history=True) == "model"
    assert route("Translate that to French", "auto", seen("no")) == "files"


@pytest.mark.parametrize(
    ("found", "mode"), [("yes", "files"), ("doubtful", "both"), ("no", "model")]
)
def test_evidence_decides_who_answers_a_question_about_the_world(found: str, mode: Mode) -> None:
    assert route("Who invented the telephone?", "auto", seen(found)) == mode


def test_evidence_does_not_make_a_poem_or_a_greeting_a_question_to_the_files() -> None:
    assert route("Write me a poem about autumn", "auto", seen("yes")) == "model"
    assert route("Hello!", "auto", seen("yes")) == "model"


def test_what_is_asked_about_the_files_is_never_left_to_the_model() -> None:
    for found in ("yes", "doubtful", "no"):
        assert route("What is my notice period?", "auto", seen(found)) == "files"


@pytest.mark.parametrize(
    ("mode", "cited", "unsupported", "expected"),
    [
        ("files", True, False, ("files", "answered")),
        ("files", True, True, ("files", "answered")),
        ("files", False, True, ("none", "not_found")),
        ("model", False, False, ("model", "from_model")),
        ("both", True, False, ("files", "answered")),
        ("both", True, True, ("both", "answered")),
        ("both", False, True, ("model", "from_model")),
    ],
)
def test_labels(mode: Mode, cited: bool, unsupported: bool, expected: tuple[str, str]) -> None:
    citations = [CITATION] if cited else []
    spans = [(0, 4)] if unsupported else []
    assert origin_and_verdict(mode, citations, answer="Text", unsupported=spans) == expected


@pytest.mark.parametrize("mode", ["files", "model", "both"])
def test_a_refusal_or_an_empty_answer_is_not_found(mode: Mode) -> None:
    assert origin_and_verdict(mode, [CITATION], answer="x", refused=True) == ("none", "not_found")
    assert origin_and_verdict(mode, [], answer=" \n") == ("none", "not_found")
