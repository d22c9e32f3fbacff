"""Every place in a letter that names a drug, with the part it plays there: beside a label, asked
for, tried before, covered instead, or merely named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extractors.lexicon.drug_index import DrugIndex, DrugName, plain_generic
from extractors.meaning.passages import Passage
from extractors.nlp.analysis import Analysis, Pair
from extractors.placeholders import is_placeholder
from knowledge.cues import scanner, vocabulary
from knowledge.payers import payers
from models.document import PageSource

LABELLED = 6.0
ASKED = 2.6
PLAIN = 1.0
OTHER = -2.2

TITLE_SECTIONS = frozenset({"head", "service", "determination"})
PERSON_LABELS = frozenset(
    {"patient_name", "subscriber_name", "provider_name", "facility_name", "reviewer_name"}
)
"""Label roles whose values are persons' names, not drugs'."""

BESIDE = 70
"""How many characters before a name can still speak of it."""

_GREETING = re.compile(r"\s*(?:dear|estimad[oa])\b[^:,]{0,60}[:,]")
_ITEM = re.compile(r"\W{0,2}\d{1,2}[.)]\s")
_RE_LINE = re.compile(r"^\W*(?:re|regarding|subject|about)\b")
_FORM = re.compile(
    r"\s*(?:\b\d[\d.,]*\s*(?:mg|mcg|ml|g|units?|iu|%|meq|mg/ml|mcg/ml)\b.*|\b(?:tablets?|capsules?|"
    r"injections?|pens?|vials?|syringes?|kits?|solution|suspension|cream|ointment|auto-?injector|"
    r"inhaler|patch(?:es)?|infusions?|iv|sc|subcutaneous\w*|oral|prefilled|qty|quantity|#\d+)\b.*|"
    r"[-–—,;:(]\s*)$",
    re.I,
)
_CODE = re.compile(r"\s*[(\[]?\b(?:hcpcs|cpt|ndc|j-?code)?\W{0,2}[jqc]\d{4}\b[)\]]?", re.I)
_NAME = re.compile(r"[A-Z0-9][\w'’.-]{3,}(?: [A-Z][\w'’.-]+){0,3}")
_HEADER = re.compile(
    r"(?i)\W*(?:(?:entry|entries|values?|details?|information|responses?|answers?|data|content|field|"
    r"description|name|requested|denied|status|decision|quantity|qty|strength|dosage|form|date|notes?|"
    r"comments?|see (?:below|above|attached)|same|and|or|the)\W*)+$"
)
"""The head of a table's column, or words that name nothing, beside a label of drugs."""
_NO_DRUG = re.compile(
    r"\b[EKL]\d{4}\b|\bA[4-9]\d{3}\b|\b(?i:(?:health|benefits?) plan|requests?|notice|denial|"
    r"determination|medicare|medicaid|part [bd]|appeals?|department|program|letter|authorization)\b"
)
"""Codes of equipment and supplies, plans, and the titles of letters: no new drug's name."""
_PRODUCT = re.compile(
    r"^(?:(?:choice|plus|open|access|ppo|hmo|epo|pos|hdhp|hsa|gold|silver|bronze|platinum|basic|"
    r"navigate|select|value|premier|standard|complete|saver|rx|high|low|deductible|network|\d+)\b\W*)+$",
    re.I,
)
"""A plan's product, beside a label such as `Product`."""

_SENTENCE = re.compile(r"\b(?:does|do|did|is|was|were|are|not|because|we|you)\b")
"""A value that is a sentence is no drug's name."""

