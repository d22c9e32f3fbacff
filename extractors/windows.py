"""The time a letter gives for the next appeal step, told apart from every other stretch of time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extractors.candidates import Candidate
from extractors.nlp.analysis import Analysis
from extractors.nlp.wordings import ordered, wording
from models.document import PageSource
from models.fields import Window

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fourteen": 14, "fifteen": 15,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90, "hundred": 100, "treinta": 30, "sesenta": 60, "noventa": 90,
}  # fmt: skip
_WORD = rf"(?:{'|'.join(_NUMBERS)})"
_DURATION = re.compile(
    rf"\b(?P<n>(?=[\dOolIS]*\d)[\dOolIS]{{1,3}}|{_WORD}(?:[\s-]+(?:and\s+)?{_WORD}){{0,3}})"
    rf"(?:\s*\(\s*(?P<n2>\d{{1,3}}|{_WORD}(?:[\s-]+{_WORD}){{0,3}})\s*\))?[\s-]*(?:\*+)?"
    r"(?:(?:calendar|business|working|consecutive|full)[\s-]+)?"
    r"(?P<unit>days?|months?|weeks?|years?|d[ií]as|meses)\b",
    re.I,
)
_LOOKALIKE = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "S": "5"})
_CLAUSE = re.compile(
    r"(?<!\b[A-Z])(?<!\bSt)(?<!\bAve)(?<!\bRd)(?<!\bDr)(?<!\bNo)[;.]\s"
    r"|,\s+(?:and|but|then|we|you|the plan|our|or)\s|:\s|\n\s*[-•*]"
    r"|\s(?:and|but)\s+(?=(?:we|you|the plan|our|they|it|your plan)\b)",
    re.I,
)
_HAVE = re.compile(
    r"\byou (?:only |also |then |still |each )?(?:have|must|may|can)\b|\b(?:usted )?tiene\b", re.I
)
_EYE = re.compile(r"(?<=[a-z])I(?=[a-z]|\b)")
"""A capital in a word of small letters is an `l` misread: `appeaI`."""
_ANSWERS = re.compile(r"\b(?:answer|decision|decide|reply|respon|we will)\w*", re.I)
"""Words of a value by which a time is the plan's own: `Standard appeal: answer within 7`."""
_RIGHTS = {"appeal", "expedited", "external", "hearing"}
_ELSEWHERE = {"member", "reason", "criteria", "peer_to_peer", "records"}
"""Sections in which a time to appeal is seldom told."""


@dataclass(frozen=True, slots=True)
class WindowMention:
    """Time to take an appeal step: `step` is internal, second, external, hearing, agency, alj or
    court."""

    start: int
    end: int
    window: Window
    step: str
    score: float
    because: str
    later: bool = False
    """The step opens only after a decision that this letter is not."""
    counted: bool = False
    """The time itself is said to run from a decision that this letter is not."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The words around a stretch of time, line breaks as blanks."""

    sentence: str
    clause: str
    before: str
    """The clause up to the time."""
    after: str
    """The clause after it."""
    previous: str
    """The sentence before."""
    context: str
    """What precedes the sentence."""
    section: str
    labelled: bool
    upto: str
    """The sentence before and this one, up to the time."""
    window: Window

    @property
    def appeals(self) -> bool:
        """Whether the time itself is that of filing an appeal, whatever else stands near."""
        return bool(
            wording("windows", "files_before").search(self.before)
            or wording("windows", "files_after").search(self.after)
        )


def number_of(text: str) -> int | None:
    """`60`, `6O`, `sixty`, `one hundred eighty` as a number; None if it is none."""
    digits = text.translate(_LOOKALIKE)
    if digits.isdigit():
        return int(digits)
    total = 0
    for word in re.findall(r"[a-z]+", text.lower()):
        if word == "and":
            continue
        if word not in _NUMBERS:
            return None
        total = max(total, 1) * 100 if word == "hundred" else total + _NUMBERS[word]
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
    for match in _DURATION.finditer(analysis.text):
        window = _window(match)
        if window is None or (window.unit == "days" and window.value < 2):
            continue
        if window.unit == "months" and window.value > _LONGEST_MONTHS:
            continue
        place = _place(analysis, match, window)
        score, because = _judge(place)
        if score:
            step = _step(place)
            said = f"{place.previous} {place.sentence}"
            counted = wording("windows", "counted").search(said) is not None
            later = counted or wording("windows", "conditional").search(said) is not None
            because = f"window:{because}:{step}"
            yield WindowMention(
                match.start(), match.end(), window, step, score, because, later, counted
            )


