"""A case made ready for writing: its values as printable pieces, each with its source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from dataclasses import field as made_by
from datetime import date
from functools import cached_property

from knowledge import law
from letters.compose import wording
from letters.compose.plan import administrative_reasons
from models.case import Deadline, DenialCase
from models.clinical import ClinicalFacts
from models.fields import FIELD_SPECS, Evidence, FieldValue
from models.letter import Blank, Inline, Paragraph, Source, SourceKind, Statement, Text
from models.vocabulary import DenialCategory, DocumentKind, Level, PlanType


def spell_day(day: date) -> str:
    """`September 4, 2026`."""
    return f"{day:%B} {day.day}, {day.year}"


def spell(value: FieldValue) -> str:
    """A field's value as a letter prints it."""
    if isinstance(value, date):
        return spell_day(value)
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value)


@dataclass(frozen=True, slots=True)
class Part:
    """Words for one place of a sentence, and what they rest on."""

    inlines: tuple[Inline, ...]
    refs: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    kind: SourceKind | None = None

    @staticmethod
    def plain(
        words: str,
        kind: SourceKind | None = None,
        *refs: str,
        evidence: tuple[Evidence, ...] = (),
    ) -> Part:
        return Part((Text(words),), refs, evidence, kind)

    @staticmethod
    def of(words: str, ref: str) -> Part:
        """Words worked out by the desk; `ref` names from what (`route`, `deadline:ext_fed`)."""
        return Part.plain(words, SourceKind.COMPUTED, ref)


