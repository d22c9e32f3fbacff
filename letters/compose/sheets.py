"""The papers that go with a letter: records request, fax cover, checklist."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from knowledge import categories, law
from letters.compose import frame, lore, quotes, requests, wording
from letters.compose.lore import sentence_case
from letters.compose.matter import Matter, Part, spell_day
from letters.compose.plan import route_plan, rule_ids
from models.case import Deadline
from models.letter import (
    Banner,
    Blank,
    Block,
    Bullets,
    Grid,
    Heading,
    Layout,
    Letter,
    Paragraph,
    Reference,
    Source,
    SourceKind,
    Statement,
    Text,
)
from models.vocabulary import DenialCategory, RouteName

MEDICAL_ROUTES = frozenset(
    {RouteName.APPEAL, RouteName.EXCEPTION_REQUEST, RouteName.EXTERNAL_REVIEW}
)


def records_request(matter: Matter) -> Letter:
    """The request for the claim file and the criteria, with the rules that grant it."""
    title = wording.text("records.title")
    rights = route_plan("records_request").rights
    found = [requests.granted(matter, r) for r in rights]
    known = [right for right in found if right is not None]
    # A request that no rule backs here is left out, unless none is backed.
    backed = [right for right in known if right.says] or known
    said = [requests.right_statements(right) for right in backed]
    items = [Paragraph(statements) for statements in said]
    items += [Paragraph((s,)) for s in matter.say_all("records.items")]
    blocks: list[Block] = [
        frame.reference(matter, clinical=False),
        Paragraph((matter.say("records.salutation"),)),
        matter.paragraph("records.opening"),
        Heading(wording.text("records.list_heading")),
        Bullets(tuple(items), ordered=True),
        matter.paragraph("records.closing"),
        frame.signature(matter, "records.attest", who=("name",)),
    ]
    return Letter(
        kind="records_request",
        title=title,
        sender=frame.sender(matter),
        addressee=frame.addressee(matter, wording.text("records.to")),
        date_line=frame.date_line(matter),
        blocks=tuple(blocks),
        running=frame.running(matter, title),
        footer=f"Case {matter.case_id}",
    )


def fax_cover(matter: Matter, letter: Letter) -> Letter:
    """The first page of the fax: to whom `letter` goes and from whom, and no word about the
    patient."""
    title = letter.title
    who, *more = letter.addressee
    unit = [line for line in more if frame.takes_appeals(line.text)][:1]
    rows: list[tuple[str, Statement]] = [
        (wording.text("fax.to"), who),
        *((wording.text("fax.department"), line) for line in unit),
        (wording.text("fax.about"), _bare(Part.plain(title))),
        (wording.text("fax.fax"), matter.say("fax.fax_blank")),
        (wording.text("fax.re"), matter.say("fax.reference_blank")),
        (wording.text("fax.from"), matter.say("fax.from_name")),
        (wording.text("fax.from_phone"), matter.say("fax.from_telephone")),
        (wording.text("fax.from_fax"), matter.say("fax.from_number")),
        (wording.text("fax.pages"), matter.say("fax.pages_blank")),
    ]
    blocks: list[Block] = [Reference(tuple(rows))]
    if "urgent" in matter.flags:
        blocks.append(Banner(matter.say("fax.urgent"), lead=wording.text("fax.urgent_lead")))
    blocks += [
        Heading(wording.text("fax.contents_heading")),
        Bullets(
            tuple(Paragraph((s,)) for s in matter.say_all("fax.contents", title=title)),
            ordered=True,
        ),
        Paragraph((matter.say("fax.receipt"),)),
        Heading(wording.text("fax.confidential_heading")),
        Paragraph((matter.say("fax.confidential"),)),
    ]
    return _sheet(matter, "fax_cover", wording.text("fax.title"), blocks)


def checklist(matter: Matter, papers: tuple[Letter, ...]) -> Letter:
    """What to do, fill in, gather and watch; `papers` are the packet's other documents."""
    blocks: list[Block] = [frame.reference(matter), *_first(matter), *_clocks(matter)]
    blocks += [*_codes(matter), *_audit(matter)]
    if papers:
        blocks += [*_to_fill_in(matter, papers), *_to_gather(matter)]
        blocks += _ticks(matter, "checklist.send_heading", "checklist.send")
        blocks += [*_who_may_file(matter), *_worth_knowing(matter)]
        if matter.case.route.name in MEDICAL_ROUTES:
            blocks += _ticks(matter, "checklist.call_heading", "checklist.call")
        blocks += [
            Heading(wording.text("checklist.after_heading")),
            *(Paragraph((s,)) for s in matter.say_all("checklist.after")),
        ]
    blocks += _why(matter)
    return _sheet(matter, "checklist", wording.text("checklist.title"), blocks)


