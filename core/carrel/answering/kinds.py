"""What kind of thing a person types: small talk, a task with its own material, a question about the
world, a word about the last answer, or, where nothing says otherwise, a question about the files.

The rules are forms of English, with the plain ones of German, French and Spanish. They are careful
on one side: a question about a person's own affairs must not be taken for one about the world,
because then a model would invent what the files should say. A wrong turn the other way ends in "not
in your files" and costs a click.
"""

from __future__ import annotations

import re
from typing import Literal

from carrel.answering.everywhere import asks_every_document
from carrel.answering.small_talk import is_chat

Kind = Literal["chat", "about_answer", "task", "writing", "world", "files"]

_FLAGS = re.IGNORECASE | re.UNICODE

_FILE_WORDS = (
    r"(?:files?|documents?|folders?|notes?|papers?|reports?|pdfs?|contracts?|leases?|manuals?|"
    r"pages?|passages?|collections?|library|policy|policies|minutes|meetings?|letters?|invoices?|"
    r"agreements?|spreadsheets?|presentations?|dokumente?|datei(?:en)?|vertrag|verträge|"
    r"fichiers?|contrats?|documentos?|contratos?)"
)
_FILES = re.compile(
    rf"\b(?:my|our|the|this|these|those|attached|a|meine[mnrs]?|unsere[mnrs]?|mon|ma|mes|mi|mis|"
    rf"das|die|der|den|le|la|les|el|los|las)\s+(?:\w+\s+){{0,2}}?{_FILE_WORDS}\b",
    _FLAGS,
)
_MINE = re.compile(
    r"\b(?:my|mine|our|ours|we|us|i|i'm|i've|me|his|her|their|this|these|those|"
    r"mein\w*|unser\w*|ich|wir|mon|ma|mes|notre|nos|je|j'|ai-je|nous|mi|mis|nuestr\w+|yo)\b",
    _FLAGS,
)
# What was spoken of before; only without it does a question stand for itself.
_POINTING = re.compile(r"\b(?:it|they|them|there|he|she)\b|\bthat\b(?!\s+\w+s\b)", _FLAGS)
# "I" and "me" that say nothing about whose affairs are asked for.
_SPEAKER = re.compile(
    r"\b(?:(?:how|where|when|what) (?:do|can|could|should|would|to) i|should i|can i|"
    r"(?:tell|give|show|teach|help|explain to|remind) me|let me|i (?:want|would like|need) to|"
    r"i'd like to)\b",
    _FLAGS,
)

# --- about the last answer ---

_IT = r"(?:it|that|this|them|your (?:last |previous )?(?:answer|reply|response)|the answer)"
_ABOUT_ANSWER = re.compile(
    rf"^(?:(?:please|now|and|ok(?:ay)?|can you|could you|would you|bitte)[\s,]+)*"
    rf"(?:(?:make|say|put|write|rephrase|reword|rewrite|repeat|shorten|translate|summari[sz]e|"
    rf"explain|turn|format|expand|simplify|try|phrase)\s+{_IT}\b"
    rf"|(?:go on|continue|keep going|try again|again|once more|more)\b[\s,.!]*(?:please)?$"
    rf"|(?:a (?:bit|little) |much |even )?(?:shorter|longer|simpler|more (?:briefly|simply|"
    rf"formal(?:ly)?|detail(?:s|ed)?|polite(?:ly)?|friendly|casual(?:ly)?)|"
    rf"less (?:formal|technical))\b"
    rf"|(?:as|in) (?:a |an )?(?:numbered |bulleted |short |simple )?(?:list|table|bullet points|"
    rf"one sentence|two sentences|simpler (?:words|terms)|plain (?:words|english|language)|"
    rf"english|german|french|spanish|italian|dutch|portuguese)\b"
    rf"|i (?:don't|do not|didn't) (?:understand|get it)\b|what do you mean\b"
    rf"|auf (?:deutsch|englisch)\b|en (?:français|anglais|español|inglés)\b"
    rf"|(?:kürzer|länger|einfacher|plus court|plus simple|más corto|más simple)\b)",
    _FLAGS,
)
_LONGEST_ABOUT = 12  # words; what is longer asks for something of its own

