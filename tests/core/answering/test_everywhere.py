"""Which questions are about all documents."""

import pytest

from carrel.answering.everywhere import asked_of_each, asks_every_document


@pytest.mark.parametrize(
    "question",
    [
        "How many contracts mention a penalty?", "How many of the files are about boats?",
        "List all suppliers", "list every deadline in my notes", "Show me all clauses on heating",
        "Which of these papers use retrieval?", "Which documents mention Lisbon?",
        "What files talk about rent?", "Which reports were written in 2024?",
        "Is there a notice period in all of the leases?", "What does each contract say on rent?",
        "Welche Verträge nennen eine Frist?", "Combien de factures sont impayées ?",
        "¿Cuántas facturas hay?",
    ],
)  # fmt: skip
def test_asks_every_document(question):
    assert asks_every_document(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who pays for the boiler?", "How many hours of notice does the lease demand?",
        "What is this document about?", "Summarize the lease.", "Which city is the office in?",
        "How much may a hotel cost?", "When was the contract signed?", "Thanks, that is all",
        "What does the report say about Lisbon?",
    ],
)  # fmt: skip
def test_asks_for_one_thing(question):
    assert not asks_every_document(question)


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Which documents talk about table structure?", "table structure?"),
        ("How many of my contracts mention a penalty?", "a penalty?"),
        ("List all reports that are about boats", "boats"),
        ("Who pays for the boiler?", "Who pays for the boiler?"),
        ("Which documents mention ", "Which documents mention "),
    ],
)
def test_each_document_is_asked_for_the_thing_itself(question, asked):
    assert asked_of_each(question) == asked
