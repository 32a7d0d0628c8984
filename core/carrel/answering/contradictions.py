"""Finds a sentence that says the words of a quote and means something else: the opposite of what
is denied there, "all" or "only" where the quote does not say so, or another order of events.

Words in six languages; a rule that does not know a language finds nothing there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from carrel.answering.rarity import content_stems

NEGATION = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|cannot|nobody|nothing|forbidden|forbids?|"
    r"prohibited|prohibits?|banned|nicht|kein\w*|niemals|ohne|niemand|verboten|pas|jamais|sans|"
    r"aucune?|interdite?s?|nunca|ning[uú]na?|prohibid[oa]s?|niet|geen|nooit|não|non(?!-)|senza)\b|"
    r"n['’]t\b",
    re.IGNORECASE,
)
_DENIALS = re.compile(rf"{NEGATION.pattern}|\bn['’]|\bne\b", re.IGNORECASE)
_OR = r",\s*(?:(?:or|nor)\s+)?|\s+(?:or|nor|oder|ou|ni)\s+"
_DENIED = re.compile(
    rf"(?:{NEGATION.pattern})((?:\s+(?!(?:or|nor|oder|ou|ni)\b)[^\s,;:.()]+){{1,4}})"
    rf"((?:,\s*\w+(?:\s\w+)?)*(?:{_OR})\w+)?",
    re.IGNORECASE,
)
_PERIODS = (
    r"(?:\d|other|two|three|four|five|six|seven|eight|ten|twelve|second|minute|hour|day|night|"
    r"morning|evening|week|month|quarter|year|time|spring|summer|autumn|winter)"
)
_EVERY = re.compile(
    r"(?<!at )(?<!above )(?<!after )(?<!of )(?<!in )\ball\b(?! in all)|\b(?:everyone|everybody|"
    rf"anyone|always|whole|entire|any time|alle[rns]?|immer|tou(?:te?s|s)|toujours|todos|todas|"
    rf"siempre|tutti|tutte|sempre)\b|\bevery\b(?! {_PERIODS})",
    re.IGNORECASE,
)
_EVERY_THERE = re.compile(
    r"\b(?:all|every|everyone|everybody|each|any|anyone|anybody|always|whole|entire|throughout|"
    r"nobody|none|no|only|alle[rns]?|jede[rnsm]?|immer|ganze[rnsm]?|tou(?:te?s?|s)|chaque|"
    r"toujours|todos?|todas?|cada|siempre|tutt[eio]|ogni|sempre)\b",
    re.IGNORECASE,
)
_ONLY_WORD = (
    r"\b(?:only|solely|exclusively|nur|ausschließlich|seulement|uniquement|sólo|solo|solamente|"
    r"únicamente|soltanto|somente|alleen)\b"
)
# "Only half", "only after": how much or when, and a way of speaking as often as a claim.
_ONLY = re.compile(
    rf"(?<!not ){_ONLY_WORD}(?!\s+(?:\d|half|about|an?\b|one\b|when|if|after|once))", re.IGNORECASE
)
_ONLY_THERE = re.compile(rf"{_ONLY_WORD}|\b(?:just|sole|alone|nothing but|no other)\b", re.I)
_ARTICLE = re.compile(
    r"(?:(?:by|von|durch|par|por)\s+)?(?:an?|the|eine?[nrms]?|une?|unas?|unos?)\s+", re.I
)
_SUBJECT = re.compile(
    r"(?:The\s+)?([A-Z][^\s,;:.]*(?:\s+(?:(?:&|of|de|von)\s+)?[A-Z][^\s,;:.]*)*)\s+"
)
_PASSIVE = re.compile(r"(?:\w+\s+)?(?:is|are|was|were|been|be|being)\b", re.I)
_AGENT = re.compile(r"\b(?:by|von|par|por|da|door)\s+(?:the\s+)?$", re.I)
_ITEM = re.compile(r",\s*(?:(?:and|or)\s+)?|\s+(?:and|or|und|oder|et|ou|y)\s+")
_BECAUSE = re.compile(
    r"\b(?:because|due to|owing to|weil|wegen|parce que|en raison|porque|debido a)\b", re.I
)
_REASON = re.compile(
    r"\b(?:since|as|so|for|therefore|thus|hence|why|reason|led|causes?d?|da|denn|darum|deshalb|"
    r"car|puisque|donc|pues|por eso)\b|^(?:if|when|in|on|during|after|wenn|bei|si)\b",
    re.I,
)
_SHORT = 14
"""Content words of a quote up to which its clauses are told apart; longer ones nest them."""
_BEFORE = re.compile(r"\b(before|after|bevor|nachdem|avant|après|antes de|después de)\b", re.I)
_EARLIER = ("before", "bevor", "avant", "antes de")
_CLAUSE = re.compile(r"[,;:]\s+|\s+(?:but|while|whereas|aber|mais|pero)\s+", re.I)


def without_negation(text: str) -> str:
    """The text without the words that deny."""
    return _DENIALS.sub(" ", text)


def denied(text: str, quote: str) -> bool:
    """Whether `quote` denies something ("not from the wild") that `text` says without a denial."""
    if NEGATION.search(text):
        return False
    said = set(content_stems(text))
    for found in _DENIED.finditer(quote):
        first, listed = found.group(1), re.split(_OR, found.group(2) or "")
        for scope in map(set, map(content_stems, (first, *listed))):
            if scope and scope <= said:
                return True
    return False


def overstated(text: str, quotes: Sequence[str]) -> bool:
    """Whether `text` says "all", "always" or "only" and none of the quotes says anything alike."""
    for claim, there in ((_EVERY, _EVERY_THERE), (_ONLY, _ONLY_THERE)):
        if claim.search(text) and not any(there.search(quote) for quote in quotes):
            return True
    return False


def reserved(text: str, quote: str) -> bool:
    """Whether `quote` says "only X" and `text` says the rest of it without X and without "only"."""
    if _ONLY_THERE.search(text) or NEGATION.search(text):
        return False
    said = set(content_stems(text))
    for found in _ONLY.finditer(quote):
        after = _ARTICLE.sub("", re.split(r"[,;:.()]", quote[found.end() :])[0].lstrip())
        named = content_stems(" ".join(after.split()[:2]))
        if named and not said & set(named):
            return True
    return False


def turned_round(text: str, quote: str) -> bool:
    """Whether both say what comes before what, and each the other way round."""
    said, meant = _order(text), _order(quote)
    if said is None or meant is None:
        return False
    straight = len(said[0] & meant[0]) + len(said[1] & meant[1])
    crossed = len(said[0] & meant[1]) + len(said[1] & meant[0])
    return crossed > straight and bool(said[0] & meant[1]) and bool(said[1] & meant[0])


def roles_changed(text: str, quote: str) -> bool:
    """Whether `text` makes the doer of what `quote` names behind the deed: "Halden bought the
    pump" of "the pump was bought from Halden", but not of "was bought by Halden"."""
    found = _SUBJECT.match(text)
    if found is None or _PASSIVE.match(text, found.end()):
        return False
    name = found.group(1)
    deed = next(iter(content_stems(" ".join(text[found.end() :].split()[:2]))), "")
    for part in re.split(r"[,;:.()]", quote):
        at = part.find(name)
        if deed and at > 0 and deed in content_stems(part[:at]):
            return not _AGENT.search(part[:at])
    return False


