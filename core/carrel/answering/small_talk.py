"""Whether a text is greeting, thanks or small talk and nothing else."""

from __future__ import annotations

import re

_PHRASES = re.compile(
    r"(?:hi|hello|hey|hiya|howdy|greetings|"
    r"good (?:morning|afternoon|evening|night|day|job|work|bye)|"
    r"thanks?|thank you|thx|ty|cheers|great|nice|cool|perfect|awesome|wonderful|excellent|"
    r"well done|"
    r"ok(?:ay)?|yes|no|yep|nope|sure|fine|right|alright|sorry|never ?mind|lol|haha|wow|oh|hm+|"
    r"bye|goodbye|see you(?: later| tomorrow| soon)?|take care|welcome|pardon|"
    r"how are you(?: doing| feeling| today)*|how do you do|how(?:'s| is) it going|what's up|"
    r"how are things|who are you|what are you|are you (?:a |an )?(?:robot|bot|human|ai|machine|"
    r"real|there|alive|chatgpt)|who (?:made|built|created) you|"
    r"(?:which|what) model are you|"
    r"what can you do(?: for me)?|what do you do|how can you help(?: me)?|can you help(?: me)?|"
    r"help(?: me)?|what is your name|what's your name|do you have a name|"
    r"(?:it's |it is )?nice to meet you|"
    r"you(?:'re| are) (?:so |very |really )?(?:wonderful|great|funny|nice|helpful|smart|"
    r"stupid|wrong|right|welcome|amazing|the best|useless)|"
    r"i(?:'m| am) (?:so |very |a bit )?(?:bored|tired|happy|sad|back|fine|good|here|well|"
    r"hungry|sorry)|"
    r"(?:that|this|it)(?:'s| is| was)? (?:not |very |really |so |all |much )*(?:helpful|clear|"
    r"great|good|perfect|wrong|right|nice|helps|helped|interesting|useless|enough|it|funny|all)|"
    r"that helps|that helped|helped|got it|i see|makes sense|understood|i love (?:you|it)|"
    r"hallo|guten (?:tag|morgen|abend)|gute nacht|moin|servus|danke(?: schön| sehr)?|bitte|tschüss|"
    r"wie geht(?:'s| es dir| es ihnen)|wer bist du|das war hilfreich|super|prima|ja|nein|"
    r"bonjour|salut|bonsoir|merci(?: beaucoup| bien)?|au revoir|(?:comment )?ça va|oui|non|"
    r"d'accord|comment allez-vous|qui es-tu|"
    r"hola|buenos días|buenas (?:tardes|noches)|(?:muchas )?gracias|adiós|qué tal|sí|quién eres|"
    r"ciao|grazie|hej|tack|olá|obrigad[oa])",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"(?:there|everyone|all|carrel|again|so much|very much|a lot|for (?:that|your help|the help)|"
    r"my friend|friend|please|and|but|you|assistant|today|now|then|at all|very|really|just|much|"
    r"dear|too|for your|for|das|war|hilfreich|sehr|bien|muy|et toi|y tú|und dir|tomorrow|later|"
    r"me|to|hear|that|it|help)",
    re.IGNORECASE,
)


def is_chat(text: str) -> bool:
    """Whether the whole text is greeting, thanks or small talk, or holds no letter or digit."""
    bare = text.strip().lstrip("¡¿")
    if not re.search(r"\w", bare):
        return True
    matched = _PHRASES.match(bare)
    if matched is None or bare[matched.end() : matched.end() + 1].isalnum():
        return False
    if bare[matched.end() : matched.end() + 1] == "-":
        return False  # "hi-vis jackets"
    rest = re.sub(r"[^\w\s']", " ", bare[matched.end() :])
    for pattern in (_PHRASES, _FILLER):
        rest = re.sub(rf"(?<!\w)(?:{pattern.pattern})(?!\w)", " ", rest, flags=re.IGNORECASE)
    return not rest.replace("'", " ").strip()
