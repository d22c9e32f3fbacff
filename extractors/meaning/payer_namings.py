"""Every place in a letter that names a payer, a programme or a helper of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz

from extractors.meaning.passages import Passage
from extractors.meaning.payer_wordings import (
    ADDRESS,
    BEFORE_NAME,
    CAPITALS,
    CONFUSED,
    DAMAGED,
    DEPARTMENT,
    GENERAL,
    LABELS,
    NO_LEAD,
    NO_NAME,
    NOT_LABELS,
    ONLY_PRODUCT,
    ORG_WORD,
    PLAIN_PLAN,
    PROGRAMME_USE,
    PROGRAMMES,
    REST,
    SAME,
    SCRAP,
    SCRAP_WORD,
    SELF,
    SMALL,
)
from extractors.nlp.analysis import Analysis
from knowledge.names import squash
from knowledge.payers import Payer, payers
from models.document import PageRole, PageSource


@dataclass(frozen=True, slots=True)
class Naming:
    """A name in the letter: who it is (None: in no list), where, how surely it is the payer."""

    name: str
    who: Payer | None
    start: int
    end: int
    weight: float
    how: str

    @property
    def group(self) -> str:
        return self.who.id if self.who is not None else squash(self.name)


# ------------------------------------------------------------------ names in the lexicon

_LICENSEE = re.compile(
    r"(?i)\b(?:licensees? of|licensed by|trademarks? of|company of|member of)\s(?:the\s)?$"
)
"""Before an association or an owner that decides nothing."""


def known_namings(analysis: Analysis, passages: tuple[Passage, ...]) -> Iterator[Naming]:
    text = analysis.text
    for match in payers().find(text):
        printed = " ".join(text[match.start : match.end].split())
        if "-" in match.alias.text and "-" not in printed and " " not in printed:
            continue  # "Medical" is not Medi-Cal
        after = text[match.end : match.end + 20]
        if printed.lower() == "medicare" and PROGRAMME_USE.match(after):
            continue  # Medicare Advantage, Medicare Part D
        if lead := _longer(text, match.start, printed):
            start = match.start - len(lead)
            weight, how = _place(analysis, start, match.end)
            end = _whole(text, match.end)
            yield Naming(
                lead + printed + _join(text[match.end : end]), None, start, end, weight, how
            )
            continue
        weight, how = _place(analysis, match.start, match.end)
        if match.alias.weak and weight < 0.8:
            continue
        if _LICENSEE.search(text, max(0, match.start - 40), match.start):
            continue
        if match.of.kind in PROGRAMMES and weight < 0.7:
            continue
        roles = set(match.of.roles)
        if not roles & {"payer", "pbm", "reviewer", "tpa", "mac"}:
            continue
        end = match.end
        if match.of.is_payer and (state := _OF_STATE.match(text, end)):
            printed, end = printed + state.group(), state.end()
        if match.of.is_payer and how == "in the letterhead":
            product = _WITH_KIND.match(text, end)
            if product is not None:
                printed, end = printed + product.group(), product.end()
        yield Naming(printed, match.of, match.start, end, weight, how)


_WITH_KIND = re.compile(
    r"(?:[ ][A-Z][\w-]*){0,3}[ ]\((?:PDP|HMO|PPO|HMO-POS|POS|PFFS|(?:HMO |PPO )?[DCI]-SNP)\)"
)
"""The rest of a Medicare plan's name, up to its kind in brackets: `Rx Plus (PDP)`."""
_OF_STATE = re.compile(
    r"[ ]of[ ](?:Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|"
    r"Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|"
    r"Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|"
    r"New (?:Hampshire|Jersey|Mexico|York)|North (?:Carolina|Dakota)|Ohio|Oklahoma|Oregon|"
    r"Pennsylvania|Rhode Island|South (?:Carolina|Dakota)|Tennessee|Texas|Utah|Vermont|Virginia|"
    r"Washington|West Virginia|Wisconsin|Wyoming)\b",
    re.I,
)
"""The state with which the name of a brand's own company ends."""


