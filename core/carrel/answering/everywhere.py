"""Questions about all documents at once, which a few passages cannot answer: offer a survey."""

from __future__ import annotations

import re

_DOCUMENTS = (
    r"(?:files?|documents?|papers?|reports?|pdfs?|contracts?|leases?|letters?|e-?mails?|messages?|"
    r"invoices?|notes?|manuals?|agreements?|offers?|minutes|dokumente?|verträge|rechnungen|"
    r"fichiers?|contrats?|factures?|documentos?|contratos?|facturas?)"
)
_WORDS = r"(?:[\w'-]+\s+){0,3}?"
_ALL = re.compile(
    rf"\bhow many\s+{_WORDS}{_DOCUMENTS}\b"
    rf"|\b(?:list|show|find|name|give me|enumerate|collect|count)\s+(?:me\s+)?"
    rf"(?:(?:a|an|the)\s+(?:list|overview|summary|count|table)\s+of\s+)?"
    rf"(?:all|every\w*|each|any)\b"
    rf"|\b(?:a|an)\s+(?:list|overview|table)\s+of\s+(?:all|every|each)\b"
    rf"|\bare there (?:any )?(?:other |more )?{_DOCUMENTS}\b"
    rf"|\b(?:go|look|search) through (?:all|every|each|my|the|our)\b"
    rf"|\bthe (?:different|various|several|other)\s+{_WORDS}{_DOCUMENTS}\b"
    rf"|\b(?:list|enumerate)\s+(?:the\s+|my\s+|our\s+)?{_WORDS}{_DOCUMENTS}\b"
    rf"|\bwhich\s+{_WORDS}{_DOCUMENTS}\b|\bwhat\s+{_DOCUMENTS}\b|\bwhich (?:one |ones )?of\b"
    rf"|\b(?:in|across|from|of)\s+(?:all|every|each)\s+(?:of\s+)?(?:the\s+|my\s+|our\s+)?{_WORDS}"
    rf"{_DOCUMENTS}\b"
    rf"|\b(?:every|each)\s+{_WORDS}{_DOCUMENTS}\b"
    rf"|\b(?:wie viele|welche[rs]?|alle|combien de|quels?|quelles?|tous les|toutes les|cuántos|"
    rf"cuántas|cuáles|todos los|todas las)\s+(?:\w+\s+){{0,2}}?{_DOCUMENTS}\b",
    re.IGNORECASE,
)


def asks_every_document(question: str) -> bool:
    """Whether a question wants to know something of each document ("how many contracts ...",
    "list all ...", "which of ..."): English, and the plain forms of German, French and Spanish."""
    return bool(_ALL.search(question))


_FRAME = re.compile(
    rf"\s*(?:(?:how many|which|what|list|show|find|name|give me|enumerate)\s+)"
    rf"(?:(?:me|all|every|each|any|of|the|my|our|these|those|them)\s+)*{_WORDS}{_DOCUMENTS}\s+"
    r"(?:(?:that|which|who|where|do|does|is|are|was|were)\s+)*"
    r"(?:talk(?:s|ing)? (?:about|of)|mention(?:s|ing)?|are about|is about|about|on|"
    r"discuss(?:es|ing)?|speak(?:s|ing)? (?:about|of)|contain(?:s|ing)?|deal(?:s|ing)? with|"
    r"refer(?:s|ring)? to|cover(?:s|ing)?|describe(?:s|d)?|describing|say(?:s|ing)? .{0,20}about|"
    r"use(?:s|d)?|using|with)\s+(?=\S)",
    re.IGNORECASE,
)


def asked_of_each(question: str) -> str:
    """What a survey looks for in each document: "which documents mention X?" asks each for X."""
    return _FRAME.sub("", question, count=1) or question
