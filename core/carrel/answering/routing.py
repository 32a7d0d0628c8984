"""Where an answer should come from, and, afterwards, where it did come from: decided by code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from carrel.events import Citation, Evidence, Mode, Origin, Verdict

_FILES = re.compile(
    r"\b(?:my|our|the|this|these|those|attached|a)\s+(?:\w+\s+)?"
    r"(?:files?|documents?|folders?|notes?|papers?|reports?|pdfs?|contracts?|leases?|manuals?|"
    r"pages?|passages?|collections?|library)\b",
    re.IGNORECASE,
)
_CHAT = re.compile(
    r"(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|night)|thanks?|"
    r"thank you|thx|cheers|great|nice|cool|perfect|ok(?:ay)?|bye|goodbye|see you(?: later)?|"
    r"how are you(?: doing| today)?|how do you do|who are you|what are you|what can you do|"
    r"what is your name|what's your name|"
    r"hallo|guten (?:tag|morgen|abend)|danke(?: schön| sehr)?|tschüss|"
    r"bonjour|salut|bonsoir|merci(?: beaucoup)?|au revoir|"
    r"hola|buenos días|buenas tardes|gracias|adiós)",
    re.IGNORECASE,
)
_CHAT_FILLER = re.compile(
    r"(?:there|everyone|all|carrel|again|so much|very much|a lot|for (?:that|your help|the help)|"
    r"my friend|please|and|you|assistant|today)",
    re.IGNORECASE,
)
_WRITING = re.compile(
    r"^(?:(?:please|can you|could you|would you|will you|now)\s+)*"
    r"(?:write|compose|draft|invent|make up|create|tell|give|sing)\s+(?:(?:me|us)\s+)?"
    r"(?:(?:a|an|some|another|the|one|two|three)\s+)?(?:[\w-]+\s+){0,2}"
    r"(?:poems?|haikus?|limericks?|stor(?:y|ies)|jokes?|songs?|lyrics|fairy ?tales?|riddles?|"
    r"rhymes?|sonnets?|slogans?|birthday (?:card|wish(?:es)?)|(?:python|bash|c) (?:function|script)"
    r")\b",
    re.IGNORECASE,
)
_ABOUT_THE_CHAT = re.compile(
    r"^(?:please\s+)?(?:(?:make|say|put|write|rephrase|reword|rewrite|repeat|shorten|translate|"
    r"summarize|explain)\s+(?:it|that|this|your (?:last )?answer)\b|"
    r"(?:go on|continue|shorter|longer|again|more briefly|in simpler words)\b[ ,.!]*(?:please)?$)",
    re.IGNORECASE,
)


def route(
    question: str,
    mode: Mode,
    evidence: Evidence | None = None,
    has_history: bool = False,
    has_files: bool = True,
) -> Mode:
    """The mode that answers `question`: never "auto".

    A mode the user chose stands. In auto, greetings and pure writing tasks go to the model, and so
    do, where there is a conversation (`has_history`), requests about the last answer ("shorter,
    please"), unless the evidence says that the files hold what was asked; everything else is
    answered from the files, unless there are none. Call it without `evidence` before searching:
    "model" then means that the search can be left out.
    """
    if mode != "auto":
        return mode
    if not has_files:
        return "model"
    text = question.strip()
    if evidence is not None and evidence.found == "yes" and not is_chat(text):
        return "files"
    if is_chat(text) or is_writing(text):
        return "model"
    return "model" if has_history and _ABOUT_THE_CHAT.search(text) else "files"


def is_chat(text: str) -> bool:
    """Whether the whole text is greeting, thanks or small talk, nothing else."""
    matched = _CHAT.match(text)
    if matched is None:
        return False
    rest = re.sub(r"[^\w\s']", " ", text[matched.end() :])
    if rest[:1].isalnum():
        return False
    for pattern in (_CHAT, _CHAT_FILLER):
        rest = re.sub(rf"\b{pattern.pattern}\b", " ", rest, flags=re.IGNORECASE)
    return not rest.strip()


def is_writing(text: str) -> bool:
    """Whether the text asks for an invention (a poem, a joke) that no file is asked about."""
    return bool(_WRITING.search(text)) and not _FILES.search(text)


def origin_and_verdict(
    mode: Mode,
    citations: Sequence[Citation] = (),
    *,
    answer: str = "",
    refused: bool = False,
    unsupported: Sequence[tuple[int, int]] = (),
) -> tuple[Origin, Verdict]:
    """The label of an answer that was made in `mode` (a routed one).

    Only citations make an answer come from the files: in mode "files" an answer that no passage
    supports is `not_found`, however fluent it is; in mode "both" it is the model's. `refused` says
    that the model declined (`citations.is_refusal`).
    """
    if refused or not answer.strip():
        return "none", "not_found"
    if mode == "model":
        return "model", "from_model"
    if citations:
        mixed = mode == "both" and bool(unsupported)
        return ("both" if mixed else "files"), "answered"
    return ("model", "from_model") if mode == "both" else ("none", "not_found")
