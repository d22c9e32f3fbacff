"""Whose coverage decision it is, and who acts for them.

Known names come from the payer lexicon. Names that no list knows are found by where a payer's
name stands: letterhead, payer labels, signature, and sentences in which the plan speaks of
itself. A benefit manager, reviewer or claims administrator is never the payer where a plan is
named beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz

from extractors.candidates import Candidate
from extractors.meaning.passages import Passage
from extractors.meaning.plans import PlanProof
from extractors.nlp.analysis import Analysis
from knowledge.names import squash
from knowledge.payers import Payer, payers
from models.document import PageRole, PageSource

LABELS = frozenset(
    ["payer", "payor", "insurer", "insurance", "carrier", "plan", "company"]
)  # words of a label whose value names the payer
NOT_LABELS = frozenset(
    [
        "type",
        "id",
        "number",
        "sponsor",
        "employer",
        "network",
        "product",
        "line",
        "lob",
        "coverage",
        "group",
        "code",
        "phone",
    ]
)

SCRAP = 2
"""Letters at most in a word that a logo leaves before a name on a scanned page."""

_SCRAP = re.compile(rf"^(?!(?:St|Mt|El|La|Co|US|UP)\b)\W*\w{{1,{SCRAP}}}\W+(?=[A-Z])")
DAMAGED = "in the letterhead, damaged"
_CONFUSED = str.maketrans("015|", "olsl")
SAME = 86
"""Likeness (0 to 100) from which a damaged name is taken for one of the lexicon."""

PROGRAMMES = frozenset({"government_programme", "medicaid_programme"})
"""Kinds of lexicon entries that stand behind a plan: every letter of theirs names them."""

_ORG_WORD = (
    r"(?:Health ?[Pp]lans?|HEALTH ?PLANS?|Health ?[Cc]are|HEALTH ?CARE|Insurance|INSURANCE|Health|"
    r"HEALTH|Advantage|ADVANTAGE|Benefits?|BENEFITS?|Benefit Plan|Medicaid|MEDICAID|Assurance|"
    r"ASSURANCE|Mutual|MUTUAL|HMO|PPO|Plan|PLAN|Plans|Trust|TRUST|Medicare|MEDICARE|Welfare Fund|"
    r"Cross|CROSS|Shield|SHIELD|Care|CARE|Partners|Alliance|Assist|Medical Plan|Fund|FUND|"
    r"Insurers|Indemnity|Casualty|Administrators)"
)
_WORD = r"(?:[A-Z0-9][\w&'’.-]*|of|and|the|&|for)"
_ORGANISATION = re.compile(
    rf"\b[A-Z][\w&'’-]*(?:[ \n]{_WORD}){{0,7}}?[ \n]?{_ORG_WORD}"
    rf"(?:[ \n](?:of|for)(?:[ \n](?:[A-Z][\w'’]+)){{1,3}})?"
    rf"(?:,?[ \n](?:Inc|INC|LLC|Company|COMPANY|Corporation|Corp|Co|Plan|PLAN|HMO|Gro"
    rf"up|Premier Plan|Medicare Advantage|MA Plan)\b\.?)*"
)
_SELF: tuple[tuple[re.Pattern[str], float], ...] = (
    (
        re.compile(
            r"\b(?:[Oo]n behalf of|administered for|acting for|delegated by)\s+(?:the\s+)?(?"
            r"P<who>[A-Z][^.,;:\n(]{2,70})"
        ),
        0.92,
    ),
    (
        re.compile(
            r"\b(?:a )?(?:valued )?(?:member|enrollee|customer|beneficiary) of\s+(?:the\s+)?"
            r"(?P<who>[A-Z][^.,;:\n(]{2,60}?)(?=[.,;:\n(]| plan\b| we\b|$)"
        ),
        0.85,
    ),
    (
        re.compile(
            r"\b(?:asked|asks|requested|asking)\s+(?P<who>[A-Z][^.,;:()\n]{2,60}?)\s+to\s+(?"
            r":approve|cover|pay|authorize|review)\b"
        ),
        0.85,
    ),
    (
        re.compile(
            r"\b(?:choosing|being with|enrolled in|covered by|coverage (?:with|through|under"
            r")|insured by|underwritten by|offered by|under the)\s+(?:the\s+|your\s+)?(?P<wh"
            r"o>[A-Z][^.,;:()]{2,60}?)(?= (?:for|as|program|plan\b|was|is|became|has|\()|"
            r"[.,;:(\n]|$)"
        ),
        0.72,
    ),
    (
        re.compile(
            r"(?:^|[.\n] ?)(?P<who>[A-Z][\w&'’-]+(?:[ \n][A-Z&][\w&'’-]*|[ \n](?:of|and|the)"
            r"){0,7})[ \n](?:has|have|had|is unable|cannot|will not|did not|does not|receive"
            r"d|reviewed|denied|determined|completed|uses|requires|covers|recently)\b"
        ),
        0.82,
    ),
)
_SELF = (
    (
        re.compile(
            r"\b(?:administrator for|acts? for|manages (?:the )?[a-z ]{0,20}benefits? for|"
            r"administers (?:this|the) [a-z ]{0,20}(?:for|of))\s+(?:the\s+)?"
            rf"(?P<who>[A-Z][\w&'’-]+(?:[ \n](?:[A-Z][\w&'’-]+|&|of|and|the)){{0,7}}"
            rf"[ \n]{_ORG_WORD})"
        ),
        0.9,
    ),
    *_SELF,
)
_DEPARTMENT = re.compile(
    r"\s*(?:[-–—|,:]\s*)?\b(?:(?:Prior Authorization|Utilization|Claims?|Appeals?|Me"
    r"dical|Clinical|Member|"
    r"Customer|Pharmacy|Care|Case|Coverage|Health Services|Grievances?|Provider|National|Quality|"
    r"Benefit|Benefits|Adverse|Notice|Explanation|Review|Medical Necessity|Health Ca"
    r"re) ?(?:and |& )?)+"
    r"(?:Management|Review|Department|Dept|Services|Unit|Team|Adjudication|Adjustment|Operations|"
    r"Determinations?|Appeals|Grievances|Center|Necessity|Denial|Administration|Affa"
    r"irs|Notice|Office|"
    r"Information|Director)\b.*$",
    re.I | re.S,
)
_NO_NAME = re.compile(
    r"\b(?:notice|denial|determination|decision|dear|re:|date|member id|patient|claim|letter|"
    r"explanation|benefits of|prior auth\w*|request|appeal|street|avenue|suite|p\.? ?o\.? ?box|"
    r"dr\.?|md|do|np|rn|phone|fax|www|page|confidential|department of|your|our|this|that|these|"
    r"you|we|physician|clinic|hospital|associates|medical center|medical group|pharmacy|"
    r"information|review organization|approved|form|omb|drug coverage|summary|batch|denied|"
    r"adverse|coverage|redetermination|organization|authorization|eob|statement|remittance|"
    r"important|documents?|rights?|fair hearing|independent|external|evidence|plan documents?|"
    r"health services|policy|guidelines?|criteria|glossary|manual|handbook|watermark|scanned|"
    r"medical records?|section|act|usc|cfr|code|law|formulary|benefit category|medical benefits?|"
    r"contractor|sample|fictional|synthetic|logo|home health|surgery center|facility)\b|"
    r"[<>\[\]@#{}]|\b\d|\d\d",
    re.I,
)
_PLAIN_PLAN = re.compile(r"^[A-Z][a-z]+ (?:Health ?Plans?|Health|Healthcare|Insurance|Advantage)\b")
_CAPITALS = re.compile(r"(?:(?<![.:;,] )\b[A-Z][a-z]+ ){1,3}$")
_NO_LEAD = frozenset(
    """
    The Your Our This A An Call Contact Dear By For From And At In On To If Please
    Member Plan Payer Insurer Company Per Under Is About With Of As Health Since
    Because When Thank We You Write
    """.split()  # noqa: SIM905
)
_SMALL = frozenset(
    [
        "of",
        "and",
        "the",
        "for",
        "an",
        "a",
        "by",
        "in",
        "at",
        "to",
        "&",
        "dba",
        "d/b/a",
        "healthcare",
        "health",
        "plan",
    ]
)
_GENERAL = re.compile(
    r"^(?:(?:the|your|our|a|an|my|state|health|medical|insurance|insurer|plan|plans|"
    r"company|carrier|"
    r"payer|payor|medicare|medicaid|advantage|managed|care|coverage|benefits?|letterhead|hmo|ppo|"
    r"name|of|and|prescription|drug|program|part|medical plan|standard|services|healthcare)\W*)+$",
    re.I,
)
"""Words that name no company by themselves."""

_PROGRAMME_USE = re.compile(
    r"^\W{0,2}(?:advantage|part [a-d]|prescription|drug|health|hmo|ppo|plan|"
    r"coverage|beneficiar|services|number|rule|law|guideline|covers|enrol|&|and)",
    re.I,
)
_ADDRESS = re.compile(r"\d{5}|\bP\.? ?O\.? ?B", re.I)
_PRODUCT = re.compile(
    r"\b(?:choice plus|open access|ppo|hmo|epo|pos|hdhp|hsa|plus|gold|silver|bronze|platinum|"
    r"navigate|select|value|premier|vip|complete|snp|d-snp)\b",
    re.I,
)
_ONLY_PRODUCT = re.compile(
    r"^(?:(?:choice|plus|open|access|ppo|hmo|epo|pos|hdhp|hsa|gold|silver|bronze|platinum|basic|"
    r"navigate|select|value|premier|standard|complete|saver|rx|high|low|deductible|network|\d+)\W*)+$",
    re.I,
)
"""Names of a plan's product without its insurer: HMO Select, Gold 80."""

