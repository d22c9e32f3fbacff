"""The drug that was denied, told apart from alternatives, drugs tried before and examples.

Every drug name in the letter is a mention; its place and the words before it say what part it
plays. Mentions of one ingredient stand together; the one best asked for is the denied drug.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from extractors.candidates import Candidate
from extractors.lexicon.drug_index import DrugIndex, DrugName, drug_index
from extractors.line_verdicts import paid_places
from extractors.meaning.passages import Passage
from extractors.nlp.analysis import Analysis, Pair
from extractors.placeholders import is_placeholder
from knowledge.cues import scanner, vocabulary
from models.document import PageSource

LABELLED = 6.0
ASKED = 2.6
PLAIN = 1.0
OTHER = -2.2
LEAST_BESIDE = 3.2
LEAST = 1.45
"""A name is the denied drug where the weights of its best mentions reach this."""

TITLE_SECTIONS = frozenset({"head", "service", "determination"})
PERSON_LABELS = frozenset(
    {"patient_name", "subscriber_name", "provider_name", "facility_name", "reviewer_name"}
)
"""Label roles whose values are persons' names, not drugs'."""

BESIDE = 70
"""How many characters before a name can still speak of it."""

_BETWEEN = re.compile(r"^\s*[(/,]?\s*(?:also known as|brand name|generic(?: name)?:?)?\s*$")
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
_PRODUCT = re.compile(
    r"^(?:(?:choice|plus|open|access|ppo|hmo|epo|pos|hdhp|hsa|gold|silver|bronze|platinum|basic|"
    r"navigate|select|value|premier|standard|complete|saver|rx|high|low|deductible|network|\d+)\W*)+$",
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
        return self.drug.generic if self.drug is not None else self.printed.lower()


@dataclass(frozen=True, slots=True)
class DrugFinding:
    """The denied drug: as printed, its ingredient, the mention that shows it, and the rest."""

    candidates: tuple[Candidate, ...]
    denied: Mention | None
    labels: tuple[Pair, ...]
    """Label rows that name the drug, so that they are not read as a service."""


def find_drug(analysis: Analysis, passages: tuple[Passage, ...]) -> DrugFinding:
    """`drug` and `drug_generic`, the best reading first."""
    index = drug_index()
    labelled = tuple(_labelled(analysis, index))
    taken = {(m.start, m.end) for m, _ in labelled}
    told = [m for m in _told(analysis, passages, index) if (m.start, m.end) not in taken]
    paid = paid_places(analysis)
    mentions = [
        replace(m, weight=OTHER, role="on a line that was paid") if _within(m.start, paid) else m
        for m in [*(m for m, _ in labelled), *told]
    ]
    groups: dict[str, list[Mention]] = {}
    for mention in _joined(mentions):
        groups.setdefault(mention.group, []).append(mention)
    ranked = sorted(groups.values(), key=lambda g: (-_total(g), g[0].start))
    least = LEAST_BESIDE if _procedure(analysis) else LEAST
    best = [group for group in ranked if _total(group) >= least]
    exact = [group for group in best if any(m.exact for m in group)]
    best = exact or best
    if not best:
        return DrugFinding((), None, ())
    found: list[Candidate] = []
    for place, group in enumerate(best[:3]):
        found.extend(_candidates(group, 1.0 if place == 0 else 0.4))
    denied = _shown(best[0])
    names = {denied.group}
    rows = tuple(pair for mention, pair in labelled if mention.group in names)
    return DrugFinding(tuple(found), denied, rows)


def _procedure(analysis: Analysis) -> bool:
    """Whether the letter labels a procedure's code and no drug's: a drug in it was only used."""
    coded = any(re.match(r"\D{0,8}(?:\d{5}|\d{4}T)\b", p.value) for p in analysis.pairs_of("hcpcs"))
    return coded and re.search(r"\b[JQ]\d{4}\b", analysis.text) is None


def _within(offset: int, places: Iterable[tuple[int, int]]) -> bool:
    return any(start <= offset < end for start, end in places)


def _total(group: list[Mention]) -> float:
    weights = sorted((m.weight for m in group), reverse=True)
    best, rest = weights[0], weights[1:3]
    worst = min(weights[-1], 0.0)
    return best + 0.3 * sum(w for w in rest if w > 0) + 0.15 * worst


def _shown(group: list[Mention]) -> Mention:
    """The mention to quote: the best placed; a brand beside it, or as well placed, goes first."""
    best = max(group, key=lambda m: (m.weight, -m.start))
    brands = [m for m in group if m.drug is not None and m.drug.is_brand]
    near = [m for m in brands if abs(m.start - best.end) < 60 or abs(best.start - m.end) < 60]
    well = [m for m in brands if m.weight >= ASKED]
    return (near or well or [best])[0]


def _spelt(mention: Mention) -> str:
    """The name as printed; one damaged by reading in the lexicon's spelling."""
    if mention.exact or mention.drug is None:
        return mention.printed
    name = mention.drug.name
    return name.capitalize() if mention.printed[:1].isupper() else name


