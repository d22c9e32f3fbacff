"""The letter of each route, put together from frame, argument, requests and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from knowledge import law
from letters.compose import argument, frame, lore, requests, tables, wording
from letters.compose.matter import Matter, Part
from letters.compose.plan import (
    RoutePlan,
    administrative,
    administrative_reasons,
    reasons_for,
    route_plan,
    rule_ids,
)
from models.letter import (
    Block,
    Bullets,
    Grid,
    Heading,
    Layout,
    Letter,
    NewPage,
    Paragraph,
    Source,
    SourceKind,
    Statement,
    Text,
)
from models.vocabulary import DenialCategory, RouteName

LETTER = "letter"


def route_letter(matter: Matter) -> Letter:
    """The letter of the matter's route. KeyError for a route that writes none."""
    return COMPOSERS[matter.case.route.name](matter)


def _appeal(matter: Matter) -> Letter:
    word = matter.regime.appeal_word
    words = {"appeal_word": word, "appeal_word_a": _with_article(word)}
    base = "route.appeal"
    title = matter.say(f"{base}.title", **words).text
    plan = _plan(matter)
    blocks: list[Block] = [
        *_opening(matter, base, words),
        *argument.decision(matter),
        Heading(wording.text("argue.heading")),
        *argument.answers(matter),
        *_law_of_the_reasons(matter),
        Heading(wording.text("asks.heading")),
        requests.asks(matter, plan.rights, peer=plan is not administrative()),
        *_under_other_rules(matter),
        *_notice_audit(matter),
        *_time(matter),
        *_tables(matter, plan),
        *frame.closing(matter, enclosures(matter)),
    ]
    return _letter(matter, title, wording.text(f"{base}.to"), blocks, base)


def _exception(matter: Matter) -> Letter:
    route = exception_route(matter)
    base = "route.exception_request"
    request = Part.plain("a coverage exception")
    bare = "coverage exception"
    if route is not None:
        bare = route.request
        request = Part.plain(_with_article(bare), None, f"law:{route.id}")
    title = matter.say(f"{base}.title", request=bare).text
    plan = _plan(matter)
    blocks: list[Block] = [
        *_opening(matter, base, {"request": request}),
        *argument.decision(matter),
        Heading(wording.text("argue.heading")),
        *argument.answers(matter),
        *_law_of_the_reasons(matter),
        Heading(wording.text("asks.heading")),
        requests.asks(matter, plan.rights, peer=True),
        *_notice_audit(matter),
        *_time(matter, "kept"),
        *_tables(matter, plan),
        *frame.signed(matter),
        NewPage(),
        *_supporting_statement(matter, route),
        *frame.enclosed(enclosures(matter)),
    ]
    return _letter(matter, title, wording.text(f"{base}.to"), blocks, base)


def _supporting_statement(matter: Matter, route: law.ExceptionRoute | None) -> Iterator[Block]:
    """The prescriber's statement, to tick and to sign: the clock of an exception starts on it."""
    base = "route.exception_request"
    yield Heading(wording.text(f"{base}.statement_title"))
    yield Paragraph((matter.say(f"{base}.statement_lead"),))
    if route is not None:
        standard = requests.knowledge_statement(
            f"{route.standard[:1].upper()}{route.standard[1:]}", route.citation, f"law:{route.id}"
        )
        yield Paragraph((matter.say(f"{base}.standard_lead"), standard))
    ticks = matter.say_all(f"{base}.statement_ticks")
    yield Bullets(tuple(Paragraph((tick,)) for tick in ticks), boxes=True)
    yield frame.signature(matter, f"{base}.statement_end")


def exception_route(matter: Matter) -> law.ExceptionRoute | None:
    """The exception path of the plan type for the first reason that has one."""
    found = (law.exception_route(matter.regime.id, category) for category in matter.categories)
    return next((route for route in found if route is not None), None)


