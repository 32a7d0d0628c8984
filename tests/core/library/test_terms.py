"""Keyed terms: equal words give equal terms, other keys give others, and no word can be read."""

import threading

import pytest

from carrel.library.terms import ABOVE_COUNT, TermHasher

KEY = b"k" * 32


@pytest.fixture
def hasher():
    return TermHasher(KEY)


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("Running runs", ["run", "run"]),
        ("Café ÜBER naïve", ["cafe", "uber", "naiv"]),
        ("3.14 and 1,234,567 or 1234567", ["3.14", "and", "1234567", "or", "1234567"]),
        ("12.05.2024", ["12.05.2024", "12", "05", "2024"]),
        ("the U.S.A. and USA", ["the", "usa", "and", "usa"]),
        ("don’t don't", ["don't", "don't"]),
        ("llama_set_n GPT-4", ["llama", "set", "n", "gpt", "4"]),
        ("東京都です", ["東京", "京都", "都で", "です"]),
        ("한국어", ["한국", "국어"]),
        ("字", ["字"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("１２ ﬁne", ["12", "fine"]),
        ("", []),
        ("—!?", []),
    ],
)
def test_stems_of_every_script(hasher, text, stems):
    assert hasher.stems(text) == stems


def test_a_sign_that_is_a_phrase_is_found_by_it_and_does_not_blow_up(hasher):
    phrase = "صلى الله عليه وسلم"
    assert hasher.stems("ﷺ") == hasher.stems(phrase)
    assert len(hasher.of_passage("", "ﷺ" * 10_000)) == 8


def test_equal_words_give_equal_terms_and_the_key_decides(hasher):
    one, two = hasher.of_passage("", "Leases lease").split()
    assert one == two
    assert TermHasher(b"other").of_passage("", "lease") != one
    assert TermHasher(KEY).of_passage("", "lease") == one


def test_terms_are_eight_signs_of_base32_and_not_the_word(hasher):
    terms = hasher.of_passage("Title > Heading", "The secret password is xylophone")
    assert all(len(term) == 8 and set(term) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
               for term in terms.split())  # fmt: skip
    assert "xylophone" not in terms.lower()
    assert len(terms.split()) == 2 * ABOVE_COUNT + 5


def test_a_question_loses_its_stop_words_and_repetitions(hasher):
    assert hasher.of_query("What is the rent of the rent?") == hasher.of_passage("", "rent")
    assert len(hasher.of_query("who is it").split()) == 3, "all that a question has is kept"
    assert hasher.of_query("?!") == ""


def test_a_question_meets_its_passage_in_every_script(hasher):
    for question, passage in [
        ("東京", "これは東京です"),
        ("cafe", "Le Café"),
        ("leases", "the lease"),
    ]:
        assert set(hasher.of_query(question).split()) <= set(hasher.of_passage("", passage).split())


def test_stems_can_leave_out_stop_words(hasher):
    assert hasher.stems("What is the rent", stop_words=False) == ["rent"]


def test_another_language_stems_its_own_way():
    german = TermHasher(KEY, "german")
    assert german.stems("Kündigungen") == german.stems("Kündigung")


def test_threads_may_share_a_hasher(hasher):
    text = " ".join(f"word{i}s running{i}" for i in range(3000))
    expected = TermHasher(KEY).of_passage("", text)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(hasher.of_passage("", text))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_what_stands_above_a_passage_counts_more_than_what_it_mentions(hasher):
    above, inside = hasher.of_passage("Leases", "mill").split(), hasher.of_query("lease mill")
    lease, mill = inside.split()
    assert (above.count(lease), above.count(mill)) == (ABOVE_COUNT, 1)
    assert ABOVE_COUNT > 1