def _whole(text: str, end: int) -> int:
    """The end of a plan's name where its last word stands beyond what was found."""
    rest = REST.match(text, end)
    end = rest.end() if rest else end
    state = _OF_STATE.match(text, end)
    return state.end() if state else end


def _join(rest: str) -> str:
    return rest.replace("\n", " ")


def _longer(text: str, start: int, printed: str) -> str:
    """Capitalised words before a plan's name that make it another's: [Red River] Valley Health
    Plan. "" for a name that stands alone, or is no plain word followed by `Health Plan`."""
    if not PLAIN_PLAN.search(printed):
        return ""
    match = CAPITALS.search(text[max(0, start - 40) : start])
    if match is None or any(word in NO_LEAD for word in match.group().split()):
        return ""
    if all(len(word) <= SCRAP for word in match.group().split()):
        return ""
    return match.group()


def _place(analysis: Analysis, start: int, end: int) -> tuple[float, str]:
    """How surely a name at this place is the payer, and what place it is."""
    text, view = analysis.text, analysis.view
    line = view.line_at(start)
    sentence = analysis.sentence_at(start)
    if sentence.page_role in (PageRole.TAGLINES, PageRole.NONDISCRIMINATION):
        return 0.1, "in the fine print"
    for pair in analysis.pairs:
        if pair.value_start <= start < pair.value_end and _payer_label(pair.label):
            return 0.97 if "plan" not in pair.label.lower().split() else 0.93, "beside its label"
    before = text[max(0, start - 40) : start]
    after = text[end : end + 40]
    for pattern, weight in SELF:
        match = pattern.search(text, max(0, start - 60), end + 60)
        while match is not None and match.start("who") < start:
            match = pattern.search(text, match.start() + 1, end + 60)
        if match is not None and match.start("who") == start:
            return weight, "speaking of itself"
    if re.search(r"\badministered by\s*$", before, re.I):
        return 0.35, "named as administrator"
    if _letterhead(analysis, line.index):
        return 0.92 if start - line.start < 4 else 0.75, "in the letterhead"
    if sentence.section == "signature":
        return 0.86, "in the signature"
    if (
        re.search(r"^\s*(?:appeals|grievance|member|attn)", after, re.I)
        and sentence.section == "appeal"
    ):
        return 0.6, "in the appeal address"
    section = {"appeal": 0.5, "external": 0.2, "legal": 0.1, "contact": 0.45}
    return section.get(sentence.section, 0.55), "named"


def _payer_label(label: str) -> bool:
    words = set(re.findall(r"[a-z]+", label.lower()))
    return bool(words & LABELS) and not words & NOT_LABELS


def _letterhead(analysis: Analysis, line_index: int) -> bool:
    """The first lines of the first page, before the salutation and any address block."""
    lines = analysis.view.lines
    if line_index > 5 or lines[line_index].page != lines[0].page:
        return False
    for line in lines[: line_index + 1]:
        if re.match(r"\s*(?:dear|to:|attn)\b", line.text, re.I):
            return False
    return True


# ------------------------------------------------------------------ names in no list


def unknown_namings(
    analysis: Analysis, passages: tuple[Passage, ...], known: list[Naming]
) -> Iterator[Naming]:
    taken = [(n.start, n.end) for n in known if n.weight >= 0.5]
    for name, start, weight, how in _other_names(analysis):
        end = _whole(analysis.text, start + len(name))
        name += _join(analysis.text[start + len(name) : end])
        if any(a < end and start < b for a, b in taken):
            yield from _extended(name, start, end, weight, how, known)
            continue
        if (naming := _damaged(analysis, name, start, end, weight, how)) is not None:
            yield naming
        elif how != DAMAGED:
            yield Naming(name, None, start, end, weight, how)


