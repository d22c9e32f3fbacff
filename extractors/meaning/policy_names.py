"""The grammar of a policy's name: an owner, a kind, a head noun, a number, a title.

`Harrow Health Medical Policy 5.02.114, "Gene Therapies"`: the head noun (`Policy`) is found
first; the name is then read to the left over capitals and words of a kind, and to the right over
its number, its parts and its title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEAD = re.compile(
    r"\b(?P<head>polic(?:y|ies)|pol[ií]tica|gu[ií]a|guidelines?|criteria|criterion|bulletins?|protocols?|programs?"
    r"|manual|(?:drug|formulary) list|handbook|brochure|plan description|certificate of coverage"
    r"|evidence of coverage)\b",
    re.I,
)
_CONTRACTS = re.compile(
    r"manual|drug list|formulary list|handbook|brochure|description|certificate|evidence", re.I
)
"""Papers that hold many rules: a name only together with the part that is cited."""
_KIND = frozenset(
    {
        "medical", "clinical", "pharmacy", "coverage", "drug", "payment", "reimbursement",
        "medication", "utilization", "review", "specialty", "policy", "step", "therapy", "prior",
        "authorization", "quantity", "limit", "limits", "determination", "benefit", "corporate",
        "imaging", "necessity", "site", "care", "management", "criteria", "guideline", "covered",
        "summary", "health", "prescription",
    }
)  # fmt: skip
_MANAGING = re.compile(
    r"\b(?:step(?: therapy)?|authorization|quantity|utilization|site[- ]of[- ]care|necessity|"
    r"preferred|pdl|clinical|medical|drug|coverage|guideline|inhibitors?|agents?|biologics?|oncology)\b",
    re.I,
)
"""What makes a name that of a rule, and not of a plan or a department."""
_MANAGED = re.compile(r"\b(?:step therapy|authorization|quantity|utilization|site of care)\b", re.I)
"""What makes a `Program` a rule."""
_LEADS = frozenset(
    {
        "under", "per", "the", "our", "your", "this", "that", "see", "based", "following", "using",
        "applicable", "by", "in", "we", "and", "of", "on", "to", "with", "from", "applying", "a",
        "an", "its", "their", "as", "both", "new", "these", "those",
    }
)  # fmt: skip
_ID = (
    r"(?:[a-z]{2,4}\d{3,}\b|(?=[\w./-]*\d)[A-Z0-9][\w./]*(?:-[\w.]+)*"
    r"|[A-Z]{1,4}-[A-Z]{2,}(?:-[A-Z0-9]+)*(?:\s\d[\d.]*)?)"
)
_RIGHT_NUMBER = re.compile(
    rf"\s*(?:\((?P<short>[A-Z]{{2,6}})\)\s*)?,?\s*(?P<called>(?:number|no\.?|nbr|\#)\s*:?\s*)?"
    rf"(?P<id>(?:[A-Z]{{2,5}}\s(?=\d))?{_ID})(?![\w/]|\s?(?:mg|ml|days?|months?|weeks?|percent|%))",
    re.X,
)
_DATE = re.compile(r"\d{1,2}[/-]\d{1,2}[/-]\d{2,4}$|\d{1,2}/\d{2,4}$")
_YEAR = r"(?:19|20)\d\d"
_A_WORD = re.compile(r"[a-z]{3}")
_CODE_NAME = re.compile(r"(?:ID|CPT|HCPCS|ICD|NDC|CARC|RARC|NPI|CFR|USC)\b")
_PARTS = re.compile(
    r"(?:,?\s*(?:and\s+)?(?:(?:section|sec\.|chapter|article|exclusion|part|page|appendix)\s+|§\s*)"
    r"(?=[\w.-]*\d|[IVX]+\b|[A-Z]\b)[\w.-]*\w\b)+",
    re.I,
)
_FORM_NUMBER = re.compile(r"\s\((?:RI\s)?[\d-]{5,9}\)|\sRI\s[\d-]{5,7}")
_TAIL = re.compile(r"\s(?:Summary|Document|Statement|Addendum)\b")
_MEETS = re.compile(
    r"\b(?:meet|meets|met|meeting|satisf\w+|under|per|applied|used)\s(?:the\s|our\s)?$"
)
_PART_IN_BRACKETS = re.compile(
    r"\s*\((?=[^)]*\b(?:section|article|page|chapter|part|exclusion)\b)[^()]{4,80}\)", re.I
)
"""`Certificate of Coverage (Section 3, "Prospective Review")`."""
_QUOTED = re.compile(
    r"(?:\s+(?:de|of|from)\s+(?:[A-Z]\w+\s){1,4})?"
    r"\s*[,:–—-]?\s*(?:(?:entitled|titled|called|named|for|on)\s+)?[\"“]"
    r"(?P<title>[^\"”\n]{3,110})(?:[\"”]|$)"
)
_WORD = r"(?:[A-Z][\w&'’/+.-]*|\([A-Z]{2,6}\)|\d{4}|&)"
_LINK = r"(?:\s+(?:of|and|or|for|in|with|to|the)(?=\s+[A-Z(])|\s*[-–—/](?=\s*[A-Z]))"
_RUN = rf"{_WORD}(?:,(?=\s[A-Z]\w+\s?[-–—(])|{_LINK})*(?:\s+{_WORD}(?:{_LINK})*){{0,11}}"
_TITLE = re.compile(rf"(?P<by>\s+(?:for|on|of|in)\s+|\s*[:,–—-]\s+|\s+)(?P<title>{_RUN})")
_TITLE_ENDS = re.compile(r"\s*(?:[.,;)\"”(]|$|\band\b)")
_TITLE_IN_BRACKETS = re.compile(
    r"\s\((?!Effective|Eff|Last|Rev|See|Section|Page|The|For|In)(?=[A-Z])[A-Z][\w ,/-]{5,50}\)"
)
_ISSUE = re.compile(rf"\s*\((?P<id>\d{{4}}|{_ID})\)")
_PERSON = re.compile(r"(?:Dr|Mr|Mrs|Ms|Please|You|We|The|This|Your|Our|If|It|A|An|No)\b")
_AFTER_HEAD = re.compile(
    r"\s*(?:management|department|unit|team|services|holder|operations|division|committee|pharmacist)"
    r"\b",
    re.I,
)
_SETS = re.compile(
    r"\b(?:InterQual|MCG|Milliman)(?![\w'’])(?:,?\s(?:Health|Care|Guidelines?|Criteria|Clinical|"
    r"Imaging|Level\sof\sCare|Acute|Adult|Pediatric|Behavioral|Ambulatory|Inpatient|Outpatient|"
    r"Procedures?|Durable|Medical|Equipment|Home|Rehabilitation|Q&A|LOC|Subacute|SNF|"
    r"\d{1,2}(?:st|nd|rd|th)\s[Ee]dition|\d{4}|[A-Z]{0,3}-?\d[\w.]*(?:-[\w.]+)*))*"
    r"(?:\s(?:criteria|guidelines?|subset)\sfor(?:\s[A-Z][\w-]+){1,6}|"
    r"[,:]\s\"?(?:[A-Z][\w-]+[ ,]{0,2}){1,5}"
    r"(?=[.;\")]))?"
    r"|\b(?:LOCUS/)?(?:CALOCUS|LOCUS|CASII|ECSII)(?:-CASII)?\b"
    r"|\b(?:NCCN|ASAM|LOCUS|AIM|eviCore|Carelon|Evolent)\s+(?:[A-Z][\w-]+\s+){0,4}"
    r"(?:Guidelines?|Criteria|Compendium)"
)
_COVERAGE = re.compile(
    r"\b(?:NCD|LCD|National\sCoverage\sDetermination|Local\sCoverage\sDetermination)\s*"
    r"(?:for\s(?:[A-Z]\w+\s?)+,?\s)?"
    r"(?:\((?:NCD|LCD)\)\s*)?(?:\#|No\.?\s*)?[A-Z]?\d[\d.]*\d"
)
_ALONE = re.compile(
    r"(?<![\w.-])[A-Z]{2,5}\.(?:[A-Z]{2,6}\.)?\d[\d.]*\d(?![\w-])"
    r"|(?<![\w.-])[A-Z]{2,5}\.[A-Z]{2,6}\.\d+(?![\w-])"
    r"|(?<=\b[Uu]nder\s)[A-Z]{2,4}[ -]\d[\d.]*\.\d+\b"
)
"""Numbers that can only be a policy's: `CP.PHAR.118`, and `MP 4.118` after `under`."""
_STATE_CODE = re.compile(
    r"(?<![\w.-])(?:\d{1,3}[ -][A-Z]? ?)?(?:WAC|OAC|OAR|NAC|COMAR|CMR|DCMR|NYCRR|KAR|TAC|IAC|"
    r"CCR|FAC|ARSD|ARM|AAC)\s\d[\d:.]*(?:[-.:]\d+)+"
)
"""A rule in a state's administrative code, by which a Medicaid agency may decide."""
_LAW = re.compile(
    r"(?<![\w.-])(?:Title\s\d{1,3},?\s(?:of\sthe\s)?)?"
    r"(?:(?:[A-Z][a-z]+\s){1,3}(?:Administrative|Admin\.?)\s(?:Code|Rules?)|(?:California\s)?Code\sof\s[A-Z][a-z]+\s"
    r"Regulations|C\.?C\.?R\.?|\d{2}\sC\.?F\.?R\.?)"
    r",?\s(?:(?:§+|[Ss]ections?|[Ss]ec\.|[Rr]ule|Part|Chapter)\s?)?\d[\w.:()-]*\w\)?"
    r"|Social\sSecurity\sAct,?\s(?:§|[Ss]ec(?:tion|\.))\s?\d{4}[\w()-]*\)?"
    r"|(?<![\w.-])Section\s\d{4}[\w()-]*\sof\sthe\sSocial\sSecurity\sAct"
)
"""A rule of law that decides: a state's administrative code, the Act by which Part D excludes."""
_CITED = re.compile(
    r"\b(?:the law|leaves no choice|definition|"
    r"citation|authority|reference|legal basis|rules? (?:used|cited|applied)|used|"
    r"applied|relied|"
    r"based on|under|by law|per|see|meet|guidelines)\b",
    re.I,
)
_STATED = re.compile(
    r"\b(?:citation|authority|legal basis|rules? (?:we )?(?:used|cited|applied)|(?:we|plan) "
    r"(?:used|applied|followed)|relied)\b",
    re.I,
)
_APPLIED = re.compile(
    r"\b(?:used|applied|based on|under|followed|relied|citation|rule|authority|see|per|meet)\b",
    re.I,
)
_RULE = re.compile(
    r"\b(?:rules?|standards?|polic(?:y|ies)|guidelines?|criteria)(?:\s+(?:that\s+)?(?:we|was|were))?"
    r"\s+(?:we\s+)?(?:used|applied|followed|relied on)(?:\s+(?:is|was|are|were))?\s*:?\s+"
    r"(?:the\s+)?(?=[A-Z\"“\d])|\bcriteria (?:of|in|from) (?:the )?(?=[A-Z])"
)