def _place(analysis: Analysis, match: re.Match[str], window: Window) -> _Place:
    text = _EYE.sub("l", analysis.text)
    sentence = analysis.sentence_at(match.start())
    whole = text[sentence.start : sentence.end].replace("\n", " ")
    start, stop = match.start() - sentence.start, match.end() - sentence.start
    first, last = 0, len(whole)
    for cut in _CLAUSE.finditer(text[sentence.start : sentence.end]):
        if cut.end() <= start:
            first = cut.end()
        elif cut.start() >= stop:
            last = cut.start()
            break
    context = text[max(0, sentence.start - 220) : sentence.start].replace("\n", " ")
    last_sentence = analysis.sentence_at(max(sentence.start - 1, 0))
    previous = text[last_sentence.start : sentence.start].replace("\n", " ")
    labelled = any(
        pair.value_start <= match.start() < min(pair.value_end, pair.value_start + 30)
        and not _ANSWERS.search(text, pair.value_start, match.start())
        for pair in analysis.pairs_of("appeal_window", "appeal_deadline")
    )
    return _Place(
        whole,
        whole[first:last],
        whole[first:start],
        whole[stop:last],
        previous,
        context,
        analysis.section_at(match.start()).kind,
        labelled,
        text[max(0, match.start() - 60) : match.start()].replace("\n", " "),
        window,
    )


def _judge(place: _Place) -> tuple[float, str]:
    """How surely a stretch of time is one to appeal in, 0 if it is another; and by what."""
    if _is_another(place):
        return 0.0, ""
    leads = place.labelled or wording("windows", "leads").search(place.before) is not None
    leads = leads or _STEP_NAMED.search(place.upto) is not None
    if not leads and not wording("windows", "follows").search(place.after):
        return 0.0, ""
    if (named := _named_step(place)) is not None:
        return named, "named"
    appeal, files = wording("windows", "appeal"), wording("windows", "files")
    here = appeal.search(place.clause) is not None
    score, because = 0.0, ""
    if place.labelled:
        score, because = 0.88, "label"
    elif here and (files.search(place.before) or files.search(place.after[:60])):
        score, because = 0.92, "clause"
    elif here:
        score, because = 0.8, "clause_without_verb"
    elif appeal.search(place.sentence) and files.search(place.clause):
        score, because = 0.8, "sentence"
    elif _asks_before(place) and _HAVE.search(place.before):
        score, because = 0.88, "asked_before"
    elif appeal.search(place.context) and (
        files.search(place.clause) or _HAVE.search(place.before)
    ):
        score, because = 0.7, "sentence_before"
    elif leads and _STEP_HEADS.match(place.sentence):
        score, because = 0.82, "heads_sentence"
    elif place.section in _RIGHTS and leads:
        score, because = 0.6, "section"
    if place.section in _ELSEWHERE:
        score *= 0.85
    if wording("contacts", "expedited").search(place.clause):
        score *= 0.5
    return score * (1.0 if leads else 0.85), because


_STEP_NAMED = re.compile(
    r"\b(?P<fast>standard |fast |expedited |urgent |quick )?"
    r"(?:appeals?|redeterminations?|grievances?|reconsiderations?|apelaci[oó]n)"
    r"(?:\s\([^)]{1,30}\))?\s?:\s*$",
    re.I,
)
_FROM = re.compile(r"\s*(?:from|of|after|following|to (?:file|ask|appeal)|a partir)\b", re.I)
_LONGEST_TO_CONTINUE = 15
"""Days in which services that go on during an appeal must be asked for, at most."""
_STEP_HEADS = re.compile(
    r"^\W*(?:(?:first|1st|standard|internal|plan|written|level)[- ]?(?:level|one|1)?\s+)?"
    r"(?:appeals?|redeterminations?|grievances?|reconsiderations?)(?:\s\([^)]{1,30}\))?\s?[:.]\s",
    re.I,
)
"""`Appeal: in writing, within 90 days ...`: a sentence under the name of its step."""
_SHORTEST_TO_FILE = 60
"""Days: a bare shorter time beside the name of a step may be the plan's own to decide in."""


def _named_step(place: _Place) -> float | None:
    """`Grievance: 180 days.`: the score of a time that stands right after a step's name."""
    named = _STEP_NAMED.search(place.upto)
    if named is None:
        return None
    if _FROM.match(place.after):
        return 0.88
    long = place.window.unit == "months" or place.window.value >= _SHORTEST_TO_FILE
    return 0.86 if long and not named["fast"] else 0.0


_ASKS = re.compile(r"\b(?:ask|file|request|appeal|apply|submit)\w*\b", re.I)


def _asks_before(place: _Place) -> bool:
    """`You can ask for a fair hearing. You have 120 days from ...`: the sentence before names the
    step, this one its time."""
    names = wording("windows", "appeal").search(place.previous)
    return names is not None and _ASKS.search(place.previous) is not None


