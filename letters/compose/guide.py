"""The appeal guide for payer x drug or class x reason, as blocks that every renderer lays out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from knowledge import clocks, law
from knowledge import drugs as drug_lore
from knowledge.drugs import Drug, DrugClass, Need, Particulars
from letters.compose import wording
from letters.compose.lore import sentence_case
from letters.compose.requests import knowledge_statement
from models.letter import (
    Banner,
    Block,
    Bullets,
    Grid,
    Heading,
    Layout,
    Letter,
    Paragraph,
    Source,
    SourceKind,
    Statement,
    Text,
)
from models.vocabulary import DenialCategory, Level, PlanType

RIGHTS = ("consider_everything", "qualified_reviewer", "criteria", "claim_file", "expedite")
OTHER_KINDS = (
    PlanType.COMMERCIAL,
    PlanType.SELF_FUNDED,
    PlanType.MEDICARE_ADVANTAGE,
    PlanType.MEDICARE_PART_D,
    PlanType.MEDICAID,
    PlanType.FEHB,
    PlanType.TRICARE,
)
RELATED = 6
_C = DenialCategory
COMMON_REASONS = (
    *(_C.QUANTITY_LIMIT, _C.MEDICAL_NECESSITY, _C.STEP_THERAPY, _C.PRIOR_AUTHORIZATION),
    *(_C.NON_FORMULARY, _C.EXPERIMENTAL, _C.INDICATION_OR_AGE),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a guide is about. `item` is the drug, class or service in words; `regime` the law if
    it is known, else `plan_type` stands for it, and the periods of other kinds are shown too."""

    payer: str
    item: str
    category: DenialCategory
    drug: Drug | None = None
    drug_class: DrugClass | None = None
    regime: str | None = None
    plan_type: PlanType = PlanType.COMMERCIAL
    all_kinds: bool = True

    @property
    def own(self) -> Particulars | None:
        """What is particular to the drug or class under this reason."""
        class_id = self.drug_class.id if self.drug_class else None
        return drug_lore.particulars(self.category, self.drug, class_id)

    @property
    def reason(self) -> str:
        return wording.text(f"guide.reason.{self.category.value}.short")


def guide(subject: Subject) -> Letter:
    """The guide as a document under its title."""
    title = _title(subject)
    return Letter(
        kind="guide",
        title=title,
        sender=(),
        addressee=(),
        date_line=_fixed(
            wording.text("guide.question").format(
                item=subject.item, payer=subject.payer, reason=subject.reason
            )
        ),
        blocks=tuple(_blocks(subject)),
        footer=title,
        layout=Layout.SHEET,
    )


def _title(subject: Subject) -> str:
    item = sentence_case(subject.item)
    return wording.text("guide.title").format(item=item, payer=subject.payer, reason=subject.reason)


def _blocks(subject: Subject) -> Iterator[Block]:
    own, base = subject.own, f"guide.reason.{subject.category.value}"
    thesis = own.thesis if own else wording.text(f"reason.{subject.category.value}.thesis")
    yield Banner(_known(thesis, own), lead=f"{wording.text('guide.in_short')}:")
    yield from _section("first_heading", (own.first,) if own and own.first else (), f"{base}.first")
    yield Heading(wording.text("guide.rights_heading"))
    yield _rights(subject)
    yield from _what_is_asked(subject)
    yield from _section("why_heading", _why(subject, own), f"{base}.why")
    yield from _section("can_heading", own.appealable if own else (), f"{base}.appealable")
    yield from _periods(subject)
    yield from _gather(subject, own)
    yield from _table(subject, own)
    yield from _pace(own)
    yield Heading(wording.text("guide.next_heading"))
    yield _list(tuple(_texts("guide.next")), ordered=True)
    yield from _notes(subject)
    yield from _related(subject)
    yield Paragraph((_fixed(wording.text("guide.disclaimer"), italic=True),))


def _section(heading: str, particular: tuple[str, ...], general: str) -> Iterator[Block]:
    """A list: what is particular first, then what holds for the reason in general."""
    yield Heading(wording.text(f"guide.{heading}"))
    said = (
        (*particular, *_texts(general))
        if heading != "first_heading" or not particular
        else (particular)
    )
    if len(said) == 1:
        yield Paragraph((_fixed(said[0]),))
    else:
        yield _list(said)


def _why(subject: Subject, own: Particulars | None) -> tuple[str, ...]:
    found = list(own.why) if own else []
    klass = subject.drug_class
    if klass is not None and own is None:
        turns = {
            DenialCategory.QUANTITY_LIMIT: klass.quantity,
            DenialCategory.MEDICAL_NECESSITY: klass.necessity,
        }.get(subject.category)
        if turns:
            found.append(turns)
        if klass.first_tried and subject.category is DenialCategory.STEP_THERAPY:
            found.append(f"A step rule usually wants first: {klass.first_tried}.")
    return tuple(found)


def _rights(subject: Subject) -> Bullets:
    said = []
    for right_id in RIGHTS:
        right = law.right(right_id, subject.regime, subject.plan_type)
        if right is not None and right.says:
            said.append(
                Paragraph((knowledge_statement(right.says, right.citation, f"law:{right.id}"),))
            )
    said.append(Paragraph((_fixed(wording.text("guide.peer")),)))
    return Bullets(tuple(said))


def _what_is_asked(subject: Subject) -> Iterator[Block]:
    yield Heading(wording.text("guide.asks_heading"))
    yield Paragraph(tuple(_fixed(text) for text in _texts("guide.asks")))
    klass = subject.drug_class
    if klass is None:
        return
    lead = wording.text("guide.asks_class").format(klass=f"{klass.name} ({klass.specialty})")
    yield Paragraph((_fixed(lead),))
    needs = (f"{sentence_case(n.asks)}: {n.shown_by}" for n in klass.criteria)
    yield _list(tuple(needs), ref=f"class:{klass.id}")