_TRICARE = re.compile(r"\bTRICARE\b", re.I)
_MEDICARE_FOR = re.compile(
    r"\b(?:contractor|carrier|intermediary|administers|processes claims)[^.\n]{0,20}? (?:for|of) "
    r"(?P<who>Medicare)\b",
    re.I,
)
_BEFORE_NAME = re.compile(
    r"^(?:(?:(?:insurer|payor|carrier|insurance|company):|"
    r"on behalf of|a (?:member|service) of|administered (?:by|for)|your plan:?|offered by|"
    r"underwritten by|the|health plan:?|plan:?|payer:?)\s+)+",
    re.I,
)


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


def find_payers(
    analysis: Analysis, passages: tuple[Passage, ...], decides: bool = True
) -> tuple[tuple[Candidate, ...], tuple[PlanProof, ...]]:
    """Candidates of `payer`, `payer_family`, `administrator`; and what the brand tells of the plan.

    Mail that decides nothing may come from anyone: then only names of the lexicon count.
    """
    known = list(_known(analysis, passages))
    unknown = [
        n for n in _unknown(analysis, passages, known) if decides or n.how == "beside its label"
    ]
    namings = [n for n in known if not _inside_another(n, unknown)] + unknown
    groups: dict[str, list[Naming]] = {}
    for naming in namings:
        groups.setdefault(naming.group, []).append(naming)
    plans = {k: g for k, g in groups.items() if _may_pay(g[0].who)}
    helpers = {k: g for k, g in groups.items() if _helps(g[0].who)}
    ranked = sorted(plans.values(), key=lambda g: (-_total(g), g[0].start))
    ranked = _program_behind(ranked)
    found: list[Candidate] = []
    brands: list[PlanProof] = []
    for place, group in enumerate(ranked[:3]):
        found.extend(_payer_candidates(group, 1.0 if place == 0 else 0.4))
        who = group[0].who
        if place == 0 and who is not None and who.plan_type is not None:
            at = group[0]
            brands.append(
                PlanProof(who.plan_type.value, 0.8, at.start, at.end, "brand sells it only")
            )
    chosen = ranked[0][0].group if ranked else None
    if programme := _programme_served(analysis, ranked):
        found.extend(programme)
        chosen = None
    found.extend(_helper_candidates(helpers, chosen))
    return tuple(found), tuple(brands)


