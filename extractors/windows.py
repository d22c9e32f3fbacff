"""The time a letter gives for the next appeal step, told apart from every other stretch of time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extractors.candidates import Candidate
from extractors.nlp.analysis import Analysis
from models.fields import Window

_ONES = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fourteen": 14, "fifteen": 15, "twenty": 20, "thirty": 30,
    "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100,
    "sesenta": 60, "treinta": 30, "noventa": 90, "a": 1,
}  # fmt: skip
_WORD = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|sesenta|treinta|noventa)"
_DURATION = re.compile(
    rf"\b(?P<n>(?=[\dOolIS]*\d)[\dOolIS]{{1,3}}|{_WORD}(?:[\s-]+(?:and\s+)?{_WORD}){{0,3}})"
    rf"(?:\s*\(\s*(?P<n2>\d{{1,3}}|{_WORD}(?:[\s-]+{_WORD}){{0,3}})\s*\))?"
    r"[\s-]*(?:\*+)?(?:(?P<how>calendar|business|working|consecutive|full|d[ií]as)[\s-]+)?"
    r"(?P<unit>days?|months?|weeks?|years?|d[ií]as|meses)\b",
    re.I,
)
_LOOKALIKE = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "S": "5"})

_STEP_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (step, re.compile(pattern, re.I))
    for step, pattern in (
        ("court", r"federal (?:district )?court|civil action|lawsuit|judicial review|sue\b"),
        ("alj", r"administrative law judge|\balj\b|office of medicare hearings|\bomha\b|appeals council"),
        ("hearing", r"fair hearing|state hearing|medicaid hearing|administrative hearing|request a hearing|ask for a hearing"),
        ("opm", r"office of personnel management|\bopm\b"),
        ("external", r"external (?:review|appeal)|independent (?:external )?(?:medical )?review|\biro\b|\bire\b|independent review (?:entity|organization)|\bimr\b|department of (?:insurance|managed)|insurance (?:department|commissioner)|reconsideration by|qualified independent contractor|maximus|c2c"),
        ("second", r"second[- ]level|level (?:2|two|ii)\b|second appeal|voluntary appeal|further appeal"),
    )
)  # fmt: skip
_APPEAL = re.compile(
    r"appeal|redetermination|reconsideration|grievance|external review|hearing|independent review"
    r"|reconsider|dispute|disagree|apelar|apelaci|request a review|ask for a review|independent medical review",
    re.I,
)
_FILES = re.compile(
    r"\b(?:file|filed|filing|submit|submitted|submitting|request|requested|requesting|ask|asking|send|sent"
    r"|receive|received|write|written|mail|mailed|postmarked|make|made|initiate|start|call|calling|begin"
    r"|appeal|dispute|seek|apply|pursue|contact|apelar|return|exercise|provide)\b",
    re.I,
)
_LEADS = re.compile(
    r"(?:within|have|has|in|up to|at least|no later than|not later than|than|dentro de|is|are|:|limit(?:ed to)?|a"
    r"|by|for|maximum of|the|these|your|first|before the end of)\s*(?:\*+)?(?:the\s+|a\s+)?(?:full\s+|first\s+|next\s+|following\s+)?$",
    re.I,
)
_AFTER = re.compile(
    r"^\s*(?:\*+)?\s*(?:from|of|after|following|to\b|window|period|deadline|time|by\b|if|or\b|para|and|[.,;:)]|$|(?:to )?appeal|upon|starting|beginning|in writing|at the|when|/)",
    re.I,
)
_DECISION = re.compile(
    r"\b(?:we|plan|it|they|ire|iro|reviewer|organization|entity|insurer|carrier|company|us|cigna|aetna)\b[^.;]{0,25}\b(?:will|must|shall|should|has to|have to|may take|can take|has|have|are required)\b"
    r"(?!\s+(?:receive|get|be received))"
    r"|\b(?:decision|determination|answer|response|resolution|resolved|decided|decide|notify|notified|notification|respond|"
    r"completed|complete|processed|process|acknowledge)\b[^.;]{0,45}(?:within|in|up to|no later than|than|be made|is made)\s*$"
    r"|you (?:will|should|'ll) (?:receive|get|hear|have)|take (?:up to|as long as)|give you (?:an?|our)|make (?:a|our) (?:decision|determination)|we'll|let you know|tell you (?:our|of)",
    re.I,
)
_OTHER_CLOCK = re.compile(
    r"peer[- ]to[- ]peer|\bp2p\b|corrected claim|resubmit|re-submit|claim submission|retrospective auth|new request"
    r"|continu(?:e|ing|ation)|keep (?:your|getting)|aid paid|benefits? to (?:stay|continue)|same level"
    r"|extension|extend|additional time|additional \d|extra|more days|\bmore time\b|delay"
    r"|supply|refill|therapy|treatment|trial|course of|dose|sensor|tablets?|capsules?|units?|per\s|every|prior to|prior auth\w* (?:request )?at least"
    r"|allow\b|mail time|for mailing|business hours|waiting period|premium|enroll|disenroll|claim file|free of charge|copy of|copies"
    r"|expire|medical records? (?:must|within)|additional (?:clinical )?(?:information|documentation)|missing information|corrected",
    re.I,
)
_CONTINUES = re.compile(
    r"\b(?:continu\w+|keep|stay)\b[^.]{0,40}\b(?:services?|benefits?|care|treatment|same)\b|aid (?:paid|continuing)",
    re.I,
)
_PAST = re.compile(
    r"\b(?:past|last|prior|previous|preceding|recent|every|per|each|for|(?:more|less|fewer|greater) than|minimum of|over|age|aged|under|approximately|about|additional|another|another up to|extra)\s*(?:the\s+)?$",
    re.I,
)
_CLAUSE = re.compile(
    r"[;.]\s|,\s+(?:and|but|then|we|you|the plan|our|or)\s|\s(?:and|but)\s+(?=(?:we|you|the plan|our|they|it|your plan)\b)|\n\s*[-•*]|:\s",
    re.I,
)
_RIGHTS = {"appeal", "expedited", "external", "hearing"}


@dataclass(frozen=True, slots=True)
class WindowMention:
    """Time to take an appeal step: `step` is internal, second, external, hearing, opm, alj or
    court."""

    start: int
    end: int
    window: Window
    step: str
    score: float
    because: str


def number_of(text: str) -> int | None:
    """`60`, `6O`, `sixty`, `one hundred eighty` as a number; None if it is none."""
    digits = text.translate(_LOOKALIKE)
    if digits.isdigit():
        return int(digits)
    total = 0
    for word in re.findall(r"[a-z]+", text.lower()):
        if word == "and":
            continue
        if word not in _ONES:
            return None
        total = max(total, 1) * 100 if word == "hundred" else total + _ONES[word]
    return total or None


def _window(match: re.Match[str]) -> Window | None:
    numbers = [number_of(match[name]) for name in ("n2", "n") if match[name]]
    value = next((n for n in numbers if n), None)
    if value is None:
        return None
    unit = match["unit"].lower()
    if unit.startswith("w"):
        return Window(value * 7, "days")
    if unit.startswith("y"):
        return Window(value * 12, "months")
    return Window(value, "months" if unit.startswith("m") else "days")


def find_windows(analysis: Analysis) -> Iterator[WindowMention]:
    """Every stretch of time in which the member may take an appeal step."""
    text = analysis.text
    for match in _DURATION.finditer(text):
        window = _window(match)
        if window is None or (window.value < 2 and window.unit == "days"):
            continue
        judged = _judge(analysis, match)
        if judged is not None:
            step, score, because = judged
            yield WindowMention(match.start(), match.end(), window, step, score, because)


def _judge(analysis: Analysis, match: re.Match[str]) -> tuple[str, float, str] | None:
    text = analysis.text
    sentence = analysis.sentence_at(match.start())
    whole = text[sentence.start : sentence.end].replace("\n", " ")
    at = match.start() - sentence.start
    clause_from, clause = _clause(whole, at)
    before, after = clause[: at - clause_from], whole[at + len(match.group()) :]
    pair = _window_pair(analysis, match.start())
    section = analysis.section_at(match.start()).kind
    nearest = re.split(r"[,(]", before)[-1] if len(before) > 90 else before
    if _PAST.search(before) and not re.search(r"within (?:the )?(?:\w+ )?$", before, re.I):
        return None
    if _DECISION.search(before) or _late_decision(clause[at - clause_from + len(match.group()) :]):
        return None
    if _CONTINUES.search(whole) and not _files_appeal(before, after):
        return None
    local = before[-90:] + " " + after[:45]
    if _OTHER_CLOCK.search(local) and not _files_appeal(before, after):
        return None
    leads = _LEADS.search(before) is not None or pair
    if not leads and not _AFTER.search(after):
        return None
    context = text[max(0, sentence.start - 220) : sentence.start].replace("\n", " ")
    appeal_here = _APPEAL.search(clause) or _APPEAL.search(after[:80])
    score, because = 0.0, ""
    if pair:
        score, because = 0.88, "label"
    elif appeal_here and (_FILES.search(before) or _FILES.search(after[:60])):
        score, because = 0.92, "clause"
    elif appeal_here:
        score, because = 0.8, "clause:no_verb"
    elif _APPEAL.search(whole) and _FILES.search(clause):
        score, because = 0.8, "sentence"
    elif _APPEAL.search(context) and _FILES.search(clause):
        score, because = 0.7, "sentence_before"
    elif section in _RIGHTS and leads:
        score, because = 0.6, "section"
    if not score:
        return None
    if not leads:
        score *= 0.85
    step = _step(clause, nearest, whole, context, section)
    if section in {"member", "reason", "criteria", "peer_to_peer", "records", "continuation"}:
        score *= 0.8
    return step, score, f"window:{because}:{step}"


def _clause(whole: str, at: int) -> tuple[int, str]:
    start = 0
    end = len(whole)
    for cut in _CLAUSE.finditer(whole):
        if cut.end() <= at:
            start = cut.end()
        elif cut.start() > at:
            end = cut.start()
            break
    return start, whole[start:end]


def _late_decision(after: str) -> bool:
    """`within 30 days we will decide`, `days for us to ...`."""
    return (
        re.match(
            r"[^.;]{0,40}\b(?:we|the plan|our plan) (?:will|must|shall)\b|\s*(?:for (?:us|a decision|our)|to (?:decide|respond|make a decision|review)|review|turnaround|supply|old|or older)",
            after,
            re.I,
        )
        is not None
    )


def _files_appeal(before: str, after: str) -> bool:
    """Whether the time itself is that of filing an appeal, in spite of other words near it."""
    return (
        re.search(
            r"(?:file|submit|request|ask for|send|make|receive|initiate)\w*\s+(?:\w+\s+){0,6}?(?:appeal|redetermination"
            r"|reconsideration|hearing|review|grievance)\w*\b(?:\s+\w+){0,8}\s*$|appeal(?:\s+\w+){0,5}\s+within\s*(?:the\s*)?$",
            before,
            re.I,
        )
        is not None
        or re.match(
            r"\s*(?:from|of|after|following)[^.;,]{0,60}\bto (?:file|submit|request|ask for|send|make)?\s*(?:\w+\s){0,4}(?:appeal|redetermination|reconsideration|hearing|review)",
            after,
            re.I,
        )
        is not None
    )


def _step(clause: str, nearest: str, whole: str, context: str, section: str) -> str:
    for place in (nearest, clause):
        for step, pattern in _STEP_WORDS:
            if pattern.search(place):
                return step
    if re.search(r"appeal|redetermination|reconsideration", clause, re.I):
        return "internal"
    for step, pattern in _STEP_WORDS:
        if pattern.search(whole):
            return step
    if section in {"external", "hearing"}:
        return section
    if not re.search(r"appeal|redetermination", whole + context[-120:], re.I):
        for step, pattern in _STEP_WORDS:
            if pattern.search(context[-120:]):
                return step
    return "internal"


def _window_pair(analysis: Analysis, offset: int) -> bool:
    return any(
        pair.value_start <= offset < pair.value_end and offset - pair.value_start < 30
        for pair in analysis.pairs_of("appeal_window", "appeal_deadline")
    )


_NEXT: dict[str, tuple[tuple[str, float], ...]] = {
    "initial": (("internal", 1.0), ("hearing", 0.7), ("external", 0.62), ("opm", 0.6), ("second", 0.5)),
    "internal_appeal": (("second", 1.0), ("external", 1.0), ("hearing", 0.97), ("opm", 1.0), ("alj", 0.8), ("internal", 0.7), ("court", 0.6)),
    "external_review": (("alj", 1.0), ("court", 1.0), ("hearing", 0.9), ("external", 0.6), ("internal", 0.4)),
}  # fmt: skip
"""By level of the decision: the steps that may be next, and how far each is believed."""
_INTERNAL_OFFERED = re.compile(
    r"(?:file|request|submit|right to|ask for|may) (?:an? )?(?:internal |written |plan |first[- ]level )?appeal|redetermination",
    re.I,
)


def find_appeal_window(analysis: Analysis, level: str) -> Iterator[Candidate]:
    """Candidates of appeal_window for a decision of `level`.

    Where an internal appeal is open but its time is not given, the time of a later step is no
    answer and is believed less.
    """
    weights = dict(_NEXT[level])
    for mention in find_windows(analysis):
        weight = weights.get(mention.step, 0.0)
        if (
            level == "initial"
            and mention.step in {"external", "hearing", "opm"}
            and _INTERNAL_OFFERED.search(analysis.text)
        ):
            weight *= 0.4
        if weight:
            yield Candidate(
                "appeal_window",
                mention.window,
                mention.start,
                mention.end,
                mention.score * weight,
                mention.because,
            )