_USED = re.compile(
    r"\b(?:criteria|guidelines?|polic(?:y|ies)|rules?|standards?|protocols?|source)\b[^.\"“]{0,40}?"
    r"(?:used|applied|followed|relied on|consulted|titled|entitled|called|named|source|"
    r"were|was|is)\b"
    r"(?:\s+(?:to|in|for) [^.\"“]{3,50}?)?"
    r"(?:\s(?:was|were|is|are|the|our|titled|entitled|called))*\s*:?\s*[\"“](?P<title>[^\"”\n]{5,110})[\"”]",
    re.I,
)
"""A quoted title behind words that say that it is the rule used."""


@dataclass(frozen=True, slots=True)
class Named:
    """A policy's name at `text[start:end]` of a sentence, and how surely it is one (0 to 1)."""

    start: int
    end: int
    value: str
    weight: float


def names_in(sentence: str) -> Iterator[Named]:
    """Every name of a policy in a sentence; line breaks must be blanks already."""
    for match in _HEAD.finditer(sentence):
        named = _around(sentence, match)
        if named is not None:
            yield named
    for pattern, weight in ((_COVERAGE, 0.88), (_ALONE, 0.86)):
        for match in pattern.finditer(sentence):
            yield Named(match.start(), match.end(), match.group(), weight)
    for match in _SETS.finditer(sentence):
        numbered = re.search(r"\d", match.group()) is not None
        yield Named(match.start(), match.end(), match.group(), 0.78 if numbered else 0.7)
    for match in _STATE_CODE.finditer(sentence) if _APPLIED.search(sentence) else ():
        sure = _STATED.search(sentence) is not None
        yield Named(match.start(), match.end(), match.group(), 0.62 if sure else 0.5)
    for match in _LAW.finditer(sentence) if _CITED.search(sentence) else ():
        sure = _STATED.search(sentence) is not None
        yield Named(match.start(), match.end(), match.group(), 0.62 if sure else 0.52)
    for match in _USED.finditer(sentence):
        end = match.end("title")
        yield Named(match.start("title"), end, match["title"].strip(" ,."), 0.86)
    for match in _RULE.finditer(sentence):
        named = _told(sentence, match.end())
        if named is not None:
            yield named