def _first(matter: Matter) -> Iterator[Block]:
    """What comes before all else, or why nothing is written."""
    route = matter.case.route
    if route.urgent:
        because = route.urgent_because or route.rule
        yield Banner(
            matter.say("checklist.urgent_first", because=Part.of(because.rstrip("."), "route"))
        )
    if DenialCategory.QUANTITY_LIMIT in matter.categories and "drug" in matter.flags:
        yield Banner(matter.say("checklist.billing_first"))
    product = lore.ndc_product(matter)
    if product is not None and lore.ndc_differs(matter, product):
        stands = Part.plain(product.name, SourceKind.KNOWLEDGE, f"ndc:{product.ndc}")
        yield Banner(matter.say("checklist.ndc_differs", product=stands))
    if route.name in (RouteName.HUMAN_REVIEW, RouteName.NONE):
        yield Banner(matter.say("checklist.nothing", rule=Part.of(route.rule.rstrip("."), "route")))
    if route.name is RouteName.HUMAN_REVIEW and route.reasons:
        yield Heading(wording.text("checklist.reasons_heading"))
        yield Bullets(
            tuple(
                Paragraph((matter.say("checklist.reason_line", reason=Part.of(reason, "route")),))
                for reason in route.reasons
            ),
            boxes=True,
        )


def _clocks(matter: Matter) -> Iterator[Block]:
    """The clocks with a date in a table, each with its arithmetic; the later ones as a list."""
    dated = [clock for clock in matter.case.deadlines if clock.due is not None]
    later = [clock for clock in matter.case.deadlines if clock.due is None]
    yield Heading(wording.text("checklist.clocks_heading"))
    if not dated:
        yield Paragraph((matter.say("checklist.clocks_none"),))
    else:
        columns = ("step", "due", "safe", "how")
        yield Grid(
            tuple(wording.text(f"checklist.col_{c}") for c in columns),
            tuple(_clock_row(matter, clocks) for clocks in _alike(dated)),
            (0.27, 0.17, 0.17, 0.39),
        )
    for conflict, key in {c.conflict: c.key for c in dated if c.conflict}.items():
        said = Part.of((conflict or "").rstrip("."), f"deadline:{key}")
        yield Banner(matter.say("checklist.conflict", conflict=said))
    if later:
        yield Heading(wording.text("checklist.later_heading"), level=2)
        yield Bullets(tuple(Paragraph((_later(clock),)) for clock in later))


def _codes(matter: Matter) -> Iterator[Block]:
    """What the notice's reason codes stand for, and what answers such a reason best."""
    codes = {code: None for p in quotes.reasons(matter) for code in quotes.codes_in(p)}
    if not codes:
        return
    yield Heading(wording.text("checklist.codes_heading"))
    told = []
    for code in codes:
        name, answer = f"{code.system} {code.code}", categories.reasons()[code.reason].argument
        words = f"{name}: {code.meaning.rstrip('.')}. {answer}"
        told.append(Paragraph((frame.known(words, f"code:{name}"),)))
    yield Bullets(tuple(told))


def _audit(matter: Matter) -> Iterator[Block]:
    """What the notice had to contain and in which it was not found."""
    found = matter.case.notice_defects
    if found:
        yield Heading(wording.text("checklist.audit_heading"))
        yield Paragraph((matter.say("checklist.audit_lead"),))
        yield Bullets(
            tuple(Paragraph((requests.defect_statement((d,)),)) for d in found), boxes=True
        )