def _programme_served(analysis: Analysis, ranked: list[list[Naming]]) -> tuple[Candidate, ...]:
    """The programme whose contractor writes: TRICARE by its regional contractor, Medicare by one
    that calls itself its contractor. The contractor is then an administrator."""
    first = ranked[0] if ranked else []
    if first and first[0].who is not None and first[0].who.kind == "tricare_contractor":
        match, name = _TRICARE.search(analysis.text), "TRICARE"
        start, end = match.span() if match else (0, 0)
    else:
        sure = first and _total(first) >= 0.8 and first[0].who is not None
        match, name = (None if sure else _MEDICARE_FOR.search(analysis.text)), "Medicare"
        start, end = match.span("who") if match else (0, 0)
    if match is None:
        return ()
    because = "programme whose contractor writes"
    return (
        Candidate("payer", name, start, end, 1.0, because),
        Candidate("payer_family", name, start, end, 1.0, because),
    )


def _inside_another(known: Naming, unknown: list[Naming]) -> bool:
    """Whether a known name is but the tail of a longer one: Keystone [Valley Health Plan]."""
    return any(n.who is None and n.start < known.start and known.end <= n.end for n in unknown) or (
        known.who is not None
        and known.who.kind in PROGRAMMES
        and any(n.start <= known.start and known.end <= n.end for n in unknown)
    )


