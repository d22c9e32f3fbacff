"""The appeal guide for payer x drug or class x reason, as blocks that every renderer lays out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from knowledge import clocks, law
from knowledge import drugs as drug_lore
from knowledge.categories import Category
from knowledge.drugs import Drug, DrugClass, Particulars
from letters.compose import lore, wording
from letters.compose.frame import known
from letters.compose.lore import Known, need_text, sentence_case
from letters.compose.requests import knowledge_statement
from models.case import Deadline
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
        return wording.text(f"guide.reason.{self.category.value}")


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
    own, base = subject.own, lore.category(subject.category)
    thesis = own.thesis if own else wording.text(f"reason.{subject.category.value}.thesis")
    ref = f"particulars:{own.id}" if own else "wording:reason"
    yield Banner(known(thesis, ref), lead=f"{wording.text('guide.in_short')}:")
    yield Paragraph((_fixed(wording.text("guide.disclaimer"), italic=True),))
    first = _particular(own, (own.first,) if own and own.first else ())
    yield from _section("first_heading", first or _of_category(base, (base.first,)))
    yield Heading(wording.text("guide.rights_heading"))
    yield Paragraph((_fixed(wording.text("guide.rights_lead")),))
    yield _rights(subject)
    yield from _what_is_asked(subject)
    yield from _section("why_heading", _why(subject, own))
    habits = lore.payer_habits(subject.payer)
    if habits:
        yield Heading(wording.text("guide.payer_heading").format(payer=subject.payer))
        yield _list(habits)
    can = _particular(own, own.appealable if own else ())
    yield from _section("can_heading", (*can, *_of_category(base, base.appealable)))
    yield from _periods(subject)
    yield from _gather(subject, own)
    yield from _table(subject, own)
    yield from _pace(own)
    yield Heading(wording.text("guide.next_heading"))
    yield _list(_general("guide.next"), ordered=True)
    yield from _notes(subject)
    yield from _related(subject)


def _section(heading: str, said: tuple[Known, ...]) -> Iterator[Block]:
    """A heading with one sentence or a list."""
    yield Heading(wording.text(f"guide.{heading}"))
    if len(said) == 1:
        yield Paragraph((known(*said[0]),))
    else:
        yield _list(said)


def _particular(own: Particulars | None, words: tuple[str, ...]) -> tuple[Known, ...]:
    return tuple(Known(text, f"particulars:{own.id}") for text in words) if own else ()


def _why(subject: Subject, own: Particulars | None) -> tuple[Known, ...]:
    """Why plans deny so: for this drug, else for its class and in general."""
    if own is not None and own.why:
        return _particular(own, own.why)
    base = lore.category(subject.category)
    found = list(_of_category(base, base.causes))
    klass = subject.drug_class
    if klass is not None:
        turns = {
            _C.QUANTITY_LIMIT: klass.quantity,
            _C.MEDICAL_NECESSITY: klass.necessity,
            _C.STEP_THERAPY: klass.first_tried
            and wording.text("guide.first_tried").format(first=klass.first_tried),
        }.get(subject.category)
        if turns:
            found.insert(0, Known(turns, f"class:{klass.id}"))
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
    yield Paragraph(tuple(known(*k) for k in _general("guide.asks")))
    klass = subject.drug_class
    if klass is None:
        return
    guidelines = " · ".join((*klass.guidelines, *klass.societies))
    lead = wording.text("guide.asks_class").format(
        klass=klass.name, specialty=klass.specialty, guidelines=guidelines
    )
    yield Paragraph((known(lead, f"class:{klass.id}"),))


def _periods(subject: Subject) -> Iterator[Block]:
    """Every step of the known kind of coverage; then, if asked, the first step of the others."""
    yield Heading(wording.text("guide.periods_heading"))
    yield Paragraph((_fixed(wording.text("guide.periods_lead")),))
    steps = _steps(subject.plan_type, subject.regime, subject.category)
    yield _grid(("step", "period", "rule"), steps, (0.3, 0.42, 0.28))
    if subject.all_kinds:
        yield Paragraph((_fixed(wording.text("guide.periods_other")),))
        yield _grid(("kind", "period", "rule"), _other_kinds(), (0.36, 0.32, 0.32))


# How a clock without dates counts, and the same for people.
_PERIODS = (
    (
        r"notice date \+ (\d+) days \(presumed receipt\) \+ (\d+ \w+)",
        r"\2 from receipt, which is presumed \1 days after the date of the notice",
    ),
    (r"notice date \+ (\d+ \w+)", r"\1 from the date of the notice"),
    (r"receipt \+ (\d+ \w+)", r"\1 from receipt of the notice"),
    (r"filing date \+ (\d+ \w+)", r"\1 from filing"),
)


def in_words(arithmetic: str) -> str:
    """`180 days from receipt of the notice` for `receipt + 180 days`."""
    for pattern, words in _PERIODS:
        arithmetic = re.sub(pattern, words, arithmetic)
    return arithmetic


Row = tuple[tuple[str, ...], str]
"""Cells of a table row, and the key of the clock that they tell."""


@cache
def _other_kinds() -> tuple[Row, ...]:
    """The first step of each kind of coverage."""
    rows = []
    for kind in OTHER_KINDS:
        first = clocks.deadlines(clocks.ClockFacts(kind, Level.INITIAL))[0]
        step = f"{first.step}: {in_words(first.arithmetic)}"
        named = f"guide.kind.{kind.value}"
        name = wording.text(named) if wording.has(named) else law.working(None, kind).name
        rows.append(((name, step, first.citation), first.key))
    return tuple(rows)


@cache
def _steps(plan_type: PlanType, regime: str | None, category: DenialCategory) -> tuple[Row, ...]:
    """Each step once, with its period before care, after care and expedited where they differ."""
    found: dict[str, tuple[Deadline, list[str]]] = {}
    usual = clocks.ClockFacts(
        plan_type, Level.INITIAL, regime=regime, category=category, is_drug=True
    )
    for situation, facts in (
        ("", usual),
        ("guide.after_care", replace(usual, payment=True)),
        ("guide.expedited", replace(usual, urgent=True)),
    ):
        for clock in clocks.deadlines(facts):
            _, periods = found.setdefault(clock.step, (clock, []))
            told = in_words(clock.arithmetic)
            if not periods:
                periods.append(told)
            elif all(told not in period for period in periods):
                # Two rules may count one step differently under the same circumstances.
                periods.append(f"{told} {wording.text(situation)}" if situation else told)
    return tuple(
        ((clock.step, "; ".join(periods), clock.citation), clock.key)
        for clock, periods in found.values()
    )


def _grid(
    columns: tuple[str, ...],
    rows: tuple[Row, ...],
    widths: tuple[float, ...],
) -> Grid:
    return Grid(
        tuple(wording.text(f"guide.col_{column}") for column in columns),
        tuple(
            tuple(Paragraph((known(cell, f"law:{key}"),)) for cell in cells) for cells, key in rows
        ),
        widths,
    )


def _gather(subject: Subject, own: Particulars | None) -> Iterator[Block]:
    yield Heading(wording.text("guide.gather_heading"))
    base, notice = lore.category(subject.category), _general("guide.gather_notice")
    if own is not None and own.gather:
        said = _particular(own, tuple(need_text(need) for need in own.gather))
    else:
        said = _of_category(base, tuple(need_text(need) for need in base.gather))
    yield _list((*notice, *said), ordered=True)


def _table(subject: Subject, own: Particulars | None) -> Iterator[Block]:
    """The mapping table to copy, with the usual criteria filled in."""
    yield Heading(wording.text("guide.table_heading"))
    klass = subject.drug_class
    amount = subject.category is _C.QUANTITY_LIMIT
    if own is not None and own.columns and (amount or klass is None):
        blank = tuple(Paragraph((_fixed("\u00a0"),)) for _ in own.columns)
        share = 1 / len(own.columns)
        yield Grid(own.columns, (blank, blank, blank), tuple(share for _ in own.columns))
    needs, ref = (klass.criteria, f"class:{klass.id}") if klass else ((), "wording:guide")
    rows = [(n.asks, n.shown_by, "\u00a0") for n in needs]
    lead = "guide.table_lead"
    if amount and own is not None:
        # An amount is answered by the papers that show it, not by clinical criteria.
        rows = [(n.shown_by, n.asks, "\u00a0") for n in own.gather]
        lead, ref = "guide.table_lead_amount", f"particulars:{own.id}"
    yield Paragraph((_fixed(wording.text(lead)),))
    rows = rows or [("\u00a0",) * 3] * 4
    yield Grid(
        tuple(wording.text(f"guide.col_{c}") for c in ("criterion", "document", "place")),
        tuple(tuple(Paragraph((known(sentence_case(cell), ref),)) for cell in row) for row in rows),
        (0.4, 0.38, 0.22),
    )


def _pace(own: Particulars | None) -> Iterator[Block]:
    yield Heading(wording.text("guide.pace_heading"))
    said = tuple(known(*k) for k in _particular(own, (own.pace,) if own and own.pace else ()))
    yield Paragraph((*said, _fixed(wording.text("guide.pace_place" if said else "guide.pace"))))
    if own and own.reviewer:
        yield Heading(wording.text("guide.reviewer_heading"))
        said = (known(f"{sentence_case(own.reviewer)}.", f"particulars:{own.id}"),)
        yield Paragraph(said)


def _notes(subject: Subject) -> Iterator[Block]:
    """Dated facts that a letter must not get wrong, and the unit of the billing code."""
    drug, klass = subject.drug, subject.drug_class
    notes: list[Known] = []
    if drug is not None:
        unit = wording.text("guide.unit").format(unit=drug.billing_unit or "")
        notes += [Known(drug.note, f"drug:{drug.id}")] if drug.note else []
        notes += [Known(unit, f"drug:{drug.id}")] if drug.billing_unit else []
    elif klass is not None and klass.note:
        notes.append(Known(klass.note, f"class:{klass.id}"))
    if notes:
        yield from _section("note_heading", tuple(notes))


def _related(subject: Subject) -> Iterator[Block]:
    """Guides on the same drug for other reasons, those with particulars of their own first; then
    on other drugs of its class for this reason."""
    others = [reason for reason in COMMON_REASONS if reason is not subject.category]
    others.sort(key=lambda reason: replace(subject, category=reason).own is None)
    titles = [_title(replace(subject, category=reason)) for reason in others[: RELATED - 2]]
    titles += [_title(replace(subject, item=item)) for item in _same_class(subject)[:2]]
    yield Heading(wording.text("guide.related_heading"))
    yield Bullets(tuple(Paragraph((_fixed(title),)) for title in titles))


def _same_class(subject: Subject) -> list[str]:
    """Other drugs of the class, as a guide's title names them."""
    klass = subject.drug_class
    mine = subject.drug.id if subject.drug else ""
    return [
        f"{drug.brands[0]} ({drug.generic})" if drug.brands else drug.generic
        for drug in drug_lore.drugs().by_id.values()
        if klass is not None and drug.class_id == klass.id and drug.id != mine
    ]


def _of_category(base: Category, words: tuple[str, ...]) -> tuple[Known, ...]:
    return tuple(Known(text, f"category:{base.category.value}") for text in words)


def _general(key: str) -> tuple[Known, ...]:
    return tuple(Known(stored.text, stored.ref) for stored in wording.sentences(key))


def _list(said: tuple[Known, ...], *, ordered: bool = False) -> Bullets:
    return Bullets(tuple(Paragraph((known(*one),)) for one in said), ordered=ordered)


def _fixed(words: str, *, italic: bool = False) -> Statement:
    return Statement((Text(words, italic=italic),), Source(SourceKind.FORM, ("wording:guide",)))