def _periods(subject: Subject) -> Iterator[Block]:
    """Every step of the known kind of coverage; then, if asked, the first step of the others."""
    yield Heading(wording.text("guide.periods_heading"))
    yield Paragraph((_fixed(wording.text("guide.periods_lead")),))
    facts = clocks.ClockFacts(
        subject.plan_type, Level.INITIAL, regime=subject.regime, category=subject.category,
        is_drug=True,
    )  # fmt: skip
    rows: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {}
    for clock in clocks.deadlines(facts):
        row = (clock.step, clock.arithmetic, clock.citation)
        rows.setdefault((clock.step, clock.arithmetic), (row, clock.key))
    yield _grid(("step", "period", "rule"), tuple(rows.values()), (0.36, 0.32, 0.32))
    if not subject.all_kinds:
        return
    yield Paragraph((_fixed(wording.text("guide.periods_other")),))
    others = []
    for kind in OTHER_KINDS:
        first = clocks.deadlines(clocks.ClockFacts(kind, Level.INITIAL))[0]
        name = law.working(None, kind).name
        step = f"{first.step}: {first.arithmetic}"
        others.append(((name, step, first.citation), first.key))
    yield _grid(("kind", "period", "rule"), tuple(others), (0.36, 0.32, 0.32))


def _grid(
    columns: tuple[str, ...],
    rows: tuple[tuple[tuple[str, ...], str], ...],
    widths: tuple[float, ...],
) -> Grid:
    return Grid(
        tuple(wording.text(f"guide.col_{column}") for column in columns),
        tuple(
            tuple(Paragraph((_of(cell, f"law:{key}"),)) for cell in cells) for cells, key in rows
        ),
        widths,
    )


def _gather(subject: Subject, own: Particulars | None) -> Iterator[Block]:
    yield Heading(wording.text("guide.gather_heading"))
    particular = tuple(_need(need) for need in own.gather) if own else ()
    general = _texts(f"guide.reason.{subject.category.value}.gather")
    yield _list((*particular, *general), ordered=True)


def _table(subject: Subject, own: Particulars | None) -> Iterator[Block]:
    """The mapping table to copy, with the usual criteria filled in."""
    yield Heading(wording.text("guide.table_heading"))
    klass = subject.drug_class
    if own is not None and own.columns:
        blank = tuple(Paragraph((_fixed("\u00a0"),)) for _ in own.columns)
        share = 1 / len(own.columns)
        yield Grid(own.columns, (blank, blank, blank), tuple(share for _ in own.columns))
    yield Paragraph((_fixed(wording.text("guide.table_lead")),))
    needs = klass.criteria if klass else ()
    rows = [(n.asks, n.shown_by, "\u00a0") for n in needs] or [("\u00a0",) * 3] * 4
    ref = f"class:{klass.id}" if klass else "wording:guide.table_lead"
    yield Grid(
        tuple(wording.text(f"guide.col_{c}") for c in ("criterion", "document", "place")),
        tuple(tuple(Paragraph((_of(sentence_case(cell), ref),)) for cell in row) for row in rows),
        (0.4, 0.38, 0.22),
    )


def _pace(own: Particulars | None) -> Iterator[Block]:
    yield Heading(wording.text("guide.pace_heading"))
    said = [_fixed(own.pace)] if own and own.pace else []
    yield Paragraph((*said, _fixed(wording.text("guide.pace"))))
    if own and own.reviewer:
        yield Heading(wording.text("guide.reviewer_heading"))
        yield Paragraph((_fixed(own.reviewer),))


def _notes(subject: Subject) -> Iterator[Block]:
    """Dated facts that a letter must not get wrong, and the unit of the billing code."""
    notes = []
    if subject.drug is not None:
        notes += [text for text in (subject.drug.note, subject.drug.billing_unit) if text]
    elif subject.drug_class is not None and subject.drug_class.note:
        notes.append(subject.drug_class.note)
    if notes:
        yield Heading(wording.text("guide.note_heading"))
        yield _list(tuple(f"{note.rstrip('.')}." for note in notes))


def _related(subject: Subject) -> Iterator[Block]:
    others = [reason for reason in COMMON_REASONS if reason is not subject.category]
    yield Heading(wording.text("guide.related_heading"))
    said = (
        wording.text("guide.related").format(
            item=sentence_case(subject.item),
            reason=wording.text(f"guide.reason.{reason.value}.short"),
        )
        for reason in others[:RELATED]
    )
    yield _list(tuple(said))


def _need(need: Need) -> str:
    return f"{sentence_case(need.asks)}: {need.shown_by}" if need.shown_by else need.asks


def _texts(key: str) -> tuple[str, ...]:
    return tuple(stored.text for stored in wording.sentences(key))


def _list(texts: tuple[str, ...], *, ordered: bool = False, ref: str = "wording:guide") -> Bullets:
    return Bullets(tuple(Paragraph((_of(text, ref),)) for text in texts), ordered=ordered)


def _known(words: str, own: Particulars | None) -> Statement:
    return _of(words, f"particulars:{own.id}" if own else "wording:reason")


def _of(words: str, ref: str) -> Statement:
    kind = SourceKind.FORM if ref.startswith("wording:") else SourceKind.KNOWLEDGE
    return Statement((Text(words),), Source(kind, (ref,)))


def _fixed(words: str, *, italic: bool = False) -> Statement:
    return Statement((Text(words, italic=italic),), Source(SourceKind.FORM, ("wording:guide",)))