@dataclass(frozen=True)
class Matter:
    """One case, the day of writing, and a person's entries."""

    case: DenialCase
    case_id: str
    today: date
    entries: ClinicalFacts = made_by(default_factory=ClinicalFacts)

    # --- what is known -------------------------------------------------------------------

    @cached_property
    def plan_type(self) -> PlanType:
        """That of the letter, or of the law decided where a person's answer overrules it."""
        named = self.case.fields.text("plan_type")
        kind = PlanType(named) if named else PlanType.UNKNOWN
        decided = self.case.law.regime
        if decided is None or kind in (kinds := law.regime(decided).plan_types) or not kinds:
            return kind
        return kinds[0]

    @cached_property
    def level(self) -> Level | None:
        named = self.case.fields.text("level")
        return Level(named) if named else None

    @cached_property
    def categories(self) -> tuple[DenialCategory, ...]:
        """All stated reasons, primary first; `other` where the letter denies but gives none."""
        primary = self.case.fields.text("denial_category")
        stated = (*((primary,) if primary else ()), *self.case.fields.items_of("denial_categories"))
        found = tuple(DenialCategory(c) for c in dict.fromkeys(stated))
        kind = self.case.fields.text("document_kind")
        if not found and kind == DocumentKind.INFORMATION_REQUEST:
            return (DenialCategory.INCOMPLETE_INFORMATION,)
        return found or (DenialCategory.OTHER,)

    @cached_property
    def regime(self) -> law.Regime:
        """The regime decided, else the one that stands for the plan type until it is."""
        return law.working(self.case.law.regime, self.plan_type)

    @cached_property
    def flags(self) -> frozenset[str]:
        """What stored sentences may depend on, by name."""
        fields = self.case.fields
        service_day, notice_day = fields.day("date_of_service"), fields.day("letter_date")
        held = {
            "urgent": self.case.route.harm or self.entries.is_urgent,
            "drug": fields.text("drug") is not None or fields.text("drug_generic") is not None,
            "administrator": fields.text("administrator") is not None,
            "policy": self.field("policy_cited") is not None,
            "has_fax": fields.text("appeal_fax") is not None,
            "quantity": fields.text("quantity") is not None,
            "decided": self.case.law.regime is not None,
            "several": len(self.categories) > 1,
            "partial": fields.text("document_kind") == DocumentKind.PARTIAL_DENIAL,
            "asks": fields.text("document_kind") == DocumentKind.INFORMATION_REQUEST,
            "claim": bool(service_day and notice_day and service_day < notice_day)
            or fields.text("claim_number") is not None,
            "external": self.level is Level.EXTERNAL_REVIEW,
            "upheld": self.level is Level.INTERNAL_APPEAL,
            "initial": self.level in (Level.INITIAL, None),
            "administrative": set(self.categories) <= administrative_reasons(),
            "public": self.plan_type not in PRIVATE,
            "signer_known": self._names_a_person(),
            "may_continue": self.may_continue,
            "late": self._is_late(),
            "hearing": self.review_kind == "hearing",
            "judge": self.review_kind == "judge",
            f"plan:{self.plan_type.value}": True,
            f"route:{self.case.route.name.value}": True,
            f"regime:{self.regime.id}": True,
            **{f"reason:{category.value}": True for category in self.categories},
        }
        return frozenset(name for name, holds in held.items() if holds)

    @cached_property
    def next_step(self) -> Deadline | None:
        """The clock of the step that a letter takes: the first that is the member's to meet; while
        the law is open, the first of them that has a last day."""
        ours = [clock for clock in self.case.deadlines if clock.kind == "ours"]
        if self.case.law.regime is None:
            ours = [clock for clock in ours if clock.due is not None] or ours
        return ours[0] if ours else None

    def _is_late(self) -> bool:
        clock = self.next_step
        return clock is not None and clock.due is not None and clock.due < self.today

    @cached_property
    def may_continue(self) -> bool:
        """Whether a request to keep benefits running may still be made in time."""
        clock = next((c for c in self.case.deadlines if c.kind == "continuation"), None)
        return clock is not None and (clock.due is None or clock.due >= self.today)

    @property
    def names_degree(self) -> bool:
        """Whether the notice gives the prescriber's degree with the name."""
        return _DEGREE.search(self.case.fields.text("provider_name") or "") is not None

    def _names_a_person(self) -> bool:
        """Whether the notice names the prescriber, and not a practice, as who asked."""
        part = self.field("provider_name")
        if part is None or self.field("patient_name") is None:
            return False
        name = _words(part)
        return len(name.split()) > 1 and not _PRACTICE.search(name)

    @cached_property
    def review_kind(self) -> str:
        """Who reviews outside of the plan next: `reviewer`, `hearing`, `judge` or `agency`."""
        body = law.external_review_body(
            self.case.law.regime, self.level, self.today, self.plan_type
        )
        return REVIEWS.get(body.what, "reviewer") if body is not None else "reviewer"

    # --- pieces --------------------------------------------------------------------------

    def place_of(self, evidence: Evidence) -> str:
        """`notice, page 2`: counted within the letter, not within the file it came in."""
        pages = self.case.pages
        number = pages.index(evidence.page) + 1 if evidence.page in pages else evidence.page
        return f"notice, page {number}"

    def field(self, key: str) -> Part | None:
        """A field's value with its evidence, or None where the letter does not state it."""
        held = self.case.fields[key]
        if held.value is None or held.value == () or held.value == "" or self._is_slip(key):
            return None
        if held.set_by is not None:
            kind = SourceKind.PERSON
        else:
            kind = SourceKind.DENIAL if held.evidence else SourceKind.COMPUTED
        words = spell(held.value)
        if key == "policy_cited" and held.set_by is None:
            words = _SENTENCE_END.split(words)[0]
        return Part((Text(words),), (f"field:{key}",), held.evidence, kind)

    def _is_slip(self, key: str) -> bool:
        """Whether a value read by the desk is plainly that of another field: a prescriber with
        the patient's name, a policy that is the plan's own name. A person's word is never one."""
        fields = self.case.fields
        if fields[key].set_by is not None:
            return False
        said = " ".join(str(fields[key].value).split()).casefold()
        if key == "provider_name":
            return said == (fields.text("patient_name") or "").casefold()
        if key == "policy_cited":
            names = (fields.text(k) or "" for k in ("payer", "administrator", "payer_family"))
            is_name = any(name and name.casefold() in said for name in names)
            return not _POLICY.search(said) or (is_name and not any(c.isdigit() for c in said))
        return False

    def entry(self, key: str) -> Part | None:
        """A person's entry for a blank, or None."""
        words = self.entries.answer(key)
        return None if words is None else Part.plain(words, SourceKind.PERSON, f"entry:{key}")

    @cached_property
    def item(self) -> Part:
        """What was denied, by name: `Tecartus (brexucabtagene autoleucel)`, or the service."""
        drug, generic = self.field("drug"), self.field("drug_generic")
        if drug and generic and _words(generic).casefold() not in _words(drug).casefold():
            named = f"{_words(drug)} ({_words(generic)})"
            return Part(
                (Text(named),),
                (*drug.refs, *generic.refs),
                (*drug.evidence, *generic.evidence),
                drug.kind,
            )
        return drug or generic or self.field("service") or self.blank("item", "drug or service")

    @cached_property
    def diagnosis(self) -> Part:
        """The diagnosis in words, as a person entered it, with the code that the notice gives."""
        words = self.blank("diagnosis", "diagnosis in words")
        code = self.entry("diagnosis_code") or self.field("diagnosis_codes")
        if code is None:
            return words if words.refs else self.blank("diagnosis", "diagnosis, with its code")
        return Part(
            (*words.inlines, Text(f" (ICD-10-CM {_words(code)})")),
            (*words.refs, *code.refs),
            code.evidence,
            words.kind or code.kind,
        )

    def blank(self, key: str, label: str, lines: int = 0) -> Part:
        """The entry for `key`, else a marked blank."""
        if key in HISTORY and self.entries.prior_therapies:
            see = wording.text("history.see")
            return Part.plain(see, SourceKind.PERSON, "entry:prior_therapies")
        return self.entry(key) or Part((Blank(key, label, lines),))

    # --- sentences -----------------------------------------------------------------------

    def say(self, key: str, **parts: Part | str) -> Statement:
        """The stored sentence `key` with its places filled."""
        return self.fill(wording.sentence(key), **parts)

    def say_all(self, key: str, **parts: Part | str) -> tuple[Statement, ...]:
        """The stored sentences of list `key` that fit the matter."""
        return tuple(
            self.fill(one, **parts) for one in wording.sentences(key) if one.fits(self.flags)
        )

    def paragraph(self, *keys: str, **parts: Part | str) -> Paragraph:
        """The fitting sentences of several lists as one paragraph."""
        return Paragraph(tuple(s for key in keys for s in self.say_all(key, **parts)))

    def fill(self, stored: wording.Sentence, **parts: Part | str) -> Statement:
        pieces = tuple(self._pieces(stored.text, parts))
        refs = dict.fromkeys(ref for piece in pieces for ref in piece.refs)
        evidence = dict.fromkeys(e for piece in pieces for e in piece.evidence)
        kinds = {piece.kind for piece in pieces}
        return Statement(
            tuple(_joined(pieces)),
            Source(
                _kind(stored.kind, kinds, bool(evidence)),
                (stored.ref, *refs),
                tuple(evidence),
                _SIGNED if stored.kind is SourceKind.PERSON else "",
            ),
        )

    def _pieces(self, text: str, parts: dict[str, Part | str]) -> Iterator[Part]:
        at = 0
        for match in wording.PLACE.finditer(text):
            if match.start() > at:
                yield Part.plain(text[at : match.start()])
            place = self._place(match, parts)
            begins = match.start() == 0 and text[-1:] in ".:}" and " " in text
            yield _capital(place) if begins else place
            at = match.end()
        rest = text[at:]
        if rest == "." and at and self._ends_ruled(text, parts):
            return  # no lone stop behind a line to write on
        if rest:
            yield Part.plain(rest)

    def _ends_ruled(self, text: str, parts: dict[str, Part | str]) -> bool:
        last = list(wording.PLACE.finditer(text))[-1]
        shown = self._place(last, parts).inlines[-1]
        return isinstance(shown, Blank) and shown.lines > 0

    def _place(self, match: object, parts: dict[str, Part | str]) -> Part:
        key, label, lines = match.groups()  # type: ignore[attr-defined]  # re.Match of PLACE
        given = parts.get(key)
        if given is not None:
            return Part.plain(given) if isinstance(given, str) else given
        if key in ("item", "dx"):
            return self.item if key == "item" else self.diagnosis
        if key in FIELD_SPECS:
            return self.field(key) or self.blank(
                f"field.{key}", label or FIELD_SPECS[key].label.lower()
            )
        return self.blank(key, label or key, int(lines or 0))