def _told(text: str, start: int) -> Named | None:
    """What stands behind `the rule we used:`, up to the end of its clause."""
    found = re.match(
        r"[^;\"“”]{6,110}?(?=;|[.:]\s|[.]?$|,\s(?:and|which|because|your|you|a)\b)", text[start:]
    )
    if found is None:
        return None
    value = found.group().strip(" ,.")
    capitals = [w for w in re.findall(r"[A-Za-z][\w-]*", value) if len(w) > 3]
    if len(capitals) < 2 or sum(w[0].isupper() for w in capitals) < 0.6 * len(capitals):
        return None
    return Named(start, start + len(value), value, 0.72)


def _around(text: str, head: re.Match[str]) -> Named | None:
    """The name around a head noun, or None: `our policy`, a plan's own name, a department."""
    after = text[head.end() :]
    if _AFTER_HEAD.match(after) or _HEAD.match(after.lstrip()):
        return None
    shouted = text[max(0, head.start() - 30) : head.end() + 30].isupper()
    start = _left(text, head.start(), shouted)
    lead = text[start : head.start()].split()
    contract = _CONTRACTS.search(head["head"]) is not None
    kinds = [w for w in lead if w.lower() in _KIND]
    owners = [w for w in lead if w.lower() not in _KIND and len(w) > 1]
    end, numbered, quoted = _right(text, head.end(), bool(kinds), shouted)
    capital = head["head"][0].isupper()
    if contract:
        dated = re.match(r"\s*\([^()]{4,40}\)", text[head.end() :])
        at = head.end() + (dated.end() if dated else 0)
        part = _PARTS.match(text, at)
        if part is not None:
            end = part.end()  # what is quoted behind a part is its words, not its title
        cited = numbered or quoted is not None or part is not None
        return _of_contract(text, head, start, end, cited)
    if quoted is not None and not numbered and not capital:
        return Named(*quoted, text[slice(*quoted)].strip(" ,."), 0.88)
    if (tail := _TAIL.match(text, end)) is not None:
        end = tail.end()
    name = text[start:end]
    if numbered and (kinds or owners or capital):
        return Named(start, end, name, 0.92 if kinds else 0.8)
    if quoted is not None:
        return Named(start, end, name, 0.9)
    program = head["head"].lower().startswith("program")
    if shouted or (program and not _MANAGED.search(name)):
        return None
    titled = end > head.end()
    if capital and (owners or titled):
        return Named(start, end, name, 0.72 if kinds or titled else 0.6)
    if kinds and titled and " of " not in text[head.end() : head.end() + 4]:
        return Named(start, end, name, 0.64)
    own = " ".join(lead)
    if kinds and _capitals(lead) > 1 and _MEETS.search(text[max(0, start - 40) : start]):
        return Named(start, end, name, 0.62)
    if (
        len(lead) > 1
        and owners
        and _MANAGING.search(own)
        and own.count(" ")
        and _capitals(lead) > 1
    ):
        return Named(start, end, name, 0.66)
    return None