def _extended(
    name: str, start: int, end: int, weight: float, how: str, known: list[Naming]
) -> Iterator[Naming]:
    """A longer printed form of a known payer's name: Humana + Insurance Company."""
    inside = [n for n in known if start <= n.start and n.end <= end and n.who is not None]
    if inside and how in (DAMAGED, "in the letterhead") and name[0].isupper():
        lead = name[: min(n.start for n in inside) - start].split()
        if lead and len(lead) <= 2 and all(len(word) <= SCRAP for word in lead):
            return  # a scrap of the logo before the name
    if inside and all(n.start > start for n in inside) and name[0].isupper():
        if not any(n.who and "reviewer" in n.who.roles for n in inside):
            yield Naming(name, None, start, end, weight, how)
        return
    if len({n.group for n in inside}) != 1 or not inside[0].who or not inside[0].who.is_payer:
        return
    own = inside[0]
    if own.who and own.who.kind in PROGRAMMES and own.name != name:
        yield Naming(name, None, start, end, weight, how)  # Harborview Medicare Advantage
    elif own.start == start and own.name != name:
        yield Naming(name, own.who, start, end, max(weight, own.weight), how)


_MISREAD = re.compile(
    r"[A-Z]l[A-Z]|[a-z][01|][a-z]|[a-zA-Z]1[a-z]|\b[A-Z]?[BFCGP]I[a-z]|[a-z]I[a-z]"
)
"""Letters inside a word that no one prints but reading gives: `CHlLDREN`, `BIue`, `B1ue`."""


def _damaged(
    analysis: Analysis, name: str, start: int, end: int, weight: float, how: str
) -> Naming | None:
    """A known payer whose printed name was damaged by reading."""
    if not (_is_ocr(analysis, start) or _MISREAD.search(name)):
        return None
    wanted = squash(name).translate(CONFUSED)
    if len(wanted) < 6:
        return None
    best, who, shown = 0.0, None, name
    for alias, known in _squashed():
        if abs(len(alias) - len(wanted)) <= 2 and (score := fuzz.ratio(alias, wanted)) > best:
            best, who, shown = score, known[0], known[1]
    if best >= SAME and who is not None:
        return Naming(shown, who, start, end, weight * 0.9, how)
    words = name.split()
    if len(words) > 2:
        rest = " ".join(words[1:])
        if len(words[0]) <= 4 and len(squash(rest)) >= 10:
            return _damaged(analysis, rest, start + name.find(words[1]), end, weight * 0.95, how)
    return None


@cache
def _squashed() -> tuple[tuple[str, tuple[Payer, str]], ...]:
    return tuple((squash(name), (payer, name)) for name, payer in payers().names().items())


def _is_ocr(analysis: Analysis, start: int) -> bool:
    number = analysis.view.line_at(start).page
    return any(p.number == number and p.source is PageSource.OCR for p in analysis.view.pages)


def _other_names(analysis: Analysis) -> Iterator[tuple[str, int, float, str]]:
    """Names by their place: (name, start, weight, how)."""
    text = analysis.text
    for pair in analysis.pairs:
        if _payer_label(pair.label) and (name := _clean(pair.value)):
            if ONLY_PRODUCT.match(name):
                continue
            sure = "plan" not in pair.label.lower() or _has_org_word(name)
            if sure or " " in name:
                at = text.find(name.split()[0], pair.value_start)
                yield name, max(at, pair.value_start), 0.95 if sure else 0.6, "beside its label"
    yield from _heads(analysis)
    for pattern, weight in SELF:
        for match in pattern.finditer(text):
            raw = " ".join(match["who"].split())
            name = _clean(raw)
            if name and (_has_org_word(name) or weight > 0.9):
                yield name, match.start("who"), weight - 0.05, "speaking of itself"
    for section in analysis.sentences:
        if section.section == "signature":
            chunk = text[section.start : section.end]
            for line_start, line in _lines(chunk):
                name = _clean(line)
                if name and _has_org_word(name) and len(name.split()) <= 8:
                    at = section.start + line_start + line.find(name.split()[0])
                    yield name, at, 0.8, "in the signature"