# --- tasks that bring their own material ---

_POLITE = (
    r"^(?:(?:please|can you|could you|would you|will you|now|help me(?: to)?|i want you to|"
    r"i need you to|bitte)[\s,]+)*"
)
_ON_MATERIAL = re.compile(
    rf"{_POLITE}(?:translate|rewrite|rephrase|reword|paraphrase|correct|fix|proofread|improve|edit|"
    r"shorten|summari[sz]e|simplify|turn|convert|classify|categori[sz]e|extract|sort|order|count|"
    r"reverse|capitali[sz]e|complete|continue|format|explain|decode|encode|spell|"
    r"is this|is the following|übersetze?|korrigiere?|traduis|traduire|corrige[rz]?|traduce|"
    r"traducir|resume)\b[^:\"“„«]*(?::\s*\S|[\"“„«'‘][^\"”“»'’]{2,})",
    _FLAGS | re.DOTALL,
)
_TRANSLATE_INTO = re.compile(
    r"^(?:how (?:do|would|can) (?:you|i|we) (?:say|spell|write|pronounce|translate)|"
    r"what(?:'s| is) .{1,60}\bin (?:english|german|french|spanish|italian|dutch|latin|japanese|"
    r"chinese|portuguese|polish)\s*\?*$|wie sagt man|comment dit-on|cómo se dice)\b",
    _FLAGS,
)
_NUMBER = (
    r"(?:\d[\d.,]*|one|two|three|four|five|six|seven|eight|nine|ten|a dozen|some|several|a few)"
)
_SUM = re.compile(
    rf"(?:^|\b)(?:what(?:'s| is)|how much is|calculate|compute|work out|evaluate|was ist|"
    rf"combien font|cuánto es)\s+{_NUMBER}\s*"
    rf"(?:%|percent|per cent|times|plus|minus|divided by|x|mal|fois|por|[-+*/×÷^])"
    rf"|^(?:convert)\s+{_NUMBER}\s+\w+\s+(?:in)?to\s+\w+"
    rf"|^how many \w+ (?:are |is )?(?:in|make) (?:a|an|one|{_NUMBER}) \w+\s*\?*$|^solve\b"
    rf"|\b(?:square|cube) root of \d|^[\d\s.,+*/()^x=-]{{3,}}\??$",
    _FLAGS,
)
_CODE = (
    r"(?:regular expressions?|regex(?:es)?|functions?|scripts?|one-liners?|(?:sql )?quer(?:y|ies)|"
    r"css(?: rules?)?|html|class(?:es)?|unit tests?|macros?|makefiles?|dockerfiles?|programs?|"
    r"formulas?|loops?|code|snippets?)"
)
_THINGS = (
    r"(?:synonyms?|antonyms?|rhymes?|anagrams?|puns?|names?|titles?|headlines?|ideas?|"
    r"passwords?|passphrases?|questions for|examples? of|tips|suggestions?|nicknames?|usernames?|"
    r"hashtags?|recipes?|itinerar(?:y|ies)|workouts?|quiz(?:zes)?|trivia|random \w+)"
)
_MAKE = (
    r"(?:write|create|make|generate|give|suggest|brainstorm|invent|propose|think of|come up with|"
    r"build|design|draft|compose)"
)
_MAKING = re.compile(
    rf"{_POLITE}{_MAKE}\s+(?:(?:me|us)\s+)?(?:(?:a|an|another|the|{_NUMBER})\s+)?"
    rf"(?:[\w#+-]+\s+){{0,3}}?(?:{_CODE}|{_THINGS})\b",
    _FLAGS,
)
_LETTER = re.compile(
    rf"{_POLITE}(?:write|draft|compose|schreib\w*|écris|rédige|escribe)\s+(?:(?:me|us|mir)\s+)?"
    r"(?:a|an|eine?n?|une?|un|una)\s+(?:[\w-]+\s+){0,2}"
    r"(?:e-?mails?|messages?|letters?|reply|replies|tweets?|posts?|speech(?:es)?|essays?|toasts?|"
    r"invitations?|apolog(?:y|ies)|briefe?|lettre|carta|correo)\b",
    _FLAGS,
)
_GAMES = re.compile(
    rf"{_POLITE}(?:pretend|imagine|act as|role-?play|play|roll|flip a coin|toss a coin|"
    r"pick a (?:number|card)|guess|spell|count (?:from|to|the letters|backwards)|sing|"
    r"recite|entertain me|surprise me)\b",
    _FLAGS,
)
_ERROR = re.compile(r"\b[A-Z]\w*(?:Error|Exception)\b|\btraceback\b|\bstack trace\b")
_WRITING = re.compile(
    rf"{_POLITE}(?:write|compose|draft|invent|make up|create|tell|give|sing|schreib\w*|erzähl\w*|"
    r"écris|raconte|escribe|cuéntame|cuenta)\s+(?:(?:me|us|mir|uns|-?moi)\s+)?"
    r"(?:(?:a|an|some|another|the|one|two|three|ein|eine|einen|une?|un|una)\s+)?(?:[\w-]+\s+){0,2}"
    r"(?:poems?|haikus?|limericks?|stor(?:y|ies)|jokes?|songs?|lyrics|fairy ?tales?|riddles?|"
    r"rhymes?|sonnets?|slogans?|ballads?|tongue twisters?|birthday (?:card|wish(?:es)?)|"
    r"gedichte?|witze?|geschichten?|poèmes?|blagues?|histoires?|chansons?|poemas?|chistes?|cuentos?)\b",
    _FLAGS,
)

