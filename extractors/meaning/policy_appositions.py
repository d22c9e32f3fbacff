"""Names of policies that stand behind the word for them: in brackets, after a comma, after `in`.

`our clinical review criteria (Platelet Rich Plasma Injections, revised Sept 2025)`, `our guideline,
Sphingosine Agents for Multiple Sclerosis (ING-CC-0174)`, `the criteria in IP0412 (Abrocitinib)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.meaning.policy_names import Named

_HEAD = (
    r"(?i:polic(?:y|ies)|guidelines?|criteria|protocols?|bulletins?|rules?|standards?|certificate|"
    r"(?:benefit|coverage|member) (?:book|booklet|handbook|contract|document)|brochure)"
)
_LINK = r"(?:of|and|or|for|in|with|to|the|on|a)"
_WORD = r"(?:[A-Z][\w&'’/+.-]*|[A-Z]?\d[\w.-]*)"
_TITLE = rf"{_WORD}(?:[ ,:/-]{{1,2}}(?:{_WORD}|{_LINK}(?=\s)))*"
_NUMBER = r"(?=[\w.-]*\d)(?:[A-Z]{1,6}[\w-]*[.-]?)[\w.-]*\d[\w.-]*|[a-z]{2,4}\d{3,}"
_IN_BRACKETS = re.compile(
    rf"\b{_HEAD}\b[^().;:,A-Z]{{0,45}}\s\((?P<name>{_TITLE})(?P<more>,[^()]{{3,40}})?\)"
)
_NUMBERED_TITLE = re.compile(
    rf"\b(?:[Oo]ur|[Tt]he|[Ii]ts)(?: [a-z]+){{0,3}} {_HEAD}\s"
    rf"(?P<name>(?:{_NUMBER}),\s(?:[A-Z][\w-]+ ){{1,5}}[A-Z][\w-]+)(?=[,.;]|$)"
)
_AFTER_COMMA = re.compile(
    rf"\b(?:[Oo]ur|[Tt]he|[Ii]ts|[Tt]heir)(?: [a-z]+){{0,3}} {_HEAD},\s"
    rf"(?P<name>{_TITLE}(?:\s\([A-Z][\w.-]*\d[\w.-]*\))?)"
    r"(?=[,.;]|\s(?:and|which|says?|requires?|allows?|is|was)\b|$)"
)
_IN_NUMBER = re.compile(
    rf"\b{_HEAD}\s(?:in|of|from|under|set out in|no\.?|number)\s"
    rf"(?P<name>(?:{_NUMBER})(?:\s\([A-Z][\w ,/-]{{3,50}}\))?)(?!\w)"
)
_RULE_FOR = re.compile(
    r"\b(?:[Tt]he|[Oo]ur)\s(?P<name>[A-Z][\w-]{3,}(?: [A-Z][\w-]+)*"
    r"(?: (?:drug|medical|pharmacy|clinical))? coverage (?:rule|policy|guideline|criteria))\b"
)
_ONLY_A_LAW = re.compile(
    r"\W*(?P<name>Section\s\d{4}[\w()-]*\sof\sthe\sSocial\sSecurity\sAct|"
    r"\d{2}\sC\.?F\.?R\.?\s[\d.]+\w(?:\(\w+\))*)"
    r"\W*"
)
_LAW_CLOSES = re.compile(r"\((?P<name>\d{2}\sC\.?F\.?R\.?\s\d[\d.]*(?:\(\w+\))*)\)\.?\s*$")
_LEAST_WORDS = 2


def named_beside(sentence: str) -> Iterator[Named]:
    """The names of policies in a sentence that follow the word for them; a law that is all of a
    sentence, or closes it in brackets."""
    for pattern, weight in ((_IN_BRACKETS, 0.78), (_AFTER_COMMA, 0.8)):
        for match in pattern.finditer(sentence):
            words = [w for w in match["name"].split() if w[:1].isupper()]
            if len(words) >= _LEAST_WORDS:
                yield _named(match, weight)
    for match in _NUMBERED_TITLE.finditer(sentence):
        yield _named(match, 0.94)
    for match in _IN_NUMBER.finditer(sentence):
        yield _named(match, 0.94)
    for match in _RULE_FOR.finditer(sentence):
        yield _named(match, 0.6)
    if (law := _ONLY_A_LAW.fullmatch(sentence)) is not None:
        yield _named(law, 0.6)
    if (law := _LAW_CLOSES.search(sentence)) is not None:
        yield _named(law, 0.46)


def _named(match: re.Match[str], weight: float) -> Named:
    name = match["name"].rstrip(" ,.;")
    return Named(match.start("name"), match.start("name") + len(name), name, weight)