def _correction(matter: Matter) -> Letter:
    base = "route.billing_correction"
    plan = _plan(matter)
    blocks: list[Block] = [
        *_opening(matter, base, {}),
        *argument.decision(matter),
        Heading(wording.text(f"{base}.argue_heading")),
        *argument.answers(matter, "correct"),
        *_law_of_the_reasons(matter),
        Heading(wording.text("asks.heading")),
        requests.asks(matter, plan.rights),
        Heading(wording.text(f"{base}.keep_heading{'_late' if _is_over(matter) else ''}")),
        matter.paragraph(f"{base}.keep"),
        *(() if "upheld" in matter.flags else _time(matter, "kept")),
        *_tables(matter, plan),
        *frame.closing(matter, enclosures(matter)),
    ]
    return _letter(matter, wording.text(f"{base}.title"), wording.text(f"{base}.to"), blocks, base)


def _is_over(matter: Matter) -> bool:
    """Whether there is no time to appeal that a billing request could keep."""
    return not matter.flags.isdisjoint(("late", "upheld"))


def _response(matter: Matter) -> Letter:
    base = "route.information_response"
    plan = _plan(matter)
    blocks: list[Block] = [
        *_opening(matter, base, {}),
        *argument.decision(matter),
        Heading(wording.text(f"{base}.table_heading")),
        _asked(matter),
        Heading(wording.text(f"{base}.clinical_heading")),
        matter.paragraph(f"{base}.clinical"),
        matter.paragraph(f"{base}.keep"),
        Heading(wording.text("asks.heading")),
        requests.asks(matter, plan.rights),
        *(() if "asks" in matter.flags else _time(matter, "kept")),
        *_tables(matter, plan),
        *frame.closing(matter, enclosures(matter)),
    ]
    return _letter(matter, wording.text(f"{base}.title"), wording.text(f"{base}.to"), blocks, base)


def _asked(matter: Matter) -> Grid:
    """What the notice asks for, item by item, beside what answers it."""
    base = "route.information_response"
    quoted = tuple(tables.quoted_items(matter))[: tables.MOST_QUOTED]
    rows = []
    room = max(len(quoted), 2 if quoted else tables.EMPTY_ROWS)
    for n in range(1, room + 1):
        criterion = quoted[n - 1] if n <= len(quoted) else None
        if criterion is not None:
            words, _ = argument.shortened(criterion.words, tables.CRITERION_WORDS)
            item = Statement(
                (Text(f"“{words}” ({matter.place_of(criterion.evidence[0])})"),),
                Source(SourceKind.DENIAL, ("field:denial_categories",), criterion.evidence),
            )
        else:
            cell = matter.blank(f"asked.{n}", "item asked for")
            item = matter.say(f"{base}.empty", cell=cell)
        enclosed = matter.blank(f"asked.{n}.enclosed", "document and date")
        pages = matter.blank(f"asked.{n}.pages", "pages")
        rows.append(
            (
                Paragraph((item,)),
                Paragraph((matter.say(f"{base}.enclosed", cell=enclosed),)),
                Paragraph((matter.say(f"{base}.pages", cell=pages),)),
            )
        )
    header = tuple(wording.text(f"{base}.col_{c}") for c in ("item", "enclosed", "pages"))
    return Grid(header, tuple(rows), (0.46, 0.4, 0.14))


def _external(matter: Matter) -> Letter:
    base = "route.external_review"
    body = review_body(matter)
    review = body.request if body is not None else "external review"
    # Of the two Medicare parts one forwards by itself and one must be asked: the letter does both.
    is_open = body is not None and body.automatic and "decided" not in matter.flags
    if is_open:
        review = wording.text(f"{base}.review_open")
    words = {"review": review, "review_a": _with_article(review)}
    plan = _plan(matter)
    filing = []
    if is_open:
        filing.append(matter.say(f"{base}.automatic_open"))
    elif body is not None and body.automatic:
        cite = Part.plain(body.citation, SourceKind.KNOWLEDGE, f"law:{matter.regime.id}")
        filing.append(matter.say(f"{base}.automatic", cite=cite))
    elif not frame.authority(matter):
        filing.append(matter.say(f"{base}.file_with"))
    blocks: list[Block] = [
        *_opening(matter, base, words, f"{base}.salutation.{matter.review_kind}"),
        *argument.decision(matter),
        Heading(wording.text("argue.heading")),
        matter.paragraph(f"{base}.standard"),
        *argument.answers(matter),
        *_amount(matter),
        *_law_of_the_reasons(matter),
        Heading(wording.text("asks.heading")),
        requests.asks(matter, plan.rights, own=f"{base}.asks"),
        *((Paragraph(tuple(filing)),) if filing else ()),
        *_time(matter),
        *_tables(matter, plan),
        *frame.closing(matter, enclosures(matter)),
    ]
    title = matter.say(f"{base}.title", review=review).text
    short = f"{base}.short.{matter.review_kind}"
    letter = _letter(matter, title, wording.text(f"{base}.to_plan"), blocks, base, short)
    return replace(letter, addressee=_to_reviewer(matter, body))