def _alike(clocks: list[Deadline]) -> Iterator[tuple[Deadline, ...]]:
    """Clocks of one step that end on the same days, as one: rules that say the same."""
    groups: dict[tuple[object, ...], list[Deadline]] = {}
    for clock in clocks:
        groups.setdefault((clock.step, clock.due, clock.safe_due), []).append(clock)
    return (tuple(group) for group in groups.values())


def _clock_row(matter: Matter, clocks: tuple[Deadline, ...]) -> tuple[Paragraph, ...]:
    first = clocks[0]
    each = (one for c in clocks for one in c.citation.split("; ") if one)
    cited = "; ".join(dict.fromkeys(each))
    how = first.arithmetic + (f" ({cited})" if cited else "")
    if first.note:
        how += f". {sentence_case(first.note)}."
    cells = (
        first.step,
        _day(matter, first.due),
        _day(matter, first.safe_due),
        how,
    )
    refs = tuple(ref for clock in clocks for ref in _clock_refs(clock))
    source = Source(SourceKind.COMPUTED, refs, detail=first.arithmetic)
    return tuple(Paragraph((Statement((Text(cell),), source),)) for cell in cells)


def _day(matter: Matter, day: date | None) -> str:
    if day is None:
        return ""
    past = f" {wording.text('checklist.past')}" if day < matter.today else ""
    return f"{spell_day(day)}{past}"


def _later(clock: Deadline) -> Statement:
    words = f"{sentence_case(clock.step)}: {clock.arithmetic}"
    words += f" ({clock.citation})." if clock.citation else "."
    if clock.note:
        words += f" {sentence_case(clock.note)}."
    return Statement(
        (Text(words),), Source(SourceKind.COMPUTED, _clock_refs(clock), detail=clock.arithmetic)
    )


def _clock_refs(clock: Deadline) -> tuple[str, ...]:
    return f"deadline:{clock.key}", f"law:{clock.key}"


def _to_fill_in(matter: Matter, papers: tuple[Letter, ...]) -> Iterator[Block]:
    """Every open blank once, with the papers in which it stands."""
    yield Heading(wording.text("checklist.fill_heading"))
    where: dict[str, tuple[list[str], list[str]]] = {}
    for paper in papers:
        named = wording.text(f"checklist.paper.{paper.kind}")
        for blank in paper.blanks():
            labels, held = where.setdefault(_group(blank.key), ([], []))
            if (label := blank_label(blank)) not in labels:
                labels.append(label)
            if named not in held:
                held.append(named)
    if not where:
        yield Paragraph((matter.say("checklist.fill_none"),))
        return
    yield Paragraph((matter.say("checklist.fill_lead"),))
    yield Bullets(
        tuple(
            Paragraph((_bare(Part.plain(f"{_one_task(labels)} ({', '.join(held)})")),))
            for labels, held in where.values()
        ),
        boxes=True,
    )


# The cells of one table are one task, not one each.
_TABLES = {
    "criterion": "every row of the criteria table",
    "therapy": "every row of the table of treatment so far",
    "finding": "every row of the table of findings",
    "asked": "every row of the table of what was asked",
    "schedule": "every row of the table of amounts",
}


_SHORT = frozenset({"ecog", "edss", "bmi", "ldl", "aat"})


def _group(key: str) -> str:
    head = key.partition(".")[0]
    return head if head in _TABLES or head in ("clinic", "prescriber") else key


def _one_task(labels: list[str]) -> str:
    """Labels of one group as one: `practice: name, address, fax`."""
    if len(labels) == 1:
        return labels[0]
    head = labels[0].partition(": ")[0]
    return f"{head}: {', '.join(label.removeprefix(f'{head}: ') for label in labels)}"


def blank_label(blank: Blank) -> str:
    """The blank in words that stand alone: a telephone number says whose."""
    head = blank.key.partition(".")[0]
    if head in _TABLES:
        return _TABLES[head]
    named = f"checklist.blank.{blank.key}"
    if wording.has(named):
        return wording.text(named)
    # A place within a sentence says little by itself: "value and date" is that of the ECOG.
    what = blank.key.partition(".")[0].replace("_", " ")
    named = what.upper() if what in _SHORT else what
    return blank.label if what in blank.label.lower() else f"{named}: {blank.label}"


