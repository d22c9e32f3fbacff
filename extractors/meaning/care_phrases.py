"""Phrases that name care, found in a stretch of text by its words alone.

A phrase is a head of the lexicon with the words before it that say which care it is, and what
belongs to it behind: `of the left knee`, `lumbar spine`, `with and without contrast`, `to a skilled
nursing facility`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from extractors.claim_lines import PROCEDURE
from extractors.lexicon.care import CareWords, Part, care_words

MOST_BEFORE = 8
"""So many words and marks before a head belong to it at most."""
MOST_BEHIND = 5
UNKNOWN = 0.05
"""How surely a phrase names care that has no head of the lexicon."""
_TOKEN = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9'’/&+:.-]*[A-Za-z0-9+])?|[^\sA-Za-z0-9]",
)
_NUMBER = re.compile(r"\d[\d.,/:-]*\Z")
_ID = re.compile(r"\d{3}")
"""Figures that a name of care does not have."""
_LEVEL = re.compile(r"[cdlst]\d{1,2}(?:[-/][cdlst]?\d{1,2})?\Z")
"""A level of the spine, a tooth's or a finger's number."""
_JOINS = frozenset({"and", "or", "&", "/", "and/or"})
_DETERMINERS = frozenset({"the", "a", "an", "your", "his", "her", "their", "my", "both"})
_MEASURES = frozenset({"visit", "visits", "session", "sessions", "hours", "days"})
_IN = frozenset({"flight", "stay", "transport"})
_TO = frozenset({"admission", "transfer", "transport", "transportation", "placement", "flight"})
_WITH = frozenset({"with", "without", "w", "w/", "wo", "w/o", "w/wo", "w/wo.", "and", "or", "/"})
_CODE_BEHIND = re.compile(
    rf"(?:\s*\([^()]{{0,40}}?|\W{{0,3}}(?:(?:cpt|hcpcs|code|procedure|revenue)s?\W*)*){PROCEDURE}",
    re.I,
)
_CODE_SAID = re.compile(
    rf"\s*\([^()]{{0,40}}?{PROCEDURE}|\W{{0,3}}(?:cpt|hcpcs|code|procedure)s?\W*{PROCEDURE}", re.I
)
_CODE_BEFORE = re.compile(rf"{PROCEDURE}[\s,:()\[\]–—-]{{1,4}}\Z", re.I)


@dataclass(frozen=True, slots=True)
class CarePhrase:
    """`text[start:end]` names care. `value` is it as printed, without short forms in parentheses.

    `sure` tells how surely the words name care: 1 a head that stands alone, 0.6 a weak head with
    a word that says which, 0.3 with a word that the lexicon does not know. `made_other`: the word
    behind makes it something else (`therapy notes`). `coded`: a procedure's code stands beside it.
    `joined`: two names with `and`.
    """

    start: int
    end: int
    value: str
    sure: float
    words: int
    made_other: bool
    coded: bool
    joined: bool = False


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    word: str
    part: Part
    opens: Part
    """The part of the first word of a name, else the same."""


def care_phrases(text: str) -> list[CarePhrase]:
    """Every phrase of one line of text that names care, then those joined by `and`."""
    lexicon = care_words()
    tokens = _tokens(text, lexicon)
    told: list[CarePhrase] = []
    for run in _runs(tokens):
        phrase = _phrase(text, tokens, run, lexicon)
        if phrase and not (phrase.sure == UNKNOWN and told and phrase.start < told[-1].end):
            told.append(phrase)
    return [*(p for p in told if p.sure > 0.0), *_coordinated(text, told)]


def _tokens(text: str, lexicon: CareWords) -> list[_Token]:
    """Words and marks; a known name is one token."""
    raw = [(m.start(), m.end(), m.group().lower()) for m in _TOKEN.finditer(text)]
    words = [word for _, _, word in raw]
    tokens: list[_Token] = []
    at = 0
    while at < len(raw):
        start, end, word = raw[at]
        named = lexicon.name_at(words, at)
        if named is not None:
            length, part = named
            end = raw[at + length - 1][1]
            word = " ".join(words[at : at + length])
            at += length
        else:
            part = lexicon.part(word) if word[0].isalnum() else Part.STOP
            at += 1
        opens = lexicon.part(word.split()[0]) if named is not None else part
        tokens.append(_Token(start, end, word, part, opens))
    return tokens


def _runs(tokens: Sequence[_Token]) -> Iterator[tuple[int, int]]:
    """Stretches of tokens without a stop, as first and behind-last index. A short form in
    parentheses and an `and` between two words that say which do not part a stretch."""
    start = at = 0
    while at < len(tokens):
        if tokens[at].part is not Part.STOP:
            at += 1
            continue
        if at > start and (skipped := _bridge(tokens, at)):
            at += skipped
            continue
        if at > start:
            yield start, at
        at += 1
        start = at
    if at > start:
        yield start, at


def _bridge(tokens: Sequence[_Token], at: int) -> int:
    """How many tokens at a stop belong inside a phrase; 0 where it ends."""
    word = tokens[at].word
    if word in _JOINS and at + 1 < len(tokens):
        before, after = tokens[at - 1], tokens[at + 1]
        says = before.part is Part.SAYS and after.opens is Part.SAYS and after.part is not Part.STOP
        says = says or (_numbered(before.word) and _numbered(after.word))
        return 1 if says else 0
    if word == "(":
        for closing in range(at + 2, min(at + 5, len(tokens) - 1)):
            if tokens[closing].word == ")":
                goes_on = tokens[closing + 1].part in (Part.HEAD, Part.WEAK)
                return closing + 1 - at if goes_on else 0
    return 0


def _numbered(word: str) -> bool:
    """`BRCA1`, `L4-L5`: a name with letters and figures."""
    return any(c.isdigit() for c in word) and any(c.isalpha() for c in word)


def _phrase(
    text: str, tokens: Sequence[_Token], run: tuple[int, int], lexicon: CareWords
) -> CarePhrase | None:
    first, behind = run
    heads = [i for i in range(first, behind) if tokens[i].part in (Part.HEAD, Part.WEAK)]
    if not heads:
        return _unknown(text, tokens, run)
    head = heads[-1]
    if len(heads) > 1 and tokens[head].word in _MEASURES and heads[-2] == head - 1:
        before = tokens[head - 1]
        if before.part is Part.HEAD:  # `physical therapy visits` are physical therapy
            head -= 1
    start = max(first, head - MOST_BEFORE)
    while start < head and (tokens[start].part is Part.GENERAL or _loose(tokens[start])):
        start += 1
    sure = _sureness(tokens[start : head + 1])
    end = _body_behind(tokens, head + 1, behind)
    if tokens[head].word in lexicon.products:
        end = _model_behind(tokens, head + 1, behind)
    made_other = end < len(tokens) and tokens[end].word in lexicon.follows
    if (end >= behind and tokens[head].word not in _MEASURES) or tokens[head].word in _TO:
        end, said = _complement(tokens, end, tokens[head].word)
        sure = max(sure, said)
    end = _side(tokens, _with(tokens, end, lexicon), lexicon)
    a, b = tokens[start].start, tokens[end - 1].end
    coded = bool(_CODE_BEHIND.match(text, b) or _CODE_BEFORE.search(text, max(0, a - 14), a))
    return CarePhrase(a, b, _printed(text[a:b]), sure, end - start, made_other, coded)


def _unknown(text: str, tokens: Sequence[_Token], run: tuple[int, int]) -> CarePhrase | None:
    """A phrase without a head of the lexicon: care only where something else tells so."""
    first, behind = run
    while first < behind and (tokens[first].part is Part.GENERAL or _loose(tokens[first])):
        first += 1
    if first >= behind or behind - first > MOST_BEHIND:
        return None
    lexicon = care_words()
    last = tokens[behind - 1].word
    known = last in lexicon.no_head or last in lexicon.follows
    if known or tokens[behind - 1].part is not Part.WORD:
        return None
    end, _ = _complement(tokens, behind, "")
    a, b = tokens[first].start, tokens[end - 1].end
    if b - a < 4 or _ID.search(text, a, b):
        return None
    coded = _CODE_SAID.match(text, b) is not None  # not the ZIP code behind a town
    other = end < len(tokens) and tokens[end].word in lexicon.follows
    return CarePhrase(a, b, _printed(text[a:b]), UNKNOWN, end - first, other, coded)


def _loose(token: _Token) -> bool:
    return _NUMBER.match(token.word) is not None or not token.word[0].isalnum()


def _sureness(tokens: Sequence[_Token]) -> float:
    *before, head = tokens
    if head.part is Part.HEAD:
        return 1.0
    parts = {token.part for token in before}
    if Part.HEAD in parts:
        return 1.0
    if Part.SAYS in parts:
        return 0.6
    return 0.3 if parts & {Part.WORD, Part.WEAK} else 0.0


def _body_behind(tokens: Sequence[_Token], at: int, behind: int) -> int:
    """Where `lumbar spine` behind `MRI` ends."""
    end = at
    while end < behind and end - at < MOST_BEHIND:
        joins = end > at and end + 1 < behind and tokens[end].word in _JOINS
        if tokens[end].part is not Part.SAYS and not joins:
            break
        end += 1
    return end


def _model_behind(tokens: Sequence[_Token], at: int, behind: int) -> int:
    """Where `G7` or `Libre 3` behind a product's name ends."""
    end = at
    while end < min(behind, at + 2) and tokens[end].part is Part.WORD:
        end += 1
    return end


