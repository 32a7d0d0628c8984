"""Gate A: whether the files hold what was asked, judged from the search alone, before any model.

Three bands: in the files, doubtful, not in the files. Where the embedder has a calibration
(`carrel.answering.calibration`), its score of the best sentences decides; its file says what was
measured. For any other embedder the cosine of the best passage decides, with the thresholds below,
which were measured on all-MiniLM-L6-v2 (`python tests/bench/answering.py gate`) and are a guess for
others. Without vectors the words decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from carrel.answering.calibration import Calibration, calibration_of
from carrel.answering.closeness import Closeness
from carrel.answering.rarity import Weight, content_stems, coverage, rarity
from carrel.events import Evidence, Hit, Mode

if TYPE_CHECKING:
    from carrel.answering.verbatim import Ranked
    from carrel.ports import Embedder

REFUSE = 0.36
"""Best cosine under which the files do not hold it. By itself it loses .4 % of 1,000 NQ questions
and .5 % of 201 questions with exact spans, and refuses 95 % of 1,944 questions about other corpora
and 37 % of the NQ questions whose passage was taken away from 1,000."""
UNSURE = 0.42
"""Up to here a passage must also hold WORDS_DOUBTFUL of the question's words to be worth a try."""
ACCEPT = 0.52
"""Best cosine from which the files hold it: 91 % of the NQ questions; 16 % of those without their
passage."""
MARGIN = 0.10
"""A best passage that stands out this far from the third best is trusted although its cosine is
only doubtful. (Alone, margin is the weaker sign: inside one long document all neighbours are near.)
"""
WORDS_YES = 0.60
WORDS_DOUBTFUL = 0.30
"""Without vectors: the share of the question's words (by rarity) that the best passage holds."""
LOOKED_AT = 10

_UNCALIBRATED = "Judged by cosine alone: the embedder is not calibrated."
_IDENTIFIER = re.compile(r"\b(?=\w*\d)(?=\w*[^\W\d_])\w+(?:[-./]\w+)*\b|\b\w+(?:[-_/]\w*\d\w*)+\b")
_ACRONYM = re.compile(r"\b[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ0-9&-]*[A-ZÀ-ÖØ-Þ]\b|\b[A-Z]{1,4}\d+\b")
_PLAIN_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th|s|am|pm|km|kg|cm|mm)", re.IGNORECASE)


def evidence(
    question: str,
    hits: Sequence[Hit],
    has_vectors: bool | None = None,
    idf: Weight | None = None,
    mode: Mode = "files",
    sentences: Sequence[Closeness] = (),
    calibration: Calibration | None = None,
) -> Evidence:
    """What the `hits` (best first) say about whether the files answer `question`.

    `has_vectors` None looks whether a hit has a cosine. `idf` takes a stem and returns its weight
    over the whole collection; without it rarity is counted over the hits. `mode` is copied. With
    the closeness of the best `sentences` and the embedder's `calibration` these decide, otherwise
    cosine alone.
    """
    top = list(hits[:LOOKED_AT])
    cosines = sorted((h.signals.cosine for h in hits if h.signals.cosine is not None), reverse=True)
    meant = bool(cosines) if has_vectors is None else has_vectors and bool(cosines)
    if not top:
        return _evidence("no", None, mode, "No passage of your files matches the question.")
    exact = exact_match(question, top)
    share = _word_share(question, top, idf)
    if not meant:
        return _by_words(share, exact, mode)
    if calibration is None or not sentences:
        alone = _by_meaning(cosines, share, exact, mode)
        return msgspec.structs.replace(alone, reason=f"{alone.reason} {_UNCALIBRATED}")
    judged = _by_score(calibration.score(sentences), calibration, exact, mode)
    return msgspec.structs.replace(judged, closest=round(cosines[0], 4))