def _may_pay(who: Payer | None) -> bool:
    return who is None or who.is_payer


def _helps(who: Payer | None) -> bool:
    return who is not None and who.is_administrator


def _total(group: list[Naming]) -> float:
    """The best place counts most; being named often adds a little."""
    best = max(n.weight for n in group)
    return min(best, 0.99) + 0.02 * min(len(group), 5)


def _program_behind(ranked: list[list[Naming]]) -> list[list[Naming]]:
    """Programmes (Medicare, Medicaid) are named in every letter of theirs; a plan goes first."""
    programmes = [g for g in ranked if g[0].who is not None and g[0].who.kind in PROGRAMMES]
    others = [g for g in ranked if g not in programmes]
    if others and _total(others[0]) >= 0.5:
        return [*others, *programmes]
    return ranked


def _payer_candidates(group: list[Naming], factor: float) -> Iterator[Candidate]:
    shown = _fullest(group)
    score = min(_total(group), 0.98) * factor
    yield Candidate("payer", shown.name, shown.start, shown.end, score, f"payer {shown.how}")
    who = shown.who
    family = who.family if who is not None else _family(shown.name)
    if family:
        because = "family of the payer" if who is not None else "family by its name"
        yield Candidate("payer_family", family, shown.start, shown.end, score, because)


def _fullest(group: list[Naming]) -> Naming:
    """The fullest corporate name printed: not a product's, not an abbreviation."""
    decent = [n for n in group if n.weight >= 0.3] or group
    proper = [n for n in decent if not _PRODUCT.search(n.name)] or decent
    proper = [n for n in proper if not _DEPARTMENT.search(n.name)] or proper
    return max(proper, key=lambda n: (len(squash(n.name)), n.weight, -n.start))


def _family(name: str) -> str | None:
    lowered = squash(name)
    if "bluecross" in lowered or "blueshield" in lowered:
        return "Blue Cross Blue Shield"
    return "Medicaid" if "medicaid" in lowered else None


def _helper_candidates(helpers: dict[str, list[Naming]], payer: str | None) -> Iterator[Candidate]:
    for key, group in helpers.items():
        who = group[0].who
        if key == payer or who is None:
            continue
        if who.is_payer and max(n.weight for n in group) < 0.6:
            continue
        shown = _fullest(group)
        score = min(0.45 + 0.5 * _total(group), 0.95) * (0.6 if who.is_payer else 1.0)
        yield Candidate(
            "administrator",
            shown.name,
            shown.start,
            shown.end,
            score,
            f"acts for a payer; {shown.how}",
        )


# ------------------------------------------------------------------ names in the lexicon