def _amount(matter: Matter) -> Iterator[Block]:
    """Before a judge: what is in controversy, and how much has to be."""
    said = list(matter.say_all("route.external_review.amount"))
    year = matter.today.year
    least = law.amount_in_controversy(year)
    if said and least is not None:
        words = f"For requests filed in {year} the threshold is ${least.hearing}."
        said.extend(requests.rule_statements(matter, ("amount_in_controversy",)))
        said.append(Statement((Text(words),), Source(SourceKind.KNOWLEDGE, (f"amount:{year}",))))
    if said:
        yield Paragraph(tuple(said))


def _to_reviewer(matter: Matter, body: law.ReviewBody | None) -> tuple[Statement, ...]:
    """The review body by its name, or the plan that passes the request on to one."""
    base = "route.external_review"
    if named := frame.authority(matter):
        if body is None or frame.is_authority(named[0].text):
            return named
        who = Part.plain(body.body, SourceKind.KNOWLEDGE, f"law:{matter.regime.id}")
        return (matter.say(f"{base}.to_body", body=who), *named)
    lines = frame.addressee(matter, wording.text(f"{base}.to_plan"))
    if body is None or not body.body[:1].isupper():
        return lines
    name = Part.plain(body.body, SourceKind.KNOWLEDGE, f"law:{matter.regime.id}")
    return (matter.say(f"{base}.to_body", body=name), matter.say("addressee.through"), *lines[2:])


def review_body(matter: Matter) -> law.ReviewBody | None:
    """Who reviews outside of the plan after this decision, as of the day of writing."""
    return law.external_review_body(
        matter.case.law.regime, matter.level, matter.today, matter.plan_type
    )


COMPOSERS: Mapping[RouteName, Callable[[Matter], Letter]] = {
    RouteName.APPEAL: _appeal,
    RouteName.EXCEPTION_REQUEST: _exception,
    RouteName.BILLING_CORRECTION: _correction,
    RouteName.INFORMATION_RESPONSE: _response,
    RouteName.EXTERNAL_REVIEW: _external,
}
"""Routes that write a letter."""


def _letter(
    matter: Matter,
    title: str,
    department: str,
    blocks: list[Block],
    base: str,
    short: str | None = None,
) -> Letter:
    return Letter(
        kind=LETTER,
        title=title,
        sender=frame.sender(matter),
        addressee=frame.addressee(matter, department),
        date_line=frame.date_line(matter),
        blocks=tuple(blocks),
        running=frame.running(matter, wording.text(short or f"{base}.short")),
        footer=f"Case {matter.case_id}",
        layout=Layout.LETTER,
    )


def _opening(
    matter: Matter, base: str, words: Mapping[str, Part | str], salutation: str | None = None
) -> Iterator[Block]:
    yield from frame.urgent_banner(matter)
    yield frame.reference(matter)
    yield Paragraph((matter.say(salutation or f"{base}.salutation"),))
    yield matter.paragraph(f"{base}.opening", **words)


def _plan(matter: Matter) -> RoutePlan:
    """The route's own plan, or that of administrative reasons where nothing else is denied."""
    if set(matter.categories) <= administrative_reasons():
        return administrative()
    return route_plan(matter.case.route.name.value)


