"""Drafts questions from sentences of the user's files, by rule, without a model.

A sentence with a number, a date or a name gives one question: with a question word where one of a
few forms of English fits ("The rent is 1,450" -> "What is the rent?"), else with a gap. They are
drafts: some are clumsy, some have other right answers too, so a person confirms them.

Questions without an answer are made from the same ones: of another collection, where its answer
stands nowhere in this one; or with a name put in place of another, where no sentence holds it
together with the other rare words of the question. They may still be answerable by luck.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from carrel.answering.facts import Fact, capitalizes_nouns, facts
from carrel.answering.rarity import content_stems
from carrel.errors import UserError
from carrel.lab.questions import Kind, Question
from carrel.lab.texts import numbers, words
from carrel.sentences import sentences
from carrel.store import listing

if TYPE_CHECKING:
    from carrel.compose import Core

SHORTEST, LONGEST = 5, 32  # words of a sentence that is asked about
UNANSWERABLE = 0.2
"""The share of questions without an answer, where that many can be made."""
MOST_DOCUMENTS = 300
GAP = "____"

_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = (
    rf"(?:\d{{1,2}} (?:{_MONTH})(?: \d{{4}})?|(?:{_MONTH}) \d{{4}}"
    rf"|(?:{_MONTH}) \d{{1,2}}(?!\d)(?:, \d{{4}})?)"
)
_CALENDAR = rf"\b(?:{_MONTH}|\w+day)\b"
_NUMBER = r"\d[\d,.]*(?: per cent| ?%)?"
_SUBJECT = r"(?P<subject>(?:The|Our|Its|His|Her|Their|This) [\w'’-]+(?: [\w'’-]+){0,6}?)"
_WHEN = re.compile(
    rf"^{_SUBJECT} (?P<verb>is|are|was|were) (?P<rest>\w+(?:ed|en|t)\b[^.;:]*?) (?:on|by) "
    rf"(?P<answer>{_DATE})\b"
)
_WHAT = re.compile(
    rf"^{_SUBJECT} (?P<verb>is|are|was|were) (?P<answer>{_NUMBER})(?P<rest>(?: a \w+)?)(?=[,.;])"
)
_COST = re.compile(rf"^{_SUBJECT} (?P<verb>costs?|weighs?|takes?) (?P<answer>{_NUMBER})")
_HOW_MUCH = {"cost": "How much", "weigh": "How much", "take": "How much"}
_SPACE = re.compile(r"\s+")


class _Sentence(NamedTuple):
    """A sentence on one line, with its document."""

    document: str
    text: str


def draft(core: Core, collection: str, count: int) -> list[Question]:
    """At most `count` drafts over the documents of a collection ("" takes all), spread over them,
    the same each time. Raises UserError when nothing can be asked."""
    chance = random.Random(0)
    by_document = [found for path in _paths(core, collection)
                   if (found := _sentences(core, path))]  # fmt: skip
    if not by_document:
        raise UserError(
            "There are no sentences to ask about.", "Add documents with text: carrel add FOLDER.",
            "no_files",
        )  # fmt: skip
    made = _asked(by_document, chance)
    gone_wanted = round(count * UNANSWERABLE)
    every = [one for found in by_document for one in found]
    gone = _others(core, collection, every, gone_wanted, chance) if collection else []
    gone += _swapped(made, every, gone_wanted - len(gone), chance)
    kept = made[: count - len(gone)]
    if not kept:
        raise UserError(
            "No sentence has a number, a date or a name to ask for.",
            "Write the questions yourself: a CSV file with question and answer.", "no_facts",
        )  # fmt: skip
    return [
        msgspec.structs.replace(one, id=f"draft-{number}", collection=collection, confirmed=False)
        for number, one in enumerate([*kept, *gone], 1)
    ]


def question_of(
    sentence: str, document: str, chance: random.Random, names: bool
) -> Question | None:
    """The question that one sentence gives, None when it has nothing to ask for. `names` tells
    whether capitals mean names in this document."""
    by_word = _by_word(sentence)
    if by_word is not None:
        asked, answer = by_word
    else:
        spans = _answers(sentence, names)
        if not spans:
            return None
        start, end = chance.choice(spans)
        answer = sentence[start:end]
        asked = f"What belongs in the gap? “{sentence[:start]}{GAP}{sentence[end:]}”"
    kind: Kind = "number" if numbers(answer) and re.fullmatch(_NUMBER, answer) else "text"
    return Question(
        id="", question=asked, answers=[answer], kind=kind, document=document, source=sentence
    )


def _by_word(sentence: str) -> tuple[str, str] | None:
    """A question with a question word and its answer, where a form fits."""
    if found := _WHEN.match(sentence):
        rest = found["rest"]
        return f"When {found['verb']} {_lower(found['subject'])} {rest}?", found["answer"]
    if found := _WHAT.match(sentence):
        asked = f"What {found['verb']} {_lower(found['subject'])}{found['rest']}?"
        return asked, found["answer"].rstrip(".,")
    if found := _COST.match(sentence):
        verb = found["verb"].rstrip("s")
        does = "does" if found["verb"].endswith("s") else "do"
        asked = f"{_HOW_MUCH[verb]} {does} {_lower(found['subject'])} {verb}?"
        return asked, found["answer"].rstrip(".,")
    return None


def _answers(sentence: str, names: bool) -> list[tuple[int, int]]:
    """Spans worth a gap: dates whole, numbers with their decimals, names of several words whole."""
    dates = [found.span() for found in re.finditer(_DATE, sentence)]
    spans = list(dates)
    for fact in _joined(sentence, facts(sentence)):
        inside = any(start <= fact[0] < end for start, end in dates)
        if inside or (not names and not sentence[fact[0]].isdigit()):
            continue
        if not _is_whole(sentence, *fact):
            continue
        spans.append(fact)
    return sorted(spans)


def _is_whole(sentence: str, start: int, end: int) -> bool:
    """Whether the span is no part of something longer, as in °C or TM-40."""
    before, after = sentence[start - 1 : start], sentence[end : end + 1]
    return (not before or before in " (“„«\"'") and (not after or after in " .,;:!?)”“»\"'’%")


def _joined(sentence: str, found: Sequence[Fact]) -> Iterator[tuple[int, int]]:
    """Facts as spans; names that follow each other are one, words of numbers are left out."""
    start, end = -1, -1
    for fact in found:
        if fact.kind == "number":
            if sentence[fact.start].isdigit():
                yield fact.start, fact.end
            continue
        if start >= 0 and sentence[end : fact.start] == " ":
            end = fact.end
            continue
        if start >= 0:
            yield start, end
        start, end = fact.start, fact.end
    if start >= 0:
        yield start, end


def _asked(by_document: Sequence[Sequence[_Sentence]], chance: random.Random) -> list[Question]:
    """A question per sentence that gives one, each document in turn, no question twice."""
    queues: list[list[Question]] = []
    for found in by_document:
        names = not capitalizes_nouns(one.text for one in found)
        made = [q for one in found if (q := question_of(one.text, one.document, chance, names))]
        chance.shuffle(made)
        made.sort(key=lambda one: GAP in one.question)  # those with a question word first
        queues.append(made)
    turns = max((len(queue) for queue in queues), default=0)
    spread = [queue[turn] for turn in range(turns) for queue in queues if turn < len(queue)]
    return list({one.question: one for one in spread}.values())


def _others(
    core: Core, collection: str, here: Sequence[_Sentence], count: int, chance: random.Random
) -> list[Question]:
    """Questions about documents that are not in this collection, whose answer it does not hold."""
    inside = set(_paths(core, collection))
    outside = [path for path in _paths(core, "") if path not in inside]
    by_document = [found for path in outside if (found := _sentences(core, path))]
    text = f" {' '.join(word for one in here for word in words(one.text))} "
    made: list[Question] = []
    for one in _asked(by_document, chance):
        if len(made) >= count:
            break
        if f" {' '.join(words(one.answers[0]))} " not in text:
            made.append(_unanswerable(one, one.question, f"stands in {one.document} only"))
    return made


def _swapped(
    made: Sequence[Question], every: Sequence[_Sentence], count: int, chance: random.Random
) -> list[Question]:
    """Questions in which a name gave way to another that stands in no sentence with its words."""
    names = Counter(
        one.text[start:end] for one in every
        for start, end in _joined(one.text, [f for f in facts(one.text) if f.kind == "name"])
    )  # fmt: skip
    pool = [name for name, _ in names.most_common(200)
            if len(name) > 2 and not re.search(_CALENDAR, name)]  # fmt: skip
    stems = [frozenset(content_stems(one.text)) for one in every]
    found: list[Question] = []
    for one in made:
        if len(found) >= count or not pool:
            break
        inside = [name for name in pool if re.search(rf"\b{re.escape(name)}\b", one.question)]
        if not inside:
            continue
        name = max(inside, key=len)
        alike = [one for one in pool if one.count(" ") == name.count(" ")]
        other = chance.choice(alike)
        asked = re.sub(rf"\b{re.escape(name)}\b", other, one.question)
        rest = set(content_stems(asked)) - set(content_stems(other))
        mixed = set(content_stems(other))
        together = any(mixed & held and len(rest & held) > 1 for held in stems)
        if other not in one.question and other not in one.answers[0] and not together:
            note = f"{other} in place of {name}; no sentence holds it with the question's words"
            found.append(_unanswerable(one, asked, note))
    return found


def _unanswerable(one: Question, asked: str, how: str) -> Question:
    return msgspec.structs.replace(
        one, question=asked, answers=[], kind="text", answerable=False, document="",
        source=f"{one.source} ({how})",
    )  # fmt: skip


def _paths(core: Core, collection: str) -> list[str]:
    core.library.require([collection] if collection else [])
    found, _ = listing.documents(
        core.library.database, collection=collection, status="readable", limit=MOST_DOCUMENTS
    )
    return [row.path for row in found]


def _sentences(core: Core, path: str) -> list[_Sentence]:
    """Whole sentences of a document that can stand alone, without rows of tables and headings."""
    text, _ = core.library.catalogue.text(path)
    lines = (_SPACE.sub(" ", text[a:b].replace("\u00ad", "")).strip() for a, b in sentences(text))
    return [_Sentence(path, line) for line in lines if _stands_alone(line)]


def _stands_alone(line: str) -> bool:
    count = len(line.split())
    return (
        SHORTEST <= count <= LONGEST and line[-1] in ".!。" and line[0].isupper()
        and "|" not in line and not line.isupper()
    )  # fmt: skip


def _lower(subject: str) -> str:
    return subject[0].lower() + subject[1:]
