"""Signs: what is known of a chosen value that bears on whether it is exactly right.

Each is a name and a figure of about -1 to 4; what it weighs is fitted (`calibration.toml`). They
tell how many places and rules agree, what stands just before and after the value, what it looks
like, what else the letter says of the matter, and how plain a letter it is altogether. Names are
the same for all fields: a sign weighs something in all of them together and something in each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from math import log, log1p
from pathlib import Path
from typing import TYPE_CHECKING

from models.fields import FIELD_SPECS, FieldKind, FieldValue, Window

if TYPE_CHECKING:
    from extractors.choosing import Choice
    from extractors.letter_view import LetterView

Sign = tuple[str, float]
WIDE = 1.6
"""A gap of so many letters' width parts columns."""
_IDS = ("member_id", "group_number", "claim_number", "reference_number", "rx_number")
_NAMES = ("patient_name", "provider_name")
_DRUG_FIELDS = frozenset({"drug", "drug_generic", "strength", "quantity", "ndc", "hcpcs"})
_REASONS = frozenset({"denial_category", "denial_categories"})
_SMALL = frozenset(
    [
        "and",
        "or",
        "of",
        "the",
        "for",
        "in",
        "to",
        "a",
        "an",
        "by",
        "with",
        "on",
        "at",
        "from",
        "under",
        "is",
        "was",
        "as",
        "per",
        "your",
        "our",
        "this",
        "that",
    ]
)
_LABEL = re.compile(
    r"\b(id|number|no|date|name|fax|phone|tel|address|dob|member|claim|group|label|type|patient|re)\b"
    r"|:",
    re.I,
)
_ZIP = re.compile(r"\b[A-Z]{2}\.? *\d{5}(-\d{4})?\b|\b\d{5}(-\d{4})?$")
_NO_ADDRESSEE = re.compile(r"\d|P\.?\s?O\b", re.I)
_ODD = re.compile(r"[%<>\[\]{}_*#@|]")
_PHONE = re.compile(r"\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}")
_DAYS = re.compile(r"(\d+)(?:\)|-|\s)*(?:calendar |business |working )?(?:day|month)")
_VERDICTS = {
    "approved": re.compile(r"approv|\bpaid\b|allowed"),
    "denied": re.compile(r"\bden(?:y|ied|ial)|not (?:covered|approved|payable)|reject"),
    "in part": re.compile(r"partial|in part\b"),
}
_WORDINGS: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    "level": {
        "decided before": re.compile(
            r"upheld|uphold|redetermin|reconsider|second.level|overturn|decided"
            r"|(?:your|the|this) (?:appeal|grievance|complaint)"
        ),
        "outside review": re.compile(
            r"independent review|external review|hearing|administrative law|\biro\b"
        ),
    },
    "expedited_offered": {
        "haste": re.compile(
            r"\bfast|expedit|urgen|quick|72.hour|24.hour|sooner|right away|jeopard"
        ),
    },
    **dict.fromkeys(("document_kind", *sorted(_REASONS)), _VERDICTS),
}
"""How often a letter says what bears on a field, whatever was chosen."""
_MANNER = {
    "greeting": re.compile(r"\bdear "),
    "farewell": re.compile(r"sincerely|regards"),
    "court": re.compile(r"plaintiff|defendant|petition|\bcourt\b"),
    "first person": re.compile(r"\bi\b|\bmy\b"),
    "blanks to fill": re.compile(r"[%{\[_]{2}|[%{\[]\w"),
    "spanish": re.compile(r"\b(?:de|la|que|los|para|su)\b"),
}


def signs_of(view: LetterView, choices: Mapping[str, Choice]) -> dict[str, dict[str, float]]:
    """The signs of every value that was chosen, by field."""
    return signs(marked(view), choices)


def signs(text: str, choices: Mapping[str, Choice]) -> dict[str, dict[str, float]]:
    """The same, from the text as `marked` gives it."""
    letter = _Letter(text, choices)
    return {
        key: {name: round(x, 3) for name, x in letter.signs(choice) if x}
        for key, choice in choices.items()
        if choice.found
    }


def marked(view: LetterView) -> str:
    """The view's text with a tab for the blank where words stand apart as columns do."""
    letters = list(view.text)
    for one, after in zip(view.words, view.words[1:], strict=False):
        if after.start == one.end + 1 and letters[one.end] == " ":
            box = one.word.box
            if after.word.box.x0 - box.x1 > WIDE * (box.x1 - box.x0) / max(len(one.word.text), 1):
                letters[one.end] = "\t"
    return "".join(letters)


@cache
def _common_words() -> frozenset[str]:
    path = Path(__file__).parent / "data" / "letter_words.txt"
    return frozenset(path.read_text(encoding="utf-8").split())


def _plain(value: object) -> str:
    return re.sub(r"\W+", "", str(value).lower())