# A policy is told by a number or by what such papers are called.
_POLICY = re.compile(
    r"\d|polic|guideline|criteri|formular|coverage|document|booklet|brochure|manual|handbook|"
    r"interqual|mcg|nccn|determination|rule|contract|evidence|certificate|compendi"
)
# A prescriber's name with these words is that of a practice or a facility, which signs nothing.
_PRACTICE = re.compile(
    r"(?i:\b(?:llc|llp|pllc|pc|pa|inc|corp|group|clinics?|hospitals?|cent(?:er|re)s?|associates|"
    r"medical|medicine|health|healthcare|pharmacy|nursing|institute|practice|services?|care|"
    r"university|department|physicians|specialists|partners|laborator\w+|infusion|surgery|"
    r"oncology|allergy|retina|dermatology|neurology|rheumatology|home|agency|rehabilitation|"
    r"therapy|imaging|your|doctor|provider|prescriber|unknown)\b)|[&\d]"
)
_DEGREE = re.compile(
    r"\b(?:M\.?D|D\.?O|N\.?P|P\.?A(?:-C)?|DNP|APRN|CNP|FNP|DPM|DDS|DMD|OD|PharmD|Ph\.?D|PsyD|ARNP)\b"
)
_SENTENCE_END = re.compile(r"(?<=[a-z0-9)])\.\s+(?=[A-Z])")
PRIVATE = (PlanType.COMMERCIAL, PlanType.SELF_FUNDED, PlanType.UNKNOWN)
REVIEWS = {
    "State fair hearing": "hearing",
    "state review": "hearing",
    "independent hearing": "hearing",
    "Administrative Law Judge or attorney adjudicator": "judge",
    "disputed claim review": "agency",
}
"""What a review body does -> how a request to it is worded."""
HISTORY = frozenset({"prior_lines", "prior_therapies"})
"""Blanks that the table of treatment so far answers."""
_SIGNED = "the signing physician's own word"
# A value keeps a sentence that asserts nothing what it is: a request may name the drug.
_ASSERTS = (SourceKind.DENIAL, SourceKind.PERSON, SourceKind.KNOWLEDGE, SourceKind.COMPUTED)