def _candidates(group: list[Mention], factor: float) -> Iterator[Candidate]:
    shown = _shown(group)
    score = min(0.55 + _total(group) / 14, 0.98) * factor * (1.0 if shown.exact else 0.8)
    because = f"drug {shown.role}"
    yield Candidate("drug", _spelt(shown), shown.start, shown.end, score, because)
    for other in group:
        if other.printed.lower() != shown.printed.lower():
            yield Candidate("drug", other.printed, other.start, other.end, score * 0.5, because)
    generic = shown.drug.generic if shown.drug is not None else None
    if generic:
        plain = [m for m in group if m.drug is not None and not m.drug.is_brand]
        at = plain[0] if plain else shown
        because += "; ingredient printed" if plain else "; ingredient by its brand"
        yield Candidate("drug_generic", generic, at.start, at.end, score, because)


# ------------------------------------------------------------------ names beside a label


def _labelled(analysis: Analysis, index: DrugIndex) -> Iterator[tuple[Mention, Pair]]:
    for pair in analysis.pairs:
        if "drug" in pair.keys or "service" in pair.keys:
            sure = pair.keys[0] == "drug"
            for mention in _in_value(pair, index, sure):
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


def _told(analysis: Analysis, passages: tuple[Passage, ...], index: DrugIndex) -> Iterator[Mention]:
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
            yield Mention(
                passage.start + start, passage.start + end, raw[start:end].replace("\n", " "),
                drug, weight * (1.0 if drug is not None else 0.8), role, exact,
            )  # fmt: skip


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
    if asked >= other and asked >= 0 and _MAY_ASK.search(before):
        return "as something that may be asked for", 0.3 * base
    if asked > other or (asked >= 0 and asked == other):
        return "asked for", ASKED * max(passage.weight, 0.3)
    if other >= 0:
        return "as an alternative or tried before", OTHER
    if start < 2 and _DOSED.match(passage.text, start):
        return "with its dose in a line of its own", ASKED * passage.weight
    first = 0.5 if start < 40 else 0.0
    after = passage.text[start : start + 110]
    if _INTRODUCED.match(after) or (_DOSED.match(after) and _COUNTED.search(after)):
        first += SUBJECT
    return "named", base + first * passage.weight


def _joined(mentions: list[Mention]) -> list[Mention]:
    """A name in brackets after another is the same drug: both take the better weight. A class
    before a name in brackets gives way to the name."""
    ordered = sorted(mentions, key=lambda m: m.start)
    out: list[Mention] = []
    named: dict[str, float] = {}
    for mention in ordered:
        last = out[-1] if out else None
        if last is not None and 0 <= mention.start - last.end <= 3:
            weight = max(last.weight, mention.weight)
            if last.drug is None and mention.drug is not None:
                classes = {last.printed.lower()}
                weight = max(
                    m.weight
                    for m in (*ordered, mention)
                    if m.printed.lower() in classes or m is mention
                )
                named[last.printed.lower()] = weight
                out.append(replace(mention, weight=weight))
                continue
            if (
                last.drug is not None
                and mention.drug is not None
                and _same(last.drug, mention.drug)
            ):
                if weight > last.weight:
                    out[-1] = replace(last, weight=weight)
                mention = replace(mention, weight=weight, drug=_merged(last.drug, mention.drug))
                out[-1] = replace(out[-1], drug=_merged(mention.drug, last.drug))
        out.append(mention)
    return [m for m in out if m.drug is not None or m.printed.lower() not in named]


def _same(a: DrugName, b: DrugName) -> bool:
    return a.generic == b.generic or a.is_brand != b.is_brand


def _merged(keep: DrugName | None, own: DrugName | None) -> DrugName | None:
    """`own` under the ingredient of whichever of both is no brand (it is the printed one)."""
    if keep is None or own is None:
        return own
    printed = keep if not keep.is_brand else own
    return replace(own, generic=printed.generic)


def _is_device(text: str, end: int) -> bool:
    """Whether a device or test word follows: an insulin pump, a vitamin D level."""
    after = text[end : end + 18].lower()
    return any(not after[:start].strip(" -") for _, start, _ in scanner("devices").find(after)) or (
        end == 0 and any(True for _ in scanner("devices").find(text.lower()))
    )


def _class_in(text: str) -> tuple[int, int] | None:
    spans = [(start, end) for _, start, end in scanner("drug_classes").find(text.lower())]
    return max(spans, key=lambda s: s[1] - s[0], default=None)


def drug_candidates(finding: DrugFinding) -> Iterable[Candidate]:
    """The candidates of `drug` and `drug_generic`."""
    return finding.candidates
