"""Citations: exact quotes, honest marks, and the labelled cases."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.answering.citations import attach
from carrel.answering.support import THRESHOLD
from tests.core.answering.hits import BOILER, LEASE, hit, passages

CASES = Path(__file__).parents[2] / "data" / "citations.jsonl"


def test_supported_sentences_are_cited_in_order_of_appearance() -> None:
    answer = "E17 means the flame sensor is dirty. The landlord returns the deposit within 30 days."
    checked = attach(answer, [LEASE, BOILER])
    assert [(c.n, c.document, c.page) for c in checked.citations] == [
        (1, "/boiler.pdf", 12),
        (2, "/lease.pdf", 4),
    ]
    assert checked.unsupported == []
    for citation in checked.citations:
        source = LEASE if citation.document == "/lease.pdf" else BOILER
        at = source.start
        assert source.text[citation.start - at : citation.end - at] == citation.quote
        assert THRESHOLD <= citation.support <= 1
    second = checked.citations[1]
    assert answer[second.answer_start : second.answer_end].startswith("The landlord")


def test_one_quote_keeps_its_number() -> None:
    answer = "The flame sensor is dirty. So, fault E17 means that the flame sensor is dirty."
    assert [c.n for c in attach(answer, [BOILER]).citations] == [1, 1]


def test_a_wrong_number_makes_the_sentence_unsupported() -> None:
    answer = "The landlord returns the deposit within 45 days. The deposit is 1200 euros."
    checked = attach(answer, [LEASE])
    assert checked.unsupported == [(0, 48)]
    assert [answer[c.answer_start : c.answer_end] for c in checked.citations] == [
        "The deposit is 1200 euros."
    ]


def test_a_name_that_occurs_nowhere_is_marked_by_itself() -> None:
    copied = LEASE.text.split(". ")[1]
    checked = attach(f"{copied} in New Lisbon.", [LEASE])
    assert [checked.answer[start:end] for start, end in checked.unsupported] == ["New Lisbon"]
    assert len(checked.citations) == 1


def test_a_sentence_that_hangs_on_an_unknown_name_is_unsupported() -> None:
    answer = "The deposit is held by Jane Doe."
    assert attach(answer, [LEASE]).unsupported == [(0, len(answer))]


def test_the_question_decides_between_passages_that_both_hold_a_short_answer() -> None:
    hits = [
        hit("The mill was sold in 1954.", document="/mill"),
        hit("The bridge was opened in 1954.", rank=2, document="/bridge"),
    ]
    for subject in ("mill", "bridge"):
        checked = attach("In 1954.", hits, question=f"When was the {subject} there?")
        assert [c.document for c in checked.citations] == [f"/{subject}"]


def test_the_opposite_is_not_supported() -> None:
    assert attach("Ordinary wear is deducted.", [LEASE]).citations == []
    assert len(attach("Ordinary wear is not deducted.", [LEASE]).citations) == 1


def test_forbidden_is_the_opposite_of_allowed() -> None:
    text = "Boats are checked first. Rowing is forbidden when the river stands above 2.4 metres."
    said = "Rowing is {} when the river stands above 2.4 metres."
    assert attach(said.format("allowed"), [hit(text)]).citations == []
    assert len(attach(said.format("not allowed"), [hit(text)]).citations) == 1


def test_list_marks_are_no_claims_and_refusals_are_not_marked() -> None:
    answer = "7. The flame sensor is dirty.\nThe passages do not mention the price."
    checked = attach(answer, [BOILER])
    assert checked.unsupported == []
    assert [c.answer_start for c in checked.citations] == [3]


def test_without_passages_everything_is_unsupported() -> None:
    assert attach("It is so.", []).unsupported == [(0, 9)]
    assert attach("", [LEASE]).unsupported == []


@settings(deadline=None)  # a busy machine is no defect
@given(
    document=st.lists(st.text(alphabet="abé. !?\n漢😀9", max_size=60), max_size=5).map("\n\n".join),
    answer=st.text(alphabet="abé. !?\n漢😀9", max_size=120),
)
def test_offsets_are_exact_for_any_text(document: str, answer: str) -> None:
    checked = attach(answer, passages(document))
    for c in checked.citations:
        assert document[c.start : c.end] == c.quote
        assert 0 <= c.answer_start < c.answer_end <= len(answer)
    for start, end in checked.unsupported:
        assert 0 <= start < end <= len(answer)
    numbers = list(dict.fromkeys(c.n for c in checked.citations))
    assert numbers == list(range(1, len(numbers) + 1))


@settings(deadline=None)  # a busy machine is no defect
@given(
    st.permutations(
        ["amber", "birch", "cedar", "dune", "ember", "fjord", "grove", "heath", "inlet", "juniper"]
    )
)
def test_a_copied_sentence_is_cited_as_itself(said: list[str]) -> None:
    text = f"See {' '.join(said[:5])}. Take {' '.join(said[5:])}."
    checked = attach(text, [hit(text)])
    assert checked.unsupported == []
    for n, citation in enumerate(checked.citations, 1):
        assert citation.quote == text[citation.answer_start : citation.answer_end]
        assert (citation.n, citation.support) == (n, 1.0)
    assert len(checked.citations) == 2


def test_the_labelled_cases_words_only() -> None:
    """A regression line: tests/bench/answering.py measures the same with the embedder."""
    shown: Counter[bool] = Counter()
    right: Counter[bool] = Counter()
    total: Counter[bool] = Counter()
    numbers_kept = []
    for line in CASES.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        hits = [
            hit(p["text"], rank=rank, title=p["title"], headings=p["headings"], document=f"/{rank}")
            for rank, p in enumerate(row["passages"], 1)
        ]
        for case in row["cases"]:
            checked = attach(case["answer"], hits)
            supported = bool(checked.citations) and not checked.unsupported
            total[case["supported"]] += 1
            right[case["supported"]] += supported == case["supported"]
            shown[case["supported"]] += supported
            if supported and case["kind"] == "number" and any(map(str.isdigit, case["answer"])):
                numbers_kept.append(case["answer"])
    assert total == {True: 166, False: 190}
    assert right[False] >= 179
    assert right[True] >= 98
    assert shown[True] / shown.total() >= 0.9  # the promise for citations that are shown
    assert numbers_kept == []  # a number that the passages lack is always marked


def test_words_of_two_quotes_mixed_in_one_clause_make_no_fact() -> None:
    text = "Bicycles travel free of charge. Dogs must be kept on a lead from April to July."
    assert attach("Dogs travel free of charge.", [hit(text)]).citations == []
    joined = "Bicycles travel free of charge, and dogs must be kept on a lead."
    assert len(attach(joined, [hit(text)]).citations) == 2


def test_a_number_of_another_sentence_does_not_support() -> None:
    text = "The river drove the mill until 1846. A fire destroyed the upper floor in 1871."
    assert attach("A fire destroyed the upper floor in 1846.", [hit(text)]).citations == []
    assert len(attach("A fire destroyed the upper floor in 1871.", [hit(text)]).citations) == 1