def _tables(matter: Matter, plan: RoutePlan) -> Iterator[Block]:
    is_clinical = plan is not administrative()
    if _has_history(matter, plan) or (matter.entries.prior_therapies and is_clinical):
        yield from tables.history(matter)
    if _amounts(matter) and "drug" in matter.flags:
        yield from tables.schedule(matter)
    if _has_criteria(matter, plan):
        yield from tables.criteria_table(matter)


def _amounts(matter: Matter) -> frozenset[DenialCategory]:
    return frozenset(matter.categories) & reasons_for("schedule")


def _has_history(matter: Matter, plan: RoutePlan) -> bool:
    return bool(plan.history.intersection(matter.categories))


def _has_criteria(matter: Matter, plan: RoutePlan) -> bool:
    stated = frozenset(matter.categories)
    return bool(stated & plan.criteria) and bool(
        stated - _amounts(matter) or tables.criteria(matter)
    )


def asks_history(matter: Matter) -> bool:
    """Whether the letter has a table of treatment so far to fill in."""
    return matter.case.route.name in COMPOSERS and _has_history(matter, _plan(matter))


def asks_criteria(matter: Matter) -> bool:
    """Whether the letter has a table of criteria to fill in."""
    return matter.case.route.name in COMPOSERS and _has_criteria(matter, _plan(matter))


def _time(matter: Matter, stored: str = "in_time") -> Iterator[Block]:
    said, arrived = requests.timeliness(matter, stored), requests.receipt(matter)
    if said is not None:
        is_late = said.source.refs[0].startswith("wording:time.late")
        step = "initial" if "initial" in matter.flags else "later"
        law_of_it = requests.rule_statements(matter, rule_ids("late_rules", step))
        before = (arrived,) if arrived is not None else ()
        yield Paragraph((*before, said, *(law_of_it if is_late else ())))


def _under_other_rules(matter: Matter) -> Iterator[Block]:
    """While the kind of coverage is open, the letter claims what any rule may grant."""
    if "decided" not in matter.flags:
        basis = requests.undecided_statements(matter, rule_ids("undecided_rules", "any"))
        yield Paragraph((*basis, matter.say("rights.undecided")))


def _notice_audit(matter: Matter) -> Iterator[Block]:
    """One paragraph on what the notice had to contain and in which it was not found."""
    found = matter.case.notice_defects
    if found:
        said = requests.defect_statement(found, f"{wording.text('audit.lead')} ")
        yield Paragraph((said, matter.say("audit.end")))


def _law_of_the_reasons(matter: Matter) -> Iterator[Block]:
    """Rules of the coverage that bear on the reasons themselves."""
    reasons = tuple(category.value for category in matter.categories)
    ids = [*rule_ids("rules", *reasons), *rule_ids("route_rules", matter.case.route.name.value)]
    if "drug" in matter.flags:
        ids += rule_ids("drug_rules", *reasons)
    said = requests.rule_statements(matter, dict.fromkeys(ids))
    if said:
        yield Paragraph(said)


def enclosures(matter: Matter) -> tuple[Paragraph, ...]:
    """The notice, then what to gather for the reasons, as a list to tick."""
    found = [matter.say("enclosures.notice"), *matter.say_all("enclosures.earlier")]
    if matter.case.route.name in ASKS_FOR_PATIENT:
        found += matter.say_all("enclosures.authority")
    # The notice and the file are papers to gather for an unclear reason, and no enclosures.
    papers = (paper for paper in lore.documents(matter) if paper.ref != "category:other")
    found += [frame.known(paper.short, paper.ref) for paper in papers]
    return tuple(Paragraph((one,)) for one in found)


ASKS_FOR_PATIENT = frozenset({RouteName.APPEAL, RouteName.EXTERNAL_REVIEW})
"""Routes by which the physician acts for the patient, whose consent may have to be shown."""


def _with_article(words: str) -> str:
    return f"{'an' if words[:1].lower() in 'aeiou' else 'a'} {words}"