def added_item(text: str, vocabulary: Set[str]) -> bool:
    """Whether a later part of an enumeration has two words or more and none of the passages'."""
    for part in _ITEM.split(text)[1:]:
        said = content_stems(part)
        if len(said) >= 2 and not vocabulary & set(said):
            return True
    return False


def other_reason(text: str, quotes: Sequence[str]) -> bool:
    """Whether `text` gives a reason ("because ...") that none of the quotes gives."""
    found = _BECAUSE.search(text)
    if found is None:
        return False
    reason = set(content_stems(text[found.end() :]))
    for quote in quotes:
        given = _BECAUSE.search(quote)
        there = set(content_stems(quote[given.end() :] if given else quote))
        if (given or _REASON.search(quote)) and len(reason & there) >= 0.4 * len(reason):
            return False
    return True


def mixed_clauses(text: str, quote: str) -> bool:
    """Whether a clause of `text` takes its subject from one clause of `quote` and the rest from
    another one: "calls to X are free" of "calls to Y are free, calls to X cost 19 cents"."""
    listed = [content_stems(part) for part in _CLAUSE.split(quote)]
    whole = frozenset(word for clause in listed for word in clause)
    if len(listed) < 2 or len(whole) > _SHORT:
        return False
    for part in _CLAUSE.split(text):
        said = content_stems(part)
        if len(said) < 2 or not whole.issuperset(said):
            continue
        best = set(max(listed, key=lambda clause: len(set(said) & set(clause))))
        lacking = set(said) - best
        if len(lacking) == 1 and any(
            lacking <= set(clause) and _is_another(clause, said, best) for clause in listed
        ):
            return True
    return False


def _is_another(clause: Sequence[str], said: Sequence[str], best: Set[str]) -> bool:
    """Whether a clause has its own subject, the one of `said`, or repeats words of the best one."""
    return clause[0] == said[0] not in best or bool(set(clause) & best & set(said))


def _order(text: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """The words of what comes earlier and of what comes later; None when nothing is said of it."""
    found = list(_BEFORE.finditer(text))
    if len(found) != 1:
        return None
    left = frozenset(content_stems(text[: found[0].start()]))
    right = frozenset(content_stems(text[found[0].end() :]))
    if not left or not right:
        return None
    return (left, right) if found[0].group().casefold() in _EARLIER else (right, left)