def _is_another(place: _Place) -> bool:
    """A decision's clock, a past stretch, a rate, peer-to-peer, corrected claims, continuation."""
    if wording("windows", "no_step").search(place.sentence):
        return True
    short = place.window.unit == "days" and place.window.value <= _LONGEST_TO_CONTINUE
    if short and wording("windows", "goes_on").search(place.sentence):
        return True
    legal = wording("values", "legal").search(place.sentence) or place.section == "legal"
    if legal or wording("windows", "waiting").search(place.before):
        return True
    within = re.search(r"within (?:the )?(?:\w+ )?$", place.before, re.I)
    if wording("windows", "past").search(place.before) and not within:
        return True
    if wording("windows", "plan_acts").search(place.before):
        return True
    if wording("windows", "late_decision").search(place.after):
        return True
    if place.section == "continuation" and not place.appeals:
        return True
    if place.appeals:
        return False
    near = f"{place.before[-90:]} {place.after[:45]}"
    return bool(
        wording("windows", "decides").search(place.before)
        or wording("windows", "continues").search(place.sentence)
        or wording("windows", "other_clock").search(near)
    )


def _step(place: _Place) -> str:
    steps = [(role, pattern) for role, _, pattern in ordered("steps")]
    nearest = re.split(r"[,(]", place.before)[-1] if len(place.before) > 90 else place.before
    for words in (nearest, place.clause):
        for step, pattern in steps:
            if pattern.search(words):
                return step
    if re.search(r"appeal|redetermination|reconsideration", place.clause, re.I):
        return "internal"
    for step, pattern in steps:
        if pattern.search(place.sentence):
            return step
    if place.section in {"external", "hearing"}:
        return place.section
    if not re.search(r"appeal|redetermination", place.sentence, re.I):
        for step, pattern in steps:
            if pattern.search(place.previous):
                return step
    return "internal"


_NEXT: dict[str, dict[str, float]] = {
    "initial": {
        "internal": 1.0, "hearing": 0.9, "external": 0.85, "agency": 0.85, "second": 0.6,
        "alj": 0.75,
    },
    "internal_appeal": {
        "second": 1.0, "external": 1.0, "agency": 1.0, "hearing": 1.0, "alj": 0.8, "internal": 0.7,
        "court": 0.6,
    },
    "external_review": {
        "agency": 0.8, "alj": 1.0, "court": 1.0, "hearing": 0.9, "external": 0.6, "internal": 0.4,
    },
}  # fmt: skip
"""By level of the decision: the steps that may be next, and how far each is believed."""


def internal_appeal_offered(analysis: Analysis) -> bool:
    """Whether the letter speaks of an appeal to the plan itself."""
    return wording("windows", "internal_offered").search(analysis.text) is not None


def later_step_is_next(analysis: Analysis, level: str) -> bool:
    """Whether an external review or a hearing is what the member may ask for next."""
    if level == "initial":
        return not internal_appeal_offered(analysis)
    return level == "internal_appeal" or any(
        mention.step in {"external", "hearing", "agency"} for mention in find_windows(analysis)
    )


_LONGEST_MONTHS = 36
_USUAL = {
    "days": frozenset({10, 14, 15, 20, 30, 33, 45, 60, 63, 65, 90, 120, 180, 182, 365}),
    "months": frozenset({1, 2, 3, 4, 6, 12, 24}),
}
"""Times to appeal that laws and plans give; another one, read from a picture, may be misread."""
_UNUSUAL_READ = 0.78
_ALSO = re.compile(r"\b(?:also|in addition|alternatively)\b", re.I)
_SECOND_WAY = 0.93


def _plausible(analysis: Analysis, mention: WindowMention) -> float:
    """What an unusual number takes off where it was read from a picture."""
    if mention.window.value in _USUAL[mention.window.unit]:
        return 1.0
    page = analysis.view.line_at(mention.start).page
    scanned = any(p.number == page and p.source is PageSource.OCR for p in analysis.view.pages)
    return _UNUSUAL_READ if scanned else 0.97


def find_appeal_window(analysis: Analysis, level: str) -> Iterator[Candidate]:
    """Candidates of appeal_window for a decision of `level`.

    Where an internal appeal is open but its time is not given, the time of a later step is no
    answer and is believed less.
    """
    offered = internal_appeal_offered(analysis)
    mentions = tuple(find_windows(analysis))
    only = {mention.step for mention in mentions} <= {"internal"}
    first = any(m.step == "internal" and not m.later for m in mentions)
    for mention in mentions:
        weight = 0.9 if only else _NEXT[level].get(mention.step, 0.0)
        beyond = (mention.later and level == "initial") or (mention.counted and first)
        if mention.step == "internal" and mention.counted and first:
            weight *= 0.5  # counted from the decision on an appeal that is still to come
        if mention.step != "internal" and (beyond or (level == "initial" and offered)):
            weight *= 0.4
        sentence = analysis.sentence_at(mention.start)
        if mention.step != "internal" and _ALSO.search(
            analysis.text, sentence.start, mention.start
        ):
            weight *= _SECOND_WAY
        if weight:
            score = mention.score * weight * _plausible(analysis, mention)
            yield Candidate(
                "appeal_window", mention.window, mention.start, mention.end, score, mention.because
            )