def _kind(stored: SourceKind, kinds: set[SourceKind | None], has_evidence: bool) -> SourceKind:
    """A stored `fact` rests on what its values rest on; the others are what they say."""
    if stored is not SourceKind.DENIAL:
        return stored
    if has_evidence:
        return SourceKind.DENIAL
    found = next((kind for kind in _ASSERTS if kind in kinds), None)
    return found or SourceKind.FORM


def _capital(part: Part) -> Part:
    """A service in small letters ("wound vacuum pump") as the first words of a sentence."""
    first = part.inlines[0] if part.inlines else None
    if not isinstance(first, Text) or not re.match(r"[a-z]{2}", first.text):
        return part
    begun = replace(first, text=f"{first.text[0].upper()}{first.text[1:]}")
    return replace(part, inlines=(begun, *part.inlines[1:]))


def _words(part: Part) -> str:
    return "".join(p.text for p in part.inlines if isinstance(p, Text))


def _joined(pieces: tuple[Part, ...]) -> Iterator[Inline]:
    """The pieces' inlines, plain texts that touch made one."""
    held: Text | None = None
    for part in (inline for piece in pieces for inline in piece.inlines):
        if isinstance(part, Text) and held and (part.bold, part.italic) == (held.bold, held.italic):
            # A value that ends with a stop ("Policy 8.01.") brings that of the sentence along.
            rest = part.text[1:] if held.text.endswith(".") and part.text[:1] == "." else part.text
            held = Text(held.text + rest, held.bold, held.italic)
            continue
        if held:
            yield held
        held = part if isinstance(part, Text) else None
        if held is None:
            yield part
    if held:
        yield held
