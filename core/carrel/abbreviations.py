"""Words whose full stop does not end a sentence, in the languages people write most here."""

from __future__ import annotations

_ABBREVIATION_LIST = (
    "mr mrs ms dr prof rev hon sr jr st gen col maj capt lt sgt cmdr adm gov sen rep pres "
    "messrs mme mlle inc ltd co corp llc plc bros dept univ assn ed eds approx ca cf vs v viz "
    "resp incl excl al ave blvd rd hwy mt ft e.g i.e a.m p.m u.s u.k u.n d.c ph.d b.a m.a b.sc "
    "m.sc bzw z.b u.a d.h usw vgl str hr hrsg bd abs ggf evtl sog dipl ing p.ex env av sra srta "
    "ud uds ej núm pág tel cit ibid seq et "
)
ABBREVIATIONS = frozenset(_ABBREVIATION_LIST.split())
# These are abbreviations only before a number: "No. 5", "Mar. 3", but "He said no."
_COUNTING = (
    "no nos nr p pp pg para paras art arts app ref refs tab sec secs ch chap vol vols eq eqs "
    "fig figs jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun op "
    "est ext "
)
BEFORE_NUMBER = frozenset(_COUNTING.split())
# These end a sentence as often as they stand inside one: a capital after them decides.
MAY_END = frozenset(
    ["inc", "ltd", "co", "corp", "llc", "plc", "jr", "sr", "al", "a.m", "p.m", "ph.d", "usw", "etc"]
)