def _complement(tokens: Sequence[_Token], at: int, head: str) -> tuple[int, float]:
    """Where `of the left knee` behind a head ends (else `at`), and how surely that says which."""
    joining = {"of", *(("to",) if head in _TO else ()), *(("in",) if head in _IN else ())}
    if at + 1 >= len(tokens) or tokens[at].word not in joining:
        return at, 0.0
    inner = at + 1
    if tokens[inner].word in _DETERMINERS:
        inner += 1
    end, said = inner, 0.0
    while end < len(tokens) and end - inner <= MOST_BEHIND:
        token = tokens[end]
        joins = token.word in _JOINS and end > inner and _bridge(tokens, end)
        if (token.part is Part.STOP and not joins) or _loose(token) or token.part is Part.GENERAL:
            break
        if token.part in (Part.SAYS, Part.HEAD, Part.WEAK):
            said = 0.6
        end += 1
    if end == inner or (said == 0.0 and end - inner > 3):
        return at, 0.0
    if tokens[at].word != "of" and said == 0.0:
        return at, 0.0
    return end, max(said, 0.3)


def _with(tokens: Sequence[_Token], at: int, lexicon: CareWords) -> int:
    """Where `with and without contrast` behind a phrase ends (else `at`)."""
    inner = at
    while inner < len(tokens) and inner - at < 4 and tokens[inner].word in _WITH:
        inner += 1
    if inner == at or tokens[at].word in _JOINS:
        return at
    words = [part for token in tokens[inner : inner + 3] for part in token.word.split()]
    length = lexicon.tail_at(words, 0)
    while length > 0 and inner < len(tokens):
        length -= len(tokens[inner].word.split())
        inner += 1
        if length <= 0:
            return inner
    return at


