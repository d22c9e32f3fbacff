"""Appeal guides: the same blocks as Markdown, one HTML page, or PDF."""

from __future__ import annotations

from knowledge import drugs as drug_lore
from knowledge.payers import payers
from letters.compose import lore, wording
from letters.compose.guide import Subject, guide
from letters.compose.lore import sentence_case
from letters.compose.matter import Matter
from letters.render.html import render_html
from letters.render.markdown import render_markdown
from models.errors import UsageError
from models.vocabulary import DenialCategory, PlanType

FORMATS = ("md", "html", "pdf")


def guide_html(matter: Matter) -> str:
    """The guide for a case: its payer, drug and first reason, under its own law."""
    return render_html(guide(_of_case(matter)))


def write_guide(
    payer: str, drug: str, category: str, form: str, plan_type: PlanType | None = None
) -> bytes:
    """The guide for names as a person types them; `form` is one of FORMATS.

    Unknown payers and drugs are taken as written: the general words for the reason remain.
    Raises UsageError for a category or format that is none of the listed.
    """
    letter = guide(subject(payer, drug, category, plan_type))
    if form == "pdf":
        from letters.render.pdf import render_pdf

        return render_pdf(letter)
    if form not in FORMATS:
        raise UsageError(f"No guide format {form!r}", f"Use one of: {', '.join(FORMATS)}")
    return (render_html if form == "html" else render_markdown)(letter).encode()


def subject(payer: str, drug: str, category: str, plan_type: PlanType | None = None) -> Subject:
    """What the guide is about, from names as typed. Raises UsageError for an unknown category."""
    reason = category.strip().lower().replace(" ", "_").replace("-", "_")
    if reason not in set(DenialCategory):
        listed = ", ".join(DenialCategory)
        raise UsageError(f"No denial category {category!r}", f"Use one of: {listed}")
    known = drug_lore.drugs().named(drug)
    classes = drug_lore.drug_classes()
    klass = classes.by_id.get(known.class_id) if known else _class_named(drug)
    insurer = payers().named(payer)
    kind = plan_type or (insurer.plan_type if insurer else None)
    return Subject(
        payer=insurer.name if insurer else payer.strip() or wording.text("guide.unknown_payer"),
        # "TNF" is short for a class: the title names it in full.
        item=klass.name if klass and not known and not classes.named(drug) else _item(known, drug),
        category=DenialCategory(reason),
        drug=known,
        drug_class=klass,
        plan_type=kind or PlanType.COMMERCIAL,
        all_kinds=kind is None,
    )


def _class_named(typed: str) -> drug_lore.DrugClass | None:
    """A class by its name, by what letters call it, or by the short of it: `TNF`, `GLP-1`."""
    classes = drug_lore.drug_classes()
    found = classes.named(typed)
    if found is not None:
        return found
    short = _letters(typed)
    begun = (
        c
        for c in classes.by_id.values()
        if len(short) > 2
        and any(_letters(name).startswith(short) for name in (c.id, c.name, *c.printed))
    )
    return next(begun, None)


def _letters(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _item(known: drug_lore.Drug | None, typed: str) -> str:
    """`Tecartus (brexucabtagene autoleucel)`, with the brand that was typed."""
    name = typed.strip()
    if known is None:
        return name or wording.text("guide.unknown_item")
    brand = next((b for b in known.brands if b.casefold() == name.casefold()), None)
    if brand is None and name.casefold() == known.generic.casefold() and known.brands:
        brand = known.brands[0]
    if brand is None and known.generic.split()[0].casefold() not in name.casefold():
        brand = sentence_case(name)  # by another of its names: "compounded 17-OHP"
    return f"{brand} ({known.generic})" if brand else known.generic


def _of_case(matter: Matter) -> Subject:
    item = "".join(getattr(part, "text", "") for part in matter.item.inlines)
    return Subject(
        payer=matter.case.fields.text("payer") or wording.text("guide.unknown_payer"),
        item=item or wording.text("guide.unknown_item"),
        category=matter.categories[0],
        drug=lore.drug(matter),
        drug_class=lore.drug_class(matter),
        regime=matter.case.law.regime,
        plan_type=matter.plan_type,
        all_kinds=matter.case.law.regime is None,
    )