_GENERIC_ENDING = re.compile(
    r"(?:mab|nib|cept|tide|stat|gliptin|gliflozin|leucel|parib|sertib|ciclib|lisib|siran|gepant|"
    r"tinib|azole|pril|sartan|statin|olol|mycin|cillin|vir|zumab|kinra|stim|ase|fenacin|ine|one|"
    r"ide|ate|ol|am|in|parvovec|gene|vec)(?:-[a-z]{4})?$"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A drug's name (or a class of drugs) in the letter, with the weight of its part."""

    start: int
    end: int
    printed: str
    drug: DrugName | None
    weight: float
    role: str
    exact: bool = True

    @property
    def group(self) -> str:
        """What mentions of one drug share."""
        return plain_generic(self.drug.generic) if self.drug else self.printed.lower()


# ------------------------------------------------------------------ names beside a label

_NAME_LABEL = re.compile(r"(?i)(?:brand |trade |full |generic )?(?:name|title|description|what)")
_DRUG_TITLE = re.compile(r"(?i)\b(?:drugs?|medic(?:ation|ine)s?|prescription|product|rx)\b")
"""Under such a heading `Name` is the drug's."""


def labelled_mentions(analysis: Analysis, index: DrugIndex) -> Iterator[tuple[Mention, Pair]]:
    for pair in analysis.pairs:
        named = _NAME_LABEL.fullmatch(pair.label.strip(" :*-#")) is not None
        if "drug" in pair.keys or "service" in pair.keys:
            sure = pair.keys[0] == "drug"
            for mention in _in_value(pair, index, sure):
                yield mention, pair
        elif named and _DRUG_TITLE.search(analysis.section_at(pair.label_start).title):
            for mention in _in_value(pair, index, True):
                yield mention, pair


def _in_value(pair: Pair, index: DrugIndex, sure: bool) -> Iterator[Mention]:
    found = [m for m in index.find(pair.value) if not _is_device(pair.value, m.end)]
    weight = LABELLED if sure else LABELLED - 1.0
    for match in found:
        at = pair.value_start
        yield Mention(
            at + match.start, at + match.end, pair.value[match.start : match.end],
            match.drug, weight, "beside its label",
        )  # fmt: skip
    if found or _is_device(pair.value.lower(), 0):
        return
    if named := _class_in(pair.value):
        start, end = named
        yield Mention(
            pair.value_start + start, pair.value_start + end, pair.value[start:end], None,
            weight - 0.5, "class beside its label",
        )  # fmt: skip
    elif sure:
        yield from _unknown(pair, index)


def _unknown(pair: Pair, index: DrugIndex) -> Iterator[Mention]:
    """A name that no list knows, or a damaged one, in the value of a drug label."""
    if (
        is_placeholder(pair.value)
        or _PRODUCT.match(pair.value)
        or _SENTENCE.search(pair.value)
        or _HEADER.match(pair.value)
        or _NO_DRUG.search(pair.value)
        or "___" in pair.value
        or payers().named(pair.value.split(",")[0].strip()) is not None
    ):
        return
    name = _FORM.sub("", _CODE.sub("", pair.value)).strip(" .,;:-–—")
    match = _NAME.search(name) or re.search(r"[a-z]{6,}", name)
    if match is None or len(name) > 60:
        return
    first = name.split("(")[0].strip(" .,;:-–—") or name
    close = index.closest(first.split()[0]) if first else None
    start = pair.value_start + max(pair.value.find(first), 0)
    if close is not None:
        yield Mention(
            start, start + len(first), first, close, LABELLED, "beside its label, damaged", False
        )
        return
    inside = re.search(r"\(([a-z][a-z-]{5,})\)", name)
    generic = inside.group(1) if inside else first.lower() if _GENERIC_ENDING.search(first) else ""
    drug = DrugName(first.lower(), generic, bool(inside)) if generic else None
    yield Mention(start, start + len(first), first, drug, LABELLED - 1, "beside its label, new")


# ------------------------------------------------------------------ names in sentences


_DAMAGED_WORD = re.compile(
    r"\b(?:[A-Z0-9][A-Za-z0-9|]{5,}|[a-z0-9|]*(?:mab|nah|mah|nib|cept|tide|leucel))\b"
)


def _damaged(
    raw: str, passage: Passage, index: DrugIndex, found: list[tuple[int, int]]
) -> Iterator[tuple[int, int, DrugName]]:
    """Drug names spoilt by reading, where the words before them ask for a drug."""
    known = vocabulary()
    for match in _DAMAGED_WORD.finditer(raw):
        start, end = match.span()
        if any(a < end and start < b for a, b in found) or match.group().lower() in known:
            continue
        asked = _role(passage, start)[0] == "asked for" or _RE_LINE.match(passage.text)
        if asked or raw[start - 1 : start] == "(":
            close = index.closest(match.group())
            if close is not None:
                yield start, end, close


def told_mentions(
    analysis: Analysis, passages: tuple[Passage, ...], index: DrugIndex
) -> Iterator[Mention]:
    people = _other_values(analysis)
    ocr = {page.number for page in analysis.view.pages if page.source is PageSource.OCR}
    for passage in passages:
        if passage.weight == 0.0:
            continue
        greeted = _GREETING.match(passage.text)
        said = greeted.end() if greeted else 0
        raw = analysis.text[passage.start : passage.end]
        for start, end, drug, exact in _names(raw, passage, index, passage.page in ocr):
            at = passage.start + start
            if start < said or _is_device(passage.text, end) or any(a <= at < b for a, b in people):
                continue
            role, weight = _role(passage, start)
            if role == ALONE and _announced(analysis, passage):
                weight += LABELLED - ASKED - 1.5
            yield Mention(
                passage.start + start, passage.start + end, raw[start:end].replace("\n", " "),
                drug, weight * (1.0 if drug is not None else 0.8), role, exact,
            )  # fmt: skip


def _announced(analysis: Analysis, passage: Passage) -> bool:
    """Whether a line stands under words that ask or refuse and end in a colon: `We denied the
    following drug:`."""
    above = analysis.text[: passage.start].rstrip()[-170:]
    if not above.endswith(":") or _OFFERED.search(above):
        return False
    return _ASKED_FOR.search(above) is not None or _REFUSED.search(above.lower()) is not None


def _other_values(analysis: Analysis) -> list[tuple[int, int]]:
    """Values of labels of persons: a member may be called Allegra."""
    return [
        (pair.value_start, pair.value_end)
        for pair in analysis.pairs
        if PERSON_LABELS.intersection(pair.keys[:1]) and pair.value_end - pair.value_start < 60
    ]


def _names(
    raw: str, passage: Passage, index: DrugIndex, damaged: bool
) -> Iterator[tuple[int, int, DrugName | None, bool]]:
    taken: list[tuple[int, int]] = []
    for match in index.find(raw):
        taken.append((match.start, match.end))
        yield match.start, match.end, match.drug, True
    if damaged:
        for start, end, drug in _damaged(raw, passage, index, list(taken)):
            taken.append((start, end))
            yield start, end, drug, False
    if passage.section in ("appeal", "external", "contact", "legal", "hearing"):
        return
    for _, start, end in scanner("drug_classes").find(passage.text):
        if not any(a < end and start < b for a, b in taken):
            taken.append((start, end))
            yield start, end, None, True


_DOSED = re.compile(r"[\w-]+(?: [\w-]+){0,2}(?: \([^)]*\))?,? \d[\d.,/]* ?(?:mg|mcg|ml|units?|%)")
_INTRODUCED = re.compile(
    r"[\w-]+(?: [\w-]+)? \((?=[a-z])[a-z][a-z/ -]{4,40}(?:, [^)]{1,30})?\)"
    r"|[\w-]+(?: [\w-]+)?(?: \([^)]*\))?,?(?: \([jqc]\d{4}\)| [jqc]\d{4}\b)"
)
"""`Name (ingredient)`, or a name with its billing code: so the subject of a letter is told."""
_COUNTED = re.compile(
    r"\b\d+ (?:\w+ ){0,2}(?:tablets?|capsules?|pens?|vials?|patches|syringes?|ml|units?|films?"
    r"|auto-?"
    r"injectors?|tabletas|c[aá]psulas|sensors?) (?:per|every|each|for|por|cada|/)"
)
_GRANTED = re.compile(r"\b(?:approved|authorized|covered)\b(?! (?:for|to treat|by the fda))")
_REFUSED = re.compile(r"\b(?:denied|not (?:approved|covered|authorized|certified)|refused)\b")
_MAY_ASK = re.compile(r"\b(?:can|may|could|might) (?:also |still )?(?:ask|request|send)\b[^.]*$")
_ASKED_FOR = re.compile(
    r"(?i)\b(?:asked|request(?:ed)?|prescrib\w+|den(?:y|ied)|not (?:approve|cover|pay))"
)
_OFFERED = re.compile(
    r"(?i)\b(?:alternativ|preferred|instead|tr(?:y|ied)\b|on our list|are covered|we cover)"
)
_WE_COVER = re.compile(
    r"\b(?:we|plan|it|list|formulary|benefit) (?:do |does |also |already |would |will |can |now )?"
    r"(?:covers?|pays? for|prefers?|includes?)\s+(?:the |an? |both |either )?(?:\w+ (?:and|or) )?$"
)
"""What a plan covers instead, right before a name; `does not cover` is no such thing."""
ALONE = "with its dose in a line of its own"
SUBJECT = 0.8
"""Added where a name comes with its ingredient, its code or a count for a time."""


def _role(passage: Passage, start: int) -> tuple[str, float]:
    """What the words before a name say of it; the nearest word has the say."""
    before = passage.text[max(0, start - BESIDE) : start]
    last = {"asked": -1, "other": -1}
    for cue, _, end in scanner("drug_roles").find(before):
        last[cue.id] = max(last[cue.id], end)
    asked, other = last["asked"], last["other"]
    base = PLAIN * passage.weight
    title = passage.section in TITLE_SECTIONS and (
        passage.is_row or bool(_RE_LINE.match(passage.text))
    )
    verdict = re.split(r"(?<!\.)\.\s", passage.text[start : start + 130])[0]
    if passage.is_row or _ITEM.match(passage.text) or ".." in verdict:
        if _REFUSED.search(verdict):
            return "beside its denial", ASKED + 1.0
        if _GRANTED.search(verdict):
            return "beside its approval", OTHER
    if passage.section in ("alternatives", "history"):
        return "as an alternative or in the history", OTHER
    if title and other < 0:
        return "in the title", (LABELLED - 1.5) * passage.weight
    if other >= 0 and passage.section == "head" and _INTRODUCED.match(passage.text[start:]):
        other = -1  # the subject of the letter, after `received May 3`
    if _WE_COVER.search(before) and not re.search(r"\bif\b|\bunless\b", before):
        return "as what is covered instead", OTHER
    if asked >= other and asked >= 0 and _MAY_ASK.search(before):
        return "as something that may be asked for", 0.3 * base
    if asked > other or (asked >= 0 and asked == other):
        return "asked for", ASKED * max(passage.weight, 0.3)
    if other >= 0:
        return "as an alternative or tried before", OTHER
    if start < 2 and _DOSED.match(passage.text, start):
        return ALONE, ASKED * passage.weight
    first = 0.5 if start < 40 else 0.0
    after = passage.text[start : start + 110]
    if _INTRODUCED.match(after) or (_DOSED.match(after) and _COUNTED.search(after)):
        first += SUBJECT
    return "named", base + first * passage.weight


def _is_device(text: str, end: int) -> bool:
    """Whether a device or test word follows: an insulin pump, a vitamin D level."""
    after = text[end : end + 18].lower()
    return any(not after[:start].strip(" -") for _, start, _ in scanner("devices").find(after)) or (
        end == 0 and any(True for _ in scanner("devices").find(text.lower()))
    )


def _class_in(text: str) -> tuple[int, int] | None:
    spans = [(start, end) for _, start, end in scanner("drug_classes").find(text.lower())]
    return max(spans, key=lambda s: s[1] - s[0], default=None)