# --- the world ---

_WORLD_NOUNS = (
    r"(?:sky|sun|moon|earth|sea|ocean|world|universe|weather|climate|internet|human|brain|heart|"
    r"milky way|solar system|united (?:states|kingdom|nations)|uk|us|usa|eu|netherlands|"
    r"dinosaurs?|romans?|greeks?|vikings?|egyptians?)"
)
_CONCEPTS = (
    r"(?:theor(?:y|ies)|laws?|concepts?|principles?|history|theorem|revolution|wars?|effect|"
    r"method|meaning|definition|origins?|etymology|capital|population|currency|president|"
    r"king|queen|flag|area|boiling point|melting point|freezing point|density|speed|mass|"
    r"chemical (?:symbol|formula)|atomic (?:number|weight)|formula|symbol|symptoms?|causes?|"
    r"treatments?|benefits|advantages|side effects|difference|differences|square root|author|"
    r"inventor|discoverer|plural|opposite|past tense|official language|main ingredients?|"
    r"distance|diameter|height|length|age|life cycle|anthem)"
)
_SUPERLATIVE = r"(?:(?:first|second|third) (?:person|man|woman|president|country)|\w+est|most \w+)"
_FIXED_THE = re.compile(
    rf"\bthe\s+(?:{_WORLD_NOUNS}\b|{_CONCEPTS}\s+(?:of|between|for|from|to)\b|{_SUPERLATIVE}\b)"
    r"|(?<=invented )the\s+\w+|(?<=discovered )the\s+\w+|(?<=play )the\s+\w+",
    _FLAGS,
)
_NAMED_THE = re.compile(r"\b[Tt]he\s+(?:(?:[a-z]+\s)?[A-ZÀ-Þ][\w-]+)")  # the French Revolution
_DEFINITE = re.compile(
    r"\bthe\s+\w+|\b(?:der|das|dem|des)\s+\w+|\bdie\s+\w+|\b(?:le|la|les|l'|el|los|las)\s*\w+",
    _FLAGS,
)
_MADE = (
    r"wrote|invented|discovered|painted|composed|founded|directed|sang|built|won|designed|killed|"
    r"played|created|sculpted"
)
_WORLD_FORMS = tuple(
    re.compile(form, _FLAGS)
    for form in (
        r"^(?:what|who)(?:'s| is| are| was| were)\s",
        r"^what (?:does|do|did) .{1,60}\bmean\b",
        rf"^who (?:{_MADE})\b",
        r"^how (?:do|does|did|can|could|is|are|was|were|to|should|would|long|many|much|tall|"
        r"far|old|big|deep|high|fast|heavy|large|hot|cold|often)\b",
        r"^why (?:do|does|did|is|are|was|were|can|can't|don't|doesn't)\b",
        r"^when (?:did|was|were|is)\b",
        r"^where (?:is|are|was|were|do|does|did|can)\b",
        r"^(?:which|what) (?:country|countries|city|planet|animal|year|century|language|continent|"
        r"element|color|colour|ocean|river|mountain|bird|fish|metal|president|king|queen|vitamin|"
        r"foods?|causes?|makes|kinds? of|types? of|happens)\b",
        r"^(?:define|explain|describe|recommend|suggest|teach|tell me (?:something )?about|"
        r"give me a definition of|what can you tell me about)\b",
        r"^(?:is|are|was|were|do|does|did|can)\s",
        r"^(?:was (?:ist|sind|bedeutet)|wer (?:hat|war|ist|schrieb|malte|erfand)|warum|"
        r"wie (?:viele|hoch|weit|funktioniert|groß)|wann|wo|erkläre?)\b",
        r"^(?:qui a|qui est|qu'est-ce que|quelle? est|pourquoi|comment|combien|quand|où|"
        r"explique)\b",
        r"^¿?(?:quién|qué es|qué son|cuál es|por qué|cómo|cuándo|cuántos|cuántas|dónde|explica)\b",
    )
)  # fmt: skip
_PLACES = re.compile(
    r"\b(?:die hauptstadt von|la capitale d|la capital de|der höchste|die größte|la plus grande|"
    r"le plus (?:grand|haut)|el más|la más)\b",
    _FLAGS,
)
_ASKS_A_NAME = re.compile(
    r"^(?:what|where|when|did|does|is|was|has|who)\b[^?]*?\s([A-ZÀ-Þ][\w'-]+)"
)
_NAME_FORMS = re.compile(
    rf"^(?:who (?:{_MADE}|was the|is the)|what (?:language|year|country|is the|was the)|"
    r"how (?:tall|far|old|big|deep|high|many (?:people|inhabitants))|when did the|where is|"
    r"(?:is|are) [A-Z]\w+ (?:a|an|the|bigger|larger|part)\b|tell me about)",
    _FLAGS,
)


