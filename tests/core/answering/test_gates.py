"""Gate A: found, doubtful, not found, from cosines, words and exact identifiers."""

from __future__ import annotations

import pytest

from carrel.answering.calibration import Calibration, Weights
from carrel.answering.closeness import Closeness
from carrel.answering.gates import ACCEPT, REFUSE, evidence, exact_match, identifiers
from tests.core.answering.hits import BOILER, LEASE, hit


def near(*cosines: float, text: str = "Rye bread keeps for a week in a clay pot.") -> list:
    return [hit(text, rank=rank, cosine=value) for rank, value in enumerate(cosines, 1)]


@pytest.mark.parametrize(
    ("cosines", "found"),
    [
        ((ACCEPT + 0.01,), "yes"),
        ((0.48, 0.47, 0.46), "doubtful"),
        ((0.48, 0.30, 0.20), "yes"),
        ((REFUSE - 0.01, 0.1, 0.1), "no"),
    ],
)
def test_cosine_and_margin_decide(cosines: tuple[float, ...], found: str) -> None:
    judged = evidence("How long does rye bread keep?", near(*cosines))
    assert judged.found == found
    assert judged.closest == pytest.approx(cosines[0])
    assert judged.reason.endswith(".")


CALIBRATION = Calibration(
    embedder="some", sha256="0", refuse=0.3, accept=0.7,
    weights=Weights(passage=5.0, beyond=5.0, words=1.0, rest=1.0, constant=-6.0), measured={},
)  # fmt: skip


@pytest.mark.parametrize(("beyond", "found"), [(0.7, "yes"), (0.3, "doubtful"), (0.0, "no")])
def test_with_a_calibration_the_best_sentence_decides(beyond: float, found: str) -> None:
    other = Closeness(passage=0.6, beyond=-0.5, words=0.2, rest=0.0)
    best = Closeness(passage=0.6, beyond=beyond, words=0.8, rest=0.5)
    judged = evidence(
        "How long does rye bread keep?", near(0.6), sentences=[other, best],
        calibration=CALIBRATION,
    )  # fmt: skip
    assert judged.found == found
    assert judged.closest == pytest.approx(0.6)
    assert judged.score == pytest.approx(CALIBRATION.score([best]), abs=1e-4)
    assert judged.reason.endswith(".")


def test_without_a_calibration_cosine_decides_and_there_is_no_score() -> None:
    high = Closeness(passage=0.9, beyond=0.9, words=1.0, rest=1.0)
    judged = evidence("How long does rye bread keep?", near(REFUSE - 0.1), sentences=[high])
    assert (judged.found, judged.score) == ("no", None)
    assert "not calibrated" in judged.reason


def test_a_calibrated_refusal_is_doubtful_where_an_identifier_stands_exactly() -> None:
    far = [Closeness(passage=0.1, beyond=0.0, words=0.2, rest=0.0)]
    low = [hit(BOILER.text, cosine=0.12)]
    asked = ("What does E17 mean?", "What does E18 mean?")
    found = [evidence(one, low, sentences=far, calibration=CALIBRATION).found for one in asked]
    assert found == ["doubtful", "no"]


def test_just_above_refusal_the_words_must_match_too() -> None:
    assert evidence("How long does rye bread keep?", near(0.40, 0.39, 0.38)).found == "doubtful"
    assert evidence("Which planets have rings?", near(0.40, 0.39, 0.38)).found == "no"


def test_no_hits_is_not_found() -> None:
    judged = evidence("anything", [])
    assert (judged.found, judged.closest) == ("no", None)


def test_words_alone_decide_where_there_are_no_vectors() -> None:
    plain = [hit(LEASE.text, title=LEASE.title), hit(BOILER.text, rank=2)]
    assert evidence("when is the deposit returned by the landlord", plain, False).found == "yes"
    assert evidence("which galaxies collide with Andromeda", plain, False).found == "no"
    assert evidence("deposit insurance of Danish banks", plain, False).found != "yes"


def test_cosines_are_not_used_when_vectors_are_said_to_be_missing() -> None:
    assert evidence("Which planets have rings?", near(0.9), has_vectors=False).closest is None


def test_an_exact_identifier_is_not_refused_for_a_low_cosine() -> None:
    low = [hit(BOILER.text, cosine=0.12)]
    assert evidence("What does E17 mean?", low).found == "doubtful"
    assert evidence("What does E18 mean?", low).found == "no"


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("what is ERR-4012", ["ERR-4012"]),
        ("Does the GDPR apply to B2B mail?", ["B2B", "GDPR"]),
        ("who won the 2nd game at 5pm", []),
        ("WHERE IS THE KEY", []),
        ("how many in 1987", []),
    ],
)
def test_identifiers(question: str, found: list[str]) -> None:
    assert identifiers(question) == found


def test_exact_match_wants_the_whole_word() -> None:
    assert exact_match("error E1?", [BOILER]) == ""
    assert exact_match("error E17?", [BOILER]) == "E17"


def test_the_mode_is_copied_and_idf_is_used() -> None:
    judged = evidence(
        "deposit zebra", [LEASE], False, idf=lambda s: float(s == "deposit"), mode="both"
    )
    assert (judged.mode, judged.found) == ("both", "yes")