class _Letter:
    """One letter's text and choices, and what is counted once for all of its fields."""

    def __init__(self, text: str, choices: Mapping[str, Choice]) -> None:
        self.text, self.low, self.choices = text, text.lower(), choices
        self.found = {key: choice.value for key, choice in choices.items() if choice.found}
        self.labelled = sum(
            choice.rule.startswith("label:") for choice in choices.values() if choice.found
        )
        self.manner = tuple(self._manner())
        self.days = {
            reading.value
            for choice in choices.values()
            for reading in choice.others
            if isinstance(reading.value, date)
        } | {value for value in self.found.values() if isinstance(value, date)}

    def signs(self, choice: Choice) -> Iterator[Sign]:
        yield from _agreement(choice)
        yield from self._place(choice)
        yield from _shape(choice.key, choice.value)
        yield from self._wording(choice)
        yield from self._fields_beside(choice)
        yield from self._letter(choice)

    def _place(self, choice: Choice) -> Iterator[Sign]:
        """Where the value stands, and whether it seems cut off."""
        best = choice.chosen[0] if choice.chosen else None
        if best is None or best.end <= best.start:
            return
        text, start, end = self.text, best.start, best.end
        line, stop = text.rfind("\n", 0, start) + 1, text.find("\n", end)
        before, after = text[line:start], text[end : stop if stop >= 0 else len(text)]
        yield "how far down", start / len(text)
        yield "at the top", start < 400
        yield "alone in its line", not before.strip() and not after.strip()
        yield "in mid-sentence", len(before.split()) > 4
        yield "over lines", "\n" in text[start:end]
        if follows := re.match(r"[ ,]{0,2}([^\s,])", after):
            yield "capital after", follows[1].isupper()
            yield "digit after", follows[1].isdigit()
            yield "joined after", follows[1] in "-–—/&\"“('"
        if precedes := re.search(r"(\S+) {0,1}$", before):
            word = precedes[1]
            yield "capital before", word[0].isupper() and word[-1] not in ":.,;"
            yield "joined before", word[-1] in '-–—/&"“('
        if FIELD_SPECS[choice.key].kind is FieldKind.ID:
            yield "goes on", bool(re.match(r" ?[A-Z0-9-]", after))
            yield "began before", bool(re.search(r"[A-Z0-9-] ?$", before))

    def _wording(self, choice: Choice) -> Iterator[Sign]:
        """What else the letter says of the matter."""
        key, value = choice.key, choice.value
        told = f", {value}" if isinstance(value, str | bool) and key not in _REASONS else ""
        for name, pattern in _WORDINGS.get(key, {}).items():
            hits = len(pattern.findall(self.low))
            yield f"says {name}{told}", log1p(hits)
            yield f"ever says {name}{told}", hits > 0
        if isinstance(value, date):
            yield "later days", log1p(sum(day > value for day in self.days))
            yield "earlier days", log1p(sum(day < value for day in self.days))
        if isinstance(value, Window):
            yield "times told", log1p(len(set(_DAYS.findall(self.low))))
        if FIELD_SPECS[key].kind is FieldKind.PHONE:
            yield "telephones", log1p(len({_plain(hit) for hit in _PHONE.findall(self.text)}))

    def _fields_beside(self, choice: Choice) -> Iterator[Sign]:
        """What was chosen for the fields that go with this one."""
        key, value, found = choice.key, choice.value, self.found
        if isinstance(value, Window):
            yield f"is {value.value} for {found.get('plan_type')}", 1.0
            yield f"is {value.value} at {found.get('level')}", 1.0
        if key in _DRUG_FIELDS:
            drug, generic = found.get("drug"), found.get("drug_generic")
            yield "drug and ingredient", bool(drug and generic)
            yield "drug is its ingredient", bool(drug) and _plain(drug) == _plain(generic)
            yield "a service too", "service" in found
            yield "a code too", "hcpcs" in found
            named = self._values(("drug",), 0.2)
            yield "drugs named", log1p(len(named))
            yield "many drugs named", len(named) > 2
        if key in _REASONS or key in ("document_kind", "level"):
            yield f"document is {found.get('document_kind')}", 1.0
            yield "reasons", log1p(len(_items(found.get("denial_categories"))))
            yield "reasons weighed", log1p(len(self._values(("denial_category",), 0.3)))
        if key in _NAMES:
            yield "persons", len(self._values(_NAMES, 0.4))
        if key in _IDS:
            yield "numbers", log1p(len(self._values(_IDS, 0.0)))
        if key == "payer":
            yield "known family", "payer_family" in found

    def _values(self, keys: Iterable[str], least: float) -> set[str]:
        """The different readings of some fields."""
        chosen = {
            _plain(item)
            for key in keys
            if key in self.found
            for item in (_items(self.found[key]) or (self.found[key],))
        }
        return chosen | {
            _plain(reading.value)
            for key in keys
            for reading in self.choices[key].others
            if reading.score >= least
        }

    def _letter(self, choice: Choice) -> Iterator[Sign]:
        """How plain a letter it is, by the fields beside this one."""
        scores = [c.score for k, c in self.choices.items() if c.found and k != choice.key]
        yield "fields found", len(scores) / 20
        yield "their scores", sum(scores) / max(len(scores), 1) * 4 - 3
        yield "labelled fields", self.labelled / 8
        yield from self.manner

    def _manner(self) -> Iterator[Sign]:
        yield "length", log(max(len(self.text), 50)) - 7.5
        yield "lines", log1p(self.text.count("\n")) - 3.5
        for name, pattern in _MANNER.items():
            yield name, min(log1p(len(pattern.findall(self.low))), 3.0)
        for key in ("document_kind", "level", "plan_type"):
            yield f"{key} {self.found.get(key)}", 1.0
        for key in ("appeal_window", "letter_date", "payer", "member_id"):
            yield f"without {key}", key not in self.found


