"""The best sentences: exact, readable, distinct, and the right ones first."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from carrel.answering.verbatim import ENCODED, NEAR, best_sentences, near_best
from tests.core.answering.hits import BOILER, LEASE, hit, passages


class TopicEmbedder:
    """Two dimensions: how much a text is about ships, and everything else."""

    id = "topic"
    sha256 = ""
    dimensions = 2
    max_tokens = 256

    def __init__(self) -> None:
        self.encoded = 0

    def count_tokens(self, texts: list[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode_passages(self, texts: list[str]) -> NDArray[np.float32]:
        self.encoded += len(texts)
        return np.array([self.encode_query(text) for text in texts], dtype=np.float32)

    def encode_query(self, text: str) -> NDArray[np.float32]:
        about = any(word in text.casefold() for word in ("ferry", "vessel", "ship"))
        return np.array([1.0, 0.0] if about else [0.0, 1.0], dtype=np.float32)


def test_the_sentence_that_answers_comes_first_with_its_place_and_page() -> None:
    best = best_sentences("When does the landlord return the deposit?", [BOILER, LEASE])
    assert best[0].text.startswith("The landlord returns the deposit within 30 days")
    assert (best[0].document, best[0].page, best[0].passage_id) == ("/lease.pdf", 4, 101)
    at = LEASE.start
    assert LEASE.text[best[0].start - at : best[0].end - at] == best[0].text


@settings(deadline=None)  # a busy machine is no defect
@given(
    st.lists(st.text(alphabet="aB é.!?\n漢😀,", max_size=80), max_size=6).map("\n\n".join),
    st.text(max_size=40),
)
def test_quotes_are_slices_of_the_document(document: str, question: str) -> None:
    quotes = best_sentences(question, passages(document))
    assert len(quotes) <= 3
    assert len({(q.start, q.end) for q in quotes}) == len(quotes)
    for quote in quotes:
        assert document[quote.start : quote.end] == quote.text


def test_a_short_row_of_a_table_is_a_quote_and_a_running_head_is_none() -> None:
    table = (
        "THE WORKSHOP GAZETTE.\n\nPaint labor | 2 | 150 | 300\nBody supplies | | | 30\nTotal | |"
    )
    quotes = best_sentences("How much are the body supplies?", [hit(table)])
    assert quotes[0].text == "Body supplies | | | 30"
    assert {q.text for q in quotes} == {"Body supplies | | | 30", "Paint labor | 2 | 150 | 300"}


def test_quotes_far_behind_the_best_are_no_answer() -> None:
    quotes = best_sentences("When does the landlord return the deposit?", [BOILER, LEASE])
    kept = near_best(quotes)
    assert kept == [one for one in quotes if one.score >= NEAR * quotes[0].score]
    assert 0 < len(kept) < len(quotes)
    assert near_best([]) == []


def test_a_heading_or_a_fragment_is_no_quote() -> None:
    found = hit("Storage\n\nKeep it cool\n\nA rye loaf keeps for a week in a clay pot.")
    assert [q.text for q in best_sentences("storage of rye loaf", [found])] == [
        "A rye loaf keeps for a week in a clay pot."
    ]


def test_the_same_words_in_two_files_are_quoted_once_from_the_better_passage() -> None:
    text = "The gate closes at nine every evening."
    again = hit(text.replace(" ", "  "), rank=2, document="/copy.txt")
    best = best_sentences("When does the gate close?", [hit(text, document="/first.txt"), again])
    assert [q.document for q in best] == ["/first.txt"]


def test_a_question_for_a_date_prefers_a_sentence_with_one() -> None:
    found = hit("The bridge was opened by the mayor. The bridge opened again in 1954.")
    assert "1954" in best_sentences("When was the bridge opened?", [found])[0].text


def test_meaning_finds_what_words_do_not_and_encodes_only_the_leaders() -> None:
    lines = [f"Item number {n} of the list costs little money." for n in range(30)]
    crossing = hit("The vessel leaves the quay at noon each day.")
    rest = hit(" ".join(lines), rank=2, document="/list.txt")
    embedder = TopicEmbedder()
    best = best_sentences("ferry timetable", [crossing, rest], embedder)
    assert best[0].text == crossing.text
    assert embedder.encoded == 2 * ENCODED + 1  # with and without its title, and the title


def test_no_passages_no_quotes() -> None:
    assert best_sentences("anything", []) == []
    assert best_sentences("anything", [LEASE], limit=0) == []