def _capitals(words: list[str]) -> int:
    return sum(word[0].isupper() for word in words)


def _left(text: str, head: int, shouted: bool) -> int:
    """Where the name begins: words with capitals, and words of a kind in small letters."""
    words = list(re.finditer(r"\S+", text[max(0, head - 110) : head]))
    base = max(0, head - 110)
    start, small = head, not shouted
    for index in range(len(words) - 1, -1, -1):
        word = words[index].group()
        bare = word.lower().strip("-–—/&")
        if word[-1] in '.,;:"”)' and not re.fullmatch(r"(?:[A-Z]\.)+", word):
            break
        kind = bare in _KIND and bare not in {"of"}
        if shouted:
            taken = kind
        elif bare in _LEADS and bare != "of" and bare != "and":
            break
        elif bare in {"of", "and", "&", "", "/"}:
            before = words[index - 1].group() if index else ""
            taken = (
                before[:1].isupper() and before.lower() not in _LEADS and before[-1] not in ",;:."
            )
            if not taken:
                break
            continue
        else:
            capital = (
                word.lstrip('"“')[:1].isupper()
                or re.fullmatch(r"[a-z]{1,3}[A-Z]\w+", word) is not None
                or word[0] == "("
                or re.fullmatch(r"\d{4}", word) is not None
            )
            small = small and kind
            taken = capital or (kind and small)
        if not taken:
            break
        if word[0] in '"“':
            return base + words[index].start() + 1
        if re.search(r"['’]s$", word):
            break  # `Cresco's Medical Policy`: the owner is no part of the name
        start = base + words[index].start()
        if word[0] == "(":
            start += ")" not in word
            break
    return start


