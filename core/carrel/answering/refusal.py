"""Recognises that a model declined to answer, in its own words or in those it was asked to use."""

from __future__ import annotations

import re

from carrel.sentences import sentences

_SOURCE = (
    r"(?:(?:provided|given|above|following|available|these|those|the|your|any of the|supplied)\s+)*"
    r"(?:passages?|context|texts?|documents?|files?|excerpts?|sources?|information|quotes?)"
)
_VERBS = (
    r"(?:contain|mention|say|state|provide|specify|include|give|answer|hold|address|discuss|"
    r"indicate|have|offer|explain|describe|tell)"
)
_REFUSALS = (
    rf"^(?:sorry[,.]?\s+)?(?:this|that|it|the answer|an answer)?\s*(?:is|was)?\s*not\s+"
    rf"(?:explicitly\s+|directly\s+)?(?:\w+\s+)?in\s+{_SOURCE}",
    rf"\b{_SOURCE}\s+(?:do|does|did)(?:\s+not|n['’]t)\s+(?:\w+ly\s+)?{_VERBS}\b",
    rf"\b{_SOURCE}\s+(?:say|says|contain|contains|hold|holds)\s+nothing\b",
    rf"\bnone of {_SOURCE}\b",
    rf"\b(?:not|n['’]t)\s+(?:\w+ly\s+)?(?:mentioned|found|stated|provided|specified|given|included|"
    rf"answered|available|present|contained)\s+(?:\w+\s+)?(?:in|by|from)\s+{_SOURCE}",
    rf"\bno\s+(?:\w+\s+)?(?:information|mention|answer|data|details?)\b[^.]*\b(?:in|from)\s+{_SOURCE}",
    r"^(?:there is|there['’]s|i have|i see) no (?:\w+ )?(?:information|answer|mention)\b",
    r"^(?:i['’]?m sorry|sorry|unfortunately)[^.]*\b(?:can(?:no|['’])t|cannot|could not|couldn['’]t|"
    r"don['’]t|do not|unable|not able)\b",
    r"^i (?:can(?:not|['’]t)|could not|couldn['’]t|am unable to|was unable to) "
    r"(?:find|answer|determine|tell|see|provide)\b",
    r"^i (?:do not|don['’]t) (?:know|have (?:\w+ )*information)\b",
    r"^(?:the )?answer (?:is )?(?:unknown|not found|not available)\b",
    r"^(?:not found|not in (?:your|the) files|unanswerable|no answer|unknown|n/a)[.!]?$",
)
_REFUSAL = re.compile("|".join(f"(?:{pattern})" for pattern in _REFUSALS), re.IGNORECASE)


def is_refusal(answer: str) -> bool:
    """Whether the answer declines: its first sentence says that the passages hold no answer.

    An answer that says something first and names a gap afterwards is an answer. An empty one is
    a refusal too.
    """
    first = next(iter(sentences(answer)), None)
    return first is None or is_refusal_sentence(answer[first[0] : first[1]])


def is_refusal_sentence(sentence: str) -> bool:
    """Whether this one sentence speaks about what the passages lack."""
    return bool(_REFUSAL.search(sentence.strip().strip("\"'“”*_ ")))