def _items(value: FieldValue) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _agreement(choice: Choice) -> Iterator[Sign]:
    """Its score, how many places and rules tell the same, and what speaks against it."""
    from extractors.choosing import rule_of

    score = min(max(choice.score, 0.05), 0.985)
    yield "score", log(score / (1 - score))
    yield "score under 0.8", max(0.0, 0.8 - score) * 5
    yield "score under 0.6", max(0.0, 0.6 - score) * 5
    apart = 1.0 - min(choice.left / choice.score, 1.0) if choice.score > 0 else 0.0
    yield "another reading", 1.0 - apart
    yield "a close one", max(0.0, 0.25 - apart) * 4
    yield "other readings", log1p(sum(reading.score >= 0.3 for reading in choice.others))
    places = len({c.start for c in choice.chosen if c.score >= 0.5})
    yield "places", log(max(places, 1))
    yield "one place", places <= 1
    yield "rules", log(max(len({rule_of(c) for c in choice.chosen}), 1))
    yield f"rule {choice.rule}", 1.0
    if ":" in choice.rule:
        first, *_, last = map(str.strip, choice.rule.split(":"))
        yield f"rule of kind {first}", 1.0
        yield f"rule of way {last}", 1.0
    if choice.chosen:
        told = choice.chosen[0].because
        yield "remarks", told.count(";")
        yield "model agrees", "sentence model" in told
        yield "words say so", "-said" in told
        yield "codes say so", bool(re.search("carc|rarc|ncpdp", told))


def _shape(key: str, value: FieldValue) -> Iterator[Sign]:
    """What the value looks like."""
    kind = FIELD_SPECS[key].kind
    if kind is FieldKind.LIST:
        yield "members", log(max(len(_items(value)), 1))
        yield "several", len(_items(value)) > 1
    elif isinstance(value, Window):
        yield f"is {value.value} {value.unit}", 1.0
    elif kind in (FieldKind.CHOICE, FieldKind.FLAG):
        yield f"is {value}", 1.0
    if isinstance(value, str) and value and kind is not FieldKind.CHOICE:
        yield from _look(key, kind, value)


def _look(key: str, kind: FieldKind, value: str) -> Iterator[Sign]:
    words, letters = value.split(), _plain(value)
    yield "label within", bool(_LABEL.search(value))
    yield "ends in a small word", words[-1].lower() in _SMALL
    yield "begins with a small word", words[0].lower() in _SMALL
    yield "words", log(len(words))
    yield "characters", log(max(len(letters), 1))
    yield "one word", len(words) == 1
    yield "has digits", any(map(str.isdigit, value))
    yield "odd marks", bool(_ODD.search(value))
    if kind is FieldKind.TEXT:
        yield "in capitals", value.isupper()
        yield "small first letter", value[0].islower()
    if kind is FieldKind.ID:
        yield "short", max(0, 7 - len(letters)) / 3
        yield "all digits", letters.isdigit()
        yield "few digits", sum(map(str.isdigit, letters)) < 3
        yield "words in it", bool(re.search("[a-z]{3}", value))
    if key in _NAMES:
        common = _common_words()
        yield "common word in it", any(word.strip(".,'").lower() in common for word in words)
        yield "a possessive", value.endswith(("'s", "’s"))
    if key == "quantity":
        yield "a time", bool(re.search("hour|minute|day", value.lower()))
    if key == "appeal_address":
        yield "no postal code", not _ZIP.search(value)
        yield "no addressee", _NO_ADDRESSEE.match(value) is not None
        yield (
            "no office",
            not re.search("appeal|grievance|attn|attention|department|review|unit", value, re.I),
        )
        yield "telephone in it", bool(re.search(r"\d{3}-\d{3,4}|@|www|days", value))
        yield (
            "of a state",
            bool(
                re.search(
                    "insurance (department|commissioner)|hearing|secretary|state ", value, re.I
                )
            ),
        )