def _known(analysis: Analysis, passages: tuple[Passage, ...]) -> Iterator[Naming]:
    text = analysis.text
    for match in payers().find(text):
        printed = " ".join(text[match.start : match.end].split())
        if "-" in match.alias.text and "-" not in printed and " " not in printed:
            continue  # "Medical" is not Medi-Cal
        after = text[match.end : match.end + 20]
        if printed.lower() == "medicare" and _PROGRAMME_USE.match(after):
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
        if match.of.kind in PROGRAMMES and weight < 0.7:
            continue
        roles = set(match.of.roles)
        if not roles & {"payer", "pbm", "reviewer", "tpa", "mac"}:
            continue
        yield Naming(printed, match.of, match.start, match.end, weight, how)


_REST = re.compile(
    r"[ \n](?:(?:Health|Benefit|Medical) )?(?:Plan|Fund|Trust|Company)\b(?! of| [a-z])"
)


def _whole(text: str, end: int) -> int:
    """The end of a plan's name where its last word stands beyond what was found."""
    rest = _REST.match(text, end)
    return rest.end() if rest else end


def _join(rest: str) -> str:
    return rest.replace("\n", " ")


def _longer(text: str, start: int, printed: str) -> str:
    """Capitalised words before a plan's name that make it another's: [Red River] Valley Health
    Plan. "" for a name that stands alone, or is no plain word followed by `Health Plan`."""
    if not _PLAIN_PLAN.search(printed):
        return ""
    match = _CAPITALS.search(text[max(0, start - 40) : start])
    if match is None or any(word in _NO_LEAD for word in match.group().split()):
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
    for pattern, weight in _SELF:
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


def _unknown(
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


def _damaged(
    analysis: Analysis, name: str, start: int, end: int, weight: float, how: str
) -> Naming | None:
    """A known payer whose printed name was damaged by reading."""
    if analysis.view.line_at(start).text and not _is_ocr(analysis, start):
        return None
    wanted = squash(name).translate(_CONFUSED)
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
            if _ONLY_PRODUCT.match(name):
                continue
            sure = "plan" not in pair.label.lower() or _has_org_word(name)
            if sure or " " in name:
                at = text.find(name.split()[0], pair.value_start)
                yield name, max(at, pair.value_start), 0.95 if sure else 0.6, "beside its label"
    yield from _heads(analysis)
    for pattern, weight in _SELF:
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
            while (scrap := _SCRAP.match(name)) and _clean(name[scrap.end() :]):
                at += scrap.end()
                name = name[scrap.end() :]
        below = lines[index + 1].text if index + 1 < len(lines) else ""
        if _has_org_word(name):
            yield name, at, 0.9 if index < 2 else 0.8, "in the letterhead"
        elif _is_ocr(analysis, line.start):
            yield name, at, 0.85, DAMAGED
        elif first and index == 0 and _ADDRESS.search(below) and len(name.split()) <= 5:
            yield name, at, 0.75, "above the letterhead's address"
        first = False


def _lines(chunk: str) -> Iterator[tuple[int, str]]:
    at = 0
    for line in chunk.split("\n"):
        yield at, line
        at += len(line) + 1


def _has_org_word(name: str) -> bool:
    return (
        re.search(rf"\b{_ORG_WORD}\b|[a-z](?:Care|Health|Plan)\b|(?:CARE|HEALTH)\b", name)
        is not None
    )


def _clean(raw: str) -> str | None:
    """A name without the department after it; None where it is none."""
    name = " ".join(raw.split()).strip(" .,;:|-–—=*■•\"'")
    cut = _DEPARTMENT.sub("", name)
    name = _BEFORE_NAME.sub("", cut) if len(cut) >= 3 else ""
    name = re.split(r"\s[-–—|•]\s|\s{2,}", name)[0].strip(" .,;:|-–—=*■\"'") if name else ""
    if name.endswith(" Inc") or name.endswith(" INC"):
        name += "."
    if not 3 <= len(name) <= 80 or not name[0].isalnum() or name[0].islower():
        return None
    if any(word.islower() and word not in _SMALL for word in name.split()):
        return None
    if _GENERAL.match(name) or name.lower().startswith("centers for"):
        return None
    if _NO_NAME.search(name) or len(name.split()) > 9:
        return None
    return name


def payer_candidates(found: Iterable[Candidate]) -> Iterable[Candidate]:
    """Best first by field."""
    return sorted(found, key=lambda c: (c.key, -c.score))