def _to_gather(matter: Matter) -> Iterator[Block]:
    found = lore.documents(matter)
    if not found:
        return
    yield Heading(wording.text("checklist.gather_heading"))
    yield Bullets(
        tuple(Paragraph((frame.known(d.full, d.ref),)) for d in found),
        boxes=True,
    )


def _ticks(matter: Matter, heading: str, key: str) -> Iterator[Block]:
    yield Heading(wording.text(heading))
    yield Bullets(tuple(Paragraph((s,)) for s in matter.say_all(key)), boxes=True)


def _who_may_file(matter: Matter) -> Iterator[Block]:
    """What the law says of the person who files, so that a form is not forgotten."""
    right = law.right("representative", matter.case.law.regime, matter.plan_type)
    said = list(matter.say_all("checklist.representative"))
    if right is not None and right.says:
        ref = f"law:{right.id}"
        said.insert(0, requests.knowledge_statement(right.says, right.citation, ref))
    if said:
        yield Heading(wording.text("checklist.representative_heading"))
        yield Paragraph(tuple(said))


def _worth_knowing(matter: Matter) -> Iterator[Block]:
    """Rules that may help and hang on facts that the notice does not hold."""
    reasons = tuple(category.value for category in matter.categories)
    said = requests.rule_statements(matter, rule_ids("hints", *reasons, "any"))
    kept = law.right("continued_coverage", matter.case.law.regime, matter.plan_type)
    if kept is not None and kept.says and "decided" in matter.flags:
        ref = f"law:{kept.id}"
        said = (requests.knowledge_statement(kept.says, kept.citation, ref), *said)
    state = lore.home_state(matter)
    review = law.state_review(state, matter.case.law.regime) if state else None
    if review is not None and "decided" in matter.flags:
        words = f"For coverage issued in {state}: {review.says[:1].lower()}{review.says[1:]}"
        said += (requests.knowledge_statement(words, review.citation, f"law:{review.id}"),)
    if said:
        yield Heading(wording.text("checklist.knowing_heading"))
        yield Bullets(tuple(Paragraph((one,)) for one in said))


def _why(matter: Matter) -> Iterator[Block]:
    """Which law, which route, and why."""
    finding, route = matter.case.law, matter.case.route
    yield Heading(wording.text("checklist.law_heading"))
    said: list[Statement] = [
        matter.say("checklist.law_line", name=Part.of(finding.name.rstrip("."), "law_finding"))
    ]
    said += [
        Statement(
            (Text(f"{sentence_case(reason).rstrip('.')}."),),
            Source(SourceKind.COMPUTED, ("law_finding",), detail="how the regime was decided"),
        )
        for reason in finding.reasons
    ]
    if finding.question:
        said.append(
            matter.say("checklist.law_question", question=Part.of(finding.question, "law_finding"))
        )
    yield Paragraph(tuple(said))
    yield from _choices(matter)
    if route.name not in (RouteName.HUMAN_REVIEW, RouteName.NONE):
        told = (route.rule, *route.reasons)
        yield Paragraph(
            tuple(
                matter.say("checklist.why", rule=Part.of(sentence_case(words).rstrip("."), "route"))
                for words in told
            )
        )


def _choices(matter: Matter) -> Iterator[Block]:
    """The answers to the law's question, and where to enter one."""
    finding = matter.case.law
    if not finding.choices:
        return
    told = (
        matter.say("checklist.law_choice", words=Part.of(choice.words, f"law:{choice.regime}"))
        for choice in finding.choices
    )
    yield Paragraph(tuple(told))
    yield Paragraph((matter.say("checklist.law_answer", case_id=matter.case_id),))


def _bare(part: Part) -> Statement:
    return Statement(part.inlines, Source(SourceKind.FORM, ("wording:label",)))


def _sheet(matter: Matter, kind: str, title: str, blocks: list[Block]) -> Letter:
    line = matter.say(
        "checklist.today_line",
        day=Part.of(spell_day(matter.today), "today"),
        case_id=matter.case_id,
    )
    return Letter(
        kind=kind,
        title=title,
        sender=(),
        addressee=(),
        date_line=line,
        blocks=tuple(blocks),
        footer=f"Case {matter.case_id}",
        layout=Layout.SHEET,
    )
