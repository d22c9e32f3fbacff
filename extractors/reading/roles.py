"""What a page is for, told from its words."""

from __future__ import annotations

import re
from dataclasses import replace

from models.document import Page, PageRole, PageSource

_MANY = re.I

_NONDISCRIMINATION = re.compile(
    r"complies with applicable federal civil rights laws|does not (exclude|discriminate)|"
    r"discriminat\w+ (on the basis of|because of)|civil rights coordinator|civil rights laws|"
    r"office for civil rights|ocrportal|section 1557|auxiliary aids|notice of non-?discrimination|"
    r"qualified (sign language )?interpreters?",
    _MANY,
)
_TAGLINES = re.compile(
    r"atenci[oó]n|espa[nñ]ol|language assistance services|free of charge|free language|"
    r"ti[eế]ng vi[eệ]t|tagalog|fran[cç]ais|krey[oò]l|deutsch|polski|portugu[eê]s|italiano|"
    r"servicios gratuitos|gratis|gratuit\w*|kostenlos|bezp[lł]atn\w+|hmoob|diné|ilokano|"
    r"multi-?language|interpreter services",
    _MANY,
)
_APPEAL = re.compile(
    r"your (appeal|grievance) rights|how (do i|to|can i|you can) "
    r"(file an |request an |ask for an? )?"
    r"(internal |fast |expedited |standard )?appeal|right to "
    r"(an )?(appeal|external review|fair hearing)|"
    r"external review|independent review|internal appeal|expedited appeal|fast appeal|"
    r"standard appeal|file an appeal|appoint(ing|ed)? "
    r"(a|an|someone|your) (authorized )?representative|"
    r"state fair hearing|department of insurance|employee benefits security administration|"
    r"get help (and|&) more information|what to include with your appeal|if you disagree|"
    r"aid paid pending|continue your (services|benefits)|ERISA|section 502\(a\)",
    _MANY,
)
_DECIDES = re.compile(
    r"\b(dear\b|re:|we (have |are )?(denied|den(y|ying)|reviewed|received|decided|"
    r"cannot approve|"
    r"did not approve|approved|are unable)|is denied|was denied|has been (denied|approved)|"
    r"member (name|id)\s*[:#]|claim (number|#|no)|reference (number|#|no)|"
    r"date of (notice|service))",
    _MANY,
)
_COVER = re.compile(
    r"\bfax (cover|transmittal|transmission)|cover (sheet|page)|(number|no\.?|#) of pages|"
    r"pages \(?includ|total pages|\bpages\s*:\s*\d|confidentiality (notice|statement)|"
    r"intended (only|solely)? ?(for the )?(use of )?the (individual|recipient|addressee)|"
    r"received this (fax|facsimile|transmission) in error",
    _MANY,
)
_FAX_FIELDS = re.compile(
    r"^\s*(to|from|fax|phone|pages|date|re|attn|subject|cc)\s*[:#]", re.I | re.M
)
_EOB = re.compile(
    r"explanation of (benefits|payment)|remittance advice|this is not a bill|"
    r"amount (billed|charged|allowed|paid)|(billed|allowed|paid) amount|plan discount|"
    r"your (responsibility|share|cost)|patient responsibility|you (may )?owe|deductible|"
    r"co-?insurance|"
    r"co-?pay(ment)?|remark codes?|claim total|not covered",
    _MANY,
)
_SCRIPTS = tuple(
    re.compile(letters)
    for letters in (
        "[\u0400-\u04ff]",
        "[\u0590-\u05ff]",
        "[\u0600-\u06ff]",
        "[\u0900-\u0dff]",
        "[\u0e00-\u0eff]",
        "[\u1000-\u139f]",
        "[\u1780-\u17ff]",
        "[\u3040-\u30ff]",
        "[\u4e00-\u9fff]",
        "[\uac00-\ud7af]",
    )
)
_MONEY = re.compile(r"\$?\s?\d[\d,]*\.\d\d\b")


def with_role(page: Page) -> Page:
    """The page, its role told from its words."""
    return replace(page, role=role_of(page))


def role_of(page: Page) -> PageRole:
    """What a page is for. Where several would fit, the letter's body is the safe answer."""
    if page.source is PageSource.BLANK:
        return PageRole.BLANK
    text = page.text
    words = len(page.words)
    if not words:
        return PageRole.BODY
    decides = _count(_DECIDES, text)
    civil = _count(_NONDISCRIMINATION, text)
    rights = len(_APPEAL.findall(text))
    letter = decides > 1 or rights >= 4 or _body_like(text)
    if is_taglines(text):
        return PageRole.TAGLINES
    if civil >= 2 and not letter and _opens(_NONDISCRIMINATION, text):
        return PageRole.NONDISCRIMINATION
    cover, fields = _count(_COVER, text), _count(_FAX_FIELDS, text)
    if words < 350 and (cover >= 2 or (cover and fields >= 2)) and not _body_like(text):
        return PageRole.COVER
    eob, money = _count(_EOB, text), len(_MONEY.findall(text))
    if eob >= 4 and money >= 6 and money > words * 0.02:
        return PageRole.EOB_TABLE
    if rights >= 5 and decides <= 1 and rights * 120 > words:
        return PageRole.APPEAL_RIGHTS
    return PageRole.BODY


def is_taglines(text: str) -> bool:
    """Whether a page offers help in many languages and says nothing else."""
    tongues = _count(_TAGLINES, text) + _foreign(text)
    letter = _count(_DECIDES, text) > 1 or len(_APPEAL.findall(text)) >= 4 or _body_like(text)
    if tongues < 4 or letter or _english(text) >= ENGLISH:
        return False
    return _opens(_TAGLINES, text) or _foreign(text) > 0


_SMALL_WORDS = frozenset(
    {"the", "of", "to", "and", "you", "your", "for", "in", "is", "this", "we", "not", "or", "on"}
    | {"with", "be", "may", "by", "was", "our", "that", "if", "will", "it", "from", "are", "as"}
)
ENGLISH = 0.24
"""Share of small English words below which a page is mostly in other languages."""


def _english(text: str) -> float:
    tokens = re.findall(r"[^\W\d_]+", text.lower())
    return sum(token in _SMALL_WORDS for token in tokens) / len(tokens) if tokens else 0.0


def _count(pattern: re.Pattern[str], text: str) -> int:
    """How many different phrases of a pattern the text has."""
    return len({found.group().lower() for found in pattern.finditer(text)})


_FOOT = 0.6


def _opens(pattern: re.Pattern[str], text: str) -> bool:
    """Whether what a pattern tells of begins before the foot of a page: a letter may end with
    three lines on civil rights."""
    first = pattern.search(text)
    return first is not None and first.start() < _FOOT * len(text)


def _body_like(text: str) -> bool:
    return bool(
        re.search(r"^\s*dear\b|\bsincerely\b|\bwe (have )?(denied|reviewed)\b", text, re.I | re.M)
    )


def _foreign(text: str) -> int:
    """Points for scripts that taglines are printed in and letters are not."""
    return 0 if text.isascii() else sum(bool(script.search(text)) for script in _SCRIPTS)
