"""The decision as the notice words it, and the answer to each of its reasons."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.drugs import Particulars
from letters.compose import lore, quotes, wording
from letters.compose.matter import Matter, Part
from models.letter import (
    Blank,
    Block,
    Bullets,
    Heading,
    Paragraph,
    Quote,
    Source,
    SourceKind,
    Statement,
    Text,
)
from models.vocabulary import DenialCategory

GUIDED = frozenset(
    {
        DenialCategory.MEDICAL_NECESSITY,
        DenialCategory.STEP_THERAPY,
        DenialCategory.EXPERIMENTAL,
        DenialCategory.QUANTITY_LIMIT,
        DenialCategory.NON_FORMULARY,
    }
)
"""Reasons that a guideline of the drug's specialty can turn."""
QUOTED_WORDS = 90
"""A longer reason is cut here: the notice is enclosed and the page is given."""


def decision(matter: Matter) -> Iterator[Block]:
    """What the notice decided and why, in its own words with their page."""
    asked = "asks" in matter.flags
    yield Heading(wording.text("decision.asked_heading" if asked else "decision.heading"))
    quoted = tuple(_reason_quotes(matter))
    if quoted:
        lead = "decision.reason" if len(quoted) == 1 else "decision.reasons"
        lead = "decision.asked" if asked else lead
        yield Paragraph((matter.say(lead),))
        yield from quoted
        if told := tuple(_code_meanings(matter)):
            yield Paragraph(told)
    else:
        yield Paragraph((matter.say("decision.no_items" if asked else "decision.no_reason"),))
    if "policy" in matter.flags:
        yield Paragraph((matter.say("decision.policy"),))


def _reason_quotes(matter: Matter) -> Iterator[Quote]:
    for passage in quotes.reasons(matter):
        words, was_cut = shortened(passage.words)
        tail = (Text(f" {wording.text('decision.cut')}"),) if was_cut else (Text("”"),)
        opening = "“… " if words[:1].islower() else "“"
        said = Statement(
            (Text(f"{opening}{words}"), *tail),
            Source(SourceKind.DENIAL, ("field:denial_categories",), passage.evidence),
        )
        yield Quote(said, matter.place_of(passage.evidence[0]))


def _code_meanings(matter: Matter) -> Iterator[Statement]:
    """What the codes mean that a notice gives in place of a reason in words."""
    told: dict[str, Statement] = {}
    for passage in quotes.reasons(matter):
        for code in quotes.codes_in(passage):
            name = f"{code.system} {code.code}"
            words = f"{name} stands for: “{code.meaning.rstrip('.')}.”"
            source = Source(SourceKind.KNOWLEDGE, (f"code:{name}",))
            told.setdefault(name, Statement((Text(words),), source))
    yield from told.values()


def shortened(text: str, most: int = QUOTED_WORDS) -> tuple[str, bool]:
    """`text` on one line, at most `most` words of it, and whether it was cut."""
    words = text.split()
    return " ".join(words[:most]), len(words) > most


def answers(matter: Matter, kind: str = "argue") -> Iterator[Block]:
    """The answer to each reason, one after the other; `kind` is `argue` or `correct`."""
    several = len(matter.categories) > 1
    for n, category in enumerate(matter.categories, 1):
        if several:
            yield Heading(f"{n}. {lore.category(category).label}", level=2)
        yield from _answer(matter, category, kind)


def _paragraphs(said: tuple[Statement, ...]) -> Iterator[Paragraph]:
    """Sentences set together, up to one that leaves room to write on."""
    held: list[Statement] = []
    for statement in said:
        held.append(statement)
        if any(isinstance(part, Blank) and part.lines for part in statement.inlines):
            yield Paragraph(tuple(held))
            held = []
    if held:
        yield Paragraph(tuple(held))


def _answer(matter: Matter, category: DenialCategory, kind: str) -> Iterator[Block]:
    """The stored answer to the reason; what is particular to the drug takes the place of the
    physician's general statements."""
    base = f"reason.{category.value}"
    wanted = kind if wording.has(f"{base}.{kind}") else "argue"
    own = lore.particulars(matter, category) if wanted == "argue" else None
    if own is None:
        yield from _paragraphs(matter.say_all(f"{base}.{wanted}"))
        is_first = category == next((c for c in matter.categories if c in GUIDED), None)
        if wanted == "argue" and is_first and (found := lore.guidance(matter)):
            named = Part.plain(found.words, None, found.ref)
            yield Paragraph((matter.say("argue.guidance", guidance=named),))
        return
    yield Bullets(tuple(Paragraph((said,)) for said in _particular(matter, own)))
    stored = wording.sentences(f"{base}.{wanted}")
    general = [s for s in stored if s.kind is SourceKind.FORM and s.fits(matter.flags)]
    yield from _paragraphs(tuple(matter.fill(s) for s in general))


def _particular(matter: Matter, own: Particulars) -> Iterator[Statement]:
    """The entry's arguments: with a place that only the chart can fill, the signer's own word;
    without one, a fact of the entry, unless the signer speaks ("I ask ...")."""
    for text in own.arguments:
        is_open = any(m.group(2) for m in wording.PLACE.finditer(text)) or "{dx}" in text
        own_word = is_open or text.startswith("I ")
        kind = SourceKind.PERSON if own_word else SourceKind.KNOWLEDGE
        yield matter.fill(wording.Sentence(own.id, text, kind, source="particulars"))
