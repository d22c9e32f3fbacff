"""The time a letter gives for the next appeal step, told apart from every other stretch of time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extractors.durations import durations
from extractors.nlp.analysis import Analysis
from extractors.nlp.wordings import ordered, wording
from models.fields import Window

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
_PROVIDERS = 0.65
"""What a time counts that a provider has for itself."""
_OPENS = 3
_ENDS = re.compile(r"[.!?:;]\W*$")
_SHORTEST_DAYS, _LONGEST_MONTHS = 2, 36
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
    around: str
    """What stands near the sentence, before and behind it."""
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

    @property
    def arrives(self) -> bool:
        """Whether the appeal is what has to come within the time."""
        return wording("windows", "arrives").search(self.before) is not None

    @property
    def gives(self) -> bool:
        """Whether the clause gives someone a time to act, or speaks of the act named before."""
        return bool(
            _HAVE.search(self.before)
            or self.arrives
            or wording("windows", "has_time").search(self.before)
            or wording("windows", "do_so").search(self.before)
        )


def find_windows(analysis: Analysis) -> Iterator[WindowMention]:
    """Every stretch of time in which the member may take an appeal step."""
    yield from _of_labels(analysis)
    for match, window in durations(analysis.text):
        if window.unit == "days" and window.value < _SHORTEST_DAYS:
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
            if wording("windows", "providers_own").search(place.sentence):
                score *= _PROVIDERS
            because = f"window:{because}:{step}"
            yield WindowMention(
                match.start(), match.end(), window, step, score, because, later, counted
            )


_COUNTED_IN = re.compile(r"(?i)\b(?P<unit>days|months)\b")
_ONLY_A_NUMBER = re.compile(r"(\d{1,3})(?![\w/.-]|\s*(?:days|months|years|weeks)\b)")


def _of_labels(analysis: Analysis) -> Iterator[WindowMention]:
    """`APPEAL WINDOW (DAYS): 180`: the label has the unit."""
    for pair in analysis.pairs_of("appeal_window"):
        unit = _COUNTED_IN.search(pair.label)
        number = _ONLY_A_NUMBER.match(pair.value)
        if unit and number:
            start, end = pair.value_start, pair.value_start + number.end()
            window = Window(int(number[1]), unit["unit"].lower())
            yield WindowMention(start, end, window, "internal", 0.88, "window:label:internal")


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
    around = text[max(0, sentence.start - 300) : sentence.end + 300].replace("\n", " ")
    if start < _OPENS and previous and not _ENDS.search(previous):  # a line cut it off
        whole, first = previous + whole, 0
        start, stop, last = start + len(previous), stop + len(previous), last + len(previous)
    labelled = any(
        pair.value_start <= match.start() < min(pair.value_end, pair.value_start + 30)
        and not _ANSWERS.search(text, pair.value_start, match.start())
        for pair in analysis.pairs_of("appeal_window", "appeal_deadline")
    )
    labelled = labelled or _in_row_of_a_step(analysis, match.start())
    labelled = labelled or _HOW_LONG.search(previous) is not None
    return _Place(
        whole,
        whole[first:last],
        whole[first:start],
        whole[stop:last],
        previous,
        context,
        around,
        analysis.section_at(match.start()).kind,
        labelled,
        text[max(0, match.start() - 60) : match.start()].replace("\n", " "),
        window,
    )


_HOW_LONG = re.compile(
    r"\bhow (?:long|much time) (?:do|will|would) (?:i|you|we) have\b[^?]{0,30}\?", re.I
)
_STEP_ROW = re.compile(
    r"(?:your |member |plan |the |first |1st |level 1 )*(?:appeals?|grievances?|redeterminations?"
    r"|reconsiderations?|dispute|apelaci[oó]n)(?: rights?| to us| by| within)?\W*",
    re.I,
)
_WHOSE = re.compile(
    r"\W*(?:(?:you|members?|enrollees?|patients?|standard|in writing|by)\b\W*){0,3}", re.I
)


def _in_row_of_a_step(analysis: Analysis, start: int) -> bool:
    """Whether a time opens a cell right of one that names a step: `Appeal | Member: 180 days`."""
    cell = analysis.segment_at(start)
    if not _WHOSE.fullmatch(analysis.text[cell.start : start]):
        return False
    return any(
        _STEP_ROW.fullmatch(analysis.text[left.start : left.end])
        for left in analysis.segments
        if left.page == cell.page
        and left.box.x1 <= cell.box.x0
        and left.box.rows_overlap(cell.box) > _SAME_ROW
    )


_SAME_ROW = 0.5


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
    elif _asks_before(place) and place.gives:
        score, because = 0.88, "asked_before"
    elif appeal.search(place.context) and (files.search(place.clause) or place.gives):
        score, because = 0.7, "sentence_before"
    elif leads and _STEP_HEADS.match(place.sentence):
        score, because = 0.82, "heads_sentence"
    elif _WHEN.match(place.sentence) and appeal.search(place.around):
        score, because = 0.75, "when"
    elif place.section in _RIGHTS and leads:
        score, because = 0.6, "section"
    if place.section in _ELSEWHERE:
        score *= 0.85
    if wording("contacts", "expedited").search(_BRACKETS.sub(" ", place.clause)):
        score *= 0.5
    return score * (1.0 if leads else 0.85), because


_BRACKETS = re.compile(r"\([^()]*\)")
_WHEN = re.compile(r"\W*(?:when|time|deadline|how long|time limit)\s?:\s", re.I)
_STEP_NAMED = re.compile(
    r"\b(?P<fast>standard |fast |expedited |urgent |quick )?"
    r"(?:appeals?|redeterminations?|grievances?|reconsiderations?|apelaci[oó]n)"
    r"(?: rights?| period| window| time(?: limit)?| deadline)?"
    r"(?:\s\([^)]{1,60}\))?\s?:\s*$",
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
    if wording("windows", "past").search(place.before) and not (within or _open_for(place)):
        return True
    if wording("windows", "plan_acts").search(place.before) and not place.arrives:
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


_OPEN_FOR = re.compile(r"\b(?:may|can|open|right)\b.*\bfor\s*$", re.I)


def _open_for(place: _Place) -> bool:
    """`You may appeal for one year from this notice`."""
    opens = _OPEN_FOR.search(place.before) and _FROM.match(place.after)
    return opens is not None and wording("windows", "appeal").search(place.before) is not None


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