def kind_of(question: str, has_history: bool = False) -> Kind:
    """The kind of `question`; "about_answer" only where an answer came before (`has_history`)."""
    text = question.strip()
    if is_chat(text):
        return "chat"
    if has_history and _is_about_answer(text):
        return "about_answer"
    if asks_every_document(text):
        return "files"
    if _is_task(text):
        return "task"
    if _WRITING.search(text) and not _FILES.search(text):
        return "writing"
    return "world" if _is_world(text) else "files"


def _is_about_answer(text: str) -> bool:
    return len(text.split()) <= _LONGEST_ABOUT and bool(_ABOUT_ANSWER.search(text))


def _is_task(text: str) -> bool:
    """Whether the text holds all that it asks about."""
    if _ON_MATERIAL.search(text) or _TRANSLATE_INTO.search(text) or _ERROR.search(text):
        return True
    if _FILES.search(text):
        return False
    if _SUM.search(text) or _GAMES.search(text):
        return True
    about_mine = _refers_to_mine(text) or _definite(text)
    return not about_mine and bool(_MAKING.search(text) or _LETTER.search(text))


def _is_world(text: str) -> bool:
    """Whether the text asks in the form of a general question and names nothing particular."""
    if not any(form.search(text) for form in _WORLD_FORMS):
        return False
    if _FILES.search(text) or _POINTING.search(text):
        return False
    if _refers_to_mine(text) or _definite(text):
        return False
    return not (_ASKS_A_NAME.search(text) and not _NAME_FORMS.search(text))


def _refers_to_mine(text: str) -> bool:
    return bool(_MINE.search(_SPEAKER.sub(" ", text)))


def _definite(text: str) -> bool:
    """Whether it speaks of "the rent", "the order": something that both sides are to know."""
    rest = _PLACES.sub(" ", _NAMED_THE.sub(" ", _FIXED_THE.sub(" ", text)))
    return bool(_DEFINITE.search(rest))