def judged(
    question: str,
    hits: Sequence[Hit],
    best: Sequence[Ranked],
    embedder: Embedder | None,
    has_vectors: bool,
) -> Evidence:
    """`evidence` from the `best` sentences of the hits, with the calibration of `embedder`."""
    return evidence(
        question, hits, has_vectors,
        sentences=[one.closeness for one in best if one.closeness is not None],
        calibration=calibration_of(embedder.sha256) if embedder is not None else None,
    )  # fmt: skip


def exact_match(question: str, hits: Sequence[Hit]) -> str:
    """The first identifier or acronym of `question` that a hit holds letter for letter, else "".

    Embeddings are blind to such words ("ERR-4012", "GDPR"), so a low cosine says nothing there.
    """
    for word in identifiers(question):
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        if any(pattern.search(_all_text(hit)) for hit in hits):
            return word
    return ""


def identifiers(text: str) -> list[str]:
    """Words of letters and digits together, and acronyms (unless the whole text shouts)."""
    found = [m.group() for m in _IDENTIFIER.finditer(text)]
    if text.upper() != text or len(text.split()) == 1:
        found += [m.group() for m in _ACRONYM.finditer(text)]
    kept = [word for word in dict.fromkeys(found) if not _PLAIN_ORDINAL.fullmatch(word)]
    return [word for word in kept if not any(word != other and word in other for other in kept)]


def _all_text(hit: Hit) -> str:
    return "\n".join([hit.title, *hit.headings, hit.text])


def _word_share(question: str, hits: Sequence[Hit], idf: Weight | None) -> float:
    """The largest share of the question's words, by rarity, that one passage holds."""
    wanted = set(content_stems(question))
    units = [frozenset(content_stems(_all_text(hit))) for hit in hits]
    weight = rarity(units, idf)
    return max((coverage(wanted, unit, weight) for unit in units), default=0.0)


def _by_words(share: float, exact: str, mode: Mode) -> Evidence:
    if share >= WORDS_YES:
        return _evidence("yes", None, mode, "A passage holds nearly all words of the question.")
    if exact:
        found = "yes" if share >= WORDS_DOUBTFUL else "doubtful"
        return _evidence(found, None, mode, f"A passage holds “{exact}” exactly.")
    if share >= WORDS_DOUBTFUL:
        return _evidence("doubtful", None, mode, "A passage holds some words of the question.")
    return _evidence("no", None, mode, "No passage holds the words that matter in the question.")


def _by_score(score: float, calibration: Calibration, exact: str, mode: Mode) -> Evidence:
    if score >= calibration.accept:
        judged = _evidence("yes", None, mode, "A sentence of your files seems to answer it.")
    elif exact:
        found = "yes" if score >= calibration.refuse else "doubtful"
        judged = _evidence(found, None, mode, f"A passage holds “{exact}” exactly.")
    elif score >= calibration.refuse:
        judged = _evidence("doubtful", None, mode, "The closest sentences may not answer it.")
    else:
        judged = _evidence("no", None, mode, "No sentence comes close to answering it.")
    return msgspec.structs.replace(judged, score=round(score, 4))


def _by_meaning(cosines: Sequence[float], share: float, exact: str, mode: Mode) -> Evidence:
    best = cosines[0]
    margin = best - cosines[2] if len(cosines) > 2 else 0.0
    refuse = UNSURE if share < WORDS_DOUBTFUL else REFUSE
    if best >= ACCEPT:
        return _evidence("yes", best, mode, "A passage is close in meaning to the question.")
    if best < refuse and not exact:
        return _evidence("no", best, mode, "No passage is close in meaning to the question.")
    if exact:
        found = "yes" if best >= refuse else "doubtful"
        return _evidence(found, best, mode, f"A passage holds “{exact}” exactly.")
    if margin >= MARGIN:
        return _evidence("yes", best, mode, "One passage stands out as close to the question.")
    return _evidence("doubtful", best, mode, "The closest passages may not answer the question.")


def _evidence(found: str, closest: float | None, mode: Mode, reason: str) -> Evidence:
    rounded = None if closest is None else round(closest, 4)
    return Evidence(found=found, closest=rounded, mode=mode, reason=reason)  # type: ignore[arg-type]