def _right(
    text: str, at: int, kinds: bool, shouted: bool
) -> tuple[int, bool, tuple[int, int] | None]:
    """Where the name ends, whether it has a number, and where its quoted title stands."""
    end, numbered = at, False
    number = _RIGHT_NUMBER.match(text, end)
    if number is not None and (kinds or not number["called"]) and _is_number(number):
        end, numbered = number.end(), re.fullmatch(_YEAR, number["id"]) is None
    elif (short := re.match(r"\s*\([A-Z]{2,6}\)", text[end:])) is not None:
        end += short.end()
    parts = _PARTS.match(text, end)
    if parts is not None:
        end, numbered = parts.end(), True
    title = _QUOTED.match(text, end)
    if title is not None:
        return title.end(), numbered, title.span("title")
    run = None if shouted else _TITLE.match(text, end)
    if run is not None and not _PERSON.match(run["title"]):
        listed = run["by"].strip() in {",", ":", "-", "–", "—", ""}
        ends = _TITLE_ENDS.match(text, run.end()) is not None
        if (ends and len(run["title"].split()) > 1) if listed else True:
            end = run.end()
    if numbered and (named := _TITLE_IN_BRACKETS.match(text, end)) is not None:
        end = named.end()
    issue = _ISSUE.match(text, end)
    if issue is not None:
        end, numbered = issue.end(), numbered or not re.fullmatch(r"\d{4}", issue["id"])
    return end, numbered, None


def _is_number(found: re.Match[str]) -> bool:
    """Whether what follows a head noun is its number: not a date, an amount, a code's name."""
    text = found["id"]
    if re.fullmatch(r"[a-z]{2,4}\d{3,}", text):
        return True
    if _DATE.match(text) or len(text) > 24 or _CODE_NAME.match(text) or _A_WORD.search(text):
        return False
    lettered = re.search(r"[A-Z]", text) is not None and re.search(r"[-.\d]", text) is not None
    if re.match(r"[^A-Z0-9]*,", found.group()):
        return lettered
    return lettered or bool(found["called"]) or len(text) >= 3


def _of_contract(text: str, head: re.Match[str], start: int, end: int, cited: bool) -> Named | None:
    """A contract's or a manual's name, where a part of it is cited behind or before it."""
    before = re.search(
        r"\b(?:page|section|article|part|chapter|exclusion|paragraph)s?\s[\w.()-]+"
        r"(?:,? [\"“][^\"”]{3,60}[\"”],?)? (?:of|in) (?:your |the |our )?(?:(?:[A-Z]|"
        r"\d{4}\b)[\w&-]*\s)*$",
        text[: head.start()],
    )
    if before is not None:
        if (form := _FORM_NUMBER.match(text, end)) is not None:
            end = form.end()
        return Named(before.start(), end, text[before.start() : end], 0.62)
    bracket = _PART_IN_BRACKETS.match(text, head.end())
    if not cited and bracket is None:
        return None
    if bracket is not None:
        end = bracket.end()
    return Named(start, end, text[start:end], 0.62 if head["head"].lower() != "manual" else 0.7)
