"""A printed value as the name of a service: without codes, dates, amounts and general words."""

from __future__ import annotations

import re

_CODES = re.compile(
    r"\s*[(\[]\s*(?:(?:cpt|hcpcs|code|procedure)[^()\[\]]*|[A-Z]?\d{4,5}[A-Z]?(?:\s*"
    r",\s*[A-Z]?\d{4,5}[A-Z]?)*)[)\]]"
    r"|\s*[-–—,]?\s*(?:cpt|hcpcs)(?:/hcpcs)?(?: codes?)?\W*[A-Z]?\d{4,5}[A-Z]?(?:\s*"
    r",\s*[A-Z]?\d{4,5})*",
    re.I,
)
_CODE_TAIL = re.compile(
    r",\s*(?:and\s)?(?:[A-Z]\d{4}|\d{5}|\d{4}[TUF])\b.*$"
    r"|(?:,|\s(?:at|x|for))\s*\d+\s?(?:hours?|visits?|units?|days?|sessions?|times|weeks?|months?)\b.*$",
    re.I,
)
"""Further codes and amounts behind a service's name."""
_CODE_LEAD = re.compile(
    r"^(?:(?:CPT|HCPCS)\s*)?[A-Z]?\d{4,5}[A-Z]?(?:\s*[-–—:]\s*|\s+)(?=[A-Za-z])"
)
_CODE_THEN_NAME = re.compile(r"^[A-Z]?\d{4,5}[A-Z]?\s*\(([A-Za-z][^()]{3,90})\)$")
_GENERAL = re.compile(
    r"^(?:(?:the|this|your|above|following|requested|referenced|these|those|medical|health|care|"
    r"healthcare|covered|claims?|prior|authorization|services?|items?|requests?|treatment|coverage|"
    r"procedures?|medications?|drugs?|benefits?|supplies|information|notification|denial|approval|"
    r"determination|appeal|review|payment|reimbursement|of|for|prescription|copy|copies|decision|it|"
    r"and|or|us|you|new|date|dates|name|type|description|standard|urgent|any|all|s)\b\W*)+$",
    re.I,
)
_NO_NAME = re.compile(
    r"[<\[|]|[:;] |\b(?:appeal|grievance|hearing|copy|copies|documents?|records|review|information|"
    r"criteria|"
    r"reconsideration|redetermination|complaint|peer|interpreter|questions?|member services|days?|"
    r"reasons?|letter|notice|denied|denial|dr|md|http|because|we|you|our|not|claim|claims|premiums?|"
    r"this plan|your plan|following|describe|listed|insert|amount|below|above|evaluation of|"
    r"health plan|^on \w+|^use|benefit plan|explanation|time|look again|services of|"
    r"fee schedule|infusion drugs|prescription drug|request for|preferred|for payment|"
    r"coverage status|member id|tracking|date issued|timely|policy|emergency use)\b",
    re.I,
)
_AMOUNT = re.compile(
    r"^(?:\d+|one|two|three|four)\s+(?:more |additional )?(?:hours?|days?|visits?|sessions?|"
    r"units?)(?: (?:a|per|each) (?:week|day|month|year))?(?: of)?\s+",
    re.I,
)
_LEAD = re.compile(
    r"^(?:the|a|an|your|requested|coverage (?:of|for)|request for|payment (?:of|for)|"
    r"claims? (?:for|of)|continued|for|of|receipt of|drug|service|procedure)\s+",
    re.I,
)


_NOT_PART = re.compile(
    r"(?:,?\s+(?:(?:starting|beginning|effective|from|on|for) \d.*|\d{1,2}/\d{1,2}/\d{2,4}|"
    r"(?:on |from )?(?:January|February|March|April|May|"
    r"June|July|August|September|October|November|December) \d).*)$|^[\d-]{4,},\s+"
)
"""Dates after the service, a number of the request before it."""
_NO_NOUN = re.compile(
    r"(?:pre-service|post-service|standard|urgent|expedited|routine|to|by|this|that|these|those|as|if|"
    r"when|why|how|what|not|any|all|such|because|it|in|on|at|with|from|"
    r"medical necessity|lack of|an? error|no|or|and|due|plan|working|\d+ visits)\b|[/{}*%]|\d+$",
    re.I,
)
_OTHER_PARTS = re.compile(
    r"\s+(?:for [A-Z][A-Z'-]+\b|(?:with|by) (?:Dr\.?|[A-Z][a-z]+) [A-Z]|ran out\b).*$"
)
"""A patient in capitals, a doctor, or a verb, after the service."""


def service_name(printed: str) -> str | None:
    """A value printed beside a label as a service's name: without codes, dates, amounts, articles
    and general words; None where it names no service."""
    text = " ".join(printed.split())
    if inner := _CODE_THEN_NAME.match(text):
        text = inner.group(1)
    text = _CODE_LEAD.sub("", _CODES.sub("", text))
    if len((short := _CODE_TAIL.sub("", text)).split()) > 1:
        text = short
    text = _OTHER_PARTS.sub("", _NOT_PART.sub("", text)).strip(' .,;:-–—*•[]"')
    if text.count("(") > text.count(")"):
        text = text[: text.rfind("(")].strip(" .,;:-")
    before = None
    while before != text:
        before, text = text, _AMOUNT.sub("", _LEAD.sub("", text))
    names = 3 <= len(text) <= 110 and re.search(r"[A-Za-z]{3}", text) is not None
    if not names or _NO_NOUN.match(text) or _GENERAL.match(text) or _NO_NAME.search(text):
        return None
    return text