def _side(tokens: Sequence[_Token], at: int, lexicon: CareWords) -> int:
    """Where `, right knee`, `, L4-L5` or `at C5-C6` behind a phrase ends (else `at`)."""
    if at + 1 >= len(tokens) or tokens[at].word not in (",", "at"):
        return at
    if tokens[at].word == "at" and not _LEVEL.match(tokens[at + 1].word):
        return at
    end = at + 1
    while end < len(tokens) and end - at <= MOST_BEHIND:
        word = tokens[end].word
        told = (
            word in lexicon.places or _LEVEL.match(word) or (word in ("to", "and") and end > at + 1)
        )
        if not told or re.fullmatch(PROCEDURE, word, re.I):
            break
        end += 1
    ended = end == len(tokens) or not tokens[end].word[0].isalnum()
    ended = ended or re.fullmatch(PROCEDURE, tokens[end].word, re.I) is not None
    return end if end > at + 1 and ended and tokens[end - 1].word not in ("to", "and") else at


def _printed(text: str) -> str:
    return " ".join(re.sub(r"\s*\([^()]{1,20}\)(?=\s)", "", text).split())


_AND = re.compile(r",?\s+(?:and|&|with)\s+(?:(?:an?|the|your|for)\s+)?\Z|\s*/\s*\Z")


def _coordinated(text: str, found: Sequence[CarePhrase]) -> Iterator[CarePhrase]:
    for one, other in pairwise(found):
        if (
            one.sure > UNKNOWN
            and other.sure != UNKNOWN
            and other.start - one.end < 12
            and _AND.fullmatch(text[one.end : other.start])
        ):
            yield CarePhrase(
                one.start, other.end, _printed(text[one.start : other.end]),
                max(min(one.sure, other.sure), 0.6), one.words + other.words,
                other.made_other, one.coded or other.coded, joined=True,
            )  # fmt: skip