def _heads(analysis: Analysis) -> Iterator[tuple[str, int, float, str]]:
    """Letterhead lines that look like a company's name."""
    lines = analysis.view.lines
    first = True
    for index, line in enumerate(lines[:6]):
        if not _letterhead(analysis, index):
            break
        segment = analysis.segment_at(line.start)
        raw = analysis.text[line.start : segment.end if segment.line == line.index else line.end]
        name = _clean(raw)
        if name is None:
            continue
        at = line.start + max(raw.find(name.split()[0]), 0)
        if _is_ocr(analysis, line.start):
            while (scrap := SCRAP_WORD.match(name)) and _clean(name[scrap.end() :]):
                at += scrap.end()
                name = name[scrap.end() :]
        below = lines[index + 1].text if index + 1 < len(lines) else ""
        if _has_org_word(name):
            yield name, at, 0.9 if index < 2 else 0.8, "in the letterhead"
        elif _is_ocr(analysis, line.start):
            yield name, at, 0.85, DAMAGED
        elif first and index == 0 and ADDRESS.search(below) and len(name.split()) <= 5:
            yield name, at, 0.75, "above the letterhead's address"
        first = False


def _lines(chunk: str) -> Iterator[tuple[int, str]]:
    at = 0
    for line in chunk.split("\n"):
        yield at, line
        at += len(line) + 1


def _has_org_word(name: str) -> bool:
    return (
        re.search(rf"\b{ORG_WORD}\b|[a-z](?:Care|Health|Plan)\b|(?:CARE|HEALTH)\b", name)
        is not None
    )


_LED = re.compile(r"(?:[.…]{3,}\s?:?|:\*{1,2}|\*{1,2}:|:(?=\s))\s*")
"""What parts a label from its value in a form or a fixture."""
_NO_PAYER = frozenset(["type", "network", "product", "lob", "option", "coverage", "group", "id"])
"""Words of labels in the head whose values name no payer."""
_LABEL_LED = re.compile(r"[A-Za-z/ ]{2,30}(?=\s?[.…:*]{1,40}\s)")
_PARTY = re.compile(
    r"(?i),?\s+(?:defendants?|plaintiffs?|respondents?|petitioners?|appell(?:ant|ee)s?|et al)\b.*$"
)
"""What a court's paper says a party is."""
_ASIDE = re.compile(r"\s*\((?=[a-z])[^()]{3,50}\)$")
"""A remark in brackets behind a name: `(self-insured)`."""


def _clean(raw: str) -> str | None:
    """A name without the department after it; None where it is none."""
    name = " ".join(raw.split()).strip(" .,;:|-–—=*■•\"'")
    label = _LABEL_LED.match(name)
    if label is not None and _NO_PAYER.intersection(label.group().lower().split()):
        return None
    name = _LED.split(_ASIDE.sub("", _PARTY.sub("", name)))[-1].strip(" .,;:*_")
    cut = DEPARTMENT.sub("", name)
    name = BEFORE_NAME.sub("", cut) if len(cut) >= 3 else ""
    name = re.split(r"\s[-–—|•]\s|\s{2,}", name)[0].strip(" .,;:|-–—=*■\"'") if name else ""
    if name.endswith(" Inc") or name.endswith(" INC"):
        name += "."
    if not 3 <= len(name) <= 80 or not name[0].isalnum() or name[0].islower():
        return None
    if any(word.islower() and word not in SMALL for word in name.split()):
        return None
    if GENERAL.match(name) or name.lower().startswith("centers for"):
        return None
    if NO_NAME.search(name) or len(name.split()) > 9:
        return None
    return name
